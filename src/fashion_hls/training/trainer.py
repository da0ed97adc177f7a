"""One network after the other by the one loop: what each is shown, its loss, its validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fashion_hls.classification.crops import augment, draw_views, further_draws
from fashion_hls.classification.losses import attribute_loss, unseen_penalty
from fashion_hls.classification.mtl import MultiTask
from fashion_hls.classification.stl import SingleTask
from fashion_hls.config_training import ClassifierTraining
from fashion_hls.metrics.consistency import seen_pairs
from fashion_hls.metrics.recall import attribute_hits, micro_recall
from fashion_hls.metrics.topk import topk_hits
from fashion_hls.training.loop import Batch, fit
from fashion_hls.training.processes import Team, team
from fashion_hls.training.seed import epoch_generator, numpy_generator
from fashion_hls.training.sharing import folds, shared_of
from fashion_hls.training.state import BestOf, Saver
from fashion_hls.training.views import Inputs, TrainingSet

History = list[dict[str, float]]
#: A network's name to where its training keeps its state.
Savers = Callable[[str], Saver]
OnEpoch = Callable[[str, int, dict[str, float]], None]


@dataclass
class Trainer:
    """Trains one network after the other on the same rows, each by its own loss."""

    data: TrainingSet
    options: ClassifierTraining
    seed: int
    savers: Savers
    on_epoch: OnEpoch
    team: Team = field(default_factory=team)

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

        told = self.team.to_device(shared)

        def logits(x: Inputs) -> Tensor:
            out: Tensor = network(x.images, None if told is None else told[x.rows])
            return out

        def loss(x: Inputs) -> dict[str, Tensor]:
            return {"attributes": self._attribute_loss(logits(x), x.attributes, x.category)}

        def validate() -> dict[str, float]:
            return {"val/recall@5": self._recall(self._scores(logits))}

        epochs = self.options.attribute_epochs
        return self._fit(network, "attributes", loss, validate, "val/recall@5", epochs)

    def both(self, network: MultiTask, attribute_network: MultiTask | None = None) -> History:
        """The sum of both losses (§3.2.2); selected on the mean of top-1 and recall@5.

        ``attribute_network``, if given, is left with the weights of the epoch with the best
        recall@5, and ``network`` with those of the best top-1.
        """
        sharing = self.options.label_sharing
        best = {"val/top1": network, "val/recall@5": attribute_network}
        if attribute_network is None:
            best = {}
        kept = [self._best_of(figure) for figure in best]

        def loss(x: Inputs) -> dict[str, Tensor]:
            out = network(x.images, x.types, x.category, sharing)
            category = self._cross_entropy(out.category, x.category)
            attributes = self._attribute_loss(
                out.attributes, x.attributes, torch.softmax(out.category, dim=1)
            )
            if network.weights is not None:
                category, attributes = network.weights(category, attributes)
            return {"category": category, "attributes": attributes}

        def validate() -> dict[str, float]:
            # Predictions are shared in validation, whatever training shares.
            told = "soft" if sharing == "soft" else "predicted"
            count = len(self.data.positives[0])
            scores = self._scores(
                lambda x: torch.cat(network(x.images, x.types, sharing=told)[:2], dim=1)
            )
            top1, recall = self._top1(scores[:, :-count]), self._recall(scores[:, -count:])
            figures = {"val/top1": top1, "val/recall@5": recall, "val/mean": (top1 + recall) / 2}
            for one in kept:
                one.offer(network, figures)
            return figures

        history = self._fit(network, "both", loss, validate, "val/mean")
        for one, into in zip(kept, best.values(), strict=True):
            assert into is not None
            one.put_into(into.to(self.team.device))
        return history

    def _best_of(self, figure: str) -> BestOf:
        saver = self.savers(f"both best {figure.removeprefix('val/')}")
        content = self.team.from_main(saver.load)
        return BestOf(figure, content, saver if self.team.main else None)

    @torch.no_grad()
    def predicted_categories(self, network: nn.Module, rows: list[int]) -> Tensor:
        """Logits [n, c] of these rows, unaltered."""
        return self._predict(lambda x: network(x.images, x.types), rows)

    def shared_categories(
        self, network: SingleTask, untrained: SingleTask
    ) -> tuple[Tensor, dict[str, History]]:
        """What each row is told of its category, and the histories of networks trained for that.

        Args:
            network: trained.
            untrained: as the network began.
        """
        sharing = self.options.label_sharing
        histories: dict[str, History] = {}
        logits = self.predicted_categories(network, list(range(len(self.data.manifest))))
        if sharing == "out_of_fold":
            held, histories = self.out_of_fold(untrained)
            train = torch.from_numpy(self.data.rows("train"))
            logits[train] = held[train]
        return shared_of(logits, self.data, sharing, self.seed), histories

    def out_of_fold(self, untrained: SingleTask) -> tuple[Tensor, dict[str, History]]:
        """Logits [n, c] of the training rows by networks trained on the other folds' images.

        Args:
            untrained: where each fold's network begins.

        Returns:
            The logits (0 for rows of validation), and each network's history.
        """
        classes = untrained.classifier.out_features
        out = torch.zeros(len(self.data.manifest), classes)
        histories = {}
        for fold, (part, held) in enumerate(folds(self.data, self.seed)):
            name, network = f"category, without fold {fold + 1}", deepcopy(untrained)
            histories[name] = replace(self, data=part).category(network, name)
            out[held] = self.predicted_categories(network, held)
        return out, histories

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
        categories = self.data.manifest["category"].to_numpy()[train]
        files = self.data.manifest["file"].tolist()
        further = further_draws(ids, categories, options.upsample)
        images = len(np.unique(ids)) + sum(further.values())
        size = min(options.batch_size, images)
        augmentation: dict[str, Any] = options.augment.model_dump()

        def batches(epoch: int) -> Iterator[Batch]:
            order = draw_views(ids, numpy_generator(self.seed, name, epoch), categories, further)
            draws = epoch_generator(self.seed, epoch, f"augment {name}")
            for start in range(0, images - size + 1, size):
                first, end, weight = self.team.share(size)
                rows = train[order[start : start + size][first:end]].tolist()
                crops = self.team.to_device(self.data.crops(rows))
                crops = augment(crops, draws, first=first, of=size, **augmentation)
                content = self.data.inputs(rows, options.label_sharing, crops)
                yield Batch(names=[files[row] for row in rows], content=content, weight=weight)

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

    def _attribute_loss(self, logits: Tensor, targets: Tensor, category: Tensor) -> Tensor:
        """The attributes' loss; ``category`` are true ids [b] or predicted probabilities [b, c]."""
        loss = attribute_loss(logits, targets, self.options.attribute_loss)
        if not self.options.hierarchy_weight:
            return loss
        if not category.is_floating_point():
            category = functional.one_hot(category, len(self._unseen)).to(logits.dtype)
        # Categories that no row has come last, and have no pair that was seen.
        further = category.shape[1] - len(self._unseen)
        unseen = functional.pad(self._unseen.to(logits.device), (0, 0, 0, further), value=1.0)
        return loss + self.options.hierarchy_weight * unseen_penalty(category, logits, unseen)

    @cached_property
    def _unseen(self) -> Tensor:
        """1 for pairs of category and attribute that no training row has, else 0 [c, a]."""
        category = self.data.manifest["category"].to_numpy()
        train = self.data.rows("train")
        positives = self.data.positives[train]
        return torch.from_numpy(~seen_pairs(category[train], positives, category.max() + 1)).float()

    def _predict(self, forward: Callable[[Inputs], Tensor], rows: list[int]) -> Tensor:
        """What ``forward`` says of the rows [n, …], on the CPU and in all processes."""
        own = []
        # Whole batches are shared, so that each is computed as one process would.
        for start in range(0, len(rows), 64)[self.team.index :: self.team.count]:
            inputs = self.data.inputs(rows[start : start + 64], "predicted")
            own.append((start, forward(self.team.to_device(inputs)).cpu()))
        return torch.cat([part for _, part in sorted(self.team.gather(own), key=itemgetter(0))])

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
