"""What every reader needs: image headers, boxes made valid, splits by seed."""

from __future__ import annotations

import io
import warnings
import zipfile
import zlib
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import pandas as pd
from PIL import ExifTags, Image

from fashion_hls import boxes
from fashion_hls.data.images import FORMATS, decode
from fashion_hls.data.quality import Quality
from fashion_hls.errors import UserError

MIN_SIDE = 1.0

#: What reading a damaged member of a folder or an archive may raise.
UNREADABLE: Final = (OSError, zipfile.BadZipFile, zlib.error, EOFError)

_JPEG_START, _JPEG_END = b"\xff\xd8", b"\xff\xd9"
_SIDEWAYS = (5, 6, 7, 8)


def image_size(data: bytes, name: str, quality: Quality) -> tuple[int, int] | None:
    """Width and height of an image file's upright picture, or None where it cannot be read.

    The picture is decoded whole: a truncated file has a perfect header. What is wrong is counted:
    ``image.empty_file``, ``image.too_large``, ``image.unreadable``.
    """
    return _measured(lambda: _decoded_size(data), data, name, quality)


def header_size(data: bytes, name: str, quality: Quality) -> tuple[int, int] | None:
    """As image_size(), from a JPEG's header and its end marker.

    Decoding 220,000 photos would take hours. Another format under a JPEG's name is rare, and is
    decoded.
    """
    return _measured(lambda: _upright_size(data), data, name, quality)


def _measured(
    size: Callable[[], tuple[int, int]], data: bytes, name: str, quality: Quality
) -> tuple[int, int] | None:
    if not data:
        quality.add("image.empty_file", name)
        return None
    try:
        with warnings.catch_warnings():
            # Up to twice its limit of pixels Pillow only warns.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return size()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        quality.add("image.too_large", name)
    # A damaged image raises whatever its damage leads the decoder into: any of these means that.
    except Exception:
        quality.add("image.unreadable", name)
    return None


def _decoded_size(data: bytes) -> tuple[int, int]:
    """Every pixel decoded; of a JPEG that is upright as it is, without the copies of decode()."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        if image.format == "JPEG" and image.getexif().get(ExifTags.Base.Orientation, 1) == 1:
            image.load()
            return image.size
    return decode(data).size


def _upright_size(data: bytes) -> tuple[int, int]:
    """From the header; raises what Pillow raises, or OSError where the end marker is missing."""
    if not data.startswith(_JPEG_START):
        return decode(data).size
    if _JPEG_END not in data[-1024:]:
        raise OSError("the JPEG has no end marker")
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        width, height = image.size
        sideways = image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
    return (height, width) if sideways else (width, height)


def valid_box(
    xyxy: Sequence[float], width: int, height: int, name: str, quality: Quality
) -> tuple[float, float, float, float] | None:
    """The box (xyxy pixels) within the image, or None if nothing of it is left.

    What was changed or lost is counted: ``box.malformed``, ``box.inverted``, ``box.clipped``,
    ``box.outside``, ``box.no_area``.
    """
    if len(xyxy) == 4:
        # Most boxes are inside, and no array is needed to see it.
        a, b, c, d = xyxy
        if a >= 0 and b >= 0 and c <= width and d <= height and min(c - a, d - b) >= MIN_SIDE:
            return (float(a), float(b), float(c), float(d))
    values = np.asarray(xyxy, dtype=np.float64)
    if values.shape != (4,) or not np.isfinite(values).all():
        quality.add("box.malformed", name)
        return None
    x1, y1, x2, y2 = values.tolist()
    if x2 < x1 or y2 < y1:
        quality.add("box.inverted", name)
        return None
    if x1 >= width or y1 >= height or x2 <= 0 or y2 <= 0:
        quality.add("box.outside", name)
        return None
    inside = boxes.clip(values[None], width, height)[0]
    if (inside[2:] - inside[:2]).min() < MIN_SIDE:
        quality.add("box.no_area", name)
        return None
    if not np.array_equal(inside, values):
        quality.add("box.clipped", name)
    a, b, c, d = inside.tolist()
    return (a, b, c, d)


def split_by_seed(count: int, shares: Sequence[float], *, seed: int) -> list[str]:
    """A split name (train, val, test) for each of ``count`` rows, at random by the seed."""
    if len(shares) != 3 or abs(sum(shares) - 1) > 1e-9 or min(shares) < 0:
        raise UserError(f"params.yaml: splits: {list(shares)}: needs three shares that sum to 1")
    order = np.random.default_rng(seed).permutation(count)
    cuts = np.round(np.cumsum(shares)[:2] * count).astype(int)
    names = np.empty(count, dtype=object)
    for name, part in zip(("train", "val", "test"), np.split(order, cuts), strict=True):
        names[part] = name
    return [str(name) for name in names]


def drop_repeated_objects(
    images: pd.DataFrame, objects: pd.DataFrame, quality: Quality
) -> pd.DataFrame:
    """Objects without those of the same image, label and box as one before: ``box.repeated``."""
    again = objects.duplicated(["image_id", "label", "x1", "y1", "x2", "y2"])
    files = images.set_index("image_id")["file"]
    for number in objects.loc[again, "image_id"]:
        quality.add("box.repeated", str(files[number]))
    return objects[~again].reset_index(drop=True)


def drop_images_without_objects(
    images: pd.DataFrame, objects: pd.DataFrame, quality: Quality
) -> pd.DataFrame:
    """Images that kept at least one object; the others are counted ``image.no_garment``."""
    has = images["image_id"].isin(set(objects["image_id"]))
    for name in images.loc[~has, "file"]:
        quality.add("image.no_garment", str(name))
    return images[has].reset_index(drop=True)
