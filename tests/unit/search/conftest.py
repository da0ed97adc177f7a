"""A tiny prepared set, and trials over it in seconds."""

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from fashion_hls.config_training import Augment, ClassifierTraining
from fashion_hls.data.images import ImageWriter
from fashion_hls.data.store import write_json, write_table
from fashion_hls.search.space import SearchConfig
from fashion_hls.search.trial import Setup
from fashion_hls.training.views import TrainingSet

CATEGORIES, ATTRIBUTES, SIZE, ROWS = 3, 6, 32, 18
SPACE = {
    "lr": [1e-4, 1e-1],
    "dropout": [0.0, 0.5],
    "batch_size": [4, 6],
    "trained_from": ["conv_head"],
    "optimizer": ["adam", "rmsprop"],
}


def table() -> pd.DataFrame:
    """Twelve photos to train on, six to validate; the category can be seen."""
    rows = np.arange(ROWS)
    return pd.DataFrame(
        {
            "image_id": rows,
            "file": [f"{row}.png" for row in rows],
            "store": "crops",
            "view": "retained",
            "found": True,
            "split": ["train"] * 12 + ["val"] * 6,
            "object_type": rows % 3,
            "detected_type": (rows + 1) % 4,
            "category": rows % CATEGORIES,
            "attributes": [[int(row % 3), int(3 + row % 2)] for row in rows],
        }
    )


def picture(row: int) -> np.ndarray:
    """A noise in one of three colours, [s, s, 3]."""
    noise = np.random.default_rng(row).integers(0, 60, (SIZE, SIZE, 3))
    noise[:, :, row % 3] += 180
    return noise.astype(np.uint8)


def search_config(**changed: object) -> SearchConfig:
    base = {"method": "stl_hls", "trials": 3, "startup_trials": 1, "epochs": 1, "space": SPACE}
    return SearchConfig.model_validate(base | changed)


@pytest.fixture
def setup_of():
    """Settings of a search over random tensors."""

    def make(**changed: object) -> Setup:
        pictures = torch.stack([torch.from_numpy(picture(row)) for row in range(ROWS)])
        pictures = pictures.permute(0, 3, 1, 2).float() / 255
        manifest = table()
        positives = np.zeros((ROWS, ATTRIBUTES), dtype=bool)
        for row, ids in enumerate(manifest["attributes"]):
            positives[row, ids] = True
        options = {
            "backbone": "tf_efficientnet_lite0", "pretrained": False, "trained_from": "conv_head",
            "object_types": 5, "categories": CATEGORIES, "attributes": ATTRIBUTES,
        }  # fmt: skip
        recipe = ClassifierTraining(
            epochs=2, batch_size=4, lr=1e-3, optimizer="adam", image_size=SIZE,
            views=("retained",), label_sharing="predicted", augment=Augment(),
        )  # fmt: skip
        data = TrainingSet(
            manifest=manifest, crops=lambda rows: pictures[list(rows)], positives=positives
        )
        settings = {"method": "stl_hls", "network": "both", "epochs": 1, "seed": 0, "threads": 1}
        return Setup(data=data, options=options, recipe=recipe, **settings | changed)

    return make


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with params.yaml, conf/ and the prepared set."""
    import shutil

    from fashion_hls.compose import compose, write_params

    monkeypatch.setenv("FASHION_HLS_TRACKING", "off")
    monkeypatch.delenv("DVC_ROOT", raising=False)
    shutil.copytree("conf", tmp_path / "conf")
    settings = [
        "budget=tiny", "train.image_size=32", "train.views=[retained]", "threads=1",
        "backbone.trained_from=conv_head", "train.batch_size=4",
    ]  # fmt: skip
    write_params(tmp_path / "params.yaml", compose(tmp_path / "conf", settings))
    names = {"categories": ["a", "b", "c"], "category_types": [0, 1, 2]}
    labels = {"attributes": list("uvwxyz"), "attribute_groups": ["g"] * ATTRIBUTES}
    write_json(tmp_path / "data/benchmark/vocabulary.json", names | labels)
    write_table(tmp_path / "data/crops/manifest.parquet", table())
    with ImageWriter(tmp_path / "data/crops/images.zip") as writer:
        for row in range(ROWS):
            file = io.BytesIO()
            Image.fromarray(picture(row)).save(file, "PNG")
            writer.add(f"{row}.png", file.getvalue())
    with ImageWriter(tmp_path / "data/benchmark/images.zip"):
        pass
    monkeypatch.chdir(tmp_path)
    return tmp_path
