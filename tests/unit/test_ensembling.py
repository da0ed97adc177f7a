import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.__main__ import main
from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import write_json, write_table
from fashion_hls.ensembling import mean_of, with_view
from fashion_hls.scoring import load_predictions

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


def recall1(content: dict) -> float:
    value: float = content["protocols"]["retained"]["attributes"]["recall@1"]["value"]
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


def test_both_kinds_of_scores_are_means(data: Path, tmp_path: Path) -> None:
    first, second = rows("retained", TRUTH), rows("retained", TRUTH)
    # Attributes of the four images are x, y, x, y.
    first["attribute_scores"] = [[0.9, 0.2]] * 4
    second["attribute_scores"] = [[0.3, 0.6]] * 2 + [[0.9, 0.2], [0.0, 0.95]]
    paths = [written(tmp_path / f"{n}.parquet", t) for n, t in enumerate((first, second))]
    alone = [recall1(evaluate(data, path)) for path in paths]
    assert alone == [0.5, 0.75]
    # Means: (0.6, 0.4), (0.6, 0.4), (0.9, 0.2), (0.45, 0.575): y of image 1 alone is missed.
    assert recall1(evaluate(data, paths[0], "--ensemble", paths[1])) == 0.75


def test_means_are_those_of_the_scores(data: Path, tmp_path: Path) -> None:
    draw = np.random.default_rng(3)
    tables = []
    for _ in range(3):
        parts = [rows("retained", TRUTH), rows("whole_image", TRUTH)]
        for part in parts:
            part["category_scores"] = list(draw.dirichlet(np.ones(3), 4))
            part["attribute_scores"] = list(draw.random((4, 2)))
        tables.append(pd.concat(parts, ignore_index=True))
    paths = [written(tmp_path / f"{n}.parquet", table) for n, table in enumerate(tables)]
    loaded = [load_predictions(path, data, "test") for path in paths]
    both = [with_view(one, "whole_image", path) for one, path in zip(loaded, paths, strict=True)]
    mean = mean_of(both, paths).table.set_index(["view", "image_id"])
    for field in ("category_scores", "attribute_scores"):
        crops, photos = (
            np.mean([np.stack(t.loc[t["view"] == view, field].tolist()) for t in tables], axis=0)
            for view in ("retained", "whole_image")
        )
        told = np.stack(mean.loc["retained", field].tolist())
        np.testing.assert_allclose(told, (crops + photos) / 2)
        np.testing.assert_allclose(np.stack(mean.loc["whole_image", field].tolist()), photos)


def test_the_order_of_rows_does_not_count(data: Path, tmp_path: Path) -> None:
    path = written(tmp_path / "a.parquet", rows("retained", [0, 1, 1, 2]))
    other = rows("retained", [0, 0, 2, 2], 0.9)
    there, back = (
        written(tmp_path / f"{name}.parquet", other.iloc[order])
        for name, order in (("there", [0, 1, 2, 3]), ("back", [2, 0, 3, 1]))
    )
    said = [evaluate(data, path, "--ensemble", one)["protocols"] for one in (there, back)]
    assert said[0] == said[1]
    assert top1(evaluate(data, path, "--ensemble", there)) == 0.5


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


def test_every_file_s_crops_are_averaged_with_its_photos(data: Path, tmp_path: Path) -> None:
    # Of each file, the photo alone is right, and surer than the crop: one of them is not enough.
    files = []
    for name in "abc":
        tables = rows("retained", [1, 2, 0, 1], 0.8), rows("whole_image", TRUTH, 0.99)
        files.append(written(tmp_path / f"{name}.parquet", *tables))
    both = evaluate(data, files[0], "--ensemble", *files[1:], "--with-view", "whole_image")
    assert top1(both) == 1


def test_ensemble_may_be_said_several_times(data: Path, tmp_path: Path) -> None:
    files = [written(tmp_path / f"{n}.parquet", rows("retained", TRUTH)) for n in "abc"]
    said = evaluate(data, files[0], "--ensemble", files[1], "--ensemble", files[2])
    assert said["ensemble"] == [str(file) for file in files[1:]]


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


@pytest.mark.parametrize(
    ("field", "scores", "message"),
    [
        ("category_scores", [2.0, -1.0, 0.0], "category_scores are no probabilities (0 to 1, with"),
        ("category_scores", [0.2, 0.2, 0.2], "sum 1; 1 such rows)"),
        ("attribute_scores", [3.0, -2.0], "attribute_scores are no probabilities (0 to 1, 1 such"),
    ],
)
def test_scores_on_another_scale_are_not_averaged(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture, field: str, scores: list[float],
    message: str,
) -> None:  # fmt: skip
    good, table = rows("retained", TRUTH), rows("retained", TRUTH)
    table.at[2, field] = np.array(scores)
    path, other = written(tmp_path / "a.parquet", good), written(tmp_path / "b.parquet", table)
    said = refused(data, path, capsys, "--ensemble", other)
    assert f"{other}: retained, image 2: " in said
    assert message in said
    both = written(tmp_path / "both.parquet", table, rows("whole_image", TRUTH))
    assert message in refused(data, both, capsys, "--with-view", "whole_image")
    # Alone they are ranked, and need not be probabilities.
    evaluate(data, other)


def test_a_file_named_twice_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = written(tmp_path / "a.parquet", rows("retained", TRUTH))
    same = path.parent / "other" / ".." / path.name
    same.parent.parent.mkdir()
    assert "a file is named twice" in refused(data, path, capsys, "--ensemble", same)


def test_a_view_that_the_file_lacks_is_refused(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = written(
        tmp_path / "a.parquet", rows("whole_image", TRUTH), rows("retained", TRUTH, images=3)
    )
    said = refused(data, path, capsys, "--with-view", "photo")
    assert "no row of view photo; it has retained, whole_image" in said
    said = refused(data, path, capsys, "--with-view", "retained")
    assert "view retained lacks 1 images that other views have (image_id 3)" in said
    alone = written(tmp_path / "b.parquet", rows("whole_image", TRUTH))
    said = refused(data, alone, capsys, "--with-view", "whole_image")
    assert "has rows of whole_image alone" in said
