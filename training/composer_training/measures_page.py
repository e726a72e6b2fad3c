"""The evaluation's report as a page: `docs/MEASURES.md` and the sheets beside it. `evaluate.py` describes the report."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2

Number = float | str | None


@dataclass
class Criterion:
    """When a condition counts as kept: how given compares with not given, and from where on that is enough."""

    aim: str
    compare: Callable[[float, float], float]
    enough: Callable[[float, dict], bool | None]
    shown: str


def at_least(factor: float, aim: str) -> Criterion:
    return Criterion(aim, ratio, lambda got, _: got >= factor, "{:.2f}x")


def at_most(factor: float, aim: str) -> Criterion:
    return Criterion(aim, ratio, lambda got, _: got <= factor, "{:.2f}x")


def more_by(margin: float, aim: str, shown: str) -> Criterion:
    return Criterion(aim, lambda given, control: given - control, lambda got, _: got >= margin, shown)


def ratio(given: float, control: float) -> float:
    return given / control if control else math.inf


def beyond_chance(got: float, row: dict) -> bool | None:
    """More than two standard errors; not judged where the report has none."""
    error = row.get("standard_error")
    return None if error is None else got > 2 * error


CRITERIA = {
    "sketch": at_least(2, "at least doubled"),
    "palette": at_most(0.5, "at least halved"),
    "intensity": more_by(6, "+6 dB", "{:+.1f} dB"),
    "instances": at_least(2, "at least doubled"),
    "depth": at_most(0.7, "at most 0.7x"),
    "semantics": more_by(0.2, "+0.2", "{:+.2f}"),
    "caption": Criterion("above shuffled captions by 2 standard errors", lambda a, b: a - b, beyond_chance, "{:+.3f}"),
}

MEASURES = {
    "sketch": "F1 at 1 px",
    "sketch_ssim": "SSIM",
    "palette": "earth mover's distance in CIELab",
    "intensity": "PSNR, dB",
    "instances": "mean IoU, background left out",
    "instances_things": "IoU of thing or background",
    "depth": "RMSE after scale and shift",
    "semantics": "cosine",
    "caption": "image-text score",
    "masking": "PSNR outside the mask, dB",
}
"""What is measured where the report does not say so, in the order of the table."""

INTRODUCTION = """\
# Measures

Every condition is taken from a held-out picture and given to the model alone; the result is taken apart again by the same
extractors, and compared with what was asked for. The control is a result from the same seed without the condition; for captions,
another picture's caption. No result is left out. `training/composer_training/evaluate.py` makes this page and says how.
"""


def number(value: Number, digits: int = 3) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:.{digits}f}" if abs(value) < 10 else f"{value:.1f}"


def judged(name: str, row: dict) -> tuple[str, str, str]:
    """`(criterion, what was got, whether it is reached)`."""
    if name == "masking":
        return "exact", str(number(row.get("given"))), "yes" if row.get("given") == "exact" else "**no**"
    criterion = CRITERIA.get(name)
    given, control = row.get("given"), control_of(row)
    if criterion is None or not isinstance(given, int | float) or not isinstance(control, int | float):
        return (criterion.aim if criterion else ""), "", ""
    got = criterion.compare(given, control)
    reached = criterion.enough(got, row)
    return criterion.aim, criterion.shown.format(got), {True: "yes", False: "**no**", None: "not judged"}[reached]


def control_of(row: dict) -> Number:
    return row.get("not_given", row.get("shuffled"))


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def conditions_table(conditions: dict) -> str:
    """The one table: what each condition does."""
    everything = conditions.get("all", {})
    rows = []
    for name, measure in MEASURES.items():
        row = conditions.get(name)
        if row is None:
            continue
        error = row.get("standard_error")
        given = number(row.get("given")) + ("" if error is None else f" ± {number(error)}")
        cells = [given, number(control_of(row)), *judged(name, row), number(everything.get(name))]
        rows.append([name.replace("_", ", "), row.get("measure", measure), *cells])
    head = ["condition", "measure", "given", "not given", "criterion", "got", "reached", "all given"]
    return table(head, rows)


def leakage_table(leakage: dict) -> str:
    measured = [name for name in MEASURES if any(name in row for row in leakage.values())]
    rows = []
    for given, row in leakage.items():
        cells = [number(row.get(name)) for name in measured]
        rows.append([given, *(f"**{cell}**" if name == given else cell for name, cell in zip(measured, cells, strict=True))])
    return table(["given alone", *(name.replace("_", ", ") for name in measured)], rows)


def sets_table(report: dict) -> str:
    """Results as a set, beside real pictures as a set."""
    rows = []
    quality = report.get("quality", {})
    for key, name in (("frechet", "Fréchet distance"), ("kernel", "kernel distance")):
        if key in quality:
            values = [number(quality[key].get(k), 4) for k in ("given", "real_against_real")]
            rows.append([f"{name} on EfficientNet-Lite0 features to other held-out pictures", *values])
    for key, name in (
        ("diversity", "diversity: mean of 1 - cosine"),
        ("nearest", "cosine with the nearest training picture, mean"),
    ):
        if key in report:
            rows.append([name, number(report[key].get("generated")), number(report[key].get("real"))])
    if "most" in report.get("nearest", {}):
        rows.append(["the same, largest", number(report["nearest"]["most"]), ""])
    return table(["measure", "results", "held-out pictures"], rows) if rows else ""


def decomposer_table(errors: dict) -> str:
    sketch, instances, depth = errors["sketch"], errors["instances"], errors["depth"]
    cuts = ", ".join(f"{number(v)} at {k.rsplit('_', 1)[1]}" for k, v in sketch.items() if k.startswith("f1_at_"))
    rows = [
        [
            "sketch",
            "F1 at 1 px",
            number(sketch["f1"]),
            f"precision {number(sketch['precision'])}, recall {number(sketch['recall'])}",
        ],
        ["sketch", "F1 by where the soft map is cut", cuts, f"binary cross-entropy {number(sketch['bce'])}"],
        ["instances", "mean IoU", number(instances["mean_iou"]), f"{number(instances['pixels_right'])} of the pixels are right"],
        ["instances", "IoU of thing or background", number(instances["things_iou"]), ""],
        ["depth", "RMSE after scale and shift", number(depth["rmse"]), f"a flat map has {number(depth['flat_rmse'])}"],
    ]
    return table(["map", "measure", "against the data set's own", "beside it"], rows)


def page_text(report: dict, decomposer: dict | None, sheets: list[str]) -> str:
    """The whole page."""
    settings = ", ".join(f"{name} {value}" for name, value in report.get("settings", {}).items())
    facts = f"Model `{report['model']}`, {report['pictures']} pictures, backend {report['backend']}"
    parts = [INTRODUCTION, f"{facts}{'; ' + settings if settings else ''}.\n", conditions_table(report.get("conditions", {}))]
    parts.append(
        "± is the standard error of the difference, pictures in pairs. The last column has every condition given at once.\n"
    )
    if report.get("leakage"):
        parts += [
            "## What comes along unasked\n",
            "Likeness to the picture that the condition was taken from, in the same measures, when one condition is given alone.\n",
            leakage_table(report["leakage"]),
        ]
    if sets := sets_table(report):
        parts += ["## Results as a set\n", sets]
        parts.append("These are not FID and KID, which are defined on another network; the numbers compare only with each other.\n")
    if decomposer is not None:
        parts += [
            "## How well the decomposer sees\n",
            f"Its maps of {decomposer['pictures']} held-out pictures against the data set's own. Conditions and results are both "
            "seen through this network, so its mistakes limit what the first table means.\n",
            decomposer_table(decomposer),
        ]
    if sheets:
        parts += ["## To look at\n", "\n".join(f"![{Path(sheet).stem}]({sheet})" for sheet in sheets) + "\n"]
    return "\n".join(parts)


def copy_sheets(sheets: Path | None, docs: Path) -> list[str]:
    """The program's PNG sheets as JPEGs in `docs`; their names, sorted."""
    names = []
    for sheet in sorted(sheets.glob("*.png")) if sheets is not None else []:
        names.append(f"measures-{sheet.stem}.jpg")
        cv2.imwrite(str(docs / names[-1]), cv2.imread(str(sheet)), [cv2.IMWRITE_JPEG_QUALITY, 88])
    return names


def write_page(report: dict, decomposer: dict | None, sheets: Path | None, docs: Path) -> Path:
    """Writes `MEASURES.md` and the sheets; returns the page's path."""
    docs.mkdir(parents=True, exist_ok=True)
    page = docs / "MEASURES.md"
    page.write_text(page_text(report, decomposer, copy_sheets(sheets, docs)), encoding="utf-8")
    return page
