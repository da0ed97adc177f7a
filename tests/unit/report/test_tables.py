import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.metrics.classification import Predictions, compare, evaluate
from fashion_hls.metrics.coco import coco_evaluate, coco_intervals
from fashion_hls.report.render import Table, as_markdown, write_table
from fashion_hls.report.table7 import table7
from fashion_hls.report.tables import table1, table4

PAPER = {
    number: json.loads(
        (Path(__file__).parents[3] / "metrics" / "paper" / f"table{number}.json").read_text(
            encoding="utf-8"
        )
    )
    for number in (1, 4, 7)
}
SAMPLE = "sample (generated drawings)"
HEAD = {
    "dataset": "sample",
    "dataset_title": SAMPLE,
    "split": "test",
    "seed": 1,
    "weights": "ImageNet",
}


def detection_metrics(images=40, **head):
    """Metrics of a detector that finds the first of every two objects."""
    photos = pd.DataFrame({"image_id": range(images), "width": 90, "height": 90})
    objects = photos[["image_id"]].assign(label=0, x1=5.0, y1=5.0, x2=80.0, y2=80.0)
    detections = objects[::2].assign(score=0.9)
    tables = (photos, objects, detections, ["upper-body"])
    intervals = coco_intervals(*tables, seed=1, draws=40)
    return {**HEAD, **head, "figures": coco_evaluate(*tables), "intervals": intervals}


def drawn(images, seed):
    rng = np.random.default_rng(seed)
    return Predictions(rng.random((images, 9)), rng.random((images, 12)))


def truth(images):
    rng = np.random.default_rng(0)
    return rng.integers(0, 9, images), rng.random((images, 12)) < 0.3, np.ones(images, dtype=bool)


def report(images, seed):
    category, positives, found = truth(images)
    scores = drawn(images, seed)
    return evaluate(
        scores.category, category, scores.attributes, positives, found, seed=1, draws=40
    )


def classifier_metrics(protocols, seed, stl_seed=None):
    """``protocols``: protocol -> number of images."""
    reports = {protocol: report(images, seed) for protocol, images in protocols.items()}
    if stl_seed is not None:
        for protocol, images in protocols.items():
            reports[protocol]["difference_to_stl"] = compare(
                drawn(images, seed), drawn(images, stl_seed), *truth(images), seed=1, draws=40
            )
    return {**HEAD, "backbone": "lite0", "protocols": reports}


def baseline_metrics(protocols):
    names = ("frequencies", "frequencies_given_true_category")
    return {
        **HEAD,
        "protocols": {
            protocol: {name: report(images, 5) for name in names}
            for protocol, images in protocols.items()
        },
    }


PROTOCOLS = {"whole_image": 60, "retained": 50, "end_to_end": 60}


@pytest.fixture(scope="module")
def seventh():
    runs = {
        "stl": classifier_metrics(PROTOCOLS, 1),
        "stl_hls": classifier_metrics(PROTOCOLS, 2, stl_seed=1),
    }
    return table7(PAPER[7], runs, baseline_metrics(PROTOCOLS))


def ours(table):
    return table.rows[table.rows["source"] == "this run"].reset_index(drop=True)


def test_table1_sets_the_runs_counts_beside_the_mapping():
    counts = {
        "upper-body": {"vest": {"train": 7, "val": 2, "test": 1}},
        "footwear": {"boots": {"train": 3, "val": 0, "test": 0}},
    }
    table = table1(PAPER[1], counts, SAMPLE)
    run = ours(table)
    assert run["category"].tolist() == ["vest", "boots"]
    assert run["object_type"].tolist() == ["upper-body", "footwear"]
    assert run[["train", "val", "test", "n"]].to_numpy().tolist() == [[7, 2, 1, 10], [3, 0, 0, 3]]
    published = table.rows[table.rows["source"] == "paper"]
    assert published["dataset"].tolist() == ["DeepFashion2", "Mallzee"] * 3 + ["Mallzee"]
    assert published["category"].tolist()[2] == "Shorts, Trousers, Skirt"
    assert published["n"].isna().all()


def test_table4_has_the_papers_rows_and_the_runs():
    table = table4(PAPER[4], {"faster_rcnn": detection_metrics()})
    published = table.rows[table.rows["source"] == "paper"]
    assert published["faster_rcnn"].tolist() == [73.0, 83.7, 73.9, 84.2, 80.6, 85.8]
    run = ours(table).dropna(subset="n").set_index("metric")
    assert run.loc["AR@100", "faster_rcnn"] == pytest.approx(50)
    assert set(run["training"]) == set(run["evaluation"]) == {SAMPLE}
    assert set(run["n"]) == {40}
    assert run.loc["AR@100", "faster_rcnn_low"] < 50 < run.loc["AR@100", "faster_rcnn_high"]
    assert published["faster_rcnn_low"].isna().all()
    assert list(table.figures) == ["faster_rcnn", "efficientdet_d1", "efficientdet_d2", "centernet"]


def test_table4_says_what_was_not_run():
    run = ours(table4(PAPER[4], {"faster_rcnn": detection_metrics()}))
    measured = run[run["n"].notna()]
    assert set(measured["remark"]) == {"not run: EfficientDet-D1, EfficientDet-D2, CenterNet"}
    absent = run[run["n"].isna()]
    assert absent["metric"].tolist() == ["mAP", "AR@100"]
    assert absent["faster_rcnn"].isna().all()
    assert set(absent["remark"]) == {"not run: this profile has no catalogue with boxes"}


def test_table4_has_a_row_of_its_own_for_the_detectors_of_a_catalogue():
    title = f"{SAMPLE}, catalogue"
    shop = {"faster_rcnn": detection_metrics(images=30, dataset_title=title)}
    asked = {"faster_rcnn": shop["faster_rcnn"] | {"training_title": SAMPLE}}
    run = ours(table4(PAPER[4], {"faster_rcnn": detection_metrics()}, shop, asked))
    assert run["n"].tolist() == [40, 40, 30, 30, 30, 30]
    assert run["training"].tolist() == [SAMPLE] * 4 + [title] * 2
    assert run["evaluation"].tolist() == [SAMPLE] * 2 + [title] * 4


def test_table4_says_which_detectors_began_without_pretrained_weights():
    runs = {"faster_rcnn": detection_metrics(), "centernet": detection_metrics(weights=None)}
    run = ours(table4(PAPER[4], runs)).dropna(subset="n")
    assert set(run["remark"]) == {
        "not run: EfficientDet-D1, EfficientDet-D2; backbone not pretrained: CenterNet"
    }


def test_table4_detectors_share_a_row_only_on_the_same_images():
    names = {"faster_rcnn": "Faster R-CNN", "centernet": "CenterNet", "new": "New"}
    one, other = detection_metrics(), detection_metrics(split="val")
    runs = {"faster_rcnn": one, "centernet": one, "new": other}
    table = table4(PAPER[4], runs, detectors=names)
    assert table.rows["centernet"].tolist()[:2] == [75.6, 86.9]
    assert table.rows["new"].isna().tolist()[:6] == [True] * 6
    run = ours(table).dropna(subset="n")
    assert run["split"].tolist() == ["test", "test", "val", "val"]
    assert (
        run[list(names)].isna().to_numpy().tolist()
        == [[False, False, True]] * 2 + [[True, True, False]] * 2
    )


def test_table4_refuses_a_detector_without_a_column():
    with pytest.raises(ValueError, match="yolo"):
        table4(PAPER[4], {"yolo": detection_metrics()})


def test_table7_orders_protocols_and_methods(seventh):
    assert seventh.rows["source"].tolist() == ["paper"] * 11 + ["this run"] * 15
    run = ours(seventh)
    assert run["protocol"].drop_duplicates().tolist() == ["retained", "end_to_end", "whole_image"]
    assert run["method"].tolist()[:5] == [
        "Label frequencies of the training set",
        "Label frequencies given the true category (oracle)",
        "Baseline STL",
        "STL w/ HLS",
        "STL w/ HLS less Baseline STL",
    ]
    assert run["n"].tolist() == [50] * 5 + [60] * 10


def test_table7_keeps_full_precision_in_percent(seventh):
    figure = report(50, 1)["attributes"]["altered_recall@5"]
    row = ours(seventh).loc[2]
    assert row["altered_recall@5"] == 100 * figure["value"]
    assert row["altered_recall@5_low"] == 100 * figure["low"]
    assert row["altered_recall@5_high"] == 100 * figure["high"]


def test_table7_difference_is_that_of_the_rows(seventh):
    stl, hls, less = (ours(seventh).loc[i, "category_top3"] for i in (2, 3, 4))
    assert less == pytest.approx(hls - stl)


def test_table7_oracle_has_no_category_figure(seventh):
    oracle = ours(seventh).loc[1]
    assert oracle[["category_top3", "category_top5", "category_top3_low"]].isna().all()
    assert not oracle[["recall@3", "altered_recall@5"]].isna().any()


def test_table7_refuses_unknown_protocols():
    with pytest.raises(ValueError, match="thumb"):
        table7(PAPER[7], {"stl": classifier_metrics({"thumb": 30}, 1)}, baseline_metrics({}))


def test_nothing_of_another_dataset_is_named_deepfashion(seventh):
    """Neither in the rows nor, but for the paper's, anywhere in the Markdown table."""
    fourth = table4(PAPER[4], {"faster_rcnn": detection_metrics()})
    for table in (seventh, fourth):
        assert set(ours(table)["dataset"]) == {SAMPLE}
        rows = [line for line in as_markdown([table]).splitlines() if "this run" in line]
        assert len(rows) == len(ours(table))
        assert all(SAMPLE in line and "DeepFashion" not in line for line in rows)


def test_every_row_says_where_it_is_from(seventh):
    tables = [
        table1(PAPER[1], {"upper-body": {"vest": {"train": 1, "val": 1, "test": 1}}}, SAMPLE),
        table4(PAPER[4], {"faster_rcnn": detection_metrics()}),
        seventh,
    ]
    for table in tables:
        assert not table.rows[["source", "dataset", "protocol"]].isna().any(axis=None)
        run = ours(table)
        if table.figures:
            # A row that was not run has neither figure nor split.
            run = run.dropna(subset=list(table.figures), how="all")
        assert len(run) and not run[["split", "n"]].isna().any(axis=None)


def test_written_forms_agree(tmp_path, seventh):
    write_table(tmp_path / "new", seventh)
    files = {path.suffix: path.read_text(encoding="utf-8") for path in (tmp_path / "new").iterdir()}
    assert files.keys() == {".json", ".csv", ".md"}
    exact = json.loads(files[".json"])["rows"]
    rounded = list(csv.DictReader(files[".csv"].splitlines()))
    assert len(exact) == len(rounded) == len(seventh.rows)
    assert exact[13]["recall@3"] == seventh.rows.loc[13, "recall@3"]
    assert exact[13]["recall@3"] != float(rounded[13]["recall@3"])
    for full, short in zip(exact, rounded, strict=True):
        assert full.keys() == short.keys()
        value, low, high = (full[f"recall@3{end}"] for end in ("", "_low", "_high"))
        assert (value is None) == (short["recall@3"] == "")
        if low is not None:
            assert float(short["recall@3_low"]) == pytest.approx(low, abs=0.0051)
            assert f"{value:.2f} [{low:.1f}, {high:.1f}]" in files[".md"]
    assert "| 93.99 " in files[".md"]
    columns = list(rounded[0])
    at = columns.index("recall@3")
    assert columns[at : at + 3] == ["recall@3", "recall@3_low", "recall@3_high"]


def test_figures_of_few_images_are_not_printed(tmp_path):
    runs = {"stl": classifier_metrics({"retained": 29, "end_to_end": 30}, 1)}
    table = table7(PAPER[7], runs, baseline_metrics({}))
    write_table(tmp_path, table)
    lines = (tmp_path / "table7.md").read_text(encoding="utf-8").splitlines()
    few, enough = (line for line in lines if "this run" in line)
    assert few.count("—") == 8
    assert "—" not in enough
    assert any("n<30" in line for line in lines)
    rows = list(csv.DictReader((tmp_path / "table7.csv").read_text().splitlines()))
    assert (rows[-2]["recall@3"], rows[-2]["recall@3_low"]) == ("", "")
    assert rows[-1]["recall@3"] != ""
    exact = json.loads((tmp_path / "table7.json").read_text(encoding="utf-8"))["rows"]
    assert exact[-2]["recall@3"] == 100 * report(29, 1)["attributes"]["recall@3"]["value"]


def test_markdown_of_several_tables():
    rows = pd.DataFrame({"source": ["paper"], "n": pd.array([None], dtype="Int64"), "x": [1.0]})
    tables = [
        Table(number=number, title=f"Title {number}", rows=rows, figures={"x": "X"}, notes=["Why."])
        for number in (4, 7)
    ]
    text = as_markdown(tables)
    assert [line for line in text.splitlines() if line.startswith("#")] == [
        "## Table 4: Title 4 (percent)",
        "## Table 7: Title 7 (percent)",
    ]
    assert text.count("| paper    | —   | 1.00 |") == 2
    assert text.count("- Why.") == 2


def test_writing_twice_gives_the_same_bytes(tmp_path, seventh):
    for folder in ("a", "b"):
        write_table(tmp_path / folder, seventh)
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_table7_has_the_published_methods_with_their_altered_recall_and_this_runs():
    """The altered recall is what the paper prints in parentheses."""
    runs = {m: classifier_metrics({"retained": 40}, 1) for m in ("stl", "stl_hls", "mtl_rnn_va")}
    table = table7(PAPER[7], runs, baseline_metrics({"retained": 40}))
    published = table.rows[table.rows["source"] == "paper"].set_index("method")
    altered = published[["recall@3", "altered_recall@3", "recall@5", "altered_recall@5"]]
    assert altered.loc["Baseline STL"].tolist() == [34.71, 65.79, 43.90, 73.57]
    assert altered.loc["STL w/ HLS"].tolist() == [36.20, 66.19, 45.62, 73.73]
    assert altered.loc["MTL w/ RNN + VA"].tolist() == [26.85, 53.01, 35.22, 66.40]
    own = ours(table).set_index("method")
    assert {"Baseline STL", "STL w/ HLS", "MTL w/ RNN + VA"} <= set(own.index)
    assert own.loc["MTL w/ RNN + VA", "altered_recall@5"] > 0
    assert any("prints in parentheses" in note for note in table.notes)
