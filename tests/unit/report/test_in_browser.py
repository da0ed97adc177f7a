"""A run's whole file in Chromium: offline, accessible, narrow, on paper."""

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Literal

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

from fashion_hls.record.lock import digest
from fashion_hls.record.page import write_report

from .conftest import Evaluated, build

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MILLIMETRE = 96 / 25.4
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory, evaluated: Evaluated) -> Path:
    """``make report`` in a workspace with the sample's lock and committed figures."""
    root = tmp_path_factory.mktemp("workspace")
    build(root / "reports/sample", evaluated, evaluated.metrics)
    lock = yaml.safe_load(Path("dvc.lock").read_text())
    lock["stages"]["report"]["outs"][0]["md5"] = digest(root / "reports/sample")
    (root / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        return write_report("sample").resolve()


Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # As root, in a container, Chromium starts without its sandbox only.
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Scheme:
    return "dark" if request.param == "dark" else "light"


def open_page(browser: Browser, file: Path, width: int, scheme: Scheme = "light") -> Page:
    """The file with the network cut: every other request is refused, and fails the test."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        offline=True,
        color_scheme=scheme,
    )
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    context.route(lambda url: url != file.as_uri(), refuse)
    page = context.new_page()
    page.goto(file.as_uri())
    assert asked == []
    return page


def test_the_text_refers_to_nothing_outside_itself(file: Path) -> None:
    text = re.sub(r"data:image/[^\"]+", "data:", file.read_text(encoding="utf-8"))
    assert {*re.findall(r"\ssrc=\"([^\"]*)\"", text)} == {"data:"}
    assert all(link.startswith("#") for link in re.findall(r"\shref=\"([^\"]*)\"", text))
    assert not re.findall(r"url\(|@import|<script|<link|<iframe|<object|file://", text)
    assert file.stat().st_size < 15e6


@pytest.mark.parametrize("source", ["https://example.com/a.png", "beside.png"])
def test_a_request_would_be_seen(browser: Browser, tmp_path: Path, source: str) -> None:
    (tmp_path / "beside.png").touch()
    (tmp_path / "page.html").write_text(f"<img src='{source}'>")
    with pytest.raises(AssertionError, match=source):
        open_page(browser, tmp_path / "page.html", 400)


def test_it_opens_whole_without_a_network(browser: Browser, file: Path) -> None:
    page = open_page(browser, file, 1400)
    broken = "[...document.images].filter(one => !one.complete || !one.naturalWidth).length"
    assert page.evaluate(broken) == 0 and page.locator("img").count() > 30
    assert page.locator("svg.graph rect").count() > 15
    titles = page.locator("h2").all_text_contents()
    assert titles[0] == "In short" and titles[-1] == "How it was made"
    for part in ("Data", "Retention", "Claims of the paper", "Data quality"):
        assert part in titles


@pytest.mark.parametrize("width", [1400, 400])
def test_axe_finds_nothing(browser: Browser, file: Path, width: int, scheme: Scheme) -> None:
    page = open_page(browser, file, width, scheme)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [400, 800, 1400])
def test_the_page_never_scrolls_sideways(browser: Browser, file: Path, width: int) -> None:
    page = open_page(browser, file, width)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate("document.querySelectorAll('.sheet input').forEach(one => one.click())")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    scrolling = """[...document.querySelectorAll('.wide')].filter(
        one => one.scrollWidth > one.clientWidth).length"""
    assert width > 400 or page.evaluate(scrolling) > 5  # what is wide scrolls in its own box


def test_a_sheet_is_shown_at_full_size_when_asked(browser: Browser, file: Path) -> None:
    page = open_page(browser, file, 1400)
    sheet = page.locator("figure.sheet").first
    width = "one => one.querySelector('img').clientWidth"
    natural = sheet.evaluate("one => one.querySelector('img').naturalWidth")
    assert sheet.evaluate(width) < natural
    sheet.get_by_label("full size").check()
    assert sheet.evaluate(width) == natural


def test_the_contents_stay_in_view_and_are_reached_by_key(browser: Browser, file: Path) -> None:
    page = open_page(browser, file, 1400)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "In short"
    page.locator("nav a").last.press("Enter")
    page.wait_for_function("scrollY > 1000")
    page.wait_for_timeout(1500)
    box = page.locator("nav").bounding_box()
    assert box is not None and 0 <= box["y"] < 100
    heading = page.locator("h2").last.bounding_box()
    assert heading is not None and 0 <= heading["y"] < 900


def test_headings_go_down_step_by_step(browser: Browser, file: Path) -> None:
    page = open_page(browser, file, 1400)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.locator("html").get_attribute("lang") == "en"


def test_it_prints_with_nothing_cut(browser: Browser, file: Path) -> None:
    page = open_page(browser, file, round((210 - 2 * 14) * MILLIMETRE))
    page.emulate_media(media="print")
    wide = """[...document.querySelectorAll('table, img, svg, pre')].filter(
        one => one.getBoundingClientRect().right > innerWidth + 1).map(one => one.innerText)"""
    assert page.evaluate(wide) == []
    assert page.locator(".skip").is_hidden()
    assert page.locator("details table").first.is_visible()
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF-") and 15 < printed.count(b"/Type /Page\n") < 150
