import io
import multiprocessing
import pickle
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashion_hls.data.images import ImageStore, ImageWriter, decode, encode
from fashion_hls.errors import UserError

COUNT = 64


def file_of(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def content(index: int) -> bytes:
    return np.random.default_rng(index).bytes(20_000)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    path = tmp_path / "images.zip"
    with ImageWriter(path) as writer:
        for index in range(COUNT):
            writer.add(f"{index}.jpg", content(index))
    return ImageStore(path)


def wrong_reads(task: tuple[ImageStore, int]) -> int:
    """How many of many reads in random order give other bytes than were packed."""
    store, seed = task
    order = np.random.default_rng(seed).integers(0, COUNT, 400)
    return sum(store.read(f"{index}.jpg") != content(index) for index in order)


def inherited(queue: "multiprocessing.Queue[int]", store: ImageStore, seed: int) -> None:
    try:
        queue.put(wrong_reads((store, seed)))
    except Exception:
        queue.put(-1)


def test_what_is_packed_is_read_byte_for_byte_and_stored_uncompressed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "images.zip"
    with ImageWriter(path) as writer:
        writer.add("a/b.jpg", b"x" * 1000)
        assert not path.exists()
    assert ImageStore(path).read("a/b.jpg") == b"x" * 1000
    assert path.stat().st_size > 1000
    assert [p.name for p in path.parent.iterdir()] == ["images.zip"]


def test_an_exception_leaves_nothing_under_the_final_name(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with pytest.raises(KeyError), ImageWriter(path) as writer:
        writer.add("a.jpg", b"x")
        raise KeyError
    assert list(tmp_path.iterdir()) == []


def test_an_exception_leaves_the_former_archive_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with ImageWriter(path) as writer:
        writer.add("old.jpg", b"old")
    before = path.read_bytes()
    with pytest.raises(KeyboardInterrupt), ImageWriter(path) as writer:
        writer.add("new.jpg", b"new")
        raise KeyboardInterrupt
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["images.zip"]


def test_what_an_interrupted_process_left_behind_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    (tmp_path / "images.zip.part").write_bytes(b"half of an archive")
    with ImageWriter(path) as writer:
        writer.add("a.jpg", b"x")
    assert ImageStore(path).read("a.jpg") == b"x"
    assert [p.name for p in tmp_path.iterdir()] == ["images.zip"]


def test_a_picture_that_cannot_be_decoded_is_named_with_its_store(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with ImageWriter(path) as writer:
        writer.add("a.jpg", b"\xff\xd8 no picture \xff\xd9")
    with pytest.raises(UserError, match=r"images.zip: a.jpg: cannot be decoded"):
        ImageStore(path).array("a.jpg")


def test_a_format_that_starts_other_programs_is_no_image() -> None:
    page = io.BytesIO()
    Image.new("RGB", (8, 8)).save(page, "EPS")
    with pytest.raises(OSError, match="cannot identify"):
        decode(page.getvalue())


def test_the_same_images_give_the_same_bytes_at_any_time(tmp_path: Path, monkeypatch) -> None:
    written = []
    for name, year in (("a.zip", 1990), ("b.zip", 2020)):
        # Zip entries are stamped with the local time where nobody stops them.
        monkeypatch.setattr("time.time", lambda year=year: (year - 1970) * 3.2e7)
        with ImageWriter(tmp_path / name) as writer:
            writer.add("1.jpg", b"one")
            writer.add("2.jpg", b"two")
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]


def test_what_is_not_there_is_named(store: ImageStore, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"images.zip: holds no none.jpg"):
        store.read("none.jpg")
    with pytest.raises(UserError, match=r"other.zip: not found; run the pipeline"):
        ImageStore(tmp_path / "other.zip").read("0.jpg")
    with pytest.raises(UserError, match=r"unreadable \(.*directory"):
        ImageStore(tmp_path).read("0.jpg")


def test_a_damaged_store_is_named(store: ImageStore) -> None:
    whole = store.path.read_bytes()
    store.path.write_bytes(whole.replace(content(3)[:50], bytes(50)))
    with pytest.raises(UserError, match=r"images.zip: 3.jpg: damaged"):
        store.read("3.jpg")
    store.path.write_bytes(whole[:-5])
    with pytest.raises(UserError, match=r"images.zip: unreadable"):
        ImageStore(store.path).read("0.jpg")


def test_a_store_that_was_opened_before_the_fork_reads_right_in_every_process(store) -> None:
    # Processes that share a file's position read each other's bytes.
    assert store.read("0.jpg") == content(0)
    fork = multiprocessing.get_context("fork")
    queue = fork.Queue()
    workers = [fork.Process(target=inherited, args=(queue, store, seed)) for seed in (1, 2)]
    for worker in workers:
        worker.start()
    mine = wrong_reads((store, 3))
    theirs = [queue.get(timeout=30) for _ in workers]
    for worker in workers:
        worker.join(30)
    assert [mine, *theirs] == [0, 0, 0]


def test_an_open_store_can_be_pickled_and_reads_again(store: ImageStore) -> None:
    store.read("0.jpg")
    again = pickle.loads(pickle.dumps(store))
    assert again.path == store.path
    assert again.read("5.jpg") == content(5)


def test_array_and_image_are_the_same_picture(tmp_path: Path) -> None:
    path = tmp_path / "images.zip"
    with ImageWriter(path) as writer:
        writer.add("a.png", file_of(Image.new("RGB", (6, 4), (200, 10, 30))))
    store = ImageStore(path)
    assert store.array("a.png").shape == (4, 6, 3) and store.array("a.png").dtype == np.uint8
    assert store.image("a.png").getpixel((0, 0)) == (200, 10, 30)


def test_exif_orientation_turns_the_picture_upright() -> None:
    # Left half red; turned a quarter clockwise (6) the red half is on top.
    image = Image.new("RGB", (40, 20), "blue")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x112] = 6
    upright = decode(file_of(image, "JPEG", exif=exif, quality=95))
    assert upright.size == (20, 40)
    red, _, blue = upright.getpixel((10, 5))
    assert red > 200 and blue < 50
    assert upright.getpixel((10, 35))[2] > 200
    assert upright.getexif().get(0x112, 1) == 1


@pytest.mark.parametrize(
    ("image", "colour"),
    [
        (Image.new("CMYK", (8, 8), (0, 255, 255, 0)), (255, 0, 0)),
        (Image.new("L", (8, 8), 90), (90, 90, 90)),
    ],
    ids=["cmyk", "grey"],
)
def test_jpeg_colour_modes_become_rgb(image: Image.Image, colour: tuple[int, ...]) -> None:
    picture = decode(file_of(image, "JPEG", quality=95))
    assert picture.mode == "RGB"
    assert np.abs(np.subtract(picture.getpixel((4, 4)), colour)).max() <= 3


def test_a_palette_is_looked_up_and_alpha_dropped() -> None:
    palette = Image.new("RGB", (4, 4), (0, 128, 255)).convert("P", palette=Image.Palette.ADAPTIVE)
    assert decode(file_of(palette)).getpixel((1, 1)) == (0, 128, 255)
    opaque = Image.new("RGBA", (4, 4), (10, 20, 30, 255))
    assert decode(file_of(opaque)).getpixel((1, 1)) == (10, 20, 30)


def test_a_16_bit_picture_keeps_its_greys() -> None:
    ramp = (np.arange(256, dtype=np.uint16) * 257).reshape(16, 16)
    out = np.asarray(decode(file_of(Image.fromarray(ramp)))).astype(int)
    assert np.abs(out[..., 0].ravel() - np.arange(256)).max() <= 1


def test_encoding_keeps_size_and_colour_at_single_pixels() -> None:
    stripes = np.zeros((16, 16, 3), dtype=np.uint8)
    stripes[:, ::2, 0] = 255
    stripes[:, 1::2, 2] = 255
    back = np.asarray(decode(encode(Image.fromarray(stripes)))).astype(int)
    # With halved chroma neighbouring red and blue would run into each other.
    assert np.abs(back - stripes).max() < 60


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_a_cut_out_stands_on_white(mode: str) -> None:
    picture = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    picture.putpixel((1, 0), (40, 40, 40, 255))
    out = io.BytesIO()
    if mode == "P":
        palette = picture.convert("RGB").quantize(2)
        palette.save(out, "PNG", transparency=palette.getpixel((0, 0)))
    else:
        picture.convert(mode).save(out, "PNG")
    shown = decode(out.getvalue())
    assert shown.mode == "RGB"
    assert [shown.getpixel((0, 0)), shown.getpixel((1, 0))] == [(255, 255, 255), (40, 40, 40)]
