"""``fashion-hls check``: trained models and bundles, whole and broken."""

import json
from pathlib import Path

import pytest

from fashion_hls.checkup.models import check_models
from fashion_hls.inference.bundle import content_of, pack
from fashion_hls.taxonomy import OBJECT_TYPES

from .conftest import cut, levels, model


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda f: (f / "model.json").unlink(), "model.json is missing"),
        (lambda f: (f / "model.json").write_text("{"), "is not JSON"),
        (lambda f: (f / "model.json").write_text('{"options": {}}'), "has no notes"),
        (lambda f: (f / "model.safetensors").unlink(), "model.safetensors is missing"),
        (lambda f: cut(f / "model.safetensors"), "cut off"),
        (lambda f: (f / "model.safetensors").write_bytes(b"<html>" * 9), "no weights file"),
        (lambda f: (f / "model.safetensors").write_bytes(b"\2" + bytes(7) + b"[]"), "damaged"),
    ],
)
def test_a_damaged_model_is_a_problem(damage, told: str, tmp_path: Path) -> None:
    folder = model(tmp_path)
    model(tmp_path, "catalogue/classifier/stl")
    assert levels(check_models(tmp_path, None)) == ["ok", "ok"]
    damage(folder)
    found = list(check_models(tmp_path, None))
    assert sorted(levels(found)) == ["ok", "problem"]
    assert told in " ".join(one.what for one in found)


CARD = {
    "name": "mine",
    "object_types": list(OBJECT_TYPES),
    "vocabulary": {"categories": ["Tee"], "category_types": [0], "attributes": ["red"]},
    "detector": {"architecture": "faster_rcnn", "options": {}},
    "classifiers": {
        "stl": {"method": "stl", "options": {"categories": 1, "attributes": 1}, "image_size": 64}
    },
    "method": "stl",
    "detection": {"min_score": 0.5, "most": 20},
    "thresholds": {},
    "attributes_shown": 3,
    "data": {},
}


def bundle(folder: Path, name: str = "weights.bin", **changed: object) -> Path:
    """A bundle's folder with one file; ``name`` is what the card calls it."""
    card = CARD | changed
    folder.mkdir(exist_ok=True)
    content = content_of(card, {"weights.bin": b"numbers"})
    for file, data in content.items():
        (folder / file).write_bytes(data.replace(b'"weights.bin"', f'"{name}"'.encode()))
    return folder


def test_a_bundle_is_compared_with_its_digests(tmp_path: Path) -> None:
    folder, packed = bundle(tmp_path / "one"), tmp_path / "packed.fhls"
    packed.write_bytes(
        pack(json.loads((folder / "bundle.json").read_text()), {"weights.bin": b"numbers"})
    )
    for path in (folder, packed):
        (found,) = check_models(tmp_path, path)
        assert found.level == "ok" and "mine" in found.what
    (folder / "weights.bin").write_bytes(b"other numbers")
    cut(packed)
    for path in (folder, packed, tmp_path / "gone"):
        (found,) = check_models(tmp_path, path)
        assert found.level == "problem" and found.remedy


def test_a_bundles_card_is_checked_as_prediction_checks_it(tmp_path: Path) -> None:
    folder = bundle(tmp_path / "one", thresholds={"stl": [0.5, 0.5]})
    (found,) = check_models(tmp_path, folder)
    assert found.level == "problem" and found.remedy
    assert "thresholds.stl: must be as many as the attributes" in found.what


def test_a_bundle_reads_nothing_outside_of_itself(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"numbers")
    for name in ("../secret", str(tmp_path / "secret")):
        folder = bundle(tmp_path / "one", name)
        assert levels(check_models(tmp_path, folder)) == ["problem"]
