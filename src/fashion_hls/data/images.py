"""The image store: one uncompressed zip of images, read at random, opened anywhere."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from fashion_hls.errors import UserError

# A fixed time stamp: the same images give the same archive bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
#: What is opened as an image. Pillow knows more, of which one would start Ghostscript.
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")


def decode(data: bytes) -> Image.Image:
    """Image file bytes to an upright RGB picture; transparent parts become white.

    Raises:
        OSError: not an image of ``FORMATS``, or truncated.
    """
    with Image.open(io.BytesIO(data), formats=FORMATS) as image:
        upright = ImageOps.exif_transpose(image)
        if upright.mode.startswith("I"):
            # Pillow would clip 16-bit greys at 255 and turn the picture white.
            levels = np.asarray(upright, dtype=np.float64) / 257
            upright = Image.fromarray(np.clip(levels.round(), 0, 255).astype(np.uint8))
        if upright.has_transparency_data:
            # What a cut-out hides behind its transparency is often black; shops show it on white.
            cut_out = upright.convert("RGBA")
            upright = Image.new("RGBA", cut_out.size, "white")
            upright.alpha_composite(cut_out)
        return upright.convert("RGB")


def encode(image: Image.Image, quality: int = 95) -> bytes:
    """An RGB picture to JPEG bytes; full chroma, so that colours survive a crop."""
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, subsampling=0)
    return out.getvalue()


class ImageWriter:
    """Packs image files into an uncompressed zip, whole or not at all (context manager)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(path.name + ".part")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._zip = zipfile.ZipFile(self._temporary, "w", zipfile.ZIP_STORED, allowZip64=True)

    def add(self, name: str, data: bytes) -> None:
        """Store one image file's bytes under a name."""
        self._zip.writestr(zipfile.ZipInfo(name, _EPOCH), data)

    def __enter__(self) -> ImageWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._zip.close()
        except OSError:
            self._temporary.unlink(missing_ok=True)
            if kind is None:
                raise
            return
        if kind is None:
            self._temporary.replace(self._path)
        else:
            self._temporary.unlink(missing_ok=True)


class ImageStore:
    """Reads images of a store by name; safe in forked loader workers (reopens per process)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._zip: zipfile.ZipFile | None = None
        self._pid = -1

    def _open(self) -> zipfile.ZipFile:
        if self._zip is None or self._pid != os.getpid():
            try:
                self._zip = zipfile.ZipFile(self.path)
            except FileNotFoundError as error:
                raise UserError(f"{self.path}: not found; run the pipeline to make it") from error
            except (OSError, zipfile.BadZipFile) as error:
                raise UserError(
                    f"{self.path}: unreadable ({error}); run the pipeline again"
                ) from error
            self._pid = os.getpid()
        return self._zip

    def read(self, name: str) -> bytes:
        """The image file's bytes.

        Raises:
            UserError: the store is missing or damaged, or has no such image.
        """
        store = self._open()
        try:
            return store.read(name)
        except KeyError as error:
            raise UserError(f"{self.path}: holds no {name}; run the pipeline again") from error
        except (OSError, zipfile.BadZipFile) as error:
            raise UserError(f"{self.path}: {name}: damaged; run the pipeline again") from error

    def image(self, name: str) -> Image.Image:
        """The upright RGB picture.

        Raises:
            UserError: it is not there, or cannot be decoded (readers of the largest sets see only
                its ends).
        """
        try:
            return decode(self.read(name))
        except (OSError, SyntaxError, ValueError) as error:
            raise UserError(
                f"{self.path}: {name}: cannot be decoded ({error}); take it out of the dataset, or "
                "replace it, and run the pipeline again"
            ) from error

    def array(self, name: str) -> NDArray[np.uint8]:
        """The picture as uint8 [height, width, 3]."""
        return np.asarray(self.image(name))

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "_zip": None, "_pid": -1}
