"""Made-up maps in which the type, the category and the attributes can be seen."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from fashion_hls.config_training import Augment, ClassifierTraining, Heads
from fashion_hls.study.features import Features
from fashion_hls.study.heads import Workshop
from fashion_hls.study.material import Material, material_of

CATEGORIES, ATTRIBUTES, CHANNELS = 4, 6, 8
#: Object type of each category: two upper-body, two lower-body.
CATEGORY_TYPES = [0, 0, 1, 1]


class Nowhere:
    """Keeps no state."""

    def load(self) -> None:
        return None

    def save(self, state: dict[str, object], step: int) -> None:
        pass


@pytest.fixture
def manifest() -> pd.DataFrame:
    """60 training images, 20 of validation, 40 of test; one detection in ten of a wrong type."""
    count = 120
    category = np.arange(count) % CATEGORIES
    true = np.array(CATEGORY_TYPES)[category]
    detected = np.where(np.arange(count) % 10 == 0, 1 - true, true)
    rows = pd.DataFrame(
        {
            "image_id": np.arange(count),
            "file": [f"{i}.png" for i in range(count)],
            "store": "crops",
            "split": ["train"] * 60 + ["val"] * 20 + ["test"] * 40,
            "view": "end_to_end",
            "found": True,
            "detected_type": detected,
            "object_type": true,
            "category": category,
            "attributes": [[int(c), 4 + int(i) % 2] for i, c in enumerate(category)],
        }
    )
    rows.loc[[100, 110], ["found", "detected_type"]] = [False, 4]
    kept = rows[rows["found"] & (rows["detected_type"] == rows["object_type"])]
    return pd.concat([rows, kept.assign(view="retained")], ignore_index=True)


@pytest.fixture
def features(manifest) -> Features:
    places = manifest.loc[manifest["found"], ["store", "file"]].drop_duplicates()
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(len(places), CHANNELS, 2, 2, generator=generator) * 0.3
    number = places["file"].str.removesuffix(".png").astype(int).to_numpy()
    for row, image in enumerate(number):
        maps[row, image % CATEGORIES] += 1.5
        maps[row, 4 + image % 2] += 1.5
    return Features(maps.half(), places)


@pytest.fixture
def material(manifest, features) -> Material:
    return material_of(manifest, features, categories=CATEGORIES, attributes=ATTRIBUTES)


@pytest.fixture
def shop() -> Workshop:
    options = ClassifierTraining(
        epochs=12,
        batch_size=10,
        lr=0.01,
        optimizer="adam",
        image_size=32,
        views=("retained",),
        label_sharing="predicted",
        augment=Augment(flip=False, rotate_degrees=0.0, zoom=0.0),
    )
    heads = Heads(embedding=4, attention=8, state=8, hidden=8, dropout=0.0)
    return Workshop(options=options, heads=heads, savers=lambda _: Nowhere())


def on(material: Material, features: Features) -> Material:
    """The same rows with other features."""
    tests = {
        name: replace(test, maps=features.of(test.manifest[test.found]))
        for name, test in material.tests.items()
    }
    crops = features.of(material.training.manifest)
    return replace(material, training=replace(material.training, crops=crops), tests=tests)
