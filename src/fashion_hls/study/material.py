"""What the studies train on and are judged on: the crops of ``end_to_end``, and other test views.

Training takes the best detection of any type, so that the type that is shared may be wrong; under
``retained`` it is true by selection. n rows, a attributes, t object types and "none found".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from fashion_hls.data.labels import label_matrix
from fashion_hls.errors import UserError
from fashion_hls.study.features import Features
from fashion_hls.taxonomy import NO_TYPE, OBJECT_TYPES
from fashion_hls.training.views import Inputs, TrainingSet

TRAINED_ON: Final = "end_to_end"
#: Protocols that are judged, where the data has them.
VIEWS: Final = ("end_to_end", "gt_box", "retained")


@dataclass(frozen=True, kw_only=True)
class StudySet(TrainingSet):
    """As ``TrainingSet``; ``types``: what rows are told of their object type, [n] or [n, t]."""

    types: Tensor

    def inputs(self, rows: list[int], sharing: str, images: Tensor | None = None) -> Inputs:
        """As ``TrainingSet.inputs``, with these types whatever is shared."""
        return super().inputs(rows, sharing, images)._replace(types=self.types[rows])

    def telling(self, types: Tensor) -> StudySet:
        """The same rows, told other types."""
        return replace(self, types=types)


@dataclass(frozen=True, kw_only=True)
class TestView:
    """The test rows of a protocol; ``found`` bool [n], ``positives`` bool [n, a]."""

    manifest: pd.DataFrame
    maps: Callable[[Sequence[int]], Tensor]
    positives: np.ndarray

    @property
    def found(self) -> np.ndarray:
        """Where the detector gave a crop [n]."""
        return self.manifest["found"].to_numpy(bool)

    @property
    def category(self) -> np.ndarray:
        """True categories [n]."""
        return self.manifest["category"].to_numpy(np.int64)

    @property
    def wrong_types(self) -> int:
        """How many crops have a detected type that is not the true one."""
        wrong = self.manifest["detected_type"] != self.manifest["object_type"]
        return int((wrong & self.manifest["found"]).sum())

    @property
    def images_by_type(self) -> dict[str, int]:
        """Images of each true object type."""
        counts = np.bincount(self.manifest["object_type"], minlength=len(OBJECT_TYPES))
        return dict(zip(OBJECT_TYPES, counts.tolist(), strict=True))

    def types(self, column: str = "detected_type") -> Tensor:
        """Detected or true (``object_type``) types of the rows with a crop."""
        return torch.tensor(self.manifest.loc[self.found, column].to_numpy(np.int64))


@dataclass(frozen=True, kw_only=True)
class Material:
    """``training``: rows of train and val. ``tests``: by protocol."""

    training: StudySet
    tests: dict[str, TestView]
    categories: int
    attributes: int


def wanted_crops(manifest: pd.DataFrame) -> pd.DataFrame:
    """The rows of the crops' manifest that a study looks at."""
    train = (manifest["split"] != "test") & (manifest["view"] == TRAINED_ON)
    test = (manifest["split"] == "test") & manifest["view"].isin(VIEWS)
    return manifest[manifest["found"] & (train | test)]


def material_of(
    manifest: pd.DataFrame, features: Features, *, categories: int, attributes: int
) -> Material:
    """Training rows and test views with their features.

    Args:
        manifest: of the crops.
        features: of :func:`wanted_crops`.
        categories: c.
        attributes: a.

    Raises:
        UserError: a split has no crop, or none with an attribute.
    """
    wanted = manifest["found"] & (manifest["view"] == TRAINED_ON) & (manifest["split"] != "test")
    rows = manifest[wanted].reset_index(drop=True)
    for split in ("train", "val"):
        if not (rows["split"] == split).any():
            raise UserError(f"study: no {split} crop under {TRAINED_ON}; lower retention.min_score")
        if not any(len(labels) for labels in rows.loc[rows["split"] == split, "attributes"]):
            raise UserError(f"study: no {split} crop under {TRAINED_ON} has an attribute")
    training = StudySet(
        manifest=rows,
        crops=features.of(rows),
        positives=label_matrix(rows["attributes"].tolist(), attributes),
        types=torch.tensor(rows["detected_type"].to_numpy(np.int64)),
    )
    tests = {}
    for view in VIEWS:
        part = manifest[(manifest["view"] == view) & (manifest["split"] == "test")]
        if part["found"].any():
            part = part.sort_values("image_id").reset_index(drop=True)
            tests[view] = TestView(
                manifest=part,
                maps=features.of(part[part["found"]]),
                positives=label_matrix(part["attributes"].tolist(), attributes),
            )
    return Material(training=training, tests=tests, categories=categories, attributes=attributes)


def soft_types(manifest: pd.DataFrame, detections: pd.DataFrame) -> Tensor:
    """How sure the detector is of each type on each row's photo, summing to 1: [n, t].

    The best score of each type over the photo's detections, over their sum; without any
    detection all is on "none found".

    Args:
        manifest: rows with an image_id [n].
        detections: image_id, label, score.
    """
    best = detections.groupby(["image_id", "label"])["score"].max().unstack().fillna(0.0)
    best = best.reindex(columns=range(NO_TYPE), fill_value=0.0)
    scores = best.reindex(manifest["image_id"], fill_value=0.0).to_numpy(np.float32)
    none = (scores.sum(axis=1, keepdims=True) == 0).astype(np.float32)
    scores = np.concatenate([scores, none], axis=1)
    return torch.from_numpy(scores / scores.sum(axis=1, keepdims=True))
