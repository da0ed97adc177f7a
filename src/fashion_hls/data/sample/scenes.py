"""Photos: a figure in an outfit, or clothes laid flat, with the box of each visible garment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageFilter

from fashion_hls.data.sample import palette
from fashion_hls.data.sample.body import Person, draw_body, draw_hands, draw_person
from fashion_hls.data.sample.clutter import carry, stand_before
from fashion_hls.data.sample.cuts import BOTTOM, SHOE
from fashion_hls.data.sample.figure import Figure, draw_figure
from fashion_hls.data.sample.flat_lay import laid_out
from fashion_hls.data.sample.footwear import lay_shoes, wear_shoes
from fashion_hls.data.sample.silhouettes import lining, silhouette
from fashion_hls.data.sample.stencil import Box, Stencil
from fashion_hls.data.sample.surroundings import SETTINGS, draw_background, white_ground
from fashion_hls.data.sample.textures import lay_cloth
from fashion_hls.data.sample.trims import draw_details, has_emblem
from fashion_hls.data.sample.wardrobe import Garment

#: Heights in heads at the picture's edges: the whole figure, its upper and its lower half.
WINDOWS: Final = {"whole": (-0.45, 7.85), "upper": (-0.2, 4.9), "lower": (1.6, 7.85)}

#: A garment of which less than this share of the picture's longer side shows is not labelled;
#: shoes are small however well they show.
MIN_VISIBLE: Final = 0.05
MIN_SHOE: Final = 0.025


class Seen(NamedTuple):
    """A visible garment, its box (xyxy pixels, end exclusive), and the share (0..1) of it, within
    the picture, that something else hides."""

    garment: Garment
    box: Box
    hidden: float


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A photo. ``garments``: those that can be seen. ``worn``: by somebody, not laid flat."""

    image: Image.Image
    garments: list[Seen]
    worn: bool


def draw_size(image_size: int, rng: np.random.Generator) -> tuple[int, int]:
    """Width and height; the longer side is ``image_size``."""
    shape = rng.choice(3, p=[0.6, 0.3, 0.1])
    if shape == 2:
        return image_size, round(image_size * 0.85)
    return round(image_size * (0.72, 1.0)[shape]), image_size


def draw_scene(
    outfit: list[Garment],
    view: str,
    size: tuple[int, int],
    rng: np.random.Generator,
    *,
    setting: str | None = None,
    person: Person | None = None,
) -> Scene:
    """A photo of someone in the outfit.

    Args:
        outfit: garments in the order in which they are put on.
        view: whole, upper or lower, the part of the figure that fills the picture.
        size: width and height in pixels.
        rng: source of every choice.
        setting: studio, street or room; None: any.
        person: who wears it; None: anybody.
    """
    person = person or draw_person(rng)
    setting = setting or SETTINGS[int(rng.choice(3, p=[0.4, 0.35, 0.25]))]
    top, bottom = WINDOWS[view]
    margin = rng.uniform(0, 1.4) if view == "whole" else rng.uniform(0, 0.7)
    if view == "whole" and rng.random() < 0.18:
        # Seen from afar.
        margin += rng.uniform(1.0, 3.2)
    above = margin * rng.uniform(0.3, 0.9)
    figure = draw_figure(size, (top - above, bottom + margin - above), rng)
    image = draw_background(setting, size, rng)
    _ground_shadow(image, figure)
    draw_body(image, figure, person)
    masks = [_wear(image, garment, figure, rng) for garment in outfit]
    masks += [draw_hands(image, figure, person), *carry(image, figure, rng)]
    masks += stand_before(image, rng)
    image = _expose(image, rng, 0.16)
    return Scene(image=image, garments=_visible(outfit, masks), worn=True)


def draw_flat_lay(
    garments: list[Garment], size: tuple[int, int], rng: np.random.Generator
) -> Scene:
    """A shop's photo of one garment, or of two side by side, on white, worn by nobody."""
    image, masks = white_ground(size, rng), []
    for garment, figure in zip(garments, laid_out(garments, size, rng), strict=True):
        if garment.kind.type == SHOE:
            masks.append(lay_shoes(image, garment, figure, rng))
        else:
            masks.append(_wear(image, garment, figure, rng))
    image = _expose(image, rng, 0.03)
    return Scene(image=image, garments=_visible(garments, masks), worn=False)


def _visible(garments: list[Garment], masks: list[Image.Image]) -> list[Seen]:
    """What the masks after a garment's own leave of it."""
    found = []
    for place, garment in enumerate(garments):
        seen = masks[place]
        for over in masks[place + 1 :]:
            seen = ImageChops.subtract(seen, over)
        box = seen.point(lambda level: 255 if level > 127 else 0).getbbox()
        least = MIN_SHOE if garment.kind.type == SHOE else MIN_VISIBLE
        if box and min(box[2] - box[0], box[3] - box[1]) >= least * max(seen.size):
            left, all_of_it = (int((np.asarray(mask) > 127).sum()) for mask in (seen, masks[place]))
            found.append(Seen(garment, box, 1 - left / max(all_of_it, 1)))
    return found


def _wear(
    image: Image.Image, garment: Garment, figure: Figure, rng: np.random.Generator
) -> Image.Image:
    """Draw the garment on the picture; its mask."""
    if garment.kind.type == SHOE:
        return wear_shoes(image, garment, figure, rng)
    mask = silhouette(garment, figure, image.size)
    _shadow(image, mask, figure)
    look = replace(garment.look, pattern="") if has_emblem(garment) else garment.look
    lay_cloth(image, mask, look, figure.unit, rng)
    if figure.flat and garment.kind.type != BOTTOM:
        inside = lining(garment.cut, figure, image.size)
        image.paste(palette.shade(garment.look.main, 0.5), (0, 0), inside)
    draw_details(image, garment, figure, mask)
    return mask


def _shadow(image: Image.Image, mask: Image.Image, figure: Figure) -> None:
    """What a garment throws on whatever lies below it."""
    box = mask.getbbox()
    if box is None:
        return
    blur = max(1, round(figure.unit * (0.12 if figure.flat else 0.06)))
    x1, y1 = max(0, box[0] - 2 * blur), max(0, box[1] - 2 * blur)
    x2, y2 = min(image.width, box[2] + 2 * blur), min(image.height, box[3] + 2 * blur)
    soft = mask.crop((x1, y1, x2, y2)).filter(ImageFilter.BoxBlur(blur))
    depth = 0.4 if figure.flat else 0.28
    dark = soft.point([round(level * depth) for level in range(256)])
    image.paste((30, 28, 32), (x1, y1 + blur // 2, x2, y2 + blur // 2), dark)


def _ground_shadow(image: Image.Image, figure: Figure) -> None:
    stencil = Stencil(figure, image.size)
    for leg in figure.legs:
        x, y = leg[-1]
        stencil.disc((x * 1.15, y + 0.38), 0.5, 0.13)
    found = stencil.patch()
    if found:
        mask, box = found
        soft = mask.filter(ImageFilter.BoxBlur(max(1, round(figure.unit * 0.1))))
        image.paste((24, 22, 26), box[:2], soft.point([level * 2 // 5 for level in range(256)]))


def _expose(image: Image.Image, rng: np.random.Generator, spread: float) -> Image.Image:
    """Light of some colour falling from one side, and a camera's exposure around 1 ± spread."""
    gain = rng.uniform(1 - spread, 1 + spread * 0.9)
    warmth = float(rng.normal(0, spread * 0.15))
    side = np.linspace(-1, 1, image.width, dtype=np.float32)[None, :, None]
    tint = np.array([1 + warmth, 1.0, 1 - warmth], dtype=np.float32)
    light = (gain + side * rng.normal(0, spread * 0.5)).astype(np.float32) * tint
    pixels = np.asarray(image, dtype=np.float32) * light
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
