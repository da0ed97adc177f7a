"""Boxes that people drew with a tool: CSV, COCO JSON, Pascal VOC XML as LabelImg writes it, or the
exports of Label Studio and CVAT.

All come out as pixels xyxy of the upright photo, by photo name. What a tool's file gets wrong in
one box is counted; a file that is not of its format ends the run in one line.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any, Final

from fashion_hls.data.catalogue.cvat import CVAT_FOLDER, read_cvat
from fashion_hls.data.catalogue.label_studio import LABEL_STUDIO_FOLDER, read_label_studio
from fashion_hls.data.catalogue.shapes import NO_XML, DrawnBox, as_number, parse_xml
from fashion_hls.data.catalogue.tables import PHOTOS, table_rows
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.quality import Quality
from fashion_hls.errors import UserError

CSV_FILE: Final = "boxes.csv"
COCO_FILE: Final = "boxes.json"
VOC_FOLDER: Final = "voc"
CSV_COLUMNS: Final = ("image", "label", "x1", "y1", "x2", "y2")
_VOC_SIDES: Final = ("xmin", "ymin", "xmax", "ymax")


def read_boxes(tree: FileTree, quality: Quality) -> list[DrawnBox]:
    """Every box of the one file or folder of boxes that is there.

    Raises:
        UserError: there is none, there are several, or one is not of its format.
    """
    sources: dict[str, tuple[bool, Callable[[FileTree, Quality], Iterator[DrawnBox]]]] = {
        CSV_FILE: (tree.exists(CSV_FILE), _from_csv),
        COCO_FILE: (tree.exists(COCO_FILE), _from_coco),
        f"{VOC_FOLDER}/": (_has(tree, VOC_FOLDER, ".xml"), _from_voc),
        f"{LABEL_STUDIO_FOLDER}/": (_has(tree, LABEL_STUDIO_FOLDER, ".json"), read_label_studio),
        f"{CVAT_FOLDER}/": (_has(tree, CVAT_FOLDER, ".xml"), read_cvat),
    }
    there = [name for name, (exists, _) in sources.items() if exists]
    if len(there) != 1:
        found = " and ".join(there) if there else "none"
        raise UserError(f"{tree.place}: needs boxes in one of {', '.join(sources)}; found {found}")
    return list(sources[there[0]][1](tree, quality))


def _has(tree: FileTree, folder: str, suffix: str) -> bool:
    return any(True for _ in tree.names(folder, suffix))


def _from_csv(tree: FileTree, quality: Quality) -> Iterator[DrawnBox]:
    for where, row in table_rows(tree, CSV_FILE, CSV_COLUMNS, quality):
        sides = [as_number(row[side]) for side in CSV_COLUMNS[2:]]
        yield DrawnBox(row["image"], row["label"], sides, where)


def _from_coco(tree: FileTree, quality: Quality) -> Iterator[DrawnBox]:
    place = f"{tree.place}/{COCO_FILE}"
    try:
        content = json.loads(tree.read(COCO_FILE))
        lists = [content[key] for key in ("images", "annotations", "categories")]
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: is not JSON ({error}); export it again") from error
    except (KeyError, TypeError) as error:
        raise UserError(f"{place}: has no list {error}; export it as COCO instances") from error
    if not all(isinstance(one, list) for one in lists):
        raise UserError(f"{place}: images, annotations and categories must be lists")
    images, annotations, categories = lists
    names = _by_id(images, "file_name", place)
    labels = _by_id(categories, "name", place)
    for number, one in enumerate(annotations):
        where = f"{COCO_FILE} annotations[{number}]"
        if not isinstance(one, dict) or not isinstance(one.get("bbox"), list):
            quality.add("annotation.unreadable", where)
            continue
        image, label = names.get(_key(one, "image_id")), labels.get(_key(one, "category_id"))
        if image is None:
            quality.add("annotation.no_image", where)
        elif one.get("iscrowd"):
            quality.add("box.crowd", where)
        else:
            yield DrawnBox(image, label or "", _corners(one["bbox"]), where)


def _key(one: dict[str, Any], name: str) -> str:
    """An id as text: tools write 7 and "7" for the same."""
    return str(one.get(name))


def _by_id(rows: list[Any], value: str, place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, dict) or "id" not in row or not isinstance(row.get(value), str):
            raise UserError(f"{place}: entry {number} has no id or no {value}; export it again")
        key = _key(row, "id")
        if key in found and found[key] != row[value]:
            raise UserError(f"{place}: id {key} stands for {found[key]} and for {row[value]}")
        found[key] = row[value]
    return found


def _corners(xywh: list[Any]) -> list[float]:
    sides = [as_number(side) for side in xywh]
    if len(sides) != 4:
        return []
    x, y, width, height = sides
    return [x, y, x + width, y + height]


def _from_voc(tree: FileTree, quality: Quality) -> Iterator[DrawnBox]:
    for name in tree.names(VOC_FOLDER, ".xml"):
        data = tree.read(name)
        try:
            root = parse_xml(data)
        except NO_XML:
            quality.add("annotation.unreadable", name)
            continue
        image = root.findtext("filename") or f"{PurePosixPath(name).stem}.jpg"
        # The tools write a photo's bare name: below voc/ lie the folders that images/ has.
        folder = PurePosixPath(name).relative_to(VOC_FOLDER).parent
        if tree.exists(f"{PHOTOS}/{folder / image.strip()}"):
            image = str(folder / image.strip())
        for number, item in enumerate(root.iter("object"), start=1):
            box = item.find("bndbox")
            sides = [] if box is None else [as_number(box.findtext(side)) for side in _VOC_SIDES]
            label = (item.findtext("name") or "").strip()
            yield DrawnBox(image.strip(), label, sides, f"{name}: object {number}")
