"""Measures, export and the page. Seconds, without data and without trained weights."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from composer_training.measures import depth_rmse, line_score, mean_iou  # noqa: E402
from composer_training.measures_page import page_text, write_page  # noqa: E402


def test_lines_score_as_in_the_engine():
    """The drawing of `src/measures/lines.rs`, and its numbers."""
    y, x = np.mgrid[0:64, 0:64].astype(float)
    thick = (np.abs(np.hypot(y - 30, x - 33) - 18) < 2.2) | (np.abs(y - x * 0.5 - 10) < 1.4)
    thin = (np.abs(np.hypot(y - 31, x - 31) - 18) < 1.2) | (np.abs(y - x * 0.45 - 12) < 1.2)
    score = line_score(thick.astype(float), thin.astype(float))
    assert score["precision"] == pytest.approx(132 / 179) and score["recall"] == pytest.approx(129 / 170)
    assert line_score(np.zeros((8, 8)), np.zeros((8, 8)))["f1"] == 1
    assert line_score(np.zeros((8, 8)), np.eye(8))["f1"] == 0


def test_depth_and_instances_score_as_in_the_engine():
    y, x = np.mgrid[0:64, 0:64].astype(float)
    reference, result = 0.5 + 0.5 * np.sin(y / 9 + x / 17), 0.5 + 0.3 * np.sin(y / 9 + x / 17 + 0.7) * np.cos(x / 40)
    assert depth_rmse(result, reference) == pytest.approx(0.253837763, abs=1e-8)
    assert depth_rmse(1 - reference, reference) == pytest.approx(reference.std())
    here, there = np.zeros((2, 64, 64), np.uint8)
    here[10:26, 4:20], there[10:26, 12:28] = 3, 3
    assert mean_iou(here, there) == pytest.approx(1 / 3)
    assert mean_iou(here, here * 2) == 0 and mean_iou(here * 0, here * 0) == 1


def some_data(count: int = 12) -> SimpleNamespace:
    """As much of `batches.Dataset` as the evaluation reads; the last four are for training."""
    rng = np.random.default_rng(0)

    def maps(size: int, top: int) -> np.ndarray:
        return rng.integers(0, top, (count, size, size), dtype=np.uint8)

    weights = np.ones(count - 4) / (count - 4)
    return SimpleNamespace(
        images256=rng.integers(0, 256, (count, 256, 256, 3), dtype=np.uint8),
        sketch256=maps(256, 2) * np.uint8(255), instances64=maps(64, 16), boundary64=maps(64, 256), depth64=maps(64, 256),
        captions=[[f"thing {i}"] * 4 for i in range(count)],
        validation=np.arange(count - 4), validation_weights=weights,
        draw=lambda rng, wanted: rng.integers(count - 4, count, wanted),
    )  # fmt: skip


def test_what_is_exported_is_held_out_and_reads_back(tmp_path):
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install -r training/requirements.txt")
    from composer_training.evaluate import export

    data = some_data()
    export(data, tmp_path, pictures=3, training=2, seed=1)
    captions = json.loads((tmp_path / "captions.json").read_text())
    names = {
        folder: sorted(path.name for path in (tmp_path / folder).iterdir()) for folder in ("pictures", "reference", "training")
    }
    assert names["pictures"] == sorted(captions) and len(captions) == 3
    assert not set(names["pictures"]) & set(names["reference"]) and len(names["reference"]) == 3
    assert all(int(name[:5]) < 8 for name in names["pictures"] + names["reference"])
    assert all(int(name[:5]) >= 8 for name in names["training"])
    for name, caption in captions.items():
        index = int(name[:5])
        assert caption == f"thing {index}"
        assert (cv2.imread(str(tmp_path / "pictures" / name))[..., ::-1] == data.images256[index]).all()
        grey = cv2.imread(str(tmp_path / "instances" / name), cv2.IMREAD_UNCHANGED)
        assert (grey == data.instances64[index]).all()
    with pytest.raises(SystemExit, match="not empty"):
        export(data, tmp_path, pictures=3, training=2, seed=1)


def test_the_decomposer_is_measured_on_every_head():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -r training/requirements.txt")
    from composer_training.evaluate import decomposer_errors
    from composer_training.tiny import tiny_networks

    torch.manual_seed(0)
    errors = decomposer_errors(tiny_networks()["decomposer"], some_data(), np.arange(3))
    assert errors["pictures"] == 3
    assert 0 <= errors["sketch"]["f1"] <= 1 and errors["sketch"]["bce"] > 0
    assert 0 <= errors["instances"]["mean_iou"] < 0.2, "noise is not recognised"
    assert errors["depth"]["rmse"] <= errors["depth"]["flat_rmse"]


def test_the_program_is_run_and_its_report_read(tmp_path, monkeypatch):
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install -r training/requirements.txt")
    from composer_training import evaluate

    def program(command: list[str], check: bool) -> SimpleNamespace:
        assert command[:3] == ["composer", "evaluate", "held-out"] and command[-2:] == ["--steps", "10"]
        Path(command[command.index("--report") + 1]).write_text(json.dumps(REPORT))
        return SimpleNamespace(returncode=0)

    monkeypatch.setattr(evaluate.subprocess, "run", program)
    words = ["evaluate", "run", "held-out", "--program", "composer", "--model", "nano", "--docs", str(tmp_path)]
    words += ["--report", str(tmp_path / "report.json"), "--", "--steps", "10"]
    monkeypatch.setattr(sys, "argv", words)
    evaluate.main()
    assert "2.50x" in (tmp_path / "MEASURES.md").read_text(encoding="utf-8")


REPORT = {
    "model": "nano", "pictures": 8, "backend": "cpu", "settings": {"steps": 20},
    "conditions": {
        "sketch": {"measure": "F1 at 1 px", "given": 0.5, "not_given": 0.2, "standard_error": 0.03},
        "palette": {"given": 10.0, "not_given": 15.0},
        "intensity": {"given": 20.0, "not_given": 12.0},
        "depth": {"given": 0.1, "not_given": 0.2},
        "caption": {"given": 0.2, "shuffled": 0.18, "standard_error": 0.02},
        "masking": {"given": "exact"},
        "all": {"sketch": 0.6},
    },
    "leakage": {"sketch": {"sketch": 0.5, "palette": 30.0}, "nothing": {"sketch": 0.2, "palette": 31.0}},
    "quality": {"frechet": {"given": 90.0, "real_against_real": 40.0}, "kernel": {"given": 0.2, "real_against_real": 0.001}},
    "nearest": {"generated": 0.7, "real": 0.72, "most": 0.93},
}  # fmt: skip


def test_the_page_says_what_is_reached_and_what_is_not(tmp_path):
    sheets, docs = tmp_path / "sheets", tmp_path / "docs"
    sheets.mkdir()
    cv2.imwrite(str(sheets / "sketch.png"), np.zeros((8, 8, 3), np.uint8))
    text = write_page(REPORT, None, sheets, docs).read_text(encoding="utf-8")
    rows = {line.split(" | ")[0].strip("| "): line for line in reversed(text.splitlines()) if line.startswith("| ")}
    assert "2.50x | yes | 0.600" in rows["sketch"] and "0.500 ± 0.030" in rows["sketch"]
    assert "0.67x | **no**" in rows["palette"] and "+8.0 dB | yes" in rows["intensity"]
    assert "0.50x | yes" in rows["depth"] and "**no**" in rows["caption"] and "exact | yes" in rows["masking"]
    assert "instances" not in rows, "what is not in the report is not in the table"
    assert "(measures-sketch.jpg)" in text and (docs / "measures-sketch.jpg").exists()


def test_an_empty_report_makes_a_page():
    assert "Model `tiny`" in page_text({"model": "tiny", "pictures": 0, "backend": "cpu"}, None, [])
