"""The site as `make docs` builds it: strict, and nothing in it comes from elsewhere."""

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[3]


def build(root: Path, into: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": "src", "NO_MKDOCS_2_WARNING": "1"}
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(into)]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    into = tmp_path_factory.mktemp("site")
    done = build(ROOT, into)
    assert done.returncode == 0, done.stderr
    return into


class Loaded(HTMLParser):
    """Addresses that a browser loads by itself, links to click on apart."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and (name in ("src", "srcset", "data") or (name, tag) == ("href", "link")):
                self.found.append(value)


def outside(address: str) -> bool:
    return re.match(r"(https?:)?//", address) is not None


def test_no_page_loads_anything_from_outside(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    loaded: list[str] = []
    for page in pages:
        reader = Loaded()
        reader.feed(page.read_text(encoding="utf-8"))
        loaded += reader.found
    assert any(one.endswith(".js") for one in loaded)
    assert [one for one in loaded if outside(one)] == []


def test_no_style_loads_anything_from_outside(site: Path) -> None:
    styles = list(site.rglob("*.css"))
    assert styles
    for style in styles:
        text = style.read_text(encoding="utf-8")
        addresses = re.findall(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)", text)
        assert [one for pair in addresses for one in pair if outside(one)] == []


def test_the_reference_and_the_equations_are_there(site: Path) -> None:
    method = (site / "method.html").read_text(encoding="utf-8")
    assert method.count('<div class="equation">') == 8
    assert "$$" not in method
    api = (site / "reference/api/classification.html").read_text(encoding="utf-8")
    assert "fashion_hls.classification.mtl.AdditiveAttention" in api
    assert ":class:" not in api
    assert 'id="trainaugment"' in (site / "reference/settings.html").read_text(encoding="utf-8")


def test_a_browser_asks_nobody_else(site: Path) -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("draws the page in Chromium, which is not installed here")
    from playwright.sync_api import sync_playwright

    asked: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800})
        page.on("request", lambda request: asked.append(request.url))
        for name in ("index", "method", "tutorial", "reference/settings", "reference/api/metrics"):
            page.goto((site / f"{name}.html").as_uri(), wait_until="networkidle")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
        browser.close()
    assert asked
    assert [one for one in asked if not one.startswith(("file:", "data:"))] == []


def test_a_broken_link_ends_the_build(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    for name in ("src", "metrics", "mkdocs.yml", "dvc.yaml", "params.yaml", "Makefile",
                 "README.md", "CONTRIBUTING.md", "CHANGELOG.md"):  # fmt: skip
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "docs", root / "docs")
    with (root / "docs/search.md").open("a") as page:
        page.write("\n[nowhere](data.md#no-such-heading)\n")
    done = build(root, tmp_path / "site")
    assert done.returncode != 0
    assert "no-such-heading" in done.stderr
