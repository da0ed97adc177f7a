import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.metrics.coco import XYXY
from fashion_hls.metrics.diagnostics import image_errors, judge
from fashion_hls.report import detections
from fashion_hls.report.sheet import CAPTION, TYPE_COLOURS

from .conftest import draw, tables

PHOTO = Image.new("RGB", (200, 100), "grey")
COLUMNS = ["image_id", "label", *XYXY]


def one_photo(truth, found):
    objects = pd.DataFrame([(0, *row) for row in truth], columns=COLUMNS)
    rows = [(0, *row) for row in found]
    return judge(objects, pd.DataFrame(rows, columns=[*COLUMNS, "score"]), types=4, min_score=0.5)


def has_colour(image, colour):
    pixels = np.asarray(image).reshape(-1, 3)
    wanted = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
    return int((pixels == wanted).all(axis=1).sum())


@pytest.mark.parametrize(("photos", "shown"), [(15, 12), (5, 5), (1, 1), (0, 0)])
def test_a_sheet_has_a_cell_for_each_of_at_most_twelve_photos(tmp_path, photos, shown):
    _, written = draw(tmp_path, tables(photos))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in written)
    assert (tmp_path / "worst.png").exists() == bool(photos)
    for name in ("worst.png", "random.png") if photos else ():
        sheet = np.asarray(Image.open(tmp_path / name).convert("RGB"))
        side = detections.SIDE
        columns, rows = min(detections.COLUMNS, shown), -(-shown // detections.COLUMNS)
        assert sheet.shape[0] == detections.LEGEND_HEIGHT + rows * (side + CAPTION)
        body = sheet[detections.LEGEND_HEIGHT :, : columns * side]
        centres = [
            body[row * (side + CAPTION) + side // 2, column * side + side // 2]
            for row in range(rows)
            for column in range(columns)
        ]
        assert sum(bool((centre != 255).any()) for centre in centres) == shown


def test_the_same_photos_are_drawn_again(tmp_path):
    for folder in ("a", "b"):
        draw(tmp_path / folder, tables(15))
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_worst_photos_come_first(tmp_path):
    draw(tmp_path, tables(15))
    ranked = pd.read_csv(tmp_path / "ranked.csv")
    assert len(ranked) == 15 and ranked["errors"].is_monotonic_decreasing
    same = ranked.groupby("errors")["image_id"]
    assert all(ids.is_monotonic_increasing for _, ids in same)


def test_detections_and_truth_are_drawn_in_the_colours_of_their_types():
    judged = one_photo([(0, 10, 10, 90, 90)], [(2, 110, 10, 190, 90, 0.9)])
    drawn = detections.draw(PHOTO, judged.objects, judged.detections)
    assert drawn.size == (detections.SIDE - 4, (detections.SIDE - 4) // 2)
    upper, lower, full, footwear = (has_colour(drawn, colour) for colour in TYPE_COLOURS)
    assert upper > 0 and full > 0 and lower == footwear == 0
    assert has_colour(drawn, "#ffffff") > 0, "the gaps between the dashes"
    assert PHOTO.getcolors() == [(200 * 100, (128, 128, 128))], "the photo itself is unchanged"


def test_boxes_at_and_beyond_the_edges_are_drawn():
    boxes = [(1, -50, -50, 500, 500, 0.9), (1, 199.9, 99.9, 200, 100, 0.8), (3, 5, 5, 5, 5, 0.7)]
    judged = one_photo([(0, 190, 90, 260, 130)], boxes)
    detections.draw(PHOTO, judged.objects, judged.detections)


def test_names_do_not_cover_each_other_where_there_is_room(monkeypatch):
    placed = []

    def keep(box, name, others, size):
        place = original(box, name, others, size)
        placed.append((place, size))
        return place

    original = detections._place
    monkeypatch.setattr(detections, "_place", keep)
    boxes = [(label, 40, 10, 160, 95, 0.9 - label / 10) for label in (0, 1, 2, 3)]
    judged = one_photo([(1, 20, 10, 60, 95)], boxes)
    detections.draw(PHOTO, judged.objects, judged.detections)
    assert len(placed) == 5
    for k, (a, size) in enumerate(placed):
        assert 0 <= a[0] < a[2] <= size[0] and 0 <= a[1] < a[3] <= size[1]
        assert not any(detections._overlap(a, b) for b, _ in placed[:k])


def test_a_photo_full_of_detections_still_gets_its_names():
    boxes = [(0, 10, 10, 60, 60, 0.9)] * 100
    judged = one_photo([], boxes)
    detections.draw(PHOTO, judged.objects, judged.detections)


def test_a_sheet_without_errors_says_so():
    judged = one_photo([(0, 10, 10, 90, 90)], [(0, 10, 10, 90, 90, 0.9)])
    shown = image_errors(pd.DataFrame({"image_id": [0]}), judged)
    sheet = detections.detections_sheet(shown, judged, lambda _: PHOTO)
    assert detections._counts([0, 0, 0]) == "no error"
    assert detections._counts([1, 0, 2]) == "1 missed, 2 false"
    assert has_colour(sheet, "#000000") > 0
