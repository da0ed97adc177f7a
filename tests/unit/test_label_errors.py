import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.__main__ import main
from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import write_json, write_table

NAN = float("nan")
CATEGORY = ["image_id", "file", "given", "suggested", "given_probability", "suggested_probability"]
ATTRIBUTE = ["image_id", "file", "given", "attribute", "score"]
#: The cases of tests/unit/metrics/test_confident.py: images 2 and 5 look mislabelled.
SCORES = [
    [0.9, 0.1, 0.0],
    [0.7, 0.2, 0.1],
    [0.2, 0.8, 0.0],
    [0.1, 0.8, 0.1],
    [0.3, 0.6, 0.1],
    [0.65, 0.3, 0.05],
    [0.0, 0.4, 0.6],
]
N = len(SCORES)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "set"
    images = pd.DataFrame({"image_id": range(N), "file": [f"p/00{i}" for i in range(N)]})
    images = images.assign(split="test", category=[0, 0, 0, 1, 1, 1, 2])
    images["attributes"] = [[0], [0, 1], [], [1], [0, 1], [0], [1]]
    write_table(folder / "images.parquet", images.join(pd.DataFrame(NAN, range(N), GT_BOX)))
    labels = {"attributes": ["long", "red"], "attribute_groups": ["g", "g"]}
    names = {"categories": ["Tee", "Dress", "Skirt"], "category_types": [0, 2, 1]}
    write_json(folder / "vocabulary.json", names | labels)
    return folder


def predictions(view: str = "whole_image") -> pd.DataFrame:
    table = pd.DataFrame({"image_id": range(N), "view": view, "found": True})
    table["category_scores"] = SCORES
    # Image 1 is red by its label and hardly by its score; image 2 is neither, and looks long.
    table["attribute_scores"] = [[0.9, 0.2], [0.8, 0.05], [0.7, 0.1], *[[0.5, 0.4]] * (N - 3)]
    return table


def listed(data: Path, table: pd.DataFrame, *flags: str) -> pd.DataFrame:
    path, out = data.parent / "p.parquet", data.parent / "out.csv"
    write_table(path, table)
    main(
        ["label-errors", "--predictions", str(path), "--data", str(data), "--csv", str(out), *flags]
    )
    return pd.read_csv(out)


def test_the_most_probable_errors_come_first(data: Path, capsys: pytest.CaptureFixture) -> None:
    table = listed(data, predictions())
    assert table.columns.tolist() == CATEGORY
    rows = table.to_numpy().tolist()
    assert rows == [[2, "p/002", "Tee", "Dress", 0.2, 0.8], [5, "p/005", "Dress", "Tee", 0.3, 0.65]]
    printed = capsys.readouterr()
    assert (
        "whole_image: 2 of 7 category labels are probably wrong (about 2 expected)" in printed.out
    )
    assert f"test split of {data}" in printed.out and "| p/002  | Tee     | Dress" in printed.out
    assert printed.err == ""


def test_a_limit_holds_on_the_terminal_and_not_in_the_file(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    assert len(listed(data, predictions(), "--limit", "1")) == 2
    out = capsys.readouterr().out
    assert "p/002" in out and "p/005" not in out and "… and 1 more" in out


def test_an_image_without_a_crop_is_left_out_and_counted(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    table = predictions()
    table.loc[2, "found"] = False
    # Without it Tee's threshold is 0.8, which image 5 does not reach: it is unsure.
    assert listed(data, table).empty
    assert "0 of 6 category labels" in (out := capsys.readouterr().out)
    assert "1 more without a crop" in out


def test_the_view_is_the_asked_one_or_whole_images(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    other = predictions("end_to_end")
    other["category_scores"] = [list(np.eye(3)[label]) for label in [0, 0, 0, 1, 1, 1, 2]]
    both = pd.concat([other, predictions()], ignore_index=True)
    assert len(listed(data, both)) == 2
    assert listed(data, both, "--view", "end_to_end").empty
    capsys.readouterr()
    assert listed(data, other).empty
    assert "end_to_end: 0 of 7" in capsys.readouterr().out


def test_attributes_by_the_score_that_contradicts_most(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    listed(data, predictions(), "--attributes")
    table = pd.read_csv(data.parent / "out_attributes.csv")
    assert table.columns.tolist() == ATTRIBUTE
    positives, negatives = (table[table["given"] == given] for given in ("yes", "no"))
    assert positives.iloc[0].tolist() == [1, "p/001", "yes", "red", 0.05]
    assert positives["score"].is_monotonic_increasing
    # One row an image: of image 4, which has both, the lower score's; image 2 has none.
    assert sorted(positives["image_id"]) == [0, 1, 3, 4, 5, 6]
    assert positives.set_index("image_id")["attribute"][4] == "red"
    assert negatives.iloc[0].tolist() == [2, "p/002", "no", "long", 0.7]
    assert negatives["score"].is_monotonic_decreasing
    assert sorted(negatives["image_id"]) == [0, 2, 3, 5, 6]
    assert "the image has not, most doubtful first" in capsys.readouterr().out


def test_the_split_that_was_trained_on_is_warned_of(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    images = pd.read_parquet(data / "images.parquet").assign(split="train")
    write_table(data / "images.parquet", images)
    assert len(listed(data, predictions(), "--split", "train")) == 2
    printed = capsys.readouterr()
    assert f"train split of {data}" in printed.out
    assert "warning: the train split is what networks are trained on" in printed.err


@pytest.mark.parametrize(
    ("change", "flags", "message"),
    [
        ({"category_scores": [[2.0, 1.0, 0.0]] * N}, [], "image 0: category_scores are no prob"),
        ({"category_scores": [[1.5, -0.5, 0.0]] * N}, [], "(0 or more, with sum 1; 7 such rows)"),
        ({"category_scores": None}, [], "no column category_scores"),
        ({"attribute_scores": None}, ["--attributes"], "no column attribute_scores"),
        ({"found": False}, [], "whole_image: no image has a crop"),
        ({}, ["--view", "retained"], "has no row of retained; it has whole_image"),
        ({}, ["--limit", "0"], "--limit must be 1 or more"),
        ({}, ["--split", "val"], "no image of this split"),
    ],
)
def test_what_cannot_be_judged_ends_in_one_line(
    data: Path, capsys: pytest.CaptureFixture, change: dict, flags: list[str], message: str
) -> None:
    table = predictions().assign(**change)
    table = table.drop(columns=[name for name, value in change.items() if value is None])
    with pytest.raises(SystemExit) as ended:
        listed(data, table, *flags)
    error = capsys.readouterr().err
    assert ended.value.code == 2 and message in error and error.count("\n") == 1


def test_a_label_of_the_set_outside_its_vocabulary_is_refused(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    vocabulary = json.loads((data / "vocabulary.json").read_text())
    for kind in ("categories", "category_types"):
        vocabulary[kind] = vocabulary[kind][:2]
    write_json(data / "vocabulary.json", vocabulary)
    with pytest.raises(SystemExit):
        listed(data, predictions())
    assert "images.parquet: row 7: category 2: the vocabulary has 0 to 1" in capsys.readouterr().err
