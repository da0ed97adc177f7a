"""Photos as the exported detectors take them: scaled, normalised and padded as torch's path does.

The same arithmetic as ``without_sliver`` (detection/contract.py) and torchvision's
``GeneralizedRCNNTransform``, in NumPy and OpenCV. h x w is the photo, h' x w' its scaled size,
H x W the same rounded up to what the network's strides divide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from fashion_hls.inference.onnx_boxes import Candidates, Floats, not_empty


@dataclass(frozen=True)
class Frame:
    """How photos are brought to a network's size.

    ``image_size``: the shorter side in pixels, unless the longer one would exceed ``longest``.
    ``divisible``: the sides of what the network sees are multiples of this. ``mean``, ``std``: of
    each channel, for levels of 0-1. ``narrowest``: a photo narrower than one to this is padded to
    it, scaled down to ``largest`` pixels before that.
    """

    image_size: int
    longest: int
    divisible: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    narrowest: int
    largest: int


class Fitted(NamedTuple):
    """``pixels`` float32 [1, 3, H, W], normalised, zero in the padding; ``size`` (h', w');
    ``before`` the height and width that it was scaled from; ``sliver`` what the photo was scaled by
    before that, and padded, if it is a sliver."""

    pixels: Floats
    size: tuple[int, int]
    before: tuple[int, int]
    sliver: float | None


def fit(photo: NDArray[np.uint8], frame: Frame) -> Fitted:
    """A photo uint8 [h, w, 3] as a network takes it."""
    image, sliver = _without_sliver(photo, frame)
    height, width = image.shape[:2]
    size = scaled_size(height, width, frame)
    small = _resized(image, *size)
    sides = [-(-side // frame.divisible) * frame.divisible for side in size]
    pixels = np.zeros((1, 3, *sides), dtype=np.float32)
    # (x / 255 - mean) / std in one multiplication and one subtraction, plane by plane: NumPy is
    # slow over a last axis of three.
    mean, std = (
        np.asarray(one, dtype=np.float32)[:, None, None] for one in (frame.mean, frame.std)
    )
    seen = pixels[0, :, : size[0], : size[1]]
    np.multiply(small.transpose(2, 0, 1), np.float32(1 / 255) / std, out=seen)
    np.subtract(seen, mean / std, out=seen)
    return Fitted(pixels, size, (height, width), sliver)


def scaled_size(height: int, width: int, frame: Frame) -> tuple[int, int]:
    """Height and width in pixels of the scaled photo."""
    # Rounded as torch does: down, from the product in double precision.
    factor = min(frame.image_size / min(height, width), frame.longest / max(height, width))
    return math.floor(height * factor), math.floor(width * factor)


def restored(found: Candidates, fitted: Fitted, size: tuple[int, ...]) -> Candidates:
    """Detections on the scaled photo as detections on the photo of ``size`` (height, width)."""
    before, after = (np.asarray(one, dtype=np.float32) for one in (fitted.before, fitted.size))
    boxes = found.boxes * (before / after)[[1, 0, 1, 0]]
    if fitted.sliver is None:
        return found._replace(boxes=boxes)
    limits = np.asarray(size, dtype=np.float32)[[1, 0, 1, 0]]
    boxes = np.minimum(boxes / np.float32(fitted.sliver), limits)
    return found._replace(boxes=boxes).at(not_empty(boxes))


def _without_sliver(
    photo: NDArray[np.uint8], frame: Frame
) -> tuple[NDArray[np.uint8] | Floats, float | None]:
    height, width = photo.shape[:2]
    longer = max(height, width)
    if frame.narrowest * min(height, width) >= longer:
        return photo, None
    scale = min(1.0, frame.largest / longer)
    size = [max(1, round(side * scale)) for side in (height, width)]
    small = photo.astype(np.float32) if scale == 1.0 else _averaged(photo, size)
    least = -(-max(size) // frame.narrowest)
    padding = [(0, max(0, least - side)) for side in size]
    return np.pad(small, [*padding, (0, 0)]), scale


def _averaged(photo: NDArray[np.uint8], size: list[int]) -> Floats:
    """Scaled down by the mean of the pixels that each new one touches (torch's mode ``area``)."""
    sums = photo.astype(np.float64)
    for axis, new in enumerate(size):
        old = sums.shape[axis]
        places = np.arange(new)
        first, last = places * old // new, -(-(places + 1) * old // new)
        total = np.cumsum(sums, axis=axis)
        total = np.insert(total, 0, 0, axis=axis)
        counts = (last - first).reshape([-1 if i == axis else 1 for i in range(3)])
        sums = (np.take(total, last, axis) - np.take(total, first, axis)) / counts
    return sums.astype(np.float32)


def _resized(image: NDArray[np.uint8] | Floats, height: int, width: int) -> Floats:
    """Bilinear, without smoothing, in float32: OpenCV's own uint8 would round each level."""
    if image.shape[0] > 2 * height:
        image = _rows(image, height)  # a large photo has most of its rows left out
    resized = cv2.resize(
        image.astype(np.float32, copy=False), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return np.asarray(resized, dtype=np.float32)


def _rows(image: NDArray[np.uint8] | Floats, height: int) -> Floats:
    """Bilinear along the first axis alone, to [height, w, 3]."""
    old = image.shape[0]
    at = np.maximum(old / height * (np.arange(height) + 0.5) - 0.5, 0)
    upper = at.astype(np.int64)
    lower = np.minimum(upper + 1, old - 1)
    out: Floats = image[upper].astype(np.float32)
    difference = image[lower].astype(np.float32) - out
    out += difference * (at - upper).astype(np.float32)[:, None, None]
    return out
