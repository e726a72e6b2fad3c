"""Gives a base that was trained without a layout one to go on with.

    python -m composer_training.layout --size nano

The layout (`networks.Layout`) shall supply what the noise hides. So it begins as the regression, on semantics and time, of the
difference between what the network's way down sees in a clean picture and what it sees in a noisy one: two minutes of fitting
instead of hours in which the whole network would have to find that out. `train base` goes on from there.
"""

from __future__ import annotations

import argparse

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .batches import Dataset, unit
from .checkpoints import read_checkpoint, save_checkpoint
from .configs import cache_dir, size_named
from .diffusion import add_noise, alphas_cumprod
from .networks import Conditions, UNet

CLEAN = 60
"""The timestep of what counts as clean: as good as no noise, and one that the network knows well."""
TIMESTEPS = (999, 970, 900, 800, 650, 450, 200)
WIDEST_BATCH = 64


@torch.no_grad()
def way_down(network: UNet, sample: Tensor, timestep: int, conditions: Conditions) -> tuple[Tensor, Tensor, Tensor]:
    """`(features before the layout [batch, width, side, side], temb, semantics)`."""
    found = []
    hook = network.mid_block.resnets[0].register_forward_hook(lambda _, inputs, __: found.append(inputs))
    layout, network.layout = network.layout, None
    network(sample, torch.full((len(sample),), timestep), conditions)
    hook.remove()
    network.layout = layout
    hidden, temb = found[0]
    return hidden, temb, network.embed_globals(conditions)[3]


def examples(network: UNet, data: Dataset, indices: np.ndarray, rng: np.random.Generator) -> dict[str, Tensor]:
    """What is regressed on what: `temb`, `semantics`, `missing`, and the `timestep`."""
    abars = alphas_cumprod()
    rows: dict[str, list[Tensor]] = {"temb": [], "semantics": [], "missing": [], "timestep": []}
    for chunk in np.array_split(indices, max(len(indices) // WIDEST_BATCH, 1)):
        flip = data.flips[chunk] & (rng.random(len(chunk)) < 0.5)
        pictures = np.stack([data.images64[i][:, ::-1] if f else data.images64[i] for i, f in zip(chunk, flip, strict=True)])
        picture = torch.from_numpy(unit(pictures))
        tokens, mask, sentence = data.words(data.caption_index[chunk, rng.integers(0, 4, len(chunk))], longest=32)
        weight = (rng.random((len(chunk), 3)) < (0.6, 0.9, 0.2)).astype(np.float32)
        conditions = Conditions(
            tokens=tokens,
            token_mask=mask,
            sentence=sentence,
            semantics=torch.from_numpy(np.where(flip[:, None], data.semantics_flip[chunk], data.semantics[chunk])),
            palette=torch.from_numpy(data.palette[chunk]),
            global_weight=torch.from_numpy(weight),
            local={},
            local_weight=torch.zeros(len(chunk), 5),
        )

        def noisy(timestep: int, picture: Tensor = picture) -> Tensor:
            return add_noise(picture, torch.randn_like(picture), torch.tensor(float(abars[timestep])))

        clean, _, _ = way_down(network, noisy(CLEAN), CLEAN, conditions)
        timestep = int(rng.choice(TIMESTEPS))
        hidden, temb, semantics = way_down(network, noisy(timestep), timestep, conditions)
        for name, value in (("temb", temb), ("semantics", semantics), ("missing", clean - hidden)):
            rows[name].append(value)
        rows["timestep"].append(torch.full((len(chunk),), timestep))
    return {name: torch.cat(values) for name, values in rows.items()}


def explained(layout: nn.Module, given: dict[str, Tensor]) -> dict[int, float]:
    """Share of the variance that the layout explains, by timestep."""
    out = {}
    with torch.no_grad():
        for timestep in TIMESTEPS:
            rows = given["timestep"] == timestep
            if not rows.any():
                continue
            missing = given["missing"][rows]
            rest = missing - layout(given["temb"][rows], given["semantics"][rows], missing.shape[-1])
            out[timestep] = round(1 - float(rest.square().mean() / (missing - missing.mean(0)).square().mean()), 3)
    return out


def fit(layout: nn.Module, given: dict[str, Tensor], epochs: int, batch: int = 256, peak: float = 2e-3) -> None:
    """AdamW with a cosine schedule."""
    optimizer = torch.optim.AdamW(layout.parameters(), lr=peak, weight_decay=0.05)
    count = len(given["temb"])
    steps = epochs * (count // batch)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        chosen = torch.randint(0, count, (batch,))
        missing = given["missing"][chosen]
        loss = F.mse_loss(layout(given["temb"][chosen], given["semantics"][chosen], missing.shape[-1]), missing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="nano")
    parser.add_argument("--pictures", type=int, default=12_000)
    parser.add_argument("--epochs", type=int, default=20)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    size, folder = size_named(arguments.size), cache_dir() / "checkpoints" / arguments.size
    state = read_checkpoint(folder, "base")
    if state is None:
        raise SystemExit("There is no base to give a layout to: python -m composer_training.train base")
    network = UNet(size.base)
    known = {name: tensor for name, tensor in state["ema"].items() if not name.startswith("layout.")}
    network.load_state_dict({**network.state_dict(), **known})
    network.eval()
    data, rng = Dataset(cache_dir() / "dataset", folder / "semantics.npz"), np.random.default_rng(0)
    chosen = data.draw(rng, arguments.pictures, globals_only=True)
    held_out = data.validation[rng.choice(len(data.validation), 800, p=data.validation_weights)]
    given, unseen = examples(network, data, chosen, rng), examples(network, data, held_out, rng)
    print(f"{len(chosen)} pictures, features of {given['missing'].std():.2f}", flush=True)
    fit(network.layout, given, arguments.epochs)
    print("explained, of trained pictures:", explained(network.layout, given))
    print("explained, of held-out pictures:", explained(network.layout, unseen), flush=True)

    fresh = {f"layout.{name}": tensor for name, tensor in network.layout.state_dict().items()}
    for weights in ("network", "ema"):
        state[weights] = {**state[weights], **{name: tensor.clone() for name, tensor in fresh.items()}}
    save_checkpoint(folder, "base", {**state, "optimizer": None})


if __name__ == "__main__":
    main()
