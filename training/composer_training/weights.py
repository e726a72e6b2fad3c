"""Reads a model folder back: the dequantized weights, exactly as the engine sees them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .image_encoder import EncoderStage, ImageEncoder, ImageEncoderConfig, Vocabulary
from .networks import Decomposer, DecomposerConfig, Prior, PriorConfig, Projection, UNet, UNetConfig
from .quantize import dequantize_int4, dequantize_int8
from .text_encoder import TextEncoder, TextEncoderConfig

_STAGES = {
    "text_encoder": (TextEncoder, TextEncoderConfig),
    "prior": (Prior, PriorConfig),
    "base": (UNet, UNetConfig),
    "upsampler": (UNet, UNetConfig),
    "decomposer": (Decomposer, DecomposerConfig),
}

_DTYPES = {"i8": np.int8, "u8": np.uint8, "f16": np.float16, "f32": np.float32}


def read_model(folder: Path) -> tuple[dict, dict[str, dict[str, Tensor]]]:
    """`(manifest, {stage: {tensor name: f32 tensor}})`; checks every shard's length and hash."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    shards = []
    for shard in manifest["shards"]:
        data = (folder / shard["file"]).read_bytes()
        if len(data) != shard["bytes"] or hashlib.sha256(data).hexdigest() != shard["sha256"]:
            raise ValueError(f"{shard['file']} is not the file that the manifest describes; export the model again.")
        shards.append(data)
    stages: dict[str, dict[str, Tensor]] = {}
    for stage, described in manifest["stages"].items():
        state: dict[str, list[tuple[int, np.ndarray]]] = {}
        for entry in described["tensors"]:
            first_row = entry.get("rows", [0])[0]
            state.setdefault(entry["name"], []).append((first_row, read_entry(shards[entry["shard"]], entry)))
        stages[stage] = {
            name: torch.from_numpy(np.concatenate([v for _, v in sorted(parts, key=lambda p: p[0])]))
            if len(parts) > 1
            else torch.from_numpy(parts[0][1])
            for name, parts in state.items()
        }
    return manifest, stages


def read_entry(shard: bytes, entry: dict) -> np.ndarray:
    """One tensor (or piece of one) as f32."""
    shape = tuple(entry["shape"])
    count = int(np.prod(shape)) if shape else 1

    def stored(dtype: type, number: int, offset: int) -> np.ndarray:
        return np.frombuffer(shard, dtype=dtype, count=number, offset=offset)

    if entry["quantization"] == "int8":
        scale = stored(np.float32, shape[0], entry["scale_offset"])
        return dequantize_int8(stored(np.int8, count, entry["offset"]).reshape(shape), scale)
    if entry["quantization"] == "int4":
        scale = stored(np.float16, count // 32, entry["scale_offset"])
        return dequantize_int4(stored(np.uint8, count // 2, entry["offset"]), scale, shape)
    return stored(_DTYPES[entry["dtype"]], count, entry["offset"]).reshape(shape).astype(np.float32)


def load_model(folder: Path) -> dict[str, nn.Module]:
    """Every stage of a model folder as a network, by the configs and with the dequantized weights of its manifest."""
    manifest, states = read_model(folder)
    networks: dict[str, nn.Module] = {}
    for stage, described in manifest["stages"].items():
        if stage == "projection":
            network: nn.Module = Projection(**described["config"])
        elif stage == "vocabulary":
            network = Vocabulary(described["config"]["labels"], states[stage]["embeddings"])
        elif stage == "image_encoder":
            stages = [EncoderStage(**s) for s in described["config"]["stages"]]
            network = ImageEncoder(ImageEncoderConfig(**{**described["config"], "stages": stages}))
        else:
            kind, config = _STAGES[stage]
            known = {field.name for field in dataclasses.fields(config)}
            network = kind(config(**{k: v for k, v in described["config"].items() if k in known}))
        if isinstance(network, UNet):
            network.prediction_type = described["config"]["prediction_type"]
        network.load_state_dict(states[stage])
        networks[stage] = network.eval()
    return networks
