"""How near a map is to another: the same measures as the engine's `src/measures`, for the decomposer's training."""

from __future__ import annotations

import cv2
import numpy as np

LINE_THRESHOLD = 0.2
"""Where a soft sketch is cut; `src/measures/lines.rs` says why so low."""

BACKGROUND = 0

_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
"""(row, column) steps to the neighbours, clockwise from the north; 0, 2, 4, 6 are north, east, south, west."""


def thinned(lines: np.ndarray) -> np.ndarray:
    """Lines of any width to lines of one pixel (Zhang and Suen 1984). Bool `[h, w]` in and out."""
    lines = np.pad(lines, 1)
    while True:
        before = lines.sum()
        for sides in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            around = [np.roll(lines, (-dy, -dx), (0, 1)) for dy, dx in _AROUND]
            neighbours = np.sum(around, axis=0)
            rises = np.sum([~around[i] & around[(i + 1) % 8] for i in range(8)], axis=0)
            open_sides = [~(around[a] & around[b] & around[c]) for a, b, c in sides]
            lines = lines & ~((neighbours >= 2) & (neighbours <= 6) & (rises == 1) & open_sides[0] & open_sides[1])
        if lines.sum() == before:
            return lines[1:-1, 1:-1]


def line_score(result: np.ndarray, reference: np.ndarray, threshold: float = LINE_THRESHOLD) -> dict[str, float]:
    """`precision`, `recall` and `f1` of lines at 1 pixel, diagonals included.

    Both `[h, w]` in [0, 1], 1 = line, cut at `threshold`.
    """
    result, reference = thinned(result >= threshold), thinned(reference >= threshold)

    def share_near(lines: np.ndarray, others: np.ndarray) -> float:
        near = cv2.dilate(others.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        return float((lines & near).sum() / lines.sum()) if lines.any() else 1.0

    precision, recall = share_near(result, reference), share_near(reference, result)
    total = precision + recall
    return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / total if total else 0.0}


def mean_iou(result: np.ndarray, reference: np.ndarray) -> float:
    """Mean intersection over union of the categories in either map, background left out; 1 where neither shows a thing."""
    things = np.setdiff1d(np.union1d(result, reference), [BACKGROUND])
    ratios = [((result == c) & (reference == c)).sum() / ((result == c) | (reference == c)).sum() for c in things]
    return float(np.mean(ratios)) if ratios else 1.0


def depth_rmse(result: np.ndarray, reference: np.ndarray) -> float:
    """Root mean square error after the result took the reference's scale (not below 0) and shift by least squares."""
    x, y = (np.asarray(a, np.float64) - np.mean(a, dtype=np.float64) for a in (result, reference))
    variance = (x * x).mean()
    scale = max((x * y).mean() / variance, 0.0) if variance > 0 else 0.0
    return float(np.sqrt(((scale * x - y) ** 2).mean()))
