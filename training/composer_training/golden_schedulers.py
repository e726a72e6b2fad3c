"""Golden trajectories of the schedulers, from formulas in f64 written out on their own and checked against diffusers.

`golden.py` writes them; diffusers (pip install diffusers) is needed for the check alone and is skipped with a
printed line where it is missing.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

TRAINED = 1000
STEPS = 10


def schedule() -> np.ndarray:
    """alphas_cumprod in f64, term by term as the papers write it (2102.09672 eq. 17; 2305.08891 algorithm 1)."""
    signal = []
    for t in range(TRAINED):
        u = (t + 1) / TRAINED
        signal.append(math.cos((u + 0.008) / 1.008 * math.pi / 2) / math.cos(0.008 / 1.008 * math.pi / 2))
    first, last = signal[0], signal[-1]
    return np.array([((s - last) * first / (first - last)) ** 2 for s in signal])


def timesteps(steps: int) -> list[int]:
    """Trailing: T, T - T/n, ... rounded half to even, minus one; exact fractions, so no rounding accident."""
    return [round(TRAINED - Fraction(i * TRAINED, steps)) - 1 for i in range(steps)]


def analytic_v(x: np.ndarray, t: int) -> np.ndarray:
    """The stand-in for a network: v = 0.7 x cos(t / 200) + 0.3 sin(x)."""
    return 0.7 * x * math.cos(t / 200) + 0.3 * np.sin(x)


def ddim_trajectory(abars: np.ndarray, x: np.ndarray, eta: float, noise: np.ndarray) -> np.ndarray:
    """`[STEPS + 1, ...]`: x_T and the sample after every step, by SPEC section 3."""
    path = [x]
    ts = timesteps(STEPS)
    for i, t in enumerate(ts):
        a = abars[t]
        a_next = abars[ts[i + 1]] if i + 1 < STEPS else 1.0
        v = analytic_v(x, t)
        x0 = a**0.5 * x - (1 - a) ** 0.5 * v
        eps = a**0.5 * v + (1 - a) ** 0.5 * x
        s = eta * ((1 - a_next) / (1 - a) * (1 - a / a_next)) ** 0.5
        x = a_next**0.5 * x0 + (1 - a_next - s * s) ** 0.5 * eps + s * noise[i]
        path.append(x)
    return np.stack(path)


def dpm_trajectory(abars: np.ndarray, x: np.ndarray) -> np.ndarray:
    """`[STEPS + 1, ...]`: DPM-Solver++ 2M. At abar = 0 lambda is minus infinity: e^-h = 0 and 1/r = 0."""
    path = [x]
    ts = timesteps(STEPS)
    x0_before, h_before = None, 0.0
    for i, t in enumerate(ts):
        a = abars[t]
        alpha, sigma = a**0.5, (1 - a) ** 0.5
        x0 = alpha * x - sigma * analytic_v(x, t)
        if i + 1 == STEPS:
            path.append(x0)
            break
        a_next = abars[ts[i + 1]]
        alpha_next, sigma_next = a_next**0.5, (1 - a_next) ** 0.5
        lam_next = math.log(alpha_next / sigma_next)
        h = math.inf if a == 0 else lam_next - math.log(alpha / sigma)
        d = x0
        if x0_before is not None and h_before != math.inf:
            d = x0 + (x0 - x0_before) / (2 * h_before / h)
        x = sigma_next / sigma * x - alpha_next * (math.exp(-h) - 1) * d
        x0_before, h_before = x0, h
        path.append(x)
    return np.stack(path)


def check_against_diffusers(x: np.ndarray, noise: np.ndarray) -> None:
    """Raises where our f64 trajectories leave diffusers'.

    Its abar at t = 999 is 2^-24 instead of 0, so the comparison runs ours on that schedule too. Steps divide 1000, where
    its DDIM's t' is right (it is wrong for others, diffusers#12633).
    """
    try:
        import torch
        from diffusers import DDIMScheduler, DPMSolverMultistepScheduler
    except ImportError as error:
        print(f"diffusers is not installed, its check is skipped: {error}")
        return
    ours = schedule()
    ours[-1] = 2.0**-24
    common = {"prediction_type": "v_prediction", "timestep_spacing": "trailing", "num_train_timesteps": TRAINED}
    solver = DPMSolverMultistepScheduler(final_sigmas_type="zero", **common)
    reference_ddim = DDIMScheduler(clip_sample=False, set_alpha_to_one=True, **common)
    for name, scheduler, mine in (
        ("DDIM, eta 0", reference_ddim, ddim_trajectory(ours, x, 0.0, noise)),
        ("DPM-Solver++ 2M", solver, dpm_trajectory(ours, x)),
    ):
        abars = torch.from_numpy(ours)
        scheduler.alphas_cumprod = abars
        scheduler.alpha_t, scheduler.sigma_t = abars.sqrt(), (1 - abars).sqrt()
        scheduler.lambda_t = torch.log(scheduler.alpha_t) - torch.log(scheduler.sigma_t)
        scheduler.set_timesteps(STEPS)
        if scheduler.timesteps.tolist() != timesteps(STEPS):
            raise AssertionError(f"{name}: timesteps differ: {scheduler.timesteps.tolist()}")
        sample, worst = torch.from_numpy(x), 0.0
        for i, t in enumerate(scheduler.timesteps):
            v = torch.from_numpy(analytic_v(sample.numpy(), int(t)))
            sample = scheduler.step(v, t, sample).prev_sample.double()
            worst = max(worst, float(np.abs(sample.numpy() - mine[i + 1]).max()))
        print(f"{name}: our f64 and diffusers differ by {worst:.2e} at most")
        if worst > 2e-3:  # diffusers keeps sigmas in f32, and at abar = 2^-24 they carry few digits
            raise AssertionError(f"{name} differs from diffusers by {worst}")


def schedulers_file(g: np.random.Generator) -> dict[str, np.ndarray]:
    """schedulers.safetensors, all f64 unless marked.

    alphas_cumprod [1000]; trailing.N i32 [N] for N = 3, 7, 10, 20, 50; the stand-in network is
    v = 0.7 x cos(t / 200) + 0.3 sin(x) (no clamp, no guidance); initial [6]; noise [10,6] (for eta > 0, one row a step);
    ddim.eta0, ddim.eta05, dpmpp_2m: [11,6], the sample before the first and after each of 10 steps.
    """
    x, noise = g.standard_normal(6), g.standard_normal((STEPS, 6))
    check_against_diffusers(x, noise)
    abars = schedule()
    return {
        "alphas_cumprod": abars,
        **{f"trailing.{k}": np.array(timesteps(k), np.int32) for k in (3, 7, 10, 20, 50)},
        "initial": x,
        "noise": noise,
        "ddim.eta0": ddim_trajectory(abars, x, 0.0, noise),
        "ddim.eta05": ddim_trajectory(abars, x, 0.5, noise),
        "dpmpp_2m": dpm_trajectory(abars, x),
    }
