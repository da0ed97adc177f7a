"""A tiny prepared project, in which stages run in the test's own process."""

import io
import json
import runpy
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from fashion_hls.compose import compose
from fashion_hls.data.cropping import cut_crops
from fashion_hls.data.images import ImageStore, ImageWriter
from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import IMAGES, write_json, write_table
from fashion_hls.detection.retention import views

ROOT = Path.cwd()
CATEGORIES, ATTRIBUTES = ["Tee", "Jeans", "Dress"], ["red", "blue", "long", "short"]
SIDE, SPLITS = 32, ["train"] * 10 + ["val"] * 3 + ["test"] * 3


def benchmark() -> pd.DataFrame:
    """Sixteen photos. One "Dress" alone, in training; "short" is had by one test photo alone."""
    number = np.arange(len(SPLITS))
    category = number % 2
    category[0] = 2
    box = {name: float(end) for name, end in zip(GT_BOX, (4, 4, 28, 28), strict=True)}
    table = pd.DataFrame({"image_id": number, "file": [f"images/{i}.png" for i in number]})
    table["width"] = table["height"] = SIDE
    table = table.assign(split=SPLITS, object_type=category, category=category)
    table["attributes"] = [[int(i % 2), 2] for i in number]
    table.at[len(table) - 1, "attributes"] = [2, 3]
    return table.assign(**box)


def detections(images: pd.DataFrame) -> pd.DataFrame:
    """Every photo's type is found; in the second one on 3 pixels."""
    box = np.tile([2.0, 2.0, 30.0, 30.0], (len(images), 1))
    box[1] = 10, 10, 13, 13
    found = pd.DataFrame(box, columns=["x1", "y1", "x2", "y2"])
    return found.assign(image_id=images["image_id"], label=images["object_type"], score=0.9)


class Project:
    """A folder with the prepared sets of a tiny run, in which stages run."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture) -> None:
        self.folder, self.capsys = folder, capsys
        for name in ("src", "stages"):
            (folder / name).symlink_to(ROOT / name)
        self.params()
        self.images = benchmark()
        self.vocabulary(CATEGORIES, ATTRIBUTES)
        store = folder / "data/benchmark" / IMAGES
        with ImageWriter(store) as writer:
            for number, file in enumerate(self.images["file"]):
                content = io.BytesIO()
                Image.new("RGB", (SIDE, SIDE), (number * 15, 90, 200)).save(content, "PNG")
                writer.add(file, content.getvalue())
        self.manifest = cut_crops(
            views(self.images, detections(self.images), min_score=0.5),
            self.images,
            ImageStore(store),
            folder / "data/crops" / IMAGES,
        )
        self.write()

    def params(self, backbone: str = "tf_efficientnet_lite0", **train: object) -> None:
        params = compose(ROOT / "conf", ["budget=tiny", f"backbone={backbone}"])
        params["train"] |= {"image_size": SIDE} | train
        params["evaluation"]["draws"] = 5
        (self.folder / "params.yaml").write_text(yaml.safe_dump(params))

    def vocabulary(self, categories: list[str], attributes: list[str]) -> None:
        content = {
            "categories": categories,
            "category_types": list(range(len(categories))),
            "attributes": attributes,
            "attribute_groups": ["look"] * len(attributes),
        }
        write_json(self.folder / "data/benchmark/vocabulary.json", content)

    def write(self) -> None:
        write_table(self.folder / "data/benchmark/images.parquet", self.images)
        write_table(self.folder / "data/crops/manifest.parquet", self.manifest)

    def run(self, stage: str, method: str = "stl") -> None:
        sys.argv = [f"stages/{stage}.py", method, "benchmark"]
        runpy.run_path(str(ROOT / "stages" / f"{stage}.py"), run_name="__main__")

    def refused(self, stage: str, method: str = "stl") -> str:
        """The one line with which a stage ends."""
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            self.run(stage, method)
        lines = [line for line in self.capsys.readouterr().err.splitlines() if stage in line]
        assert ended.value.code == 2 and len(lines) == 1
        return lines[0]

    def figures(self, method: str = "stl") -> dict:
        path = self.folder / "metrics/sample/classifier" / f"{method}.json"
        content: dict = json.loads(path.read_text())
        return content


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> Project:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FASHION_HLS_TRACKING", "off")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    monkeypatch.setattr(sys, "argv", sys.argv)
    return Project(tmp_path, capsys)
