"""Attention of both decoder steps over test crops: faithfulness, and galleries as Figure 3.

b crops, c categories, a attributes. The first step is asked for the category, the second for the
attributes (Equations 4-7).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from fashion_hls.classification.build import Classifier
from fashion_hls.classification.crops import Crops
from fashion_hls.explain.faithfulness import KINDS, areas, compared
from fashion_hls.metrics.topk import Mask, topk_indices

STEPS: Final = ("category", "attributes")
#: What attention is set against (faithfulness.py says why).
PEERS: Final = ("random", "mean_map")
#: Attributes whose mean score the second step's map is held to, and that a plot names.
NAMED: Final = 3
_BATCH: Final = 16


def has_attention(classifier: Classifier, size: int) -> bool:
    """Whether the method gives attention maps, asked with one empty crop."""
    with torch.inference_mode():
        scores = classifier.scores(torch.zeros(1, 3, size, size), torch.zeros(1, dtype=torch.long))
    return scores.attention is not None


def faithfulness(
    classifier: Classifier,
    crops: Crops,
    types: Tensor,
    *,
    seed: int,
    draws: int,
    level: float,
) -> dict[str, Any]:
    """Deletion and insertion of both steps' maps, beside their ``PEERS``.

    Watched is the probability of the predicted category, and the mean probability of the
    ``NAMED`` best attributes.

    Args:
        classifier: with attention, in eval mode.
        crops: row numbers to images.
        types: detected type of each row [n], as in prediction.
        seed: of the random orders and of the bootstrap over images.
        draws: of the bootstrap.
        level: of the intervals.

    Returns:
        step -> kind -> what ``faithfulness.compared`` returns.
    """
    generator = torch.Generator().manual_seed(seed)
    batches = [range(i, min(i + _BATCH, len(types))) for i in range(0, len(types), _BATCH)]
    mean = torch.cat(
        [_attention(classifier, crops(rows), types[rows.start : rows.stop]) for rows in batches]
    ).mean(dim=0)
    found: dict[tuple[str, str, str], list[Tensor]] = {}
    for rows in tqdm(batches, desc="hide and show cells", unit="batch"):
        own = types[rows.start : rows.stop]
        for key, area in _batch_areas(classifier, crops(rows), own, mean, generator).items():
            found.setdefault(key, []).append(area)
    values = {key: torch.cat(parts).double().numpy() for key, parts in found.items()}
    return {
        step: {
            kind: compared(
                values[step, kind, "attention"],
                {peer: values[step, kind, peer] for peer in PEERS},
                seed=seed,
                draws=draws,
                level=level,
            )
            for kind in KINDS
        }
        for step in STEPS
    }


@torch.inference_mode()
def _attention(classifier: Classifier, images: Tensor, types: Tensor) -> Tensor:
    """Both steps' maps [b, 2, h, w]."""
    attention = classifier.scores(images, types).attention
    assert attention is not None
    return attention


def _batch_areas(
    classifier: Classifier,
    images: Tensor,
    types: Tensor,
    mean: Tensor,
    generator: torch.Generator,
) -> dict[tuple[str, str, str], Tensor]:
    """Areas [b] by step, kind and the order of the cells; ``mean``: both steps' mean maps."""
    with torch.inference_mode():
        scores = classifier.scores(images, types)
    assert scores.attention is not None
    most = min(NAMED, scores.attributes.shape[1])
    chosen = (scores.category.argmax(dim=1, keepdim=True), scores.attributes.topk(most).indices)
    random = torch.rand(scores.attention[:, 0].shape, generator=generator)
    same = [one.expand(len(images), -1, -1) for one in mean]
    watched = partial(_watched, classifier, types, chosen)
    made = areas(watched, images, [*scores.attention.unbind(dim=1), *same, random])
    out = {}
    for place, step in enumerate(STEPS):
        orders = {"attention": made[place], "mean_map": made[2 + place], "random": made[4]}
        for kind in KINDS:
            for order, own in orders.items():
                out[step, kind, order] = getattr(own, kind)[:, place]
    return out


def _watched(
    classifier: Classifier, types: Tensor, chosen: tuple[Tensor, Tensor], images: Tensor
) -> Tensor:
    """Each step's mean score of its chosen labels ([b, k] each): [b, 2]."""
    scores = classifier.scores(images, types)
    told = (scores.category, scores.attributes)
    means = [one.gather(1, labels).mean(dim=1) for one, labels in zip(told, chosen, strict=True)]
    return torch.stack(means, dim=1)


def gallery_rows(
    category_scores: np.ndarray,
    attribute_scores: np.ndarray,
    category: np.ndarray,
    seen: Mask,
    *,
    each: int,
) -> dict[str, list[int]]:
    """Rows to draw, by rule, the most confident of each first; a row drawn by one rule is not
    drawn by the next.

    ``incompatible``: one of the ``NAMED`` best attributes never occurs with the predicted category
    in the training split. ``wrong``: another category. ``right``: the label's category.

    Args:
        category_scores: [n, c].
        attribute_scores: [n, a].
        category: true ones [n].
        seen: pairs that occur in training [c, a].
        each: rows of a rule, at most.
    """
    guess = topk_indices(category_scores, 1)[:, 0]
    best = topk_indices(attribute_scores, NAMED)
    strange = (~seen[guess[:, None], best]).any(axis=1)
    rules = {"incompatible": strange, "wrong": guess != category, "right": guess == category}
    confidence = category_scores[np.arange(len(guess)), guess]
    left = np.argsort(-confidence, kind="stable").tolist()
    chosen: dict[str, list[int]] = {}
    for rule, holds in rules.items():
        chosen[rule] = [row for row in left if holds[row]][:each]
        left = [row for row in left if row not in chosen[rule]]
    return chosen


def told(
    rows: pd.DataFrame,
    scores: Any,
    categories: Sequence[str],
    attributes: Sequence[str],
) -> list[tuple[str, str, str]]:
    """Three captions of each row: the labels, the category step's word, the attribute step's.

    Args:
        rows: ``category`` and ``attributes``, the true ones.
        scores: what ``Classifier.scores`` gave for them.
        categories: names.
        attributes: names.
    """
    out = []
    best = scores.attributes.topk(min(NAMED, scores.attributes.shape[1]))
    for place, (true, positives) in enumerate(
        zip(rows["category"], rows["attributes"], strict=True)
    ):
        chance, guess = scores.category[place].max(dim=0)
        said = ", ".join(
            f"{attributes[label]} {score:.2f}"
            for score, label in zip(
                best.values[place].tolist(), best.indices[place].tolist(), strict=True
            )
        )
        names = ", ".join(attributes[label] for label in positives) or "no attribute"
        out.append((f"{categories[true]}: {names}", f"{categories[int(guess)]} {chance:.2f}", said))
    return out
