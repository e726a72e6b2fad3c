"""How far two pictures are apart for a network that has seen many: LPIPS (1801.03924), on EfficientNet-Lite0.

The squared error alone makes a small network draw the mean of all pictures that it takes for possible, which is a blur. An
error of features asks for one of them (for diffusion models: 2401.00110).

The features end where the encoder's stride does, at 16: the deeper ones, which the semantics are made of, are left out, so
that the measure of how well semantics are obeyed is no part of what is trained.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .image_encoder import load_efficientnet

TAPS = 3, 5, 8, 11
"""Features after so many blocks are compared: strides 4, 8, 16 and 16."""
SMALLEST_SIDE = 128
"""Smaller pictures are enlarged to this side: the encoder was trained on 224, and at 64 it sees little."""


class PerceptualDistance(nn.Module):
    """Pictures `[batch, 3, side, side]` in [-1, 1], twice -> distance of each pair `[batch]`, 0 for equal ones."""

    def __init__(self):
        super().__init__()
        encoder = load_efficientnet()
        self.mean, self.spread = encoder.config.pixel_mean, encoder.config.pixel_spread
        self.conv_stem, self.blocks = encoder.conv_stem, encoder.blocks[: max(TAPS)]
        self.requires_grad_(False)

    def features(self, pictures: Tensor) -> list[Tensor]:
        """Unit vectors at every place, `[batch, channels, h, w]` for every tap."""
        pixels = ((pictures + 1) * 127.5 - self.mean) / self.spread
        if pictures.shape[-1] < SMALLEST_SIDE:
            pixels = F.interpolate(pixels, size=SMALLEST_SIDE, mode="bilinear", align_corners=False)
        hidden = F.relu6(self.conv_stem(pixels))
        found = []
        for count, block in enumerate(self.blocks, 1):
            hidden = block(hidden)
            if count in TAPS:
                found.append(F.normalize(hidden, dim=1, eps=1e-4))
        return found

    def forward(self, pictures: Tensor, others: Tensor) -> Tensor:
        with torch.no_grad():
            wanted = self.features(others)
        pairs = zip(self.features(pictures), wanted, strict=True)
        return torch.stack([(a - b).square().sum(1).mean((1, 2)) for a, b in pairs]).mean(0)
