import re
import xml.etree.ElementTree as ET

import pytest

from fashion_hls.record.drawing import draw, reduced

SVG = "{http://www.w3.org/2000/svg}"
EDGES = [("a", "b"), ("b", "c"), ("a", "c"), ("c", "d"), ("a", "e"), ("e", "d"), ("b", "d")]
LABELS = {name: [f"stage <{name}>", "×2"] for name in "abcde"}


def boxes(root: ET.Element) -> list[tuple[float, float, float, float]]:
    def side(one: ET.Element, key: str) -> float:
        return float(one.get(key, "nan"))

    return [
        (side(one, "x"), side(one, "y"), side(one, "width"), side(one, "height"))
        for one in root.iter(f"{SVG}rect")
    ]


def test_edges_that_others_imply_are_left_out() -> None:
    assert reduced("abcde", EDGES) == [("a", "b"), ("a", "e"), ("b", "c"), ("c", "d"), ("e", "d")]


def test_a_circle_is_refused() -> None:
    with pytest.raises(ValueError, match="a circle: a -> b -> a"):
        draw({"a": ["a"], "b": ["b"]}, [("a", "b"), ("b", "a")], title="x")


def test_every_node_is_below_what_it_follows() -> None:
    root = ET.fromstring(draw(LABELS, EDGES, title='A "graph"'))
    tops = dict(zip(LABELS, [y for _, y, *_ in boxes(root)], strict=True))
    assert all(tops[first] < tops[second] for first, second in EDGES)
    assert root.get("role") == "img" and root.get("aria-label") == 'A "graph"'
    texts = [one.text for one in root.iter(f"{SVG}text")]
    assert texts == [line for label in LABELS.values() for line in label]


def test_boxes_lie_apart_and_within_the_drawing() -> None:
    fan = [("a", name) for name in "bcdefgh"]
    root = ET.fromstring(draw({name: [name] for name in "abcdefgh"}, fan, title="x"))
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    found = boxes(root)
    for i, (x, y, w, h) in enumerate(found):
        assert 0 <= x <= x + w <= width and 0 <= y <= y + h <= height
        for x2, y2, w2, h2 in found[i + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_a_long_edge_passes_beside_the_boxes() -> None:
    chain = [("a", "b"), ("b", "c"), ("c", "d"), ("a", "e"), ("e", "d")]
    root = ET.fromstring(draw({name: [name] for name in "abcde"}, chain, title="x"))
    # e -> d passes the layer of c: the straight part of its line is in no box.
    lines = [one.get("d", "") for one in root.iter(f"{SVG}path")]
    passing = [line for line in lines if "V" in line]
    assert len(passing) == 1
    (x, top, bottom) = (
        float(value) for value in re.findall(r"([\d.]+) ([\d.]+)V([\d.]+)", passing[0])[0]
    )
    for left, y, w, h in boxes(root):
        assert not (left < x < left + w and y < bottom and top < y + h)


def test_the_same_graph_gives_the_same_drawing() -> None:
    assert draw(LABELS, EDGES, title="x") == draw(LABELS, list(reversed(EDGES)), title="x")
