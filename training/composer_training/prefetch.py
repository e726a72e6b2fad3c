"""Batches built beside the training step: in one thread, or in worker processes where a thread is too slow for the GPU."""

from __future__ import annotations

import multiprocessing
import os
import queue
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

if TYPE_CHECKING:
    from .tasks import Task

MAX_WORKERS = 12
BATCHES_A_WORKER = 2
SHARED_MEMORY_BYTES = 4 * 2**30
"""Batches of 130 MB wait in shared memory, `BATCHES_A_WORKER` for each worker. Where it is smaller a worker dies by SIGBUS."""


def mapped(value, change: Callable[[Tensor], Tensor]):
    """`value` with every tensor in its dicts and dataclasses changed."""
    if isinstance(value, Tensor):
        return change(value)
    if isinstance(value, dict):
        return {key: mapped(item, change) for key, item in value.items()}
    if is_dataclass(value):
        return type(value)(**{f.name: mapped(getattr(value, f.name), change) for f in fields(value)})
    return value


class Pace:
    """How far the run is, told to whoever builds batches, in this process or another."""

    def __init__(self, progress: float, samples: int):
        self._progress = multiprocessing.Value("d", progress)
        self._samples = multiprocessing.Value("q", samples)

    def tell(self, progress: float, samples: int) -> None:
        self._progress.value, self._samples.value = progress, samples

    def now(self) -> tuple[float, int]:
        return self._progress.value, self._samples.value


class ThreadFeed:
    """Builds batches in one thread."""

    def __init__(self, make: Callable[[], dict], depth: int = 3):
        self.queue: queue.Queue = queue.Queue(depth)
        self.make = make
        threading.Thread(target=self.run, daemon=True).start()

    def run(self) -> None:
        while True:
            try:
                self.queue.put(self.make())
            except Exception as error:  # handed to the training loop, which raises it
                self.queue.put(error)
                return

    def __call__(self) -> dict:
        batch = self.queue.get()
        if isinstance(batch, Exception):
            raise batch
        return batch


@dataclass
class _Batch:
    """A batch that DataLoader can pin: by itself it looks into dicts only, not into dataclasses."""

    content: dict

    def pin_memory(self) -> _Batch:
        return _Batch(mapped(self.content, Tensor.pin_memory))


class _Stream(IterableDataset):
    """A task's batches without end; each worker has its own random numbers."""

    def __init__(self, task: Task, count: int, seed: list[int], pace: Pace):
        self.task, self.count, self.seed, self.pace = task, count, seed, pace

    def __iter__(self):
        rng = np.random.default_rng([*self.seed, get_worker_info().id])
        while True:
            yield _Batch(self.task.batch(rng, self.count, *self.pace.now()))


def _start_worker(_: int) -> None:
    cv2.setNumThreads(0)  # its thread pool does not survive the fork
    # torchrun sends SIGTERM to workers too; the training process still wants to save, and they end with it.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


class ProcessFeed:
    """Builds batches in worker processes, forked: they share the data set's pages and copy nothing."""

    def __init__(self, task: Task, count: int, seed: list[int], pace: Pace, workers: int, pin: bool):
        loader = DataLoader(
            _Stream(task, count, seed, pace),
            batch_size=None,
            num_workers=workers,
            prefetch_factor=BATCHES_A_WORKER,
            pin_memory=pin,
            worker_init_fn=_start_worker,
            multiprocessing_context="fork",
        )
        self.batches = iter(loader)

    def __call__(self) -> dict:
        return next(self.batches).content


def default_workers(cuda: bool) -> int:
    """Worker processes for this training process: none on the CPU, which has nothing to spare."""
    if not cuda:
        return 0
    shared = Path("/dev/shm")
    if not shared.exists() or shutil.disk_usage(shared).free < SHARED_MEMORY_BYTES:
        print("/dev/shm has less than 4 GiB: batches are built in one thread, which may be slower than the GPU", flush=True)
        return 0
    cores = len(os.sched_getaffinity(0)) // int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    return max(1, min(cores - 1, MAX_WORKERS))


def feed(task: Task, count: int, seed: list[int], pace: Pace, workers: int, pin: bool) -> Callable[[], dict]:
    """A callable that returns the next batch of `count` samples."""
    if workers:
        return ProcessFeed(task, count, seed, pace, workers, pin)
    rng = np.random.default_rng(seed)
    return ThreadFeed(lambda: task.batch(rng, count, *pace.now()))
