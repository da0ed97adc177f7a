import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from fashion_hls.documentation.diagram import Sheet
from fashion_hls.documentation.workflows import DRAWN, PICTURES

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", DRAWN)
def test_the_committed_picture_is_what_the_code_draws(name: str) -> None:
    assert (PICTURES / name).read_text(encoding="utf-8") == DRAWN[name]().svg()


@pytest.mark.parametrize("name", DRAWN)
def test_boxes_lie_on_the_sheet_and_not_upon_each_other(name: str) -> None:
    root = ET.fromstring((PICTURES / name).read_text(encoding="utf-8"))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    boxes = []
    for rect in root.iter(f"{SVG}rect"):
        if rect.get("rx") == "6":
            x, y, w, h = (float(rect.get(key, 0)) for key in ("x", "y", "width", "height"))
            boxes.append((x, y, x + w, y + h))
    assert len(boxes) > 10
    assert all(x1 >= 0 and y1 >= 0 and x2 <= width and y2 <= height for x1, y1, x2, y2 in boxes)
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
            assert apart, (one, other)


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_names_itself_and_loads_nothing(name: str) -> None:
    text = (PICTURES / name).read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.findtext(f"{SVG}title")
    assert len(root.findtext(f"{SVG}desc") or "") > 100
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert Path("README.md").read_text(encoding="utf-8").count(name) == 1


def test_text_is_escaped_and_subscripts_are_lowered() -> None:
    sheet = Sheet(10, 10, "a < b", "a & b")
    sheet.text((0, 0), "h_1 < 2")
    root = ET.fromstring(sheet.svg())
    (text,) = root.iter(f"{SVG}text")
    assert "".join(text.itertext()) == "h1 < 2"
    assert [span.get("dy") for span in text] == ["3", "-3"]
