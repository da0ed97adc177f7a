"""Bundles and folders that are whole, and those that are not: one line says what is wrong."""

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from fashion_hls.__main__ import main
from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import CARD, WEIGHTS, Bundle, pack
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.weights_file import pack_weights, unpack_weights

from .conftest import VOCABULARY, make_workspace, pixels_of


def refused(source: Path, **options: Any) -> str:
    """The message, which must be one line."""
    with pytest.raises(UserError) as caught:
        Pipeline.load(source, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def contents(bundle: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rezipped(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


@pytest.fixture
def changed(bundle_file: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the bundle whose card has other values at dotted places; None drops one."""

    def change(values: dict[str, Any]) -> Path:
        files = contents(bundle_file)
        card = json.loads(files[CARD])
        for place, value in values.items():
            *folders, last = place.split(".")
            part = card
            for one in folders:
                part = part[one]
            if value is None:
                del part[last]
            else:
                part[last] = value
        files[CARD] = json.dumps(card).encode()
        return rezipped(tmp_path / "changed.fhls", files)

    return change


def test_a_bundle_its_folder_and_the_run_say_the_same(
    workspace: Path, bundle_file: Path, tmp_path: Path
) -> None:
    for name, content in contents(bundle_file).items():
        (tmp_path / name).write_bytes(content)
    for method in ("stl", "stl_hls", "mtl_rnn_va"):
        said = [
            Pipeline.load(source, method=method)(pixels_of(3)).to_dict()
            for source in (workspace, bundle_file, str(tmp_path))
        ]
        assert said[0] == said[1] == said[2]
        assert said[0]["garments"]
        assert said[0]["method"] == method


def test_half_precision_says_nearly_the_same(bundle_file: Path, half_bundle_file: Path) -> None:
    assert half_bundle_file.stat().st_size < 0.6 * bundle_file.stat().st_size
    whole, half = (Pipeline.load(one)(pixels_of(2)) for one in (bundle_file, half_bundle_file))
    assert len(whole.garments) == len(half.garments) > 0
    for a, b in zip(whole.garments, half.garments, strict=True):
        np.testing.assert_allclose(a.box, b.box, atol=2)
        assert abs(a.score - b.score) < 0.1


def test_packing_is_reproducible(bundle_file: Path) -> None:
    bundle = Bundle(bundle_file)
    card = {k: v for k, v in bundle.card.items() if k not in ("format", "version", "files")}
    assert pack(card, {WEIGHTS: bundle.read(WEIGHTS)}) == bundle_file.read_bytes()


def test_changed_weights_are_noticed(bundle_file: Path, tmp_path: Path) -> None:
    files = contents(bundle_file)
    files[WEIGHTS] = files[WEIGHTS][:-1] + bytes([files[WEIGHTS][-1] ^ 1])
    text = refused(rezipped(tmp_path / "a.fhls", files))
    assert (
        "weights.safetensors: is not the file that bundle.json tells of (SHA-256 differs)" in text
    )


def test_a_flipped_bit_is_noticed(bundle_file: Path, tmp_path: Path) -> None:
    content = bytearray(bundle_file.read_bytes())
    content[len(content) // 2] ^= 16
    (tmp_path / "a.fhls").write_bytes(content)
    assert "is damaged (Bad CRC-32" in refused(tmp_path / "a.fhls")


def test_broken_archives_are_one_line(bundle_file: Path, tmp_path: Path) -> None:
    whole, path = bundle_file.read_bytes(), tmp_path / "a.fhls"
    for part in (b"", whole[:1000], whole[: len(whole) // 2], whole[:-5]):
        path.write_bytes(part)
        assert "is no bundle, or a cut off one" in refused(path)
    # The list of the archive's files is at its end.
    draw = np.random.default_rng(0)
    for _ in range(100):
        broken = np.frombuffer(whole, dtype=np.uint8).copy()
        broken[-draw.integers(1, 200, 3)] = draw.integers(0, 256, 3)
        path.write_bytes(broken.tobytes())
        try:
            Bundle(path).read(WEIGHTS)
        except UserError as error:
            assert "\n" not in str(error)


def test_no_bundles(bundle_file: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8 no zip")
    assert "photo.jpg: is no bundle" in refused(tmp_path / "photo.jpg")
    assert "holds neither a bundle nor trained models" in refused(tmp_path)
    assert "not found; name a bundle" in refused(tmp_path / "missing.fhls")
    with pytest.raises(UserError, match="not found; name a file that"):
        Bundle(tmp_path / "missing.fhls")
    other = rezipped(tmp_path / "other.zip", {"a.txt": b"a"})
    assert "bundle.json: missing; this is no whole bundle" in refused(other)
    for text, told in (("{", "not valid JSON"), ("[]", "no card"), ("[" * 99999, "not valid")):
        assert told in refused(rezipped(tmp_path / "b.fhls", {CARD: text.encode()}))
    packed = rezipped(tmp_path / "c.fhls", contents(bundle_file), zipfile.ZIP_DEFLATED)
    assert "bundle.json: is packed as no bundle's file is" in refused(packed)
    files = contents(bundle_file)
    del files[WEIGHTS]
    assert "weights.safetensors: missing" in refused(rezipped(tmp_path / "d.fhls", files))


@pytest.mark.parametrize(
    ("version", "remedy"),
    [(0, "make it anew"), (2, "upgrade fashion-hls"), ("1", "make it anew"), ([], "make it anew")],
)
def test_other_versions(changed: Callable[..., Path], version: object, remedy: str) -> None:
    text = refused(changed({"version": version}))
    assert f"bundle.json: version: is {version}, and this fashion-hls reads 1; {remedy}" in text


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"format": "zip"}, "format: is no fashion-hls bundle"),
        ({"vocabulary": None}, "vocabulary: missing"),
        ({"files": 3}, "files: missing or wrong"),
        ({"files": {}}, "files.weights.safetensors: missing"),
        ({"vocabulary.categories": None}, "vocabulary.categories: field required"),
        ({"vocabulary.categories": ["a"]}, "category_types: must be as many as the categories"),
        ({"vocabulary.category_types": [0, 0, 1, 2, 3, 4]}, "category_types.5: input should be"),
        ({"vocabulary.attributes": ["a"]}, "options: must fit the vocabulary"),
        ({"object_types": ["a"]}, "object_types: must be upper-body"),
        ({"method": "hls"}, "method: hls is none of the classifiers"),
        ({"classifiers": {}}, "classifiers: dictionary should have at least 1 item"),
        ({"classifiers.stl.image_size": "64"}, "image_size: input should be a valid integer"),
        ({"classifiers.stl.image_size": 10**6}, "image_size: input should be less than"),
        ({"classifiers.stl.method": "hls"}, "hls: cannot be built (methods: hls: unknown"),
        ({"classifiers.stl.options.layers": 3}, "stl: cannot be built (build_classifier() got"),
        ({"classifiers.stl.options.backbone": "hf-hub:a/b"}, "is no name of a timm model"),
        ({"detector.options.backbone": "local-dir:/etc"}, "is no name of a timm model"),
        ({"detector.options.backbone": "resnet1"}, "faster_rcnn: cannot be built"),
        ({"detector.architecture": "yolo"}, "yolo: cannot be built"),
        ({"detector.options.channels": 64}, "is not of the networks that bundle.json describes"),
        ({"detection.min_score": 7}, "detection.min_score: input should be less than"),
        ({"thresholds": {"stl": [0.5]}}, "thresholds.stl: must be as many as the attributes"),
    ],
)
def test_changed_cards(changed: Callable[..., Path], values: dict[str, Any], told: str) -> None:
    assert told in refused(changed(values))


def test_a_card_cannot_ask_for_pretrained_weights(changed: Callable[..., Path]) -> None:
    # test_efficientnet's are not installed: loading them would end in an error.
    source = changed({"detector.options.pretrained": True, "classifiers.stl.options.pretrained": 1})
    assert Pipeline.load(source).methods


def test_a_name_that_leads_out_of_a_folder(bundle_file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    folder = tmp_path / "bundle"
    folder.mkdir()
    for name, content in contents(bundle_file).items():
        (folder / name).write_bytes(content)
    card = json.loads((folder / CARD).read_text())
    for name in ("../secret", "/etc/hostname", "a/../../secret"):
        card["files"][name] = {"sha256": "0" * 64}
        (folder / CARD).write_text(json.dumps(card))
        with pytest.raises(UserError, match="points out of the bundle"):
            Bundle(folder).read(name)


def test_thresholds_decide_which_attributes_are_named(changed: Callable[..., Path]) -> None:
    source = changed({"thresholds": {"stl": [2.0, 0.0, 2.0, 0.0, 2.0, 2.0, 2.0]}})
    found = Pipeline.load(source)(pixels_of(2), method="stl")
    assert found.garments
    for garment in found.garments:
        assert {one.name for one in garment.attributes} == {"blue", "cotton"}
        scores = [one.score for one in garment.attributes]
        assert scores == sorted(scores, reverse=True)
    assert len(Pipeline.load(source)(pixels_of(2), top=5).garments[0].attributes) == 5


def test_unknown_choices(bundle_file: Path) -> None:
    have = "these models have stl, stl_hls, mtl_rnn_va; choose one of them"
    assert refused(bundle_file, method="hls") == f"method hls: {have}"
    assert "device gpu: cannot be used here" in refused(bundle_file, device="gpu")
    assert "device meta: cannot be used here" in refused(bundle_file, device="meta")
    assert "backend tf: unknown; choose from torch, onnx" in refused(bundle_file, backend="tf")
    assert "threads must be 1 to " in refused(bundle_file, threads=0)
    with pytest.raises(UserError, match="method hls"):
        Pipeline.load(bundle_file)(pixels_of(1), method="hls")


def test_threads_are_set(bundle_file: Path) -> None:
    before = torch.get_num_threads()
    try:
        Pipeline.load(bundle_file, threads=2)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_folders_without_networks(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    assert "holds no trained method; run `dvc repro` there" in refused(tmp_path)
    shutil.copytree(workspace / "models/classifier", tmp_path / "models/classifier")
    assert "holds no trained detector; run `dvc repro` there" in refused(tmp_path)
    shutil.copytree(workspace / "models/detector", tmp_path / "models/detector")
    assert Pipeline.load(tmp_path).card["detector"]["name"] == "tiny"
    shutil.copytree(workspace / "models/detector/tiny", tmp_path / "models/detector/other")
    assert "holds other, tiny, and params.yaml names none of them" in refused(tmp_path)
    for text in ("retention: {detector: other}", "retention: {detector: gone}", "- 1", ": :", "ü"):
        (tmp_path / "params.yaml").write_text(text, encoding="latin-1")
        if "other" in text:
            assert Pipeline.load(tmp_path).card["detector"]["name"] == "other"
        else:
            assert "names none of them" in refused(tmp_path)


@pytest.mark.parametrize("name", ["detector/tiny", "classifier/stl"])
def test_damaged_networks_of_a_folder(workspace: Path, tmp_path: Path, name: str) -> None:
    root = tmp_path / "run"
    shutil.copytree(workspace, root)
    weights = root / "models" / name / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    assert "run `dvc repro`" in refused(root)
    (root / "models" / name / "model.json").write_text("{}")
    assert "run `dvc repro`" in refused(root)


def test_methods_of_different_vocabularies(tmp_path: Path) -> None:
    make_workspace(tmp_path, "stl", "stl_hls")
    path = tmp_path / "models/classifier/stl_hls/model.json"
    card = json.loads(path.read_text())
    card["notes"]["vocabulary"] = {**VOCABULARY, "categories": VOCABULARY["categories"][::-1]}
    path.write_text(json.dumps(card))
    text = refused(tmp_path)
    assert "stl_hls knows other labels than stl; train both on the same data" in text


def test_weights_survive_packing() -> None:
    frozen = torch.randn(4, 3)
    networks = {
        "a": {"w": frozen, "b": torch.randn(4), "n": torch.tensor(3), "e": torch.zeros(0, 2)},
        "b": {"w": frozen.clone(), "m": torch.tensor([True]), "big": torch.full((1, 2), 1e6)},
    }
    for half in (False, True):
        content = pack_weights(networks, half=half)
        back = unpack_weights(content, "x")
        for network, weights in networks.items():
            assert back[network].keys() == weights.keys()
            for key, tensor in weights.items():
                # What half precision cannot hold stays as it is.
                close = 1e-3 if half and key == "w" else 0
                torch.testing.assert_close(back[network][key], tensor, rtol=close, atol=close)
        assert content.count(frozen.numpy().tobytes()) == (0 if half else 1)
    # What is stored once is in memory once.
    assert back["a"]["w"].data_ptr() == back["b"]["w"].data_ptr()
    for broken in (b"", content[:-1], content[:9], b"x" * 50):
        with pytest.raises(UserError, match="x: is no weights file"):
            unpack_weights(broken, "x")


def test_pack_refuses_what_json_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        pack({"score": float("nan")}, {})
    assert zipfile.is_zipfile(io.BytesIO(pack({"name": "süß"}, {})))


@pytest.mark.parametrize("command", ["bundle", "export"])
def test_what_cannot_be_written_is_told_before_the_work(
    bundle_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "folder.fhls").mkdir()
    (tmp_path / "file").touch()
    words = ["--models", str(bundle_file)] if command == "export" else ["--run", str(tmp_path)]
    outs = {
        "a.zip": "a bundle is named FILE.fhls",
        "folder.fhls": "is a folder; name a file",
        "file/a.fhls": "a.fhls: ",
    }
    if command == "export":
        (tmp_path / "same.fhls").symlink_to(bundle_file)
        outs["same.fhls"] = "is the bundle that is read; name another file to write"
    before = bundle_file.read_bytes()
    for name, told in outs.items():
        with pytest.raises(SystemExit) as ended:
            main([command, str(tmp_path / name), *words])
        assert ended.value.code == 2
        line = capsys.readouterr().err
        assert told in line and line.startswith(f"{command}: {tmp_path / name}: "), line
        assert line.count("\n") == 1
    assert bundle_file.read_bytes() == before
