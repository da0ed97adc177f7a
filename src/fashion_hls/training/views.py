"""The views of the benchmark's photos that the networks train on, as batches of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fashion_hls.classification.crops import Crops
from fashion_hls.data.labels import label_matrix
from fashion_hls.errors import UserError


class Inputs(NamedTuple):
    """A batch: ``images`` [b, 3, s, s], ``types`` [b], ``category`` [b], ``attributes`` [b, a],
    ``rows`` [b] of the manifest."""

    images: Tensor
    types: Tensor
    category: Tensor
    attributes: Tensor
    rows: Tensor


@dataclass(frozen=True, kw_only=True)
class TrainingSet:
    """The rows of the manifest that training and validation use, and their crops.

    ``manifest``: columns of retention.VIEW_COLUMNS, numbered from 0. ``crops``: row numbers to
    images [b, 3, s, s] in 0-1, as :class:`Crops`. ``positives``: bool [n, a].
    """

    manifest: pd.DataFrame
    crops: Callable[[Sequence[int]], Tensor]
    positives: np.ndarray

    def rows(self, split: str) -> np.ndarray:
        """Row numbers of a split."""
        return np.flatnonzero(self.manifest["split"] == split)

    def inputs(self, rows: list[int], sharing: str, images: Tensor | None = None) -> Inputs:
        """Tensors of these rows; ``ground_truth`` sharing shares the label's type."""
        part = self.manifest.iloc[rows]
        column = "object_type" if sharing == "ground_truth" else "detected_type"
        return Inputs(
            images=self.crops(rows) if images is None else images,
            types=torch.tensor(part[column].to_numpy(np.int64)),
            category=torch.tensor(part["category"].to_numpy(np.int64)),
            attributes=torch.tensor(self.positives[rows], dtype=torch.float32),
            rows=torch.tensor(rows),
        )


def of_object_type(data: TrainingSet, object_type: int, categories: Sequence[int]) -> TrainingSet:
    """The rows of one (true) object type, their categories counted within that type.

    Args:
        data: all rows.
        object_type: whose rows are kept.
        categories: ids of the type's categories, in the order of the network's outputs.
    """
    rows = np.flatnonzero(data.manifest["object_type"] == object_type)
    manifest = data.manifest.iloc[rows].reset_index(drop=True)
    place = {category: output for output, category in enumerate(categories)}
    manifest["category"] = manifest["category"].map(place).astype(np.int64)
    return TrainingSet(
        manifest=manifest,
        crops=lambda chosen: data.crops([int(rows[row]) for row in chosen]),
        positives=data.positives[rows],
    )


def training_set(
    manifest: pd.DataFrame,
    stores: dict[str, Path],
    *,
    views: Sequence[str],
    attributes: int,
    size: int,
    threads: int,
) -> TrainingSet:
    """The training and validation rows of the views to train on, with their crops.

    Args:
        manifest: the crops' manifest.
        stores: store name -> its zip.
        views: to train on.
        attributes: a.
        size: side of the crops in pixels.
        threads: that decode.

    Raises:
        UserError: a split has no crop of these views.
    """
    wanted = manifest["view"].isin(views) & manifest["found"]
    rows = manifest[wanted & manifest["split"].isin(["train", "val"])].reset_index(drop=True)
    for split in ("train", "val"):
        if not (rows["split"] == split).any():
            raise UserError(
                f"train.views: no {split} crop of {', '.join(views)}; lower retention.min_score, "
                "train the detector longer, or train on other views"
            )
    return TrainingSet(
        manifest=rows,
        crops=Crops(rows, stores, size=size, threads=threads),
        positives=label_matrix(rows["attributes"].tolist(), attributes),
    )
