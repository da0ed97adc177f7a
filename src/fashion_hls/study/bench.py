"""The studies by name: what each needs, trains and reports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pandas as pd

from fashion_hls.config import Config
from fashion_hls.config_study import StudyBudget
from fashion_hls.config_training import Augment, ClassifierTraining
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary
from fashion_hls.places import ImageSet
from fashion_hls.study.features import Features, extract
from fashion_hls.study.heads import Workshop
from fashion_hls.study.judge import Parts, judge
from fashion_hls.study.label_sharing import how_often_right, study_sharing
from fashion_hls.study.losses import PAPER, UNSEEN_AT, study_losses
from fashion_hls.study.material import Material, material_of, soft_types, wanted_crops
from fashion_hls.study.object_types import ALL, study_types
from fashion_hls.study.recipe import Recipe, pictures, recipes, study_recipe
from fashion_hls.training.checkpoint import Checkpoints


class Bench:
    """A classification set, its features by any backbone, and where trainings keep their state."""

    def __init__(self, config: Config, chosen: ImageSet, checkpoints: Checkpoints) -> None:
        self.config, self.checkpoints = config, checkpoints
        self.vocabulary: Vocabulary = read_vocabulary(chosen.photos / "vocabulary.json")
        self.manifest: pd.DataFrame = read_table(chosen.crops / "manifest.parquet")
        self.detections: pd.DataFrame = read_table(chosen.crops / "detections.parquet")
        self.stores = {"crops": chosen.crops / IMAGES, "benchmark": chosen.photos / IMAGES}
        self.seeds = range(config.seed, config.seed + config.study.seeds)

    def features(self, backbone: str) -> Features:
        """Maps of all crops that a study looks at."""
        return extract(
            backbone,
            wanted_crops(self.manifest),
            self.stores,
            size=self.config.study.image_size,
            threads=self.config.threads,
        )

    def material(self, features: Features) -> Material:
        """Training rows and test views with these features."""
        counts = len(self.vocabulary.categories), len(self.vocabulary.attributes)
        return material_of(self.manifest, features, categories=counts[0], attributes=counts[1])

    def shop(self, budget: StudyBudget, part: str = "") -> Workshop:
        """The paper's losses with a study's budget, without what features cannot have."""
        still = Augment(flip=False, rotate_degrees=0.0, zoom=0.0)
        options: ClassifierTraining = self.config.train.model_copy(
            update={
                **budget.model_dump(),
                "attribute_epochs": None,
                "label_sharing": "predicted",
                "label_smoothing": 0.0,
                "attribute_loss": "bce",
                "hierarchy_weight": 0.0,
                "task_weighting": "sum",
                "task_selection": "joint",
                "upsample": 0.0,
                "augment": still,
                "ema": 0.0,
                "patience": 0,
            }
        )
        return Workshop(
            options=options,
            heads=self.config.heads,
            savers=lambda name: self.checkpoints.part(f"{part} {name}".strip()),
        )

    def judged(self, rows: dict[str, list[Parts]], reference: str) -> dict[str, Any]:
        """Figures and differences with the run's intervals."""
        options = self.config.evaluation
        return judge(
            rows,
            reference,
            seed=self.config.seed,
            draws=options.draws,
            level=options.level,
        )


def label_sharing(bench: Bench) -> dict[str, Any]:
    """Which label to share."""
    features = bench.features(bench.config.backbone.name).pooled()
    material, detections = bench.material(features), bench.detections
    soft = {
        view: soft_types(test.manifest[test.found], detections)
        for view, test in material.tests.items()
    }
    soft["training"] = soft_types(material.training.manifest, detections)
    shop = bench.shop(bench.config.study.single)
    types, attributes = study_sharing(material, features, shop, soft, bench.seeds)
    return {
        "backbone": bench.config.backbone.name,
        "detected_type_right": how_often_right(material),
        "protocols": {
            view: {
                "images": len(test.found),
                "type_to_category": bench.judged(types[view], "none"),
                "category_to_attributes": bench.judged(attributes[view], "none"),
            }
            for view, test in material.tests.items()
        },
    }


def object_types(bench: Bench) -> dict[str, Any]:
    """A network for each type, or one for all."""
    out = {}
    for backbone in bench.config.study.backbones:
        features = bench.features(backbone).pooled()
        material = bench.material(features)
        shop = bench.shop(bench.config.study.single, backbone)
        found = study_types(material, features, shop, bench.vocabulary.category_types, bench.seeds)
        out[backbone] = {
            view: {
                "images": len(test.found),
                "wrong_type": test.wrong_types,
                "images_by_type": test.images_by_type,
                "rows": bench.judged(found[view], ALL),
            }
            for view, test in material.tests.items()
        }
    return {"backbones": out}


def losses(bench: Bench) -> dict[str, Any]:
    """What the losses give."""
    maps = bench.features(bench.config.backbone.name)
    study = bench.config.study
    out: dict[str, Any] = {}
    for method, features, budget in (
        ("stl_hls", maps.pooled(), study.single),
        ("mtl_rnn_va", maps, study.multi),
    ):
        material = bench.material(features)
        found = study_losses(material, features, bench.shop(budget), method, bench.seeds)
        out[method] = {
            view: {"images": len(test.found), "rows": bench.judged(found[view], PAPER)}
            for view, test in material.tests.items()
        }
    return {
        "backbone": bench.config.backbone.name,
        "unseen_at": UNSEEN_AT,
        "methods": out,
    }


def recipe(bench: Bench) -> dict[str, Any]:
    """How a network is fine-tuned."""
    config, study = bench.config, bench.config.study
    images = pictures(
        wanted_crops(bench.manifest),
        bench.stores,
        size=study.recipe.image_size,
        threads=config.threads,
    )
    material = bench.material(images)
    backbone = config.backbone
    base = Recipe(config.train.lr, config.heads.dropout, backbone.trained_from, backbone.name)
    ways = recipes(
        base,
        rates=study.recipe.rates,
        dropouts=study.recipe.dropouts,
        cuts=study.recipe.cuts,
        backbones=study.backbones,
    )
    options = config.train.model_copy(update={"epochs": study.recipe.epochs, "patience": 0})
    shop = Workshop(options=options, heads=config.heads, savers=bench.checkpoints.part)
    found = study_recipe(material, shop, ways, bench.seeds)
    return {
        "backbone": backbone.name,
        "protocols": {
            view: {
                "images": len(test.found),
                "varied": {
                    what: bench.judged(rows, base.named(what)) for what, rows in found[view].items()
                },
            }
            for view, test in material.tests.items()
        },
    }


STUDIES: Final[dict[str, Callable[[Bench], dict[str, Any]]]] = {
    "label_sharing": label_sharing,
    "object_types": object_types,
    "losses": losses,
    "recipe": recipe,
}
