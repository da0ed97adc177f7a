"""A bundle's graphs say what its weights say, in a process where torch cannot be imported too."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from fashion_hls.classification.build import METHODS
from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import CARD, Bundle, pack
from fashion_hls.inference.pipeline import Pipeline

WITHOUT_TORCH = """
import json, sys
for name in ("torch", "torchvision", "timm", "effdet", "pandas"):
    sys.modules[name] = None  # importing it fails
from fashion_hls import Pipeline

pipeline = Pipeline.load(sys.argv[1], backend="onnx", threads=1)
print(json.dumps({m: r.to_dict() for m, r in pipeline.compare(sys.argv[2]).items()}))
"""


def test_both_backends_agree(bundle, drawn) -> None:
    photo = drawn(150, 97)
    pipelines = [Pipeline.load(bundle, backend=one, threads=1) for one in ("torch", "onnx")]
    expected, found = (pipeline.compare(photo) for pipeline in pipelines)
    assert tuple(found) == METHODS
    for method in METHODS:
        assert len(found[method].garments) == len(expected[method].garments) == 4
        for own, wanted in zip(found[method].garments, expected[method].garments, strict=True):
            assert own.object_type == wanted.object_type
            assert own.box == pytest.approx(wanted.box, abs=0.5)
            assert own.score == pytest.approx(wanted.score, abs=1e-3)
            assert own.category.score == pytest.approx(wanted.category.score, abs=1e-3)
            assert (own.attention is None) == (wanted.attention is None) == (method != METHODS[2])


def test_predicts_where_torch_cannot_be_imported(bundle, drawn, tmp_path) -> None:
    Image.fromarray(drawn(90, 150)).save(tmp_path / "photo.png")
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, bundle, tmp_path / "photo.png"],
        env=os.environ | {"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    here = Pipeline.load(bundle, backend="onnx", threads=1).compare(tmp_path / "photo.png")
    assert json.loads(done.stdout) == {method: result.to_dict() for method, result in here.items()}


def test_one_without_graphs_says_how_to_make_it(bundle, tmp_path) -> None:
    opened = Bundle(bundle)
    bare = {key: value for key, value in opened.card.items() if key not in ("files", "format")}
    (tmp_path / "bare.fhls").write_bytes(pack(bare, {}))
    with pytest.raises(UserError, match=r"no ONNX graphs of detector; .* bundle --onnx"):
        Pipeline.load(tmp_path / "bare.fhls", backend="onnx")
    (tmp_path / "models").mkdir()
    with pytest.raises(UserError, match=r"holds no ONNX graphs; make a bundle there"):
        Pipeline.load(tmp_path, backend="onnx")


def test_a_changed_graph_is_refused(bundle, tmp_path) -> None:
    opened = Bundle(bundle)
    for name in (CARD, *opened.card["files"]):
        path: Path = tmp_path / "opened" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = opened._bytes(name)
        path.write_bytes(content[:-1] + b"x" if name.endswith("maps.onnx") else content)
    with pytest.raises(UserError, match=r"maps\.onnx: is not the file"):
        Pipeline.load(tmp_path / "opened", backend="onnx")
