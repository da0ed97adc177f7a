import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fashion_hls.__main__ import main
from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import write_json, write_table
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import method_figures

N, CATEGORIES, ATTRIBUTES = 12, 3, 7
OPTIONS = {"seed": 3, "draws": 40, "level": 0.95}
FLAGS = ["--seed", "3", "--draws", "40"]


@pytest.fixture
def images() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"image_id": range(N), "file": [f"p/{i}.jpg" for i in range(N)]})
    table["split"] = ["test"] * (N - 2) + ["train"] * 2
    table["category"] = rng.integers(0, CATEGORIES, N)
    table["attributes"] = [sorted(rng.choice(ATTRIBUTES, 2, replace=False)) for _ in range(N)]
    # Two of the test images have no box of their own.
    boxes = np.tile([0.0, 0.0, 9.0, 9.0], (N, 1))
    boxes[:2] = np.nan
    return table.join(pd.DataFrame(boxes, columns=GT_BOX))


@pytest.fixture
def data(tmp_path: Path, images: pd.DataFrame) -> Path:
    folder = tmp_path / "benchmark"
    write_table(folder / "images.parquet", images)
    names = {"categories": ["a", "b", "c"], "category_types": [0, 1, 2]}
    labels = {"attributes": list("tuvwxyz"), "attribute_groups": ["g"] * ATTRIBUTES}
    write_json(folder / "vocabulary.json", names | labels)
    return folder


def predictions(images: pd.DataFrame, view: str) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    test = images.loc[images["split"] == "test", ["image_id"]].reset_index(drop=True)
    return test.assign(
        view=view,
        found=True,
        category_scores=list(rng.random((len(test), CATEGORIES))),
        attribute_scores=list(rng.random((len(test), ATTRIBUTES))),
    )


def write_lines(path: Path, rows: list[dict]) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def lines(path: Path, table: pd.DataFrame) -> Path:
    return write_lines(path, json.loads(table.to_json(orient="records", double_precision=15)))


def evaluated(data: Path, path: Path) -> dict:
    out = path.parent / "figures.json"
    main(["evaluate", "--predictions", str(path), "--data", str(data), *FLAGS, "--json", str(out)])
    return json.loads(out.read_text())["protocols"]


def test_figures_are_those_of_the_pipeline_s_own_evaluation(
    data: Path, images: pd.DataFrame, tmp_path: Path
) -> None:
    table = pd.concat([predictions(images, view) for view in ("whole_image", "end_to_end")])
    table = table.reset_index(drop=True)
    table.loc[13, "found"] = False
    write_table(tmp_path / "p.parquet", table)
    expected = method_figures(table, truth_of(images, "test", ATTRIBUTES), **OPTIONS)
    assert evaluated(data, tmp_path / "p.parquet") == json.loads(json.dumps(expected))
    assert evaluated(data, lines(tmp_path / "p.jsonl", table)) == expected


def test_an_image_may_be_named_by_its_file_and_fields_left_out(
    data: Path, images: pd.DataFrame, tmp_path: Path
) -> None:
    table = predictions(images, "whole_image")
    short = table[["category_scores", "attribute_scores"]].assign(file=images["file"])
    whole, brief = (lines(tmp_path / f"{i}.jsonl", t) for i, t in enumerate((table, short)))
    assert evaluated(data, whole) == evaluated(data, brief)


def test_a_field_may_be_missing_in_some_rows(
    data: Path, images: pd.DataFrame, tmp_path: Path
) -> None:
    table = predictions(images, "whole_image")
    table.loc[4, "found"] = False
    whole = lines(tmp_path / "whole.jsonl", table)
    rows = [json.loads(line) for line in whole.read_text().splitlines()]
    for number, row in enumerate(rows):
        if row["found"]:
            del row["found"]
        if number % 2:
            del row["view"]
        if number % 3 == 0:
            row["file"] = f"p/{row.pop('image_id')}.jpg"
    assert evaluated(data, write_lines(tmp_path / "brief.jsonl", rows)) == evaluated(data, whole)


def test_an_empty_table_is_refused(
    data: Path, images: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    write_table(tmp_path / "p.parquet", predictions(images, "retained").head(0))
    assert "holds no predictions" in refused(data, tmp_path / "p.parquet", capsys)


@pytest.mark.parametrize(
    ("dropped", "kept"), [("category_scores", "attributes"), ("attribute_scores", "category")]
)
def test_one_kind_of_scores_is_scored_alone(
    data: Path, images: pd.DataFrame, tmp_path: Path, dropped: str, kept: str
) -> None:
    table = predictions(images, "whole_image")
    both = evaluated(data, lines(tmp_path / "both.jsonl", table))["whole_image"]
    one = evaluated(data, lines(tmp_path / "one.jsonl", table.drop(columns=dropped)))["whole_image"]
    assert one[kept] == both[kept]
    assert {"category", "attributes"} - set(one) == {"category", "attributes"} - {kept}


def test_retained_chooses_images_and_gt_box_needs_those_with_a_box(
    data: Path, images: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    table = pd.concat([predictions(images, "retained").head(4), predictions(images, "gt_box")[2:]])
    reports = evaluated(data, lines(tmp_path / "p.jsonl", table.reset_index(drop=True)))
    assert {view: one["images"] for view, one in reports.items()} == {"retained": 4, "gt_box": 8}
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows] == ["protocol", "retained", "gt_box"]


WRONG = {
    "strange image": ({"image_id": 99}, "row 1: 99: no image of this split (1 such rows)"),
    "of another split": ({"image_id": N - 1}, f"row 1: {N - 1}: no image of this split"),
    "twice": ({"image_id": 1}, "row 2: this image and view stand in the file twice"),
    "view": ({"view": "crops"}, "row 1: view crops: choose from retained"),
    "found": ({"found": "yes"}, "row 1: found must be true or false"),
    "short": ({"category_scores": [1, 2]}, "row 1: category_scores: 3 finite numbers are needed"),
    "not finite": ({"attribute_scores": [None] * 7}, "row 1: attribute_scores: 7 finite numbers"),
    "no numbers": ({"attribute_scores": "many"}, "row 1: attribute_scores: 7 finite numbers"),
    "file of no name": ({"file": ["p/1.jpg"]}, "no image of this split"),
    "strange file": ({"file": "p/none.jpg"}, "row 1: p/none.jpg: no image of this split"),
    "two images": ({"file": "p/1.jpg"}, "row 1: image_id and file name two images"),
    "too large": ({"category_scores": [10**400, 0, 0]}, "row 1: category_scores: 3 finite numbers"),
    "no box": ({"view": "gt_box"}, "row 1: gt_box: image 0 has no box of its own (1 such rows)"),
    "other view": ({"view": "retained"}, "whole_image: 1 of 10 images are missing (image_id 0)"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_row_ends_in_one_line_that_names_it(
    data: Path, images: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture, case: str
) -> None:
    change, message = WRONG[case]
    path = lines(tmp_path / "p.jsonl", predictions(images, "whole_image"))
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    rows[0] |= change
    assert message in refused(data, write_lines(path, rows), capsys)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no predictions"),
        ("{", "line 1: is no JSON"),
        ("[" * 100_000, "line 1: is no JSON (nested too deep)"),
        ("[1]", "line 1: is no JSON object"),
        ('{"view": "retained"}', "no column category_scores or attribute_scores"),
        ('{"category_scores": [1, 2, 3]}', "row 1: has no image_id and no file"),
    ],
)
def test_a_wrong_file_ends_in_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture, text: str, message: str
) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text(text)
    assert message in refused(data, path, capsys)


@pytest.mark.parametrize(
    ("file", "change", "message"),
    [
        ("images.parquet", lambda t: t.drop(columns="split"), "no column split"),
        ("images.parquet", lambda t: t.drop(columns="file"), "no column file"),
        ("images.parquet", lambda t: t.drop(columns=GT_BOX[0]), f"no column {GT_BOX[0]}"),
        (
            "images.parquet",
            lambda t: t.assign(attributes=[None] * 2 + t["attributes"].tolist()[2:]),
            "row 1: attributes must be a list (2 such rows)",
        ),
        ("vocabulary.json", lambda v: v | {"categories": 3}, "categories must be a list"),
        ("vocabulary.json", lambda v: [v], "categories must be a list"),
        ("vocabulary.json", lambda v: {"categories": ["a"]}, "category_types must be a list"),
    ],
)
def test_a_damaged_set_ends_in_one_line(
    data: Path, images: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture, file: str,
    change: Callable[[Any], Any], message: str,
) -> None:  # fmt: skip
    place = data / file
    if place.suffix == ".json":
        write_json(place, change(json.loads(place.read_text())))
    else:
        write_table(place, change(images))
    path = lines(tmp_path / "p.jsonl", predictions(images, "whole_image"))
    said = refused(data, path, capsys)
    assert f"{place}: {message}" in said


def test_a_name_may_hold_what_unicode_calls_a_line_separator(
    data: Path, images: pd.DataFrame, tmp_path: Path
) -> None:
    named = images.assign(file=[f"p/{i}\u2028\x85.jpg" for i in range(N)])
    write_table(data / "images.parquet", named)
    table = predictions(named, "whole_image").assign(file=named["file"]).drop(columns="image_id")
    rows = json.loads(table.to_json(orient="records"))
    text = "\r\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    path = tmp_path / "p.jsonl"
    # As some editors save it, with a mark of its encoding before the first line.
    path.write_bytes(text.encode("utf-8-sig"))
    assert evaluated(data, path)["whole_image"]["images"] == N - 2


@pytest.mark.parametrize(("command", "option"), [("evaluate", "--json"), ("label-errors", "--csv")])
def test_outputs_are_refused_before_the_work(
    data: Path, images: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture,
    command: str, option: str,
) -> None:  # fmt: skip
    path = tmp_path / "p.parquet"
    write_table(path, predictions(images, "whole_image"))
    (tmp_path / "folder").mkdir()
    outs = {
        tmp_path / "folder": "is a folder; name a file",
        tmp_path / "folder" / ".." / "p.parquet": "is a file that is read; name another",
        data / "images.parquet": "is a file that is read; name another",
        path / "out": "",
    }
    before = path.read_bytes()
    for out, message in outs.items():
        with pytest.raises(SystemExit) as ended:
            main([command, "--predictions", str(path), "--data", str(data), option, str(out)])
        assert ended.value.code == 2
        shown = capsys.readouterr()
        assert f"{out}: {message}" in shown.err
        assert shown.err.count("\n") == 1
        assert not shown.out
    assert path.read_bytes() == before


def test_both_lists_of_label_errors_are_refused_before_the_work(
    data: Path, images: pd.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    path = tmp_path / "p.parquet"
    write_table(path, predictions(images, "whole_image"))
    (tmp_path / "list_attributes.csv").mkdir()
    asked = ["--predictions", str(path), "--data", str(data), "--attributes"]
    with pytest.raises(SystemExit):
        main(["label-errors", *asked, "--csv", str(tmp_path / "list.csv")])
    assert "list_attributes.csv: is a folder" in capsys.readouterr().err
    assert not (tmp_path / "list.csv").exists()


@pytest.mark.parametrize("option", ["--predictions", "--data", "--json", "--ensemble"])
def test_an_empty_name_is_refused(option: str, capsys: pytest.CaptureFixture) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "--predictions", "p.parquet", option, ""])
    assert ended.value.code == 2
    assert f"argument {option}: is empty" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.jsonl", "missing.parquet", "binary.jsonl", "b.parquet"])
def test_an_unreadable_file_ends_in_one_line(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture, name: str
) -> None:
    if not name.startswith("missing"):
        (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    assert name in refused(data, tmp_path / name, capsys)


def refused(data: Path, path: Path, capsys: pytest.CaptureFixture) -> str:
    """The one line that a refused file prints."""
    with pytest.raises(SystemExit) as ended:
        main(["evaluate", "--predictions", str(path), "--data", str(data), *FLAGS])
    assert ended.value.code == 2
    message: str = capsys.readouterr().err
    assert message.count("\n") == 1
    return message
