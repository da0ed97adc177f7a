"""What the paper leaves open about the losses (sections 5.2.2 and 6), each against its recipe.

Loss weighting, the best epoch for each task, a penalty on pairs never seen, losses for rare
attributes, up-sampling of rare categories.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, Final

from torch import Tensor
from tqdm import tqdm

from fashion_hls.classification.build import Classifier, MultiTaskClassifier, SingleTaskPair
from fashion_hls.metrics.consistency import seen_pairs, unseen_among_best
from fashion_hls.metrics.topk import Mask
from fashion_hls.study.features import Features
from fashion_hls.study.heads import Workshop, ask, spread
from fashion_hls.study.judge import Floats, Parts, attribute_parts, category_parts
from fashion_hls.study.material import Material, TestView

PAPER: Final = "the paper's"
#: Attributes of an image that are looked at for pairs never seen.
UNSEEN_AT: Final = 3
_LOSSES: Final[dict[str, dict[str, Any]]] = {
    PAPER: {},
    "focal loss": {"attribute_loss": "focal"},
    "asymmetric loss": {"attribute_loss": "asymmetric"},
    "penalty on unseen pairs": {"hierarchy_weight": 1.0},
    "rare categories up-sampled": {"upsample": 0.5},
}
SINGLE: Final = _LOSSES
MULTI: Final[dict[str, dict[str, Any]]] = {
    **_LOSSES,
    "uncertainty weighting": {"task_weighting": "uncertainty"},
    "best epoch of each task": {"task_selection": "separate"},
}
Found = dict[str, dict[str, list[Parts]]]


def study_losses(
    material: Material, features: Features, shop: Workshop, method: str, seeds: range
) -> Found:
    """Train and judge a method under every option.

    Args:
        material: on pooled features for ``stl_hls``, on whole maps for ``mtl_rnn_va``.
        features: those.
        shop: the recipe, as the paper has it.
        method: ``stl_hls`` or ``mtl_rnn_va``.
        seeds: of the trainings.

    Returns:
        By protocol and option the parts of each seed.
    """
    manifest = material.training.manifest
    train = material.training.rows("train")
    seen = seen_pairs(
        manifest["category"].to_numpy()[train],
        material.training.positives[train],
        material.categories,
    )
    found: Found = {view: {} for view in material.tests}
    for seed in tqdm(seeds, desc=f"losses, {method}", unit="seed"):
        for name, changed in (MULTI if method == "mtl_rnn_va" else SINGLE).items():
            own = replace(shop, options=shop.options.model_copy(update=changed))
            classifier = own.networks(method, material, features, seed)
            trainer = own.trainer(material.training, seed, f"{method} {name}")
            if isinstance(classifier, MultiTaskClassifier):
                trainer.both(classifier.network, classifier.attribute_network)
            else:
                assert isinstance(classifier, SingleTaskPair)
                trainer.category(classifier.category)
                rows = list(range(len(manifest)))
                told = trainer.predicted_categories(classifier.category, rows).argmax(dim=1)
                trainer.attributes(classifier.attributes, told)
            for view, test in material.tests.items():
                told = test.types()
                category = ask(partial(_category_scores, classifier), test, told)
                attributes = ask(partial(_attribute_scores, classifier), test, told)
                parts = _parts(spread(category, test), spread(attributes, test), test, seen)
                found[view].setdefault(name, []).append(parts)
    return found


def _category_scores(classifier: Classifier, maps: Tensor, told: Tensor) -> Tensor:
    return classifier.scores(maps, told).category


def _attribute_scores(classifier: Classifier, maps: Tensor, told: Tensor) -> Tensor:
    return classifier.scores(maps, told).attributes


def _parts(category: Floats, attributes: Floats, test: TestView, seen: Mask) -> Parts:
    """Figures of both tasks, and the share of pairs never seen among the best three (lower is
    better)."""
    unseen = unseen_among_best(category, attributes, seen, UNSEEN_AT) * test.found
    return {
        **category_parts(category, test.category, test.found),
        **attribute_parts(attributes, test.positives, test.found),
        f"unseen@{UNSEEN_AT}": (unseen, test.found.astype(float)),
    }
