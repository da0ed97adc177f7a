"""Photos as JPEG files."""

from __future__ import annotations

import io

from PIL import Image

QUALITY = 85


def as_jpeg(picture: Image.Image) -> bytes:
    """A sheet of photos as a JPEG file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
