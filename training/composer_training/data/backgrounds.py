"""What stands behind the objects: plain colours, gradients, soft patterns, photos."""

from __future__ import annotations

import random

import cv2
import numpy as np

from .captions import article

SIZE = 256
COLOURS = {
    "white": (255, 255, 255), "black": (16, 16, 18), "grey": (150, 152, 156), "red": (214, 50, 48), "orange": (244, 146, 48),
    "yellow": (250, 214, 66), "green": (76, 166, 80), "teal": (38, 152, 148), "blue": (52, 112, 216), "navy": (28, 42, 92),
    "purple": (132, 78, 190), "pink": (244, 150, 190), "brown": (130, 86, 54), "beige": (236, 222, 196),
    "light blue": (176, 216, 246), "light green": (184, 228, 174), "light pink": (250, 212, 222), "cream": (252, 244, 220),
}


def plain(rng: random.Random, name: str) -> np.ndarray:
    """One colour, a little off its named value unless it is white. `[256, 256, 3]` uint8."""
    jitter = 0 if name == "white" else 8
    colour = [min(255, max(0, value + rng.randint(-jitter, jitter))) for value in COLOURS[name]]
    return np.full((SIZE, SIZE, 3), colour, np.uint8)


def gradient(rng: random.Random, first: str, second: str) -> np.ndarray:
    """A linear gradient between two colours at any angle."""
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[0:SIZE, 0:SIZE] / (SIZE - 1) - 0.5
    t = (x * np.cos(angle) + y * np.sin(angle))[..., None]
    t = (t - t.min()) / (t.max() - t.min())
    return np.rint((1 - t) * np.array(COLOURS[first]) + t * np.array(COLOURS[second])).astype(np.uint8)


def pattern(rng: random.Random, first: str, second: str, kind: str) -> np.ndarray:
    """Two colours as `stripes`, `dots` or `checks`, antialiased."""
    big = 2 * SIZE
    step = rng.randint(20, 44) * 2
    y, x = np.mgrid[0:big, 0:big]
    if kind == "stripes":
        angle = rng.choice((0, np.pi / 2, np.pi / 4, -np.pi / 4))
        on = ((x * np.cos(angle) + y * np.sin(angle)) // (step / 2)) % 2 == 0
    elif kind == "dots":
        on = (x % step - step / 2) ** 2 + (y % step - step / 2) ** 2 < (step * 0.28) ** 2
    else:
        on = (x // step + y // step) % 2 == 0
    image = np.where(on[..., None], np.array(COLOURS[second]), np.array(COLOURS[first])).astype(np.uint8)
    return cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA)


def photo(rng: random.Random, image: np.ndarray) -> tuple[np.ndarray, bool]:
    """A photo as a background: sharp or out of focus, now and then mirrored. Returns it and whether it is blurred."""
    blurred = rng.random() < 0.6
    image = image[:, ::-1] if rng.random() < 0.5 else image
    return (cv2.GaussianBlur(image, (0, 0), rng.uniform(3, 8)) if blurred else np.ascontiguousarray(image)), blurred


def draw(rng: random.Random, kind: str, behind=None) -> tuple[np.ndarray, str]:
    """A background of a `kind` and the phrase that names it. `behind` is the Photo for kind "photo"."""
    if kind == "white":
        return plain(rng, "white"), "on a white background"
    if kind == "plain":
        name = rng.choice([colour for colour in COLOURS if colour != "white"])
        return plain(rng, name), f"on {article(name)} background"
    if kind == "photo":
        image, blurred = photo(rng, behind.image())
        return image, f"over a {'blurred ' if blurred else ''}photo of {article(behind.label)}"
    first, second = rng.sample(list(COLOURS), 2)
    if kind == "gradient":
        return gradient(rng, first, second), f"on a {first} and {second} gradient"
    shape = rng.choice(("stripes", "dots", "checks"))
    return pattern(rng, first, second, shape), f"on a background of {first} and {second} {shape}"
