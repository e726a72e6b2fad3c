"""ONNX files of the networks, with the exported (dequantized) weights: for other runtimes to be compared with.

    python -m composer_training.export --onnx                                  # of www/models/default
    python -m composer_training.export --onnx --model FOLDER --out FOLDER

Opset 17, f32, batch 1, captions of 16 tokens. Each file is checked against PyTorch with onnxruntime.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .configs import cache_dir
from .image_encoder import ImageEncoder
from .networks import LOCAL_CHANNELS, LOCAL_CONDITIONS, Conditions, UNet
from .weights import load_model

WORDS = 16
GLOBALS = ("tokens", "token_mask", "sentence", "semantics", "palette", "global_weight")


class FlatUNet(nn.Module):
    """A `UNet` whose conditions are separate inputs, in the order of `inputs`."""

    def __init__(self, network: UNet):
        super().__init__()
        self.network = network
        image = ["image"] if network.config.image_channels else []
        self.inputs = ["sample", "timestep", *GLOBALS, *LOCAL_CONDITIONS, "local_weight", *image]

    def forward(self, *values: Tensor) -> Tensor:
        given = dict(zip(self.inputs, values, strict=True))
        conditions = Conditions(
            **{name: given[name] for name in GLOBALS},
            local={name: given[name] for name in LOCAL_CONDITIONS},
            local_weight=given["local_weight"],
        )
        return self.network(given["sample"], given["timestep"], conditions, given.get("image"))

    def examples(self) -> list[Tensor]:
        c = self.network.config
        torch.manual_seed(0)
        shapes = {
            "sample": (1, 3, c.sample_size, c.sample_size),
            "tokens": (1, WORDS, c.token_dim),
            "sentence": (1, c.token_dim),
            "semantics": (1, c.semantics_dim),
            "image": (1, c.image_channels, c.sample_size, c.sample_size),
            **{name: (1, LOCAL_CHANNELS[name], c.sample_size, c.sample_size) for name in LOCAL_CONDITIONS},
        }
        fixed = {
            "timestep": torch.tensor([500.0]),
            "token_mask": torch.ones(1, WORDS),
            "palette": torch.softmax(torch.randn(1, c.palette_dim), dim=1),
            "global_weight": torch.ones(1, 3),
            "local_weight": torch.ones(1, 5),
        }
        return [fixed[name] if name in fixed else 0.5 * torch.randn(shapes[name]) for name in self.inputs]


class Prepared(nn.Module):
    """An image encoder from where the picture has its size and range already: reducing it is no part of a network file."""

    def __init__(self, encoder: ImageEncoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, pixels: Tensor) -> Tensor:
        return self.encoder.features(pixels)


def write(module: nn.Module, path: Path, inputs: list[str], outputs: list[str], examples: list[Tensor]) -> None:
    """Writes and checks one file."""
    import onnxruntime

    module.eval()
    torch.onnx.export(
        module, tuple(examples), str(path), input_names=inputs, output_names=outputs, opset_version=17, dynamo=False
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    known = {i.name for i in session.get_inputs()}
    feed = {name: value.numpy() for name, value in zip(inputs, examples, strict=True) if name in known}
    got = session.run(None, feed)
    with torch.no_grad():
        wanted = module(*examples)
    wanted = wanted if isinstance(wanted, tuple) else (wanted,)
    worst = max(float(np.abs(g - w.numpy()).max()) for g, w in zip(got, wanted, strict=True))
    print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB, differs from PyTorch by {worst:.1e} at most")
    if worst > 1e-3:
        raise SystemExit(f"{path.name} does not agree with PyTorch.")


def export_onnx(folder: Path | None, model: Path) -> None:
    """Every network of a model folder that takes time, as ONNX."""
    folder = folder or cache_dir() / "onnx"
    folder.mkdir(parents=True, exist_ok=True)
    networks = load_model(model)
    for stage in ("base", "upsampler"):
        flat = FlatUNet(networks[stage])
        write(flat, folder / f"{stage}.onnx", flat.inputs, ["v"], flat.examples())
    c = networks["prior"].config
    write(
        networks["prior"],
        folder / "prior.onnx",
        ["sample", "timestep", "tokens", "token_mask", "sentence", "weight"],
        ["pred_original_sample"],
        [
            torch.randn(1, c.semantics_dim),
            torch.tensor([500.0]),
            torch.randn(1, WORDS, c.token_dim),
            torch.ones(1, WORDS),
            torch.randn(1, c.token_dim),
            torch.ones(1, 1),
        ],
    )
    ids = torch.arange(WORDS)[None] + 5
    write(networks["text_encoder"], folder / "text_encoder.onnx", ["ids"], ["tokens", "sentence"], [ids])
    side = networks["image_encoder"].config.sample_size
    prepared = Prepared(networks["image_encoder"])
    write(prepared, folder / "image_encoder.onnx", ["pixels"], ["features"], [torch.randn(1, 3, side, side)])
    size = networks["decomposer"].config.sample_size
    picture = torch.rand(1, 3, size, size) * 2 - 1
    write(networks["decomposer"], folder / "decomposer.onnx", ["image"], ["sketch", "instances", "depth"], [picture])
