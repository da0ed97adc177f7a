"""The page's parts, and what happens when one of them changes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any, Final

import gradio as gr

from fashion_hls.app.cards import cards_html, method_title, photo_html
from fashion_hls.app.examples import Example
from fashion_hls.app.header import header_html
from fashion_hls.app.look import SIDE_BY_SIDE, look_at
from fashion_hls.app.markup import alert
from fashion_hls.errors import UserError
from fashion_hls.inference.pipeline import Pipeline

#: Requests that wait; more are told to come back.
QUEUE: Final = 16
#: Seconds after which an upload is deleted, and between looks for such.
_KEPT: Final = 3600
_EMPTY: Final = '<p class="note">Drop a photo, or choose a drawing.</p>'
#: Fonts of the reader's system: nothing is loaded.
_FONTS: Final = ("system-ui", "sans-serif")
_MONO: Final = ("ui-monospace", "monospace")
_log = logging.getLogger(__name__)

#: File, method and smallest score to the HTML of the photo and of the cards.
Shower = Callable[[str | None, str, float], tuple[str, str]]


def shower(pipeline: Pipeline) -> Shower:
    """What the page calls whenever the file, the method or the score changes.

    A file that cannot be read gives a message in the photo's place.
    """

    def show(path: str | None, method: str, min_score: float) -> tuple[str, str]:
        if path is None:
            return _EMPTY, ""
        try:
            look = look_at(pipeline, path, method=method, min_score=min_score)
            return photo_html(look), cards_html(look)
        except UserError as error:
            return alert(str(error)), ""
        except Exception:
            # The page stays up for the next photo; the log says what to mend.
            _log.exception("a photo could not be predicted")
            return alert("Something went wrong with this photo; the command's log says what."), ""

    return show


def method_choices(pipeline: Pipeline) -> list[tuple[str, str]]:
    """Methods as (title, value), and all of them side by side where there are several."""
    titled = [(method_title(method), method) for method in pipeline.methods]
    return [*titled, ("Side by side", SIDE_BY_SIDE)] if len(titled) > 1 else titled


def build_page(pipeline: Pipeline, examples: Sequence[Example]) -> gr.Blocks:
    """The page.

    Args:
        pipeline: loaded.
        examples: drawings with a button each.
    """
    choices = method_choices(pipeline)
    with gr.Blocks(
        title="fashion-hls", analytics_enabled=False, delete_cache=(_KEPT, _KEPT)
    ) as page:
        gr.HTML(header_html(pipeline.card, pipeline.methods))
        with gr.Row():
            with gr.Column(scale=2, min_width=300):
                photo = gr.File(label="Photo", file_types=["image"], height=150, elem_id="photo")
                with gr.Row(elem_id="examples"):
                    buttons = [_example(one) for one in examples]
                method = gr.Radio(
                    choices, value=pipeline.method, label="Method", visible=len(choices) > 1
                )
                score = gr.Slider(
                    0, 1, pipeline.card["detection"]["min_score"], step=0.01,
                    label="Smallest score of a detection", elem_id="score",
                )  # fmt: skip
            with gr.Column(scale=3, min_width=300):
                shown = gr.HTML(_EMPTY, elem_id="shown")
        cards = gr.HTML(elem_id="cards")
        for button, example in zip(buttons, examples, strict=True):
            button.click(
                _always(str(example.path)), outputs=photo, api_visibility="private",
                show_progress="hidden",
            )  # fmt: skip
        gr.on(
            [photo.change, method.change, score.change],
            shower(pipeline),
            inputs=[photo, method, score],
            outputs=[shown, cards],
            trigger_mode="always_last",
            concurrency_limit=1,
            api_visibility="private",
            show_progress="minimal",
        )
    return page.queue(max_size=QUEUE, api_open=False)


def _example(one: Example) -> gr.Button:
    return gr.Button(one.title, icon=one.path, size="sm", min_width=120)


def _always(path: str) -> Callable[[], str]:
    return lambda: path


def theme() -> Any:
    """Gradio's plainest, in fonts of the system."""
    return gr.themes.Base(primary_hue="blue", font=_FONTS, font_mono=_MONO)


def stylesheet() -> str:
    """The page's own CSS."""
    return (files("fashion_hls.app") / "page.css").read_text(encoding="utf-8")
