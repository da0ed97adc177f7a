import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.__main__ import main
from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import write_json, write_table

TRUTH = [0, 1, 2, 0]
ATTRIBUTES = [[0], [1], [0], [1]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "benchmark"
    table = pd.DataFrame({"image_id": range(4), "file": [f"{i}.jpg" for i in range(4)]})
    table = table.assign(split="test", category=TRUTH, attributes=ATTRIBUTES)
    write_table(folder / "images.parquet", table.assign(**dict.fromkeys(GT_BOX, np.nan)))
    names = {"categories": ["a", "b", "c"], "category_types": [0, 1, 2]}
    write_json(
        folder / "vocabulary.json",
        names | {"attributes": ["x", "y"], "attribute_groups": ["g"] * 2},
    )
    return folder


def rows(view: str, said: list[int], sure: float = 0.6, images: int = 4) -> pd.DataFrame:
    """Predictions that give ``said`` the probability ``sure``."""
    scores = np.full((images, 3), (1 - sure) / 2)
    scores[range(images), said[:images]] = sure
    table = pd.DataFrame({"image_id": range(images), "view": view, "found": True})
    table["category_scores"] = list(scores)
    table["attribute_scores"] = [[0.9, 0.1] if 0 in own else [0.1, 0.9] for own in ATTRIBUTES][
        :images
    ]
    return table


def written(path: Path, *tables: pd.DataFrame) -> Path:
    write_table(path, pd.concat(tables, ignore_index=True))
    return path


def evaluate(data: Path, path: Path, *flags: str | Path) -> dict:
    out = path.parent / "figures.json"
    asked = ["--predictions", path, "--data", data, "--draws", "20", "--json", out, *flags]
    main(["evaluate", *map(str, asked)])
    content: dict = json.loads(out.read_text())
    return content


def top1(content: dict, view: str = "retained") -> float:
    value: float = content["protocols"][view]["category"]["top1"]["value"]
    return value


def test_the_mean_of_files_may_be_right_where_each_is_wrong(data: Path, tmp_path: Path) -> None:
    # The one is wrong and unsure of images 0 and 1, the other of 2 and 3; else they are sure.
    halves = []
    for name, wrong in (("a", [1, 2, 2, 0]), ("b", [0, 1, 1, 2])):
        unsure, sure = rows("retained", wrong, 0.4), rows("retained", wrong, 0.9)
        right = np.array(wrong) == np.array(TRUTH)
        halves.append(written(tmp_path / f"{name}.parquet", unsure[~right], sure[right]))
    first, second = halves
    assert top1(evaluate(data, first)) == top1(evaluate(data, second)) == 0.5
    both = evaluate(data, first, "--ensemble", second)
    assert top1(both) == 1
    assert both["ensemble"] == [str(second)]
    assert top1(evaluate(data, second, "--ensemble", first)) == 1


def test_a_file_with_itself_has_its_own_figures(data: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", rows("retained", [0, 1, 1, 2]))
    alone, thrice = evaluate(data, path), evaluate(data, path, "--ensemble", path, path)
    assert thrice["protocols"] == alone["protocols"]


def test_a_crop_s_scores_are_averaged_with_its_photo_s(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    crops = rows("retained", [1, 1, 2, 2], 0.4, images=3)
    path = written(tmp_path / "a.parquet", crops, rows("whole_image", [0, 1, 2, 1], 0.9))
    assert top1(evaluate(data, path)) == pytest.approx(2 / 3)
    both = evaluate(data, path, "--with-view", "whole_image")
    assert top1(both) == 1
    # The view's own rows stay as they are.
    assert top1(both, "whole_image") == top1(evaluate(data, path), "whole_image") == 0.75
    assert both["with_view"] == "whole_image"
    assert "averaged with its image's in whole_image" in capsys.readouterr().out


def test_without_a_crop_in_either_view_a_row_keeps_its_scores(data: Path, tmp_path: Path) -> None:
    crops, photos = rows("end_to_end", TRUTH, 0.6), rows("whole_image", [1, 2, 0, 1], 0.9)
    # Image 0 has no crop and stays wrong; image 1 has no photo and stays right.
    crops.loc[0, "found"] = photos.loc[1, "found"] = False
    path = written(tmp_path / "a.parquet", crops, photos)
    assert top1(evaluate(data, path), "end_to_end") == 0.75
    assert top1(evaluate(data, path, "--with-view", "whole_image"), "end_to_end") == 0.25


def test_views_are_averaged_before_files(data: Path, tmp_path: Path) -> None:
    files = []
    for name in "ab":
        tables = rows("retained", [1, 1, 2, 0], 0.4), rows("whole_image", TRUTH, 0.9)
        files.append(written(tmp_path / f"{name}.parquet", *tables))
    both = evaluate(data, files[0], "--ensemble", files[1], "--with-view", "whole_image")
    assert top1(both) == 1


def refused(data: Path, path: Path, capsys: pytest.CaptureFixture, *flags: str | Path) -> str:
    with pytest.raises(SystemExit) as ended:
        evaluate(data, path, *flags)
    assert ended.value.code == 2
    message: str = capsys.readouterr().err
    assert message.count("\n") == 1
    return message


def test_files_of_other_crops_are_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = written(tmp_path / "a.parquet", rows("retained", TRUTH))
    fewer = written(tmp_path / "b.parquet", rows("retained", TRUTH, images=2))
    said = refused(data, path, capsys, "--ensemble", fewer)
    assert f"{fewer}: no row of retained, image 2, which {path} has (2 such rows)" in said
    said = refused(data, fewer, capsys, "--ensemble", path)
    assert f"{fewer}: no row of retained, image 2" in said
    lost = rows("retained", TRUTH)
    lost.loc[1, "found"] = False
    other = written(tmp_path / "c.parquet", lost)
    said = refused(data, path, capsys, "--ensemble", other)
    assert f"{other}: retained, image 1: found is not that of {path} (1 such rows)" in said
    short = written(tmp_path / "d.parquet", rows("retained", TRUTH).drop(columns="category_scores"))
    said = refused(data, path, capsys, "--ensemble", short)
    assert f"{short}: has scores of attributes, {path} of category and attributes" in said


def test_a_view_that_the_file_lacks_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = written(
        tmp_path / "a.parquet", rows("whole_image", TRUTH), rows("retained", TRUTH, images=3)
    )
    assert "no row of view photo" in refused(data, path, capsys, "--with-view", "photo")
    said = refused(data, path, capsys, "--with-view", "retained")
    assert "view retained: 1 images of other views are missing in it (image_id 3)" in said
