"""Checks a finished data set against its format: `python -m composer_training.data.check`."""

from __future__ import annotations

import argparse
import csv
import json
from collections import Counter
from pathlib import Path

import numpy as np

from .build import ARRAYS, META
from .cache import cache_dir
from .catalog import CATEGORIES
from .conditions import box_mean
from .palette import palette


def problems(folder: Path, rows: int = 200) -> list[str]:
    """What is wrong with the data set; empty if nothing. Contents are checked on `rows` examples, spread evenly."""
    wrong: list[str] = []

    def claim(good: bool, message: str) -> None:
        if not good:
            wrong.append(message)

    with open(folder / "meta.csv", newline="") as file:
        meta = list(csv.DictReader(file))
    texts = json.loads((folder / "captions.json").read_text())
    count = len(meta)
    claim(tuple(meta[0]) == META, f"meta.csv has the columns {tuple(meta[0])}")
    claim([row["index"] for row in meta] == list(map(str, range(count))), "meta.csv is not in order")
    claim(len(texts) == count and all(len(options) == 4 for options in texts), "captions.json is not N lists of 4")
    shapes = {**ARRAYS, "features": (np.float16, (1280,)), "features_flip": (np.float16, (1280,))}
    arrays = {}
    for name, (kind, shape) in shapes.items():
        if not (folder / f"{name}.npy").exists():
            wrong.append(f"{name}.npy is missing")
            continue
        arrays[name] = np.load(folder / f"{name}.npy", mmap_mode="r")
        claim(arrays[name].shape == (count, *shape) and arrays[name].dtype == kind,
              f"{name}.npy is {arrays[name].dtype} {arrays[name].shape}, expected {np.dtype(kind)} {(count, *shape)}")
    text = {path.stem: np.load(path, mmap_mode="r") for path in (folder / "text").glob("*.npy")}
    if set(text) != {"tokens", "token_offsets", "sentence", "caption_index"}:
        wrong.append(f"text/ holds {sorted(text)}")
    else:
        unique = len({caption for options in texts for caption in options})
        lengths = np.diff(text["token_offsets"])
        claim(text["caption_index"].shape == (count, 4) and text["caption_index"].max() == unique - 1, "caption_index does not fit")
        claim(text["sentence"].shape == (unique, 384), "sentence does not fit the captions")
        claim(text["tokens"].shape == (text["token_offsets"][-1], 384), "tokens do not fit token_offsets")
        claim(lengths.min() >= 3 and lengths.max() <= 64, "a caption has fewer than 3 or more than 64 tokens")
        claim(bool(np.allclose(np.linalg.norm(text["sentence"].astype(np.float32), axis=1), 1, atol=2e-3)), "a sentence is not of length 1")
    if wrong:
        return wrong
    for row in np.linspace(0, count - 1, min(rows, count)).astype(int):
        one = {name: np.asarray(array[row]) for name, array in arrays.items()}
        claim(np.array_equal(box_mean(one["images256"]), one["images64"]), f"{row}: images64 is not the box mean")
        claim(one["instances64"].max() < len(CATEGORIES) and one["object64"].max() <= 4, f"{row}: category or instance out of range")
        claim(bool(((one["instances64"] > 0) == (one["object64"] > 0)).all()), f"{row}: instances64 and object64 disagree")
        claim(bool(np.isin(one["sketch256"], (0, 255)).all()), f"{row}: the sketch is not 0 or 255")
        claim(bool(np.allclose(one["palette"].astype(float), palette(one["images64"]), atol=1e-3)), f"{row}: the palette is not that of images64")
        claim(abs(one["palette"].astype(float).sum() - 1) < 0.01, f"{row}: the palette does not sum to 1")
        claim(bool(np.isfinite(one["features"]).all() and one["features"].any()), f"{row}: features are empty")
        claim(meta[row]["flip"] == "1" or np.array_equal(one["features"], one["features_flip"]), f"{row}: features_flip of a fixed picture")
    return wrong


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=cache_dir() / "dataset", help="the data set (default: %(default)s)")
    options = parser.parse_args()
    if not (options.data / "captions.json").exists():
        parser.error(f"{options.data} holds no data set; build one with python -m composer_training.data.build")
    wrong = problems(options.data)
    with open(options.data / "meta.csv", newline="") as file:
        meta = list(csv.DictReader(file))
    for column in ("split", "kind", "style", "flip"):
        print(f"{column}: {dict(Counter(row[column] for row in meta))}")
    if wrong:
        raise SystemExit("\n".join(wrong[:20]))
    print(f"{len(meta)} examples, all as the format says")


if __name__ == "__main__":
    main()
