"""DeepFashion2 (Ge et al., CVPR 2019): photos in which every garment has a box.

The released test annotations are withheld, so the official validation set is the test split here,
and the validation split is cut from train by ``pair_id``: photos of one pair show the same
garments and must not be on both sides.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from pydantic_core import from_json

from fashion_hls import taxonomy
from fashion_hls.data.common import (
    UNREADABLE,
    drop_images_without_objects,
    drop_repeated_objects,
    header_size,
    valid_box,
)
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.jpeg_header import plain_size
from fashion_hls.data.processes import Problems, in_processes
from fashion_hls.data.quality import Quality
from fashion_hls.data.records import IMAGE_COLUMNS, DetectionSet, annotated_objects
from fashion_hls.errors import UserError

PARTS: Final = ("train", "validation")
_NUMBERS: Final = (int, float)
WHERE = "train.zip and validation.zip of DeepFashion2 (or the folders in them) belong there"


def _stem(name: str) -> str:
    """What Path(name).stem gives, without making a path of each of 200,000 names."""
    base = name.rpartition("/")[2]
    return base.rpartition(".")[0] or base


class _Part:
    """The files of train or of validation, whatever folder the archive starts with."""

    def __init__(self, root: Path, part: str, password: str | None) -> None:
        archive = root / f"{part}.zip"
        self.part = part
        if archive.is_file():
            self.tree = FileTree(archive, password)
        elif (root / part).is_dir():
            self.tree = FileTree(root / part)
        else:
            raise UserError(f"{root}: has neither {part}.zip nor {part}/. {WHERE}")
        inner = any(True for _ in self.tree.names(f"{part}/annos"))
        self.start = f"{part}/" if inner else ""

    def stems(self) -> Iterator[str]:
        """Every name, without suffix, that an image or an annotation has, in order."""
        images = self.tree.names(f"{self.start}image", ".jpg")
        notes = self.tree.names(f"{self.start}annos", ".json")
        yield from sorted({_stem(name) for names in (images, notes) for name in names})

    def read(self, name: str) -> bytes:
        """Bytes of a file by its name below the part, e.g. ``image/000001.jpg``."""
        return self.tree.read(self.start + name)


def _read_size(part: _Part, name: str, quality: Quality) -> tuple[int, int] | None:
    label = f"{part.part}/{name}"
    try:
        size = plain_size(part.tree, part.start + name)
        return size or header_size(part.read(name), label, quality)
    except FileNotFoundError:
        quality.add("image.missing", label)
    except UNREADABLE:
        quality.add("image.unreadable", label)
    return None


def parse_json(data: bytes) -> Any:
    """What json.loads gives, which is asked only for what the faster parser does not take.

    Raises:
        ValueError: no JSON.
        RecursionError: nested too deep.
    """
    try:
        return from_json(data)
    except ValueError:
        return json.loads(data)


def _read_note(part: _Part, name: str, quality: Quality) -> dict[str, Any] | None:
    label = f"{part.part}/{name}"
    try:
        note = parse_json(part.read(name))
    except FileNotFoundError:
        quality.add("annotation.missing", label)
        return None
    except (*UNREADABLE, ValueError, RecursionError):
        quality.add("annotation.unreadable", label)
        return None
    if not isinstance(note, dict):
        quality.add("annotation.unreadable", label)
        return None
    return note


def _pair(note: dict[str, Any], label: str, quality: Quality) -> str:
    """The photo's pair; one without a pair is a pair of its own."""
    pair = note.get("pair_id")
    if isinstance(pair, bool) or not isinstance(pair, int):
        quality.add("annotation.no_pair", label)
        return label
    return str(pair)


def _numbers(value: object) -> list[float]:
    """The box's values; not-a-number for whatever is no number."""
    if not isinstance(value, list):
        return []
    # An integer of JSON has no bounds; one beyond a float's is no pixel. A bool is no number.
    return [float(v) if type(v) in _NUMBERS and abs(v) < 1e9 else math.nan for v in value]


def _objects(
    note: dict[str, Any], size: tuple[int, int], label: str, quality: Quality
) -> Iterator[tuple[object, ...]]:
    """Label, box (xyxy) and category of each usable item."""
    for key in sorted(key for key in note if key.startswith("item")):
        item, where = note[key], f"{label}: {key}"
        if not isinstance(item, dict):
            quality.add("annotation.unreadable", where)
            continue
        category = item.get("category_name")
        if not isinstance(category, str) or category not in taxonomy.DEEPFASHION2:
            quality.add("label.unknown", f"{where}: {category!r:.60}")
            continue
        box = valid_box(_numbers(item.get("bounding_box")), *size, where, quality)
        if box is not None:
            yield (taxonomy.DEEPFASHION2[category], *box, category)


def _splits(parts: list[str], pairs: list[str], val_share: float, seed: int) -> list[str]:
    """The split of each image from its part and its pair."""
    train = sorted({pair for part, pair in zip(parts, pairs, strict=True) if part == "train"})
    order = np.random.default_rng(seed).permutation(len(train))
    val = {train[place] for place in order[: round(val_share * len(train))]}
    return [
        "test" if part != "train" else "val" if pair in val else "train"
        for part, pair in zip(parts, pairs, strict=True)
    ]


#: A usable photo: file, size, pair, and its objects' label, box and category.
_Photo = tuple[str, tuple[int, int], str, list[tuple[object, ...]]]
_Read = tuple[list[_Photo], list[tuple[str, str, int]]]


def _read_photos(source: _Part, stems: Sequence[str]) -> _Read:
    """The usable ones of these photos, and every problem, in order."""
    photos: list[_Photo] = []
    quality = Problems()
    for stem in stems:
        size = _read_size(source, f"image/{stem}.jpg", quality)
        note = _read_note(source, f"annos/{stem}.json", quality)
        if size is not None and note is not None:
            file = f"{source.part}/image/{stem}.jpg"
            objects = list(_objects(note, size, file, quality))
            photos.append((file, size, _pair(note, file, quality), objects))
    return photos, quality.found


def _photo_reader(root: Path, part: str, password: str | None) -> Callable[[Sequence[str]], _Read]:
    """``_read_photos`` of a part whose files are opened by the process that calls this."""
    return partial(_read_photos, _Part(root, part, password))


def read_deepfashion2(
    root: Path,
    *,
    password: str | None,
    val_share: float,
    seed: int,
    workers: int | None = None,
) -> DetectionSet:
    """Read train and validation; ``file`` reads ``train/image/000001.jpg``.

    Args:
        root: holds train.zip and validation.zip, or the folders train and validation.
        password: of the archives, where they are encrypted.
        val_share: share of train's pairs that become the split val, in [0, 1).
        seed: of that split.
        workers: processes that read; by default one for each usable core where photos are many.

    Raises:
        UserError: no such files, no images in one, a password missing or wrong, a bad share.
    """
    if not 0 <= val_share < 1:
        raise UserError(f"params.yaml: val_share: {val_share}: needs a share from 0 to below 1")
    sources = {part: _Part(root, part, password) for part in PARTS}
    quality = Quality()
    image_rows: list[tuple[object, ...]] = []
    object_rows: list[tuple[object, ...]] = []
    parts: list[str] = []
    pairs: list[str] = []
    for part, source in sources.items():
        before = len(image_rows)
        reader = partial(_photo_reader, root, part, password)
        stems, shown = list(source.stems()), f"read DeepFashion2 {part}"
        results = in_processes(reader, stems, workers=workers, desc=shown, unit="photo")
        for photos, problems in results:
            for problem in problems:
                quality.add(*problem)
            for file, size, pair, found in photos:
                number = len(image_rows)
                image_rows.append((number, file, *size))
                object_rows += [(number, *row) for row in found]
                parts.append(part)
                pairs.append(pair)
        if len(image_rows) == before:
            raise UserError(f"{source.tree.place}: holds no usable image/ and annos/. {WHERE}")
    images = pd.DataFrame(image_rows, columns=IMAGE_COLUMNS[:-1])
    images["split"] = _splits(parts, pairs, val_share, seed)
    objects = annotated_objects(object_rows)
    objects = drop_repeated_objects(images, objects, quality)
    images = drop_images_without_objects(images, objects, quality)

    def read(file: str) -> bytes:
        part, name = file.split("/", 1)
        return sources[part].read(name)

    return DetectionSet(images=images, objects=objects, quality=quality, read=read)
