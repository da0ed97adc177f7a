"""Every reader on hundreds of files that were damaged on purpose.

Each case damages one file of a small, sound dataset. The reader either ends in one line that names
the dataset's folder, or whatever it lost is counted.
"""

import shutil
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from tests.unit.data.test_ccp import outfit
from tests.unit.data.test_ccp import write as write_ccp
from tests.unit.data.test_deepfashion1_fine import write as write_fine
from tests.unit.data.test_fpi import shop

from fashion_hls.data.catalogue import read_catalogue_boxes, read_catalogue_products
from fashion_hls.data.ccp import read_ccp
from fashion_hls.data.deepfashion1 import read_deepfashion1
from fashion_hls.data.deepfashion1_fine import read_deepfashion1_fine
from fashion_hls.data.deepfashion2 import read_deepfashion2
from fashion_hls.data.fpi import read_fpi
from fashion_hls.data.sample import generate_sample
from fashion_hls.data.sample.catalogue import write_example
from fashion_hls.errors import UserError

SPLITS = (0.5, 0.25, 0.25)
LOOKS = {"splits": SPLITS, "least": 1, "near_bits": 0, "near_levels": 0.0, "seed": 0}
READERS: dict[str, Callable[[Path], object]] = {
    "deepfashion1": lambda root: read_deepfashion1(root / "DeepFashion"),
    "deepfashion1_fine": read_deepfashion1_fine,
    "deepfashion2": lambda root: read_deepfashion2(
        root / "DeepFashion2", password=None, val_share=0.3, seed=0
    ),
    "ccp": lambda root: read_ccp(root, splits=SPLITS, seed=0),
    "fpi": lambda root: read_fpi(root, **LOOKS),
    **dict.fromkeys(
        ("boxes csv", "boxes coco", "boxes voc", "boxes label-studio", "boxes cvat"),
        lambda root: read_catalogue_boxes(root / "shop", splits=SPLITS, seed=0),
    ),
    "products csv": lambda root: read_catalogue_products(root / "shop", **LOOKS),
}


def cut(share: float) -> Callable[[bytes], bytes]:
    return lambda data: data[: int(share * len(data))]


def noisy(count: int) -> Callable[[bytes], bytes]:
    """Bytes replaced at places that the content decides."""

    def change(data: bytes) -> bytes:
        rng = np.random.default_rng(zlib.crc32(data))
        out = bytearray(data)
        for place in rng.integers(0, max(len(out), 1), count if out else 0):
            out[place] = int(rng.integers(256))
        return bytes(out)

    return change


def of_lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[bytes], bytes]:
    return lambda data: b"\n".join(change(data.split(b"\n")))


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "a page": lambda data: b"<!DOCTYPE html><html><title>Sign in</title></html>",
    "cut to 10%": cut(0.1),
    "cut to 50%": cut(0.5),
    "cut to 97%": cut(0.97),
    "one byte": noisy(1),
    "twenty bytes": noisy(20),
    "all bytes": lambda data: bytes(np.random.default_rng(0).integers(0, 256, 400, np.uint8)),
    "zeros": lambda data: bytes(len(data)),
    "twice": lambda data: data + data,
    "lines shuffled": of_lines(lambda lines: lines[::-1]),
    "a line lost": of_lines(lambda lines: lines[:1] + lines[2:]),
    "a ragged line": of_lines(lambda lines: [*lines[:2], b"x y z, 1 2 3 4 5 6 7", *lines[2:]]),
    "numbers negative": lambda data: data.replace(b"1", b"-1"),
    "numbers huge": lambda data: data.replace(b"1", b"99999999999999999999"),
    "numbers words": lambda data: data.replace(b"2", b"two"),
    "other letters": lambda data: data.replace(b"e", b"\xff"),
}


def build(reader: str, root: Path) -> Path:
    root.mkdir()
    if reader in ("deepfashion1", "deepfashion2"):
        sizes = {"detection_train": 5, "detection_test": 2, "benchmark": 6, "image_size": 64}
        generate_sample(root, seed=1, damage=False, **sizes)
        shutil.rmtree(root / ("DeepFashion2" if reader == "deepfashion1" else "DeepFashion"))
        for archive in root.rglob("*.zip"):
            # Unpacked, so that the files in it can be damaged as well.
            place = archive.with_suffix("") if reader == "deepfashion2" else archive.parent
            shutil.unpack_archive(archive, place)
            archive.unlink()
    elif reader == "deepfashion1_fine":
        write_fine(root)
    elif reader == "fpi":
        shop(root)
    elif reader == "ccp":
        from scipy.io import savemat

        for number in range(1, 5):
            write_ccp(root, f"{number:04d}", outfit())
        cells = np.empty((1, 4), dtype=object)
        cells[0] = [np.array([name]) for name in ("null", "shirt", "shoes", "bag")]
        savemat(root / "label_list.mat", {"label_list": cells})
    else:
        write_example(root / "shop", photos=6, boxes=reader.split()[1])
    return root


def files_to_damage(reader: str, root: Path) -> list[Path]:
    """One file of each kind and folder, and every list that the reader reads."""
    chosen: dict[tuple[str, str], Path] = {}
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        image = path.suffix.lower() in (".jpg", ".png")
        key = ("", path.suffix) if image else (str(path.parent), path.stem.rstrip("0123456789"))
        chosen.setdefault(key, path)
    # Each of a catalogue's roles has a table that the other does not read, and the sample says
    # beside its data what it is.
    other = {"boxes": "products.csv", "products": "boxes.csv"}.get(reader.split()[0])
    unread = {other, "README.md", "wrong_labels.csv"}
    return sorted(path for path in chosen.values() if path.name not in unread)


def kept(data) -> int:
    """Images, boxes and attributes that are left."""
    if hasattr(data, "objects"):
        return len(data.images) + len(data.objects)
    return len(data.images) + int(data.images["attributes"].map(len).sum())


def counted_more(found, sound) -> bool:
    """Whether the reader counted more of any kind of problem than in the sound dataset."""
    before = sound.quality.to_dict()["counts"]
    return any(n > before.get(kind, 0) for kind, n in found.quality.to_dict()["counts"].items())


@pytest.mark.parametrize("reader", READERS)
def test_damage_ends_in_one_line_or_is_counted(reader: str, tmp_path: Path) -> None:
    root = build(reader, tmp_path / "data")
    read = READERS[reader]
    sound = read(root)
    files = files_to_damage(reader, root)
    # Eleven readers with 34 cases each: nearly four hundred files.
    assert len(files) * len(DAMAGE) >= 34
    for path in files:
        whole = path.read_bytes()
        for name, damage in DAMAGE.items():
            path.write_bytes(damage(whole))
            where = f"{reader}: {path.name}: {name}"
            try:
                found = read(root)
            except UserError as error:
                assert "\n" not in str(error) and str(root) in str(error), where
                continue
            if name == "a line lost" and path.suffix == ".csv":
                continue  # a table without a row of it is a sound table
            lost = kept(sound) - kept(found)
            assert lost <= 0 or counted_more(found, sound), f"{where}: lost {lost} in silence"
        path.unlink()
        try:
            assert counted_more(read(root), sound), f"{reader}: {path.name} is missing in silence"
        except UserError as error:
            assert "\n" not in str(error), path.name
        path.write_bytes(whole)
