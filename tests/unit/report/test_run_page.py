import base64
import json
import re
import shutil
from pathlib import Path

import pytest

from fashion_hls.report.render import FEWEST_IMAGES
from fashion_hls.report.run_page import PROTOCOLS
from fashion_hls.report.table7 import METHODS as METHODS_SHOWN

from .conftest import METHODS, METRICS, Evaluated, build


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, evaluated: Evaluated) -> str:
    return build(tmp_path_factory.mktemp("report"), evaluated, evaluated.metrics)


def headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def pictures(page: str) -> list[str]:
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return [base64.b64decode(content).decode() for content in found]


def test_the_page_has_every_section_in_order(page: str) -> None:
    detector = json.loads((METRICS / "detector/faster_rcnn.json").read_text())
    tables = sorted((METRICS / "tables").glob("table[0-9].md"))
    paper = [file.read_text().splitlines()[0].removeprefix("## ") for file in tables]
    assert len(paper) == 7
    assert headings(page) == [
        "In short",
        "Data",
        f"Detection: faster_rcnn on {detector['backbone']}",
        f"Detection, catalogue: faster_rcnn on {detector['backbone']}",
        "Retention",
        *(f"Classification: {protocol}" for protocol in PROTOCOLS),
        *(f"Errors{of}: {METHODS_SHOWN[name]}" for of in ("", ", catalogue") for name in METHODS),
        *(f"Attention{of}: {METHODS_SHOWN['mtl_rnn_va']}" for of in ("", ", catalogue")),
        *paper,
        "Claims of the paper",
        "Data quality",
    ]
    assert "Known bias: drawings. Licence of the data: free. Seed 0." in page


def test_the_page_and_its_pictures_name_no_place_on_this_machine(page: str, tmp_path) -> None:
    runs = json.loads((METRICS / "classifier/stl.json").read_text())["protocols"]
    plotted = [name for name, report in runs.items() if report["images"] >= FEWEST_IMAGES]
    # Data and retention have one picture each and a sheet of photos, either detector three and two.
    drawn = pictures(page)
    # Each method has its reliability and its confused categories, on either set.
    assert len(drawn) == 2 + 2 * 3 + 2 * len(plotted) + 2 * 2 * len(METHODS) > 8
    assert page.count('src="data:image/png;base64,') == 2 * 2 + 1
    assert page.count('src="data:image/jpeg;base64,') == 1 + 1 + 2
    places = (str(Path.cwd()), str(tmp_path.parent), str(Path.home()) + "/", "file://")
    for text in (re.sub(r"base64,[^\"]+", "", page), *drawn):
        assert not [place for place in places if place in text]


def test_the_same_metrics_give_the_same_page(
    page: str, tmp_path: Path, evaluated: Evaluated
) -> None:
    assert build(tmp_path / "again", evaluated, evaluated.metrics) == page


def test_figures_on_the_page_are_those_of_the_files(page: str) -> None:
    overall = json.loads((METRICS / "retention.json").read_text())["overall"]
    assert f"{overall['retained']} of {overall['images']} images kept" in page
    run = json.loads((METRICS / "classifier/stl.json").read_text())
    assert f"{run['protocols']['end_to_end']['images']} test images" in page


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory, evaluated: Evaluated) -> str:
    """The page of one method, of metrics with problems, gaps and a protocol of few images."""
    root = tmp_path_factory.mktemp("odd")
    metrics = Path(shutil.copytree(evaluated.metrics, root / "metrics"))
    path = metrics / "classifier/stl.json"
    run = json.loads(path.read_text())
    undefined = {"value": None, "low": None, "high": None}
    run["protocols"]["retained"]["attributes"]["recall@5"] = undefined
    run["protocols"]["whole_image"]["images"] = FEWEST_IMAGES - 1
    del run["protocols"]["gt_box"]
    path.write_text(json.dumps(run))
    settings = {"lr": 0.01, "optimizer": "adam"}
    trial = {"trial": 0, "state": "complete", "figure": 0.25, "epochs": 1, "params": settings}
    facts = {"network": "both", "split": "val", "figure": "val/mean", "own_settings": None}
    (metrics / "search").mkdir()
    (metrics / "search/stl.json").write_text(
        json.dumps(facts | {"search": {"seed": 0}, "trials": [trial]})
    )
    quality = {"counts": {"box.clipped": 7}, "examples": {}}
    (metrics / "detection_quality.json").write_text(json.dumps(quality))
    return build(root / "report", evaluated, metrics, ("stl",))


def test_a_protocol_that_no_method_has_gets_no_section(odd: str) -> None:
    assert "Classification: gt_box" not in headings(odd)


def test_a_search_of_settings_is_shown_where_one_was_made(odd: str, page: str) -> None:
    title = "Search of settings: Baseline STL"
    assert headings(odd)[-10:-8] == [title, "Table 1: Garment categories per object type"]
    assert title not in headings(page) and "against its learning rate" in odd


def test_an_undefined_figure_and_few_images_are_no_mistake(odd: str) -> None:
    found = headings(odd)
    assert "Classification: retained" in found and "Classification: whole_image" in found
    assert "category top-1 of each method under retained" in odd
    assert "of each method under whole_image" not in odd


def test_problems_in_the_data_are_listed(odd: str, tmp_path: Path, evaluated: Evaluated) -> None:
    assert "box.clipped" in odd and "Nothing was found." not in odd
    shutil.copytree(evaluated.metrics, tmp_path / "metrics")
    for role in ("detection", "benchmark"):
        file = tmp_path / "metrics" / f"{role}_quality.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | {"counts": {}, "examples": {}}))
    clean = build(tmp_path / "page", evaluated, tmp_path / "metrics")
    assert "box.clipped" not in clean and "Nothing was found." in clean
