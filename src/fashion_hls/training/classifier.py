"""Training of a method's networks on the views that ``retain_crops`` cut."""

from __future__ import annotations

from copy import deepcopy

from torch import nn

from fashion_hls.classification.build import Classifier, MultiTaskClassifier, SingleTaskPair
from fashion_hls.config_training import ClassifierTraining
from fashion_hls.errors import UserError
from fashion_hls.training.trainer import History, OnEpoch, Savers, Trainer
from fashion_hls.training.views import TrainingSet


def train_classifier(
    classifier: Classifier,
    data: TrainingSet,
    *,
    options: ClassifierTraining,
    seed: int,
    savers: Savers,
    on_epoch: OnEpoch,
) -> dict[str, History]:
    """Train a method's networks in the order in which they share labels.

    Several processes share the crops of each batch, and the batches of every prediction.

    Returns:
        The history of each network by name.

    Raises:
        UserError: no crop of a split has an attribute, or a loss is not finite.
    """
    _refuse_without_attributes(data)
    trainer = Trainer(data, options, seed, savers, on_epoch)
    if isinstance(classifier, MultiTaskClassifier):
        return {"both": trainer.both(classifier.network, classifier.attribute_network)}
    assert isinstance(classifier, SingleTaskPair)
    untrained = deepcopy(classifier.category)
    histories = {"category": trainer.category(classifier.category)}
    shared = None
    if classifier.attributes.shared is not None:
        shared, folds = trainer.shared_categories(classifier.category, untrained)
        histories |= folds
    histories["attributes"] = trainer.attributes(classifier.attributes, shared)
    return histories


def train_category_network(
    network: nn.Module,
    data: TrainingSet,
    name: str,
    *,
    options: ClassifierTraining,
    seed: int,
    savers: Savers,
    on_epoch: OnEpoch,
) -> History:
    """Train one category network (Baseline STL) under a name of its own, as for Table 5.

    Args:
        network: images and a type, which it ignores, to logits.
        data: whose categories are the network's outputs.
        name: of the network, for its checkpoints, random streams and figures.
        options: as of train_classifier().
        seed: as of train_classifier().
        savers: as of train_classifier().
        on_epoch: as of train_classifier().
    """
    return Trainer(data, options, seed, savers, on_epoch).category(network, name)


def _refuse_without_attributes(data: TrainingSet) -> None:
    """Without one in validation, recall would choose the epoch out of nothing."""
    for split in ("train", "val"):
        if not data.positives[data.rows(split)].any():
            raise UserError(
                f"no {split} crop has an attribute, so the attribute network can be neither "
                "trained nor chosen; give the split images with attributes (dataset.splits or "
                "dataset.val_share), or train on further views (train.views)"
            )
