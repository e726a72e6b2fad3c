"""Everything a picture is taken apart into that needs no network: lines, outlines, instances, relief."""

from __future__ import annotations

import cv2
import numpy as np


def _box_sum(image: np.ndarray, factor: int) -> np.ndarray:
    """Sum over each box, as one strided addition per position in it (several times faster than a reduction)."""
    total = np.zeros((image.shape[0] // factor, image.shape[1] // factor, *image.shape[2:]), np.uint16)
    for row in range(factor):
        for column in range(factor):
            total += image[row::factor, column::factor]
    return total


def box_mean(image: np.ndarray, factor: int = 4) -> np.ndarray:
    """Exact mean over `factor` x `factor` boxes, rounded half up. `[h, w]` or `[h, w, c]` uint8, same type out."""
    area = factor * factor
    return ((_box_sum(image, factor) + area // 2) // area).astype(np.uint8)


def box_max(image: np.ndarray, factor: int = 4) -> np.ndarray:
    """Largest value of each box: a line one pixel wide survives."""
    largest = image[::factor, ::factor].copy()
    for row in range(factor):
        for column in range(factor):
            np.maximum(largest, image[row::factor, column::factor], out=largest)
    return largest


def box_majority(labels: np.ndarray, count: int, factor: int = 4) -> np.ndarray:
    """Most frequent label of each box, the lower one on a tie. `[h, w]` of 0..count-1."""
    votes = np.stack([_box_sum((labels == label).view(np.uint8), factor) for label in range(count)])
    return votes.argmax(0).astype(np.uint8)


def edges(image: np.ndarray, alpha: np.ndarray | None = None, *, blur: float = 1.0, low: float = 32, high: float = 80,
          smallest: int = 14) -> np.ndarray:
    """Thin line drawing of a picture: Canny on the strongest of the L, a, b and alpha gradients.

    Colour edges of equal lightness count too, and the silhouette is drawn even where object and background agree.

    - `image`: `[h, w, 3]` uint8; `alpha`: `[h, w]` uint8
    - returns: `[h, w]` uint8, 0 or 255, lines one pixel wide, connected pieces of at least `smallest` pixels
    """
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    channels = [lab[..., 0], lab[..., 1], lab[..., 2]]
    if alpha is not None:
        channels.append(alpha.astype(np.float32) * (60 / 255))
    stack = cv2.GaussianBlur(np.stack(channels, axis=-1), (0, 0), blur)
    dx, dy = cv2.Sobel(stack, cv2.CV_32F, 1, 0), cv2.Sobel(stack, cv2.CV_32F, 0, 1)
    strongest = (dx * dx + dy * dy).argmax(-1)[..., None]
    dx = np.take_along_axis(dx, strongest, -1)[..., 0]
    dy = np.take_along_axis(dy, strongest, -1)[..., 0]
    scale = 16  # Canny takes integers; keep the fraction
    lines = cv2.Canny(np.rint(dx * scale).astype(np.int16), np.rint(dy * scale).astype(np.int16), low * scale, high * scale,
                      L2gradient=True)
    return drop_specks(lines, smallest)


def drop_specks(lines: np.ndarray, smallest: int) -> np.ndarray:
    """Removes connected pieces of fewer than `smallest` pixels."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    keep = stats[:, cv2.CC_STAT_AREA] >= smallest
    keep[0] = False
    return keep[pieces].astype(np.uint8) * 255


def instance_outline(objects: np.ndarray) -> np.ndarray:
    """Contour of each instance, drawn on its own pixels. `[h, w]` instance numbers -> 0 or 255."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    border = (cv2.dilate(objects, cross) != cv2.erode(objects, cross)) & (objects > 0)
    return border.astype(np.uint8) * 255


def dome(mask: np.ndarray) -> np.ndarray:
    """A relief for a silhouette: 0 at its edge, 1 at its innermost point, round in between. Float `[h, w]`."""
    # The frame is no edge of the object, so the distance must not see it.
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    distance = cv2.distanceTransform(padded, cv2.DIST_L2, 5)[1:-1, 1:-1]
    deepest = distance.max()
    if deepest == 0:
        return np.zeros(mask.shape, np.float32)
    relief = np.sqrt(np.maximum(0, 1 - (1 - distance / deepest) ** 2))
    return cv2.GaussianBlur(relief, (0, 0), 3) * (mask > 0)


def depth_map(objects: np.ndarray, nearness: list[float], relief: float = 0.25) -> np.ndarray:
    """Layered depth with a little relief inside each object, background 0, near = 255.

    `nearness[k]` in [0, 1 - relief] is the base of instance `k + 1`. `[h, w]` uint8 out.
    """
    depth = np.zeros(objects.shape, np.float32)
    for number, base in enumerate(nearness, start=1):
        mask = objects == number
        depth += mask * (base + relief * dome(mask))
    return np.rint(depth.clip(0, 1) * 255).astype(np.uint8)
