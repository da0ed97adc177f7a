import importlib.util
from pathlib import Path

import pytest

from fashion_hls import __main__
from fashion_hls.app.examples import draw_examples
from fashion_hls.app.look import SIDE_BY_SIDE
from fashion_hls.app.page import QUEUE, build_page, method_choices, shower, stylesheet, theme
from fashion_hls.data.images import decode
from fashion_hls.inference.pipeline import Pipeline


def test_bad_files_give_a_message_and_the_next_photo_is_shown(
    pipeline: Pipeline, bad_files: dict[str, Path], drawing: Path
) -> None:
    show = shower(pipeline)
    for told, path in bad_files.items():
        shown, cards = show(str(path), "stl", 0.5)
        assert 'role="alert"' in shown
        assert told in shown
        assert cards == ""
    shown, cards = show(str(drawing), "stl", 0.3)
    assert "<figure" in shown
    assert "<article" in cards


def test_what_nobody_foresaw_is_logged_and_told(
    pipeline: Pipeline, drawing: Path, monkeypatch, caplog
) -> None:
    def broken(*_args, **_options):
        raise RuntimeError("out of luck")

    monkeypatch.setattr(Pipeline, "__call__", broken)
    shown, cards = shower(pipeline)(str(drawing), "stl", 0.5)
    assert 'role="alert"' in shown
    assert "out of luck" not in shown
    assert cards == ""
    assert "out of luck" in caplog.text


def test_without_a_file_the_page_says_what_to_do(pipeline: Pipeline) -> None:
    shown, cards = shower(pipeline)(None, "stl", 0.5)
    assert "Drop a photo" in shown
    assert cards == ""


def test_several_methods_can_be_seen_side_by_side(pipeline: Pipeline, models: Path) -> None:
    assert [value for _, value in method_choices(pipeline)] == ["stl", "mtl_rnn_va", SIDE_BY_SIDE]
    networks = pipeline._networks
    one = Pipeline(networks.detector, {"stl": networks.classifier("stl")}, pipeline.card)
    assert [value for _, value in method_choices(one)] == ["stl"]


def test_the_page_keeps_to_itself(pipeline: Pipeline, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    page = build_page(pipeline, draw_examples(tmp_path / "examples"))
    assert page.analytics_enabled is False
    assert page.share is False
    assert page._queue.max_size == QUEUE
    assert theme()._stylesheets == []
    assert "http" not in stylesheet()
    assert "@import" not in stylesheet()
    (file,) = [one for one in page.blocks.values() if type(one).__name__ == "File"]
    assert file.type == "filepath"


def test_examples_are_the_same_drawings_each_time(tmp_path: Path) -> None:
    first, again = draw_examples(tmp_path / "a"), draw_examples(tmp_path / "b")
    assert len({one.title for one in first}) == len(first) >= 3
    for one, other in zip(first, again, strict=True):
        assert one.path.read_bytes() == other.path.read_bytes()
        assert max(decode(one.path.read_bytes()).size) == 640


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--max-mb", "0"], "--max-mb must be 1 or more"),
        (["--port", "70000"], "--port must be in 0 to 65535"),
        (["--host", "0.0.0.0"], "FASHION_HLS_APP_PASSWORD"),
        (["--port", "0", "--models", "nowhere"], "nowhere: not found"),
    ],
)
def test_mistakes_end_in_one_line(capsys, monkeypatch, arguments, message) -> None:
    monkeypatch.delenv("FASHION_HLS_APP_PASSWORD", raising=False)
    with pytest.raises(SystemExit) as ended:
        __main__.main(["app", *arguments])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("app: ")
    assert message in line


def test_without_gradio_the_message_says_what_to_install(capsys, monkeypatch) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "gradio" else found(name)
    )
    with pytest.raises(SystemExit):
        __main__.main(["app"])
    assert capsys.readouterr().err == (
        "app: gradio is not installed; run `pip install fashion-hls[app]`\n"
    )
