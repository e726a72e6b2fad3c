"""A contact sheet of random examples with every condition beside each: look before you train."""

from __future__ import annotations

import argparse
import colorsys
import csv
import json
from pathlib import Path

import cv2
import numpy as np

from .cache import cache_dir
from .catalog import CATEGORIES
from .palette import CODEBOOK_RGB

TILE = 192
# One clear colour a category, background dark.
CATEGORY_COLOURS = np.array([[24, 24, 28]] + [[round(255 * part) for part in colorsys.hsv_to_rgb(k * 0.382 % 1, 0.7, 0.95)]
                                              for k in range(1, len(CATEGORIES))], np.uint8)


def _tile(image: np.ndarray) -> np.ndarray:
    if image.ndim == 2:
        image = np.repeat(image[..., None], 3, axis=2)
    grow = image.shape[0] < TILE
    return cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_NEAREST if grow else cv2.INTER_AREA)


def _swatch(histogram: np.ndarray) -> np.ndarray:
    """The palette as vertical bars, widest first."""
    order = np.argsort(-histogram.astype(float))
    widths = np.rint(histogram[order].astype(float) * TILE).astype(int)
    bars = np.repeat((CODEBOOK_RGB[order] * 255).astype(np.uint8), widths, axis=0)[:TILE]
    bars = np.pad(bars, ((0, TILE - len(bars)), (0, 0)), mode="edge" if len(bars) else "constant")
    return np.repeat(bars[None], TILE, axis=0)


def sheet(folder: Path, rows: list[int]) -> np.ndarray:
    """`[len(rows) * height, width, 3]` uint8."""
    arrays = {path.stem: np.load(path, mmap_mode="r") for path in folder.glob("*.npy")}
    texts = json.loads((folder / "captions.json").read_text())
    meta = list(csv.DictReader(open(folder / "meta.csv", newline="")))
    lines = []
    for row in rows:
        tiles = [_tile(arrays["images256"][row]), _tile(arrays["images64"][row]), 255 - _tile(arrays["sketch256"][row]),
                 255 - _tile(arrays["outline256"][row]), _tile(CATEGORY_COLOURS[arrays["instances64"][row]]),
                 _tile(arrays["boundary64"][row] // 2 + arrays["object64"][row] * 30), _tile(arrays["depth64"][row]),
                 _tile(arrays["alpha64"][row]), _swatch(arrays["palette"][row])]
        text = np.full((TILE, 620, 3), 255, np.uint8)
        told = [f"{row} {meta[row]['kind']} {meta[row]['style']} {meta[row]['split']} flip={meta[row]['flip']}", *texts[row]]
        for line, words in enumerate(told):
            words = words.encode("ascii", "replace").decode()
            cv2.putText(text, words[:88], (6, 24 + 34 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.42, (0, 0, 0), 1, cv2.LINE_AA)
        lines.append(np.hstack([*tiles, text]))
    return np.vstack(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=cache_dir() / "dataset", help="the data set (default: %(default)s)")
    parser.add_argument("--to", type=Path, default=Path("sheet.png"), help="picture to write (default: %(default)s)")
    parser.add_argument("--count", type=int, default=10, help="examples to show")
    parser.add_argument("--kind", choices=("single", "scene", "photo"), help="only this kind")
    parser.add_argument("--seed", type=int, default=0, help="another choice of examples")
    options = parser.parse_args()
    if not (options.data / "meta.csv").exists():
        parser.error(f"{options.data} holds no data set; build one with python -m composer_training.data.build")
    meta = list(csv.DictReader(open(options.data / "meta.csv", newline="")))
    rows = [int(row["index"]) for row in meta if options.kind in (None, row["kind"])]
    if not rows:
        parser.error(f"{options.data} holds no example of kind {options.kind}")
    chosen = sorted(np.random.default_rng(options.seed).permutation(rows)[:options.count].tolist())
    cv2.imwrite(str(options.to), cv2.cvtColor(sheet(options.data, chosen), cv2.COLOR_RGB2BGR))
    print(f"{len(chosen)} examples in {options.to}")


if __name__ == "__main__":
    main()
