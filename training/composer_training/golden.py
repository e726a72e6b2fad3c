"""Writes the golden tensors that the engine is tested against.

    python -m composer_training.golden --model tests/fixtures/models/tiny --out tests/fixtures/golden

Networks carry the model folder's DEQUANTIZED weights, so the engine must agree within f32 rounding. The schedulers'
trajectories come from formulas in f64 written out here on their own (not from `diffusion.py`), and are checked
against diffusers wherever diffusers is right. Each file's keys are listed in the docstring of its function.
Pictures and noise are stored as f16 or u8 where they are inputs: their stored values ARE the inputs.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from .data.palette import nearest_colours, palette
from .diffusion import ddim, dpmpp_2m, enlarge
from .networks import LOCAL_CONDITIONS, Conditions, timestep_embedding
from .quantize import dequantize_int4, dequantize_int8, quantize_int4, quantize_int8
from .sampling import sample_base, sample_semantics, sample_upsampler
from .tiny import tiny_networks
from .weights import read_model

SEED = 7
STRIDE = 3
"""Pictures of 256 are stored every third pixel along both axes (offset 0): all phases of the patches, a ninth of the size."""

CAPTIONS = (
    "a red apple, 3d emoji",
    "Café — CRÈME brûlée!",
    "cat 🐱 and dog🐶",
    "猫 and 犬 on the ÉTOILE",
    "",
    "unhappily smiling   faces\t(two) #1... don't",
    "x" * 101,
    "ﬁre \u200bO\u0301 naïve straße ½ №5",
    "İstanbul ǅ Σας \u00a0 nbsp",
)
NUMPY_INT = np.int32


def rounded(generator: np.random.Generator, *shape: int, spread: float = 1.0) -> np.ndarray:
    """Gaussian numbers that f16 holds exactly."""
    return (generator.standard_normal(shape) * spread).astype(np.float16)


def t(array: np.ndarray) -> torch.Tensor:
    """f32 torch tensor of the same values."""
    return torch.from_numpy(np.ascontiguousarray(array).astype(np.float32))


def n(tensor: torch.Tensor) -> np.ndarray:
    """f32 numpy array of a result."""
    return np.ascontiguousarray(tensor.detach().float().numpy())


# --- a test scene ----------------------------------------------------------------------------------------------


def scene() -> dict[str, np.ndarray]:
    """A synthetic example: a disc and a box on a gradient, with every local condition.

    picture256 u8 [256,256,3], picture64 u8 [64,64,3] (4x4 box mean, rounded half up), sketch256 u8 0/255, instances64 u8
    category, boundary64 u8 0/255, depth64 u8, mask64 u8 0/1 (1 = free).
    """
    y, x = np.mgrid[0:256, 0:256]
    picture = np.stack([60 + x // 2, 200 - y // 2, 90 + (x + y) // 4], axis=-1)
    disc = (x - 100) ** 2 + (y - 120) ** 2 < 60**2
    box = (abs(x - 180) < 40) & (abs(y - 170) < 30)
    picture[disc] = np.stack([220 - y // 4, 30 + x // 4, 40 + 0 * x], axis=-1)[disc]
    picture[box] = np.stack([40 + 0 * x, 60 + y // 4, 200 - x // 4], axis=-1)[box]
    picture = picture.astype(np.uint8)
    labels = np.where(box, 2, np.where(disc, 1, 0))
    edge = np.zeros((256, 256), bool)
    edge[:-1] |= labels[:-1] != labels[1:]
    edge[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    small = labels[2::4, 2::4]
    means = picture.reshape(64, 4, 64, 4, 3).astype(np.uint32).sum((1, 3))
    mask = np.zeros((64, 64), np.uint8)
    mask[16:48, 24:56] = 1
    return {
        "picture256": picture,
        "picture64": ((means + 8) // 16).astype(np.uint8),
        "sketch256": (edge * 255).astype(np.uint8),
        "instances64": np.choose(small, [0, 6, 9]).astype(np.uint8),
        "boundary64": (edge.reshape(64, 4, 64, 4).max((1, 3)) * 255).astype(np.uint8),
        "depth64": np.choose(small, [20, 200, 150]).astype(np.uint8),
        "mask64": mask,
    }


def local_tensors(s: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """The scene's local conditions at 64, `[1, channels, 64, 64]`."""
    picture = t(s["picture64"]).permute(2, 0, 1)[None] / 127.5 - 1
    luma = (picture * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
    mask = t(s["mask64"])[None, None]
    instances = torch.zeros(1, 17, 64, 64)
    instances[0, :16].scatter_(0, torch.from_numpy(s["instances64"].astype(np.int64))[None], 1.0)
    instances[0, 16] = t(s["boundary64"]) / 255
    return {
        "sketch": torch.nn.functional.avg_pool2d(t(s["sketch256"])[None, None] / 255, 4),
        "instances": instances,
        "depth": t(s["depth64"])[None, None] / 255,
        "intensity": luma,
        "masking": torch.cat([picture * (1 - mask), 1 - mask], dim=1),
    }


# --- files -------------------------------------------------------------------------------------------------------


def conditions_file(s: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """conditions.safetensors: the scene (see `scene`) and its local conditions as tensors at 64.

    `sketch`, `depth`, `intensity`, `masking`: f16 `[1, channels, 64, 64]` (compare within 1e-3); `instances` u8 0/1.
    """
    tensors = {name: n(value) for name, value in local_tensors(s).items()}
    return {**s, **{name: v.astype(np.uint8 if name == "instances" else np.float16) for name, v in tensors.items()}}


def blocks_file(networks: dict, g: np.random.Generator) -> dict[str, np.ndarray]:
    """blocks.safetensors: single layers with the tiny base's weights. All f32 but the inputs (f16).

    timestep_embedding.{timesteps f32 [3], output [3, 32]} (channels = 32);
    resnet.{sample, temb, output}: base down_blocks.1.resnets.0; resnet_shortcut.*: base up_blocks.1.resnets.0;
    attention.{sample, context, bias, output}: base mid_block.attentions.0, bias [2, 5] with a padded token of -1e4;
    stem.{sketch, output}: base stems.sketch; downsample.{sample, output}: base down_blocks.0.downsampler;
    upsample.{sample, output}: base up_blocks.0.upsampler, then nearest x2;
    layout.{sentence, semantics, palette, weight, output}: base layout and stems.layout, batch 2; palettes are histograms;
    prior_layer.{hidden, bias, output}: prior transformer_blocks.0, batch 2 of 5 tokens, causal, one of them padded.
    """
    base = networks["base"]
    out: dict[str, np.ndarray] = {}
    timesteps = np.array([0, 417, 999], np.float32)
    out["timestep_embedding.timesteps"] = timesteps
    out["timestep_embedding.output"] = n(timestep_embedding(t(timesteps), 32))
    temb = rounded(g, 2, base.config.time_embed_dim)
    wide = base.config.block_out_channels[1]
    for key, block, channels in (
        ("resnet", base.down_blocks[1].resnets[0], wide),
        ("resnet_shortcut", base.up_blocks[1].resnets[0], 2 * base.config.block_out_channels[0]),
    ):
        sample = rounded(g, 2, channels, 8, 6)
        out |= {f"{key}.sample": sample, f"{key}.temb": temb, f"{key}.output": n(block(t(sample), t(temb)))}
    sample, context = rounded(g, 2, wide, 4, 6), rounded(g, 2, 5, base.config.context_dim)
    bias = np.zeros((2, 5), np.float32)
    bias[1, 3] = -1e4
    out |= {"attention.sample": sample, "attention.context": context, "attention.bias": bias}
    out["attention.output"] = n(base.mid_block.attentions[0](t(sample), t(context), t(bias)))
    sketch = rounded(g, 1, 1, 16, 16)
    out |= {"stem.sketch": sketch, "stem.output": n(base.stems["sketch"](t(sketch)))}
    sample = rounded(g, 1, base.config.block_out_channels[0], 8, 8)
    out |= {"downsample.sample": sample, "downsample.output": n(base.down_blocks[0].downsampler(t(sample)))}
    sample = rounded(g, 1, wide, 8, 8)
    enlarged = torch.nn.functional.interpolate(base.up_blocks[0].upsampler(t(sample)), scale_factor=2, mode="nearest")
    out |= {"upsample.sample": sample, "upsample.output": n(enlarged)}
    g = np.random.default_rng(SEED + 1)  # of its own: the other files' numbers stay as they are
    c = base.config
    given = {"sentence": rounded(g, 2, c.token_dim), "semantics": rounded(g, 2, c.semantics_dim)}
    given["palette"] = g.dirichlet(np.full(c.palette_dim, 0.1), 2).astype(np.float16)
    given["weight"] = np.array([[1, 0.5, 0], [0.25, 1, 0.75]], np.float16)
    out |= {f"layout.{name}": value for name, value in given.items()}
    out["layout.output"] = n(base.stems["layout"](base.layout(*map(t, given.values()))))
    prior = networks["prior"]
    hidden = rounded(g, 2, 5, prior.config.hidden_dim)
    bias = np.triu(np.full((2, 1, 5, 5), -1e4, np.float32), 1)
    bias[1, 0, :, 1] = -1e4
    out |= {"prior_layer.hidden": hidden, "prior_layer.bias": bias}
    out["prior_layer.output"] = n(prior.transformer_blocks[0](t(hidden), t(bias)))
    return out


def captioned(networks: dict, tokenizer: Tokenizer, caption: str) -> tuple[np.ndarray, torch.Tensor, torch.Tensor]:
    """`(ids [words], tokens [1, words, dim], sentence [1, dim])`."""
    ids = np.array(tokenizer.encode(caption).ids, NUMPY_INT)
    tokens, sentence = networks["text_encoder"](torch.from_numpy(ids.astype(np.int64))[None])
    return ids, tokens, sentence


def text_file(networks: dict, tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    """text.safetensors: for each caption i of `CAPTIONS` (also in captions.json): ids.i i32 [words]; for i = 0 and 1
    tokens.i [words, dim], sentence.i [dim]; projection.{features f16, image, text}: encode_image, and encode_text of sentence.0.
    """
    out: dict[str, np.ndarray] = {}
    for index, caption in enumerate(CAPTIONS):
        ids, tokens, sentence = captioned(networks, tokenizer, caption)
        out[f"ids.{index}"] = ids
        if index < 2:
            out[f"tokens.{index}"], out[f"sentence.{index}"] = n(tokens[0]), n(sentence[0])
    projection = networks["projection"]
    features = np.random.default_rng(SEED).standard_normal(projection.image_projection.in_features).astype(np.float16)
    out["projection.features"] = features
    out["projection.image"] = n(projection.encode_image(t(features)[None])[0])
    out["projection.text"] = n(projection.encode_text(t(out["sentence.0"])[None])[0])
    return out


def base_file(networks: dict, tokenizer: Tokenizer, s: dict, g: np.random.Generator) -> dict[str, np.ndarray]:
    """base.safetensors: the whole tiny base, batch 2: sample 0 has every condition of the scene, sample 1 has none.

    noisy f16 [2,3,64,64]; timestep i32 [2]; tokens [2,words,dim], token_mask [2,words] (the last two of sample 0 are
    padding), sentence, semantics, palette, global_weight [2,3], local_weight [2,5]; output [2,3,64,64];
    half_output: sample 0 again (batch 1) with global_weight [0.5, 1, 0.25], local_weight [0.25, 0, 0.5, 0, 0] and timestep 999:
    the layout counts for a half there.
    masked_output: the same with local_weight [0, 0, 0, 0, 0.75]: the layout stands behind what is kept.
    The locals are those of conditions.safetensors made from its u8 arrays (zeros for sample 1).
    """
    base = networks["base"]
    _, tokens, sentence = captioned(networks, tokenizer, CAPTIONS[0])
    tokens = torch.cat([tokens, t(rounded(g, 1, 2, tokens.shape[2]))], dim=1)
    tokens = torch.cat([tokens, torch.zeros_like(tokens)])
    mask = torch.ones(tokens.shape[:2])
    mask[0, -2:] = 0
    semantics = torch.nn.functional.normalize(t(rounded(g, 2, base.config.semantics_dim)), dim=-1)
    colours = t(palette(s["picture64"]))
    conditions = Conditions(
        tokens=tokens,
        token_mask=mask,
        sentence=torch.cat([sentence, torch.zeros_like(sentence)]),
        semantics=semantics,
        palette=torch.stack([colours, colours]),
        global_weight=torch.tensor([[1.0, 1, 1], [0, 0, 0]]),
        local={name: torch.cat([v, torch.zeros_like(v)]) for name, v in local_tensors(s).items()},
        local_weight=torch.tensor([[1.0] * 5, [0.0] * 5]),
    )
    noisy, timestep = rounded(g, 2, 3, 64, 64), np.array([400, 700], NUMPY_INT)
    output = base(t(noisy), torch.from_numpy(timestep), conditions)
    half = Conditions(
        tokens=tokens[:1],
        token_mask=mask[:1],
        sentence=sentence,
        semantics=semantics[:1],
        palette=colours[None],
        global_weight=torch.tensor([[0.5, 1, 0.25]]),
        local=local_tensors(s),
        local_weight=torch.tensor([[0.25, 0, 0.5, 0, 0]]),
    )
    masked = replace(half, local_weight=torch.tensor([[0, 0, 0, 0, 0.75]]))
    return {
        "noisy": noisy,
        "timestep": timestep,
        "tokens": n(tokens),
        "token_mask": n(mask),
        "sentence": n(conditions.sentence),
        "semantics": n(semantics),
        "palette": n(conditions.palette),
        "global_weight": n(conditions.global_weight),
        "local_weight": n(conditions.local_weight),
        "output": n(output),
        "half_output": n(base(t(noisy[:1]), torch.tensor([999]), half)),
        "masked_output": n(base(t(noisy[:1]), torch.tensor([999]), masked)),
    }


def upsampler_conditions(networks: dict, s: dict, tokens, sentence, semantics, with_all: bool) -> Conditions:
    """The upsampler's conditions of the scene at 256: all, or only globals and sketch."""
    small = local_tensors(s)
    picture = t(s["picture256"]).permute(2, 0, 1)[None] / 127.5 - 1
    mask = torch.nn.functional.interpolate(t(s["mask64"])[None, None], scale_factor=4, mode="nearest")
    local = {"sketch": t(s["sketch256"])[None, None] / 255}
    if with_all:
        local["instances"] = torch.nn.functional.interpolate(small["instances"], scale_factor=4, mode="nearest")
        local["depth"] = enlarge(small["depth"])
        local["intensity"] = (picture * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)
        local["masking"] = torch.cat([picture * (1 - mask), 1 - mask], dim=1)
    return Conditions(
        tokens=tokens,
        token_mask=torch.ones(tokens.shape[:2]),
        sentence=sentence,
        semantics=semantics,
        palette=t(palette(s["picture64"]))[None],
        global_weight=torch.ones(1, 3),
        local=local,
        local_weight=torch.tensor([[float(name in local) for name in LOCAL_CONDITIONS]]),
    )


def upsampler_file(networks: dict, tokenizer: Tokenizer, s: dict, g: np.random.Generator) -> dict[str, np.ndarray]:
    """upsampler.safetensors: the whole tiny upsampler, batch 1, timestep 300, every condition of the scene at 256
    (instances nearest x4, depth bilinear x4, mask nearest x4, the rest true 256), caption 0, palette of picture64,
    image = bilinear enlargement of picture64.

    noisy f16 [1,3,256,256] (also the x_T of loop.safetensors); semantics [1,dim]; image_strided: the enlarged image,
    output_strided: the output, both [1,3,86,86] = [:, :, ::3, ::3]; output_mean_abs [1].
    """
    upsampler = networks["upsampler"]
    _, tokens, sentence = captioned(networks, tokenizer, CAPTIONS[0])
    semantics = torch.nn.functional.normalize(t(rounded(g, 1, upsampler.config.semantics_dim)), dim=-1)
    noisy = rounded(g, 1, 3, 256, 256)
    conditions = upsampler_conditions(networks, s, tokens, sentence, semantics, with_all=True)
    image = enlarge(t(s["picture64"]).permute(2, 0, 1)[None] / 127.5 - 1)
    output = upsampler(t(noisy), torch.tensor([300]), conditions, image)
    return {
        "noisy": noisy,
        "semantics": n(semantics),
        "image_strided": n(image[:, :, ::STRIDE, ::STRIDE]).astype(np.float16),
        "output_strided": n(output[:, :, ::STRIDE, ::STRIDE]),
        "output_mean_abs": n(output.abs().mean()[None]),
    }


def prior_file(networks: dict, tokenizer: Tokenizer, g: np.random.Generator) -> dict[str, np.ndarray]:
    """prior.safetensors: batch 2, caption 0 both times, weight [1, 0].

    noisy f16 [2,dim] (scaled, as the network works), timestep i32 [2], tokens [2,64,dim] (zero padded), token_mask
    [2,64], sentence [2,dim], weight [2,1], output [2,dim].
    """
    prior = networks["prior"]
    _, tokens, sentence = captioned(networks, tokenizer, CAPTIONS[0])
    words = tokens.shape[1]
    tokens = torch.nn.functional.pad(tokens, (0, 0, 0, 64 - words)).repeat(2, 1, 1)
    mask = (torch.arange(64) < words).float().repeat(2, 1)
    noisy, timestep = rounded(g, 2, prior.config.semantics_dim), np.array([999, 250], NUMPY_INT)
    weight, sentence = torch.tensor([[1.0], [0.0]]), sentence.repeat(2, 1)
    output = prior(t(noisy), torch.from_numpy(timestep), tokens, mask, sentence, weight)
    return {
        "noisy": noisy,
        "timestep": timestep,
        "tokens": n(tokens),
        "token_mask": n(mask),
        "sentence": n(sentence),
        "weight": n(weight),
        "output": n(output),
    }


def decomposer_file(networks: dict, s: dict) -> dict[str, np.ndarray]:
    """decomposer.safetensors: the tiny decomposer on picture256 / 127.5 - 1; logits.

    sketch_strided [1,1,86,86] = [:, :, ::3, ::3] of [1,1,256,256], instances_strided [1,17,22,22] likewise, depth [1,1,64,64].
    """
    picture = t(s["picture256"]).permute(2, 0, 1)[None] / 127.5 - 1
    sketch, instances, depth = networks["decomposer"](picture)
    return {
        "sketch_strided": n(sketch[:, :, ::STRIDE, ::STRIDE]),
        "instances_strided": n(instances[:, :, ::STRIDE, ::STRIDE]),
        "depth": n(depth),
    }


def image_encoder_file(networks: dict, s: dict) -> dict[str, np.ndarray]:
    """image_encoder.safetensors: the tiny image encoder and projection on picture256 (pixels in 0..255).

    prepared [1,3,48,48]: resized and normalised; features [1,64]; semantics [1,dim], unit length; scores [labels]: their
    cosines with the vocabulary's embeddings, in its order.
    """
    encoder = networks["image_encoder"]
    picture = t(s["picture256"]).permute(2, 0, 1)[None]
    features = encoder(picture)
    semantics = networks["projection"].encode_image(features)
    embeddings = torch.nn.functional.normalize(networks["vocabulary"].embeddings, dim=-1)
    return {
        "prepared": n(encoder.prepare(picture)),
        "features": n(features),
        "semantics": n(semantics),
        "scores": n(embeddings @ semantics[0]),
    }


def quantize_file(g: np.random.Generator) -> dict[str, np.ndarray]:
    """quantize.safetensors: int8.{input [5,12], stored i8, scale [5], output}, int4.{input [4,32], stored u8 [64],
    scale f16 [4], output [4,32]}. Row 0 of both inputs is all zero.
    """
    a = g.standard_normal((5, 12)).astype(np.float32)
    b = g.standard_normal((4, 32)).astype(np.float32)
    a[0], b[0] = 0, 0
    q8, s8 = quantize_int8(a)
    q4, s4 = quantize_int4(b)
    return {
        "int8.input": a,
        "int8.stored": q8,
        "int8.scale": s8,
        "int8.output": dequantize_int8(q8, s8),
        "int4.input": b,
        "int4.stored": q4,
        "int4.scale": s4,
        "int4.output": dequantize_int4(q4, s4, b.shape),
    }


def palette_file(g: np.random.Generator) -> dict[str, np.ndarray]:
    """palette.safetensors: for i = 0..3: picture.i u8 [16,16,3], nearest.i i32 [16,16] (codebook indices),
    palette.i f32 [156]. 0: one red; 1: gradients; 2: greys; 3: random pixels.
    """
    y, x = np.mgrid[0:16, 0:16]
    pictures = [
        np.broadcast_to(np.array([200, 30, 30]), (16, 16, 3)),
        np.stack([x * 17, y * 17, 255 - x * 17], axis=-1),
        np.stack([(x + 16 * y)] * 3, axis=-1),
        g.integers(0, 256, (16, 16, 3)),
    ]
    out: dict[str, np.ndarray] = {}
    for index, picture in enumerate(pictures):
        picture = np.ascontiguousarray(picture).astype(np.uint8)
        out[f"picture.{index}"] = picture
        out[f"nearest.{index}"] = nearest_colours(picture).astype(NUMPY_INT)
        out[f"palette.{index}"] = palette(picture).astype(np.float32)
    return out


def loop_file(networks: dict, tokenizer: Tokenizer, s: dict, noisy256: np.ndarray, g: np.random.Generator):
    """loop.safetensors: short runs from caption 0, the scene's sketch and its palette; guidance 3 (upsampler 1).

    prior_noise f16 [1,dim], base_noise f16 [1,3,64,64]; the upsampler's x_T is `noisy` of upsampler.safetensors;
    for each scheduler k in {ddim, dpmpp_2m}: k.semantics [1,dim] (unit), k.picture64 [1,3,64,64] in [-1,1],
    k.picture256_strided [1,3,86,86] = [:, :, ::3, ::3] (f16). Unconditional side: everything absent. x0^ is clamped to
    [-1,1] (base), [-2,2] (residual), not at all (prior). Base: caption, semantics, palette, sketch. Upsampler: the same.
    Prior, base and upsampler all run the scheduler k, eta 0: ddim 3 steps, dpmpp_2m 5 (with 3 both agree at zero SNR).
    """
    _, tokens, sentence = captioned(networks, tokenizer, CAPTIONS[0])
    mask = torch.ones(tokens.shape[:2])
    prior_noise = rounded(g, 1, networks["prior"].config.semantics_dim)
    base_noise = rounded(g, 1, 3, 64, 64)
    out = {"prior_noise": prior_noise, "base_noise": base_noise}
    for name, sampler in (
        ("ddim", lambda predict, x: ddim(predict, x, 3)),
        ("dpmpp_2m", lambda predict, x: dpmpp_2m(predict, x, 5)),
    ):
        semantics = sample_semantics(networks["prior"], tokens, mask, sentence, t(prior_noise), sampler, 3.0)
        large = upsampler_conditions(networks, s, tokens, sentence, semantics, with_all=False)
        small = Conditions(
            tokens=tokens,
            token_mask=mask,
            sentence=sentence,
            semantics=semantics,
            palette=large.palette,
            global_weight=large.global_weight,
            local={"sketch": local_tensors(s)["sketch"]},
            local_weight=large.local_weight,
        )
        picture64 = sample_base(networks["base"], small, t(base_noise), sampler, 3.0)
        picture256 = sample_upsampler(networks["upsampler"], large, picture64, t(noisy256), sampler)
        out[f"{name}.semantics"] = n(semantics)
        out[f"{name}.picture64"] = n(picture64)
        out[f"{name}.picture256_strided"] = n(picture256[:, :, ::STRIDE, ::STRIDE]).astype(np.float16)
    return out


def minilm_file(folder: Path) -> dict[str, np.ndarray]:
    """minilm.safetensors: the trained model's text encoder (MiniLM-L6, dequantized): for each caption i of `CAPTIONS`
    ids.i i32 [words]; for i = 0, 1 and 3 sentence.i [384], and tokens.0 [words, 384].
    """
    from .weights import load_model

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    networks = load_model(folder)
    out: dict[str, np.ndarray] = {}
    for index, caption in enumerate(CAPTIONS):
        ids, tokens, sentence = captioned(networks, tokenizer, caption)
        out[f"ids.{index}"] = ids
        if index in (0, 1, 3):
            out[f"sentence.{index}"] = n(sentence[0])
        if index == 0:
            out["tokens.0"] = n(tokens[0])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the golden tensors.")
    parser.add_argument("--model", type=Path, required=True, help="the tiny model's folder")
    parser.add_argument("--trained", type=Path, help="a trained model's folder: writes minilm.safetensors too")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    from .golden_schedulers import schedulers_file

    torch.set_grad_enabled(False)
    arguments.out.mkdir(parents=True, exist_ok=True)
    _, states = read_model(arguments.model)
    networks = tiny_networks()
    for stage, network in networks.items():
        network.load_state_dict(states[stage])
    tokenizer = Tokenizer.from_file(str(arguments.model / "tokenizer.json"))
    s = scene()
    generator = np.random.default_rng(SEED)
    upsampler = upsampler_file(networks, tokenizer, s, generator)
    files = {
        "conditions": conditions_file(s),
        "blocks": blocks_file(networks, generator),
        "text": text_file(networks, tokenizer),
        "base": base_file(networks, tokenizer, s, generator),
        "upsampler": upsampler,
        "prior": prior_file(networks, tokenizer, generator),
        "decomposer": decomposer_file(networks, s),
        "image_encoder": image_encoder_file(networks, s),
        "quantize": quantize_file(generator),
        "schedulers": schedulers_file(generator),
        "palette": palette_file(generator),
        "loop": loop_file(networks, tokenizer, s, upsampler["noisy"], generator),
    }
    if arguments.trained is not None:
        files["minilm"] = minilm_file(arguments.trained)
    (arguments.out / "captions.json").write_text(json.dumps(CAPTIONS, ensure_ascii=False, indent=1) + "\n", "utf-8")
    total = 0
    for name, arrays in files.items():
        path = arguments.out / f"{name}.safetensors"
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, path)
        total += path.stat().st_size
        print(f"\n{name}.safetensors  {path.stat().st_size:,} bytes")
        for key, array in arrays.items():
            print(f"  {key}  {array.dtype} {list(array.shape)}")
    print(f"\n{total / 1e6:.2f} MB in all")


if __name__ == "__main__":
    main()
