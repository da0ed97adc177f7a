"""From the predictions file to figures that need the paper's taxonomy: Table 2, Table 6's 16."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd

from fashion_hls.metrics.classification import TOP
from fashion_hls.metrics.grouped import grouped_figures
from fashion_hls.metrics.impossible import impossible
from fashion_hls.metrics.protocols import Truth, by_view
from fashion_hls.metrics.topk import Mask, Scores
from fashion_hls.metrics.trust import Labels
from fashion_hls.shop.applicability import Applicability, applicability
from fashion_hls.shop.clusters import cluster_names, load_clusters
from fashion_hls.shop.names import NotOfTheTaxonomy
from fashion_hls.shop.table2 import load_table2

IMPOSSIBLE: Final = "impossible"
CLUSTERS: Final = "clusters"

Made = TypeVar("Made")


def shop_figures(
    table: pd.DataFrame, truth: Truth, labels: Labels, **options: Any
) -> dict[str, dict[str, Any]]:
    """Of each protocol, impossible predictions and the accuracy on the clusters.

    Args:
        table: predictions (image_id, view, found, category_scores, attribute_scores).
        truth: labels of at least the table's images.
        labels: names of the set's categories and attributes.
        options: seed, draws and level of the intervals.

    Returns:
        Protocol -> {"impossible", "clusters"}: what ``impossible`` and ``grouped_figures`` return,
        with ``reason`` None; of a set of another taxonomy, None for each with the reason.

    Raises:
        UserError: the taxonomy's files are wrong.
    """
    clusters = load_clusters()
    rules = _or_reason(lambda: applicability(*labels, load_table2(), clusters))
    names = _or_reason(lambda: cluster_names(labels.categories, clusters))
    out: dict[str, dict[str, Any]] = {}
    for view, part in by_view(table):
        own, found = truth.of(part["image_id"].to_numpy()), part["found"].to_numpy(bool)
        category, attributes = (
            np.stack(part[f"{kind}_scores"].tolist()).astype(np.float64)
            for kind in ("category", "attribute")
        )
        out[view] = {
            IMPOSSIBLE: _impossible(rules, category, attributes, own, found, options),
            CLUSTERS: _on_clusters(names, category, own, found, options),
        }
    return out


def _or_reason(made: Callable[[], Made]) -> Made | str:
    """What is made; why not, where the set is of another taxonomy."""
    try:
        return made()
    except NotOfTheTaxonomy as error:
        return str(error)


def _impossible(
    rules: Applicability | str,
    category: Scores,
    attributes: Scores,
    own: Truth,
    found: Mask,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    if isinstance(rules, str):
        return {"reason": rules, "predicted_category": None, "true_category": None, "labels": None}
    figures = impossible(
        category, attributes, own.category, own.positives, found, *rules, **options
    )
    return {"reason": None, **rules.facts(), **figures}


def _on_clusters(
    names: list[str] | str, scores: Scores, own: Truth, found: Mask, options: Mapping[str, Any]
) -> dict[str, Any]:
    """How many clusters the set's categories fill, and the figures on them."""
    if isinstance(names, str):
        return {"reason": names, "clusters": None, **{f"top{k}": None for k in TOP}}
    present = list(dict.fromkeys(names))
    group = np.array([present.index(name) for name in names])
    figures = grouped_figures(scores, own.category, found, group, **options)
    return {"reason": None, "clusters": len(present), **figures}
