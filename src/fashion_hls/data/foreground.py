"""A box for the one garment of a flat-lay photo, without anybody drawing it (paper §4.1).

The paper finds such boxes "with the use of Haar Cascades", and says no more. OpenCV ships none for
garments: its cascades find faces and bodies, so here they say which photos show a person, and the
box is the extent of what stands out from a plain background.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import cv2
import cv2.data
import numpy as np
from numpy.typing import NDArray

from fashion_hls import boxes

Reason = Literal[
    "no_plain_background", "no_foreground", "touches_border", "several_objects", "person"
]
REASONS: Final[tuple[Reason, ...]] = (
    "no_plain_background",
    "no_foreground",
    "touches_border",
    "several_objects",
    "person",
)
RGB = NDArray[np.uint8]
Mask = NDArray[np.bool_]

#: Longer side in pixels of the copy that is looked at; faces are looked for at the second.
_SIDE, _FACE_SIDE = 512, 448
#: Levels (of 255, in the channel that differs most) from the border's colour: what stands out,
#: and the two between which a box must not move for it to be trusted.
_LEVEL, _LOW, _HIGH = 12, 7, 24
#: Least share of border pixels of the border's colour, and of the photo that stands out.
_PLAIN, _LEAST = 0.75, 0.01
#: Share of the photo's outermost pixels that may stand out: a tip may, a cut sleeve may not.
_CONTACT = 0.01
#: A piece is kept from this share of the largest on; from the second on it is an object.
_PIECE, _OBJECT = 0.02, 0.15
#: Share of skin colour between which arms or legs are in it: prints have less, beige cloth more.
_SKIN, _BEIGE = 0.3, 0.75


@dataclass(frozen=True, kw_only=True)
class AutomaticBox:
    """``xyxy``: pixels of the photo. ``confidence``: 0 to 1, see find_box()."""

    xyxy: tuple[float, float, float, float]
    confidence: float


def find_box(rgb: RGB, *, footwear: bool) -> AutomaticBox | Reason:
    """The box of the one garment, or of the one pair of shoes, on a plain background.

    The confidence is a product of three shares: of the border's pixels that have its colour
    (is the background plain?), of the intersection in the union of the boxes at half and at
    double the threshold (does the garment stand out?), and of what stands out that lies in the
    pieces kept (is there anything else?).

    Args:
        rgb: upright photo [height, width, 3], at least one pixel.
        footwear: a pair may be two pieces, and leather has the colour of skin.

    Returns:
        The box, or the first reason against one, in the order of ``REASONS``. A person cut off by
        the photo's edge is therefore counted under ``touches_border``.
    """
    cv2.setNumThreads(1)  # sums in one order: the same photo gives the same box
    small = _shrunk(rgb)
    distance, uniform = _from_border(small)
    if uniform < _PLAIN:
        return "no_plain_background"
    mask = distance > _LEVEL
    if mask.mean() < _LEAST:
        return "no_foreground"
    if _frame(distance > _LOW).mean() > _CONTACT:
        return "touches_border"
    pieces, objects = _pieces(mask)
    if objects > (2 if footwear else 1):
        return "several_objects"
    if _shows_person(small, pieces, footwear=footwear):
        return "person"
    low, high = (_extent(_pieces(distance > level)[0]) for level in (_LOW, _HIGH))
    stable = float(boxes.iou(low[None], high[None])[0, 0])
    kept = float(pieces.sum() / mask.sum())
    x1, y1, x2, y2 = _enlarged(_extent(pieces), small.shape, rgb.shape)
    return AutomaticBox(xyxy=(x1, y1, x2, y2), confidence=uniform * stable * kept)


def _shrunk(rgb: RGB) -> RGB:
    """The photo itself, or a copy with a longer side of 512 pixels where it is larger."""
    height, width = rgb.shape[:2]
    if max(height, width) <= _SIDE:
        return rgb
    return _resized(rgb, _SIDE, cv2.INTER_AREA)


def _resized(image: RGB, side: int, method: int) -> RGB:
    """The image with its longer side of this many pixels, the shorter one of at least one."""
    scale = side / max(image.shape[:2])
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=method), dtype=np.uint8)


def _frame(image: NDArray[Any]) -> NDArray[Any]:
    """The outermost pixels [n, ...] of an image [height, width, ...]; corners count twice."""
    return np.concatenate([image[0], image[-1], image[:, 0], image[:, -1]])


def _from_border(rgb: RGB) -> tuple[NDArray[np.int16], float]:
    """Each pixel's levels from the border's median colour, and the share of it that has it."""
    signed = rgb.astype(np.int16)
    colour = np.median(_frame(signed), axis=0).round().astype(np.int16)
    distance: NDArray[np.int16] = np.abs(signed - colour).max(axis=2)
    return distance, float((_frame(distance) <= _LEVEL).mean())


def _pieces(mask: Mask) -> tuple[Mask, int]:
    """The mask without specks, and how many of its pieces are as large as an object.

    Straps and prints are joined to what is near them before pieces are told apart; the pixels
    kept are the mask's own, so that a box does not grow by it.
    """
    side = max(3, max(mask.shape) // 64) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    padded = np.pad(mask.astype(np.uint8), side)
    joined = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, kernel)[side:-side, side:-side]
    _, numbers = cv2.connectedComponents(np.ascontiguousarray(joined))
    sizes = np.bincount(numbers[mask], minlength=numbers.max() + 1)
    sizes[0] = 0
    keep = sizes >= max(1, _PIECE * sizes.max())
    objects = int((sizes >= max(1, _OBJECT * sizes.max())).sum())
    return mask & keep[numbers], objects


def _extent(mask: Mask) -> boxes.Boxes:
    """Box [4] xyxy of a mask's pixels; zeros where it has none."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return np.zeros(4)
    return np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], dtype=np.float64)


def _enlarged(xyxy: boxes.Boxes, shape: tuple[int, ...], full: tuple[int, ...]) -> list[float]:
    """A box of the shrunk copy in whole pixels of the photo, outwards."""
    scale = np.array([full[1] / shape[1], full[0] / shape[0]] * 2)
    scaled = xyxy * scale
    limits = [full[1], full[0]]
    low = np.floor(scaled[:2] + 1e-6)
    high = np.minimum(np.ceil(scaled[2:] - 1e-6), limits)
    return [*low.tolist(), *high.tolist()]


@cache
def _cascade(name: str) -> cv2.CascadeClassifier:
    """One of the cascades that come with OpenCV; they are read once in a process."""
    path = Path(cv2.data.haarcascades) / f"haarcascade_{name}.xml"
    return cv2.CascadeClassifier(str(path))


def _shows_person(rgb: RGB, pieces: Mask, *, footwear: bool) -> bool:
    """Whether there is a face, or skin beside cloth (a wearer whose head is cut away).

    The cascades of bodies do not help: on 781 shop photos each found at most one in eight of the
    people cut off by the border, and the one of lower bodies one in five empty trousers.
    """
    if not footwear:
        crcb = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)[pieces][:, 1:].astype(np.int16)
        # Skin in Cr and Cb, close to the range of Chai and Ngan (1999), whose Cr begins at 133.
        skin = ((crcb >= (135, 77)) & (crcb <= (173, 127))).all(axis=1).mean()
        if _SKIN <= skin <= _BEIGE:
            return True
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
    grey = _resized(grey, _FACE_SIDE, cv2.INTER_CUBIC)
    return any(
        len(_cascade(name).detectMultiScale(view, 1.1, 4, minSize=(24, 24)))
        for name, view in (
            ("frontalface_alt2", grey),
            ("profileface", grey),
            ("profileface", cv2.flip(grey, 1)),
        )
    )
