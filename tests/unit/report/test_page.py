import base64
from html.parser import HTMLParser

import pandas as pd
import pytest
from PIL import Image

from fashion_hls.report.inline import SHEET
from fashion_hls.report.page import Section, add_sections, write_page

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'


class Reader(HTMLParser):
    """Collects tags with their attributes and text, and checks that tags are closed."""

    VOID = frozenset({"meta", "img", "input"})

    def __init__(self, text):
        super().__init__()
        self.open, self.found, self.text = [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and data.strip() and "style" not in self.open:
            self.text.append((self.open[-1], data.strip()))

    def of(self, tag):
        return [attributes for name, attributes in self.found if name == tag]

    def texts(self, tag):
        return [text for name, text in self.text if name == tag]


@pytest.fixture
def sections(tmp_path):
    picture = tmp_path / "curve.svg"
    picture.write_bytes(SVG)
    table = pd.DataFrame(
        {"method": ["STL", "MTL"], "top-3": [0.1 + 0.2, None], "n": [5, 6], "note": ["", "<b>"]},
        index=[7, 8],
    )
    return [
        Section(title="Classification & more", text="First.\n\nSecond <script>alert(1)</script>."),
        Section(title="Tables", tables=[("Table 3: top-k", table)]),
        Section(title="Pictures", pictures=[(picture, 'Loss "by" epoch')]),
    ]


@pytest.fixture
def page(tmp_path, sections):
    path = tmp_path / "report" / "index.html"
    write_page(path, title="Fashion <HLS>", subtitle="sample, seed 0", sections=sections)
    return path.read_text(encoding="utf-8")


def test_table_has_caption_and_scoped_headers(page):
    reader = Reader(page)
    assert reader.texts("caption") == ["Table 3: top-k"]
    assert [a["scope"] for a in reader.of("th")] == ["col"] * 4 + ["row"] * 2
    assert reader.texts("th") == ["method", "top-3", "n", "note", "STL", "MTL"]
    assert reader.texts("td") == ["0.3", "5", "–", "6", "<b>"]


def test_everything_is_escaped_and_nothing_is_loaded(page):
    reader = Reader(page)
    assert "Fashion <HLS>" in reader.texts("h1") and "Classification & more" in reader.texts("h2")
    assert not reader.of("script") and not reader.of("link") and not reader.of("b")
    ids = {attributes["id"] for _, attributes in reader.found if "id" in attributes}
    assert {a["href"] for a in reader.of("a")} == {f"#{name}" for name in ids}
    assert reader.texts("p")[1:] == ["First.", "Second <script>alert(1)</script>."]


def test_pictures_are_inside_the_page_with_their_description(page):
    (image,) = Reader(page).of("img")
    assert image["alt"] == 'Loss "by" epoch'
    head, content = image["src"].split(",")
    assert head == "data:image/svg+xml;base64" and base64.b64decode(content) == SVG


def test_contents_link_to_every_section(page):
    reader = Reader(page)
    skip, *links = [a["href"].removeprefix("#") for a in reader.of("a")]
    assert links == [a["id"] for a in reader.of("section")]
    assert reader.of("main") == [{"id": skip, "tabindex": "-1"}]


def test_page_is_the_same_twice_and_takes_no_sections(tmp_path, sections, page):
    again = tmp_path / "again.html"
    write_page(again, title="Fashion <HLS>", subtitle="sample, seed 0", sections=sections)
    assert again.read_text(encoding="utf-8") == page
    write_page(again, title="Empty", subtitle="", sections=[])
    assert not Reader(again.read_text(encoding="utf-8")).of("nav")


def test_missing_picture_fails(tmp_path):
    section = Section(title="x", pictures=[(tmp_path / "none.png", "nothing")])
    with pytest.raises(FileNotFoundError):
        write_page(tmp_path / "p.html", title="x", subtitle="", sections=[section])
    assert not (tmp_path / "p.html").exists()


def test_cells(tmp_path):
    values = [1234567.0, 0.1 + 0.2, 12, pd.NA, None, ["a", "b"], True]
    frame = pd.DataFrame({"name": "x", "value": pd.Series(values, dtype=object)})
    write_page(
        tmp_path / "p.html",
        title="",
        subtitle="",
        sections=[Section(title="", tables=[("", frame)])],
    )
    cells = Reader((tmp_path / "p.html").read_text(encoding="utf-8")).texts("td")
    assert cells == ["1234567", "0.3", "12", "–", "–", "['a', 'b']", "True"]


def test_further_sections_go_on_where_the_page_ends(page, sections):
    added = Section(
        title="More <made>",
        short="Made",
        commands=["make <x>", "make y"],
        drawings=[("<svg role='img' aria-label='a graph'></svg>", "A graph")],
        folded=[("Settings", pd.DataFrame({"setting": ["a & b"], "value": [3]}))],
    )
    once = add_sections(page, [added])
    both = Reader(add_sections(once, [Section(title="Last")]))
    numbers = [a["id"] for a in both.of("section")]
    assert numbers == [f"part-{n}" for n in range(1, len(sections) + 3)]
    assert [a["href"] for a in both.of("a")][1:] == [f"#{name}" for name in numbers]
    assert both.texts("a")[-2:] == ["Made", "Last"]
    assert both.texts("h2")[-2:] == ["More <made>", "Last"]
    assert both.texts("code") == ["make <x>\nmake y"] and both.texts("summary") == ["Settings"]
    assert both.of("svg") == [{"role": "img", "aria-label": "a graph"}]
    assert once.replace("Made", "").startswith(page[: page.index("<!-- further")].rstrip())


def test_a_page_without_contents_takes_no_further_sections(tmp_path):
    write_page(tmp_path / "p.html", title="x", subtitle="", sections=[])
    for page in ((tmp_path / "p.html").read_text(encoding="utf-8"), "<html></html>"):
        with pytest.raises(ValueError, match="no place"):
            add_sections(page, [Section(title="More")])


def test_regions_that_scroll_are_reached_by_key_and_have_names_of_their_own(tmp_path):
    table = ("Figures", pd.DataFrame({"name": ["a"], "value": [1]}))
    sheet = tmp_path / "sheet.png"
    Image.new("RGB", (SHEET + 1, 40)).save(sheet)
    sections = [Section(title=name, tables=[table], pictures=[(sheet, "s")]) for name in ("A", "B")]
    write_page(tmp_path / "p.html", title="", subtitle="", sections=sections)
    regions = [a for a in Reader((tmp_path / "p.html").read_text()).of("div") if "role" in a]
    names = [a["aria-label"] for a in regions]
    assert names == ["A: Figures", "A, sheet 1", "B: Figures", "B, sheet 1"]
    assert all(a["tabindex"] == "0" for a in regions)
