"""A folder with small untrained networks, as a run would leave it, and files to upload."""

import io
from pathlib import Path

import pytest
import torch
from PIL import Image
from tests.unit.networks import CLASSIFIER, FASTER_RCNN

from fashion_hls.app.examples import draw_examples
from fashion_hls.classification.build import build_classifier, save_classifier
from fashion_hls.detection.build import build_detector, save_detector
from fashion_hls.inference.pipeline import Pipeline

VOCABULARY = {
    "categories": ["Tee", "Jacket", "Jeans", "Skirt", "Dress", "Boots <new>"],
    "category_types": [0, 0, 1, 1, 2, 3],
    "attributes": ["striped", "solid", "denim", "colour=Red", "zip", "mini", "knit"],
    "attribute_groups": ["texture", "texture", "fabric", "colour", "part", "shape", "fabric"],
}
DATA = {
    "dataset": "tiny",
    "title": "tiny (untrained networks)",
    "bias": "they have learnt nothing & say so",
    "licence": "Apache-2.0",
}
NOTES = {"vocabulary": VOCABULARY, "image_size": 64, "data": DATA}


@pytest.fixture(scope="session")
def models(tmp_path_factory) -> Path:
    """As ``dvc repro`` leaves them: a detector and two methods, one of which has attention."""
    root = tmp_path_factory.mktemp("workspace")
    # Of this seed scores lie on both sides of 0.5.
    torch.manual_seed(0)
    detector = build_detector("faster_rcnn", **FASTER_RCNN)
    place = root / "models/detector/faster_rcnn"
    save_detector(place, detector, "faster_rcnn", FASTER_RCNN, {"data": DATA})
    for method in ("stl", "mtl_rnn_va"):
        classifier = build_classifier(method, **CLASSIFIER)
        save_classifier(root / "models/classifier" / method, classifier, method, CLASSIFIER, NOTES)
    return root


@pytest.fixture(scope="session")
def pipeline(models: Path) -> Pipeline:
    return Pipeline.load(models, threads=1)


@pytest.fixture(scope="session")
def drawing(tmp_path_factory) -> Path:
    return draw_examples(tmp_path_factory.mktemp("drawings"))[0].path


@pytest.fixture(scope="session")
def bad_files(drawing: Path, tmp_path_factory) -> dict[str, Path]:
    """What each message must say, and the file."""
    folder = tmp_path_factory.mktemp("bad")
    huge = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(huge, "PNG")
    whole = drawing.read_bytes()
    contents = {
        "no image that can be read": ("text.jpg", b"not a picture"),
        "0 bytes": ("empty.jpg", b""),
        "damaged": ("truncated.jpg", whole[: len(whole) // 2]),
        "megapixels": ("huge.png", huge.getvalue()),
    }
    for name, content in contents.values():
        (folder / name).write_bytes(content)
    return {told: folder / name for told, (name, _) in contents.items()}


@pytest.fixture(scope="session")
def odd_files(drawing: Path, tmp_path_factory) -> dict[str, Path]:
    """Photos that are well but unusual."""
    folder = tmp_path_factory.mktemp("odd")
    picture = Image.open(drawing)
    turned = picture.getexif()
    turned[0x0112] = 6
    picture.convert("CMYK").save(folder / "cmyk.jpg")
    picture.convert("RGBA").save(folder / "alpha.png")
    picture.rotate(90, expand=True).save(folder / "turned.jpg", exif=turned, quality=95)
    picture.save(folder / "moving.gif", save_all=True, append_images=[picture.rotate(180)])
    picture.save(folder / "${1+1} <b>&.jpg")
    return {path.name: path for path in sorted(folder.iterdir())}
