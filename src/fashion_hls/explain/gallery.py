"""Attention over crops, drawn as in the paper's Figure 3: the crop and a map for each step."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from fashion_hls.report.sheet import Cell, contact_sheet

SIDE = 240
_SHARE = 0.55
_COLOURS = "inferno"


def overlay(picture: Image.Image, weights: NDArray[np.floating]) -> Image.Image:
    """A picture under the colours of a map [h, w], smoothed; the highest weight is brightest."""
    top = float(weights.max()) or 1.0
    levels = Image.fromarray((255 * weights / top).astype(np.uint8))
    smooth = np.asarray(levels.resize(picture.size, Image.Resampling.BICUBIC)) / 255
    colours = matplotlib.colormaps[_COLOURS](smooth)[..., :3]
    mixed = _SHARE * colours + (1 - _SHARE) * np.asarray(picture.convert("L"))[..., None] / 255
    return Image.fromarray((255 * mixed).astype(np.uint8))


def gallery(
    pictures: Sequence[Image.Image],
    maps: NDArray[np.floating],
    captions: Sequence[tuple[str, str, str]],
) -> Image.Image:
    """Rows of crop, category step and attribute step.

    Args:
        pictures: n crops.
        maps: [n, 2, h, w], weights of both steps.
        captions: of the three cells of each row.
    """
    cells = []
    for picture, steps, texts in zip(pictures, maps, captions, strict=True):
        square = picture.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        drawn = [square, *(overlay(square, weights) for weights in steps)]
        cells += [Cell(image=one, caption=text) for one, text in zip(drawn, texts, strict=True)]
    return contact_sheet(cells, columns=3, side=SIDE)
