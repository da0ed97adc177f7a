import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from fashion_hls.data.common import header_size
from fashion_hls.data.filetree import FileTree
from fashion_hls.data.jpeg_header import ENDS, plain_jpeg_size, plain_size
from fashion_hls.data.quality import Quality


def jpeg(size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: object) -> bytes:
    rng = np.random.default_rng(0)
    # Pillow's buffer is too small for optimised noise and has to be asked for.
    ImageFile.MAXBLOCK = 2**20
    out = io.BytesIO()
    pixels = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(out, "JPEG", **options)
    return out.getvalue()


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x112] = orientation
    return jpeg(exif=exif)


SEEDS = (jpeg(), jpeg(mode="L", progressive=True), jpeg(comment=b"seen", optimize=True))


@settings(max_examples=100, deadline=None)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.sampled_from(["L", "RGB"]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 95),
    st.integers(0, 2),
)
def test_a_plain_jpegs_size_is_pillows(size, mode, progressive, optimize, quality, chroma) -> None:
    data = jpeg(
        size,
        mode,
        progressive=progressive,
        optimize=optimize,
        quality=quality,
        subsampling=chroma,
    )
    assert plain_jpeg_size(data[:ENDS]) == size == header_size(data, "x", Quality())


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 700), st.binary(min_size=1, max_size=3)), max_size=3),
)
def test_where_it_answers_pillow_gives_the_same(seed: bytes, changes) -> None:
    """Bytes of the header changed at random: it answers as Pillow does, or not at all."""
    data = bytearray(seed)
    for place, change in changes:
        data[place : place + len(change)] = change
    size = plain_jpeg_size(bytes(data[:ENDS]))
    if size is not None:
        with Image.open(io.BytesIO(bytes(data) + b"\xff\xd9")) as image:
            assert image.size == size


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no image",
        b"\xff\xd8\xff\xd9",
        jpeg()[:100],
        turned(6),
        turned(1),
        jpeg(icc_profile=b"profile"),
        jpeg(mode="CMYK"),
        jpeg(comment=b"x" * ENDS),
    ],
)
def test_what_is_not_plain_has_no_answer(data: bytes) -> None:
    assert plain_jpeg_size(data[:ENDS]) is None


def test_a_truncated_file_has_no_answer(tmp_path: Path) -> None:
    data = jpeg((300, 200))
    assert len(data) > 3 * ENDS
    for name, content in {"whole": data, "cut": data[:-300], "head": data[:ENDS]}.items():
        (tmp_path / f"{name}.jpg").write_bytes(content)
    tree = FileTree(tmp_path)
    assert plain_size(tree, "whole.jpg") == (300, 200)
    assert plain_size(tree, "cut.jpg") is None
    assert plain_size(tree, "head.jpg") is None
    with pytest.raises(FileNotFoundError):
        plain_size(tree, "none.jpg")
