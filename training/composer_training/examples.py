"""One example of every task, made by the program itself: what goes in and what comes out, side by side.

    python -m composer_training.examples --program ../target/release/composer --model ../www/models/default \
        --to ../docs/tasks --page ../www/examples

The pictures that go in are held-out ones of the data set (Fluent Emoji, MIT licence). `--page` is where the page has its examples:
the pictures and maps that go in, one picture of before and after a task, and `examples.json` with the values of each task's
inputs and the seed. The flags of the program and that file come from one table. The same program and model give the same pictures.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from .batches import Dataset
from .configs import cache_dir

SIDE = 160
GAP = 6
PICTURES = {
    "cat": "cat", "blossom": "cherry blossom", "apple": "green apple", "fish": "fish", "bird": "bird", "tent": "camping",
    "shirt": "woman's clothes", "worker": "woman office worker",
}  # fmt: skip
"""Names of the pictures that go in, and their labels in the data set."""

REGIONS = {
    "middle": [(90, 90), (165, 90), (165, 189), (90, 189)],
    "clothes": [
        (37, 242), (37, 205), (43, 180), (54, 159), (67, 145), (82, 137), (102, 129), (115, 139), (128, 147),
        (141, 139), (154, 129), (175, 138), (192, 149), (206, 165), (215, 182), (218, 205), (218, 242),
    ],
}  # fmt: skip
"""Masks, white within a line through these points (x, y): the middle of a picture, and what the worker wears."""

MIRRORED = ("sketch", "instances", "depth")
"""What is found in the fish is edited by turning it round: `fish-sketch` and so on."""


@dataclass(frozen=True)
class Example:
    """What a task is given; `@name` is a picture or a map."""

    inputs: dict[str, str | float]
    seed: int = 4
    """Of the seeds 1 to 8, one whose picture shows what the task is for."""
    count: int = 1
    page: dict[str, str] = field(default_factory=dict)
    """What the page gives in place of some of them: it completes words itself."""

    @property
    def files(self) -> dict[str, str]:
        """The pictures and maps by the names of the inputs, in their order."""
        return {name: value[1:] for name, value in self.inputs.items() if isinstance(value, str) and value.startswith("@")}


TASKS: dict[str, Example] = {
    "text-to-image": Example({"caption": "a red apple, 3d emoji on a white background"}, seed=3, page={"caption": "a red apple"}),
    "variations": Example({"image": "@cat", "keep": "structure-and-colors"}, count=4),
    "interpolation": Example({"first": "@apple", "second": "@blossom"}),
    "reconfiguration": Example({"image": "@fish", "sketch": "@fish-sketch", "instances": "@fish-instances", "depth": "@fish-depth"}),
    "region-editing": Example(
        {"image": "@shirt", "mask": "@middle", "caption": "a blue pocket", "colors": "#2030e0:0.6,#60a0ff:0.4"}, seed=1
    ),
    "palette-colorization": Example({"image": "@cat", "colors": "#ffffff:0.5,#3060e0:0.3,#80b0ff:0.2"}),
    "style-transfer": Example({"content": "@fish", "style": "@blossom", "strength": 0.8}, seed=5),
    "image-translation": Example({"image": "@bird", "caption": "a blue bird, flat emoji on a white background", "keep": "shape"}),
    "pose-transfer": Example({"object": "@blossom", "pose": "@cat", "by": "lines"}, seed=6),
    "virtual-try-on": Example({"body": "@worker", "garment": "@shirt", "mask": "@clothes"}),
    "compositional": Example(
        {"caption": "a tent, 3d emoji on a white background", "sketch": "@tent", "intensity": "@tent", "palette": "@blossom"}
    ),
    "inpainting": Example({"image": "@fish", "mask": "@middle", "caption": "a fish, 3d emoji on a white background"}),
}


def held_out(data: Dataset, label: str) -> np.ndarray:
    """The first held-out picture with that label on white, `[256, 256, 3]` uint8."""
    for row in data.meta:
        plain = row["source"] == "@lobehub/fluent-emoji-3d" and row["kind"] == "single"
        if plain and row["split"] != "train" and row["label"] == label:
            return np.asarray(data.images256[int(row["index"])])
    raise SystemExit(f"The data set has no held-out picture of `{label}`.")


def write(path: Path, image: np.ndarray, quality: int | None = None) -> None:
    """A grey, RGB or RGBA picture, as the name's ending says."""
    swapped = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    pixels = cv2.cvtColor(image, swapped[image.shape[2]]) if image.ndim == 3 else image
    setting = cv2.IMWRITE_WEBP_QUALITY if path.suffix == ".webp" else cv2.IMWRITE_JPEG_QUALITY
    if not cv2.imwrite(str(path), pixels, [] if quality is None else [setting, quality]):
        raise SystemExit(f"{path} cannot be written.")


def read(path: Path) -> np.ndarray:
    """A picture as RGB."""
    image = cv2.imread(str(path))
    if image is None:
        raise SystemExit(f"{path} cannot be read.")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def region(points: list[tuple[int, int]]) -> np.ndarray:
    """A mask that is white within the line through these points."""
    return cv2.fillPoly(np.zeros((256, 256), np.uint8), [np.array(points, np.int32)], 255)


def prepare(data: Dataset, page: Path, program: Path, model: Path) -> dict[str, Path]:
    """All pictures and maps that the examples name, as the files that the page offers."""
    files = {name: page / f"{name}.webp" for name in PICTURES}
    for name, label in PICTURES.items():
        write(files[name], held_out(data, label), 92)
    for name, points in REGIONS.items():
        files[name] = page / f"{name}.png"
        write(files[name], region(points))
    with tempfile.TemporaryDirectory() as parts:
        # The program takes WebP as it takes PNG, so it sees what the page sees.
        command = [program, "decompose", files["fish"], "-o", parts, "--model", model]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for part in MIRRORED:
            files[f"fish-{part}"] = page / f"fish-{part}.png"
            write(files[f"fish-{part}"], read(Path(parts) / f"{part}.png")[:, ::-1])
    return files


def run(task: str, files: dict[str, Path], program: Path, model: Path) -> list[np.ndarray]:
    """What comes out of a task."""
    example = TASKS[task]
    given = {name: str(files[example.files[name]]) if name in example.files else str(value) for name, value in example.inputs.items()}
    flags = [text for name, value in given.items() for text in (f"--{name}", value)]
    numbers = ["--seed", str(example.seed), "--count", str(example.count)]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "made.png"
        subprocess.run([program, "task", task, *flags, *numbers, "--model", model, "-o", out], check=True)
        numbered = sorted(out.parent.glob("made-*.png"), key=lambda path: int(path.stem.rpartition("-")[2]))
        return [read(path) for path in numbered or [out]]


def fitted(picture: np.ndarray, side: int) -> np.ndarray:
    """A picture at another size."""
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def side_by_side(given: list[np.ndarray], made: list[np.ndarray]) -> np.ndarray:
    """What goes in, an arrow, what comes out."""
    arrow = np.full((SIDE, 48, 3), 255, np.uint8)
    cv2.arrowedLine(arrow, (8, SIDE // 2), (40, SIDE // 2), (120, 120, 120), 3, tipLength=0.4)
    gap = np.full((SIDE, GAP, 3), 255, np.uint8)
    row: list[np.ndarray] = []
    for index, picture in enumerate([*given, *made]):
        row += [arrow] if index == len(given) and given else []
        row += [fitted(picture, SIDE), gap]
    return np.hstack(row)


def shown(task: str, files: dict[str, Path]) -> list[np.ndarray]:
    """What goes in, the first two, as a card of the page shows it: a mask lies over the picture that it belongs to."""
    names = dict(TASKS[task].files)
    mask = names.pop("mask", None)
    pictures = [read(files[name]) for name in dict.fromkeys(names.values())]
    if mask:
        part = (read(files[mask])[..., :1] / 255) * 0.55
        pictures[0] = (pictures[0] * (1 - part) + np.array([255, 61, 127]) * part).astype(np.uint8)
    return pictures[:2]


def square(pictures: list[np.ndarray]) -> np.ndarray:
    """Up to four pictures in one square `[SIDE, SIDE, 4]`, clear beside them."""
    cells: list[tuple[int, int, int]]
    half = (SIDE - GAP) // 2
    if len(pictures) <= 1:
        cells = [(0, 0, SIDE)]
    elif len(pictures) == 2:
        side = SIDE * 5 // 8
        cells = [(0, 0, side), (SIDE - side, SIDE - side, side)]
    else:
        cells = [(top, left, half) for top in (0, SIDE - half) for left in (0, SIDE - half)]
    canvas = np.zeros((SIDE, SIDE, 4), np.uint8)
    for picture, (top, left, side) in zip(pictures, cells, strict=False):
        rim = canvas[max(0, top - GAP // 2) : top + side, max(0, left - GAP // 2) : left + side]
        rim[...] = 0
        canvas[top : top + side, left : left + side] = np.dstack([fitted(picture, side), rounded(side)])
    return canvas


def rounded(side: int) -> np.ndarray:
    """How much of each pixel a square with round corners covers, 0 to 255."""
    radius = side // 12
    at = np.abs(np.arange(side) - (side - 1) / 2)
    over = np.maximum(at - ((side - 1) / 2 - radius), 0)
    distance = np.hypot(over[:, None], over[None, :])
    return (np.clip(radius + 0.5 - distance, 0, 1) * 255).astype(np.uint8)


def card(given: list[np.ndarray], made: list[np.ndarray]) -> np.ndarray:
    """Before on the left, after on the right; of many, four from the first to the last."""
    chosen = [made[round(index)] for index in np.linspace(0, len(made) - 1, min(4, len(made)))]
    return np.hstack([square(given), np.zeros((SIDE, GAP * 2, 4), np.uint8), square(chosen)])


def table(files: dict[str, Path]) -> dict[str, dict[str, str | float]]:
    """`examples.json`: the values of each task's inputs, pictures and maps by file name, and the seed."""
    return {
        task: {name: files[example.files[name]].name if name in example.files else value for name, value in example.inputs.items()}
        | example.page
        | {"seed": example.seed}
        for task, example in TASKS.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, required=True, help="the `composer` binary")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--to", type=Path, required=True, help="folder for one JPEG a task")
    parser.add_argument("--page", type=Path, required=True, help="folder of the page's examples")
    parser.add_argument("--only", nargs="*", choices=list(TASKS), help="some of the tasks")
    args = parser.parse_args()
    program, model = args.program.absolute(), args.model.absolute()
    for folder in (args.to, args.page):
        folder.mkdir(parents=True, exist_ok=True)
    files = prepare(Dataset(cache_dir() / "dataset"), args.page, program, model)
    (args.page / "examples.json").write_text(json.dumps(table(files), indent=2) + "\n")
    for task in args.only or TASKS:
        made = run(task, files, program, model)
        write(args.to / f"{task}.jpg", side_by_side([read(files[name]) for name in dict.fromkeys(TASKS[task].files.values())], made), 90)
        write(args.page / f"{task}.webp", card(shown(task, files), made), 84)


if __name__ == "__main__":
    main()
