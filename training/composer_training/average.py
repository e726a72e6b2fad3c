"""Takes the mean of a network's checkpoint and an earlier model's weights: what training on has gained, without all that it has lost.

    python -m composer_training.average base --model ../www/models/default --share 0.5

Weights that were trained on from the same ones lie in one valley, so that their mean is a good network, too (model soups, 2203.05482).
Writes a new checkpoint, from which `export` takes the network.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from torch import Tensor

from .checkpoints import read_checkpoint, save_checkpoint
from .configs import cache_dir
from .weights import read_model


def mean(new: dict[str, Tensor], old: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """`share` of `new` and the rest of `old`, tensor by tensor."""
    if new.keys() != old.keys():
        raise SystemExit("The two are not the same network: their tensors have other names.")
    return {name: old[name].lerp(tensor, share) for name, tensor in new.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["projection", "prior", "base", "upsampler", "decomposer"])
    parser.add_argument("--size", default="nano")
    parser.add_argument("--model", type=Path, required=True, help="folder of the earlier model")
    parser.add_argument("--share", type=float, default=0.5, help="of the checkpoint in the mean")
    arguments = parser.parse_args()
    folder = cache_dir() / "checkpoints" / arguments.size
    state = read_checkpoint(folder, arguments.network)
    _, stages = read_model(arguments.model)
    if state is None or arguments.network not in stages:
        raise SystemExit(f"There is no {arguments.network} in {folder if state is None else arguments.model}.")
    weights = mean(state["ema"], stages[arguments.network], arguments.share)
    # The optimizer's moments belong to other weights.
    save_checkpoint(folder, arguments.network, {**state, "network": weights, "ema": weights, "optimizer": None})


if __name__ == "__main__":
    main()
