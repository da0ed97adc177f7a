"""Training of a method's networks on the views that ``retain_crops`` cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fashion_hls.classification.build import Classifier, MultiTaskClassifier, SingleTaskPair
from fashion_hls.classification.crops import augment, draw_views
from fashion_hls.config_training import ClassifierTraining
from fashion_hls.errors import UserError
from fashion_hls.metrics.recall import attribute_hits, micro_recall
from fashion_hls.metrics.topk import topk_hits
from fashion_hls.training.loop import Batch, fit
from fashion_hls.training.seed import epoch_generator, numpy_generator
from fashion_hls.training.state import Saver
from fashion_hls.training.views import Inputs, TrainingSet

History = list[dict[str, float]]
#: A network's name to where its training keeps its state.
Savers = Callable[[str], Saver]
OnEpoch = Callable[[str, int, dict[str, float]], None]


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

    Returns:
        The history of each network by name.

    Raises:
        UserError: no crop of a split has an attribute, or a loss is not finite.
    """
    _refuse_without_attributes(data)
    trainer = _Trainer(data, options, seed, savers, on_epoch)
    if isinstance(classifier, MultiTaskClassifier):
        return {"both": trainer.both(classifier.network)}
    assert isinstance(classifier, SingleTaskPair)
    histories = {"category": trainer.category(classifier.category)}
    shared = None
    if classifier.attributes.shared is not None:
        shared = trainer.shared_categories(classifier.category)
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
    return _Trainer(data, options, seed, savers, on_epoch).category(network, name)


@dataclass
class _Trainer:
    data: TrainingSet
    options: ClassifierTraining
    seed: int
    savers: Savers
    on_epoch: OnEpoch

    def category(self, network: nn.Module, name: str = "category") -> History:
        """Softmax and cross-entropy on the category; selected on validation top-1."""

        def loss(x: Inputs) -> dict[str, Tensor]:
            return {"category": self._cross_entropy(network(x.images, x.types), x.category)}

        def validate() -> dict[str, float]:
            scores = self._scores(lambda x: network(x.images, x.types))
            return {"val/top1": self._top1(scores)}

        return self._fit(network, name, loss, validate, "val/top1")

    def attributes(self, network: nn.Module, shared: Tensor | None) -> History:
        """Sigmoid and binary cross-entropy; selected on validation recall@5.

        ``shared``: what each row of the manifest is told of its category, by row number.
        """

        def logits(x: Inputs) -> Tensor:
            out: Tensor = network(x.images, None if shared is None else shared[x.rows])
            return out

        def loss(x: Inputs) -> dict[str, Tensor]:
            bce = functional.binary_cross_entropy_with_logits(logits(x), x.attributes)
            return {"attributes": bce}

        def validate() -> dict[str, float]:
            return {"val/recall@5": self._recall(self._scores(logits))}

        epochs = self.options.attribute_epochs
        return self._fit(network, "attributes", loss, validate, "val/recall@5", epochs)

    def both(self, network: nn.Module) -> History:
        """The sum of both losses (§3.2.2); selected on the mean of top-1 and recall@5."""
        sharing = self.options.label_sharing

        def loss(x: Inputs) -> dict[str, Tensor]:
            out = network(x.images, x.types, x.category, sharing)
            bce = functional.binary_cross_entropy_with_logits(out.attributes, x.attributes)
            return {
                "category": self._cross_entropy(out.category, x.category),
                "attributes": bce,
            }

        def validate() -> dict[str, float]:
            # Predictions are shared in validation, whatever training shares.
            told = "soft" if sharing == "soft" else "predicted"
            count = len(self.data.positives[0])
            scores = self._scores(
                lambda x: torch.cat(network(x.images, x.types, sharing=told)[:2], dim=1)
            )
            top1, recall = self._top1(scores[:, :-count]), self._recall(scores[:, -count:])
            return {"val/top1": top1, "val/recall@5": recall, "val/mean": (top1 + recall) / 2}

        return self._fit(network, "both", loss, validate, "val/mean")

    @torch.no_grad()
    def shared_categories(self, network: nn.Module) -> Tensor:
        """What the category network says of every row, as ids [n] or probabilities [n, c].

        On its own training rows these predictions are better than on new ones (in-sample).
        In training ``ground_truth`` shares the label there instead; validation never does.
        """
        rows = list(range(len(self.data.manifest)))
        logits = self._predict(lambda x: network(x.images, x.types), rows)
        if self.options.label_sharing == "soft":
            return torch.softmax(logits, dim=1)
        shared = logits.argmax(dim=1)
        if self.options.label_sharing == "ground_truth":
            train = torch.from_numpy(self.data.rows("train"))
            truth = torch.tensor(self.data.manifest["category"].to_numpy(np.int64))
            shared[train] = truth[train]
        return shared

    def _fit(
        self,
        network: nn.Module,
        name: str,
        loss: Callable[[Inputs], dict[str, Tensor]],
        validate: Callable[[], dict[str, float]],
        select: str,
        epochs: int | None = None,
    ) -> History:
        options = self.options
        if epochs is not None:
            options = options.model_copy(update={"epochs": epochs})
        train = self.data.rows("train")
        ids = self.data.manifest["image_id"].to_numpy()[train]
        files = self.data.manifest["file"].tolist()
        images = len(np.unique(ids))
        size = min(options.batch_size, images)
        augmentation: dict[str, Any] = options.augment.model_dump()

        def batches(epoch: int) -> Iterator[Batch]:
            order = draw_views(ids, numpy_generator(self.seed, name, epoch))
            draws = epoch_generator(self.seed, epoch, f"augment {name}")
            for start in range(0, images - size + 1, size):
                rows = train[order[start : start + size]].tolist()
                crops = augment(self.data.crops(rows), draws, **augmentation)
                content = self.data.inputs(rows, options.label_sharing, crops)
                yield Batch(names=[files[row] for row in rows], content=content)

        return fit(
            network,
            recipe=options,
            batches=batches,
            steps_per_epoch=images // size,
            loss=loss,
            validate=validate,
            select=select,
            seed=self.seed,
            saver=self.savers(name),
            on_epoch=lambda epoch, figures: self.on_epoch(name, epoch, figures),
            label=f"train {name}",
        )

    def _cross_entropy(self, logits: Tensor, category: Tensor) -> Tensor:
        smoothing = self.options.label_smoothing
        return functional.cross_entropy(logits, category, label_smoothing=smoothing)

    def _predict(self, forward: Callable[[Inputs], Tensor], rows: list[int]) -> Tensor:
        out = []
        for start in range(0, len(rows), 64):
            out.append(forward(self.data.inputs(rows[start : start + 64], "predicted")))
        return torch.cat(out)

    @torch.no_grad()
    def _scores(self, forward: Callable[[Inputs], Tensor]) -> np.ndarray:
        return self._predict(forward, self.data.rows("val").tolist()).numpy()

    def _top1(self, scores: np.ndarray) -> float:
        val = self.data.rows("val")
        truth = self.data.manifest["category"].to_numpy()[val]
        return float(topk_hits(scores, truth, 1, None).mean())

    def _recall(self, scores: np.ndarray) -> float:
        positives = self.data.positives[self.data.rows("val")]
        return micro_recall(attribute_hits(scores, positives, 5), positives)


def _refuse_without_attributes(data: TrainingSet) -> None:
    """Without one in validation, recall would choose the epoch out of nothing."""
    for split in ("train", "val"):
        if not data.positives[data.rows(split)].any():
            raise UserError(
                f"no {split} crop has an attribute, so the attribute network can be neither "
                "trained nor chosen; give the split images with attributes (dataset.splits or "
                "dataset.val_share), or train on further views (train.views)"
            )
