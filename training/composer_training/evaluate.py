"""How well a model keeps its conditions: held-out pictures out, the measures' table in.

    python -m composer_training.evaluate export --pictures 64 --to held-out
    python -m composer_training.evaluate decomposer --model ../www/models/default --to decomposer.json
    python -m composer_training.evaluate run held-out --program ../target/release/composer --model ../www/models/default \\
        --decomposer decomposer.json --docs ../docs                        # what stands after `--` goes to the program
    python -m composer_training.evaluate table report.json --decomposer decomposer.json --docs ../docs     # run, without running

## The folder

`export` writes PNGs with the same name in each of these; the name is the number in the data set.

| folder | pixels | what |
|---|---|---|
| `pictures` | 256, RGB | conditions are taken from these, results are compared with them |
| `reference` | 256, RGB | as many other held-out pictures: what sets of results are compared with |
| `training` | 256, RGB | training pictures, in which copies are searched for |
| `sketch` | 256, grey | the data set's own maps of `pictures`: 255 = line |
| `instances` | 64, grey | category, 0 to 15 |
| `boundary` | 64, grey | 255 = boundary between instances |
| `depth` | 64, grey | 255 = near |

`captions.json` is `{"NAME.png": caption}` for `pictures`.

## The report

`run` calls `composer evaluate FOLDER --model MODEL --report REPORT.json --sheets SHEETS`. The program draws pictures from one
condition of each of `pictures` at a time, takes them apart again, and writes means over the pictures as JSON. Every entry may be
missing, and is then missing in the table; numbers that are infinite are written as "exact".

    {
      "model": "nano", "pictures": 64, "backend": "cpu",
      "settings": {"steps": 20, "guidance": 3.0, "seed": 0},            # any names; they are printed
      "conditions": {
        "sketch":    {"measure": "F1 at 1 px", "given": 0.5, "not_given": 0.1, "standard_error": 0.01},
        "sketch_ssim", "palette", "intensity", "instances", "instances_things", "depth", "semantics": the same,
        "caption":   {"measure": "image-text score", "given": 0.3, "shuffled": 0.1, "standard_error": 0.01},
        "masking":   {"measure": "PSNR outside the mask", "given": "exact"},
        "all":       {"sketch": 0.6, "palette": 8.1, ...}               # every condition given at once
      },
      "leakage": {"sketch": {"sketch": 0.5, "palette": 30.1, ...}, ..., "nothing": {...}},
      "quality": {"frechet": {"given": 90.1, "real_against_real": 40.2}, "kernel": {the same}},
      "diversity": {"generated": 0.5, "real": 0.6},
      "nearest": {"generated": 0.7, "real": 0.7, "most": 0.93, "closest": [["RESULT.png", "TRAINING.png", 0.93], ...]}
    }

- `standard_error` is that of the mean difference between given and not given, pictures in pairs.
- `leakage`: by what was given alone, how near every representation of the result is to that of the picture it was taken from
  (the same measures). What differs from `nothing` came along unasked.
- `quality`: results from captions against `reference`; `real_against_real` is `pictures` against `reference`.
- `nearest`: mean cosine with the nearest of `training`, of results and of `pictures`; `closest` are the pairs to look at.

## The decomposer

`decomposer` compares the network's maps of held-out pictures with the data set's own, in the measures of `measures.py`. Conditions
and results are both seen through that network, so its mistakes limit what the table means.
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from .batches import Dataset, unit
from .checkpoints import read_checkpoint
from .configs import cache_dir, size_named
from .measures import LINE_THRESHOLD, depth_rmse, line_score, mean_iou
from .measures_page import write_page
from .networks import Decomposer
from .weights import load_model

if TYPE_CHECKING:
    from collections.abc import Iterable

THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)
"""Where a soft sketch is cut, to see which cut fits best; the measures take `LINE_THRESHOLD`."""


def held_out(data: Dataset, count: int, seed: int) -> np.ndarray:
    """Indices of `count` different held-out examples, drawn as training draws its own: mostly single drawings."""
    rng = np.random.default_rng(seed)
    possible = int((data.validation_weights > 0).sum())
    if count > possible:
        raise SystemExit(f"There are {possible} held-out pictures; ask for {count - possible} fewer.")
    chosen = rng.choice(data.validation, count, replace=False, p=data.validation_weights)
    return rng.permutation(chosen)  # the first ones drawn are of the heavier groups


def write_png(folder: Path, indices: Iterable[int], images: np.ndarray) -> None:
    """One PNG an example, grey or RGB."""
    folder.mkdir(parents=True, exist_ok=True)
    for index in indices:
        image = np.asarray(images[index])
        pixels = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
        if not cv2.imwrite(str(folder / f"{index:05}.png"), pixels):
            raise SystemExit(f"{folder} cannot be written to.")


def export(data: Dataset, folder: Path, pictures: int, training: int, seed: int) -> None:
    """Writes the folder that `composer evaluate` reads."""
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty; give a new folder, so that no old picture is counted.")
    chosen = held_out(data, 2 * pictures, seed)
    asked, reference = np.sort(chosen[:pictures]), np.sort(chosen[pictures:])
    write_png(folder / "pictures", asked, data.images256)
    write_png(folder / "reference", reference, data.images256)
    write_png(folder / "training", np.unique(data.draw(np.random.default_rng(seed), training)), data.images256)
    maps = {"sketch": data.sketch256, "instances": data.instances64, "boundary": data.boundary64, "depth": data.depth64}
    for name, values in maps.items():
        write_png(folder / name, asked, values)
    captions = {f"{index:05}.png": data.captions[index][0] for index in asked}
    text = json.dumps(captions, ensure_ascii=False, indent=1) + "\n"
    (folder / "captions.json").write_text(text, encoding="utf-8")


@torch.no_grad()
def decomposer_errors(network: Decomposer, data: Dataset, indices: np.ndarray) -> dict:
    """What the decomposer makes of pictures against their own maps; means over the pictures."""
    rows: list[dict[str, float]] = []
    for chunk in np.array_split(np.sort(indices), -(-len(indices) // 16)):
        sketch, instances, depth = network(torch.from_numpy(unit(data.images256[chunk])))
        drawn = torch.from_numpy(data.sketch256[chunk].astype(np.float32) / 255)
        edge = torch.from_numpy(data.boundary64[chunk].astype(np.float32) / 255)
        bce = F.binary_cross_entropy_with_logits(sketch[:, 0], drawn, reduction="none").mean((1, 2))
        edge_bce = F.binary_cross_entropy_with_logits(instances[:, -1], edge, reduction="none").mean((1, 2))
        lines, near = sketch[:, 0].sigmoid().numpy(), depth[:, 0].sigmoid().numpy()
        categories = instances[:, :-1].argmax(1).numpy()
        for row, index in enumerate(chunk):
            true, shape = data.instances64[index], data.depth64[index].astype(np.float32) / 255
            scores = {t: line_score(lines[row], drawn[row].numpy(), t) for t in THRESHOLDS}
            rows.append(
                {f"sketch f1 at {t}": score["f1"] for t, score in scores.items()}
                | {f"sketch {name}": value for name, value in scores[LINE_THRESHOLD].items()}
                | {"sketch bce": float(bce[row]), "instances boundary_bce": float(edge_bce[row])}
                | {"instances mean_iou": mean_iou(categories[row], true)}
                | {"instances things_iou": mean_iou(categories[row] > 0, true > 0)}
                | {"instances pixels_right": float((categories[row] == true).mean())}
                | {"depth rmse": depth_rmse(near[row], shape), "depth l1": float(np.abs(near[row] - shape).mean())}
                | {"depth flat_rmse": depth_rmse(np.zeros_like(shape), shape)}
            )
    errors: dict = {"pictures": len(rows)}
    for key in rows[0]:
        head, name = key.split(" ", 1)
        errors.setdefault(head, {})[name.replace(" ", "_")] = round(float(np.mean([row[key] for row in rows])), 5)
    return errors


def load_decomposer(size: str, model: Path | None) -> tuple[nn.Module, dict]:
    """The network of an exported model, or the averaged weights of a checkpoint, and what is known of its training."""
    if model is not None:
        networks = load_model(model)
        if "decomposer" not in networks:
            raise SystemExit(f"{model} has no decomposer: train one and export again.")
        card = json.loads((model / "manifest.json").read_text(encoding="utf-8"))["card"]
        return networks["decomposer"], {"model": card["name"], **card["training"].get("decomposer", {})}
    state = read_checkpoint(cache_dir() / "checkpoints" / size, "decomposer")
    if state is None:
        raise SystemExit("The decomposer is not trained yet: python -m composer_training.train decomposer")
    network = Decomposer(size_named(size).decomposer)
    network.load_state_dict(state["ema"])
    return network.eval(), {"model": f"{size} (checkpoint)", "steps": state["step"], "samples": state["samples"]}


def run(arguments: argparse.Namespace, extra: list[str]) -> dict:
    """Runs `composer evaluate`; returns its report."""
    report, sheets = arguments.report, arguments.folder / "sheets"
    command = [str(arguments.program), "evaluate", str(arguments.folder), "--model", str(arguments.model)]
    command += ["--report", str(report), "--sheets", str(sheets), *extra]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit("`composer evaluate` failed; what it says above tells why.")
    return json.loads(report.read_text(encoding="utf-8"))


def read_json(path: Path | None) -> dict | None:
    return None if path is None else json.loads(path.read_text(encoding="utf-8"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    dataset = cache_dir() / "dataset"

    one = commands.add_parser("export", help="write held-out pictures for `composer evaluate`")
    one.add_argument("--to", type=Path, required=True, help="folder to write")
    one.add_argument("--pictures", type=int, default=64)
    one.add_argument("--training", type=int, default=500, help="training pictures, in which copies are searched for")

    two = commands.add_parser("decomposer", help="the decomposer's error on held-out pictures, as JSON")
    two.add_argument("--size", default="nano", help="the checkpoint of this size")
    two.add_argument("--model", type=Path, help="an exported model's folder (otherwise the checkpoint)")
    two.add_argument("--pictures", type=int, default=256)
    two.add_argument("--to", type=Path, help="file to write (otherwise printed)")
    for command in (one, two):
        command.add_argument("--data", type=Path, default=dataset, help="the data set (default: %(default)s)")
        command.add_argument("--seed", type=int, default=0)

    three = commands.add_parser("run", help="run `composer evaluate` and write the table")
    three.add_argument("folder", type=Path, help="what `export` wrote")
    three.add_argument("--program", type=Path, required=True, help="the composer program")
    three.add_argument("--model", type=Path, required=True)
    three.add_argument("--report", type=Path, default=Path("report.json"), help="where the report goes (default: %(default)s)")
    four = commands.add_parser("table", help="write the table of a report that is there")
    four.add_argument("report", type=Path)
    four.add_argument("--sheets", type=Path, help="folder with the report's sheets")
    for command in (three, four):
        command.add_argument("--decomposer", type=Path, help="what `decomposer` wrote")
        command.add_argument("--docs", type=Path, required=True, help="folder that gets MEASURES.md and the sheets")

    arguments, extra = parser.parse_known_args()
    if extra and arguments.command != "run":
        parser.error(f"unknown: {' '.join(extra)}")
    if arguments.command == "export":
        export(Dataset(arguments.data), arguments.to, arguments.pictures, arguments.training, arguments.seed)
        print(f"{arguments.to}: {arguments.pictures} pictures")
    elif arguments.command == "decomposer":
        network, facts = load_decomposer(arguments.size, arguments.model)
        data = Dataset(arguments.data)
        errors = decomposer_errors(network, data, held_out(data, arguments.pictures, arguments.seed))
        text = json.dumps(facts | errors, indent=1) + "\n"
        if arguments.to is None:
            print(text, end="")
        else:
            arguments.to.write_text(text, encoding="utf-8")
    else:
        extra = [word for word in extra if word != "--"]
        report = run(arguments, extra) if arguments.command == "run" else read_json(arguments.report)
        sheets = arguments.folder / "sheets" if arguments.command == "run" else arguments.sheets
        page = write_page(report, read_json(arguments.decomposer), sheets, arguments.docs)
        print(f"{page} is written")


if __name__ == "__main__":
    main()
