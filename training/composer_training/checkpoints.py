"""Checkpoints as files of at most 16 MB, written so that a cut at any moment leaves one that loads.

A set is `STEM.000`, `STEM.001`, ... and `STEM.json`, its index, which is written last. A checkpoint has two sets that
take turns, `NETWORK.pt.a` and `NETWORK.pt.b`: the one that is being written never touches the newest intact one.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

PART_BYTES = 15 * 2**20
"""Below both 16 MB and 16 MiB."""


def write_set(folder: Path, stem: str, data: bytes | memoryview, facts: dict) -> None:
    """Replaces the set `stem` by `data`; `facts` go into its index."""
    index = folder / f"{stem}.json"
    index.unlink(missing_ok=True)  # from here on there is no such set, until all of it is written
    for old in folder.glob(f"{stem}.[0-9][0-9][0-9]"):
        old.unlink()
    parts = []
    for number, start in enumerate(range(0, len(data), PART_BYTES)):
        piece = data[start : start + PART_BYTES]
        name = f"{stem}.{number:03}"
        (folder / name).write_bytes(piece)
        parts.append({"file": name, "bytes": len(piece), "sha256": hashlib.sha256(piece).hexdigest()})
    partial = folder / f"{stem}.json.partial"
    partial.write_text(json.dumps({**facts, "parts": parts}, indent=1) + "\n", encoding="utf-8")
    partial.replace(index)


def read_index(folder: Path, stem: str) -> dict | None:
    """The index of a set; None where there is none."""
    try:
        return json.loads((folder / f"{stem}.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def read_set(folder: Path, stem: str) -> bytes:
    """The data of a set.

    Raises `ValueError` where a part is missing or is not what the index says.
    """
    index = read_index(folder, stem)
    if index is None:
        raise ValueError(f"{folder / stem}.json is missing or damaged.")
    pieces = []
    for part in index["parts"]:
        path = folder / part["file"]
        piece = path.read_bytes() if path.exists() else b""
        if hashlib.sha256(piece).hexdigest() != part["sha256"]:
            raise ValueError(f"{path} is missing or damaged.")
        pieces.append(piece)
    return b"".join(pieces)


def _newest(folder: Path, name: str) -> tuple[str, bytes] | None:
    """`(stem, data)` of the newest intact set of a checkpoint."""
    found = [(index["serial"], stem) for stem in (f"{name}.a", f"{name}.b") if (index := read_index(folder, stem))]
    for _, stem in sorted(found, reverse=True):
        try:
            return stem, read_set(folder, stem)
        except ValueError as error:
            print(f"{error} The set before it is used, where there is one.", flush=True)
    return None


def write_parts(folder: Path, name: str, data: bytes | memoryview, facts: dict) -> None:
    """Writes a new set beside the newest intact one.

    Nothing waits for the disk: should a power cut lose a part whose index survived, its hash says so.
    """
    newest = _newest(folder, name)
    stem = f"{name}.b" if newest and newest[0] == f"{name}.a" else f"{name}.a"
    serials = [index["serial"] for s in ("a", "b") if (index := read_index(folder, f"{name}.{s}"))]
    write_set(folder, stem, data, {**facts, "serial": max(serials, default=0) + 1})


def read_parts(folder: Path, name: str) -> bytes | None:
    """The newest intact set; None where there is none."""
    newest = _newest(folder, name)
    return newest[1] if newest else None


def checkpoint_facts(folder: Path, network: str) -> dict | None:
    """`step`, `samples` and `seconds` of a network's newest set, from its index alone."""
    found = [i for slot in "ab" if (i := read_index(folder, f"{network}.pt.{slot}"))]
    return max(found, key=lambda index: index["serial"], default=None)


def save_checkpoint(folder: Path, network: str, state: dict) -> None:
    """Writes a network's training state."""
    import torch

    buffer = io.BytesIO()
    torch.save(state, buffer)
    write_parts(folder, f"{network}.pt", buffer.getbuffer(), {k: state[k] for k in ("step", "samples", "seconds")})
    (folder / f"{network}.pt").unlink(missing_ok=True)


def read_checkpoint(folder: Path, network: str, device: torch.device | str = "cpu") -> dict | None:
    """A network's training state; None where it was never trained.

    Older runs wrote one file, `NETWORK.pt`. Every save removes it, so one that lies beside a set is newer than the set.
    """
    import torch

    whole = folder / f"{network}.pt"
    if whole.exists():
        return torch.load(whole, map_location=device, weights_only=True)
    data = read_parts(folder, f"{network}.pt")
    return None if data is None else torch.load(io.BytesIO(data), map_location=device, weights_only=True)
