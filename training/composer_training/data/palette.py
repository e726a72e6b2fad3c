"""The palette condition: a smoothed CIELab histogram over 156 fixed colours.

The codebook follows VideoComposer, which follows rayleigh: 11 hues in 13 rows of saturation and value, and a
column of 13 greys. In colour number `c < 143`, hue is `c // 13` and row is `c % 13`; the greys follow, white first.

| rows    | saturation             | value             |
|---------|------------------------|-------------------|
| 0 to 4  | 1/6, 2/6, 3/6, 4/6, 5/6 | 1                 |
| 5       | 1                      | 1                 |
| 6 to 9  | 1                      | .84, .68, .52, .36 |
| 10 to 12 | .4                    | .84, .68, .52     |
"""

from __future__ import annotations

import numpy as np

HUES = (0.0, 0.0833, 0.166, 0.25, 0.333, 0.5, 0.56333, 0.666, 0.73, 0.803, 0.916)
SATURATIONS = (1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6, 1, 1, 1, 1, 1, 0.4, 0.4, 0.4)
VALUES = (1, 1, 1, 1, 1, 1, 0.84, 0.68, 0.52, 0.36, 0.84, 0.68, 0.52)
COLOURS = len(HUES) * len(VALUES) + len(VALUES)
SIGMA = 10.0
SMALLEST = 1e-5  # smoothed entries below this are set to 0

# sRGB to XYZ with the D65 white of the 2 degree observer, the constants of IEC 61966-2-1.
_RGB_TO_XYZ = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
_WHITE = np.array([0.95047, 1.0, 1.08883])


def hsv_to_rgb(hue: np.ndarray, saturation: np.ndarray, value: np.ndarray) -> np.ndarray:
    """HSV in [0, 1] to RGB in [0, 1], stacked on a new last axis."""
    sector = (np.array([5.0, 3.0, 1.0]) + np.asarray(hue)[..., None] * 6) % 6
    return (np.asarray(value)[..., None]
            * (1 - np.asarray(saturation)[..., None] * np.clip(np.minimum(sector, 4 - sector), 0, 1)))


def rgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """sRGB in [0, 1] to CIELab (D65). Shape `[..., 3]` in and out."""
    rgb = np.asarray(rgb, np.float64)
    linear = np.where(rgb > 0.04045, ((rgb + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    ratio = linear @ _RGB_TO_XYZ.T / _WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def _codebook_rgb() -> np.ndarray:
    hue, row = np.repeat(HUES, len(VALUES)), np.arange(len(HUES) * len(VALUES)) % len(VALUES)
    colours = hsv_to_rgb(hue, np.array(SATURATIONS)[row], np.array(VALUES)[row])
    greys = np.repeat(np.linspace(1, 0, len(VALUES))[:, None], 3, axis=1)
    return np.concatenate([colours, greys])


CODEBOOK_RGB = _codebook_rgb()  # [156, 3]
CODEBOOK_LAB = rgb_to_lab(CODEBOOK_RGB)  # [156, 3]


def _smoothing() -> np.ndarray:
    squared = ((CODEBOOK_LAB[:, None] - CODEBOOK_LAB[None]) ** 2).sum(-1)
    weights = np.exp(-squared / (2 * SIGMA**2))
    return weights / weights.sum(1, keepdims=True)


SMOOTHING = _smoothing()  # [156, 156], rows sum to 1

# Pixels are 8 bit, so the transfer curve is a table of 256 entries.
_LINEAR = np.where(np.arange(256) / 255 > 0.04045, ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4, np.arange(256) / 255 / 12.92)


def nearest_colours(image: np.ndarray) -> np.ndarray:
    """Index of the codebook colour nearest in CIELab. `[..., 3]` uint8 -> `[...]` int; the lower index wins a tie."""
    # Drawings have few colours: each one is looked up once.
    packed = image.reshape(-1, 3).astype(np.uint32) @ np.array([65536, 256, 1], np.uint32)
    colours, back = np.unique(packed, return_inverse=True)
    ratio = _LINEAR[np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1)] @ _RGB_TO_XYZ.T / _WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    lab = np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1)
    # |a - b|^2 = |a|^2 - 2ab + |b|^2, and |a|^2 is the same for every colour of the codebook.
    score = (CODEBOOK_LAB**2).sum(1) - 2 * (lab @ CODEBOOK_LAB.T)
    return score.argmin(1)[back].reshape(image.shape[:-1])


def smooth(histogram: np.ndarray) -> np.ndarray:
    """`W h`, small entries dropped, scaled to sum 1 (W keeps rows, not sums, so the scaling is needed)."""
    smoothed = histogram @ SMOOTHING.T
    smoothed[smoothed < SMALLEST] = 0
    return smoothed / smoothed.sum(-1, keepdims=True)


def palette(image: np.ndarray) -> np.ndarray:
    """The palette of one picture. `[h, w, 3]` uint8 -> `[156]` float64, sums to 1."""
    counts = np.bincount(nearest_colours(image).ravel(), minlength=COLOURS)
    return smooth(counts / counts.sum())
