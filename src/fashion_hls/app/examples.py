"""Drawings to try the page with, of the generated sample."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from fashion_hls.data.images import encode
from fashion_hls.data.sample.kinds import KINDS
from fashion_hls.data.sample.scenes import draw_flat_lay, draw_scene
from fashion_hls.data.sample.wardrobe import Kinds, draw_garment, draw_outfit

_HEIGHT: Final = 640


class Example(NamedTuple):
    """A drawing and what its button says."""

    title: str
    path: Path


class _Drawn(NamedTuple):
    title: str
    category: str
    setting: str | None
    seed: int
    kinds: Kinds = KINDS


#: ``setting`` None: laid flat.
_DRAWINGS: Final = (
    _Drawn("Skirt, street", "Skirt", "street", 15),
    _Drawn("Dress, studio", "Dress", "studio", 15),
    _Drawn("Jacket, room", "Jacket", "room", 10),
    _Drawn("Hoodie, laid flat", "Hoodie", None, 2),
)


def draw_examples(folder: Path) -> list[Example]:
    """Draw them, the same ones each time, as JPEG.

    Args:
        folder: to make.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for one in _DRAWINGS:
        path = folder / f"{one.title.replace(', ', '_').replace(' ', '_').lower()}.jpg"
        path.write_bytes(_draw(one))
        drawn.append(Example(one.title, path))
    return drawn


def _draw(one: _Drawn) -> bytes:
    rng = np.random.default_rng(one.seed)
    garment = draw_garment(one.category, rng, one.kinds)
    if one.setting is None:
        scene = draw_flat_lay([garment], (_HEIGHT, _HEIGHT), rng)
    else:
        outfit = draw_outfit(rng, garment, one.kinds)
        size = (round(_HEIGHT * 0.72), _HEIGHT)
        scene = draw_scene(outfit, "whole", size, rng, setting=one.setting)
    return encode(scene.image, quality=90)
