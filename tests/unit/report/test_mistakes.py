import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.data.images import ImageStore, ImageWriter
from fashion_hls.metrics.protocols import Truth
from fashion_hls.report.mistakes import COUNT, VIEW, write_mistakes

N = COUNT + 10


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    with ImageWriter(tmp_path / "crops.zip") as writer:
        for number in range(N):
            out = io.BytesIO()
            Image.new("RGB", (40, 40), (number, 0, 0)).save(out, "PNG")
            writer.add(f"{number}.png", out.getvalue())
    return ImageStore(tmp_path / "crops.zip")


def drawn(folder: Path, store: ImageStore, truth: np.ndarray, guess: np.ndarray) -> Path | None:
    table = pd.DataFrame(
        {"image_id": range(N), "view": VIEW, "found": True,
         "category_scores": list(np.eye(2)[guess] * 0.9)}
    )  # fmt: skip
    manifest = pd.DataFrame({"image_id": range(N), "view": VIEW, "store": "crops"})
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


def test_nothing_wrong_draws_nothing_but_leaves_the_folder(
    tmp_path: Path, store: ImageStore
) -> None:
    zeros = np.zeros(N, dtype=int)
    assert drawn(tmp_path / "none", store, zeros, zeros) is None
    assert (tmp_path / "none").is_dir()
