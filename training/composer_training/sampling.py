"""From conditions to pictures: prior, base and upsampler, with classifier-free guidance."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor

from .configs import RESIDUAL_SCALE
from .diffusion import Predictor, alphas_cumprod, enlarge, predictor_of_v
from .networks import Conditions, Prior, UNet

Sampler = Callable[[Predictor, Tensor], Tensor]
"""`(predict, x_T)` -> x_0; steps and scheduler already bound."""


def without_conditions(conditions: Conditions, keep_local: bool = False) -> Conditions:
    """The unconditional side of guidance: everything absent, or (`keep_local`) only the globals."""
    return replace(
        conditions,
        global_weight=torch.zeros_like(conditions.global_weight),
        local=conditions.local if keep_local else {},
        local_weight=conditions.local_weight if keep_local else torch.zeros_like(conditions.local_weight),
    )


@torch.no_grad()
def sample_semantics(
    prior: Prior,
    tokens: Tensor,
    token_mask: Tensor,
    sentence: Tensor,
    noise: Tensor,
    sampler: Sampler,
    guidance_scale: float = 3.0,
) -> Tensor:
    """Unit vectors `[batch, semantics_dim]`."""
    def predict(sample: Tensor, t: int) -> Tensor:
        timestep = torch.full((sample.shape[0],), t, device=sample.device)
        weight = torch.ones(sample.shape[0], 1, device=sample.device)
        given = prior(sample, timestep, tokens, token_mask, sentence, weight)
        free = prior(sample, timestep, tokens, token_mask, sentence, 0 * weight)
        # Not clamped: the data is a sphere, on which the last line puts the result.
        return free + guidance_scale * (given - free)

    return F.normalize(sampler(predict, noise), dim=-1)


@torch.no_grad()
def sample_base(
    base: UNet,
    conditions: Conditions,
    noise: Tensor,
    sampler: Sampler,
    guidance_scale: float = 3.0,
    keep_local: bool = False,
) -> Tensor:
    """Pictures `[batch, 3, 64, 64]` in [-1, 1]."""
    free = without_conditions(conditions, keep_local)

    def output(sample: Tensor, t: int) -> Tensor:
        timestep = torch.full((sample.shape[0],), t, device=sample.device)
        given = base(sample, timestep, conditions)
        if guidance_scale == 1:
            return given
        without = base(sample, timestep, free)
        return without + guidance_scale * (given - without)

    return sampler(predictor(output, base.prediction_type, clamp=1.0), noise)


@torch.no_grad()
def sample_upsampler(
    upsampler: UNet, conditions: Conditions, picture64: Tensor, noise: Tensor, sampler: Sampler
) -> Tensor:
    """Pictures `[batch, 3, 256, 256]` in [-1, 1]; no guidance."""
    image = enlarge(picture64)

    def output(sample: Tensor, t: int) -> Tensor:
        timestep = torch.full((sample.shape[0],), t, device=sample.device)
        return upsampler(sample, timestep, conditions, image)

    residual = sampler(predictor(output, upsampler.prediction_type, clamp=RESIDUAL_SCALE), noise)
    return (image + residual / RESIDUAL_SCALE).clamp(-1, 1)


def predictor(output: Callable[[Tensor, int], Tensor], prediction_type: str, clamp: float) -> Predictor:
    """x0^ from a network that predicts v or x0 itself ("sample"), clamped to `[-clamp, clamp]`."""
    if prediction_type == "sample":
        return lambda sample, t: output(sample, t).clamp(-clamp, clamp)
    return predictor_of_v(output, alphas_cumprod(), clamp)


def scaled(semantics: Tensor) -> Tensor:
    """Unit semantics as the prior works on them: each number of about unit variance."""
    return semantics * math.sqrt(semantics.shape[-1])
