"""Writes trained networks as a model folder: manifest.json, tokenizer.json and safetensors shards.

    python -m composer_training.export --size nano --out www/models/default
    python -m composer_training.export --size tiny --out tests/fixtures/models/tiny
    python -m composer_training.export --onnx

The format is described in `training/README.md`; `weights.py` reads a folder back.
"""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import hashlib
import json
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .configs import NUM_TRAIN_TIMESTEPS, RESIDUAL_SCALE, Size, size_named
from .networks import CATEGORIES
from .quantize import quantize_int4, quantize_int8, storage_of

MAX_SHARD_BYTES = 8 * 2**20
HEADER_ROOM = 64 * 1024
"""Room left in a shard for its safetensors header."""

ATTRIBUTION = [
    "Fluent Emoji, Copyright (c) Microsoft Corporation, MIT licence",
    "Noto Emoji and Noto Emoji v1, Google, Apache-2.0; FxEmojis, Mozilla, Apache-2.0",
    "Twemoji, Copyright Twitter, Inc and other contributors, CC-BY 4.0; EmojiOne 2, CC-BY 4.0",
    "Labels: emojibase-data, MIT",
    "Photographs: TensorFlow flower_photos, CC-BY 2.0, per photo; clothing-dataset-small, CC0; GroceryStoreDataset, MIT",
    "Text encoder: sentence-transformers/all-MiniLM-L6-v2, Apache-2.0",
    "Image encoder: EfficientNet-Lite0, Apache-2.0",
]

_SAFETENSORS_DTYPE = {"int8": "I8", "uint8": "U8", "float16": "F16", "float32": "F32"}
_MANIFEST_DTYPE = {"int8": "i8", "uint8": "u8", "float16": "f16", "float32": "f32"}


@dataclasses.dataclass
class Piece:
    """A tensor, or a run of a large tensor's rows, in its stored form."""

    name: str
    shape: tuple[int, ...]
    rows: tuple[int, int] | None
    quantization: str
    data: np.ndarray
    scale: np.ndarray | None

    @property
    def key(self) -> str:
        return self.name if self.rows is None else f"{self.name}.{self.rows[0]}-{self.rows[1]}"

    @property
    def nbytes(self) -> int:
        return self.data.nbytes + (0 if self.scale is None else self.scale.nbytes)


def encode(name: str, value: np.ndarray, kind: str, rows: tuple[int, int] | None = None) -> Piece:
    """One tensor in its stored form."""
    value = np.asarray(value, dtype=np.float32, order="C")
    if kind == "int8":
        data, scale = quantize_int8(value)
    elif kind == "int4":
        data, scale = quantize_int4(value)
    else:
        data, scale = value.astype({"f16": np.float16, "f32": np.float32}[kind]), None
        if not np.isfinite(data).all():
            raise ValueError(f"{name} does not fit {kind}.")
    return Piece(name, value.shape, rows, kind if scale is not None else "none", data, scale)


def pieces_of(module: nn.Module, int4: frozenset[str]) -> list[Piece]:
    """A module's tensors in their stored form; one too large for a shard is cut along its first dimension."""
    room = MAX_SHARD_BYTES - HEADER_ROOM
    pieces = []
    for name, tensor in module.state_dict().items():
        value = tensor.detach().float().cpu().numpy()
        kind = storage_of(name, value.shape, int4)
        whole = encode(name, value, kind)
        if whole.nbytes <= room:
            pieces.append(whole)
            continue
        count = -(-whole.nbytes // room)
        # Multiples of 64 rows keep every piece a whole number of int4 blocks and of 4-byte words.
        step = -(-value.shape[0] // count // 64) * 64
        for start in range(0, value.shape[0], step):
            end = min(start + step, value.shape[0])
            pieces.append(encode(name, value[start:end], kind, (start, end)))
    return pieces


def write_shard(path: Path, pieces: list[Piece]) -> dict[str, tuple[int, int | None]]:
    """Writes one safetensors file. Returns, by piece key, the absolute offsets of its data and scales."""
    arrays: list[tuple[str, np.ndarray]] = []
    for piece in pieces:
        arrays.append((piece.key, piece.data))
        if piece.scale is not None:
            arrays.append((piece.key + ".scale", piece.scale))
    header: dict[str, object] = {}
    position = 0
    for key, array in arrays:
        if array.nbytes % 4:
            raise ValueError(f"{key} does not fill whole 4-byte words.")
        header[key] = {
            "dtype": _SAFETENSORS_DTYPE[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [position, position + array.nbytes],
        }
        position += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, array in arrays:
            file.write(array.tobytes())
    start = 8 + len(text)
    at = {key: start + header[key]["data_offsets"][0] for key, _ in arrays}
    return {p.key: (at[p.key], at.get(p.key + ".scale")) for p in pieces}


def write_model(
    folder: Path,
    card: dict,
    tokenizer: str,
    stages: dict[str, tuple[dict, nn.Module]],
    int4: dict[str, frozenset[str]] | None = None,
) -> dict:
    """Writes a model folder; returns the manifest. `int4` names, by stage, the tensors stored as int4."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in [*folder.glob("*.safetensors"), *folder.glob("manifest.json"), *folder.glob("tokenizer.json")]:
        old.unlink()
    (folder / "tokenizer.json").write_text(tokenizer, encoding="utf-8")

    shards: list[dict] = []
    manifest_stages: dict[str, dict] = {}
    for stage, (config, module) in stages.items():
        groups: list[list[Piece]] = [[]]
        filled = 0
        for piece in pieces_of(module, (int4 or {}).get(stage, frozenset())):
            if groups[-1] and filled + piece.nbytes > MAX_SHARD_BYTES - HEADER_ROOM:
                groups.append([])
                filled = 0
            groups[-1].append(piece)
            filled += piece.nbytes
        entries = []
        for number, group in enumerate(groups, start=1):
            path = folder / f"{stage.replace('_', '-')}-{number:05}.safetensors"
            offsets = write_shard(path, group)
            for piece in group:
                offset, scale_offset = offsets[piece.key]
                entry = {
                    "name": piece.name,
                    "shape": list(piece.shape),
                    "dtype": _MANIFEST_DTYPE[piece.data.dtype.name],
                    "quantization": piece.quantization,
                    "shard": len(shards),
                    "offset": offset,
                }
                if scale_offset is not None:
                    entry["scale_offset"] = scale_offset
                if piece.rows is not None:
                    entry["rows"] = list(piece.rows)
                entries.append(entry)
            shards.append({"file": path.name, **digest(path), "stage": stage})
        manifest_stages[stage] = {"config": config, "tensors": entries}

    manifest = {
        "format": 1,
        "card": card,
        "tokenizer": {"file": "tokenizer.json", **digest(folder / "tokenizer.json")},
        "stages": manifest_stages,
        "shards": shards,
    }
    (folder / "manifest.json").write_text(one_line_an_entry(manifest), encoding="utf-8")
    return manifest


def digest(path: Path) -> dict:
    """Length and SHA-256 of a file, as the manifest states them."""
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def one_line_an_entry(manifest: dict) -> str:
    """JSON that a person can read and git can compare: each tensor and each shard on a line of its own."""

    def lines(entries: list) -> str:
        return "[\n" + ",\n".join("   " + json.dumps(e, separators=(",", ":")) for e in entries) + "\n  ]"

    stages = ",\n".join(
        f'  {json.dumps(name)}: {{"config": {json.dumps(stage["config"])},\n  "tensors": {lines(stage["tensors"])}}}'
        for name, stage in manifest["stages"].items()
    )
    return (
        "{\n"
        f' "format": {manifest["format"]},\n'
        f' "card": {json.dumps(manifest["card"], ensure_ascii=False, indent=1)},\n'
        f' "tokenizer": {json.dumps(manifest["tokenizer"])},\n'
        f' "stages": {{\n{stages}\n }},\n'
        f' "shards": {lines(manifest["shards"])}\n'
        "}\n"
    )


def stage_configs(size: Size) -> dict[str, dict]:
    """Each network's config as it stands in the manifest; a vocabulary brings its own (`Vocabulary.stage_config`)."""
    diffusion = {"num_train_timesteps": NUM_TRAIN_TIMESTEPS}
    return {
        "text_encoder": dataclasses.asdict(size.text_encoder),
        "projection": {
            "feature_dim": size.feature_dim,
            "token_dim": size.text_encoder.hidden_size,
            "semantics_dim": size.base.semantics_dim,
        },
        "prior": {**dataclasses.asdict(size.prior), "prediction_type": "sample", **diffusion},
        "base": {**dataclasses.asdict(size.base), "prediction_type": size.prediction_type, **diffusion},
        "upsampler": {
            **dataclasses.asdict(size.upsampler),
            "prediction_type": size.prediction_type,
            **diffusion,
            "residual_scale": RESIDUAL_SCALE,
        },
        "decomposer": dataclasses.asdict(size.decomposer),
        "image_encoder": dataclasses.asdict(size.image_encoder),
    }


PRESETS = [
    {"name": style, "title": f"{title} emoji, on white", "style": f"{style} emoji", "ground": "on a white background"}
    for style, title in (("3d", "3D"), ("flat", "Flat"), ("blob", "Blob"))
]
"""What completes a caption that leaves open how a thing is drawn and on what. Half of the captions of training do not name the
background, whatever it is, so that a bare caption draws one at random; this style is drawn best."""


EXAMPLES = [
    "a red apple", "a smiling cat face", "a sailing boat", "a strawberry", "a red heart", "a palm tree", "a slice of watermelon",
    "a baby chick", "a dog face", "a grinning face", "a pink blossom", "a tulip", "a red car", "a yellow star", "a house", "cherries",
]  # fmt: skip
"""Captions of what the model draws well, looked at one by one: a page takes one of them where it is asked for a surprise."""


def card_of(
    name: str,
    title: str,
    attribution: list[str],
    training: dict,
    presets: Sequence[dict] = (),
    examples: Sequence[str] = (),
) -> dict:
    """The model card inside the manifest."""
    return {
        "name": name,
        "title": title,
        "license": "MIT",
        "attribution": attribution,
        "categories": list(CATEGORIES),
        "presets": list(presets),
        "examples": list(examples),
        "training": training,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="nano")
    parser.add_argument("--out", type=Path, help="model folder to write")
    parser.add_argument("--onnx", action="store_true", help="write ONNX files of the networks instead")
    parser.add_argument("--model", type=Path, help="with --onnx: the model folder to convert",
                        default=Path(__file__).parents[2] / "www/models/default")
    parser.add_argument("--no-report", action="store_true", help="skip the measurement of what quantization costs")
    arguments = parser.parse_args()
    torch.manual_seed(0)
    size = size_named(arguments.size)
    if arguments.onnx:
        from .onnx_export import export_onnx

        export_onnx(arguments.out, arguments.model)
        return
    if arguments.out is None:
        raise SystemExit("Say where to write the model: --out FOLDER")
    if size.name == "tiny":
        from .tiny import write_tiny

        write_tiny(arguments.out)
    else:
        from .release import write_release

        write_release(size, arguments.out, report=not arguments.no_report, date=datetime.date.today().isoformat())
    total = sum(f.stat().st_size for f in arguments.out.iterdir())
    print(f"{arguments.out}: {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
