"""The trained model as a release: EMA weights of every network, the real text encoder, and what quantization costs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import nn

from .batches import Dataset
from .checkpoints import read_checkpoint
from .configs import Size, cache_dir
from .export import ATTRIBUTION, EXAMPLES, PRESETS, card_of, stage_configs, write_model
from .image_encoder import ImageEncoder, load_efficientnet, vocabulary_of
from .networks import Decomposer, Prior, Projection, UNet
from .quantize import dequantize_int4, dequantize_int8, quantize_int4, quantize_int8, storage_of
from .text_encoder import TextEncoder, load_minilm, minilm_tokenizer_json

WORD_EMBEDDINGS = "embeddings.word_embeddings.weight"
STAGES = ("text_encoder", "projection", "prior", "base", "upsampler", "decomposer", "image_encoder", "vocabulary")
"""Order of the stages in the manifest."""
LARGEST_LOSS_CHANGE = 0.01
"""A coarser storage is taken only where the measured loss changes by less than this share."""
SMALLEST_COSINE = 0.995
"""int4 word embeddings are taken only where sentences keep at least this cosine with the f32 encoder's."""


def networks_of(size: Size) -> dict[str, nn.Module]:
    """Every trained stage with its initial weights."""
    base, upsampler = UNet(size.base), UNet(size.upsampler)
    base.prediction_type = upsampler.prediction_type = size.prediction_type
    return {
        "projection": Projection(size.feature_dim, size.text_encoder.hidden_size, size.base.semantics_dim),
        "prior": Prior(size.prior),
        "base": base,
        "upsampler": upsampler,
        "decomposer": Decomposer(size.decomposer),
    }


def trained_networks(size: Size, stages: list[str] | None = None) -> tuple[dict[str, nn.Module], dict[str, dict]]:
    """`({stage: network with EMA weights}, {stage: what its training was})`, of the named stages or of all."""
    folder = cache_dir() / "checkpoints" / size.name
    networks, facts = {}, {}
    for stage, network in networks_of(size).items():
        if stages is not None and stage not in stages:
            continue
        state = read_checkpoint(folder, stage)
        if state is None and stage == "decomposer":
            print("The decomposer is not trained and is left out; generating does not need it.")
            continue
        if state is None:
            raise SystemExit(f"{stage} is not trained: python -m composer_training.train {stage} --size {size.name}")
        network.load_state_dict(state["ema"])
        networks[stage] = network.eval()
        curve = state["curve"]
        held_out = [row["validation"] for row in curve if row["validation"] is not None]
        facts[stage] = {
            "steps": state["step"],
            "samples": state["samples"],
            "minutes": round(state["seconds"] / 60, 1),
            "loss": round(curve[-1]["loss"], 4) if curve else None,
            "held_out_loss": round(held_out[-1], 4) if held_out else None,
        }
    return networks, facts


def stored(network: nn.Module, int4: frozenset[str]) -> tuple[dict[str, torch.Tensor], list[dict]]:
    """`(state as the engine will read it, relative error of every tensor)`."""
    state, errors = {}, []
    for name, tensor in network.state_dict().items():
        value = tensor.detach().float().numpy()
        kind = storage_of(name, value.shape, int4)
        if kind == "int8":
            back = dequantize_int8(*quantize_int8(value))
        elif kind == "int4":
            back = dequantize_int4(*quantize_int4(value), value.shape)
        else:
            back = value.astype({"f16": np.float16, "f32": np.float32}[kind]).astype(np.float32)
        norm = float(np.sqrt((value**2).mean()))
        error = float(np.sqrt(((value - back) ** 2).mean()))
        errors.append({"name": name, "storage": kind, "relative_error": round(error / norm, 6) if norm else 0.0})
        state[name] = torch.from_numpy(np.asarray(back))
    return state, errors


def matrices(network: nn.Module) -> frozenset[str]:
    """Every tensor that int4 could hold."""
    return frozenset(n for n, t in network.state_dict().items() if t.dim() >= 2 and t.numel() % 64 == 0)


def losses_of(size: Size, stage: str, network: nn.Module) -> dict[str, float]:
    """Held-out loss with f32, int8 and all-int4 weights."""
    from .tasks import task_named

    task = task_named(stage, size, cache_dir() / "dataset", cache_dir() / "checkpoints" / size.name)
    task.network = network
    out = {}
    original = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with torch.no_grad():
        for kind, state in (
            ("f32", original),
            ("int8", stored(network, frozenset())[0]),
            ("int4", stored(network, matrices(network))[0]),
        ):
            network.load_state_dict(state)
            out[kind] = round(task.validation(network), 6)
            network.load_state_dict(original)
    return out


def sentence_cosines(encoder: TextEncoder, captions: list[str]) -> dict[str, float]:
    """Mean and least cosine between the sentences of the f32 encoder and those of its stored forms."""
    tokenizer = Tokenizer.from_str(minilm_tokenizer_json())
    ids = [torch.tensor([tokenizer.encode(c).ids]) for c in captions]
    original = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    out = {}
    with torch.no_grad():
        exact = [encoder(i)[1] for i in ids]
        for kind, int4 in (("int8", frozenset()), ("int4_words", frozenset({WORD_EMBEDDINGS}))):
            encoder.load_state_dict(stored(encoder, int4)[0])
            cosines = [float((encoder(i)[1] * e).sum()) for i, e in zip(ids, exact, strict=True)]
            out[kind] = {"mean": round(float(np.mean(cosines)), 5), "least": round(min(cosines), 5)}
            encoder.load_state_dict(original)
    return out


@torch.no_grad()
def semantics_cosines(encoder: ImageEncoder, projection: Projection, pictures: np.ndarray) -> dict[str, dict[str, float]]:
    """Mean and least cosine between the semantics of the f32 image encoder and those of its int8 form."""
    images = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    original = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    exact = projection.encode_image(encoder(images))
    encoder.load_state_dict(stored(encoder, frozenset())[0])
    cosines = (projection.encode_image(encoder(images)) * exact).sum(-1)
    encoder.load_state_dict(original)
    return {"int8": {"mean": round(float(cosines.mean()), 5), "least": round(float(cosines.min()), 5)}}


def looking_stages(projection: Projection, report: bool) -> tuple[dict[str, nn.Module], dict[str, dict[str, float]]]:
    """The stages that are not trained: image encoder and vocabulary; and, with `report`, what int8 costs the semantics."""
    data = Dataset(cache_dir() / "dataset")
    encoder = load_efficientnet()
    stages = {"image_encoder": encoder, "vocabulary": vocabulary_of(data, projection)}
    if not report:
        return stages, {}
    chosen = np.sort(np.random.default_rng(0).choice(data.validation, 64, replace=False))
    cosines = semantics_cosines(encoder, projection, data.images256[chosen])
    if cosines["int8"]["mean"] < SMALLEST_COSINE:
        print(f"WARNING: int8 changes the semantics of pictures: {cosines['int8']}")
    return stages, cosines


def write_release(size: Size, folder: Path, report: bool, date: str, stages: list[str] | None = None) -> None:
    """Writes the model folder, with `quantization.json` beside the manifest where `report` is set.

    `stages` names those that go in, where it shall not be all; a report is of all.
    """
    networks, facts = trained_networks(size, stages)
    encoder = load_minilm()
    int4: dict[str, frozenset[str]] = {"text_encoder": frozenset({WORD_EMBEDDINGS})}
    measured: dict[str, dict] = {}
    if report:
        captions = json.loads((cache_dir() / "dataset" / "captions.json").read_text(encoding="utf-8"))
        chosen = [captions[i][0] for i in np.random.default_rng(0).choice(len(captions), 100, replace=False)]
        measured["text_encoder"] = {"sentence_cosine": sentence_cosines(encoder, chosen)}
        if measured["text_encoder"]["sentence_cosine"]["int4_words"]["mean"] < SMALLEST_COSINE:
            int4.clear()
        for stage in networks:
            losses = losses_of(size, stage, networks[stage])
            change = {k: round(losses[k] / losses["f32"] - 1, 5) for k in ("int8", "int4")}
            measured[stage] = {"held_out_loss": losses, "change": change}
            if abs(change["int8"]) > LARGEST_LOSS_CHANGE:
                print(f"WARNING: int8 changes the held-out loss of {stage} by {change['int8']:.2%}")
    looking: dict[str, nn.Module] = {}
    if "projection" in networks:
        looking, cosines = looking_stages(networks["projection"], report)
        if report:
            measured["image_encoder"] = {"semantics_cosine": cosines}
    configs = stage_configs(size)
    if looking:
        configs["vocabulary"] = looking["vocabulary"].stage_config
    everything = {"text_encoder": encoder, **networks, **looking}
    order = [stage for stage in STAGES if stage in everything and (stages is None or stage in stages)]
    training = {
        "date": date,
        "data": "23,007 pictures: Fluent and eight other emoji and icon sets, composed scenes, photographs",
        **{stage: facts[stage] for stage in order if stage in facts},
    }
    card = card_of(size.name, f"Composer {size.name}: emoji and small illustrations", ATTRIBUTION, training, PRESETS, EXAMPLES)
    write_model(folder, card, minilm_tokenizer_json(), {s: (configs[s], everything[s]) for s in order}, int4)
    if report:
        for stage in order:
            errors = stored(everything[stage], int4.get(stage, frozenset()))[1]
            measured.setdefault(stage, {})["tensors"] = errors
        lines = {
            stage: {k: v for k, v in m.items() if k != "tensors"}
            | {"largest_error": max(m["tensors"], key=lambda e: e["relative_error"])}
            for stage, m in measured.items()
        }
        print(json.dumps(lines, indent=1))
        (folder / "quantization.json").write_text(json_lines(measured), encoding="utf-8")


def json_lines(measured: dict) -> str:
    """One line a tensor."""
    parts = []
    for stage, m in measured.items():
        facts = "".join(f"{json.dumps(k)}: {json.dumps(v)},\n  " for k, v in m.items() if k != "tensors")
        tensors = ",\n".join("   " + json.dumps(e) for e in m["tensors"])
        parts.append(f' {json.dumps(stage)}: {{\n  {facts}"tensors": [\n{tensors}\n  ]\n }}')
    return "{\n" + ",\n".join(parts) + "\n}\n"
