"""Sizes of the networks, by name. A size is data: the exporter writes it into the manifest as it stands."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from .image_encoder import EncoderStage, ImageEncoderConfig
from .networks import DecomposerConfig, PriorConfig, UNetConfig
from .text_encoder import TextEncoderConfig

RESIDUAL_SCALE = 2.0
"""The upsampler works on (picture - enlarged picture) times this, so that the residual is not lost in the noise."""

NUM_TRAIN_TIMESTEPS = 1000


@dataclass
class Size:
    """The configs of all networks of one model."""

    name: str
    base: UNetConfig
    upsampler: UNetConfig
    prior: PriorConfig
    decomposer: DecomposerConfig
    text_encoder: TextEncoderConfig
    image_encoder: ImageEncoderConfig = field(default_factory=ImageEncoderConfig)
    prediction_type: str = "sample"
    """What base and upsampler predict. v consists of noise for the most part, and a network as narrow as a patch has numbers
    cannot pass the noise on: predicting v left grain. The picture itself is smooth and fits (2511.13720)."""

    @property
    def feature_dim(self) -> int:
        """Width of the image features."""
        return self.image_encoder.feature_dim


NANO = Size(
    name="nano",
    base=UNetConfig(layout_dim=1024),
    upsampler=UNetConfig(
        sample_size=256,
        patch_size=4,
        image_channels=3,
        block_out_channels=[32, 64, 96, 128],
        attention=[False, False, False, True],
        mid_layers=1,
        stem_channels=8,
    ),
    prior=PriorConfig(),
    decomposer=DecomposerConfig(),
    text_encoder=TextEncoderConfig(),
)

SMALL = Size(
    name="small",
    base=UNetConfig(
        block_out_channels=[112, 224, 448],
        time_embed_dim=512,
        context_dim=256,
        stem_channels=32,
        layout_dim=1536,
    ),
    upsampler=UNetConfig(
        sample_size=256,
        patch_size=4,
        image_channels=3,
        block_out_channels=[64, 128, 192, 256],
        attention=[False, False, False, True],
        mid_layers=1,
        time_embed_dim=512,
        context_dim=256,
        stem_channels=16,
    ),
    prior=PriorConfig(hidden_dim=512, num_layers=6),
    decomposer=DecomposerConfig(block_out_channels=[48, 96, 160, 224]),
    text_encoder=TextEncoderConfig(),
)

TINY = Size(
    name="tiny",
    base=UNetConfig(
        block_out_channels=[16, 24],
        attention=[False, True],
        mid_layers=1,
        attention_head_dim=8,
        norm_num_groups=8,
        time_channels=32,
        time_embed_dim=32,
        context_dim=16,
        stem_channels=8,
        token_dim=32,
        semantics_dim=32,
        context_tokens=2,
        layout_dim=16,
    ),
    upsampler=UNetConfig(
        sample_size=256,
        patch_size=8,
        image_channels=3,
        block_out_channels=[8, 16],
        attention=[False, True],
        mid_layers=1,
        attention_head_dim=8,
        norm_num_groups=4,
        time_channels=32,
        time_embed_dim=32,
        context_dim=16,
        stem_channels=4,
        token_dim=32,
        semantics_dim=32,
        context_tokens=2,
    ),
    prior=PriorConfig(
        hidden_dim=32, num_layers=1, attention_head_dim=16, token_dim=32, semantics_dim=32, time_channels=32
    ),
    decomposer=DecomposerConfig(block_out_channels=[8, 16], norm_num_groups=4),
    text_encoder=TextEncoderConfig(
        vocab_size=0,  # set by `tiny.py`, from its own vocabulary
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    ),
    image_encoder=ImageEncoderConfig(
        sample_size=48,
        stem_channels=8,
        stages=[EncoderStage(1, 3, 1, 1, 8), EncoderStage(2, 5, 2, 4, 12), EncoderStage(1, 3, 2, 2, 16)],
        feature_dim=64,
    ),
    prediction_type="v_prediction",
)

SIZES = {size.name: size for size in (NANO, SMALL, TINY)}


def size_named(name: str) -> Size:
    """The size of that name, or an error that lists the names there are."""
    if name not in SIZES:
        raise SystemExit(f"There is no size '{name}'. Choose one of: {', '.join(SIZES)}.")
    return SIZES[name]


def cache_dir() -> Path:
    """`$COMPOSER_CACHE`, by default `~/.cache/composer-studio`: everything that is made and not committed."""
    return Path(os.environ.get("COMPOSER_CACHE", Path.home() / ".cache" / "composer-studio"))
