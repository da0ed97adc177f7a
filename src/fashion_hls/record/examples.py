"""The page's section of contact sheets of the data that the run learnt from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from fashion_hls import places
from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_whole
from fashion_hls.record.lock import digest, settings
from fashion_hls.record.source import Record
from fashion_hls.report.jpeg import as_jpeg
from fashion_hls.report.page import Section
from fashion_hls.report.sheet import Cell, contact_sheet

TITLE: Final = "Photos that were learnt from"
#: Photos of the detection role; of each category of a classification set, and of all of them.
DETECTION, EACH, MOST = 24, 2, 120
_COLUMNS, _SIDE = 8, 200
_BOX: Final = ["x1", "y1", "x2", "y2"]


def examples_section(record: Record, folder: Path) -> Section | None:
    """Training photos drawn from the seed, with their labels; None where no set is there.

    A set is shown only if it is the one that the record names, hash by hash: the workspace may
    hold another profile's.

    Args:
        record: of the run.
        folder: where the sheets are written to.
    """
    outs = {path: md5 for stage in record.stages.values() for path, md5 in stage.outs.items()}
    seed = int(settings(record.stages)["seed"])
    pictures = []
    for one in places.SETS.values():
        for data, draw, what in (
            (one.detection, _boxed, "with the boxes that the detector learnt from"),
            (one.photos, _labelled, f"up to {EACH} of each category, with category and attributes"),
        ):
            wanted = outs.get(data.as_posix())
            if wanted is None or digest(data) != wanted:
                continue
            cells = draw(data, np.random.default_rng(seed))
            file = folder / f"{data.name}.jpg"
            write_whole(file, as_jpeg(contact_sheet(cells, columns=_COLUMNS, side=_SIDE)))
            where = f"{data.as_posix()}, training split, {len(cells)} photos drawn at random"
            pictures.append((file, f"{where}: {what}"))
    return Section(title=TITLE, pictures=pictures) if pictures else None


def _boxed(data: Path, rng: np.random.Generator) -> list[Cell]:
    images = _training(data)
    objects = read_table(data / "objects.parquet")
    chosen = rng.permutation(len(images))[:DETECTION]
    return _cells(
        data,
        images.iloc[np.sort(chosen)],
        lambda row: _boxes(objects[objects["image_id"] == row["image_id"]]),
        lambda row: str(row["image_id"]),
    )


def _boxes(part: pd.DataFrame) -> list[tuple[int, tuple[float, float, float, float]]]:
    rows = part[["label", *_BOX]].itertuples(index=False, name=None)
    return [(int(label), (x1, y1, x2, y2)) for label, x1, y1, x2, y2 in rows]


def _labelled(data: Path, rng: np.random.Generator) -> list[Cell]:
    images = _training(data)
    vocabulary = read_vocabulary(data / "vocabulary.json")
    mixed = images.iloc[rng.permutation(len(images))]
    chosen = mixed.groupby("category", sort=True).head(EACH)
    chosen = chosen.sort_values("category", kind="stable").head(MOST)

    def caption(row: dict[str, Any]) -> str:
        attributes = ", ".join(vocabulary.attributes[i] for i in row["attributes"])
        return f"{vocabulary.categories[row['category']]}: {attributes or 'none'}"

    return _cells(data, chosen, lambda _: [], caption)


def _training(data: Path) -> pd.DataFrame:
    images = read_table(data / "images.parquet")
    return images[images["split"] == "train"]


def _cells(
    data: Path,
    images: pd.DataFrame,
    boxes: Callable[[dict[str, Any]], list[tuple[int, tuple[float, float, float, float]]]],
    caption: Callable[[dict[str, Any]], str],
) -> list[Cell]:
    store = ImageStore(data / IMAGES)
    rows: list[Any] = images.to_dict("records")
    return [
        Cell(image=store.image(row["file"]), boxes=boxes(row), caption=caption(row)) for row in rows
    ]
