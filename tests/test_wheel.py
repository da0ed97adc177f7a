"""The wheel: what is in it, and what works where only it is, outside of a clone."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import write_json, write_table

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]


def call(*arguments: str, folder: Path, path: Path | None = None) -> subprocess.CompletedProcess:
    """Python with nothing but ``path`` added to what is installed."""
    drop = ("PYTHONPATH", "DVC_ROOT", "FASHION_HLS_DATA", "MLFLOW_TRACKING_URI")
    env = {name: value for name, value in os.environ.items() if name not in drop}
    if path is not None:
        env["PYTHONPATH"] = str(path)
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=env, capture_output=True, text=True
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built from a copy, as a build leaves files in the tree."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", source / "src", ignore=ignored)
    flags = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    done = call("-m", "pip", "wheel", *flags, "-w", "out", ".", folder=source)
    assert done.returncode == 0, done.stderr
    (built,) = (source / "out").glob("fashion_hls-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    flags = ("--quiet", "--no-deps", "--no-index", "--target")
    done = call("-m", "pip", "install", *flags, str(target), str(wheel), folder=target)
    assert done.returncode == 0, done.stderr
    return target


def test_every_file_of_the_package_is_in_it_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if ".dist-info/" not in name}
    source = ROOT / "src"
    own = {
        path.relative_to(source).as_posix()
        for path in (source / "fashion_hls").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == own


def test_it_is_the_installed_package_that_runs(installed: Path, tmp_path: Path) -> None:
    done = call("-c", "import fashion_hls as f; print(f.__file__)", folder=tmp_path, path=installed)
    assert Path(done.stdout.strip()) == installed / "fashion_hls" / "__init__.py"


def test_help_example_and_check_work_outside_of_a_clone(installed: Path, tmp_path: Path) -> None:
    done = call("-m", "fashion_hls", "--help", folder=tmp_path, path=installed)
    assert done.returncode == 0 and "init-catalogue" in done.stdout
    arguments = ("init-catalogue", "shop", "--photos", "2", "--boxes", "label-studio")
    done = call("-m", "fashion_hls", *arguments, folder=tmp_path, path=installed)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "shop" / "images").iterdir())) == 2
    done = call("-m", "fashion_hls", "check", "--json", folder=tmp_path, path=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    notes = [one["what"] for one in told["findings"] if one["level"] == "note"]
    assert told["problems"] == 0 and any("is no clone of the project" in one for one in notes)
    libraries = [one for one in told["findings"] if one["what"].startswith("libraries: all there")]
    assert len(libraries) == 1, "the wheel's metadata names what it needs"


def prepared(folder: Path) -> None:
    """A set of twelve images with two categories and three attributes, and predictions for them."""
    count, rng = 12, np.random.default_rng(0)
    table = pd.DataFrame({"image_id": range(count), "split": "test"})
    table["file"] = [f"p/{number}.jpg" for number in range(count)]
    table["category"] = [number % 2 for number in range(count)]
    table["attributes"] = [[number % 3] for number in range(count)]
    for side in GT_BOX:
        table[side] = np.nan
    write_table(folder / "set" / "images.parquet", table)
    names = {"categories": ["a", "b"], "category_types": [0, 1]}
    names |= {"attributes": list("xyz"), "attribute_groups": ["g"] * 3}
    write_json(folder / "set" / "vocabulary.json", names)
    rows = [
        {
            "image_id": number,
            "view": "whole_image",
            "found": True,
            "category_scores": rng.dirichlet([1, 1]).tolist(),
            "attribute_scores": rng.random(3).tolist(),
        }
        for number in range(count)
    ]
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    (folder / "mine.jsonl").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(("evaluate", "--draws", "20"), "whole_image"), (("label-errors",), "category labels")],
    ids=["evaluate", "label-errors"],
)
def test_predictions_are_judged_outside_of_a_clone(
    installed: Path, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    prepared(tmp_path)
    given = ("--predictions", "mine.jsonl", "--data", "set")
    done = call("-m", "fashion_hls", *arguments, *given, folder=tmp_path, path=installed)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "fashion_hls", "search"),
        ("-m", "fashion_hls.experiment", "open"),
        ("-m", "fashion_hls.compose"),
    ],
    ids=lambda arguments: arguments[-1],
)
def test_what_runs_the_pipeline_says_that_it_needs_a_clone(
    installed: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = call(*arguments, folder=tmp_path, path=installed)
    assert done.returncode != 0 and not list(tmp_path.iterdir())
    assert "needs a clone of the project" in done.stderr and len(done.stderr.splitlines()) == 1
