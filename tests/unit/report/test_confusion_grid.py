import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from fashion_hls.report.confusion_grid import write_grid

SVG = "{http://www.w3.org/2000/svg}"
PAIRS = [
    {"truth": "Tee & Top", "predicted": "Tee & Top", "count": 3},
    {"truth": "Tee & Top", "predicted": "Dress", "count": 1},
    {"truth": "Dress", "predicted": "Dress", "count": 12},
]


@pytest.fixture
def grid(tmp_path: Path) -> ET.Element:
    assert write_grid(tmp_path / "new" / "grid.svg", PAIRS, ["Dress", "Jeans", "Tee & Top"])
    return ET.parse(tmp_path / "new" / "grid.svg").getroot()


def texts(grid: ET.Element) -> list[str]:
    return [one.text or "" for one in grid.iter(f"{SVG}text")]


def test_rows_are_truth_and_columns_predictions_in_the_given_order(grid: ET.Element) -> None:
    assert texts(grid) == [
        "Dress", "Tee & Top", "Dress", "Tee & Top", "truth \\ predicted", "12", "1", "3",
    ]  # fmt: skip


def test_a_cell_is_shaded_by_its_share_of_the_row(grid: ET.Element) -> None:
    cells = [one for one in grid.iter(f"{SVG}rect") if one.get("width") != "100%"]
    fills = [one.get("fill") for one in cells]
    assert fills == ["rgb(8,81,156)", "rgb(255,255,255)", "rgb(193,212,230)", "rgb(70,124,181)"]
    assert [one.get("stroke") for one in cells] == ["#1b1b1b", "#d0d0d0", "#d0d0d0", "#1b1b1b"]


def test_everything_lies_within_the_picture(grid: ET.Element) -> None:
    width, height = float(grid.get("width", 0)), float(grid.get("height", 0))
    for one in grid.iter(f"{SVG}rect"):
        if one.get("width") != "100%":
            x, y, side = (float(one.get(key, 0)) for key in ("x", "y", "width"))
            assert 0 <= x <= x + side <= width and 0 <= y <= y + side <= height


def test_without_any_pair_nothing_is_written(tmp_path: Path) -> None:
    assert not write_grid(tmp_path / "grid.svg", [], ["Dress"])
    assert not (tmp_path / "grid.svg").exists()


def luminance(colour: str) -> float:
    """Relative luminance of rgb(r,g,b) or #rrggbb (WCAG 2.2)."""
    values = (
        [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
        if colour.startswith("#")
        else [int(value) for value in colour[4:-1].split(",")]
    )
    shares = [v / 255 for v in values]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_counts_are_read_on_every_shade(tmp_path: Path) -> None:
    for count in range(1, 100):
        pairs = [
            {"truth": "a", "predicted": "a", "count": count},
            {"truth": "a", "predicted": "b", "count": 100 - count},
        ]
        write_grid(tmp_path / "grid.svg", pairs, ["a", "b"])
        grid = ET.parse(tmp_path / "grid.svg").getroot()
        fills = [one.get("fill", "") for one in grid.iter(f"{SVG}rect")][1:]
        inks = [one.get("fill", "") for one in list(grid.iter(f"{SVG}text"))[-2:]]
        for fill, ink in zip(fills, inks, strict=True):
            dark, light = sorted((luminance(fill), luminance(ink)))
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (fill, ink)
