import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from fashion_hls.__main__ import main
from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import WEIGHTS, Bundle, pack
from fashion_hls.inference.onnx_bundle import Calibration, export_bundle
from fashion_hls.inference.pipeline import Pipeline

#: Scores of half a thousandth apart may change places.
_CLOSE = 2e-3


@pytest.fixture(scope="module")
def pixels(photos: list[Path]) -> list[NDArray[np.uint8]]:
    return [np.asarray(Image.open(path)) for path in photos]


def test_it_says_what_torch_says(
    exported: Path, pipeline: Pipeline, pixels: list[NDArray[np.uint8]]
) -> None:
    other = Pipeline.load(exported)
    assert other.methods == pipeline.methods
    found = 0
    for photo in pixels:
        for method in pipeline.methods:
            one, two = (p(photo, method=method).garments for p in (pipeline, other))
            assert [g.object_type for g in one] == [g.object_type for g in two]
            for a, b in zip(one, two, strict=True):
                found += 1
                assert np.allclose(a.box, b.box, atol=0.5)
                assert abs(a.score - b.score) < _CLOSE
                assert abs(a.category.score - b.category.score) < _CLOSE
                assert (a.attention is None) == (b.attention is None)
    assert found > len(pixels)


def test_torch_is_not_imported(exported: Path, photos: list[Path]) -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from fashion_hls import Pipeline\n"
        f"results = Pipeline.load({str(exported)!r}).predict({[str(one) for one in photos]!r})\n"
        "assert any(result.garments for result in results) and 'pandas' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_its_card_is_the_bundles(exported: Path, bundle_file: Path) -> None:
    before, after = Bundle(bundle_file), Bundle(exported)
    assert after.card["exported_from"] == before.sha256
    assert after.card["vocabulary"] == before.card["vocabulary"]
    assert WEIGHTS not in after.card["files"]


def test_the_same_bundle_gives_the_same_bytes(exported: Path, bundle_file: Path) -> None:
    assert export_bundle(Bundle(bundle_file)) == exported.read_bytes()


def test_weights_have_no_graphs_and_graphs_no_weights(exported: Path, bundle_file: Path) -> None:
    with pytest.raises(UserError, match="fashion-hls export"):
        Pipeline.load(bundle_file, backend="onnx")
    with pytest.raises(UserError, match=WEIGHTS):
        Pipeline.load(exported, backend="torch")
    with pytest.raises(UserError, match=WEIGHTS):
        export_bundle(Bundle(exported))


def test_a_card_of_crops_that_its_graph_does_not_take(exported: Path, tmp_path: Path) -> None:
    path, bundle = tmp_path / "changed.fhls", Bundle(exported)
    card = json.loads(json.dumps(bundle.card))
    card["classifiers"]["stl"]["image_size"] = 96
    told = {key: value for key, value in card.items() if key not in ("format", "version", "files")}
    path.write_bytes(pack(told, {name: bundle.read(name) for name in card["files"]}))
    with pytest.raises(UserError, match=r"stl\.image_size: is 96, and its graph takes 64 pixels"):
        Pipeline.load(path)


def test_a_folder_of_a_run_is_sent_to_the_bundle_command(workspace: Path) -> None:
    with pytest.raises(UserError, match="fashion-hls bundle"):
        Pipeline.load(workspace, backend="onnx")


def test_eight_bits_predict(
    bundle_file: Path, pixels: list[NDArray[np.uint8]], tmp_path: Path
) -> None:
    path = tmp_path / "int8.fhls"
    path.write_bytes(export_bundle(Bundle(bundle_file), Calibration(pixels)))
    bundle = Bundle(path)
    assert bundle.card["precision"] == "int8"
    assert path.stat().st_size < 0.7 * len(export_bundle(Bundle(bundle_file)))
    eight = Pipeline.load(path)
    garments = [one for photo in pixels for one in eight(photo).garments]
    assert len(garments) > len(pixels)
    assert all(0 <= one.category.score <= 1 and one.box[0] < one.box[2] for one in garments)


def test_photos_to_calibrate_with_are_read_one_at_a_time(photos: list[Path]) -> None:
    calibration = Calibration([*photos[:2], "missing.jpg"])
    read = iter(calibration)
    for path in photos[:2]:
        np.testing.assert_array_equal(next(read), np.asarray(Image.open(path)))
    with pytest.raises(UserError, match=r"missing\.jpg"):
        next(read)


def test_the_command(bundle_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "graphs.fhls"
    main(["export", str(out), "--models", str(bundle_file)])
    assert "MB" in capsys.readouterr().out
    assert Pipeline.load(out).methods == Pipeline.load(bundle_file).methods


def test_what_onnx_runtime_cannot_do_is_told(exported: Path) -> None:
    with pytest.raises(UserError, match="device cuda: ONNX Runtime runs on the CPU"):
        Pipeline.load(exported, device="cuda")
    for threads in (0, -2):
        with pytest.raises(UserError, match="threads must be 1 to"):
            Pipeline.load(exported, threads=threads)


@pytest.mark.parametrize("name", ["graphs.onnx", "graphs"])
def test_another_ending_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", str(tmp_path / name)])
    assert ended.value.code == 2
    assert ".fhls" in capsys.readouterr().err
