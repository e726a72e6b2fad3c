"""What a run on a machine without internet relies on. Seconds, without data and without a GPU."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from composer_training import bundle, checkpoints  # noqa: E402
from composer_training.checkpoints import checkpoint_facts, read_parts, read_set, write_parts, write_set  # noqa: E402
from composer_training.data.catalog import glyphs  # noqa: E402
from composer_training.data.sources import BY_STYLE  # noqa: E402

FACTS = {"step": 1, "samples": 8, "seconds": 2.5}


@pytest.fixture
def small_parts(monkeypatch):
    monkeypatch.setattr(checkpoints, "PART_BYTES", 1000)


# --- sets of parts ---


def test_no_part_reaches_16_megabytes():
    assert checkpoints.PART_BYTES <= 16_000_000


def test_parts_give_the_data_back(tmp_path, small_parts):
    data = os.urandom(2500)
    write_parts(tmp_path, "base.pt", data, FACTS)
    assert read_parts(tmp_path, "base.pt") == data
    assert [(tmp_path / f"base.pt.a.{n:03}").stat().st_size for n in range(3)] == [1000, 1000, 500]
    assert checkpoint_facts(tmp_path, "base")["seconds"] == 2.5


def test_the_newest_set_is_read_and_no_more_than_two_are_kept(tmp_path, small_parts):
    for number in range(5):
        write_parts(tmp_path, "base.pt", bytes([number]) * (2500 - 600 * number), {**FACTS, "step": number})
    assert read_parts(tmp_path, "base.pt") == bytes([4]) * 100
    assert checkpoint_facts(tmp_path, "base")["step"] == 4
    assert sum(path.stat().st_size for path in tmp_path.glob("*.[0-9]*")) == 700 + 100


@pytest.mark.parametrize("harm", ["changed", "cut", "missing", "no index", "half an index"])
def test_a_damaged_set_falls_back_to_the_older_one(tmp_path, small_parts, harm):
    write_parts(tmp_path, "base.pt", b"older" * 500, FACTS)
    write_parts(tmp_path, "base.pt", b"newer" * 500, FACTS)
    part, index = tmp_path / "base.pt.b.001", tmp_path / "base.pt.b.json"
    if harm == "changed":
        part.write_bytes(b"x" + part.read_bytes()[1:])
    elif harm == "cut":
        part.write_bytes(part.read_bytes()[:-1])
    elif harm == "missing":
        part.unlink()
    elif harm == "no index":
        index.unlink()
    else:
        index.write_text(index.read_text()[:20])
    assert read_parts(tmp_path, "base.pt") == b"older" * 500
    # The next set must not be written over the only intact one.
    write_parts(tmp_path, "base.pt", b"third" * 500, FACTS)
    (tmp_path / "base.pt.b.000").unlink()
    assert read_parts(tmp_path, "base.pt") == b"older" * 500


def test_a_cut_while_writing_leaves_the_older_set(tmp_path, small_parts, monkeypatch):
    write_parts(tmp_path, "base.pt", b"first" * 500, FACTS)
    write_parts(tmp_path, "base.pt", b"older" * 500, FACTS)
    written = []

    def cut(path, piece):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        with path.open("wb") as file:
            return file.write(piece)

    monkeypatch.setattr(Path, "write_bytes", cut)
    with pytest.raises(KeyboardInterrupt):
        write_parts(tmp_path, "base.pt", b"newer" * 500, FACTS)
    assert read_parts(tmp_path, "base.pt") == b"older" * 500


def test_without_a_set_there_is_nothing_to_read(tmp_path):
    assert read_parts(tmp_path, "base.pt") is None
    assert checkpoint_facts(tmp_path, "base") is None


def test_results_with_a_missing_part_are_refused(tmp_path, small_parts):
    write_set(tmp_path, "results.tar", b"r" * 1500, {})
    assert len(read_set(tmp_path, "results.tar")) == 1500
    (tmp_path / "results.tar.001").unlink()
    with pytest.raises(SystemExit, match="results.tar.001 is missing"):
        bundle.join_results(tmp_path, tmp_path / "model")


def test_checkpoints_come_back_whole_and_follow_an_older_single_file(tmp_path, small_parts):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -r training/requirements.txt")

    assert checkpoints.read_checkpoint(tmp_path, "base") is None
    torch.save({"ema": {"w": torch.ones(3)}, **FACTS}, tmp_path / "base.pt")
    assert checkpoints.read_checkpoint(tmp_path, "base")["step"] == 1
    weights = torch.randn(500, 3)
    checkpoints.save_checkpoint(tmp_path, "base", {"ema": {"w": weights}, **FACTS, "step": 2})
    state = checkpoints.read_checkpoint(tmp_path, "base")
    assert state["step"] == 2 and torch.equal(state["ema"]["w"], weights)
    assert max(path.stat().st_size for path in tmp_path.glob("base.pt.a.[0-9]*")) <= 1000


# --- the archive ---


def _packages(folder: Path) -> Path:
    """All drawing packages with two emoji and an icon each, and things that nobody draws."""
    emoji = [{"hexcode": "1F34E", "label": "red apple", "tags": ["fruit"], "group": 4, "subgroup": 43},
             {"hexcode": "1F697", "label": "automobile", "group": 5, "subgroup": 54}]  # fmt: skip
    files = {"emojibase-data/en/data.json": emoji, "emojibase-data/meta/unicode-names.json": {"1F697": "AUTOMOBILE"},
             "emojibase-data/en/shortcodes/github.json": {"1F34E": "apple", "1F697": ["car", "red_car"]},
             "emojibase-data/fr/data.json": emoji, "emojibase-data/package.json": {}}  # fmt: skip
    for style, source in BY_STYLE.items():
        files[f"{source.name}/package.json"] = {"name": source.name}
        if style == "3d":
            files |= {f"{source.name}/assets/{name}.webp": "pixels" for name in ("1f34e", "1f3f4")}
        elif style == "twemoji":
            files |= {f"{source.name}/{name}.svg": "<svg/>" for name in ("1f697", "1f3f4")} | {f"{source.name}/license": "MIT"}
        else:
            names = {"icon": ["alarm-clock", "android"], "weather": ["rain-fill", "rain"]}.get(style, ["red-apple", "car", "kiss"])
            icons = {name: {"body": f"<path id='{name}'/>", "width": 20} for name in names}
            files[f"{source.name}/icons.json"] = {"prefix": "x", "icons": icons, "aliases": {"a": {}}, "width": 32}
            files[f"{source.name}/metadata.json"] = {"categories": {}}
    files[f"{BY_STYLE['noto'].name}/chars.json"] = {"1f34e": "red-apple"}
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content if isinstance(content, str) else json.dumps(content))
    return folder


def test_trimmed_packages_give_the_same_drawings(tmp_path):
    whole, trimmed = _packages(tmp_path / "whole"), tmp_path / "trimmed"
    bundle.trim_drawings(whole, trimmed)
    found = glyphs(trimmed)
    assert found == glyphs(whole) and {glyph.style for glyph in found} == set(BY_STYLE)
    kept = {str(path.relative_to(trimmed)) for path in trimmed.rglob("*") if path.is_file()}
    assert "@twemoji/svg/license" in kept and "@twemoji/svg/1f697.svg" in kept
    assert not any(name.endswith(("1f3f4.svg", "1f3f4.webp", "metadata.json", "fr/data.json")) for name in kept)
    icons = json.loads((trimmed / BY_STYLE["flat"].name / "icons.json").read_text())
    assert icons == {"prefix": "x", "width": 32, "icons": {n: {"body": f"<path id='{n}'/>", "width": 20} for n in ("car", "red-apple")}}


def test_an_archive_above_the_limit_is_an_error_and_leaves_nothing(tmp_path):
    root = tmp_path / "composer-bundle"
    root.mkdir()
    (root / "noise").write_bytes(os.urandom(5000))
    out = tmp_path / "bundle.tar.xz"
    with pytest.raises(SystemExit, match="3,000 are allowed"):
        bundle.write_archive(root, out, limit=3000)
    assert not list(tmp_path.glob("bundle*"))
    assert bundle.write_archive(root, out, limit=8000) == out.stat().st_size


def test_the_same_contents_give_the_same_archive(tmp_path):
    sums = []
    for age in (1, 2):
        root = tmp_path / str(age) / "composer-bundle"
        root.mkdir(parents=True)
        (root / "a").write_text("a")
        os.utime(root / "a", (age, age))
        bundle.write_archive(root, tmp_path / f"{age}.tar.xz")
        sums.append((tmp_path / f"{age}.tar.xz").read_bytes())
    assert sums[0] == sums[1]


@pytest.mark.parametrize(("kind", "error"), [("int8", 0.01), ("f16", 0.001)])
def test_packed_weights_come_back_nearly_as_they_were(kind, error):
    rng = np.random.default_rng(0)
    state = {"matrix": rng.normal(size=(8, 64)).astype(np.float32), "kernel": rng.normal(size=(4, 3, 3, 3)).astype(np.float32),
             "variance": np.array([1e-9, 1e6], np.float32), "ids": np.arange(6).reshape(1, 6)}  # fmt: skip
    packed = bundle.compact(state, kind)
    assert packed["matrix"].nbytes <= state["matrix"].nbytes // 2
    back = bundle.expanded(packed)
    assert set(back) == set(state)
    assert all(back[name].dtype == value.dtype for name, value in state.items())
    assert all(np.array_equal(back[name], state[name]) for name in ("variance", "ids"))
    assert all(np.abs(back[name] - state[name]).max() / np.abs(state[name]).max() < error for name in ("matrix", "kernel"))


# --- the run ---


def test_the_shares_of_the_networks_fill_the_budget():
    unattended = pytest.importorskip("composer_training.unattended", reason="unattended runs want Linux", exc_type=ImportError)
    for minutes in (1, 25, 600):
        shares = unattended.budgets(minutes)
        assert sum(shares.values()) == pytest.approx(minutes)
        assert max(shares, key=shares.get) == "base" and list(shares)[0] == "projection"
    assert unattended.budgets(600)["projection"] == 2


def test_worker_processes_hear_how_far_the_run_is():
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install -r training/requirements.txt")
    from composer_training.prefetch import Pace, feed

    class Task:
        def batch(self, rng, count, progress, samples):
            import torch

            return {"x": torch.full((count,), progress), "samples": torch.tensor(samples), "chance": torch.tensor(rng.random())}

    pace = Pace(0.25, 7)
    batches = feed(Task(), 3, [1, 0, 0], pace, workers=2, pin=False)
    first = [batches() for _ in range(4)]
    assert all(float(batch["x"][0]) == 0.25 and int(batch["samples"]) == 7 for batch in first)
    assert len({float(batch["chance"]) for batch in first}) == 4
    pace.tell(0.5, 99)
    assert int([batches() for _ in range(8)][-1]["samples"]) == 99


@pytest.fixture
def runner(tmp_path):
    """Makes a `Runner`; modules of `tmp_path` can be run. The test process gets its own signal handlers back."""
    unattended = pytest.importorskip("composer_training.unattended", reason="unattended runs want Linux", exc_type=ImportError)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield lambda deadline: unattended.Runner({**os.environ, "PYTHONPATH": str(tmp_path)}, deadline)
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_step_that_fails_is_named(tmp_path, runner):
    (tmp_path / "failing.py").write_text("raise SystemExit(3)")
    with pytest.raises(SystemExit, match="base: 5 minutes failed with exit status 3"):
        runner(float("inf"))("base: 5 minutes", ["failing"])


@pytest.mark.parametrize("cut", ["time is up", "SIGTERM"])
def test_a_cut_lets_the_step_save_and_ends_what_it_started(tmp_path, runner, cut):
    (tmp_path / "training.py").write_text(
        "import pathlib, signal, subprocess, sys, time\n"
        "here = pathlib.Path(__file__).parent\n"
        "def save(*_):\n    (here / 'saved').touch()\n    sys.exit(143)\n"
        "signal.signal(signal.SIGTERM, save)\n"
        "worker = subprocess.Popen(['sleep', '60'])\n"
        "(here / 'worker').write_text(str(worker.pid))\n"
        "(here / 'started').touch()\n"
        f"{'' if cut == 'time is up' else 'import os; os.kill(os.getppid(), signal.SIGTERM)'}\n"
        "time.sleep(60)\n"
    )

    class OnceStarted(float):
        """A deadline that comes when the step has all that it is to lose, however slow the machine."""

        def __sub__(self, _now):
            while not (tmp_path / "started").exists():
                time.sleep(0.01)
            return 0.0

    if cut == "time is up":
        assert runner(OnceStarted(1e12))("base", ["training"]) is False
    else:
        with pytest.raises(SystemExit, match="Run the same command again"):
            runner(float("inf"))("base", ["training"])
    assert (tmp_path / "saved").exists()
    for _ in range(50):  # a killed orphan takes a moment to be reaped
        try:
            os.kill(int((tmp_path / "worker").read_text()), 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    stat = Path(f"/proc/{(tmp_path / 'worker').read_text()}/stat").read_text()
    assert stat.split()[2] == "Z"  # where nobody reaps orphans it stays as a zombie
