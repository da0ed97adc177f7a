"""Whatever holds a picture becomes an upright RGB photo, or one line that says why not."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from fashion_hls.errors import UserError
from fashion_hls.inference import photo as module
from fashion_hls.inference.photo import MOST_PIXELS, read_photo, shown

from .conftest import pixels_of, scene

#: Pillow tells of odd fields as it goes; the command keeps that from its users.
pytestmark = pytest.mark.filterwarnings("ignore")


def packed(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def refused(photo: object) -> str:
    """The message, which must be one line."""
    with pytest.raises(UserError) as caught:
        read_photo(photo)
    text = str(caught.value)
    assert text.isprintable()
    assert len(text) < 600
    return text


def empty_png(width: int, height: int) -> bytes:
    """A PNG of zeros, row by row, so that even a huge one is made in no memory."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    packer = zlib.compressobj(9)
    rows = [packer.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    content = b"".join(rows) + packer.flush()
    parts = (chunk(b"IHDR", header), chunk(b"IDAT", content), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "GIF", "WEBP", "JPEG"])
def test_every_format_gives_the_picture(kind: str) -> None:
    options = {"lossless": True} if kind == "WEBP" else {}
    found = read_photo(packed(scene(1), kind, **options))
    assert found.shape == (160, 120, 3)
    assert found.dtype == np.uint8
    error = np.abs(found.astype(int) - pixels_of(1)).mean()
    assert error == 0 if kind in ("PNG", "BMP", "TIFF", "WEBP") else error < 25


def test_bytes_path_pillow_and_array_give_the_same_pixels(tmp_path: Path) -> None:
    data = packed(scene(1))
    (tmp_path / "a.png").write_bytes(data)
    given = (
        *(str(tmp_path / "a.png"), tmp_path / "a.png", data, bytearray(data), memoryview(data)),
        *(Image.open(io.BytesIO(data)), pixels_of(1), pixels_of(1)[:, ::-1][:, ::-1]),
    )
    for photo in given:
        np.testing.assert_array_equal(read_photo(photo), pixels_of(1))


MODES = {
    "RGBA": scene(2).convert("RGBA"),
    "cut-out": Image.merge("RGBA", (*scene(2).split(), scene(5).convert("L"))),
    "L": scene(2).convert("L"),
    "LA": Image.merge("LA", (scene(2).convert("L"), scene(5).convert("L"))),
    "1": scene(2).convert("1"),
    "P": scene(2).quantize(32),
    "I;16": Image.fromarray(pixels_of(2)[..., 0].astype(np.uint16) * 257),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_pillow_image_gives_what_its_file_gives(mode: str) -> None:
    image = MODES[mode]
    np.testing.assert_array_equal(read_photo(image), read_photo(packed(image)))


def test_palette_with_transparency_becomes_white() -> None:
    image = Image.new("P", (4, 2))
    image.putpalette([200, 0, 0, 0, 90, 0])
    image.putdata([0, 0, 1, 1] * 2)
    for photo in (packed(image, transparency=0), packed(image, "GIF", transparency=0)):
        for given in (photo, Image.open(io.BytesIO(photo))):
            assert read_photo(given)[0].tolist() == [[255, 255, 255]] * 2 + [[0, 90, 0]] * 2


def test_an_rgb_picture_with_a_transparent_colour_becomes_white() -> None:
    photo = packed(Image.new("RGB", (2, 2), (10, 20, 30)), transparency=(10, 20, 30))
    assert read_photo(photo).min() == 255
    assert read_photo(Image.open(io.BytesIO(photo))).min() == 255


def test_sixteen_bit_levels_are_scaled() -> None:
    levels = np.array([[0, 257 * 100, 65535]], dtype=np.uint16)
    for kind in ("PNG", "TIFF"):
        assert read_photo(packed(Image.fromarray(levels), kind))[0, :, 0].tolist() == [0, 100, 255]
    whole = Image.fromarray(levels.astype(np.int32))
    assert whole.mode == "I"
    assert read_photo(whole)[0, :, 0].tolist() == [0, 100, 255]


def test_cmyk_is_read_with_and_without_adobes_inversion() -> None:
    cmyk = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    plain = packed(cmyk, "JPEG", quality=100)
    assert read_photo(cmyk)[8, 8].tolist() == [255, 0, 0]
    # Pillow writes Adobe's mark and inverted inks; without it the inks are as they stand.
    assert b"Adobe" in plain
    assert np.abs(read_photo(plain)[8, 8].astype(int) - [255, 0, 0]).max() < 8
    start = plain.index(b"\xff\xee")
    length = int.from_bytes(plain[start + 2 : start + 4], "big")
    unmarked = plain[:start] + plain[start + 2 + length :]
    assert b"Adobe" not in unmarked
    assert read_photo(unmarked).shape == (16, 16, 3)


def test_an_animation_gives_its_first_picture() -> None:
    first, second = Image.new("RGB", (8, 8), "red"), Image.new("RGB", (8, 8), "blue")
    for kind in ("GIF", "WEBP", "PNG"):
        data = packed(first, kind, save_all=True, append_images=[second], duration=50)
        assert read_photo(data)[4, 4, 0] > 240


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_turns_the_picture_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = packed(scene(3), exif=exif)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    assert expected.shape[0] == (160 if orientation < 5 else 120)
    np.testing.assert_array_equal(read_photo(data), expected)
    np.testing.assert_array_equal(read_photo(Image.open(io.BytesIO(data))), expected)


@pytest.mark.parametrize("size", [(1, 1), (3, 2000), (2000, 3)])
def test_extreme_shapes_are_read(size: tuple[int, int]) -> None:
    assert read_photo(packed(Image.new("RGB", size))).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP"])
def test_damage_of_any_kind_is_one_line(kind: str) -> None:
    whole = packed(scene(4), kind)
    for part in (whole[: len(whole) // 2], whole[:20], whole[:-30] if kind != "GIF" else whole[:9]):
        assert "damaged" in (text := refused(part)) or "no image" in text
    draw = np.random.default_rng(0)
    for _ in range(150):
        broken = np.frombuffer(whole, dtype=np.uint8).copy()
        where = draw.integers(0, min(len(whole), 400), 4)
        broken[where] = draw.integers(0, 256, 4)
        try:
            read_photo(broken.tobytes())
        except UserError as error:
            assert str(error).isprintable()


def test_no_image() -> None:
    assert refused(b"") == "the image's bytes: is empty (0 bytes)"
    assert "is no image that can be read; save it as one of JPEG" in refused(b"hello" * 50)
    # Pillow would start Ghostscript for it.
    assert "no image" in refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")


def test_huge_pictures_are_refused_before_they_are_decoded(monkeypatch) -> None:
    def never(_: bytes) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(module, "decode", never)
    assert "20000 x 10000" in (text := refused(empty_png(20000, 10000))) or "far too many" in text
    assert "10000 x 9000 pixels, more than 89 megapixels" in refused(empty_png(10000, 9000))
    assert "far too many pixels" in refused(empty_png(60000, 40000))
    assert "megapixels" in refused(np.broadcast_to(np.uint8(0), (10000, 10000, 3)))
    assert "megapixels" in refused(np.broadcast_to(np.uint8(0), (10000, 10000)))


def test_the_limit_is_below_pillows_warning() -> None:
    assert Image.MAX_IMAGE_PIXELS is not None
    assert MOST_PIXELS < Image.MAX_IMAGE_PIXELS


def test_a_large_file_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a.tif").open("wb") as file:
        file.truncate(400_000_000)
    assert "a.tif: has 400 MB, more than 300; shrink it" in refused(tmp_path / "a.tif")


def test_places_that_hold_no_photo(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "file").write_bytes(b"x")
    assert "no such file" in refused(tmp_path / "missing.jpg")
    assert "no such file" in refused(tmp_path / "gone")
    assert "no regular file" in refused(tmp_path / "pipe")
    assert "no regular file" in refused("/dev/zero")
    assert "too many levels" in refused(tmp_path / "loop")
    assert "not a directory" in refused(tmp_path / "file" / "a.jpg")
    assert "is a folder" in refused(tmp_path)
    assert "file name too long" in refused("a" * 5000)
    assert refused("") == "'': is no file's name"
    assert refused("a\0b") == "a\\x00b: is no file's name"


@pytest.mark.skipif(os.geteuid() == 0, reason="root is refused no folder")
def test_a_folder_without_rights(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    assert "permission denied" in refused(tmp_path / "closed" / "a.jpg")


@pytest.mark.parametrize("place", ["https://example.com/a.jpg", "FILE:///a.jpg", "data:image/png;"])
def test_an_address_is_not_fetched(place: str) -> None:
    assert f"{place}: is an address; nothing is fetched" in refused(place)


@pytest.mark.parametrize("name", ["ü ñ 照片.png", "two\nlines.png", "tab\t.png", "\udcff.png"])
def test_any_name_is_read_and_shown_on_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(packed(scene(1)))
    np.testing.assert_array_equal(read_photo(tmp_path / name), pixels_of(1))
    (tmp_path / name).write_bytes(b"")
    assert refused(tmp_path / name) == f"{tmp_path}/{shown(name)}: is empty (0 bytes)"
    assert shown(name).isprintable()


@pytest.mark.parametrize(
    ("array", "text"),
    [
        (np.zeros((4, 4, 3)), "values of type float64; give uint8"),
        (np.zeros((4, 4, 3), bool), "values of type bool"),
        (np.zeros((4, 4, 3), np.uint16), "values of type uint16"),
        (np.zeros((4, 4, 3), object), "values of type object"),
        (np.zeros((3, 4, 4), np.uint8)[:, :, :2], "the shape [3, 4, 2]; give [height, width, 3]"),
        (np.zeros((1, 4, 4, 3), np.uint8), "the shape [1, 4, 4, 3]"),
        (np.zeros(4, np.uint8), "the shape [4]"),
        (np.zeros((0, 4, 3), np.uint8), "the shape [0, 4, 3]"),
        (np.zeros((0, 4), np.uint8), "the shape [0, 4]"),
    ],
)
def test_arrays_of_other_types_and_shapes(array: np.ndarray, text: str) -> None:
    assert f"the array: has {text}" in refused(array)


def test_other_things_are_no_photos() -> None:
    assert "NoneType is no photo; give a path" in refused(None)
    assert "list is no photo" in refused([1, 2])
    assert "has no pixels (0 x 5)" in refused(Image.new("RGB", (0, 5)))
    assert "floating point" in refused(Image.new("F", (5, 5)))
    assert "floating point" in refused(packed(Image.new("F", (5, 5)), "TIFF"))


def test_a_damaged_pillow_image_is_one_line() -> None:
    data = packed(scene(1), "JPEG")
    assert "the image: is damaged" in refused(Image.open(io.BytesIO(data[: len(data) // 2])))


def test_grey_and_transparent_arrays() -> None:
    grey = pixels_of(1)[..., 0]
    np.testing.assert_array_equal(read_photo(grey), np.stack([grey] * 3, axis=2))
    clear = np.zeros((3, 3, 4), np.uint8)
    assert read_photo(clear).min() == 255
