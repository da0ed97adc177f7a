import numpy as np
import pandas as pd
import pytest
import torch

from fashion_hls.detection.contract import Target
from fashion_hls.detection.photos import augment, flip, random_cut, targets_of


def photo() -> tuple[torch.Tensor, Target]:
    image = torch.zeros(3, 60, 40)
    image[:, 10:30, 5:15] = 1
    boxes = torch.tensor([[5.0, 10.0, 15.0, 30.0]])
    return image, Target(boxes=boxes, labels=torch.tensor([2]))


def content(image: torch.Tensor, target: Target) -> bool:
    """Whether the box lies exactly around what is bright."""
    rows, columns = torch.nonzero(image[0] > 0, as_tuple=True)
    around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    return target["boxes"][0].tolist() == [float(v) for v in around]


def test_flip_moves_the_box_with_the_picture_and_leaves_its_input() -> None:
    image, target = photo()
    flipped = flip(image, target)
    assert content(*flipped)
    assert target["boxes"].tolist() == [[5.0, 10.0, 15.0, 30.0]]
    assert torch.equal(flip(*flipped)[0], image)


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_keeps_boxes_around_their_content(seed: int) -> None:
    image, target = photo()
    cut, cut_target = random_cut(image, target, np.random.default_rng(seed))
    assert len(cut_target["boxes"]) == 1
    assert content(cut, cut_target)


def test_augmentation_repeats_with_its_generator() -> None:
    options = {"crop": 0.5, "brightness": 0.3}
    first = augment(*photo(), np.random.default_rng(3), **options)
    second = augment(*photo(), np.random.default_rng(3), **options)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1]["boxes"], second[1]["boxes"])


def test_targets_follow_the_order_of_images_and_may_be_empty() -> None:
    images = pd.DataFrame({"image_id": [7, 3]})
    columns = ["image_id", "label", "x1", "y1", "x2", "y2"]
    objects = pd.DataFrame([[3, 1, 0, 0, 5, 5], [3, 2, 1, 1, 4, 4]], columns=columns)
    empty, both = targets_of(images, objects)
    assert empty["boxes"].shape == (0, 4)
    assert both["labels"].tolist() == [1, 2]
