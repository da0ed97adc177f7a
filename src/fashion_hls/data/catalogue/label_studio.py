"""Boxes from Label Studio: its exports JSON and JSON-MIN.

A rectangle is written in percent of ``original_width`` and ``original_height``; ``rotation`` turns
it clockwise around its upper left corner, in pixels. Drafts and predictions are no annotations.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from fashion_hls.data.catalogue.photo_names import PhotoNames
from fashion_hls.data.catalogue.shapes import DrawnBox, as_number, hull, picture_size, turned
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.images import FORMATS
from fashion_hls.data.quality import Quality
from fashion_hls.errors import UserError

LABEL_STUDIO_FOLDER: Final = "label-studio"
_EXPORT: Final = "export it from Label Studio as JSON or JSON-MIN"
_PLACES: Final = ("x", "points", "rle", "radiusX", "vertices")
_BARE: Final = ("rectangle", "polygon")
#: What is said of a region (tags with perRegion), where its place is repeated: type -> its value.
_SAID: Final = {
    "choices": "choices", "textarea": "text", "rating": "rating", "number": "number",
    "taxonomy": "taxonomy", "datetime": "datetime",
}  # fmt: skip
_SUFFIXES: Final = (*(f".{name.lower()}" for name in FORMATS), ".jpg", ".tif")


class _Task(NamedTuple):
    """A task and its annotations: when each was last changed, and its results."""

    where: str
    data: dict[str, Any]
    annotations: list[tuple[datetime, list[Any]]]


def read_label_studio(tree: FileTree, quality: Quality) -> Iterator[DrawnBox]:
    """Every box of the exports below ``label-studio/``, of each task's last annotation.

    Raises:
        UserError: a file is no JSON, or no such export.
    """
    names = PhotoNames(tree)
    for file in tree.names(LABEL_STUDIO_FOLDER, ".json"):
        for task in _tasks(tree, file, quality):
            yield from _task_boxes(task, names, quality)


def _task_boxes(task: _Task, names: PhotoNames, quality: Quality) -> Iterator[DrawnBox]:
    if not task.annotations:
        quality.add("image.not_annotated", task.where)
        return
    if len(task.annotations) > 1:
        quality.add("annotation.superseded", task.where, len(task.annotations) - 1)
    # Of equal times the one that is written last.
    _, results = sorted(task.annotations, key=lambda one: one[0])[-1]
    regions = [one for one in results if _is_region(one, results)]
    if not regions:
        quality.add("image.without_boxes", task.where)
        return
    address = _address(task.data)
    if address is None:
        quality.add("annotation.no_image", task.where)
        return
    photo = names.find(address, task.where, quality)
    if photo is not None:
        for count, region in enumerate(regions, start=1):
            yield from _box(region, photo, f"{task.where}: region {count}", quality)


def _tasks(tree: FileTree, file: str, quality: Quality) -> Iterator[_Task]:
    place = f"{tree.place}/{file}"
    try:
        content = json.loads(tree.read(file))
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: is not JSON ({error}); {_EXPORT}") from error
    if not isinstance(content, list):
        raise UserError(f"{place}: is no list of tasks; {_EXPORT}")
    brief: dict[str, _Task] = {}
    read = 0
    for count, one in enumerate(content):
        where = f"{file} task {one['id']}" if _has_id(one) else f"{file} [{count}]"
        if isinstance(one, dict) and isinstance(one.get("annotations"), list):
            data = one["data"] if isinstance(one.get("data"), dict) else {}
            yield _Task(where, data, list(_finished(one["annotations"], where, quality)))
        elif isinstance(one, dict) and "annotation_id" in one:
            # JSON-MIN has an entry for each annotation, with the task's data in it.
            task = brief.setdefault(where, _Task(where, one, []))
            task.annotations.append((_changed(one), _brief_results(one)))
        else:
            quality.add("annotation.unreadable", where)
            continue
        read += 1
    if not read:
        raise UserError(f"{place}: has no task with annotations; {_EXPORT}")
    yield from brief.values()


def _has_id(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), int | str)


def _finished(
    annotations: list[Any], where: str, quality: Quality
) -> Iterator[tuple[datetime, list[Any]]]:
    """The annotations that were submitted and not cancelled."""
    for one in annotations:
        if not isinstance(one, dict) or not isinstance(one.get("result"), list):
            quality.add("annotation.unreadable", where)
        elif one.get("was_cancelled"):
            quality.add("annotation.cancelled", where)
        else:
            yield _changed(one), one["result"]


def _brief_results(entry: dict[str, Any]) -> list[Any]:
    """The regions of a JSON-MIN entry in the form that JSON has them."""
    lists = [value for value in entry.values() if isinstance(value, list)]
    return [
        {**region, "value": region}
        for regions in lists
        for region in regions
        if isinstance(region, dict)
    ]


def _changed(annotation: dict[str, Any]) -> datetime:
    """When an annotation was last changed; the beginning of time where it does not say."""
    for name in ("updated_at", "created_at"):
        try:
            time = datetime.fromisoformat(annotation[name])
        except (KeyError, TypeError, ValueError):
            continue
        return time if time.tzinfo else time.replace(tzinfo=UTC)
    return datetime.min.replace(tzinfo=UTC)


def _address(data: dict[str, Any]) -> str | None:
    """Where the tool has the photo: ``image``, else the only value that names an image file."""
    if isinstance(data.get("image"), str):
        return str(data["image"])
    texts = [value for value in data.values() if isinstance(value, str)]
    named = [text for text in texts if text.partition("?d=")[2].lower().endswith(_SUFFIXES)]
    named = named or [text for text in texts if text.partition("?")[0].lower().endswith(_SUFFIXES)]
    return named[0] if len(named) == 1 else None


def _kind(result: dict[str, Any]) -> str:
    """What a result is: its type, or in JSON-MIN what its labels, or what is said, show."""
    if isinstance(result.get("type"), str):
        return str(result["type"])
    labels = next((key for key in result["value"] if key.endswith("labels")), "")
    return labels or next((kind for kind, key in _SAID.items() if key in result["value"]), "")


def _is_region(result: Any, others: list[Any]) -> bool:
    """Whether a result has a place in the photo, and stands for itself.

    With the tags Rectangle and Labels a region is written twice, without its label and with it.
    """
    if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
        # Relations have no value. Anything else is counted as a region that cannot be read.
        return not (isinstance(result, dict) and result.get("type") == "relation")
    if _kind(result) in _BARE and result.get("id") is not None:
        return not any(
            isinstance(one, dict) and one.get("id") == result["id"] and one.get("type") == "labels"
            for one in others
        )
    if _kind(result) in _SAID:
        return False
    return _kind(result).endswith("labels") or any(key in result["value"] for key in _PLACES)


def _box(result: Any, photo: str, where: str, quality: Quality) -> Iterator[DrawnBox]:
    if not isinstance(result, dict) or not isinstance(result.get("value"), dict):
        quality.add("annotation.unreadable", where)
        return
    value, kind = result["value"], _kind(result)
    outline = "points" in value
    if kind not in ("rectanglelabels", "polygonlabels", "labels", *_BARE):
        quality.add("annotation.other_shape", f"{where}: {kind:.40}")
        return
    if as_number(result.get("image_rotation", 0)) != 0:
        quality.add("annotation.turned_view", where)
        return
    size = picture_size(result.get("original_width"), result.get("original_height"))
    if size is None:
        xyxy = []
    elif outline:
        quality.add("box.from_outline", where)
        xyxy = _around_points(value["points"], size)
    else:
        if as_number(value.get("rotation", 0)) != 0:
            quality.add("box.rotated", where)
        xyxy = _around_rectangle(value, size)
    yield DrawnBox(photo, _label(value), xyxy, where, size)


def _label(value: dict[str, Any]) -> str:
    """The label; several are joined, and so unknown and counted."""
    key = next((key for key in value if key.endswith("labels")), "")
    labels = value.get(key)
    if not isinstance(labels, list):
        return ""
    return "|".join(str(label).strip() for label in labels)


def _around_rectangle(value: dict[str, Any], size: tuple[float, float]) -> list[float]:
    left, top, width, height = (
        as_number(value.get(name)) * side / 100
        for name, side in zip(("x", "y", "width", "height"), size * 2, strict=True)
    )
    rotation = as_number(value.get("rotation", 0))
    # A turn would hide that a rectangle is inverted.
    if rotation == 0 or width < 0 or height < 0:
        return [round(side, 3) for side in (left, top, left + width, top + height)]
    return turned((left, top), (width, height), rotation, (left, top))


def _around_points(points: Any, size: tuple[float, float]) -> list[float]:
    """Of ``[[x, y], ...]`` in percent."""
    if not isinstance(points, list) or not all(
        isinstance(point, list) and len(point) == 2 for point in points
    ):
        return []
    return hull([(as_number(x) * size[0] / 100, as_number(y) * size[1] / 100) for x, y in points])
