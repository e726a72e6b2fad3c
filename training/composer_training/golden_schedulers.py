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


def unipc_trajectory(abars: np.ndarray, x: np.ndarray) -> np.ndarray:
    """`[STEPS + 1, ...]`: UniPC-2 with B(h) = e^-h - 1 and data prediction (2302.04867, theorem 3.1 and corollary 3.2).

    With r_m = (lambda_m - lambda_s) / h, D_m = x0_m - x0_s and g_n the mean of ((lambda - lambda_s) / h)^n over the
    step, weighted by e^lambda, a corrected step adds sum a_m / r_m D_m to x0_s, where sum a_m r_m^(n - 1) = g_n for
    n = 1, 2; the end of the step has r = 1. An earlier point infinitely far away drops out. The coefficient of the
    predictor, and of the corrector of the first step, is 1/2 as the paper simplifies it.
    """

    def half_log_snr(abar: float) -> float:
        return -math.inf if abar == 0 else 0.5 * math.log(abar / (1 - abar))

    path = [x]
    ts = timesteps(STEPS)
    x0s, starts = [], []
    for i, t in enumerate(ts):
        a = abars[t]
        x0 = a**0.5 * x - (1 - a) ** 0.5 * analytic_v(x, t)
        if i > 0:
            a_start = abars[ts[i - 1]]
            h = half_log_snr(a) - half_log_snr(a_start)
            g = [1 / -math.expm1(-h) - 1 / h]
            g.append(1 / -math.expm1(-h) - 2 * g[0] / h)
            differences = x0 - x0s[-1]
            if i == 1:
                slope = 0.5 * differences
            elif i == 2 and abars[ts[0]] == 0:
                slope = g[0] * differences
            else:
                r = (half_log_snr(abars[ts[i - 2]]) - half_log_snr(a_start)) / h
                a_before, a_end = np.linalg.solve([[1, 1], [r, 1]], g)
                slope = a_before / r * (x0s[-2] - x0s[-1]) + a_end * differences
            gain = (1 - a) ** 0.5 / (1 - a_start) ** 0.5
            x = gain * starts[-1] + (a**0.5 - gain * a_start**0.5) * (x0s[-1] + slope)
        x0s.append(x0)
        starts.append(x)
        if i + 1 == STEPS:
            path.append(x0)
            break
        a_next = abars[ts[i + 1]]
        h = half_log_snr(a_next) - half_log_snr(a)
        slope = 0.0
        if i > 0 and abars[ts[i - 1]] > 0:
            r = (half_log_snr(abars[ts[i - 1]]) - half_log_snr(a)) / h
            slope = 0.5 / r * (x0s[-2] - x0)
        gain = (1 - a_next) ** 0.5 / (1 - a) ** 0.5
        x = gain * x + (a_next**0.5 - gain * a**0.5) * (x0 + slope)
        path.append(x)
    return np.stack(path)


def inversion_trajectory(abars: np.ndarray, picture: np.ndarray, refinements: int) -> np.ndarray:
    """`[STEPS (1 + refinements) + 1, ...]`: the picture, and the sample after every evaluation on the way to x_T.

    A step is x_upper = a_upper x0 + s_upper eps with the network at the lower sample and timestep (SPEC
    section 3). The picture itself (abar = 1) is asked about at the run's lowest timestep, where v stands for eps.
    A refinement asks at the upper timestep and solves the sampling step, lower = a_low x0 + s_low eps, for the upper
    sample.
    """
    x, path = picture, [picture]
    t_low, a_low, s_low = timesteps(STEPS)[-1], 1.0, 0.0
    for t in reversed(timesteps(STEPS)):
        a, s = abars[t] ** 0.5, (1 - abars[t]) ** 0.5
        lower, v = x, analytic_v(x, t_low)
        x0, eps = a_low * x - s_low * v, s_low * x + a_low * v
        x = a * x0 + s * eps
        path.append(x)
        for _ in range(refinements):
            # lower = a_low (a x - s v) + s_low (s x + a v)
            x = (lower + (a_low * s - s_low * a) * analytic_v(x, t)) / (a_low * a + s_low * s)
            path.append(x)
        t_low, a_low, s_low = t, a, s
    return np.stack(path)


def check_against_diffusers(x: np.ndarray, noise: np.ndarray) -> None:
    """Raises where our f64 trajectories leave diffusers'.

    Its abar at t = 999 is 2^-24 instead of 0, so the comparison runs ours on that schedule too. Steps divide 1000, where
    its DDIM's t' is right (it is wrong for others, diffusers#12633).
    """
    try:
        import torch
        from diffusers import DDIMScheduler, DPMSolverMultistepScheduler, UniPCMultistepScheduler
    except ImportError as error:
        print(f"diffusers is not installed, its check is skipped: {error}")
        return
    ours = schedule()
    ours[-1] = 2.0**-24
    common = {"prediction_type": "v_prediction", "timestep_spacing": "trailing", "num_train_timesteps": TRAINED}
    solver = DPMSolverMultistepScheduler(final_sigmas_type="zero", **common)
    unipc = UniPCMultistepScheduler(final_sigmas_type="zero", **common)  # order 2, bh2, predict_x0 are its defaults
    reference_ddim = DDIMScheduler(clip_sample=False, set_alpha_to_one=True, **common)
    for name, scheduler, mine in (
        ("DDIM, eta 0", reference_ddim, ddim_trajectory(ours, x, 0.0, noise)),
        ("DPM-Solver++ 2M", solver, dpm_trajectory(ours, x)),
        ("UniPC", unipc, unipc_trajectory(ours, x)),
    ):
        abars = torch.from_numpy(ours)
        scheduler.alphas_cumprod = abars
        scheduler.alpha_t, scheduler.sigma_t = abars.sqrt(), (1 - abars).sqrt()
        scheduler.lambda_t = torch.log(scheduler.alpha_t) - torch.log(scheduler.sigma_t)
        scheduler.set_timesteps(STEPS)
        if scheduler.timesteps.tolist() != timesteps(STEPS):
            raise AssertionError(f"{name}: timesteps differ: {scheduler.timesteps.tolist()}")
        sample, worst = torch.from_numpy(x)[None], 0.0  # UniPC wants a batch
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
    ddim.eta0, ddim.eta05, dpmpp_2m, unipc: [11,6], the sample before the first and after each of 10 steps;
    inversion.R [10 (1 + R) + 1, 6] for R = 0, 1, 2 refinements: `initial` taken for a picture, and the sample after
    each evaluation; round_trip.R [6]: where ten steps of DDIM lead from the end of that.
    """
    x, noise = g.standard_normal(6), g.standard_normal((STEPS, 6))
    check_against_diffusers(x, noise)
    abars = schedule()
    inversions = {refinements: inversion_trajectory(abars, x, refinements) for refinements in (0, 1, 2)}
    round_trips = {key: ddim_trajectory(abars, path[-1], 0.0, noise)[-1] for key, path in inversions.items()}
    for refinements, end in round_trips.items():
        print(f"inverted and sampled again, {refinements} refinements: {np.abs(end - x).max():.2e} from the picture")
    return {
        "alphas_cumprod": abars,
        **{f"trailing.{k}": np.array(timesteps(k), np.int32) for k in (3, 7, 10, 20, 50)},
        "initial": x,
        "noise": noise,
        "ddim.eta0": ddim_trajectory(abars, x, 0.0, noise),
        "ddim.eta05": ddim_trajectory(abars, x, 0.5, noise),
        "dpmpp_2m": dpm_trajectory(abars, x),
        "unipc": unipc_trajectory(abars, x),
        **{f"inversion.{refinements}": path for refinements, path in inversions.items()},
        **{f"round_trip.{refinements}": end for refinements, end in round_trips.items()},
    }
