"""What is wrong with the files of real datasets, put into a few of the generated ones."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import ExifTags, Image

from fashion_hls.data.images import encode
from fashion_hls.data.sample.stencil import Box

#: Below so many photos nothing is damaged, as one file would be too large a share.
LEAST: Final = 100

#: What can be wrong with a photo's file, with its box, and with its name in an archive.
FILES: Final = ("truncated", "empty", "rotated", "cmyk")
BOXES: Final = ("outside", "inverted")
NAMES: Final = ("capitals",)

#: Share of photos labelled with a category that they do not show.
WRONG_LABELS: Final = 0.02

_ROTATED = 6


class Plan:
    """Which photo of an archive has which damage; each kind occurs once."""

    def __init__(self, kinds: Sequence[str], count: int, rng: np.random.Generator) -> None:
        if count < LEAST:
            kinds = ()
        # The last photos stay sound, so that a box's damage finds a photo with a box.
        places = np.sort(rng.choice(max(1, count * 4 // 5), len(kinds), replace=False))
        self._queue = list(zip(places.tolist(), rng.permutation(list(kinds)).tolist(), strict=True))

    def take(self, number: int, boxes: int) -> str:
        """The damage of the photo of this number (from 0), or nothing.

        Damage to a box waits for a photo with two ``boxes``, so that the photo keeps one.
        """
        if not self._queue or self._queue[0][0] > number:
            return ""
        if self._queue[0][1] in BOXES and boxes < 2:
            return ""
        return str(self._queue.pop(0)[1])


def encoded(image: Image.Image, quality: int, damage: str) -> bytes:
    """The photo's JPEG file, damaged as asked; ``rotated`` and ``cmyk`` can be read as they are."""
    if damage == "empty":
        return b""
    if damage == "truncated":
        data = encode(image, quality)
        return data[: len(data) // 2]
    if damage == "rotated":
        # A camera held sideways: the file's picture lies, and its header says so.
        exif, out = Image.Exif(), io.BytesIO()
        exif[ExifTags.Base.Orientation] = _ROTATED
        lying = image.transpose(Image.Transpose.ROTATE_90)
        lying.save(out, "JPEG", quality=quality, subsampling=0, exif=exif)
        return out.getvalue()
    if damage == "cmyk":
        return encode(image.convert("CMYK"), quality)
    return encode(image, quality)


def damaged_box(box: Box, size: tuple[int, int], damage: str) -> Box:
    """The box (xyxy pixels) as listed: beyond the picture, with its sides swapped, or right."""
    x1, y1, x2, y2 = box
    if damage == "outside":
        return x1, y1, size[0] + 9, y2
    if damage == "inverted":
        return x2, y1, x1, y2
    return box
