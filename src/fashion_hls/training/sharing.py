"""What an attribute network is told of the category in training (hierarchical label sharing).

n rows of the manifest, c categories.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from fashion_hls.training.seed import numpy_generator
from fashion_hls.training.views import TrainingSet

#: Parts of the training images for out-of-fold predictions.
FOLDS: Final = 3


def shared_of(logits: Tensor, data: TrainingSet, sharing: str, seed: int) -> Tensor:
    """The label that each row is told, as ids [n] or probabilities [n, c].

    Predictions of a network on its own training rows are better than on new ones (in-sample);
    logits from other folds' networks are not. Rows of validation are told predictions, whatever
    training is told.

    Args:
        logits: what the category step says of each row [n, c].
        data: the rows.
        sharing: ``predicted`` or ``out_of_fold`` (the best), ``ground_truth``, ``soft``
            (probabilities) or ``shuffled`` (some other training row's best, which tells nothing).
        seed: of the shuffling.
    """
    if sharing == "soft":
        return torch.softmax(logits, dim=1)
    shared = logits.argmax(dim=1)
    train = torch.from_numpy(data.rows("train"))
    if sharing == "ground_truth":
        truth = torch.tensor(data.manifest["category"].to_numpy(np.int64))
        shared[train] = truth[train]
    elif sharing == "shuffled":
        order = numpy_generator(seed, "shuffled").permutation(len(train))
        shared[train] = shared[train[torch.from_numpy(order)]]
    return shared


def folds(data: TrainingSet, seed: int) -> Iterator[tuple[TrainingSet, list[int]]]:
    """The training images in ``FOLDS`` parts, each left out once; all views of an image together.

    Args:
        data: whose training rows are parted.
        seed: of the parts.

    Yields:
        The data without one part's rows in training, and that part's row numbers.
    """
    train = data.rows("train")
    ids = np.unique(data.manifest["image_id"].to_numpy()[train])
    part = numpy_generator(seed, "folds").permutation(len(ids)) % FOLDS
    number = dict(zip(ids.tolist(), part.tolist(), strict=True))
    of_row = data.manifest["image_id"].map(number)
    for fold in range(FOLDS):
        held = (data.manifest["split"] == "train") & (of_row == fold)
        manifest = data.manifest.assign(split=data.manifest["split"].mask(held, "held out"))
        yield replace(data, manifest=manifest), np.flatnonzero(held).tolist()
