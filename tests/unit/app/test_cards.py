import base64
import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from fashion_hls.app.cards import PHOTO, cards_html, photo_html
from fashion_hls.app.header import DETECTORS, header_html
from fashion_hls.app.look import SIDE_BY_SIDE, Look, as_json, look_at
from fashion_hls.app.markup import escaped
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.results import Garment, Label, Result


class _Parts(HTMLParser):
    """Elements with their attributes, and the text."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [given for name, given in self.found if name == tag]


def _garment(**changes) -> Garment:
    maps = {step: np.full((4, 4), 1 / 16, dtype=np.float32) for step in ("category", "attributes")}
    whole = Garment(
        object_type="lower-body",
        box=(10.0, 20.0, 60.0, 90.0),
        score=0.91,
        categories=(Label("Jeans", 0.75), Label("Skirt", 0.25)),
        attributes=(Label("denim", 0.5),),
        type_agrees=True,
        attention=maps,
    )
    return replace(whole, **changes)


def _look(*garments: Garment, name: str = "photo.jpg", side: int = 100) -> Look:
    pixels = np.full((side, side, 3), 200, dtype=np.uint8)
    return Look(name, pixels, {"stl": Result(side, side, garments, "stl", name)})


def test_a_card_shows_crop_type_categories_attributes_and_maps() -> None:
    parts = _Parts(cards_html(_look(_garment())))
    crop, *maps = parts.all("img")
    assert (crop["width"], crop["height"]) == ("50", "70")
    assert len(maps) == 2
    assert all(image["alt"] for image in parts.all("img"))
    for told in ("lower-body 0.91", "Jeans 0.75", "Skirt 0.25", "denim 0.50"):
        assert told in parts.text
    widths = [given["style"] for given in parts.all("span") if given.get("style")]
    assert widths == ["width: 75.0%", "width: 25.0%", "width: 50.0%"]
    assert "not of this object type" not in parts.text


def test_a_category_of_another_type_is_pointed_out() -> None:
    assert "not of this object type" in cards_html(_look(_garment(type_agrees=False)))


def test_without_attention_there_are_no_maps() -> None:
    parts = _Parts(cards_html(_look(_garment(attention=None))))
    assert len(parts.all("img")) == 1
    assert "Where it looked" not in parts.text


def test_a_garment_without_attributes_says_so() -> None:
    assert "None." in cards_html(_look(_garment(attributes=())))


def test_no_garment_is_told() -> None:
    assert "No garment was found" in cards_html(_look())
    assert "no garment found" in photo_html(_look())


def test_methods_stand_beside_each_other_in_a_card(pipeline: Pipeline, drawing: Path) -> None:
    look = look_at(pipeline, drawing, method=SIDE_BY_SIDE, min_score=0.3)
    parts = _Parts(cards_html(look))
    count = len(look.first.garments)
    assert len(parts.all("article")) == count
    assert len(parts.all("section")) == 2 * count
    # One method has attention: two maps beside each crop.
    assert len(parts.all("img")) == 3 * count
    assert parts.text.count("MTL w/ RNN + VA") == count


def test_the_photo_has_boxes_and_the_results_to_download() -> None:
    look = _look(_garment(), name="my photo.jpeg", side=2000)
    parts = _Parts(photo_html(look))
    (image,) = parts.all("img")
    shown = Image.open(io.BytesIO(base64.b64decode((image["src"] or "").partition(",")[2])))
    assert shown.size == (PHOTO, PHOTO)
    assert np.asarray(shown).std() > 1
    assert "lower-body Jeans 0.75" in (image["alt"] or "")
    (link,) = parts.all("a")
    assert link["download"] == "my photo.json"
    content = base64.b64decode((link["href"] or "").partition(",")[2]).decode()
    assert content == as_json(look)
    assert json.loads(content)["garments"][0]["category"] == "Jeans"


@pytest.mark.parametrize("text", ['<img src=x onerror="a">', "${alert(1)}", "{{value}}", "`a`"])
def test_names_cannot_become_html_or_a_template(text: str) -> None:
    garment = _garment(categories=(Label(text, 0.5),), attributes=(Label(text, 0.5),))
    page = photo_html(_look(garment, name=text)) + cards_html(_look(garment))
    assert _Parts(page).text.count(text) == 3
    assert not re.search(r"onerror=\"|\$\{|\{\{|`", page)
    assert _Parts(escaped(text)).found == []


def test_the_header_says_what_must_be_known(pipeline: Pipeline) -> None:
    text = _Parts(header_html(pipeline.card, pipeline.methods)).text
    for told in ("Faster R-CNN", "Baseline STL", "tiny (untrained", "nothing & say", "Apache-2.0"):
        assert told in text
    noted = {**pipeline.card, "data": {**pipeline.card["data"], "note": "for research alone"}}
    assert "for research alone" in header_html(noted, ["stl"])
    assert "Note" not in text
    nameless = {"architecture": "retinanet", "options": {}}
    assert "RetinaNet; " in header_html({**pipeline.card, "detector": nameless}, ["stl"])


def test_detectors_are_named_as_table_4_names_them() -> None:
    named = {
        name: one["title"]
        for path in Path("conf/detector").glob("*.yaml")
        for name, one in yaml.safe_load(path.read_text(encoding="utf-8"))
        .get("architectures", {})
        .items()
    }
    assert named == DETECTORS
