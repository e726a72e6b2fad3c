"""Builds the data set and trains all networks within a time budget, on whatever machine it finds itself.

`run.sh` of the bundle starts it. Everything is skipped that is there already, so the same command goes on after a cut.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import fcntl
import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from .checkpoints import checkpoint_facts
from .data.cache import cache_dir

SHARES = {"prior": 0.10, "layout": 0.02, "base": 0.53, "upsampler": 0.25, "decomposer": 0.10}
"""Of the time budget, less the projection's, in the order of training: the layout needs the prior, the base the layout, the
upsampler the base."""

PROJECTION_MINUTES, PROJECTION_SHARE = 2.0, 0.05
"""The projection takes this long, in a short run this share."""

GPU_BATCH = {"projection": 512, "base": 256, "prior": 1024, "layout": 1024, "upsampler": 64, "decomposer": 64}
"""Samples a step and GPU."""

PACKAGES = {"torch": "torch", "numpy": "numpy", "cv2": "opencv-python-headless", "onnx": "onnx", "onnxruntime": "onnxruntime",
            "tokenizers": "tokenizers", "safetensors": "safetensors", "PIL": "pillow"}  # fmt: skip

SAVE_SECONDS = 120
GRACE_SECONDS = 60
"""A training run that is told to stop finishes its step and writes a checkpoint."""


def budgets(minutes: float) -> dict[str, float]:
    """Minutes of each network, in the order of training."""
    first = min(PROJECTION_MINUTES, PROJECTION_SHARE * minutes)
    return {"projection": first, **{network: share * (minutes - first) for network, share in SHARES.items()}}


def _die_with_parent() -> None:
    # Linux: SIGTERM when the parent is gone, however it went. A training run left behind would write the same checkpoints.
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Stopped(SystemExit):
    """SIGTERM or SIGINT arrived."""


class Runner:
    """Runs one command after the other until `deadline` (of `time.monotonic()`) or SIGTERM; then ends it and leaves."""

    def __init__(self, environment: dict[str, str], deadline: float):
        self.environment, self.deadline = environment, deadline
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    @staticmethod
    def stop(*_) -> None:
        # Only raises: inside a handler the child cannot be waited for, since the interrupted wait holds the lock.
        raise Stopped("Stopped. Run the same command again to go on.")

    def __call__(self, what: str, command: list[str]) -> bool:
        """Runs the module and arguments `command`. False where time was up before its end."""
        if time.monotonic() >= self.deadline:
            return False
        print(f"=== {what}", flush=True)
        child = subprocess.Popen(
            [sys.executable, "-m", *command], env=self.environment, start_new_session=True, preexec_fn=_die_with_parent
        )
        try:
            code = child.wait(None if self.deadline == float("inf") else max(self.deadline - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            end(child)
            return False
        except Stopped:
            end(child)
            raise
        if code:
            raise SystemExit(f"{what} failed with exit status {code}; its messages are above. Run the same command again to retry.")
        return True


def end(child: subprocess.Popen) -> None:
    """Asks a command to stop, gives it time, then kills it and whatever it had started."""
    child.terminate()
    try:
        child.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        print("It does not stop and is killed; its last checkpoint stays.", flush=True)
    with contextlib.suppress(ProcessLookupError):  # all gone already
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def environment_of(root: Path) -> dict[str, str]:
    """The environment for every step, or an error that names what is missing."""
    missing = [package for module, package in PACKAGES.items() if importlib.util.find_spec(module) is None]
    if missing:
        raise SystemExit(f"{sys.executable} lacks these packages: {', '.join(missing)}. PYTHON=... bash run.sh takes another Python.")
    environment = dict(os.environ)
    if importlib.util.find_spec("resvg_py") is None:
        environment["PYTHONPATH"] = f"{environment.get('PYTHONPATH', '')}{os.pathsep}{root / 'renderer'}"
        if subprocess.run([sys.executable, "-c", "import resvg_py"], env=environment, check=False).returncode:
            raise SystemExit("The SVG renderer of the bundle does not load: it is for CPython on Linux x86-64.")
    return environment


def build(run: Runner, root: Path, options: argparse.Namespace) -> bool:
    """The data set, complete. False where time was up."""
    from .bundle import restore_networks

    dataset = cache_dir() / "dataset"
    if (dataset / "READY").exists():
        return True
    restore_networks(cache_dir() / "wheels")
    workers = str(options.workers or len(os.sched_getaffinity(0)))
    if not (dataset / "captions.json").exists():
        extra = ["--packs", str(root / "packs")] if (root / "packs").is_dir() else []
        for flag, value in (("--limit", options.limit), ("--examples-per-style", options.examples_per_style)):
            extra += [flag, str(value)] if value else []
        if not run("data set: pictures", ["composer_training.data.build", "--skip-encoders", "--workers", workers, *extra]):
            return False
    return run("data set: captions and features", ["composer_training.data.encode", "--workers", workers])


def initial_models(folders: list[Path]) -> list[Path]:
    """Model folders unpacked from results of earlier runs."""
    from .bundle import join_results

    models = []
    for number, folder in enumerate(folders):
        to = cache_dir() / "start" / str(number)
        join_results(folder, to)
        models.append(to / "model")
    return models


def train(run: Runner, options: argparse.Namespace, starts: list[Path]) -> bool:
    """Every network up to its share of the budget. False where time was up."""
    import torch

    gpus = torch.cuda.device_count()
    folder = cache_dir() / "checkpoints" / options.size
    for network, minutes in budgets(options.minutes).items():
        facts = checkpoint_facts(folder, network)
        done = facts is not None and facts["seconds"] >= minutes * 60
        if done and (network != "projection" or (folder / "semantics.npz").exists()):
            print(f"{network} has had its {minutes:.1f} minutes", flush=True)
            continue
        several = gpus > 1 and network not in ("projection", "layout")  # which take seconds a thousand steps
        launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(gpus), "-m"] if several else []
        command = [*launcher, "composer_training.train", network, "--size", options.size, "--minutes", f"{minutes:.4f}",
                   "--save-seconds", str(SAVE_SECONDS)]  # fmt: skip
        batch = options.batch if options.batch and network == "base" else GPU_BATCH[network] if gpus else None
        command += ["--batch", str(batch)] if batch else []
        command += ["--threads", str(options.threads)] if options.threads else []
        command += ["--compile"] if options.compile and network != "projection" else []
        start = next((model for model in starts if list(model.glob(f"{network}-*.safetensors"))), None)
        command += ["--init", str(start)] if start else []
        if not run(f"{network}: {minutes:.1f} minutes in all", command):
            return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("--root", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--size", default="small")
    parser.add_argument("--minutes", type=float, default=600, help="training time of all networks together, earlier runs counted in")
    parser.add_argument("--stop-after", type=float, help="minutes until this run stops by itself, checkpoint and results written")
    parser.add_argument("--results", type=Path, help="where results go (default: results/ beside run.sh)")
    parser.add_argument("--stages", nargs="+", help="only these networks in the results")
    parser.add_argument("--start", type=Path, nargs="+", default=[], help="folders of earlier results to begin with")
    parser.add_argument("--batch", type=int, help="samples a step and GPU of the base")
    parser.add_argument("--compile", action="store_true", help="torch.compile the networks; takes a C compiler")
    parser.add_argument("--workers", type=int, help="processes that build the data set (default: one a core)")
    parser.add_argument("--threads", type=int, help="CPU threads of the training")
    parser.add_argument("--limit", type=int, help="at most this many examples (for a trial)")
    parser.add_argument("--examples-per-style", type=int, help="at most this many drawings of each style (for a trial)")
    options = parser.parse_args()
    deadline = time.monotonic() + options.stop_after * 60 if options.stop_after else float("inf")
    cache_dir().mkdir(parents=True, exist_ok=True)
    lock = (cache_dir() / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit(f"Another run is going on in {options.root}.") from None
    run = Runner(environment_of(options.root), deadline)
    whole = build(run, options.root, options) and train(run, options, initial_models(options.start))
    if not whole:
        print("Time is up. Run the same command again to go on.", flush=True)
    write_available(options)


def write_available(options: argparse.Namespace) -> None:
    """Results of the networks that have a checkpoint, or of those that were asked for."""
    from .bundle import write_results

    folder = cache_dir() / "checkpoints" / options.size
    trained = [network for network in ("projection", *SHARES) if checkpoint_facts(folder, network)]
    trained = [network for network in trained if network != "layout"]  # it goes with the base
    if not trained:
        return
    stages = None if len(trained) == len(SHARES) else trained
    if options.stages:
        stages = [stage for stage in options.stages if stage in (*trained, "text_encoder")]
    write_results(options.size, options.results or options.root / "results", stages)


if __name__ == "__main__":
    main()
