"""Cut the regions that views name out of their images and pack them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd
from tqdm import tqdm

from fashion_hls.boxes import whole_pixels
from fashion_hls.data.images import ImageStore, ImageWriter, encode

CROPS, BENCHMARK = "crops", "benchmark"
#: Pixels of the shorter side below which a crop shows no garment.
SMALL: Final = 8


def cut_crops(
    table: pd.DataFrame, images: pd.DataFrame, source: ImageStore, path: Path
) -> pd.DataFrame:
    """Write every region once, and say of each row where its picture lies.

    Args:
        table: rows of views (retention.VIEW_COLUMNS); xyxy pixels.
        images: image_id and file of the benchmark.
        source: its image files.
        path: the zip to write.

    Returns:
        The table with ``store`` (``crops`` or ``benchmark``) and ``file``; both empty where
        nothing was found. Whole images are not copied but named in the benchmark's own store.
    """
    files = dict(zip(images["image_id"], images["file"], strict=True))
    stores, names = [""] * len(table), [""] * len(table)
    boxes = table[["x1", "y1", "x2", "y2"]].to_numpy(float)
    wanted: dict[int, list[int]] = {}
    for row, (image_id, found) in enumerate(zip(table["image_id"], table["found"], strict=True)):
        if found:
            wanted.setdefault(image_id, []).append(row)
    whole = (table["view"] == "whole_image").to_numpy()
    with ImageWriter(path) as writer:
        for image_id, rows in tqdm(wanted.items(), desc="cut crops", unit="image"):
            for row in rows:
                stores[row], names[row] = BENCHMARK, files[image_id]
            regions = [row for row in rows if not whole[row]]
            if not regions:
                continue
            picture, written = source.image(files[image_id]), set[str]()
            for row in regions:
                box = whole_pixels(boxes[row], picture.width, picture.height)
                name = f"{image_id}/{'-'.join(map(str, box))}.jpg"
                # Several views often agree on a region: it is written once.
                if name not in written:
                    writer.add(name, encode(picture.crop(box)))
                    written.add(name)
                stores[row], names[row] = CROPS, name
    return table.assign(store=stores, file=names)


def small_crops(table: pd.DataFrame, images: pd.DataFrame) -> dict[str, Any]:
    """How many crops of each view have a shorter side below ``SMALL`` pixels, and the least one.

    They stay: a network is given what the detector gives, and their count says how often.

    Args:
        table: rows of views (retention.VIEW_COLUMNS); xyxy pixels.
        images: image_id, width and height of the benchmark.

    Returns:
        ``shorter_side_below``, and ``by_view``: view -> ``crops``, ``small``, ``least`` (pixels;
        None without a crop).
    """
    sizes = images.set_index("image_id")[["width", "height"]]
    out = {}
    for view, rows in table.groupby("view", sort=True):
        found = rows[rows["found"]]
        boxes = found[["x1", "y1", "x2", "y2"]].to_numpy(float)
        limits = sizes.loc[found["image_id"]].to_numpy(int)
        regions = [
            whole_pixels(box, width, height)
            for box, (width, height) in zip(boxes, limits.tolist(), strict=True)
        ]
        sides = [min(x2 - x1, y2 - y1) for x1, y1, x2, y2 in regions]
        out[str(view)] = {
            "crops": len(sides),
            "small": sum(side < SMALL for side in sides),
            "least": min(sides, default=None),
        }
    return {"shorter_side_below": SMALL, "by_view": out}
