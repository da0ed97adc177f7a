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


def networks(method: str, **further: object):
    torch.manual_seed(0)
    return build_classifier(
        method,
        **further,
        backbone="tf_efficientnet_lite0",
        pretrained=False,
        trained_from="conv_head",
        object_types=5,
        categories=CATEGORIES,
        attributes=ATTRIBUTES,
    )


def histories(method: str, data: TrainingSet, recipe: ClassifierTraining, **further: object):
    return train_classifier(
        networks(method, **further),
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


@pytest.mark.parametrize(
    ("method", "changed"),
    [
        *(
            (method, changed)
            for method in ("stl_hls", "mtl_rnn_va")
            for changed in (
                {"attribute_loss": "focal"},
                {"attribute_loss": "asymmetric"},
                {"hierarchy_weight": 1.0},
            )
        ),
        # Shuffling within a batch and weighting belong to two tasks that are trained at once;
        # test_sharing.py has what the single-task network is told.
        ("mtl_rnn_va", {"label_sharing": "shuffled"}),
        ("mtl_rnn_va", {"task_weighting": "uncertainty"}),
    ],
)
def test_each_option_changes_what_it_is_about(data, method, changed) -> None:
    plain = histories(method, data, options())
    other = histories(method, data, options(**changed), **_network_options(changed))
    name = list(plain)[-1]
    assert np.isfinite(other[name][0]["loss"])
    assert other[name][0]["loss"] != plain[name][0]["loss"]


def _network_options(changed: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in changed.items() if key == "task_weighting"}


def test_out_of_fold_sharing_trains_a_network_for_each_fold(data) -> None:
    found = histories("stl_hls", data, options(label_sharing="out_of_fold"))
    assert list(found) == [
        "category",
        *(f"category, without fold {n}" for n in (1, 2, 3)),
        "attributes",
    ]
    plain = histories("stl_hls", data, options())
    assert found["category"] == plain["category"]


def test_rare_categories_fill_an_epoch_up(data) -> None:
    rare = data.manifest.assign(category=[0] * 9 + [1, 1, 2] + [0] * 6)
    seen: list[int] = []
    data = TrainingSet(
        manifest=rare,
        crops=lambda rows: (seen.extend(rows), pictures(rows))[1],
        positives=data.positives,
    )
    histories("mtl_rnn_va", data, options(upsample=0.5, batch_size=1))
    counts = np.bincount(rare["category"].to_numpy()[[row for row in seen if row < 12]])
    assert counts.tolist() == [9, 5, 5]


def test_separate_selection_keeps_the_best_epoch_of_each_task(data) -> None:
    torch.manual_seed(0)
    classifier = networks("mtl_rnn_va", task_selection="separate")
    assert classifier.attribute_network is not None
    slots: dict[str, Memory] = {}
    history = train_classifier(
        classifier,
        data,
        options=options(epochs=4, lr=0.02, task_selection="separate"),
        seed=0,
        savers=lambda name: slots.setdefault(name, Memory()),
        on_epoch=lambda *_: None,
    )["both"]
    with torch.inference_mode():
        rows = data.rows("val").tolist()
        scores = classifier.scores(data.crops(rows), data.inputs(rows, "predicted").types)
    truth = torch.tensor(data.manifest["category"].to_numpy()[rows])
    top1 = (scores.category.argmax(1) == truth).float().mean().item()
    assert top1 == pytest.approx(max(row["val/top1"] for row in history))
    assert slots["both best top1"].state["best"] == max(row["val/top1"] for row in history)
    assert slots["both best recall@5"].state["best"] == max(row["val/recall@5"] for row in history)
    assert scores.attention.shape[:2] == (6, 2)


class Memory:
    """Keeps the last state."""

    state = None

    def load(self):
        return self.state

    def save(self, state, step):
        self.state = state
