"""A photo's garments as HTML: the photo with boxes, a card for each garment."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fashion_hls.app.look import Look, as_json
from fashion_hls.app.markup import bar, bars, escaped, link, picture
from fashion_hls.boxes import whole_pixels
from fashion_hls.explain.gallery import overlay
from fashion_hls.inference.drawing import annotated
from fashion_hls.inference.naming import STEPS
from fashion_hls.inference.results import Garment
from fashion_hls.report.sheet import TYPE_COLOURS
from fashion_hls.report.table7 import METHODS
from fashion_hls.taxonomy import OBJECT_TYPES

#: Pixels of the longer side of what is shown.
PHOTO, CROP, MAP = 1200, 360, 200
_DISAGREES = (
    "The category is not of this object type: either the detector or the method is wrong here."
)


def method_title(method: str) -> str:
    """A method's name in the paper; its own where the paper has none."""
    return METHODS.get(method, method)


def photo_html(look: Look) -> str:
    """The photo with its garments drawn on it, and the results as a file to download."""
    drawn = annotated(look.pixels, look.first)
    drawn.thumbnail((PHOTO, PHOTO), Image.Resampling.LANCZOS)
    count = len(look.first.garments)
    told = "no garment found" if not count else ", ".join(map(_named, look.first.garments))
    content = base64.b64encode(as_json(look).encode()).decode()
    stem = look.name.rpartition(".")[0] or look.name
    return (
        f'<figure class="photo">{picture(drawn, f"{look.name}: {told}")}'
        f"<figcaption>{escaped(look.name)}, {look.first.width} x {look.first.height} pixels: "
        f"{count} garment{'' if count == 1 else 's'}. "
        f"{link('Download JSON', f'data:application/json;base64,{content}', f'{stem}.json')}"
        "</figcaption></figure>"
    )


def cards_html(look: Look) -> str:
    """A card for each garment, best first; several methods side by side in it."""
    if not look.first.garments:
        return (
            '<p class="note">No garment was found at this score. Lower the smallest score, or '
            "try a photo that shows the clothes larger.</p>"
        )
    several = len(look.results) > 1
    cards = "".join(
        _card(look, place, garment, several) for place, garment in enumerate(look.first.garments)
    )
    return f'<div class="cards{" wide" if several else ""}">{cards}</div>'


def _card(look: Look, place: int, garment: Garment, several: bool) -> str:
    image = Image.fromarray(look.pixels)
    crop = image.crop(whole_pixels(garment.box, *image.size))
    crop.thumbnail((CROP, CROP), Image.Resampling.LANCZOS)
    colour = TYPE_COLOURS[OBJECT_TYPES.index(garment.object_type)]
    x1, y1, x2, y2 = (round(side) for side in garment.box)
    said = "".join(
        _said(result.garments[place], crop, method if several else None)
        for method, result in look.results.items()
    )
    return (
        f'<article class="card" style="--type: {colour}" aria-label="Garment {place + 1}">'
        f'<div class="seen">{picture(crop, f"Garment {place + 1}, cut out of the photo")}'
        f'<h2 class="type"><span class="swatch" aria-hidden="true"></span>'
        f'{escaped(garment.object_type)} <span class="score">{garment.score:.2f}</span></h2>'
        f'<p class="box">x {x1} to {x2}, y {y1} to {y2}</p></div>'
        f'<div class="said">{said}</div></article>'
    )


def _said(garment: Garment, crop: Image.Image, method: str | None) -> str:
    """What one method says of a garment; ``method`` None: nothing has to tell it from others."""
    heading = f'<p class="method">{escaped(method_title(method))}</p>' if method else ""
    doubt = "" if garment.type_agrees else f'<p class="doubt">{_DISAGREES}</p>'
    best, further = garment.category.score, garment.categories[1:]
    others = f"<h4>Next categories</h4>{bars(further)}" if further else ""
    attributes = bars(garment.attributes) if garment.attributes else '<p class="note">None.</p>'
    return (
        f'<section class="method-says">{heading}'
        f'<h3>{escaped(garment.category.name)} <span class="score">{best:.2f}</span></h3>'
        f"{bar(best)}{doubt}"
        f"{others}<h4>Attributes</h4>{attributes}{_maps(garment, crop)}</section>"
    )


def _maps(garment: Garment, crop: Image.Image) -> str:
    if not garment.attention:
        return ""
    small = crop.copy()
    small.thumbnail((MAP, MAP), Image.Resampling.LANCZOS)
    shown = "".join(_map(small, step, garment.attention[step]) for step in STEPS)
    return f'<h4>Where it looked</h4><div class="maps">{shown}</div>'


def _map(crop: Image.Image, step: str, weights: NDArray[np.float32]) -> str:
    what = f"for the {step}"
    alt = f"The garment under the weights of attention {what}; brighter is more"
    return f"<figure>{picture(overlay(crop, weights), alt)}<figcaption>{what}</figcaption></figure>"


def _named(garment: Garment) -> str:
    return f"{garment.object_type} {garment.category.name} {garment.category.score:.2f}"
