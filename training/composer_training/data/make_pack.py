"""Makes a photo pack from a public data set you have downloaded; the training README says from where.

`python -m composer_training.data.make_pack flowers --images flower_photos --to packs`
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import re
import tarfile
from pathlib import Path

import cv2
import numpy as np

SIZE = 256
META = ("file", "label", "description", "licence", "source")


def _flower(path: Path) -> dict | None:
    """`LABEL/FLICKR-ID_....jpg`"""
    number = re.match(r"(\d+)_", path.name)
    if not number or len(path.parts) != 2:
        return None
    return {"file": f"flower-{number[1]}.webp", "label": path.parent.name, "licence": "CC-BY-2.0",
            "source": f"flickr photo {number[1]}"}


def _garment(path: Path) -> dict | None:
    """`PART/LABEL/UUID.jpg`"""
    if len(path.parts) != 3:
        return None
    return {"file": f"cloth-{path.stem[:8]}.webp", "label": path.parent.name, "licence": "CC0-1.0",
            "source": "clothing-dataset-small"}


def _grocery(path: Path) -> dict | None:
    """`PART/GROUP/.../KIND/NAME.jpg`"""
    if len(path.parts) < 4 or "Information" in path.name:
        return None
    return {"file": f"grocery-{hashlib.sha1(str(path).encode()).hexdigest()[:10]}.webp",
            "label": f"{path.parent.name.replace('-', ' ')} ({path.parts[1]})", "licence": "MIT",
            "source": f"GroceryStoreDataset {path}"}


_KINDS = {"flowers": _flower, "clothing": _garment, "groceries": _grocery}


def square(image: np.ndarray) -> np.ndarray:
    """The middle square of a picture at 256x256, averaged when it shrinks."""
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    crop = image[top:top + side, left:left + side]
    return cv2.resize(crop, (SIZE, SIZE), interpolation=cv2.INTER_AREA if side >= SIZE else cv2.INTER_CUBIC)


def make_pack(kind: str, images: Path, to: Path) -> int:
    """Writes `to/KIND-256.tar`. Returns how many photos it holds."""
    describe, rows = _KINDS[kind], {}
    with tarfile.open(to / f"{kind}-256.tar", "w") as tar:
        def add(name: str, data: bytes) -> None:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))

        for path in sorted(images.rglob("*.jpg")):
            row = describe(path.relative_to(images))
            image = cv2.imread(str(path), cv2.IMREAD_COLOR) if row else None
            if image is None or row["file"] in rows:
                continue
            _, encoded = cv2.imencode(".webp", square(image), [cv2.IMWRITE_WEBP_QUALITY, 90])
            add(row["file"], encoded.tobytes())
            rows[row["file"]] = {"description": "", **row}
        table = io.StringIO()
        writer = csv.DictWriter(table, META)
        writer.writeheader()
        writer.writerows(rows.values())
        add("meta.csv", table.getvalue().encode())
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=_KINDS)
    parser.add_argument("--images", type=Path, required=True, help="unpacked download, the folder that holds the label folders")
    parser.add_argument("--to", type=Path, default=Path("packs"), help="folder for the pack (default: %(default)s)")
    options = parser.parse_args()
    if not options.images.is_dir():
        parser.error(f"{options.images} is no folder; the training README says what to download")
    options.to.mkdir(parents=True, exist_ok=True)
    count = make_pack(options.kind, options.images, options.to)
    if count == 0:
        raise SystemExit(f"{options.images} has no photos in the layout of {options.kind}; the README shows the layout")
    print(f"{count} photos in {options.to / options.kind}-256.tar")


if __name__ == "__main__":
    main()
