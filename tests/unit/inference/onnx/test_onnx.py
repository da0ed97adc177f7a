"""Exported networks say what torch says of the same weights, and need no torch to say it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fashion_hls.errors import UserError
from fashion_hls.inference.onnx_backend import BATCH, OnnxClassifier, OnnxDetector
from fashion_hls.inference.onnx_export import export_detector
from fashion_hls.inference.onnx_files import CARD
from fashion_hls.inference.torch_backend import TorchClassifier

SIDE = 64
#: Landscape, portrait, of the network's own size, tiny, large, and slivers on both sides.
SIZES = [(90, 150), (151, 97), (96, 96), (7, 5), (1, 1), (900, 610), (12, 300), (2500, 40)]


def tensor(photo: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(photo.copy()).permute(2, 0, 1).float().div_(255)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_detections_are_torchs(detectors, drawn, size) -> None:
    detector, folder = detectors
    photo = drawn(*size)
    expected = detector.predict([tensor(photo)])[0]
    (found,) = OnnxDetector(folder, threads=1).detect([photo])
    assert len(found.scores) == len(expected["scores"]) > 0
    np.testing.assert_allclose(found.scores, expected["scores"].numpy(), atol=1e-3)
    assert found.boxes.dtype == found.scores.dtype == np.float32
    assert found.labels.dtype == np.int64
    # Equal scores may come in another order: each box has its own among them.
    wanted = np.column_stack([expected["labels"], expected["scores"] * 500, expected["boxes"]])
    own = np.column_stack([found.labels, found.scores * 500, found.boxes])
    apart = np.abs(wanted[:, None] - own[None]).max(2)
    assert apart.min(0).max() < 0.5
    assert apart.min(1).max() < 0.5


def test_photos_of_a_list_are_independent(detectors, drawn) -> None:
    backend = OnnxDetector(detectors[1], threads=1)
    photos = [drawn(90, 150), drawn(60, 50, seed=1)]
    together = backend.detect(photos)
    for photo, found in zip(photos, together, strict=True):
        for one, other in zip(found, backend.detect([photo])[0], strict=True):
            np.testing.assert_array_equal(one, other)
    assert backend.detect([]) == []


@pytest.mark.parametrize("count", [1, 5, BATCH + 3])
def test_scores_are_torchs(classifiers, drawn, count) -> None:
    classifier, folder = classifiers
    crops = np.stack([drawn(SIDE, SIDE, seed=place) for place in range(count)])
    types = np.arange(count, dtype=np.int64) % 5
    expected = TorchClassifier(classifier).classify(crops, types)
    found = OnnxClassifier(folder, threads=1).classify(crops, types)
    for own, wanted in zip(found, expected, strict=True):
        assert (own is None) == (wanted is None)
        if wanted is not None:
            assert own.dtype == np.float32
            np.testing.assert_allclose(own, wanted, atol=1e-4)
    assert np.ptp(found.attributes, axis=0).max() > 0 or count == 1


def test_the_type_is_shared_where_the_method_shares_it(classifiers, drawn) -> None:
    _, folder = classifiers
    backend = OnnxClassifier(folder)
    crops = np.repeat(drawn(SIDE, SIDE)[None], 2, axis=0)
    first, second = backend.classify(crops, np.array([0, 3])).category
    assert np.array_equal(first, second) == (backend.card.kind == "stl")


def test_crops_of_another_size_are_refused(classifiers, drawn) -> None:
    with pytest.raises(ValueError, match="64 pixels a side"):
        OnnxClassifier(classifiers[1]).classify(drawn(32, 32)[None], np.array([0]))


WITHOUT_TORCH = """
import sys
from pathlib import Path
for name in ("torch", "torchvision", "timm", "effdet", "pandas"):
    sys.modules[name] = None  # importing it fails
import numpy as np
from PIL import Image
from fashion_hls.inference.onnx_backend import OnnxDetector

photo = np.asarray(Image.open(sys.argv[1]))
found = OnnxDetector(Path(sys.argv[2]), threads=1).detect([photo])[0]
print(len(found.scores), float(found.scores[0]))
"""


def test_detects_where_torch_cannot_be_imported(detectors, drawn, tmp_path) -> None:
    photo = drawn(90, 150)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    (here,) = OnnxDetector(detectors[1]).detect([photo])
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, tmp_path / "photo.png", detectors[1]],
        env=os.environ | {"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    count, best = done.stdout.split()
    assert int(count) == len(here.scores)
    assert float(best) == pytest.approx(float(here.scores[0]), abs=1e-6)


def test_onnx_runtime_tells_nobody(classifiers, tmp_path) -> None:
    """Its telemetry begins with a mark of the session in the temporary folder; offline as well."""
    code = (
        "import sys; from pathlib import Path; "
        "from fashion_hls.inference.onnx_backend import OnnxClassifier; "
        "OnnxClassifier(Path(sys.argv[1]))"
    )
    own = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    places = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    done = subprocess.run(
        [sys.executable, "-c", code, classifiers[1]], env=own | places | {"PYTHONPATH": "src"}
    )
    assert done.returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_folder_and_its_files_are_the_same(detectors, drawn) -> None:
    folder = detectors[1]
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    photo = drawn(90, 150)
    for one, other in zip(
        OnnxDetector(folder).detect([photo])[0], OnnxDetector(files).detect([photo])[0], strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_what_is_written(detectors, classifiers) -> None:
    for folder in (detectors[1], classifiers[1]):
        card = json.loads((folder / CARD).read_text())
        files = {told["file"] for told in card["graphs"].values()}
        assert {path.name for path in folder.iterdir()} == {CARD, *files}
        for told in card["graphs"].values():
            data = (folder / told["file"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == told["sha256"]
    assert json.loads((detectors[1] / CARD).read_text())["notes"] == {"weights": "none"}


def damaged(folder: Path, **changed: object) -> Path:
    content = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**content, **changed}))
    return folder


@pytest.fixture
def copied(classifiers, tmp_path) -> Path:
    return Path(shutil.copytree(classifiers[1], tmp_path / "exported"))


def test_mistakes_end_in_one_line(copied, tmp_path, detectors) -> None:
    with pytest.raises(UserError, match=r"nowhere: lacks onnx\.json"):
        OnnxClassifier(tmp_path / "nowhere")
    with pytest.raises(UserError, match=r"task: holds a classifier, not a detector"):
        OnnxDetector(copied)
    with pytest.raises(UserError, match="architecture"):
        export_detector(detectors[0], {"architecture": "architecture"}, tmp_path)
    with pytest.raises(UserError, match="format 2, not 1"):
        OnnxClassifier(damaged(copied, format=2))
    outside = {"scores": {"file": "../scores.onnx", "sha256": "0"}}
    with pytest.raises(UserError, match="no plain file name"):
        OnnxClassifier(damaged(copied, format=1, graphs=outside))
    with pytest.raises(UserError, match="graphs lacks scores"):
        OnnxClassifier(damaged(copied, graphs={}))
    (copied / CARD).write_text("{")
    with pytest.raises(UserError, match="is no JSON"):
        OnnxClassifier(copied)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"settings": {}}, r"settings\.image_size: missing or wrong"),
        ({"settings": {"image_size": "wide"}}, r"settings\.image_size: missing or wrong"),
        ({"settings": None}, "settings: is wrong"),
        ({"graphs": ["scores"]}, "graphs: is wrong"),
        ({"graphs": {"scores": {"file": 3, "sha256": "0"}}}, "graphs: is wrong"),
        ({"kind": []}, "kind: is wrong"),
    ],
)
def test_a_changed_card_ends_in_one_line(copied, changed, told) -> None:
    with pytest.raises(UserError, match=told):
        OnnxClassifier(damaged(copied, **changed))


def test_a_detectors_card_without_its_frame_ends_in_one_line(detectors, tmp_path) -> None:
    folder = Path(shutil.copytree(detectors[1], tmp_path / "exported"))
    settings = json.loads((folder / CARD).read_text())["settings"]
    for frame in ({}, {**settings["frame"], "colour": 1}, 3):
        with pytest.raises(UserError, match=r"settings\.frame: missing or wrong"):
            OnnxDetector(damaged(folder, settings=settings | {"frame": frame}))
    with pytest.raises(UserError, match="kind: yolo: unknown"):
        OnnxDetector(damaged(folder, settings=settings, kind="yolo"))


def test_settings_that_do_not_fit_the_graphs_end_in_one_line(detectors, drawn, tmp_path) -> None:
    folder = Path(shutil.copytree(detectors[1], tmp_path / "exported"))
    settings = json.loads((folder / CARD).read_text())["settings"]
    frame = settings["frame"]
    wrong = [settings | {key: "wrong"} for key in settings if key != "frame"]
    wrong += [settings | {"frame": frame | {key: "wrong"}} for key in ("image_size", "mean", "std")]
    for changed in (*wrong, {"frame": frame}):
        detector = OnnxDetector(damaged(folder, settings=changed))
        with pytest.raises(UserError, match="its graphs cannot be run") as end:
            detector.detect([drawn(60, 50)])
        assert "\n" not in str(end.value)


def test_crops_that_the_graph_does_not_take_end_in_one_line(copied) -> None:
    network = OnnxClassifier(damaged(copied, settings={"image_size": 48}))
    crops, types = np.zeros((1, 48, 48, 3), np.uint8), np.zeros(1, np.int64)
    with pytest.raises(UserError, match="its graphs cannot be run with them"):
        network.classify(crops, types)


def test_a_changed_graph_is_refused(copied) -> None:
    path = copied / "scores.onnx"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UserError, match="SHA-256"):
        OnnxClassifier(copied)
    told = {"scores": {"file": path.name, "sha256": hashlib.sha256(b"none").hexdigest()}}
    path.write_bytes(b"none")
    with pytest.raises(UserError, match=r"ONNX Runtime .* cannot read it"):
        OnnxClassifier(damaged(copied, graphs=told))
