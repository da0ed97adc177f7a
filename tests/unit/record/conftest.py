"""A workspace with the page of a small run and DVC's record of it."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from PIL import Image

from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import pack_images, write_json, write_table
from fashion_hls.record.lock import digest
from fashion_hls.report.page import Section, write_page

Lock = dict[str, Any]
SEED = 3


def entry(deps: dict[str, str], outs: dict[str, str], **params: Any) -> dict[str, Any]:
    """A stage as dvc.lock has it: hashes by path."""
    files = [
        [{"path": path, "hash": "md5", "md5": md5, "size": 1_500_000} for path, md5 in part.items()]
        for part in (deps, outs)
    ]
    found: dict[str, Any] = {"cmd": "run", "deps": files[0], "outs": files[1]}
    return found | ({"params": {"params.yaml": params}} if params else {})


@pytest.fixture
def stages() -> Lock:
    """A chain: download -> prepare -> train@a, train@b -> report; report reads of prepare too."""
    return {
        "download": entry({"stages/download.py": "0"}, {"data/raw": "1.dir"}, seed=SEED),
        "prepare": entry({"data/raw": "1.dir"}, {"data/detection": "2.dir"}, seed=SEED),
        "train@a": entry({"data/detection": "2.dir"}, {"models/a": "3.dir"}, train={"lr": 0.1}),
        "train@b": entry({"data/detection/images.zip": "9"}, {"models/b": "4.dir"}),
        "report": entry(
            {"models/a/model.json": "5", "models/b": "4.dir", "data/detection": "2.dir"},
            {"reports/sample": "?"},
        ),
    }


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the page that stage report left."""
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame({"name": ["a"], "value": [1]})
    parts = [Section(title=name, tables=[("Figures", table)]) for name in ("In short", "B", "C")]
    write_page(Path("reports/sample/index.html"), title="Run", subtitle="", sections=parts)
    Path("stages").mkdir()
    Path("stages/download.py").write_text("print('code')\n")
    return tmp_path


@pytest.fixture
def recorded(workspace: Path, stages: Lock) -> Callable[[], str]:
    """Writes dvc.lock with the true hashes of page and code; returns its text."""

    def write() -> str:
        stages["report"]["outs"][0]["md5"] = digest(Path("reports/sample"))
        stages["download"]["deps"][0]["md5"] = digest(Path("stages/download.py"))
        text = yaml.safe_dump({"schema": "2.0", "stages": stages}, sort_keys=False)
        Path("dvc.lock").write_text(text)
        return text

    return write


@pytest.fixture
def prepared(workspace: Path) -> None:
    """A detection set and a classification set of five training photos and one of test."""
    colours = ("red", "green", "blue", "gold", "gray", "black")
    splits = ["train"] * 5 + ["test"]
    names = [f"{colour}.png" for colour in colours]
    images = pd.DataFrame({"image_id": range(6), "file": names, "split": splits})
    for folder in (Path("data/detection"), Path("data/benchmark")):
        folder.mkdir(parents=True)
        pack_images(folder / "images.zip", names, _photo)
    write_table(Path("data/detection/images.parquet"), images)
    box = {"label": 1, "x1": 2.0, "y1": 3.0, "x2": 30.0, "y2": 40.0}
    write_table(Path("data/detection/objects.parquet"), pd.DataFrame([{"image_id": 2, **box}]))
    labels = {"category": [0, 0, 0, 1, 1, 1], "attributes": [[0], [], [1], [0, 1], [], [0]]}
    write_table(Path("data/benchmark/images.parquet"), images.assign(**labels))
    words = Vocabulary(
        categories=["Tee", "Skirt"],
        category_types=[0, 1],
        attributes=["red", "long"],
        attribute_groups=["colour", "length"],
    )
    write_json(Path("data/benchmark/vocabulary.json"), words.to_dict())


def _photo(name: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (48, 64), name.split(".")[0]).save(out, "PNG")
    return out.getvalue()
