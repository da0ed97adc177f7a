"""Boxes of generated photos in each format that a catalogue's reader takes."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from fashion_hls.data.sample.mallzee import CATALOGUE
from fashion_hls.data.sample.scenes import Scene

_VOC = """<annotation>
  <filename>{file}</filename>
  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>
{objects}</annotation>
"""
_VOC_OBJECT = """  <object>
    <name>{label}</name>
    <bndbox><xmin>{0}</xmin><ymin>{1}</ymin><xmax>{2}</xmax><ymax>{3}</ymax></bndbox>
  </object>
"""


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table with these column names."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _boxes_csv(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    rows = [
        (file, seen.garment.category, *seen.box) for file, scene in drawn for seen in scene.garments
    ]
    write_csv(folder / "boxes.csv", ("image", "label", "x1", "y1", "x2", "y2"), rows)


def _boxes_coco(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    names = list(CATALOGUE)
    notes: list[dict[str, Any]] = []
    for number, (_, scene) in enumerate(drawn, start=1):
        for garment, (x1, y1, x2, y2), _ in scene.garments:
            notes.append(
                {
                    "id": len(notes) + 1,
                    "image_id": number,
                    "category_id": names.index(garment.category) + 1,
                    "bbox": [x1, y1, x2 - x1, y2 - y1],
                    "area": (x2 - x1) * (y2 - y1),
                    "iscrowd": 0,
                }
            )
    content = {
        "images": [
            {"id": n, "file_name": file, "width": s.image.width, "height": s.image.height}
            for n, (file, s) in enumerate(drawn, start=1)
        ],
        "annotations": notes,
        "categories": [{"id": n, "name": name} for n, name in enumerate(names, start=1)],
    }
    (folder / "boxes.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _boxes_voc(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    (folder / "voc").mkdir()
    for file, scene in drawn:
        objects = "".join(
            _VOC_OBJECT.format(*seen.box, label=seen.garment.category) for seen in scene.garments
        )
        width, height = scene.image.size
        text = _VOC.format(file=file, width=width, height=height, objects=objects)
        (folder / "voc" / f"{Path(file).stem}.xml").write_text(text, encoding="utf-8")


def _boxes_label_studio(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    """The export JSON of a project whose photos were uploaded."""
    tasks = []
    for number, (file, scene) in enumerate(drawn, start=1):
        width, height = scene.image.size
        regions = [
            {
                "original_width": width,
                "original_height": height,
                "image_rotation": 0,
                "value": {
                    "x": 100 * x1 / width,
                    "y": 100 * y1 / height,
                    "width": 100 * (x2 - x1) / width,
                    "height": 100 * (y2 - y1) / height,
                    "rotation": 0,
                    "rectanglelabels": [garment.category],
                },
                "id": f"region-{number}-{count}",
                "from_name": "label",
                "to_name": "image",
                "type": "rectanglelabels",
                "origin": "manual",
            }
            for count, (garment, (x1, y1, x2, y2), _) in enumerate(scene.garments)
        ]
        annotation = {"id": number, "result": regions, "was_cancelled": False, "task": number}
        stored = f"{number:08x}-{file}"
        tasks.append(
            {
                "id": number,
                "annotations": [annotation],
                "file_upload": stored,
                "drafts": [],
                "predictions": [],
                "data": {"image": f"/data/upload/1/{stored}"},
                "project": 1,
            }
        )
    (folder / "label-studio").mkdir()
    text = json.dumps(tasks, indent=1) + "\n"
    (folder / "label-studio" / "project-1.json").write_text(text, encoding="utf-8")


def _boxes_cvat(folder: Path, drawn: list[tuple[str, Scene]]) -> None:
    root = ElementTree.Element("annotations")
    ElementTree.SubElement(root, "version").text = "1.1"
    for number, (file, scene) in enumerate(drawn):
        width, height = map(str, scene.image.size)
        image = ElementTree.SubElement(
            root, "image", id=str(number), name=file, width=width, height=height
        )
        for garment, box, _ in scene.garments:
            sides = dict(
                zip(("xtl", "ytl", "xbr", "ybr"), (f"{side:.2f}" for side in box), strict=True)
            )
            plain = {"label": garment.category, "source": "manual", "occluded": "0"}
            ElementTree.SubElement(image, "box", {**plain, **sides, "z_order": "0"})
    ElementTree.indent(root)
    (folder / "cvat").mkdir()
    ElementTree.ElementTree(root).write(
        folder / "cvat" / "annotations.xml", encoding="utf-8", xml_declaration=True
    )


#: Format -> what writes the boxes of (photo's name, scene) into a catalogue's folder.
FORMATS: Final[dict[str, Callable[[Path, list[tuple[str, Scene]]], None]]] = {
    "csv": _boxes_csv,
    "coco": _boxes_coco,
    "voc": _boxes_voc,
    "label-studio": _boxes_label_studio,
    "cvat": _boxes_cvat,
}
