"""Examples: which there are (the plan), and each one's picture, conditions and captions.

Everything random about an example comes from a generator seeded by its name, so the same plan gives the same bytes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

import cv2
import numpy as np

from . import backgrounds, captions, conditions
from .catalog import CATEGORIES, Glyph, split_of
from .palette import palette
from .photos import Photo, has_article

SIZE = 256
_RELIEF = 0.25
_PHOTO_LINES = {"low": 20, "high": 52, "blur": 1.7, "smallest": 28}  # texture is left out


@dataclass(frozen=True)
class Example:
    """One row of the data set, before it is drawn."""

    name: str  # seeds the row
    kind: str  # single, scene or photo
    glyphs: tuple[Glyph, ...] = ()
    ground: str = "white"  # a kind of `backgrounds.draw`
    behind: Photo | None = None  # the photo of a photo background
    photo: Photo | None = None
    placing: str = "natural"  # natural: as drawn; moved: smaller and shifted

    @property
    def split(self) -> str:
        return split_of(self.photo.concept if self.photo else self.glyphs[0].concept)


@dataclass
class Row:
    """One row of the data set. Arrays as the on-disk format names them."""

    arrays: dict[str, np.ndarray]
    captions: list[str]
    flip: bool
    style: str
    label: str
    extra: dict[str, str] = field(default_factory=dict)


def _seeded(name: str) -> random.Random:
    return random.Random(name)  # a str seed is hashed with SHA-512, the same on every machine


def place(rgba: np.ndarray, x: float, y: float, scale: float, mirrored: bool = False) -> np.ndarray:
    """The drawing scaled about its centre and put with that centre at (x, y). Premultiplied float `[256, 256, 4]`, 0..1."""
    layer = rgba.astype(np.float32) / 255
    layer[..., :3] *= layer[..., 3:]
    if mirrored:
        layer = np.ascontiguousarray(layer[:, ::-1])
    if scale == 1 and x == y == SIZE / 2:
        return layer
    if scale < 0.8:  # warpAffine samples points; shrinking needs an average first
        side = max(1, round(SIZE * scale))
        layer, scale = cv2.resize(layer, (side, side), interpolation=cv2.INTER_AREA), 1.0
    half = layer.shape[0] / 2
    matrix = np.array([[scale, 0, x - scale * half], [0, scale, y - scale * half]], np.float64)
    matrix[:, 2] += (scale - 1) / 2  # pixel centres lie at half coordinates
    return cv2.warpAffine(layer, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR)


def composite(background: np.ndarray, layers: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Layers over a background, farthest first.

    Returns the picture `[h, w, 3]` uint8, the instance numbers `[h, w]` uint8 (0 background, 1 the NEAREST layer), and
    the coverage `[h, w]` uint8. A pixel belongs to the nearest layer that covers at least half of it.
    """
    image = background.astype(np.float32) / 255
    objects = np.zeros(background.shape[:2], np.uint8)
    free = np.ones(background.shape[:2], np.float32)
    for number, layer in zip(range(len(layers), 0, -1), layers):
        alpha = layer[..., 3:]
        image = layer[..., :3] + image * (1 - alpha)
        free *= 1 - alpha[..., 0]
        objects[alpha[..., 0] >= 0.5] = number
    to_bytes = lambda values: np.rint(values.clip(0, 1) * 255).astype(np.uint8)  # noqa: E731
    return to_bytes(image), objects, to_bytes(1 - free)


def colour_word(rgba: np.ndarray) -> str | None:
    """The colour most of a drawing has, or None where no colour clearly has the most."""
    small = cv2.resize(rgba, (48, 48), interpolation=cv2.INTER_AREA)
    pixels = small[small[..., 3] > 200][:, :3]
    if len(pixels) < 40:
        return None
    hsv = cv2.cvtColor(pixels[None], cv2.COLOR_RGB2HSV)[0].astype(int)
    hue, saturation, value = hsv[:, 0] * 2, hsv[:, 1] / 255, hsv[:, 2] / 255
    names = np.full(len(pixels), "other", dtype=object)
    for word, low, high in (("red", 345, 360), ("red", 0, 14), ("orange", 18, 40), ("yellow", 43, 64), ("green", 75, 160),
                            ("blue", 188, 250), ("purple", 256, 295), ("pink", 300, 342)):
        names[(hue >= low) & (hue < high) & (saturation > 0.45) & (value > 0.45)] = word
    names[(hue >= 10) & (hue < 40) & (saturation > 0.35) & (value > 0.2) & (value <= 0.62)] = "brown"
    names[(saturation < 0.12) & (value > 0.9)] = "white"
    names[(saturation < 0.2) & (value > 0.35) & (value < 0.8)] = "grey"
    names[value < 0.22] = "black"
    words, counts = np.unique(names.astype(str), return_counts=True)
    best = counts.argmax()
    return None if words[best] == "other" or counts[best] < 0.62 * len(pixels) else str(words[best])


def plan(glyphs: list[Glyph], photos: list[Photo], scenes: int) -> list[Example]:
    """All examples in a fixed order: singles, scenes, photos."""
    examples = []
    photos_of = {split: [photo for photo in photos if split_of(photo.concept) == split] for split in ("train", "val")}

    def behind(rng: random.Random, split: str) -> Photo | None:
        return rng.choice(photos_of[split]) if photos_of[split] else None

    for glyph in glyphs:
        for variant in range(4 if glyph.style == "3d" else 1):
            name = f"{glyph.name}#{variant}"
            rng = _seeded(name + " plan")
            if glyph.style == "3d":
                ground = ("white", "white", rng.choice(("plain", "plain", "gradient")), rng.choice(("photo", "photo", "gradient", "pattern")))
                placing = ("natural", "moved", "natural", rng.choice(("natural", "moved")))
                chosen, placed = ground[variant], placing[variant]
            else:
                chosen = rng.choices(("white", "plain", "gradient", "pattern", "photo"), (60, 22, 8, 4, 6))[0]
                placed = rng.choices(("natural", "moved"), (75, 25))[0]
            photo = behind(rng, split_of(glyph.concept)) if chosen == "photo" else None
            examples.append(Example(name, "single", (glyph,), chosen if chosen != "photo" or photo else "gradient", photo, None, placed))

    things = [glyph for glyph in glyphs if glyph.category != CATEGORIES.index("symbol")]
    by_split = {split: [glyph for glyph in things if split_of(glyph.concept) == split] for split in ("train", "val")}
    for number in range(scenes):
        split = "val" if number % 20 == 19 else "train"
        if not by_split[split]:
            continue
        rng = _seeded(f"scene#{number} plan")
        style = "3d" if rng.random() < 0.6 else rng.choice(things).style
        pool = by_split[split] if rng.random() < 0.12 else [glyph for glyph in by_split[split] if glyph.style == style]
        count = min(rng.choices((1, 2, 3, 4), (15, 45, 25, 15))[0], len(pool))
        if count == 0:
            continue
        chosen = rng.choices(("white", "plain", "gradient", "pattern", "photo"), (28, 30, 14, 4, 24))[0]
        photo = behind(rng, split) if chosen == "photo" else None
        examples.append(Example(f"scene#{number}", "scene", tuple(rng.sample(pool, count)),
                                chosen if chosen != "photo" or photo else "gradient", photo))
    examples += [Example(f"photo/{photo.file}", "photo", photo=photo) for photo in photos]
    return examples


def _finish(image, objects, coverage, depth, sketch, categories: list[int]) -> dict[str, np.ndarray]:
    """The arrays of one row. `categories[k]` is the category of instance `k + 1`."""
    outline = conditions.instance_outline(objects)
    of_object = np.array([0, *categories], np.uint8)
    image64 = conditions.box_mean(image)
    object64 = conditions.box_majority(objects, len(categories) + 1)
    return {"images256": image, "images64": image64, "sketch256": sketch, "outline256": outline,
            "instances64": of_object[object64], "boundary64": conditions.box_max(outline), "object64": object64,
            "depth64": conditions.box_mean(depth), "alpha64": conditions.box_mean(coverage),
            "palette": palette(image64).astype(np.float16)}


def _drawn_sketch(image: np.ndarray, objects: np.ndarray, coverage: np.ndarray, busy: bool) -> np.ndarray:
    """Lines of a composed picture. A busy background is drawn as photos are, with its stronger lines only."""
    # Instance numbers as a fake alpha: where two objects overlap their border is drawn whatever their colours.
    lines = conditions.edges(image, np.where(objects > 0, 255, coverage // 2).astype(np.uint8))
    if not busy:
        return lines
    strong = conditions.edges(image, **_PHOTO_LINES)
    near = cv2.dilate((objects > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return np.where(near, lines, strong).astype(np.uint8)


def _layout(rng: random.Random, count: int) -> list[tuple[float, float, float]]:
    """Centres and sizes (x, y, side in pixels) of a scene, farthest first: lower and bigger is nearer."""
    if count == 1:
        side = rng.uniform(0.35, 0.7) * SIZE
        reach = SIZE / 2 - side / 2
        return [(SIZE / 2 + rng.uniform(-1, 1) * reach, SIZE / 2 + rng.uniform(-1, 1) * reach, side)]
    columns = [(i + 0.5) / count for i in range(count)]
    rng.shuffle(columns)
    spots = []
    for column in columns:
        near = rng.random()  # 0 far, 1 near
        side = SIZE * (0.30 + 0.22 * near + {2: 0.14, 3: 0.06, 4: 0.0}[count])
        bottom = SIZE * (0.56 + 0.40 * near + rng.uniform(-0.05, 0.04))
        x = SIZE * (column + rng.uniform(-0.08, 0.08))
        x = min(max(x, side * 0.48), SIZE - side * 0.48)
        spots.append((near, (x, min(max(bottom - side / 2, side / 2), SIZE - side * 0.47), side)))
    return [spot for _, spot in sorted(spots)]


def _scene(example: Example, renders) -> Row:
    rng = _seeded(example.name)
    ground, phrase = backgrounds.draw(rng, example.ground, example.behind)
    drawings = [renders[glyph] for glyph in example.glyphs]
    may_mirror = [glyph.flippable for glyph in example.glyphs]
    for _ in range(12):  # until every object shows at least two fifths of itself
        spots = _layout(rng, len(drawings))
        layers = [place(drawing, x, y, side / SIZE, mirror and rng.random() < 0.5)
                  for drawing, (x, y, side), mirror in zip(drawings, spots, may_mirror)]
        image, objects, coverage = composite(ground, layers)
        whole = [(layer[..., 3] >= 0.5).sum() for layer in layers]
        seen = [(objects == len(layers) - k).sum() for k in range(len(layers))]
        if all(s > 0.4 * w for s, w in zip(seen, whole)):
            break
    front_first = list(reversed(range(len(layers))))
    steps = np.linspace(0.68, 0.25, len(layers)) if len(layers) > 1 else [0.5]
    depth = conditions.depth_map(objects, [float(step) for step in steps], _RELIEF)
    categories = [example.glyphs[k].category for k in front_first]
    told = []
    for k, (x, y, side) in enumerate(spots):
        ys, xs = np.nonzero(layers[k][..., 3] >= 0.5)
        told.append({"label": example.glyphs[k].label, "colour": colour_word(drawings[k]), "front": k, "size": side,
                     "x": float(xs.mean()) if len(xs) else x, "y": float(ys.mean()) if len(ys) else y})
    styles = {glyph.style for glyph in example.glyphs}
    style = styles.pop() if len(styles) == 1 else None
    texts = captions.scene_captions(rng, told, style, phrase, sides=rng.random() < 0.6)
    flip = all(may_mirror) and not captions.is_sided(texts)
    sketch = _drawn_sketch(image, objects, coverage, example.ground in ("photo", "pattern"))
    return Row(_finish(image, objects, coverage, depth, sketch, categories), texts, flip, style or "mixed",
               " + ".join(glyph.label for glyph in example.glyphs))


def _single(example: Example, renders) -> Row:
    glyph = example.glyphs[0]
    rng = _seeded(example.name)
    ground, phrase = backgrounds.draw(rng, example.ground, example.behind)
    rgba = renders[glyph]
    if example.placing == "moved":
        scale = rng.uniform(0.75, 1.0)
        reach = SIZE * (1 - scale) / 2
        layer = place(rgba, SIZE / 2 + rng.uniform(-1, 1) * reach, SIZE / 2 + rng.uniform(-1, 1) * reach, scale)
    else:
        layer = place(rgba, SIZE / 2, SIZE / 2, 1)
    image, objects, coverage = composite(ground, [layer])
    depth = conditions.depth_map(objects, [0.45], 0.55)
    sketch = _drawn_sketch(image, objects, coverage, example.ground in ("photo", "pattern"))
    # The white variants of a drawing share their wording: the same captions, half the text cache.
    words = _seeded(f"{glyph.name} words {phrase}")
    texts = captions.single_captions(words, glyph.label, glyph.tags, glyph.style, phrase, colour_word(rgba))
    return Row(_finish(image, objects, coverage, depth, sketch, [glyph.category]), texts,
               glyph.flippable and not captions.is_sided(texts), glyph.style, glyph.label)


def _photo(example: Example, salient, lines) -> Row:
    photo = example.photo
    rng = _seeded(example.name)
    image, found = photo.image(), salient[photo.file]
    mask = (found >= 128).astype(np.uint8)
    mask = conditions.drop_specks(mask, 600) // 255
    smooth = cv2.GaussianBlur(found.astype(np.float32) / 255, (0, 0), 4)
    depth = np.rint((0.8 * smooth + 0.2 * conditions.dome(mask)).clip(0, 1) * 255).astype(np.uint8)
    sketch = lines[photo.file] if lines else conditions.edges(image, **_PHOTO_LINES)
    inside = np.dstack([image, np.where(mask, 255, 0).astype(np.uint8)])
    texts = captions.photo_captions(rng, photo.label, photo.broader, has_article(photo.label), colour_word(inside))
    flip = "package" not in photo.label and not captions.is_sided(texts)  # packages carry writing
    return Row(_finish(image, mask, found, depth, sketch, [photo.category]), texts, flip, "photo", photo.label)


def make_row(example: Example, renders, salient, lines) -> Row:
    """Draws one example.

    - `renders[glyph]`: RGBA of a drawing; `salient[file]`: what stands out of a photo
    - `lines[file]`: teacher sketches of photos; `lines` None for gradient sketches
    """
    if example.kind == "photo":
        return _photo(example, salient, lines)
    return _scene(example, renders) if example.kind == "scene" else _single(example, renders)
