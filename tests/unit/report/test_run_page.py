import base64
import json
import re
import shutil
from pathlib import Path

import pytest

from fashion_hls.report.run_page import PROTOCOLS, write_run_page

METRICS = Path("metrics/sample")
METHODS = ("stl", "stl_hls", "mtl_rnn_va")
OPTIONS = {"title": "sample", "bias": "drawings", "detectors": ["faster_rcnn"], "seed": 0}


def build(folder: Path, metrics: Path = METRICS, methods: tuple[str, ...] = METHODS) -> str:
    write_run_page(folder, metrics=metrics, methods=methods, **OPTIONS)
    return (folder / "index.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return build(tmp_path_factory.mktemp("report"))


@pytest.fixture
def metrics(tmp_path: Path) -> Path:
    return Path(shutil.copytree(METRICS, tmp_path / "metrics"))


def headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def pictures(page: str) -> list[str]:
    found = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)
    return [base64.b64decode(content).decode() for content in found]


def test_the_page_has_every_section_in_order(page: str) -> None:
    detector = json.loads((METRICS / "detector/faster_rcnn.json").read_text())
    assert headings(page) == [
        "Data",
        f"Detection: faster_rcnn on {detector['backbone']}",
        "Retention",
        *(f"Classification: {protocol}" for protocol in PROTOCOLS),
        "Data quality",
    ]
    assert "Known bias: drawings. Seed 0." in page


def test_the_page_and_its_pictures_name_no_place_on_this_machine(page: str, tmp_path) -> None:
    # Data, detector and retention have one picture each, every protocol two.
    drawn = pictures(page)
    assert len(drawn) == 3 + 2 * len(PROTOCOLS)
    places = (str(Path.cwd()), str(tmp_path.parent), str(Path.home()) + "/", "file://")
    for text in (re.sub(r"base64,[^\"]+", "", page), *drawn):
        assert not [place for place in places if place in text]


def test_the_same_metrics_give_the_same_page(page: str, tmp_path: Path) -> None:
    assert build(tmp_path / "again") == page


def test_figures_on_the_page_are_those_of_the_files(page: str) -> None:
    overall = json.loads((METRICS / "retention.json").read_text())["overall"]
    assert f"{overall['retained']} of {overall['images']} images kept" in page
    run = json.loads((METRICS / "classifier/stl.json").read_text())
    assert f"{run['protocols']['end_to_end']['images']} test images" in page


def test_a_protocol_that_no_method_has_gets_no_section(metrics: Path, tmp_path: Path) -> None:
    path = metrics / "classifier/stl.json"
    run = json.loads(path.read_text())
    del run["protocols"]["gt_box"]
    path.write_text(json.dumps(run))
    found = headings(build(tmp_path / "report", metrics, ("stl",)))
    assert "Classification: gt_box" not in found and "Classification: retained" in found


def test_problems_in_the_data_are_listed(metrics: Path, tmp_path: Path) -> None:
    for role, counts in (("detection", {"box.clipped": 7}), ("benchmark", {})):
        content = {"counts": counts, "examples": {}}
        (metrics / f"{role}_quality.json").write_text(json.dumps(content))
    page = build(tmp_path / "report", metrics, ("stl",))
    assert "box.clipped" in page and "Nothing was found." not in page


def test_an_undefined_figure_is_drawn_as_none(metrics: Path, tmp_path: Path) -> None:
    path = metrics / "classifier/stl.json"
    run = json.loads(path.read_text())
    for protocol in run["protocols"].values():
        protocol["attributes"]["recall@5"] = {"value": None, "low": None, "high": None}
    path.write_text(json.dumps(run))
    assert "Classification: retained" in headings(build(tmp_path / "report", metrics, ("stl",)))
