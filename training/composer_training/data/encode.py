"""Second half of the build: text cache and image features of pictures that are already drawn.

`python -m composer_training.data.encode` continues a build that was stopped, and touches READY when all is there.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .cache import cache_dir, save_whole
from .encoders import FastImageEncoder, ImageEncoder, TextEncoder


def _run(name: str, jobs: list, work, workers: int) -> None:
    """Runs `work` over `jobs` in threads, telling every half minute how far it is."""
    started = told = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        for done, _ in enumerate(pool.map(work, jobs), start=1):
            if time.monotonic() - told > 30 or done == len(jobs):
                told = time.monotonic()
                print(f"{name}: {done} of {len(jobs)} batches, {told - started:.0f} s", flush=True)


def encode_captions(folder: Path, workers: int, batch: int = 64) -> None:
    """Writes `text/`: tokens, token_offsets, sentence and caption_index of all unique captions."""
    captions = json.loads((folder / "captions.json").read_text())
    unique = sorted({caption for options in captions for caption in options})
    row_of = {caption: row for row, caption in enumerate(unique)}
    encoder = TextEncoder()
    ids = encoder.tokenize(unique)
    lengths = np.array([len(tokens) for tokens in ids])
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    out = folder / "text"
    out.mkdir(parents=True, exist_ok=True)
    tokens = np.lib.format.open_memmap(out / "tokens.npy", "w+", np.float16, (int(offsets[-1]), TextEncoder.WIDTH))
    sentence = np.zeros((len(unique), TextEncoder.WIDTH), np.float16)
    jobs = []  # equal lengths in one batch: no padding, so no mask
    for length in np.unique(lengths):
        rows = np.flatnonzero(lengths == length)
        jobs += [rows[start:start + batch] for start in range(0, len(rows), batch)]

    def work(rows: np.ndarray) -> None:
        hidden = encoder(torch.tensor([ids[row] for row in rows]))
        sentence[rows] = F.normalize(hidden.mean(1), dim=-1).numpy().astype(np.float16)
        for row, states in zip(rows, hidden.numpy().astype(np.float16)):
            tokens[offsets[row]:offsets[row + 1]] = states

    _run("captions", jobs, work, workers)
    tokens.flush()
    save_whole(out / "token_offsets.npy", offsets)
    save_whole(out / "sentence.npy", sentence)
    save_whole(out / "caption_index.npy", np.array([[row_of[caption] for caption in options] for options in captions], np.int32))
    print(f"{len(unique)} unique captions, {int(offsets[-1])} tokens", flush=True)


def encode_images(folder: Path, workers: int, mirrored: bool, batch: int = 8) -> None:
    """Writes features.npy, or features_flip.npy of the mirrored pictures.

    A picture that must not be mirrored has its plain features in features_flip.npy too: its mirror image is never used.
    """
    images = np.load(folder / "images256.npy", mmap_mode="r")
    if mirrored:
        out = np.load(folder / "features.npy")
        with open(folder / "meta.csv", newline="") as file:
            rows = np.array([int(row["index"]) for row in csv.DictReader(file) if row["flip"] == "1"], int)
    else:
        out = np.zeros((len(images), ImageEncoder.WIDTH), np.float16)
        rows = np.arange(len(images))
    encoder = FastImageEncoder()

    def work(start: int) -> None:
        chosen = rows[start:start + batch]
        pixels = images[chosen]
        pixels = np.ascontiguousarray(pixels[:, :, ::-1]) if mirrored else pixels
        out[chosen] = encoder(torch.from_numpy(pixels).permute(0, 3, 1, 2)).astype(np.float16)

    name = "features_flip" if mirrored else "features"
    _run(name, list(range(0, len(rows), batch)), work, workers)
    save_whole(folder / f"{name}.npy", out)


def encode(folder: Path, workers: int) -> None:
    """Everything that needs the encoders and is not there yet; then READY."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # parallel over batches instead, which wastes nothing on small matrices
    if not (folder / "features.npy").exists():
        encode_images(folder, workers, mirrored=False)
    if not (folder / "text" / "caption_index.npy").exists():
        encode_captions(folder, workers)
    if not (folder / "features_flip.npy").exists():
        encode_images(folder, workers, mirrored=True)
    torch.set_num_threads(threads)
    (folder / "READY").touch()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=cache_dir() / "dataset", help="the data set (default: %(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="batches at once")
    options = parser.parse_args()
    if not (options.data / "captions.json").exists():
        parser.error(f"{options.data} holds no drawn data set; run python -m composer_training.data.build first")
    encode(options.data, options.workers)


if __name__ == "__main__":
    main()
