"""A contact sheet of automatic boxes, for a person to judge them by."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final

import numpy as np

from fashion_hls.data.images import decode
from fashion_hls.data.records import AUTOMATIC, DetectionSet
from fashion_hls.data.store import write_whole
from fashion_hls.report.sheet import Cell, contact_sheet

FILE: Final = "automatic_boxes.png"
_COUNT, _COLUMNS, _SIDE = 60, 10, 160


def write_sheet(folder: Path, data: DetectionSet, *, seed: int) -> Path | None:
    """Write up to 60 photos with automatic boxes, drawn from the seed; make the folder.

    The sheet shows photos of the dataset: it belongs beside them, never into the repository.

    Args:
        folder: of the prepared set's sheets.
        data: photos and boxes, as they are packed.
        seed: of the draw.

    Returns:
        The PNG file, or None where no box is automatic.
    """
    folder.mkdir(parents=True, exist_ok=True)
    boxed = data.objects[data.objects["source"] == AUTOMATIC].merge(data.images, on="image_id")
    if boxed.empty:
        return None
    order = np.random.default_rng(seed).permutation(len(boxed))
    rows: list[Any] = boxed.iloc[np.sort(order[:_COUNT])].to_dict("records")
    cells = [
        Cell(
            image=decode(data.read(row["file"])),
            boxes=[(row["label"], (row["x1"], row["y1"], row["x2"], row["y2"]))],
            caption=f"{row['category']}, {row['confidence']:.2f}",
        )
        for row in rows
    ]
    out = io.BytesIO()
    contact_sheet(cells, columns=_COLUMNS, side=_SIDE).save(out, "PNG")
    write_whole(folder / FILE, out.getvalue())
    return folder / FILE
