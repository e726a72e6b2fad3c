"""One example of every task, made by the program itself: what goes in and what comes out, side by side.

    python -m composer_training.examples --program ../target/release/composer --model ../www/models/default --to ../docs/tasks

The pictures that go in are held-out ones of the data set (Fluent Emoji, MIT licence); they are also written to `--inputs`, where
the page offers them. The same program and model give the same pictures.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import cv2
import numpy as np

from .batches import Dataset
from .configs import cache_dir

SIDE = 160
GAP = 6
LABELS = {
    "cat": "cat", "blossom": "cherry blossom", "apple": "green apple", "fish": "fish", "bird": "bird", "tent": "camping",
    "ice-cream": "soft ice cream", "shirt": "woman's clothes", "worker": "woman office worker", "car": "automobile",
}  # fmt: skip
"""Names of the pictures that go in, and their labels in the data set."""

TASKS: dict[str, list[str]] = {
    "text-to-image": ["--caption", "a red apple, 3d emoji"],
    "variations": ["--image", "@cat", "--keep", "structure-and-colors", "--count", "3"],
    "interpolation": ["--first", "@apple", "--second", "@blossom"],
    "reconfiguration": [
        "--image", "@car", "--sketch", "@car-sketch", "--instances", "@car-instances", "--depth", "@car-depth",
    ],  # fmt: skip
    "region-editing": ["--image", "@shirt", "--mask", "@middle", "--caption", "a red heart", "--colors", "#e02030,#ff60c0"],
    "palette-colorization": ["--image", "@cat", "--colors", "#ffffff:5,#3060e0:3,#80b0ff:2"],
    "style-transfer": ["--content", "@fish", "--style", "@blossom", "--strength", "0.8"],
    "image-translation": ["--image", "@bird", "--caption", "a blue bird, flat emoji", "--keep", "shape"],
    "pose-transfer": ["--object", "@blossom", "--pose", "@cat", "--by", "lines"],
    "virtual-try-on": ["--body", "@worker", "--garment", "@shirt", "--mask", "@lower"],
    "compositional": ["--caption", "a house, 3d emoji", "--depth", "@tent", "--palette", "@ice-cream"],
    "inpainting": ["--image", "@tent", "--margin", "0.2", "--caption", "camping, 3d emoji"],
}
"""The flags of each example; `@name` is a picture."""


def held_out(data: Dataset, label: str) -> np.ndarray:
    """The first held-out picture with that label on white, `[256, 256, 3]` uint8."""
    for row in data.meta:
        plain = row["source"] == "@lobehub/fluent-emoji-3d" and row["kind"] == "single"
        if plain and row["split"] != "train" and row["label"] == label:
            return np.asarray(data.images256[int(row["index"])])
    raise SystemExit(f"The data set has no held-out picture of `{label}`.")


def write(path: Path, image: np.ndarray, quality: int | None = None) -> None:
    """An RGB or grey picture, as the name's ending says."""
    pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    options = [] if quality is None else [cv2.IMWRITE_JPEG_QUALITY, quality]
    if not cv2.imwrite(str(path), pixels, options):
        raise SystemExit(f"{path} cannot be written.")


def read(path: Path) -> np.ndarray:
    """A picture as RGB."""
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path} cannot be read.")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def region(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    """A mask that is white there."""
    mask = np.zeros((256, 256), np.uint8)
    mask[top:bottom, left:right] = 255
    return mask


def prepare(data: Dataset, folder: Path, program: Path, model: Path) -> None:
    """All pictures that the examples name."""
    for name, label in LABELS.items():
        write(folder / f"{name}.png", held_out(data, label))
    write(folder / "middle.png", region(90, 90, 190, 166))
    write(folder / "lower.png", region(165, 20, 256, 236))
    parts = folder / "car-parts"
    subprocess.run([program, "decompose", folder / "car.png", "-o", parts, "--model", model], check=True, stdout=subprocess.DEVNULL)
    for name in ("sketch", "instances", "depth"):
        write(folder / f"car-{name}.png", read(parts / f"{name}.png")[:, ::-1])


def run(task: str, folder: Path, program: Path, model: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """What goes into a task and what comes out."""
    flags = [str(folder / f"{flag[1:]}.png") if flag.startswith("@") else flag for flag in TASKS[task]]
    out = folder / f"{task}.png"
    subprocess.run([program, "task", task, *flags, "--model", model, "-o", out], check=True)
    given = [read(folder / f"{flag[1:]}.png") for flag in TASKS[task] if flag.startswith("@")]
    numbered = sorted(folder.glob(f"{task}-*.png"), key=lambda path: int(path.stem.rpartition("-")[2]))
    return given, [read(path) for path in numbered or [out]]


def side_by_side(given: list[np.ndarray], made: list[np.ndarray]) -> np.ndarray:
    """What goes in, an arrow, what comes out."""
    cells = [cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for picture in [*given, *made]]
    arrow = np.full((SIDE, 48, 3), 255, np.uint8)
    cv2.arrowedLine(arrow, (8, SIDE // 2), (40, SIDE // 2), (120, 120, 120), 3, tipLength=0.4)
    gap = np.full((SIDE, GAP, 3), 255, np.uint8)
    row: list[np.ndarray] = []
    for index, cell in enumerate(cells):
        row += [arrow] if index == len(given) and given else []
        row += [cell, gap]
    return np.hstack(row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="the `composer` binary")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True, help="folder for one JPEG a task")
    parser.add_argument("--inputs", type=Path, help="folder for the pictures that the page offers")
    parser.add_argument("--only", nargs="*", choices=list(TASKS), help="some of the tasks")
    args = parser.parse_args()
    data = Dataset(cache_dir() / "dataset")
    args.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        prepare(data, folder, args.program.absolute(), args.model.absolute())
        if args.inputs:
            args.inputs.mkdir(parents=True, exist_ok=True)
            for name in LABELS:
                write(args.inputs / f"{name}.jpg", read(folder / f"{name}.png"), 92)
        for task in args.only or TASKS:
            sheet = side_by_side(*run(task, folder, args.program.absolute(), args.model.absolute()))
            write(args.to / f"{task}.jpg", sheet, 90)


if __name__ == "__main__":
    main()
