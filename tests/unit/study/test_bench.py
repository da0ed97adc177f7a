"""The studies as the stage runs them, on drawn crops with a real backbone; killed and gone on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.compose import compose
from fashion_hls.config import Config, parse
from fashion_hls.data.images import ImageWriter, encode
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import write_json, write_table
from fashion_hls.places import ImageSet
from fashion_hls.report.study_tables import study_markdown
from fashion_hls.study.bench import STUDIES, Bench
from fashion_hls.training.checkpoint import Checkpoints
from fashion_hls.training.seed import seed_everything

from .conftest import ATTRIBUTES, CATEGORIES, CATEGORY_TYPES

SETTINGS = [
    "budget=tiny",
    "study=all",
    "study.seeds=2",
    "study.image_size=32",
    "study.single={epochs: 2, batch_size: 20, lr: 0.01}",
    "study.multi={epochs: 1, batch_size: 20, lr: 0.001}",
    "study.recipe={image_size: 32, epochs: 1, rates: [0.0001], dropouts: [], cuts: [conv_head]}",
    "heads={embedding: 4, attention: 8, state: 8, hidden: 8, dropout: 0.1}",
    "evaluation.draws=20",
]


class Killed(BaseException):
    """What a kill looks like from within."""


@pytest.fixture(scope="module")
def config() -> Config:
    return parse(compose(Path("conf"), SETTINGS), "conf")


@pytest.fixture
def prepared(tmp_path: Path, manifest: pd.DataFrame) -> ImageSet:
    chosen = ImageSet("t", tmp_path, tmp_path / "photos", tmp_path / "crops", Path())
    rng = np.random.default_rng(0)
    with ImageWriter(chosen.crops / "images.zip") as writer:
        for file, category in (
            manifest.loc[manifest["found"], ["file", "category"]]
            .drop_duplicates()
            .itertuples(index=False)
        ):
            pixels = rng.integers(0, 60, (40, 40, 3), dtype=np.uint8)
            pixels[:, :, category % 3] += np.uint8(120)
            writer.add(file, encode(Image.fromarray(pixels)))
    with ImageWriter(chosen.photos / "images.zip"):
        pass
    write_table(chosen.crops / "manifest.parquet", manifest)
    found = manifest[(manifest["view"] == "end_to_end") & manifest["found"]]
    detections = found[["image_id"]].assign(label=found["detected_type"], score=0.9)
    write_table(chosen.crops / "detections.parquet", detections)
    vocabulary = Vocabulary(
        categories=[f"c{i}" for i in range(CATEGORIES)],
        category_types=CATEGORY_TYPES,
        attributes=[f"a{i}" for i in range(ATTRIBUTES)],
        attribute_groups=["g"] * ATTRIBUTES,
    )
    write_json(chosen.photos / "vocabulary.json", vocabulary.to_dict())
    return chosen


def found(kind: str, config: Config, chosen: ImageSet, folder: Path) -> dict:
    seed_everything(0, 2)
    with Checkpoints(kind, "0" * 16, folder) as checkpoints:
        return STUDIES[kind](Bench(config, chosen, checkpoints))


@pytest.mark.parametrize("kind", STUDIES)
def test_a_killed_study_goes_on_to_the_same_figures(
    kind, config, prepared, tmp_path, monkeypatch
) -> None:
    whole = found(kind, config, prepared, tmp_path / "whole")
    saves = 0
    save = Checkpoints.__mro__[1].save

    def dies(self, state, step) -> None:
        nonlocal saves
        saves += 1
        save(self, state, step)
        if saves == 4:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints.__mro__[1], "save", dies)
        with pytest.raises(Killed):
            found(kind, config, prepared, tmp_path / "killed")
    assert found(kind, config, prepared, tmp_path / "killed") == whole
    head = {"study": kind, "seeds": 2, "note": "n", "image_size": 32, "level": 0.95}
    text = study_markdown([head | {"trained_on": "end_to_end"} | whole])
    assert text.count("|") > 40 and "nan" not in text
