import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.data.images import ImageStore, ImageWriter
from fashion_hls.metrics.protocols import IN_USE, Truth
from fashion_hls.report.mistakes import COUNT, write_mistakes

N = COUNT + 10
#: Of the photos, by their number; far enough apart to survive JPEG.
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255)]


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    with ImageWriter(tmp_path / "crops.zip") as writer:
        for number in range(N):
            out = io.BytesIO()
            Image.new("RGB", (40, 40), COLOURS[number % 3]).save(out, "PNG")
            writer.add(f"{number}.png", out.getvalue())
    return ImageStore(tmp_path / "crops.zip")


def drawn(
    folder: Path,
    store: ImageStore,
    truth: np.ndarray,
    guess: np.ndarray,
    sure: np.ndarray | None = None,
) -> Path | None:
    sure = np.full(N, 0.9) if sure is None else sure
    table = pd.DataFrame(
        {"image_id": range(N), "view": IN_USE, "found": True,
         "category_scores": list(np.eye(2)[guess] * sure[:, None])}
    )  # fmt: skip
    manifest = pd.DataFrame({"image_id": range(N), "view": IN_USE, "store": "crops"})
    manifest["file"] = [f"{number}.png" for number in range(N)]
    labels = Truth(image_id=np.arange(N), category=truth, positives=np.zeros((N, 0), bool))
    return write_mistakes(folder, table, manifest, labels, {"crops": store}, ["Dress", "Boots"])


def test_as_many_mistakes_are_drawn_as_there_is_room_for(tmp_path: Path, store: ImageStore) -> None:
    zeros, ones = np.zeros(N, dtype=int), np.ones(N, dtype=int)
    few = drawn(tmp_path / "few", store, zeros, np.where(np.arange(N) < 3, 1, 0))
    many = drawn(tmp_path / "many", store, zeros, ones)
    assert few is not None and many is not None
    assert Image.open(few).size == (1800, 210)
    assert Image.open(many).size == (1800, 210 * COUNT // 10)


def test_the_photos_drawn_are_those_that_are_wrong_the_most_confident_first(
    tmp_path: Path, store: ImageStore
) -> None:
    truth, guess = np.zeros(N, dtype=int), np.zeros(N, dtype=int)
    sure = np.full(N, 0.9)
    for place, confidence in ((7, 0.6), (5, 0.95), (3, 0.8)):
        guess[place], sure[place] = 1, confidence
    path = drawn(tmp_path / "some", store, truth, guess, sure)
    assert path is not None
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    # The centre of each cell: photos 5, 3 and 7, by their colours.
    middles = [pixels[90, 90 + 180 * cell] for cell in range(3)]
    assert [int(np.argmax(middle)) for middle in middles] == [5 % 3, 3 % 3, 7 % 3]
    assert (pixels[90, 90 + 180 * 3] > 240).all()


def test_nothing_wrong_draws_nothing_but_leaves_the_folder(
    tmp_path: Path, store: ImageStore
) -> None:
    zeros = np.zeros(N, dtype=int)
    assert drawn(tmp_path / "none", store, zeros, zeros) is None
    assert (tmp_path / "none").is_dir()
