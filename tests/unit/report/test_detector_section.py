import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from fashion_hls.metrics.diagnostics import RULE
from fashion_hls.report.detector_section import detector_section
from fashion_hls.taxonomy import OBJECT_TYPES

from .conftest import draw, tables


def section(folder, one, below=""):
    return detector_section(
        folder,
        metrics=one.metrics,
        pictures=one.pictures,
        name="faster_rcnn",
        below=Path(below),
    )


def changed(one, tmp_path, **figures):
    """The same with other figures in the detector's metrics file."""
    metrics = Path(shutil.copytree(one.metrics, tmp_path / "metrics"))
    path = metrics / "detector/faster_rcnn.json"
    run = json.loads(path.read_text())
    run["figures"].update(figures)
    path.write_text(json.dumps(run))
    return one._replace(metrics=metrics)


@pytest.mark.parametrize(("below", "title"), [("", "Detection: "), ("catalogue", "Detection, c")])
def test_a_section_has_its_sets_figures_and_pictures(tmp_path, evaluated, below, title):
    made = section(tmp_path, evaluated, below)
    run = json.loads((evaluated.metrics / "detector" / below / "faster_rcnn.json").read_text())
    assert made.title.startswith(title)
    found = run["diagnostics"]
    assert f"{found['mistaken']} as another, {found['missed']} were missed" in made.text
    assert RULE in made.text and "min_score 0.5" in made.text
    assert [path.name for path, _ in made.pictures][1:] == [
        "precision_recall.svg",
        "confusion.svg",
        "worst.png",
        "random.png",
    ]
    assert all(path.is_file() for path, _ in made.pictures)
    assert made.pictures[1][0].parent == evaluated.pictures / below / "faster_rcnn"


def test_sizes_and_types_have_a_table_each(tmp_path, evaluated):
    made = section(tmp_path, evaluated)
    run = json.loads((evaluated.metrics / "detector/faster_rcnn.json").read_text())
    overall, sizes, types = (table for _, table in made.tables)
    assert not overall["figure"].str.contains("small|medium|large").any()
    assert {"mAP", "AP50", "AR@100"} <= set(overall["figure"])
    assert list(sizes["size"]) == [
        "small (below 32²)",
        "medium (32² to 96²)",
        "large (from 96² on)",
    ]
    assert sizes["AP"].iloc[1] == run["figures"]["AP_medium"]
    assert sizes["AR@100"].iloc[2] == run["figures"]["AR_large"]
    assert sizes["objects"].sum() == len(tables(15).objects)
    assert list(types["object type"]) == list(OBJECT_TYPES)
    best = run["diagnostics"]["best_f1"]["lower-body"]
    assert types["best F1"].iloc[1] == best["F1"]
    assert types["from score"].iloc[1] == best["threshold"]
    assert pd.isna(types["best F1"].iloc[3]), "no object is footwear"


def test_without_photos_no_sheet_is_expected(tmp_path, evaluated):
    one = changed(evaluated, tmp_path, images=0)
    draw(tmp_path / "detector_pictures/faster_rcnn", tables(0))
    made = section(tmp_path / "page", one._replace(predictions=tmp_path))
    assert [path.suffix for path, _ in made.pictures] == [".svg"] * 3


def test_a_missing_metrics_file_fails(tmp_path, evaluated):
    with pytest.raises(FileNotFoundError):
        section(tmp_path, evaluated, "elsewhere")
