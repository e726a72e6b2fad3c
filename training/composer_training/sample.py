"""Sheets of pictures from captions, sketches and palettes, to judge a model by.

    python -m composer_training.sample --size nano --out sheet.png                 # from the checkpoints
    python -m composer_training.sample --model ../www/models/default --out sheet.png    # from an exported model

Rows: captions alone; one held-out picture and its light in five palettes; five held-out sketches, what is made of sketch and
caption, and the pictures that the sketches are of.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from .batches import LUMA_WEIGHTS, Dataset, box_mean, unit
from .checkpoints import read_checkpoint
from .configs import Size, cache_dir, size_named
from .data.palette import palette
from .diffusion import ddim, dpmpp_2m
from .networks import LOCAL_CONDITIONS, Conditions
from .release import networks_of
from .sampling import sample_base, sample_semantics, sample_upsampler
from .sheets import rows_of
from .text_encoder import load_minilm, minilm_tokenizer_json
from .weights import load_model

CAPTIONS = tuple(
    f"{thing}, 3d emoji on a white background"
    for thing in (
        "a red apple",
        "a smiling cat face",
        "a smiling face with sunglasses",
        "a red car",
        "a sailing boat",
        "a house with a garden",
        "a strawberry",
        "a palm tree",
    )
)
PALETTES = (
    ((220, 40, 40), (255, 255, 255)),
    ((40, 90, 220), (255, 255, 255)),
    ((60, 170, 70), (240, 230, 90)),
    ((150, 70, 190), (245, 190, 220)),
    ((250, 200, 40), (120, 70, 30)),
)


def load_networks(size: Size, model: Path | None) -> dict[str, nn.Module]:
    """EMA weights of the checkpoints, or the dequantized weights of a model folder."""
    if model is not None:
        return load_model(model)
    networks = networks_of(size)
    for stage, network in networks.items():
        state = read_checkpoint(cache_dir() / "checkpoints" / size.name, stage)
        if state is not None:
            network.load_state_dict(state["ema"])
        else:
            print(f"{stage} is not trained yet; its initial weights are used")
    networks["text_encoder"] = load_minilm()
    for network in networks.values():
        network.eval()
    return networks


class Composer:
    """All stages of a model, batch by batch."""

    def __init__(self, networks: dict[str, nn.Module], steps: int, guidance: float, seed: int):
        self.networks, self.steps, self.guidance, self.seed = networks, steps, guidance, seed
        self.tokenizer = Tokenizer.from_str(minilm_tokenizer_json())

    def noise(self, *shape: int, stream: int) -> Tensor:
        return torch.randn(*shape, generator=torch.Generator().manual_seed(1000 * stream + self.seed))

    @torch.no_grad()
    def captions(self, texts: list[str]) -> tuple[Tensor, Tensor, Tensor]:
        """Padded tokens, their mask, sentences."""
        ids = [self.tokenizer.encode(text).ids for text in texts]
        width = max(map(len, ids))
        mask = torch.tensor([[1.0] * len(i) + [0.0] * (width - len(i)) for i in ids])
        tokens, sentence = self.networks["text_encoder"](torch.tensor([i + [0] * (width - len(i)) for i in ids]), mask)
        return tokens, mask, sentence

    @torch.no_grad()
    def __call__(
        self,
        texts: list[str],
        palettes: np.ndarray | None = None,
        local256: dict[str, np.ndarray] | None = None,
        semantics: Tensor | None = None,
        use_prior: bool = True,
    ) -> tuple[Tensor, Tensor]:
        """`(pictures at 64, pictures at 256)` for one caption each ("" = no caption).

        `local256`: local conditions as their stems take them, `[count, 256, 256]`.
        """
        count = len(texts)
        tokens, mask, sentence = self.captions(texts)
        captioned = torch.tensor([float(bool(text)) for text in texts])
        if semantics is None and use_prior:
            noise = self.noise(1, self.networks["prior"].config.semantics_dim, stream=1).repeat(count, 1)
            semantics = sample_semantics(
                self.networks["prior"], tokens, mask, sentence, noise, lambda p, x: ddim(p, x, 20), self.guidance
            )
        present = captioned if semantics is not None else torch.zeros(count)
        semantics = torch.zeros(count, self.networks["base"].config.semantics_dim) if semantics is None else semantics
        colours = torch.zeros(count, 156) if palettes is None else torch.from_numpy(palettes.astype(np.float32))

        def conditions(local: dict[str, np.ndarray]) -> Conditions:
            weight = torch.tensor([[float(name in local) for name in LOCAL_CONDITIONS]])
            return Conditions(
                tokens=tokens,
                token_mask=mask,
                sentence=sentence,
                semantics=semantics,
                palette=colours,
                global_weight=torch.stack([captioned, present, torch.full((count,), float(palettes is not None))], dim=1),
                local={name: torch.from_numpy(value.astype(np.float32))[:, None] for name, value in local.items()},
                local_weight=weight.repeat(count, 1),
            )

        large = local256 or {}
        small = {name: box_mean(value) for name, value in large.items()}
        noise64 = self.noise(1, 3, 64, 64, stream=2).repeat(count, 1, 1, 1)
        picture64 = sample_base(
            self.networks["base"], conditions(small), noise64, lambda p, x: dpmpp_2m(p, x, self.steps), self.guidance
        )
        noise256 = self.noise(1, 3, 256, 256, stream=3).repeat(count, 1, 1, 1)
        picture256 = sample_upsampler(
            self.networks["upsampler"], conditions(large), picture64, noise256, lambda p, x: dpmpp_2m(p, x, 1)
        )
        return picture64, picture256


def palette_of(colours: tuple) -> np.ndarray:
    """The palette of a picture that is half one colour, half the other."""
    picture = np.zeros((2, len(colours), 3), np.uint8)
    picture[:] = np.array(colours, np.uint8)
    return palette(picture)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="nano")
    parser.add_argument("--model", type=Path, help="an exported model's folder (otherwise the checkpoints)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--captions", nargs="*", default=list(CAPTIONS))
    arguments = parser.parse_args()
    size = size_named(arguments.size)
    composer = Composer(load_networks(size, arguments.model), arguments.steps, arguments.guidance, arguments.seed)
    started = time.monotonic()
    rows = [list(composer(arguments.captions)[1])]
    dataset = cache_dir() / "dataset"
    if (dataset / "meta.csv").exists():
        data = Dataset(dataset)
        wanted = [i for i in data.validation if data.meta[i]["style"] == "3d" and data.meta[i]["kind"] == "single"]
        chosen = np.random.default_rng(arguments.seed + 8).choice(wanted, 5, replace=False)
        one = unit(data.images256[chosen[3:4]])
        light = np.einsum("bchw,c->bhw", one, LUMA_WEIGHTS[0]).repeat(len(PALETTES), 0)
        recoloured = composer([""] * len(PALETTES), np.stack([palette_of(p) for p in PALETTES]), {"intensity": light}, use_prior=False)[1]
        rows.append([torch.from_numpy(one)[0], *recoloured])
        lines = np.asarray(data.sketch256[chosen]) / 255
        drawn = composer([data.captions[i][0] for i in chosen], None, {"sketch": lines})[1]
        sketches = torch.from_numpy(1 - data.sketch256[chosen].astype(np.float32) / 127.5)[:, None].expand(-1, 3, -1, -1)
        rows += [list(sketches), list(drawn), list(torch.from_numpy(unit(data.images256[chosen])))]
        print("sketches of:", [data.captions[i][0] for i in chosen])
    width = max(map(len, rows))
    rows = [row + [torch.ones(3, 256, 256)] * (width - len(row)) for row in rows]
    rows_of(rows, arguments.out, side=160)
    print(f"{arguments.out}: {time.monotonic() - started:.0f} s; columns of the first row: {arguments.captions}")


if __name__ == "__main__":
    main()
