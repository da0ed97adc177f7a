"""Small pieces of HTML, everything that comes from files escaped."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from typing import Final

from PIL import Image

from fashion_hls.data.images import encode
from fashion_hls.inference.results import Label

_JPEG_QUALITY: Final = 85
#: What Gradio's templates would read in a file's name.
_TEMPLATE: Final = str.maketrans({"{": "&#123;", "}": "&#125;", "$": "&#36;", "`": "&#96;"})


def escaped(text: str) -> str:
    """Text, fit for HTML and attributes in quotes."""
    return html.escape(text, quote=True).translate(_TEMPLATE)


def picture(image: Image.Image, alt: str) -> str:
    """A picture within the page itself: nothing is left on the disk."""
    content = base64.b64encode(encode(image, _JPEG_QUALITY)).decode()
    return (
        f'<img src="data:image/jpeg;base64,{content}" alt="{escaped(alt)}" '
        f'width="{image.width}" height="{image.height}">'
    )


def bar(score: float) -> str:
    """A score in 0-1 as a bar; its number stands beside it."""
    return (
        f'<span class="bar" aria-hidden="true"><span style="width: {100 * score:.1f}%"></span>'
        "</span>"
    )


def bars(labels: Sequence[Label]) -> str:
    """Labels with their scores as numbers and bars, in their order."""
    rows = "".join(
        f'<li><span class="name">{escaped(one.name)}</span> '
        f'<span class="score">{one.score:.2f}</span>{bar(one.score)}</li>'
        for one in labels
    )
    return f'<ol class="bars">{rows}</ol>'


def link(text: str, address: str, file_name: str) -> str:
    """A link that saves a file."""
    return (
        f'<a class="download" href="{escaped(address)}" download="{escaped(file_name)}">'
        f"{escaped(text)}</a>"
    )


def alert(message: str) -> str:
    """A mistake, read out by screen readers."""
    return f'<p class="alert" role="alert">{escaped(message)}</p>'
