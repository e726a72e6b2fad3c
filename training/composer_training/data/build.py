"""Builds the data set. `python -m composer_training.data.build --help` says how."""

from __future__ import annotations

import argparse
import csv
import json
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from .cache import cache_dir, npm_modules
from .catalog import Glyph, glyphs
from .compose import Example, make_row, plan
from .palette import COLOURS
from .photos import hed_edges, pick_balanced, read_packs, saliency
from .render import render_all
from .sources import BY_NAME, BY_STYLE

ARRAYS = {
    "images256": (np.uint8, (256, 256, 3)), "images64": (np.uint8, (64, 64, 3)), "sketch256": (np.uint8, (256, 256)),
    "outline256": (np.uint8, (256, 256)), "instances64": (np.uint8, (64, 64)), "boundary64": (np.uint8, (64, 64)),
    "object64": (np.uint8, (64, 64)), "depth64": (np.uint8, (64, 64)), "alpha64": (np.uint8, (64, 64)),
    "palette": (np.float16, (COLOURS,)),
}
META = ("index", "file", "label", "style", "source", "licence", "split", "kind", "flip")
_CHUNK = 200
_shared: dict = {}  # what every worker process reads, set once when it starts


def _thin_styles(found: list[Glyph], per_style: int | None) -> list[Glyph]:
    """At most `per_style` drawings of each style, spread evenly."""
    if per_style is None:
        return found
    kept = []
    for style in BY_STYLE:
        chosen = [glyph for glyph in found if glyph.style == style]
        step = max(1, len(chosen) / per_style)
        kept += [chosen[int(row * step)] for row in range(min(per_style, len(chosen)))]
    return kept


def _origin(example: Example, style: str) -> tuple[str, str, str]:
    """File, source and licence columns: every source that a picture shows, its background too."""
    parts = [(glyph.name, BY_STYLE[glyph.style].name, BY_STYLE[glyph.style].licence) for glyph in example.glyphs]
    parts += [(photo.file, f"{BY_NAME[photo.pack].name}: {photo.source}", photo.licence)
              for photo in (example.photo, example.behind) if photo]
    return tuple(" + ".join(dict.fromkeys(part[column] for part in parts)) for column in range(3))


def _start(shared: dict) -> None:
    cv2.setNumThreads(1)  # one process a core already
    _shared.update(shared)


def _work(start: int) -> list[tuple[dict, list[str]]]:
    """Draws one chunk straight into the arrays; returns its meta rows and captions."""
    examples = _shared["examples"][start:start + _CHUNK]
    arrays = {name: np.load(_shared["out"] / f"{name}.npy", mmap_mode="r+") for name in ARRAYS}
    told = []
    for index, example in enumerate(examples, start=start):
        row = make_row(example, _shared["renders"], _shared["salient"], _shared["lines"])
        for name, value in row.arrays.items():
            arrays[name][index] = value
        file, source, licence = _origin(example, row.style)
        told.append((dict(zip(META, (index, file, row.label, row.style, source, licence, example.split, example.kind,
                                     int(row.flip)))), row.captions))
    return told


def draw_all(examples: list[Example], out: Path, workers: int, **shared) -> None:
    """Writes the pixel arrays, meta.csv and captions.json. `shared` is what `make_row` draws from."""
    for name, (kind, shape) in ARRAYS.items():
        np.lib.format.open_memmap(out / f"{name}.npy", "w+", kind, (len(examples), *shape)).flush()
    shared |= {"examples": examples, "out": out}
    texts: list[list[str]] = []
    started = time.monotonic()
    # Spawned, not forked: the teachers' threads would leave locks behind that a forked child waits on for ever.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (shared,))
    with pool, open(out / "meta.csv", "w", newline="") as file:
        table = csv.DictWriter(file, META)
        table.writeheader()
        for told in pool.map(_work, range(0, len(examples), _CHUNK)):
            for meta, options in told:
                table.writerow(meta)
                texts.append(options)
            if len(texts) % (10 * _CHUNK) == 0 or len(texts) == len(examples):
                print(f"{len(texts)} of {len(examples)} examples, {time.monotonic() - started:.0f} s", flush=True)
    # Last, and at once: a folder with this file is completely drawn.
    (out / "captions.json.partial").write_text(json.dumps(texts, ensure_ascii=False))
    (out / "captions.json.partial").rename(out / "captions.json")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--packs", type=Path, help="folder with photo packs (NAME.tar); without it there are no photos")
    parser.add_argument("--out", type=Path, default=cache_dir() / "dataset", help="where to write (default: %(default)s)")
    parser.add_argument("--photos", type=int, default=2000, help="photos to take from the packs, balanced over labels")
    parser.add_argument("--scenes", type=int, default=5000, help="scenes of one to four drawings")
    parser.add_argument("--examples-per-style", type=int, help="at most this many drawings of each style (for a quick look)")
    parser.add_argument("--limit", type=int, help="at most this many examples in all, spread evenly")
    parser.add_argument("--teacher", choices=("gradient", "hed"), default="gradient", help="what draws the sketches of photos")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--skip-encoders", action="store_true", help="leave text cache and image features to composer_training.data.encode")
    options = parser.parse_args()
    if options.packs and not options.packs.is_dir():
        parser.error(f"--packs {options.packs} is no folder; the training README says where packs come from")
    if (options.out / "READY").exists():
        parser.error(f"{options.out} holds a finished data set; delete it first or give another --out")
    options.out.mkdir(parents=True, exist_ok=True)

    modules = npm_modules()
    drawings = _thin_styles(glyphs(modules), options.examples_per_style)
    renders = render_all(modules, drawings, options.workers)
    photos = pick_balanced(read_packs(options.packs), options.photos) if options.packs else []
    examples = plan(drawings, photos, options.scenes)
    if options.limit and options.limit < len(examples):
        examples = [examples[row * len(examples) // options.limit] for row in range(options.limit)]
    shown = [example.photo for example in examples if example.photo]
    salient = saliency(shown, options.workers)
    lines = hed_edges(shown) if options.teacher == "hed" else None
    draw_all(examples, options.out, options.workers, renders=renders, salient=salient, lines=lines)
    if not options.skip_encoders:
        from .encode import encode  # here, so that a quick look needs no PyTorch

        encode(options.out, options.workers)
    print(f"{len(examples)} examples in {options.out}", flush=True)


if __name__ == "__main__":
    main()
