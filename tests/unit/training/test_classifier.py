import numpy as np
import pandas as pd
import pytest
import torch

from fashion_hls.classification.build import build_classifier
from fashion_hls.config import Augment, ClassifierTraining
from fashion_hls.training.classifier import train_classifier
from fashion_hls.training.views import TrainingSet

CATEGORIES, ATTRIBUTES, SIZE = 3, 4, 32


class Nowhere:
    """Keeps no state."""

    def load(self) -> None:
        return None

    def save(self, state: dict[str, object], step: int) -> None:
        pass


def pictures(rows: list[int]) -> torch.Tensor:
    return torch.stack([torch.full((3, SIZE, SIZE), (row % 7) / 7) for row in rows])


@pytest.fixture
def data() -> TrainingSet:
    """Twelve photos to train on, six to validate."""
    rows = np.arange(18)
    manifest = pd.DataFrame(
        {
            "image_id": rows,
            "file": [f"{row}.png" for row in rows],
            "split": ["train"] * 12 + ["val"] * 6,
            "object_type": rows % 4,
            "detected_type": (rows + 1) % 5,
            "category": rows % CATEGORIES,
        }
    )
    positives = (rows[:, None] + np.arange(ATTRIBUTES)) % 3 == 0
    return TrainingSet(manifest=manifest, crops=pictures, positives=positives)


def options(**changed: object) -> ClassifierTraining:
    return ClassifierTraining(
        **{
            "epochs": 1,
            "batch_size": 4,
            "lr": 1e-3,
            "optimizer": "adam",
            "image_size": SIZE,
            "views": ("retained",),
            "label_sharing": "predicted",
            "augment": Augment(),
            **changed,
        }
    )


def networks(method: str):
    torch.manual_seed(0)
    return build_classifier(
        method,
        backbone="tf_efficientnet_lite0",
        pretrained=False,
        trained_from="conv_head",
        object_types=5,
        categories=CATEGORIES,
        attributes=ATTRIBUTES,
    )


def histories(method: str, data: TrainingSet, recipe: ClassifierTraining):
    return train_classifier(
        networks(method),
        data,
        options=recipe,
        seed=0,
        savers=lambda name: Nowhere(),
        on_epoch=lambda name, epoch, figures: None,
    )


@pytest.mark.parametrize(("attribute_epochs", "expected"), [(None, 2), (1, 1), (3, 3)])
def test_the_attribute_network_may_have_a_budget_of_its_own(
    data, attribute_epochs, expected
) -> None:
    recipe = options(epochs=2, attribute_epochs=attribute_epochs)
    found = histories("stl_hls", data, recipe)
    assert [len(found["category"]), len(found["attributes"])] == [2, expected]


def test_ground_truth_sharing_tells_the_labels_type_and_others_the_detected_one(data) -> None:
    rows = [0, 5, 9]
    told = data.inputs(rows, "ground_truth").types.tolist()
    assert told == data.manifest["object_type"][rows].tolist()
    detected = data.manifest["detected_type"][rows].tolist()
    assert detected != told
    assert data.inputs(rows, "predicted").types.tolist() == detected
    assert data.inputs(rows, "soft").types.tolist() == detected
