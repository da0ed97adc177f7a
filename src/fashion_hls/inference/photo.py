"""Whatever holds a picture to an upright RGB photo, or one line that says why not."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from fashion_hls.data.images import FORMATS, decode
from fashion_hls.errors import UserError

#: A path, a file's bytes, a Pillow image, or an array [h, w], [h, w, 3] or [h, w, 4] of uint8.
Photo = str | os.PathLike[str] | bytes | Image.Image | NDArray[np.uint8]

#: More than any phone takes; decoded, 300 MB.
MOST_PIXELS: Final = 100_000_000
#: Bytes of a file; a photo of ``MOST_PIXELS`` is smaller in any format but raw TIFF.
MOST_BYTES: Final = 300_000_000
#: Endings of the files that a folder is searched for.
ENDINGS: Final = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]+://", re.IGNORECASE)


def name_of(photo: Photo) -> str | None:
    """A file's path as it was given; None where there is no file."""
    return os.fspath(photo) if isinstance(photo, str | os.PathLike) else None


def read_photo(photo: Photo, name: str | None = None) -> NDArray[np.uint8]:
    """An upright RGB photo, uint8 [height, width, 3].

    Animations give their first picture; transparent parts become white; 16-bit levels are scaled.

    Args:
        photo: see :data:`Photo`.
        name: what messages call it, where it is no file.

    Raises:
        UserError: it is no picture, damaged, empty, too large, or cannot be read.
    """
    if isinstance(photo, np.ndarray):
        return _from_array(photo, name or "the array")
    if isinstance(photo, Image.Image):
        return _from_image(photo, name or "the image")
    if isinstance(photo, str | os.PathLike):
        return _from_bytes(_file(os.fspath(photo)), name or os.fspath(photo))
    if isinstance(photo, bytes | bytearray | memoryview):
        return _from_bytes(bytes(photo), name or "the image's bytes")
    raise UserError(
        f"{type(photo).__name__} is no photo; give a path, bytes, a Pillow image or a uint8 array"
    )


def _file(place: str) -> bytes:
    if _ADDRESS.match(place):
        raise UserError(f"{place}: is an address; nothing is fetched: download the photo first")
    path = Path(place)
    try:
        if path.is_dir():
            raise UserError(f"{place}: is a folder, not a photo")
        if path.exists() and not path.is_file():
            raise UserError(f"{place}: is no regular file")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise UserError(
                f"{place}: has {size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}; shrink it"
            )
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{place}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # a NUL in the name
        raise UserError(f"{place!r}: is no file's name") from error


def _from_bytes(data: bytes, name: str) -> NDArray[np.uint8]:
    if not data:
        raise UserError(f"{name}: is empty (0 bytes)")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _refuse_huge(*image.size, name)
        return np.asarray(decode(data))
    except UnidentifiedImageError as error:
        known = ", ".join(FORMATS)
        raise UserError(f"{name}: is no image that can be read; save it as one of {known}") from (
            error
        )
    except Image.DecompressionBombError as error:
        raise UserError(_huge(name, "far too many pixels")) from error
    except (OSError, SyntaxError, ValueError, EOFError, OverflowError, MemoryError) as error:
        raise UserError(f"{name}: is damaged ({error}); save it anew") from error


def _from_image(image: Image.Image, name: str) -> NDArray[np.uint8]:
    _refuse_huge(*image.size, name)
    if image.mode == "RGB" and not image.getexif():
        return np.asarray(image)
    out = io.BytesIO()
    mode = image.mode if image.mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") else "RGB"
    try:
        # One way for all: what a file of it would give.
        image.convert(mode).save(out, "PNG", exif=image.getexif().tobytes(), compress_level=0)
    except (OSError, ValueError) as error:
        raise UserError(f"{name}: cannot be read ({error})") from error
    return _from_bytes(out.getvalue(), name)


def _from_array(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    if array.dtype != np.uint8:
        raise UserError(f"{name}: has values of type {array.dtype}; give uint8 in 0-255, RGB")
    if array.ndim == 2:
        array = np.repeat(array[:, :, None], 3, axis=2)
    if array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
        shape = list(array.shape)
        raise UserError(f"{name}: has the shape {shape}; give [height, width, 3], RGB")
    _refuse_huge(array.shape[1], array.shape[0], name)
    if array.shape[2] == 4:
        return _from_image(Image.fromarray(array, "RGBA"), name)
    return np.ascontiguousarray(array)


def _refuse_huge(width: int, height: int, name: str) -> None:
    if width * height > MOST_PIXELS:
        raise UserError(_huge(name, f"{width} x {height} pixels"))


def _huge(name: str, size: str) -> str:
    return f"{name}: has {size}, more than {MOST_PIXELS / 1e6:.0f} megapixels; shrink it"
