import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.data.images import ImageStore, ImageWriter
from fashion_hls.report.audit import COUNT, KEPT, LOST, XYXY, write_audit

PHOTOS, FOUND = 110, 5
CATEGORIES = ["Dress", "Boots"]


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    path = tmp_path / "images.zip"
    with ImageWriter(path) as writer:
        for number in range(PHOTOS):
            out = io.BytesIO()
            Image.new("RGB", (60, 60), "white").save(out, "PNG")
            writer.add(f"{number}.png", out.getvalue())
    return ImageStore(path)


def tables() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Photos of boots: the first ones kept, one of them twice detected; the others lost."""
    images = pd.DataFrame({"image_id": range(PHOTOS), "category": 1, "object_type": 3}).assign(
        file=lambda rows: rows["image_id"].astype(str) + ".png"
    )
    box = dict(zip(XYXY, (10.0, 10.0, 50.0, 50.0), strict=True))
    rows = [{"image_id": i, "label": 3, "score": 0.9, **box} for i in range(FOUND)]
    # Seen as a dress, below the score that counts; and as footwear, with less.
    rows += [
        {"image_id": FOUND, "label": label, "score": s, **box} for label, s in ((3, 0.2), (2, 0.4))
    ]
    detections = pd.DataFrame(rows)
    table = detections[detections["score"] > 0.5].assign(view="retained", detected_type=3)
    return images, table.drop(columns="label"), detections


def written(folder: Path, store: ImageStore, seed: int = 0) -> list[Path]:
    images, table, detections = tables()
    return write_audit(folder, images, table, detections, store, categories=CATEGORIES, seed=seed)


def colours(path: Path) -> set[tuple[int, ...]]:
    """Of a sheet's cells, the strong colours that boxes are drawn in, roughly: JPEG blurs."""
    pixels = np.asarray(Image.open(path)).reshape(-1, 3).astype(int)
    strong = pixels[np.ptp(pixels, axis=1) > 90]
    return {tuple(one) for one in (strong > 128).tolist()}


def test_kept_and_lost_photos_are_drawn_up_to_a_number(tmp_path: Path, store: ImageStore) -> None:
    kept, lost = written(tmp_path / "new", store)
    assert (kept.name, lost.name) == (KEPT, LOST)
    assert Image.open(kept).size == (1800, 210)
    assert PHOTOS - FOUND > COUNT and Image.open(lost).size == (1800, 10 * 210)


def test_the_box_that_decided_is_drawn_in_the_colour_of_its_type(
    tmp_path: Path, store: ImageStore
) -> None:
    images, table, detections = tables()
    kept, lost = write_audit(
        tmp_path, images.head(FOUND + 1), table, detections, store, categories=CATEGORIES, seed=0
    )
    yellow, green = (True, True, False), (False, True, False)
    assert yellow in colours(kept) and green not in colours(kept)
    # Of two weak detections the better one.
    assert green in colours(lost) and yellow not in colours(lost)


def test_another_seed_draws_other_photos(tmp_path: Path, store: ImageStore) -> None:
    sheets = [
        written(tmp_path / str(n), store, seed)[1].read_bytes() for n, seed in enumerate((0, 0, 1))
    ]
    assert sheets[0] == sheets[1] != sheets[2]


def test_nothing_lost_gives_one_sheet(tmp_path: Path, store: ImageStore) -> None:
    images, table, detections = tables()
    made = write_audit(
        tmp_path, images.head(FOUND), table, detections, store, categories=CATEGORIES, seed=0
    )
    assert made == [tmp_path / KEPT]


def test_a_detection_narrower_than_a_pixel_is_drawn(tmp_path: Path, store: ImageStore) -> None:
    images, table, detections = tables()
    sliver = {"x1": 30.0, "x2": 30.2, "y1": 59.9, "y2": 60.0}
    kept, lost = write_audit(
        tmp_path,
        images.head(FOUND + 1),
        table.assign(**sliver),
        detections.assign(**sliver),
        store,
        categories=CATEGORIES,
        seed=0,
    )
    assert kept.is_file() and lost.is_file()
