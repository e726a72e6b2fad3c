"""Training batches from the data set on disk: examples drawn by weight, conditions augmented and dropped out.

All arrays stay memory-mapped; a batch costs a few milliseconds of one core.
"""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from .networks import LOCAL_CHANNELS, LOCAL_CONDITIONS, Conditions

SHARES = {"3d": 0.58, "emoji": 0.28, "scene": 0.08, "photo": 0.06}
"""How often a group of examples is drawn: the best-looking style most, whatever the groups' sizes."""

SHARES_GLOBALS_ONLY = {"3d": 0.7, "emoji": 0.3, "scene": 0.0, "photo": 0.0}
"""The same where no local condition says what is where: a network this small learns single things from words, not scenes."""

WHITE_FACTOR = 3.0
"""Singles on white are drawn this many times as often as those on other backgrounds: the thing itself is learnt there."""

DROP = {"caption": 0.5, "semantics": 0.5, "palette": 0.5}
DROP_LOCAL = {"sketch": 0.5, "instances": 0.5, "depth": 0.5, "intensity": 0.7, "masking": 0.5}
DROP_GLOBALS_ONLY = {"caption": 0.5, "semantics": 0.15, "palette": 0.65}
"""Drop-out of batches that have no local condition (`globals_only`): nearer to what text to image is given, which is the
caption and the semantics that the prior makes of it. Semantics alone was the condition that was obeyed worst."""
ALL_DROPPED, ALL_KEPT = 0.1, 0.1
GLOBALS_ONLY, SKETCH_ONLY, MASKING_ONLY = 0.05, 0.15, 0.5
"""Beyond the paper: these shares of the samples have no local condition at all, no other than the sketch, and no other
than the masking. Independent drop-out leaves each of them to one sample of twenty-five: too few for text to image, drawing
and filling a hole where training is short, since every other combination is easier. Holes were filled without regard to
what is around them before the masking had its share."""

LUMA_WEIGHTS = np.array(
    [[0.299, 0.587, 0.114]] * 3 + [[0.2126, 0.7152, 0.0722], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.4, 0.1], [0.2, 0.5, 0.3]],
    np.float32,
)


def box_mean(maps: np.ndarray, factor: int = 4) -> np.ndarray:
    """`[..., h, w]` -> `[..., h / factor, w / factor]`, f32."""
    *lead, height, width = maps.shape
    return maps.reshape(*lead, height // factor, factor, width // factor, factor).mean((-3, -1), dtype=np.float32)


class Dataset:
    """The data set's arrays, memory-mapped, and the shares by which examples are drawn."""

    def __init__(self, folder: Path, semantics: Path | None = None):
        if not (folder / "meta.csv").exists():
            raise SystemExit(f"There is no data set in {folder}: run `python -m composer_training.data.build` first.")

        def load(name: str) -> np.ndarray:
            return np.load(folder / name, mmap_mode="r")

        with (folder / "meta.csv").open(encoding="utf-8", newline="") as file:
            self.meta = list(csv.DictReader(file))
        self.captions = json.loads((folder / "captions.json").read_text(encoding="utf-8"))
        self.images256, self.images64 = load("images256.npy"), load("images64.npy")
        self.sketch256, self.outline256 = load("sketch256.npy"), load("outline256.npy")
        self.instances64, self.boundary64 = load("instances64.npy"), load("boundary64.npy")
        self.object64, self.depth64 = load("object64.npy"), load("depth64.npy")
        self.alpha64, self.palette = load("alpha64.npy"), np.asarray(load("palette.npy"), np.float32)
        self.features, self.features_flip = load("features.npy"), load("features_flip.npy")
        self.tokens, self.sentence = load("text/tokens.npy"), np.asarray(load("text/sentence.npy"), np.float32)
        self.token_offsets = np.asarray(load("text/token_offsets.npy"))
        self.caption_lengths = np.diff(self.token_offsets)
        self.caption_index = np.asarray(load("text/caption_index.npy"))
        self.semantics = self.semantics_flip = None
        if semantics is not None:
            if not semantics.exists():
                raise SystemExit("Train the projection first: python -m composer_training.train projection")
            stored = np.load(semantics)
            self.semantics, self.semantics_flip = stored["semantics"], stored["semantics_flip"]
        count = min(len(self.meta), len(self.images64), len(self.features))
        self.flips = np.array([row["flip"] == "1" for row in self.meta])
        groups = np.array([self.group_of(row) for row in self.meta[:count]])
        split = np.array([row["split"] for row in self.meta[:count]])
        self.train = np.flatnonzero(split == "train")
        self.validation = np.flatnonzero(split == "val")
        edge = np.stack([self.images64[:count, y, x] for y in (0, 31, 63) for x in (0, 63)]).min((0, 2))
        factors = np.where((edge >= 250) & np.isin(groups, ("3d", "emoji")), WHITE_FACTOR, 1.0)
        self.cumulative, self.cumulative_globals_only = (
            np.cumsum(self.weights_of(shares, groups[self.train], factors[self.train])) for shares in (SHARES, SHARES_GLOBALS_ONLY)
        )
        self.validation_weights = self.weights_of(SHARES, groups[self.validation], factors[self.validation])

    @staticmethod
    def group_of(row: dict) -> str:
        """Which share an example belongs to."""
        if row["kind"] in ("scene", "photo"):
            return row["kind"]
        return "3d" if row["style"] == "3d" else "emoji"

    @staticmethod
    def weights_of(shares: dict[str, float], groups: np.ndarray, factors: np.ndarray) -> np.ndarray:
        """Each example's probability: its group's share, split by the factors."""
        weights = np.zeros(len(groups))
        for group, share in shares.items():
            chosen = groups == group
            if chosen.any():
                weights[chosen] = share * factors[chosen] / factors[chosen].sum()
        return weights / weights.sum()

    def draw(self, rng: np.random.Generator, count: int, globals_only: bool = False) -> np.ndarray:
        """Indices of training examples, with replacement."""
        cumulative = self.cumulative_globals_only if globals_only else self.cumulative
        return self.train[np.searchsorted(cumulative, rng.random(count) * cumulative[-1])]

    def words(self, captions: np.ndarray, longest: int = 64) -> tuple[Tensor, Tensor, Tensor]:
        """`(tokens [batch, words, dim], token_mask [batch, words], sentence [batch, dim])`, padded to the longest."""
        starts, ends = self.token_offsets[captions], self.token_offsets[captions + 1]
        width = min(int((ends - starts).max()), longest)
        tokens = np.zeros((len(captions), width, self.tokens.shape[1]), np.float32)
        mask = np.zeros((len(captions), width), np.float32)
        for row, (start, end) in enumerate(zip(starts, ends, strict=True)):
            end = min(end, start + width)
            tokens[row, : end - start] = self.tokens[start:end]
            mask[row, : end - start] = 1
        return torch.from_numpy(tokens), torch.from_numpy(mask), torch.from_numpy(self.sentence[captions])


def augment_sketch(full: np.ndarray, outline: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A drawing as a person would make it: perhaps only the outline, lines missing, a thicker pen, a little off.

    u8 `[256, 256]` 0/255 in and out.
    """
    drawing = np.array(outline if rng.random() < 0.4 else full)
    if rng.random() < 0.3:
        count, labels = cv2.connectedComponents(drawing, connectivity=8)
        if count > 2:
            keep = rng.random(count) > 0.3
            keep[0] = False
            drawing = np.where(keep[labels], np.uint8(255), np.uint8(0))
    pen = int(rng.integers(1, 4))
    if pen > 1:
        drawing = cv2.dilate(drawing, np.ones((pen, pen), np.uint8))
    if rng.random() < 0.5:
        drawing = np.roll(drawing, tuple(rng.integers(-2, 3, 2)), axis=(0, 1))
    return drawing


def random_mask(objects: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """f32 `[64, 64]`, 1 where the model is free: rectangles, brush strokes, an instance or everything around one."""
    mask = np.zeros((64, 64), np.uint8)
    kind = rng.integers(4)
    if kind == 0:
        for _ in range(rng.integers(1, 4)):
            y, x = rng.integers(0, 56, 2)
            height, width = rng.integers(8, 49, 2)
            mask[y : y + height, x : x + width] = 1
    elif kind == 1:
        points = rng.integers(0, 64, (int(rng.integers(2, 7)), 1, 2)).astype(np.int32)
        cv2.polylines(mask, [points], False, 1, thickness=int(rng.integers(4, 17)))
    else:
        present = np.unique(objects)
        chosen = (objects == rng.choice(present)).astype(np.uint8)
        mask = cv2.dilate(chosen, np.ones((3, 3), np.uint8), iterations=int(rng.integers(0, 4)))
        if kind == 3:
            mask = 1 - mask
    return mask.astype(np.float32)


def drop_out(rng: np.random.Generator, count: int, globals_only: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """`(global_weight [count, 3], local_weight [count, 5])` of zeros and ones (SPEC section 1)."""
    if globals_only:
        keep_global = rng.random((count, 3)) >= np.array(list(DROP_GLOBALS_ONLY.values()))
        keep_global[rng.random(count) < ALL_DROPPED] = False
        return keep_global.astype(np.float32), np.zeros((count, 5), np.float32)
    keep_global = rng.random((count, 3)) >= np.array(list(DROP.values()))
    keep_local = rng.random((count, 5)) >= np.array([DROP_LOCAL[name] for name in LOCAL_CONDITIONS])
    kind = rng.random(count)
    alone = GLOBALS_ONLY
    keep_local[kind < GLOBALS_ONLY + SKETCH_ONLY + MASKING_ONLY] = False
    for name, share in (("sketch", SKETCH_ONLY), ("masking", MASKING_ONLY)):
        keep_local[(kind >= alone) & (kind < alone + share), LOCAL_CONDITIONS.index(name)] = True
        alone += share
    fate = rng.random(count)
    keep_global[fate < ALL_DROPPED] = keep_local[fate < ALL_DROPPED] = False
    keep_global[fate > 1 - ALL_KEPT] = keep_local[fate > 1 - ALL_KEPT] = True
    return keep_global.astype(np.float32), keep_local.astype(np.float32)


def unit(pictures: np.ndarray) -> np.ndarray:
    """u8 `[batch, h, w, 3]` -> f32 `[batch, 3, h, w]` in [-1, 1]."""
    return np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)).astype(np.float32) / 127.5 - 1


def composer_batch(
    data: Dataset,
    indices: np.ndarray,
    rng: np.random.Generator,
    size: int = 64,
    crop: int = 0,
    augment: bool = True,
    globals_only: bool = False,
    small_pictures: dict[int, np.ndarray] | None = None,
) -> dict:
    """Pictures and conditions for base (`size` 64) or upsampler (`size` 256, with `crop` pixels a side, 0 = all).

    Returns `picture` `[batch, 3, size, size]`, `conditions` and, at 256, `picture64`, which is of `small_pictures` (u8, by
    index) where they have one.
    """
    small_pictures = small_pictures or {}
    count = len(indices)
    # Where the globals alone decide, a thing looks the way that its drawings do: words do not say which side is left.
    flip = data.flips[indices] & (rng.random(count) < 0.5) & (augment and not globals_only)
    captions = data.caption_index[indices, rng.integers(0, 4, count) if augment else np.zeros(count, int)]
    tokens, token_mask, sentence = data.words(captions, longest=32)
    global_weight, local_weight = drop_out(rng, count, globals_only)
    scale = size // 64
    side = crop or size
    pictures = np.empty((count, side, side, 3), np.uint8)
    small = np.empty((count, side // scale, side // scale, 3), np.uint8)
    sketch = np.zeros((count, 1, side, side), np.float32)
    labels = np.zeros((count, side, side), np.int64)
    boundary, depth, free = (np.zeros((count, side, side), np.float32) for _ in range(3))
    for row, index in enumerate(indices):
        top, left = (rng.integers(0, (size - side) // (4 * scale) + 1, 2) * 4) if crop else (0, 0)
        coarse = np.s_[top : top + side // scale, left : left + side // scale]
        fine = np.s_[top * scale : top * scale + side, left * scale : left * scale + side]

        def turned(array: np.ndarray, window: tuple, mirror: bool = bool(flip[row])) -> np.ndarray:
            return (array[:, ::-1] if mirror else array)[window]

        small[row] = turned(small_pictures.get(index, data.images64[index]), coarse)
        pictures[row] = turned(data.images256[index], fine) if scale > 1 else small[row]
        if local_weight[row, 0]:
            full, outline = data.sketch256[index], data.outline256[index]
            drawing = augment_sketch(full, outline, rng) if augment else np.asarray(full)
            drawing = (drawing if scale > 1 else box_mean(drawing)).astype(np.float32) / 255
            sketch[row, 0] = turned(drawing, fine)

        def spread(array: np.ndarray) -> np.ndarray:
            return array.repeat(scale, 0).repeat(scale, 1) if scale > 1 else array

        labels[row] = spread(turned(data.instances64[index], coarse))
        boundary[row] = spread(turned(data.boundary64[index], coarse)).astype(np.float32) / 255
        near = turned(data.depth64[index], coarse).astype(np.float32) / 255
        depth[row] = cv2.resize(near, (side, side), interpolation=cv2.INTER_LINEAR) if scale > 1 else near
        free[row] = spread(turned(random_mask(data.object64[index], rng), coarse))
    picture = unit(pictures)
    luma = LUMA_WEIGHTS[rng.integers(0, len(LUMA_WEIGHTS), count) if augment else np.zeros(count, int)]
    instances = np.zeros((count, LOCAL_CHANNELS["instances"], side, side), np.float32)
    np.put_along_axis(instances, labels[:, None], 1.0, axis=1)
    instances[:, -1] = boundary
    local = {
        "sketch": sketch,
        "instances": instances,
        "depth": depth[:, None],
        "intensity": np.einsum("bchw,bc->bhw", picture, luma)[:, None],
        "masking": np.concatenate([picture * (1 - free[:, None]), 1 - free[:, None]], axis=1),
    }
    conditions = Conditions(
        tokens=tokens,
        token_mask=token_mask,
        sentence=sentence,
        semantics=torch.from_numpy(np.where(flip[:, None], data.semantics_flip[indices], data.semantics[indices])),
        palette=torch.from_numpy(data.palette[indices]),
        global_weight=torch.from_numpy(global_weight),
        local={name: torch.from_numpy(value.astype(np.float32, copy=False)) for name, value in local.items()},
        local_weight=torch.from_numpy(local_weight),
    )
    batch = {"picture": torch.from_numpy(picture), "conditions": conditions}
    if scale > 1:
        batch["picture64"] = torch.from_numpy(unit(small))
    return batch


def halved(batch: dict) -> dict:
    """A batch of the base at half its side: every map averaged over 2x2 pixels."""
    conditions = batch["conditions"]
    local = {name: F.avg_pool2d(value, 2) for name, value in conditions.local.items()}
    return {"picture": F.avg_pool2d(batch["picture"], 2), "conditions": replace(conditions, local=local)}
