import numpy as np
import pandas as pd
import pytest
import torch

from fashion_hls.classification.build import build_classifier
from fashion_hls.classification.specialist import TypeSpecialist
from fashion_hls.config_training import Augment, ClassifierTraining
from fashion_hls.training.classifier import train_category_network, train_classifier
from fashion_hls.training.views import TrainingSet, of_object_type

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


def test_the_rows_of_one_type_keep_their_pictures_and_count_their_own_categories(data) -> None:
    part = of_object_type(data, 1, [2, 0, 1])
    kept = data.manifest[data.manifest["object_type"] == 1]
    assert part.manifest["file"].tolist() == kept["file"].tolist()
    assert part.manifest["category"].tolist() == [[1, 2, 0][c] for c in kept["category"]]
    assert torch.equal(part.crops([0, 2]), data.crops(kept.index[[0, 2]].tolist()))
    assert np.array_equal(part.positives, data.positives[kept.index])


def test_a_network_for_one_type_learns_it_and_scores_no_other_category(data) -> None:
    part = of_object_type(data, 1, [2, 0, 1])
    network = networks("stl").category
    before = network.classifier.weight.detach().clone()
    history = train_category_network(
        network,
        part,
        "footwear",
        options=options(batch_size=2),
        seed=0,
        savers=lambda _: Nowhere(),
        on_epoch=lambda *_: None,
    )
    assert [row["epoch"] for row in history] == [0]
    assert not torch.equal(network.classifier.weight, before)
    specialist = TypeSpecialist(network, [2, 0, 4], 5).eval()
    scores = specialist.scores(pictures([1, 2]), None)
    assert scores.category[:, [1, 3]].sum() == 0 and scores.attributes.shape == (2, 0)
    own = torch.softmax(network(pictures([1, 2])), dim=1)
    assert torch.equal(scores.category[:, [2, 0, 4]], own)
