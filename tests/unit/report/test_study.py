import json

import pandas as pd
import pytest

from fashion_hls import places
from fashion_hls.report.catalogue_tables import TYPES
from fashion_hls.report.study_section import study_sections
from fashion_hls.report.study_tables import gains, study_markdown, study_tables
from fashion_hls.report.table5_rows import WRONG_TYPE, networks_not_run, study_rows


def figure(value: float, low: float | None = None, high: float | None = None) -> dict:
    out = {"value": value, "low": value - 0.02, "high": value + 0.02, "seeds": [value]}
    if low is not None:
        out |= {"difference": (low + high) / 2, "difference_low": low, "difference_high": high}
    return out


def run(study: str, **found: object) -> dict:
    head = {"seeds": 3, "note": "heads alone", "image_size": 96, "level": 0.95}
    return head | {"study": study, "trained_on": "end_to_end", "dataset_title": "T"} | found


@pytest.fixture
def sharing() -> dict:
    steps = {
        step: {
            "none": {one: figure(0.8) for one in figures},
            "predicted": {one: figure(0.82, 0.01, 0.03) for one in figures},
            "shuffled": {one: figure(0.8, -0.01, 0.01) for one in figures},
        }
        for step, figures in (
            ("type_to_category", ("top1", "top3")),
            ("category_to_attributes", ("recall@3", "recall@5")),
        )
    }
    protocols = {"end_to_end": {"images": 50, **steps}, "retained": {"images": 40, **steps}}
    right = {"end_to_end": 0.9, "retained": 1.0, "training": 0.95}
    return run("label_sharing", detected_type_right=right, protocols=protocols)


@pytest.fixture
def types() -> dict:
    names = ("upper-body", "lower-body", "full-body", "footwear")
    figures = ("top1", *(f"top1, {name}" for name in names), "top1, detected type wrong")
    rows = {
        "one network for all": {one: figure(0.7) for one in figures},
        "a network for each type, chosen by the detected type": {
            one: figure(0.6, -0.12, -0.08) for one in figures
        },
        "a network for each type, chosen by the true type (oracle)": {
            one: figure(0.75, 0.03, 0.07) for one in figures
        },
    }
    counts = dict(zip(names, (100, 40, 3, 0), strict=True))
    report = {"images": 143, "wrong_type": 12, "images_by_type": counts, "rows": rows}
    return run("object_types", backbones={"lite0": {"end_to_end": report, "retained": report}})


def test_a_star_marks_a_decided_difference(sharing) -> None:
    tables = study_tables(sharing)
    captions = [caption for caption, _ in tables]
    assert (
        captions[0] == "object type → category, end_to_end, 50 images; detected type right on 90.0%"
    )
    assert captions[2].endswith("right on 100.0% (truth by selection)")
    first = tables[0][1].set_index("shared in training / when asked")
    assert first.loc["predicted", "top-1, less the first row"] == "+2.00 [+1.00, +3.00] *"
    assert first.loc["shuffled", "top-1, less the first row"] == "+0.00 [-1.00, +1.00]"
    assert first.loc["none", "top-1, less the first row"] == "–"


def test_few_images_have_no_figure_by_type(types) -> None:
    (_, frame), *_ = study_tables(types)
    assert "top-1, footwear" not in frame and (frame["top-1, full-body"] == "–").all()
    assert frame["top-1, upper-body"].iloc[0] == "70.0 [68.0, 72.0]"
    assert (frame["top-1, detected type wrong"] == "–").all()


def test_table_5_has_each_type_the_whole_and_where_the_detector_errs(types) -> None:
    rows = pd.DataFrame(study_rows(types, "T", TYPES))
    by_type = rows[rows["protocol"] == "retained"].set_index("training_dataset")
    assert by_type.loc["Upper-body only", ["n", "category_top1"]].tolist() == [100, 75]
    assert by_type.loc["Full dataset", ["n", "category_top1"]].tolist() == [143, 70]
    wrong = rows[rows["protocol"] == "end_to_end"]
    assert wrong["category_top1"].tolist() == [60, 70] and set(wrong["n"]) == {12}
    assert set(wrong["remark"]) == {WRONG_TYPE}
    paper = {"rows": [{"network": "Xception"}, {"network": "EfficientNet-B4"}]}
    (row,) = networks_not_run(paper, ["tf_efficientnet_lite0"], "T")
    assert row["network"] == "EfficientNet-B4, Xception"
    (row,) = networks_not_run(paper, ["tf_efficientnet_b4.ns_jft_in1k"], "T")
    assert row["network"] == "Xception"
    ran = ["tf_efficientnet_b4.ns_jft_in1k", "legacy_xception.tf_in1k"]
    assert networks_not_run(paper, ran, "T") == []


def test_the_page_has_a_section_for_each_study(tmp_path, sharing, types) -> None:
    folder = tmp_path / "metrics" / places.STUDIES
    folder.mkdir(parents=True)
    for one in (sharing, types):
        (folder / f"{one['study']}.json").write_text(json.dumps(one))
    sections = study_sections(tmp_path, tmp_path / "metrics", ["label_sharing", "object_types"])
    assert sections[0].title == "Label sharing examined"
    assert len(sections[0].pictures) == 2 and not sections[1].pictures
    for picture, _ in sections[0].pictures:
        assert "predicted" in picture.read_text()
    assert study_sections(tmp_path, tmp_path, []) == []


def test_gains_are_in_points(sharing) -> None:
    found = gains(sharing, "end_to_end", "type_to_category", "top1")
    assert found[0] == ("predicted", pytest.approx(2), pytest.approx(1), pytest.approx(3))


def test_markdown_names_seeds_and_is_empty_without_studies(sharing, types) -> None:
    text = study_markdown([sharing, types])
    assert text.count("## Study:") == 2 and "3 seeds" in text and "| predicted " in text
    assert study_markdown([]) == ""
    one = study_markdown([sharing | {"seeds": 1}])
    assert "1 seed;" in one and "1 seeds" not in one
