"""The engine's self-test: small layers, inputs, and what PyTorch computes of them, as a model folder of one stage.

    python -m composer_training.self_test --out src/self_test/reference

A visitor's device computes the same, and the page says how far it is off. Results are stored as f16, so they are right to one
part in two thousand; a device that computes wrongly is off by far more.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .export import card_of, write_model
from .networks import Attention
from .release import stored
from .tiny import randomize

SEED = 11
INT4 = frozenset({"int4.weight"})


class Layers(nn.Module):
    """What is tested. The storage of a weight follows from its name, as in every model."""

    def __init__(self) -> None:
        super().__init__()
        self.convolution = nn.ModuleDict({"conv_in": nn.Conv2d(16, 16, 3, padding=1)})
        self.norm = nn.GroupNorm(4, 16, eps=1e-5)
        self.attention = Attention(32, context_dim=16, head_dim=8, groups=4)
        self.int8, self.int4 = nn.Linear(64, 48), nn.Linear(64, 48)
        self.f16 = nn.ModuleDict({"proj_out": nn.Linear(64, 48)})
        self.given, self.expected = nn.ParameterDict(), nn.ParameterDict()

    def fill(self) -> None:
        """Inputs that f16 holds exactly, and the results."""

        def rounded(*shape: int) -> Tensor:
            return torch.randn(shape).half().float()

        given = {
            "picture": rounded(1, 16, 8, 8), "map": rounded(1, 32, 4, 4), "context": rounded(1, 6, 16), "rows": rounded(4, 64),
        }  # fmt: skip
        bias = torch.tensor([[0.0, 0.0, 0.0, 0.0, -1e4, -1e4]])
        expected = {
            "convolution": self.convolution["conv_in"](given["picture"]),
            "norm": F.silu(self.norm(given["picture"])),
            "attention": self.attention(given["map"], given["context"], bias),
            **{kind: getattr(self, kind)(given["rows"]) for kind in ("int8", "int4")},
            "f16": self.f16["proj_out"](given["rows"]),
        }
        for name, tensor in given.items():
            self.given[name] = nn.Parameter(tensor)
        for name, tensor in expected.items():
            self.expected[name] = nn.Parameter(tensor)


@torch.no_grad()
def write_reference(folder: Path) -> None:
    """Writes the folder."""
    torch.manual_seed(SEED)
    layers = Layers().eval()
    randomize(layers)
    layers.load_state_dict(stored(layers, INT4)[0])
    layers.fill()
    card = card_of("self-test", "Layers with known results", [], {"seed": SEED})
    write_model(folder, card, "{}\n", {"layers": ({}, layers)}, {"layers": INT4})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    write_reference(parser.parse_args().out)


if __name__ == "__main__":
    main()
