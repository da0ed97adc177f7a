"""The training stage on six pictures: its input size, and hub weights where there is no hub."""

import io
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.compose import compose, write_params
from fashion_hls.data.images import ImageWriter
from fashion_hls.data.store import read_json, write_json, write_table

ROOT = Path(__file__).parents[2]
OVERRIDES = ["budget=tiny", "method=stl", "threads=1", "train.views=[whole_image]"]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the stage's inputs and code, params.yaml excepted."""
    folder = tmp_path / "place"
    folder.mkdir()
    (folder / "src").symlink_to(ROOT / "src")
    rows = range(6)
    manifest = pd.DataFrame(
        {
            "image_id": rows,
            "split": ["train", "train", "train", "train", "val", "test"],
            "view": "whole_image",
            "found": True,
            "detected_type": 0,
            "object_type": 0,
            "category": [0, 1, 0, 1, 0, 1],
            "attributes": [[0], [1], [0], [1], [0], [1]],
            "store": "benchmark",
            "file": [f"{row}.png" for row in rows],
        }
    )
    write_table(folder / "data/crops/manifest.parquet", manifest)
    words = {"categories": ["tee", "coat"], "category_types": [0, 0]}
    words |= {"attributes": ["red", "long"], "attribute_groups": ["colour", "length"]}
    write_json(folder / "data/benchmark/vocabulary.json", words)
    draws = np.random.default_rng(0)
    for store in ("benchmark", "crops"):
        with ImageWriter(folder / "data" / store / "images.zip") as writer:
            for name in manifest["file"] if store == "benchmark" else ():
                picture = io.BytesIO()
                Image.fromarray(draws.integers(0, 255, (40, 30, 3), dtype=np.uint8)).save(
                    picture, "PNG"
                )
                writer.add(name, picture.getvalue())
    return folder


def run(folder: Path, *overrides: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The stage for Baseline STL; it must not take as long as the hub's client asks again."""
    write_params(folder / "params.yaml", compose(ROOT / "conf", [*OVERRIDES, *overrides]))
    own = {k: v for k, v in os.environ.items() if not k.upper().startswith(("HF_", "NO_PROXY"))}
    own |= {"FASHION_HLS_TRACKING": "off", "OMP_NUM_THREADS": "1", "PYTHONPATH": "src"}
    return subprocess.run(
        [sys.executable, str(ROOT / "stages/train_classifier.py"), "stl", "benchmark"],
        cwd=folder,
        env=own | env,
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture
def no_network(tmp_path: Path) -> Iterator[dict[str, str]]:
    """Variables under which every download is refused, and none was kept from before."""
    with socket.socket() as closed:  # bound, so that nobody else listens there
        closed.bind(("127.0.0.1", 0))
        proxy = f"http://127.0.0.1:{closed.getsockname()[1]}"
        names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
        variables = {name: proxy for one in names for name in (one, one.lower())}
        homes = {"HF_HOME": tmp_path / "hf", "TORCH_HOME": tmp_path / "torch"}
        yield variables | {key: str(path) for key, path in homes.items()}


def files_in(folder: Path) -> set[str]:
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if not name.endswith(".lock")}


@pytest.mark.parametrize("backbone", ["inception_v3", "xception"])
def test_without_a_network_hub_weights_end_in_one_line_and_nothing_is_written(
    place: Path, no_network: dict[str, str], backbone: str
) -> None:
    config = compose(ROOT / "conf", [f"backbone={backbone}"])
    before = files_in(place) | {"params.yaml"}
    ended = run(place, f"backbone={backbone}", **no_network)
    assert ended.returncode == 2, ended.stderr
    *progress, line = ended.stderr.splitlines()
    assert line.startswith(f"train_classifier@stl: backbone.name: {config['backbone']['name']}: ")
    assert "cannot be reached" in line and "offline use one of tf_efficientnet_lite0" in line
    # The hub's client would ask eleven times more, for most of a minute.
    assert not any("Retry" in text or "Traceback" in text for text in progress)
    assert files_in(place) == before


def test_no_image_size_is_the_backbones_own_and_the_card_says_so(place: Path) -> None:
    ended = run(place, "train.image_size=null", "backbone=tf_efficientnet_lite0_blocks5")
    assert ended.returncode == 0, ended.stderr
    card = read_json(place / "models/classifier/stl/model.json")
    assert card["notes"]["image_size"] == 224


def test_every_stage_resolves_the_size_in_the_same_way() -> None:
    for folder in ("stages", "src"):
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            resolved = text.count("input_side(config.train.image_size, config.backbone.name)")
            assert text.count("config.train.image_size") == resolved, path
