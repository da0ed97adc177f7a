"""The page in a real browser, served by the command as a user starts it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fashion_hls.app.server import make_app
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.listening import listen

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="needs chromium"),
]
#: Milliseconds; the machine may be busy.
PATIENCE = 300_000


@contextmanager
def served(models: Path, folder: Path) -> Iterator[str]:
    """The command on a free port; its address. It must end well and leave nothing in ``folder``
    but its log."""
    command = [sys.executable, "-m", "fashion_hls", "app", "--models", str(models), "--port", "0"]
    # What a browser's user may have set: nothing of it may lead outside.
    foreign = {"GRADIO_ANALYTICS_ENABLED": "True", "GRADIO_SHARE": "True"}
    # The output is a file: a pipe that nobody reads would stop the server when it is full.
    log, temporary = folder / "app.log", folder / "app_temporary"
    temporary.mkdir()
    variables = os.environ | foreign | {"TMPDIR": str(temporary)}
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--threads", "1"], env=variables, stdout=out, stderr=out
        )
    try:
        for _ in range(PATIENCE // 200):
            if (found := re.search(r"http://\S+", log.read_text())) or process.poll() is not None:
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.2)
        assert found, log.read_text()
        yield found[0]
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0, log.read_text()
        assert "Traceback" not in log.read_text()
        assert list(temporary.glob("fashion-hls-app-*")) == []
    finally:
        process.kill()
        process.wait()


@contextmanager
def within(pipeline: Pipeline, folder: Path, *, password: str | None, max_mb: int) -> Iterator[str]:
    """The page served by a thread of this process, which has all libraries loaded; its address."""
    import uvicorn

    with pytest.MonkeyPatch.context() as patch, listen("127.0.0.1", 0) as listening:
        # make_app() sets these.
        for name in ("GRADIO_TEMP_DIR", "GRADIO_ANALYTICS_ENABLED"):
            patch.setenv(name, "")
        app = make_app(pipeline, folder, password=password, max_mb=max_mb)
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Seen:
    """A page, and where its requests went that did not go to the server."""

    page: object
    address: str
    outside: list[str] = field(default_factory=list)

    def upload(self, path: Path) -> None:
        """Drop a file in the place of the one before."""
        clear = self.page.get_by_role("button", name="Clear", exact=True)
        if clear.count():
            clear.click()
            self.page.get_by_text("Drop a photo, or choose").wait_for()
        self.page.locator("#photo input[type=file]").set_input_files(path)
        self.page.locator(".photo, .alert").wait_for()


@contextmanager
def opened(address: str, **options) -> Iterator[Seen]:
    """A browser at an address; whatever is asked of other hosts is recorded and blocked."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_context(**options).new_page()
        page.set_default_timeout(PATIENCE)
        seen = Seen(page, address)
        own = urlsplit(address).netloc

        def route(handler) -> None:
            url = urlsplit(handler.request.url)
            if url.netloc == own or url.scheme in ("data", "blob"):
                handler.continue_()
            else:
                seen.outside.append(handler.request.url)
                handler.abort()

        def listen(message) -> None:
            if "Content Security Policy" in message.text:
                seen.outside.append(message.text)

        page.route("**/*", route)
        page.on("console", listen)
        page.goto(address)
        yield seen
        browser.close()


@pytest.fixture(scope="module")
def address(models: Path) -> Iterator[str]:
    with served(models, models) as found:
        yield found


@pytest.fixture
def seen(address: str) -> Iterator[Seen]:
    with opened(address, viewport={"width": 1400, "height": 900}) as found:
        found.page.locator("#photo input[type=file]").wait_for(state="attached")
        yield found
        assert found.outside == []


def downloaded(seen: Seen) -> object:
    """What the page's link gives."""
    with seen.page.expect_download() as download:
        seen.page.get_by_role("link", name="Download JSON").click()
    assert download.value.suggested_filename.endswith(".json")
    return json.loads(Path(download.value.path()).read_text(encoding="utf-8"))


def test_an_uploaded_drawing_is_shown_and_its_json_is_the_pipelines(
    seen: Seen, pipeline: Pipeline, drawing: Path
) -> None:
    seen.upload(drawing)
    expected = replace(pipeline(drawing), source=drawing.name)
    assert expected.garments
    seen.page.locator(".card").first.wait_for()
    assert seen.page.locator(".card").count() == len(expected.garments)
    assert f"{len(expected.garments)} garment" in seen.page.locator(".photo").inner_text()
    assert downloaded(seen) == expected.to_dict()


def test_a_turned_photo_reaches_the_pipeline_as_it_is(
    seen: Seen, pipeline: Pipeline, odd_files: dict[str, Path]
) -> None:
    path = odd_files["turned.jpg"]
    seen.upload(path)
    assert downloaded(seen) == replace(pipeline(path), source=path.name).to_dict()


def test_methods_and_the_smallest_score_can_be_changed(seen: Seen) -> None:
    page = seen.page
    page.get_by_role("button", name="Skirt, street").click()
    page.locator(".card").first.wait_for()
    assert page.locator(".maps").count() == 0
    cards = page.locator(".card").count()
    page.get_by_label("MTL w/ RNN + VA").check()
    page.locator(".maps").first.wait_for()
    page.get_by_label("Side by side").check()
    page.locator(".cards.wide").wait_for()
    assert page.locator(".method-says").count() == 2 * cards
    number = page.locator("#score input[type=number]")
    number.fill("1")
    number.press("Tab")
    page.get_by_text("No garment was found at this score").wait_for()


def test_bad_files_give_a_message_and_a_good_one_is_shown_after_each(
    seen: Seen, bad_files: dict[str, Path], drawing: Path
) -> None:
    for told, path in bad_files.items():
        seen.upload(path)
        assert told in seen.page.get_by_role("alert").inner_text()
        seen.upload(drawing)
        assert seen.page.locator(".photo img").count() == 1


def test_a_window_of_400_pixels_needs_no_horizontal_scrolling(seen: Seen) -> None:
    page = seen.page
    page.set_viewport_size({"width": 400, "height": 800})
    page.get_by_role("button", name="Skirt, street").click()
    page.locator(".card").first.wait_for()
    page.get_by_label("Side by side").check()
    page.locator(".cards.wide").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
    right = page.evaluate(
        "Math.max(...[...document.querySelectorAll('.card *, .photo *, .about *')]"
        ".map(one => one.getBoundingClientRect().right))"
    )
    assert right <= 400


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(address: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with opened(address, color_scheme=scheme) as seen:
        seen.page.get_by_role("button", name="Skirt, street").click()
        seen.page.locator(".card").first.wait_for()
        seen.page.get_by_label("Side by side").check()
        seen.page.locator(".cards.wide").wait_for()
        # Gradio dims what it is about to replace: colours count once nothing fades.
        seen.page.wait_for_function(
            "!document.querySelector('.pending') && document.getAnimations().length === 0"
        )
        found = Axe().run(seen.page).response["violations"]
        assert [(one["id"], one["nodes"][0]["html"]) for one in found] == []


def test_a_file_above_the_limit_is_refused(
    pipeline: Pipeline, drawing: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    large.write_bytes(drawing.read_bytes() + bytes(2**20))
    with (
        within(pipeline, tmp_path / "app", password=None, max_mb=1) as address,
        opened(address) as seen,
    ):
        seen.page.locator("#photo input[type=file]").set_input_files(large)
        seen.page.get_by_text("exceed the maximum allowed size").wait_for()
        seen.upload(drawing)
        assert seen.page.locator(".photo img").count() == 1


def test_with_a_password_nothing_is_shown_before_the_login(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    with (
        within(pipeline, tmp_path, password="correct horse", max_mb=1) as address,
        opened(address) as seen,
    ):
        page = seen.page
        page.get_by_label("username").fill("fashion-hls")
        assert page.get_by_role("heading", name="fashion-hls").count() == 0
        assert page.request.get(f"{address}/config").status == 401
        page.get_by_label("password").fill("wrong")
        page.get_by_role("button", name="Login").click()
        page.get_by_text("Incorrect Credentials").wait_for()
        # Gradio has emptied both.
        page.get_by_label("username").fill("fashion-hls")
        page.get_by_label("password").fill("correct horse")
        page.get_by_role("button", name="Login").click()
        page.get_by_role("heading", name="fashion-hls").wait_for()
        assert seen.outside == []
