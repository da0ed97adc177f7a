"""Whatever holds a picture to an upright RGB photo, or one line that says why not."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from fashion_hls.data.images import FORMATS, decode
from fashion_hls.errors import UserError

#: A path, a file's bytes, a Pillow image, or an array [h, w], [h, w, 3] or [h, w, 4] of uint8.
Photo = str | os.PathLike[str] | bytes | Image.Image | NDArray[np.uint8]

#: Up to here Pillow does not warn of a bomb; decoded, 270 MB.
MOST_PIXELS: Final = 89_000_000
#: Bytes of a file; a photo of ``MOST_PIXELS`` is smaller in any format but raw TIFF.
MOST_BYTES: Final = 300_000_000
#: Endings of the files that a folder is searched for.
ENDINGS: Final = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff")
_ADDRESS = re.compile(r"^([a-z][a-z0-9+.-]+://|data:)", re.IGNORECASE)
_LONGEST_NAME = 300
#: Modes that PNG lacks, or that Pillow would clip there, and those that lose nothing.
_AS_PNG = {"I": "I;16", "I;16L": "I;16", "I;16B": "I;16", "I;16N": "I;16"} | {
    **{"La": "LA", "RGBa": "RGBA", "PA": "RGBA", "RGBX": "RGB", "CMYK": "RGB", "YCbCr": "RGB"},
    **{"HSV": "RGB", "LAB": "RGB"},
}


def name_of(photo: Photo) -> str | None:
    """A file's path as it was given; None where there is no file."""
    return os.fspath(photo) if isinstance(photo, str | os.PathLike) else None


def shown(name: str) -> str:
    """A name on one line, whatever its characters, cut where it is very long."""
    plain = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in name) or "''"
    return plain if len(plain) <= _LONGEST_NAME else f"{plain[:_LONGEST_NAME]}…"


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
        place = os.fspath(photo)
        return _from_bytes(_file(place), name or shown(place))
    if isinstance(photo, bytes | bytearray | memoryview):
        name = name or "the image's bytes"
        if len(photo) > MOST_BYTES:
            raise UserError(f"{name}: has more than {MOST_BYTES / 1e6:.0f} MB; shrink it")
        return _from_bytes(bytes(photo), name)
    raise UserError(
        f"{type(photo).__name__} is no photo; give a path, bytes, a Pillow image or a uint8 array"
    )


def _file(place: str) -> bytes:
    name = shown(place)
    if _ADDRESS.match(place):
        raise UserError(f"{name}: is an address; nothing is fetched: download the photo first")
    if not place or "\0" in place:
        raise UserError(f"{name}: is no file's name")
    path = Path(place)
    try:
        if path.is_dir():
            os.scandir(path).close()  # one that may not be read says so
            raise UserError(f"{name}: is a folder, not a photo")
        if path.exists() and not path.is_file():
            raise UserError(f"{name}: is no regular file")
        if (size := path.stat().st_size) > MOST_BYTES:
            raise UserError(
                f"{name}: has {size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}; shrink it"
            )
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"{name}: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:  # letters that this system's names cannot have
        raise UserError(f"{name}: is no file's name") from error


def _from_bytes(data: bytes, name: str) -> NDArray[np.uint8]:
    if not data:
        raise UserError(f"{name}: is empty (0 bytes)")
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _refuse(image, name)
        return np.asarray(decode(data))
    except UserError:
        raise
    except UnidentifiedImageError as error:
        known = ", ".join(FORMATS)
        raise UserError(f"{name}: is no image that can be read; save it as one of {known}") from (
            error
        )
    except Image.DecompressionBombError as error:
        raise UserError(_huge(name, "far too many pixels")) from error
    except MemoryError as error:
        raise UserError(f"{name}: does not fit in memory; shrink it") from error
    except Exception as error:
        raise UserError(_damaged(name, error)) from error


def _damaged(name: str, error: Exception) -> str:
    # Decoders let whatever a broken file leads to escape: struct.error, KeyError, TypeError.
    reason = shown(str(error)) if str(error) else type(error).__name__
    return f"{name}: is damaged ({reason}); save it anew"


def _from_image(image: Image.Image, name: str) -> NDArray[np.uint8]:
    _refuse(image, name)
    try:
        upright = ImageOps.exif_transpose(image)
        if upright.mode == "RGB" and not upright.has_transparency_data:
            return np.asarray(upright)
        out = io.BytesIO()
        # One way for all: what a file of it would give.
        upright.convert(_AS_PNG.get(upright.mode, upright.mode)).save(out, "PNG", compress_level=0)
    except Exception as error:
        raise UserError(_damaged(name, error)) from error
    return _from_bytes(out.getvalue(), name)


def _from_array(array: NDArray[Any], name: str) -> NDArray[np.uint8]:
    if array.dtype != np.uint8:
        raise UserError(f"{name}: has values of type {array.dtype}; give uint8 in 0-255, RGB")
    coloured = array.ndim == 3 and array.shape[2] in (3, 4)
    if not (coloured or array.ndim == 2) or 0 in array.shape:
        shape = list(array.shape)
        raise UserError(f"{name}: has the shape {shape}; give [height, width, 3], RGB")
    _refuse_huge(array.shape[1], array.shape[0], name)
    if array.ndim == 2:
        return np.repeat(array[:, :, None], 3, axis=2)
    if array.shape[2] == 4:
        return _from_image(Image.fromarray(array), name)
    return np.ascontiguousarray(array)


def _refuse(image: Image.Image, name: str) -> None:
    if 0 in image.size:
        raise UserError(f"{name}: has no pixels ({image.width} x {image.height})")
    _refuse_huge(*image.size, name)
    if image.mode == "F":
        raise UserError(f"{name}: has levels in floating point; save it with 8 bits a channel")


def _refuse_huge(width: int, height: int, name: str) -> None:
    if width * height > MOST_PIXELS:
        raise UserError(_huge(name, f"{width} x {height} pixels"))


def _huge(name: str, size: str) -> str:
    return f"{name}: has {size}, more than {MOST_PIXELS / 1e6:.0f} megapixels; shrink it"
