"""Sheets of pictures to judge a checkpoint by."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from .batches import Dataset, box_mean, unit
from .diffusion import dpmpp_2m
from .networks import LOCAL_CONDITIONS, Conditions, UNet
from .sampling import sample_base

COLUMNS = 8


def rows_of(rows: list[list[Tensor]], path: Path, side: int = 256) -> None:
    """Saves rows of `[3, h, w]` pictures in [-1, 1] as one PNG."""
    lines = []
    for row in rows:
        cells = [F.interpolate(p[None].float().cpu(), size=(side, side), mode="nearest")[0] for p in row]
        lines.append(torch.cat([F.pad(c, (1, 1, 1, 1), value=-1.0) for c in cells], dim=2))
    sheet = ((torch.cat(lines, dim=1).clamp(-1, 1) + 1) * 127.5).round().byte()
    Image.fromarray(sheet.permute(1, 2, 0).numpy()).save(path)


def picture_sheet(data: Dataset, network: UNet, path: Path, steps: int = 12) -> None:
    """Held-out examples in a row each: the truth; from caption + semantics; + palette; sketch + palette + caption; the
    same sketches with the palettes of their neighbours; every local condition but masking; nothing at all."""
    rng = np.random.default_rng(5)
    singles = [i for i in data.validation if data.meta[i]["kind"] == "single" and data.meta[i]["style"] == "3d"]
    others = [i for i in data.validation if i not in set(singles)]
    chosen = np.array([*rng.choice(singles, min(5, len(singles)), replace=False), *rng.choice(others, 3, replace=False)])
    tokens, mask, sentence = data.words(data.caption_index[chosen, 0], longest=32)
    picture = torch.from_numpy(unit(data.images64[chosen]))
    instances = np.zeros((len(chosen), 17, 64, 64), np.float32)
    np.put_along_axis(instances, data.instances64[chosen].astype(np.int64)[:, None], 1.0, axis=1)
    instances[:, -1] = data.boundary64[chosen] / np.float32(255)
    luma = (picture * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    local = {
        "sketch": torch.from_numpy(box_mean(data.sketch256[chosen])[:, None] / 255),
        "instances": torch.from_numpy(instances),
        "depth": torch.from_numpy(data.depth64[chosen].astype(np.float32)[:, None] / 255),
        "intensity": luma,
    }
    device = next(network.parameters()).device
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(6))

    def row(global_weight: tuple[int, int, int], names: tuple[str, ...] = (), shift: int = 0) -> list[Tensor]:
        palette = np.roll(data.palette[chosen], shift, axis=0)
        conditions = Conditions(
            tokens=tokens,
            token_mask=mask,
            sentence=sentence,
            semantics=torch.from_numpy(data.semantics[chosen]),
            palette=torch.from_numpy(palette),
            global_weight=torch.tensor([global_weight] * len(chosen)).float(),
            local={name: local[name] for name in names},
            local_weight=torch.tensor([[float(name in names) for name in LOCAL_CONDITIONS]] * len(chosen)),
        )
        from .train import to_device

        guidance = 1.0 if not any(global_weight) else 3.0
        return list(
            sample_base(network, to_device(conditions, device), noise.to(device), lambda p, x: dpmpp_2m(p, x, steps), guidance)
        )

    rows_of(
        [
            list(picture),
            row((1, 1, 0)),
            row((1, 1, 1)),
            row((1, 0, 1), ("sketch",)),
            row((1, 0, 1), ("sketch",), shift=1),
            row((1, 0, 1), ("sketch", "instances", "depth", "intensity")),
            row((0, 0, 0)),
        ],
        path,
        side=96,
    )
    print("sheet:", path.name, [data.captions[i][0] for i in chosen], flush=True)
