import numpy as np
import pandas as pd
import pytest
import torch

from fashion_hls.training.sharing import FOLDS, folds, shared_of
from fashion_hls.training.views import TrainingSet


@pytest.fixture
def data() -> TrainingSet:
    """Ten training images in two views each, and four of validation."""
    ids = np.array([*np.repeat(np.arange(10), 2), 20, 21, 22, 23])
    manifest = pd.DataFrame(
        {"image_id": ids, "split": ["train"] * 20 + ["val"] * 4, "category": ids % 3}
    )
    return TrainingSet(manifest=manifest, crops=lambda rows: None, positives=np.zeros((24, 2)))


@pytest.fixture
def logits(data) -> torch.Tensor:
    return torch.randn(len(data.manifest), 3, generator=torch.Generator().manual_seed(1))


def test_every_training_row_is_held_out_once_with_all_views_of_its_image(data) -> None:
    seen: list[int] = []
    for part, held in folds(data, 0):
        ids = data.manifest["image_id"]
        trained = part.manifest["split"] == "train"
        assert set(ids[held]).isdisjoint(ids[trained])
        assert (part.manifest["split"] == "val").sum() == 4
        assert len(held) + trained.sum() == 20
        seen += held
    assert sorted(seen) == list(range(20)) and FOLDS == 3


def test_folds_differ_by_seed_and_repeat(data) -> None:
    first, again, other = ([held for _, held in folds(data, seed)] for seed in (0, 0, 1))
    assert first == again != other


def test_predictions_are_shared_as_their_best_or_as_probabilities(data, logits) -> None:
    for sharing in ("predicted", "out_of_fold"):
        assert torch.equal(shared_of(logits, data, sharing, 0), logits.argmax(1))
    assert torch.allclose(shared_of(logits, data, "soft", 0).sum(1), torch.ones(24))


def test_the_truth_is_shared_with_training_rows_alone(data, logits) -> None:
    told = shared_of(logits, data, "ground_truth", 0)
    truth = torch.tensor(data.manifest["category"].to_numpy())
    assert torch.equal(told[:20], truth[:20])
    assert torch.equal(told[20:], logits.argmax(1)[20:])
    assert not torch.equal(logits.argmax(1)[:20], truth[:20])


def test_shuffled_labels_are_the_same_labels_elsewhere(data, logits) -> None:
    told, own = shared_of(logits, data, "shuffled", 0), logits.argmax(1)
    assert sorted(told[:20].tolist()) == sorted(own[:20].tolist())
    assert not torch.equal(told[:20], own[:20])
    # Validation, which chooses the epoch, is told what the network will be told when asked.
    assert torch.equal(told[20:], own[20:])
    assert not torch.equal(told, shared_of(logits, data, "shuffled", 1))
