from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from fashion_hls.classification import crops as module
from fashion_hls.classification.crops import Crops, augment, draw_views
from fashion_hls.data.images import ImageWriter, encode

STILL = {"flip": False, "rotate_degrees": 0.0, "zoom": 0.0}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "images.zip"
    with ImageWriter(path) as writer:
        for index, colour in enumerate([(255, 0, 0), (0, 255, 0), (0, 0, 255)]):
            writer.add(f"{index}.jpg", encode(Image.new("RGB", (30, 50), colour)))
    return path


@pytest.mark.parametrize("limit", [0, 2**30])
def test_crops_come_in_the_order_asked_for_cached_or_not(store, monkeypatch, limit) -> None:
    monkeypatch.setattr(module, "CACHE_BYTES", limit)
    manifest = pd.DataFrame({"store": "crops", "file": ["0.jpg", "1.jpg", "2.jpg"]})
    images = Crops(manifest, {"crops": store}, size=16, threads=2)([2, 0])
    assert images.shape == (2, 3, 16, 16)
    assert images.mean(dim=(2, 3)).argmax(dim=1).tolist() == [2, 0]
    assert images.min() >= 0 and images.max() <= 1


def test_no_augmentation_is_the_identity() -> None:
    images = torch.rand(3, 3, 20, 20)
    out = augment(images, torch.Generator().manual_seed(0), **STILL)
    assert torch.allclose(out, images, atol=1e-5)


def test_flip_mirrors_left_and_right_about_half_of_them() -> None:
    images = torch.rand(64, 3, 8, 8)
    out = augment(images, torch.Generator().manual_seed(0), **(STILL | {"flip": True}))
    same = [torch.allclose(a, b, atol=1e-5) for a, b in zip(out, images, strict=True)]
    mirrored = [torch.allclose(a, b.flip(2), atol=1e-5) for a, b in zip(out, images, strict=True)]
    assert all(a != b for a, b in zip(same, mirrored, strict=True))
    assert 16 < sum(mirrored) < 48


def test_rotation_keeps_the_middle_and_moves_the_corner() -> None:
    images = torch.zeros(16, 1, 33, 33)
    images[:, :, 16, 16] = 1
    images[:, :, 0, 0] = 1
    out = augment(images, torch.Generator().manual_seed(0), **(STILL | {"rotate_degrees": 30.0}))
    assert torch.allclose(out[:, 0, 16, 16], torch.ones(16), atol=1e-3)
    assert (out[:, 0, 0, 0] < 0.9).sum() > 8


def test_augmentation_stays_in_range_and_repeats() -> None:
    images = torch.rand(4, 3, 16, 16)
    options = {"flip": True, "rotate_degrees": 36.0, "zoom": 0.1}
    first = augment(images, torch.Generator().manual_seed(7), **options)
    second = augment(images, torch.Generator().manual_seed(7), **options)
    assert torch.equal(first, second)
    assert first.min() >= 0 and first.max() <= 1 + 1e-6


def test_each_image_is_drawn_once_by_one_of_its_views() -> None:
    ids = np.array([5, 5, 8, 9, 9, 9])
    seen = set()
    for seed in range(20):
        rows = draw_views(ids, np.random.default_rng(seed))
        assert sorted(ids[rows]) == [5, 8, 9]
        seen.update(rows)
    assert seen == set(range(6))
