"""Drawings as 256x256 RGBA, rendered once and kept in the cache, one array per style."""

from __future__ import annotations

import functools
import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from .cache import cache_dir
from .catalog import Glyph
from .sources import BY_STYLE

SIZE = 256
_VIEW = {"weather": (48, 48, 416, 416)}  # meteocons leave a wide empty margin; this part is what they draw on


@functools.cache
def _icons(path: Path) -> dict:
    return json.loads(path.read_text())


def _svg(modules: Path, glyph: Glyph) -> str:
    """The drawing as an SVG document."""
    package = modules / BY_STYLE[glyph.style].name
    if glyph.style == "twemoji":
        return (package / glyph.file).read_text()
    icons = _icons(package / "icons.json")
    icon = icons["icons"][glyph.file]
    box = _VIEW.get(glyph.style) or (icon.get("left", 0), icon.get("top", 0), icon.get("width", icons.get("width", 16)),
                                     icon.get("height", icons.get("height", 16)))
    return ('<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{box[0]} {box[1]} {box[2]} {box[3]}" width="{SIZE}" height="{SIZE}">{icon["body"]}</svg>')


def _fit(rgba: np.ndarray) -> np.ndarray:
    """Scales to 256 on the longer side, centred on nothing. Premultiplied, so that edges keep their colour."""
    height, width = rgba.shape[:2]
    if (height, width) == (SIZE, SIZE):
        return rgba
    scale = SIZE / max(height, width)
    alpha = rgba[..., 3:].astype(np.float32) / 255
    premultiplied = np.concatenate([rgba[..., :3] * alpha, alpha * 255], axis=2)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(premultiplied, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC).clip(0, 255)
    out = np.zeros((SIZE, SIZE, 4), np.float32)
    top, left = (SIZE - size[1]) // 2, (SIZE - size[0]) // 2
    out[top:top + size[1], left:left + size[0]] = small
    coverage = np.maximum(out[..., 3:] / 255, 1e-6)
    out[..., :3] = np.minimum(out[..., :3] / coverage, 255) * (out[..., 3:] > 0)
    return np.rint(out).astype(np.uint8)


def render(modules: Path, glyph: Glyph) -> np.ndarray:
    """One drawing. Returns `[256, 256, 4]` uint8, RGBA, alpha not premultiplied."""
    if glyph.style == "3d":
        encoded = np.fromfile(modules / BY_STYLE["3d"].name / "assets" / glyph.file, np.uint8)
    else:
        import resvg_py  # here, so that the tests need no renderer

        png = resvg_py.svg_to_bytes(svg_string=_svg(modules, glyph), width=SIZE, height=SIZE, skip_system_fonts=True)
        encoded = np.frombuffer(bytes(png), np.uint8)
    image = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3 or image.shape[2] != 4:
        raise ValueError(f"{glyph.name} is no RGBA picture; its package may be damaged: delete the npm cache folder and run again")
    return _fit(cv2.cvtColor(image, cv2.COLOR_BGRA2RGBA))


def _render_file(task: tuple[Path, list[Glyph], Path]) -> int:
    modules, glyphs, path = task
    out = np.lib.format.open_memmap(path, "w+", np.uint8, (len(glyphs), SIZE, SIZE, 4))
    for row, glyph in enumerate(glyphs):
        out[row] = render(modules, glyph)
    out.flush()
    return len(glyphs)


class Renders:
    """All rendered drawings: `renders[glyph]` is `[256, 256, 4]` uint8."""

    def __init__(self, glyphs: list[Glyph], folder: Path):
        self._rows: dict[str, tuple[Path, int]] = {}
        self._folder = folder
        for path, part in _parts(glyphs, folder):
            self._rows.update({glyph.name: (path, row) for row, glyph in enumerate(part)})

    def __getitem__(self, glyph: Glyph) -> np.ndarray:
        path, row = self._rows[glyph.name]
        return _open(path)[row]


@functools.cache
def _open(path: Path) -> np.ndarray:
    return np.load(path, mmap_mode="r")


def _parts(glyphs: list[Glyph], folder: Path, size: int = 300) -> list[tuple[Path, list[Glyph]]]:
    parts = []
    for style in BY_STYLE:
        chosen = [glyph for glyph in glyphs if glyph.style == style]
        for start in range(0, len(chosen), size):
            parts.append((folder / f"{style}-{start}-{len(chosen)}.npy", chosen[start:start + size]))
    return parts


def render_all(modules: Path, glyphs: list[Glyph], workers: int) -> Renders:
    """Renders what the cache lacks, in `workers` processes."""
    folder = cache_dir() / "renders"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [(path, part) for path, part in _parts(glyphs, folder) if not path.exists()]
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        partial = [path.with_suffix(".partial.npy") for path, _ in missing]
        tasks = [(modules, part, temporary) for (_, part), temporary in zip(missing, partial)]
        for (path, _), temporary, count in zip(missing, partial, pool.map(_render_file, tasks)):
            temporary.rename(path)
            print(f"rendered {count} drawings into {path.name}", flush=True)
    return Renders(glyphs, folder)
