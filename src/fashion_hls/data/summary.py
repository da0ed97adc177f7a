"""Counts and imbalance of a prepared detection set, for its metrics file."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from fashion_hls.data.balancing import choose, label_counts
from fashion_hls.data.labels import label_matrix
from fashion_hls.data.records import ANNOTATED, AUTOMATIC, SPLITS, DetectionSet, Vocabulary
from fashion_hls.metrics.imbalance import (
    imbalance_ratio,
    imbalance_ratio_of_counts,
    mean_ir,
    mean_ir_of_counts,
    scumble,
)
from fashion_hls.taxonomy import OBJECT_TYPES


def balanced(
    data: DetectionSet, targets: dict[str, int | None], *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Images and objects of a balanced choice; a split without a target stays whole."""
    parts = []
    for split in SPLITS:
        part = data.images[data.images["split"] == split]
        target = targets.get(split)
        if target is not None and len(part):
            counts = label_counts(part, data.objects, len(OBJECT_TYPES))
            part = part[choose(counts, target, seed=seed)]
        parts.append(part)
    images = pd.concat(parts).reset_index(drop=True)
    objects = data.objects[data.objects["image_id"].isin(images["image_id"])]
    return images, objects.reset_index(drop=True)


def detection_counts(images: pd.DataFrame, objects: pd.DataFrame) -> dict[str, Any]:
    """Images, objects and imbalance of each split.

    MeanIR is given over object counts, as the paper's 1.6528 is, and over images, as its
    reference defines it; SCUMBLE in the reference form with the IRs of images, and in the printed
    one with those of objects, as the paper's can only have been made (Eq. 8-10).
    """
    out: dict[str, Any] = {}
    for split in SPLITS:
        part = images[images["split"] == split]
        counts = label_counts(part, objects, len(OBJECT_TYPES))
        # Classes that the dataset does not have at all are no labels of it.
        present = np.flatnonzero(label_counts(images, objects, len(OBJECT_TYPES)).sum(axis=0))
        totals, labels = counts.sum(axis=0), counts[:, present] > 0
        out[split] = {
            "images": len(part),
            "objects": int(totals.sum()),
            "objects_per_type": dict(zip(OBJECT_TYPES, totals.tolist(), strict=True)),
        }
        if len(part):
            names = [OBJECT_TYPES[i] for i in present]
            ratios = imbalance_ratio(labels).tolist()
            by_objects = imbalance_ratio_of_counts(totals[present])
            out[split] |= {
                "ir_images": dict(zip(names, ratios, strict=True)),
                "mean_ir_images": mean_ir(labels),
                "mean_ir_objects": mean_ir_of_counts(totals[present]),
                "scumble_reference": scumble(labels, form="reference"),
                "scumble_printed": scumble(labels, form="printed", ratios=by_objects),
            }
    return out


def boxes_by_source(
    images: pd.DataFrame, objects: pd.DataFrame
) -> dict[str, dict[str, dict[str, int]]]:
    """Objects of each split by who made the box, and by object type."""
    joined = objects.merge(images[["image_id", "split"]], on="image_id")
    counts = joined.groupby(["split", "source", "label"]).size()
    return {
        split: {
            source: {
                name: int(counts.get((split, source, label), 0))
                for label, name in enumerate(OBJECT_TYPES)
            }
            for source in (ANNOTATED, AUTOMATIC)
        }
        for split in SPLITS
    }


def category_counts(
    images: pd.DataFrame, objects: pd.DataFrame
) -> dict[str, dict[str, dict[str, int]]]:
    """Objects of each dataset category by object type and split (Table 1)."""
    joined = objects.merge(images[["image_id", "split"]], on="image_id")
    out: dict[str, dict[str, dict[str, int]]] = {name: {} for name in OBJECT_TYPES}
    for _, part in joined.groupby(["label", "category"]):
        label, category = part["label"].iloc[0], part["category"].iloc[0]
        counts = part["split"].value_counts()
        out[OBJECT_TYPES[label]][str(category)] = {s: int(counts.get(s, 0)) for s in SPLITS}
    return out


def benchmark_counts(images: pd.DataFrame, vocabulary: Vocabulary) -> dict[str, Any]:
    """Images by split, category and attribute of a benchmark, and its imbalance."""
    categories, attributes = len(vocabulary.categories), len(vocabulary.attributes)
    positives = label_matrix(images["attributes"].tolist(), attributes)
    per_category = np.bincount(images["category"], minlength=categories)
    populated = per_category[per_category > 0]
    by_split = images["split"].value_counts()
    return {
        "images": len(images),
        "images_per_split": {s: int(by_split.get(s, 0)) for s in SPLITS},
        "categories": categories,
        "attributes": attributes,
        "attribute_positives": int(positives.sum()),
        "images_per_category": dict(zip(vocabulary.categories, per_category.tolist(), strict=True)),
        "images_per_attribute": dict(
            zip(vocabulary.attributes, positives.sum(axis=0).tolist(), strict=True)
        ),
        "category_mean_ir": mean_ir_of_counts(populated),
        "attribute_mean_ir": mean_ir(positives),
    }
