"""Noise schedule, parametrisations and samplers. All schedule arithmetic in f64; no network is imported here.

| here             | papers                                                                  |
|------------------|-------------------------------------------------------------------------|
| `alphas_cumprod` | abar_t                                                                  |
| `v`              | sqrt(abar) eps - sqrt(1 - abar) x0 (Salimans and Ho, 2202.00512)        |
| `pred_x0`        | x0^                                                                     |
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

NUM_TRAIN_TIMESTEPS = 1000


def alphas_cumprod(count: int = NUM_TRAIN_TIMESTEPS) -> np.ndarray:
    """Cosine schedule (2102.09672, eq. 17) rescaled to zero terminal signal (2305.08891, algorithm 1). f64 `[count]`."""

    def abar(u: np.ndarray | float) -> np.ndarray:
        return np.cos((u + 0.008) / 1.008 * math.pi / 2) ** 2

    root = np.sqrt(abar((np.arange(count, dtype=np.float64) + 1) / count) / abar(0.0))
    root = (root - root[-1]) * root[0] / (root[0] - root[-1])
    return root**2


def trailing_timesteps(steps: int, count: int = NUM_TRAIN_TIMESTEPS) -> list[int]:
    """Trailing spacing (2305.08891, section 3.3): the first one is always the last trained one."""
    if not 1 <= steps <= count:
        raise ValueError(f"{steps} steps asked for; choose 1 to {count}.")
    return [round(count - i * count / steps) - 1 for i in range(steps)]


def trailing_pairs(steps: int, count: int = NUM_TRAIN_TIMESTEPS) -> list[tuple[int, int]]:
    """`(t, t')` of each step; the last t' is -1, which stands for abar = 1 (the picture itself)."""
    timesteps = trailing_timesteps(steps, count)
    return list(zip(timesteps, [*timesteps[1:], -1], strict=True))


def min_snr_weight(abar: Tensor, gamma: float = 5.0) -> Tensor:
    """Weight of a squared error on v: min(snr + 1, gamma) / (snr + 1), after min-SNR (2303.09556, section 3.4).

    The paper's min(snr, gamma) / (snr + 1) is 0 at zero terminal SNR and next to nothing above t = 700: there the network
    decides on layout and colours, and after 14,000 samples it followed neither a palette nor a sketch. So the weight is
    1 down to snr = gamma - 1, and falls only where little noise is left.
    """
    snr = abar / (1 - abar)
    return (snr + 1).clamp(max=gamma) / (snr + 1)


def add_noise(x0: Tensor, noise: Tensor, abar: Tensor) -> Tensor:
    """x_t; `abar` must broadcast against `x0`."""
    return abar.sqrt() * x0 + (1 - abar).sqrt() * noise


def velocity(x0: Tensor, noise: Tensor, abar: Tensor) -> Tensor:
    """v of a known picture and noise."""
    return abar.sqrt() * noise - (1 - abar).sqrt() * x0


Predictor = Callable[[Tensor, int], Tensor]
"""`(x_t, t)` -> x0^, guidance and clamp already applied."""


def predictor_of_v(
    predict_v: Callable[[Tensor, int], Tensor], schedule: np.ndarray, clamp: float | None
) -> Predictor:
    """x0^ from a network that predicts v, clamped to `[-clamp, clamp]`."""

    def predict(sample: Tensor, t: int) -> Tensor:
        abar = float(schedule[t])
        x0 = math.sqrt(abar) * sample - math.sqrt(1 - abar) * predict_v(sample, t)
        return x0 if clamp is None else x0.clamp(-clamp, clamp)

    return predict


def ddim(
    predict: Predictor, sample: Tensor, steps: int, eta: float = 0.0, noise: list[Tensor] | None = None, begin: int = 0
) -> Tensor:
    """DDIM (2010.02502, eq. 12), eps derived from the clamped x0^.

    `noise`: one tensor a step, needed where `eta` > 0. `begin`: the step that `sample` is the input of.
    """
    schedule = alphas_cumprod()
    for index, (t, t_prev) in enumerate(trailing_pairs(steps)[begin:]):
        abar = float(schedule[t])
        abar_prev = 1.0 if t_prev < 0 else float(schedule[t_prev])
        x0 = predict(sample, t)
        eps = (sample - math.sqrt(abar) * x0) / math.sqrt(1 - abar)
        sigma = eta * math.sqrt((1 - abar_prev) / (1 - abar) * (1 - abar / abar_prev))
        sample = math.sqrt(abar_prev) * x0 + math.sqrt(max(1 - abar_prev - sigma**2, 0.0)) * eps
        if sigma > 0:
            if noise is None:
                raise ValueError("eta > 0 needs the noise of every step.")
            sample = sample + sigma * noise[index]
    return sample


def dpmpp_2m(predict: Predictor, sample: Tensor, steps: int) -> Tensor:
    """DPM-Solver++ 2M (2211.01095, algorithm 2).

    At t = 999 abar is 0 and lambda minus infinity: the step is its first-order limit, and the correction of the step
    after it vanishes. The last step goes to abar = 1, first order, and returns x0^.
    """
    schedule = alphas_cumprod()

    def half_log_snr(abar: float) -> float:
        return -math.inf if abar == 0 else 0.5 * math.log(abar / (1 - abar))

    previous_x0, previous_h = None, 0.0
    for t, t_prev in trailing_pairs(steps):
        x0 = predict(sample, t)
        if t_prev < 0:
            return x0
        abar, abar_prev = float(schedule[t]), float(schedule[t_prev])
        h = half_log_snr(abar_prev) - half_log_snr(abar)
        direction = x0
        if previous_x0 is not None and math.isfinite(previous_h):
            ratio = previous_h / h
            direction = x0 + (x0 - previous_x0) / (2 * ratio)
        sample = (
            math.sqrt((1 - abar_prev) / (1 - abar)) * sample
            - math.sqrt(abar_prev) * (math.exp(-h) - 1) * direction
        )
        previous_x0, previous_h = x0, h
    return sample


def enlarge(picture: Tensor, factor: int = 4) -> Tensor:
    """Bilinear, half-pixel centres, edges clamped: what the upsampler is given and adds its residual to."""
    return torch.nn.functional.interpolate(picture, scale_factor=factor, mode="bilinear", align_corners=False)
