"""Tables 2, 3, 5 and 6: the paper's rows, this run's, and why a cell is empty."""

import json
from pathlib import Path

import pandas as pd
import pytest

from fashion_hls.report.catalogue_tables import ShopRuns, table5, table6
from fashion_hls.report.dataset_tables import MOST_NAMES, table2, table3
from fashion_hls.report.render import as_markdown

PAPER = Path(__file__).parents[3] / "metrics" / "paper"
TITLE = "sample (generated drawings)"


def paper(number):
    return json.loads((PAPER / f"table{number}.json").read_text(encoding="utf-8"))


def figure(value):
    return {"value": value, "low": value - 0.05, "high": value + 0.05}


def run(**protocols):
    return {
        "dataset_title": TITLE,
        "split": "test",
        "backbone": "tf_efficientnet_lite0",
        "protocols": {
            name: {
                "images": images,
                "category": {k: figure(0.5) for k in ("top1", "top3", "top5")},
                "attributes": {k: figure(0.4) for k in ("recall@1", "recall@3", "recall@5")},
            }
            for name, images in protocols.items()
        },
    }


def shop(methods, **more):
    return ShopRuns(title=TITLE, methods=methods, **more)


def ours(table):
    return table.rows[table.rows["source"] == "this run"].reset_index(drop=True)


def test_table2_groups_this_runs_attributes_by_key():
    names = ["colour=Red", "colour=Blue", "season=Summer"]
    table = table2(paper(2), names, ["colour", "colour", "season"], TITLE)
    assert ours(table)["attribute_values"].tolist() == ["Red, Blue", "Summer"]
    assert ours(table)["values"].tolist() == [2, 1]
    published = table.rows[table.rows["source"] == "paper"]
    assert (len(published), published["values"].sum()) == (17, 109)
    assert any("106 distinct" in note and "states 110" in note for note in table.notes)


def test_table2_cuts_a_list_that_nobody_reads():
    names = [f"texture{i}" for i in range(MOST_NAMES + 5)]
    (cell,) = ours(table2(paper(2), names, ["texture"] * len(names), TITLE))["attribute_values"]
    assert cell.endswith("and 5 more") and cell.count(",") == MOST_NAMES - 1


def test_table3_counts_what_each_role_holds():
    part = {"images": 10, "objects_per_type": {"upper-body": 4, "footwear": 0}}
    detection = {"after": {"train": part, "test": part}}
    benchmark = {"images": 30, "categories": 7, "attributes": 9}
    run_rows = ours(table3(paper(3), detection, benchmark, TITLE))
    assert run_rows["images"].tolist()[:2] == [20, 30]
    assert run_rows["categories"].tolist()[:2] == [1, 7]
    assert run_rows["attributes"].isna().tolist() == [True, False, True]
    assert "none in this profile" in run_rows["protocol"].iloc[2]


def test_table5_has_one_for_all_and_says_why_not_the_others():
    table = table5(paper(5), shop({"stl": run(retained=50)}))
    rows = ours(table).set_index("training_dataset")
    assert rows.loc["Full dataset", "category_top1"] == pytest.approx(50)
    assert rows.loc["Full dataset", "network"] == "tf_efficientnet_lite0"
    assert "computed on the benchmark" in rows.loc["Full dataset", "remark"]
    assert rows.drop("Full dataset")["remark"].str.startswith("not run").all()
    assert len(rows) == 6 and "EfficientNet-B4" in rows.loc["any", "network"]
    assert (table.rows["source"] == "paper").sum() == 26


def test_table3_counts_a_catalogues_boxes_and_products():
    part = {"images": 10, "objects_per_type": {"upper-body": 4, "footwear": 3}}
    benchmark = {"images": 30, "categories": 7, "attributes": 9}
    catalogue = {"images": 5, "categories": 2, "attributes": 3, "detection": {"train": part}}
    rows = ours(table3(paper(3), {"after": {"train": part}}, benchmark, TITLE, catalogue))
    assert rows["protocol"].tolist()[2:] == ["catalogue role, boxes", "catalogue role, products"]
    assert rows["images"].tolist()[2:] == [10, 5] and rows["categories"].tolist()[2:] == [2, 2]


def test_table5_has_a_row_for_each_type_that_a_network_was_trained_for():
    types = {
        **run(),
        "types": {
            "footwear": {"categories": 4, "protocols": run(retained=40)["protocols"]},
            "full-body": {"categories": 2, "protocols": run(whole_image=40)["protocols"]},
        },
    }
    table = table5(
        paper(5), shop({"stl": run(retained=50)}, types=types, categories=22, remark=None)
    )
    rows = ours(table).set_index("training_dataset")
    assert rows.loc["Footwear only", "category_top1"] == pytest.approx(50)
    assert rows.loc["Footwear only", ["n", "categories"]].tolist() == [40, 4]
    assert "no test image under retained" in rows.loc["Full-body only", "remark"]
    assert "under two categories" in rows.loc["Upper-body only", "remark"]
    assert pd.isna(rows.loc["Full dataset", "remark"])
    assert rows.loc["Full dataset", "categories"] == 22


@pytest.mark.parametrize(
    ("runs", "reason"),
    [({}, "no part of this run"), ({"stl": run(whole_image=50)}, "no test image under retained")],
)
def test_a_missing_method_or_protocol_is_named(runs, reason):
    assert reason in ours(table5(paper(5), shop(runs)))["remark"].iloc[-2]
    assert reason in ours(table6(paper(6), shop(runs)))["remark"].iloc[0]


def test_table6_has_a_row_for_every_method():
    runs = {"stl": run(retained=50), "mtl_rnn_va": run(retained=50)}
    rows = ours(table6(paper(6), shop(runs))).set_index("method")
    assert rows["recall@1"].isna().tolist() == [False, True, False]
    assert rows.loc["STL w/ HLS", "remark"].startswith("not run")
    assert rows.loc["Baseline STL", "recall@1_low"] == pytest.approx(35)


def on_clusters(images, **clusters):
    made = run(retained=images)
    made["protocols"]["retained"]["clusters"] = clusters
    return made


def test_table6_has_the_published_rows_and_this_runs_of_all_three_methods():
    names = ("stl", "stl_hls", "mtl_rnn_va")
    table = table6(paper(6), shop({m: run(retained=50) for m in names}, categories=22))
    published = table.rows[table.rows["source"] == "paper"].set_index("method")
    assert published["category_top1"].to_dict() == {
        "Baseline STL": 90.10, "STL w/ HLS": 90.67, "MTL w/ RNN+VA": 87.63
    }  # fmt: skip
    assert published.loc["STL w/ HLS", ["recall@1", "recall@3", "recall@5"]].tolist() == [
        77.62, 93.70, 96.80
    ]  # fmt: skip
    assert published["categories"].tolist() == [16, 16, 16]
    assert ours(table)["method"].tolist() == ["Baseline STL", "STL w/ HLS", "MTL w/ RNN + VA"]
    assert ours(table)["categories"].tolist() == [22, 22, 22]
    assert ours(table)[["category_top1", "recall@5"]].notna().all(axis=None)


def test_table6_has_rows_on_the_clusters_beside_those_on_the_categories():
    clusters = {"reason": None, "clusters": 15, **{f"top{k}": figure(0.6) for k in (1, 3, 5)}}
    table = table6(paper(6), shop({"stl": on_clusters(50, **clusters)}, categories=22, remark=None))
    rows = ours(table).set_index("method")
    row = rows.loc["Baseline STL, on clusters"]
    assert (row["categories"], row["n"], row["category_top1"]) == (15, 50, pytest.approx(60))
    assert (row["category_top1_low"], row["remark"]) == (
        pytest.approx(55), "scores summed within clusters"
    )  # fmt: skip
    assert pd.isna(row["recall@1"]) and rows.loc["Baseline STL", "category_top1"] == 50
    assert len(rows) == 4
    notes = " ".join(table.notes)
    assert "the paper trained on its 16" in notes and "inferred" in notes and "Blouses" in notes


def test_table6_says_why_a_set_has_no_rows_on_clusters():
    told = "3 of 9 categories are none of the paper's Table 1: Anorak, Tee, Tank"
    runs = {"stl": on_clusters(50, reason=told, clusters=None)}
    table = table6(paper(6), shop(runs))
    assert len(ours(table)) == 3
    assert any(told in note for note in table.notes)
    assert not any("inferred" in note for note in table.notes)


def test_nothing_of_this_run_can_be_taken_for_the_papers():
    tables = [table5(paper(5), shop({"stl": run(retained=50)})), table6(paper(6), shop({}))]
    for line in as_markdown(tables).splitlines():
        assert not ("this run" in line and "Mallzee" in line)
