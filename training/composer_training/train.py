"""Trains one network: resumes from its checkpoint, stops at its time budget.

    python -m composer_training.train projection
    python -m composer_training.train base --size nano --minutes 90
    torchrun --nproc-per-node 8 -m composer_training.train base --size small --minutes 600 --batch 256
    torchrun --nproc-per-node 2 -m composer_training.train base --batch 16 --threads 1    (two cores: less waiting than two threads)

Checkpoints, loss curve (CSV and PNG) and sample sheets go to `$COMPOSER_CACHE/checkpoints/SIZE/`. On a GPU bf16
autocast is used and worker processes build the batches; on the CPU f32 (bf16 is slower than f32 on a processor without
bf16 instructions) and one thread. SIGTERM saves a checkpoint and stops.
"""

from __future__ import annotations

import argparse
import copy
import csv
import math
import os
import signal
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from .checkpoints import read_checkpoint, save_checkpoint
from .configs import cache_dir, size_named
from .prefetch import Pace, default_workers, feed, mapped

EMA_DECAY = 0.998
SAVE_SECONDS = 240
SHEET_SECONDS = 480
LOG_STEPS = 50


def to_device(value, device: torch.device):
    """Moves tensors inside dicts and dataclasses; pictures go to channels_last."""

    def move(tensor: Tensor) -> Tensor:
        layout = torch.channels_last if tensor.dim() == 4 else torch.preserve_format
        return tensor.to(device, memory_format=layout, non_blocking=True)

    return mapped(value, move)


def ema_update(average: nn.Module, network: nn.Module, step: int) -> None:
    """Moving average of the weights, its horizon growing with the run."""
    decay = min(EMA_DECAY, (1 + step) / (10 + step))
    with torch.no_grad():
        for target, source in zip(average.parameters(), network.parameters(), strict=True):
            target.lerp_(source, 1 - decay)


def learning_rate(peak: float, step: int, warmup: int, progress: float) -> float:
    """Linear warm-up over the optimizer's first steps, then cosine down to 5% at the end of the time budget."""
    return peak * min(1.0, (step + 1) / warmup) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(progress, 1.0))))


def draw_curve(rows: list[dict], path: Path) -> None:
    """Loss over samples seen, as a PNG; skipped where matplotlib is missing."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    axes.plot([r["samples"] for r in rows], [r["loss"] for r in rows], label="training")
    held_out = [r for r in rows if r["validation"] is not None]
    axes.plot([r["samples"] for r in held_out], [r["validation"] for r in held_out], "o-", label="held out (EMA)")
    axes.set(xlabel="samples seen", ylabel="loss", yscale="log")
    axes.legend()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def initial_state(model: Path, network: str) -> dict | None:
    """Weights and how far they were trained, from a model folder; None where it has no such network.

    The optimizer's moments are not in there: it starts anew, warm-up included.
    """
    from .weights import read_model

    manifest, stages = read_model(model)
    if network not in stages:
        return None
    facts = manifest["card"]["training"][network]
    return {"weights": stages[network], "step": facts["steps"], "samples": facts["samples"], "seconds": facts["minutes"] * 60}


def train(arguments: argparse.Namespace) -> None:
    from .tasks import task_named

    world = int(os.environ.get("WORLD_SIZE", "1"))
    rank = int(os.environ.get("RANK", "0"))
    cuda = torch.cuda.is_available()
    if world > 1:
        torch.distributed.init_process_group("nccl" if cuda else "gloo")
        if cuda:
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    device = torch.device("cuda", torch.cuda.current_device()) if cuda else torch.device("cpu")
    if cuda:
        torch.set_float32_matmul_precision("high")
        torch.backends.cudnn.benchmark = True  # pictures come in two sizes
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    folder = cache_dir() / "checkpoints" / arguments.size
    folder.mkdir(parents=True, exist_ok=True)

    torch.manual_seed(arguments.seed)
    task = task_named(arguments.network, size_named(arguments.size), cache_dir() / "dataset", folder)
    batch_size = arguments.batch or task.batch_size
    peak = arguments.learning_rate or task.learning_rate
    network = task.network.to(device, memory_format=torch.channels_last)
    average = copy.deepcopy(network).eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(task.parameter_groups(peak), lr=peak, betas=(0.9, 0.99), weight_decay=0.01)
    ratios = [group["lr"] / peak for group in optimizer.param_groups]
    step, samples, spent, rows, warmed_from = 0, 0, 0.0, [], 0
    state = None if arguments.fresh else read_checkpoint(folder, arguments.network, device)
    start = initial_state(arguments.init, arguments.network) if arguments.init and state is None else None
    if state is not None:
        network.load_state_dict(state["network"])
        average.load_state_dict(state["ema"])
        step, samples, spent, rows = state["step"], state["samples"], state["seconds"], state["curve"]
        warmed_from = state.get("warmed_from", 0)
        if state["optimizer"] is None:  # the network was changed by hand: the moments begin anew
            warmed_from = step
        else:
            optimizer.load_state_dict(state["optimizer"])
        print(f"Resumed {arguments.network}: step {step}, {samples} samples, {spent / 60:.1f} minutes", flush=True)
    elif start is not None:
        network.load_state_dict(start["weights"])
        average.load_state_dict(start["weights"])
        step, samples, spent = start["step"], start["samples"], start["seconds"]
        warmed_from = step
        print(f"Began with {arguments.network} of {arguments.init}: step {step}, {samples} samples", flush=True)
    for adopting in (network, average):
        task.adopt(adopting, untrained=state is None and start is None)
    task.prepare()
    trained = torch.compile(network) if arguments.compile else network
    trained = nn.parallel.DistributedDataParallel(trained) if world > 1 else trained
    torch.manual_seed(arguments.seed + 1000 * rank + step)
    budget = arguments.minutes * 60
    pace = Pace(spent / budget, samples)
    workers = default_workers(cuda) if arguments.workers is None else arguments.workers
    next_batch = feed(task, batch_size, [arguments.seed, rank, step], pace, workers, pin=cuda)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))

    def save() -> None:
        if rank:
            return
        state = {
            "network": network.state_dict(),
            "ema": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "step": step,
            "samples": samples,
            "seconds": spent,
            "curve": rows,
            "warmed_from": warmed_from,
        }
        save_checkpoint(folder, arguments.network, state)
        with (folder / f"{arguments.network}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["step", "samples", "minutes", "loss", "validation"])
            writer.writeheader()
            writer.writerows(rows)
        if rows:
            draw_curve(rows, folder / f"{arguments.network}.png")

    if start is not None:
        save()  # it may be trained to the end already
    losses: list[float] = []
    stop = False
    last = last_save = last_sheet = time.monotonic()
    since_log, since_log_samples = 0.0, 0
    while spent < budget and not stop:
        batch = to_device(next_batch(), device)
        rate = learning_rate(peak, step - warmed_from, task.warmup, spent / budget)
        for group, ratio in zip(optimizer.param_groups, ratios, strict=True):
            group["lr"] = rate * ratio
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=cuda):
            loss = task.loss(trained, batch)
        if not torch.isfinite(loss):
            raise SystemExit(f"The loss is {loss.item()} at step {step}; lower --learning-rate and resume.")
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        step += 1
        seen = task.count(batch) * world
        samples += seen
        since_log_samples += seen
        ema_update(average, network, step)
        losses.append(loss.item())
        now = time.monotonic()
        spent += now - last
        stop = bool(asked)
        if world > 1:  # one clock for all, so that all stop after the same step
            clock = torch.tensor([spent, stop], dtype=torch.float64, device=device)
            torch.distributed.broadcast(clock, 0)
            spent, stop = clock[0].item(), bool(clock[1])
        pace.tell(spent / budget, samples)
        since_log += now - last
        last = now
        if step % LOG_STEPS == 0 or (step == 10 and not rows):
            rows.append(
                {"step": step, "samples": samples, "minutes": round(spent / 60, 2), "loss": float(np.mean(losses)), "validation": None}
            )
            rate_seen = since_log_samples / since_log
            if not rank:
                print(
                    f"step {step}  samples {samples}  {spent / 60:.1f} min  loss {np.mean(losses):.4f}  "
                    f"{rate_seen:.1f} samples/s  lr {rate:.2e}",
                    flush=True,
                )
            losses, since_log, since_log_samples = [], 0.0, 0
        finished = spent >= budget
        if now - last_sheet > arguments.sheet_seconds or finished:
            last_sheet = now
            if not rank:
                # The fixed seed of the validation must not become the seed of the training.
                with torch.no_grad(), torch.random.fork_rng([device] if cuda else []):
                    held_out = task.validation(average)
                    if rows:
                        rows[-1]["validation"] = held_out
                    print(f"held-out loss {held_out:.4f}", flush=True)
                    task.sheet(average, folder / f"{arguments.network}-{samples:08}.png")
        if now - last_save > arguments.save_seconds or finished or stop:
            last_save = now
            save()
    if stop and spent < budget:
        if world > 1:
            torch.distributed.barrier()  # torchrun ends all of them as soon as one has left
        print(f"Stopped at step {step}; the same command goes on.", flush=True)
        os._exit(128 + signal.SIGTERM)
    if not rank:
        task.finish(average)
        print(f"{arguments.network}: {step} steps, {samples} samples, {spent / 60:.1f} minutes")
    if world > 1:
        torch.distributed.barrier()
    os._exit(0)  # whoever builds batches holds no data that needs closing, and ends with this process


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=["projection", "prior", "layout", "base", "upsampler", "decomposer"])
    parser.add_argument("--size", default="nano")
    parser.add_argument("--minutes", type=float, default=60, help="training time in all, earlier runs counted in")
    parser.add_argument("--batch", type=int, help="samples a step and process")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads (0: all)")
    parser.add_argument("--workers", type=int, help="processes that build batches (0: a thread; default: by the cores on a GPU)")
    parser.add_argument("--compile", action="store_true", help="torch.compile the network; takes a C compiler")
    parser.add_argument("--init", type=Path, help="model folder to begin with where there is no checkpoint")
    parser.add_argument("--save-seconds", type=float, default=SAVE_SECONDS)
    parser.add_argument("--sheet-seconds", type=float, default=SHEET_SECONDS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fresh", action="store_true", help="begin again, over an older checkpoint")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
