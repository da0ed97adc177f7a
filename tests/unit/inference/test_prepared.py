"""``fashion-hls predict-set``: the file that evaluate reads, for any split and any models."""

import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from fashion_hls.__main__ import main
from fashion_hls.classification.build import load_classifier
from fashion_hls.classification.predict import PREDICTION_COLUMNS, predict_split
from fashion_hls.data.images import ImageWriter
from fashion_hls.data.records import GT_BOX
from fashion_hls.data.store import read_json, read_table, write_json, write_table

from .conftest import SIDE, VOCABULARY, scene

IMAGES = 5
STORES = {"crops": Path("data/crops/images.zip"), "benchmark": Path("data/benchmark/images.zip")}


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    """Five photos, three of validation; each whole, and its crop where one was found."""
    monkeypatch.chdir(tmp_path)
    images = pd.DataFrame({"image_id": range(IMAGES), "split": ["train"] * 2 + ["val"] * 3})
    images = images.assign(
        file=[f"{row}.png" for row in range(IMAGES)],
        category=[row % 6 for row in range(IMAGES)],
        attributes=[[row % 7] for row in range(IMAGES)],
        **dict.fromkeys(GT_BOX, np.nan),
    )
    crops = images.drop(columns=GT_BOX).assign(
        store="crops", view="end_to_end", found=True, object_type=0, detected_type=[0, 1, 2, 3, 4]
    )
    crops.loc[4, ["found", "store", "file"]] = False, None, None
    whole = crops.assign(store="benchmark", file=images["file"], view="whole_image", found=True)
    # Retained is the crop once more: the same region of another view.
    manifest = pd.concat([crops, crops[:4].assign(view="retained"), whole], ignore_index=True)
    write_table(Path("data/crops/manifest.parquet"), manifest)
    write_table(Path("data/benchmark/images.parquet"), images)
    write_json(Path("data/benchmark/vocabulary.json"), VOCABULARY)
    for seed, path in enumerate(STORES.values()):
        with ImageWriter(path) as store:
            for row in range(IMAGES):
                file = io.BytesIO()
                scene(10 * seed + row).save(file, "PNG")
                store.add(f"{row}.png", file.getvalue())
    return manifest


def predict_set(models: Path, *flags: str, split: str = "val") -> pd.DataFrame:
    out = Path("out/predictions.parquet")
    main(["predict-set", "--models", str(models), "--split", split, "--out", str(out), *flags])
    return read_table(out)


def assert_close(one: pd.DataFrame, other: pd.DataFrame) -> None:
    plain = ["image_id", "view", "found", "shared_type"]
    pd.testing.assert_frame_equal(one[plain], other[plain])
    for field in ("category_scores", "attribute_scores"):
        np.testing.assert_allclose(np.stack(one[field]), np.stack(other[field]), atol=1e-5)


@pytest.mark.parametrize("method", ["stl", "stl_hls", "mtl_rnn_va"])
def test_predictions_are_those_that_the_pipeline_writes(
    prepared: pd.DataFrame, workspace: Path, bundle_file: Path, method: str
) -> None:
    network, _ = load_classifier(workspace / "models/classifier" / method)
    options = {"categories": 6, "attributes": 7, "size": SIDE, "threads": 1}
    expected = predict_split(network.eval(), prepared, "val", STORES, **options)
    assert len(expected) == 8
    for models in (workspace, bundle_file):
        said = predict_set(models, "--method", method)
        assert list(said.columns) == PREDICTION_COLUMNS
        assert_close(said, expected)


def test_graphs_say_the_same_as_weights(
    prepared: pd.DataFrame, bundle_file: Path, exported: Path
) -> None:
    assert_close(predict_set(exported), predict_set(bundle_file))


def test_rows_without_a_crop_have_zeros(prepared: pd.DataFrame, bundle_file: Path) -> None:
    said = predict_set(bundle_file)
    lost = said[~said["found"]]
    assert lost["image_id"].tolist() == [4]
    assert not np.stack(lost["category_scores"]).any()
    assert not np.stack(lost["attribute_scores"]).any()
    assert np.stack(said.loc[said["found"], "category_scores"]).sum(axis=1) == pytest.approx(1)


def test_evaluate_reads_it(
    prepared: pd.DataFrame, bundle_file: Path, capsys: pytest.CaptureFixture
) -> None:
    predict_set(bundle_file)
    assert "images: 3, rows with a crop: 7 of 8" in capsys.readouterr().out
    asked = ["--predictions", "out/predictions.parquet", "--split", "val", "--draws", "10"]
    main(["evaluate", *asked, "--with-view", "whole_image", "--json", "figures.json"])
    protocols = read_json(Path("figures.json"))["protocols"]
    assert {name: one["images"] for name, one in protocols.items()} == {
        "end_to_end": 3, "retained": 2, "whole_image": 3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"categories": ["Blouse", "Hoodie", "Jeans", "Dress", "Boots", "Mules"]}, "know Flats"),
        ({"attributes": VOCABULARY["attributes"][::-1]}, "attributes are not the models' (in ano"),
    ],
)
def test_a_set_of_other_labels_is_refused(
    prepared: pd.DataFrame, bundle_file: Path, change: dict, message: str,
    capsys: pytest.CaptureFixture,
) -> None:  # fmt: skip
    write_json(Path("data/benchmark/vocabulary.json"), VOCABULARY | change)
    assert message in refused(capsys, bundle_file)


def refused(capsys: pytest.CaptureFixture, models: Path, *flags: str, split: str = "val") -> str:
    with pytest.raises(SystemExit) as ended:
        predict_set(models, *flags, split=split)
    assert ended.value.code == 2
    message: str = capsys.readouterr().err
    assert message.count("\n") == 1
    assert not Path("out/predictions.parquet").exists()
    return message


def test_mistakes_end_in_one_line(
    prepared: pd.DataFrame, bundle_file: Path, workspace: Path, capsys: pytest.CaptureFixture
) -> None:
    assert "no image of split test" in refused(capsys, bundle_file, split="test")
    assert "method best: these models have" in refused(capsys, bundle_file, "--method", "best")
    assert "has stl, stl_hls, mtl_rnn_va" in refused(capsys, workspace, "--method", "best")
    assert "holds no trained method" in refused(capsys, workspace, "--set", "catalogue")
    assert "is no bundle" in refused(capsys, workspace, "--backend", "onnx")
    assert "the name of the models is empty" in refused_line(capsys, "--models", "")
    assert "name it FILE.parquet" in refused_line(capsys, "--out", "a.csv")
    manifest = "data/crops/manifest.parquet"
    before = Path(manifest).read_bytes()
    assert "is a file that is read" in refused_line(capsys, "--out", f"data/../{manifest}")
    assert Path(manifest).read_bytes() == before


def refused_line(capsys: pytest.CaptureFixture, *flags: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["predict-set", "--out", "a.parquet", *flags])
    assert ended.value.code == 2
    message: str = capsys.readouterr().err
    assert message.count("\n") == 1
    return message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *(
            (lambda t, column=column: t.drop(columns=column), f"no column {column}")
            for column in ("split", "found", "view", "store", "file", "detected_type", "image_id")
        ),
        (lambda t: t.assign(found=t["found"].astype(int)), "found must be true or false"),
        (lambda t: t.assign(found=t["found"].mask(t.index == 3)), "found must be true or false"),
        (lambda t: t.assign(store=t["store"].replace("crops", "crop")), "names the store crop"),
        (
            lambda t: t.assign(file=t["file"].replace("3.png", "9.png")),
            "images.zip: holds no 9.png",
        ),
    ],
)
def test_a_damaged_manifest_ends_in_one_line(
    prepared: pd.DataFrame, bundle_file: Path, capsys: pytest.CaptureFixture,
    change: Callable[[pd.DataFrame], pd.DataFrame], message: str,
) -> None:  # fmt: skip
    write_table(Path("data/crops/manifest.parquet"), change(prepared))
    assert message in last_line(capsys, bundle_file)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (Path.unlink, "images.zip: not found; run the pipeline"),
        (lambda path: path.write_bytes(b"no zip"), "images.zip: unreadable"),
        (lambda path: path.write_bytes(path.read_bytes()[:200]), "images.zip: unreadable"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b"IDAT", b"XXXX")),
            ".png: damaged; run the pipeline again",
        ),
    ],
)
def test_a_damaged_store_ends_in_one_line(
    prepared: pd.DataFrame, bundle_file: Path, capsys: pytest.CaptureFixture,
    damage: Callable[[Path], Any], message: str,
) -> None:  # fmt: skip
    damage(STORES["crops"])
    assert message in last_line(capsys, bundle_file)


def last_line(capsys: pytest.CaptureFixture, models: Path) -> str:
    """What a run ends in, after its progress."""
    with pytest.raises(SystemExit) as ended:
        predict_set(models)
    assert ended.value.code == 2
    assert not Path("out/predictions.parquet").exists()
    return str(capsys.readouterr().err).splitlines()[-1]


def test_of_a_catalogue_its_own_networks_speak(prepared: pd.DataFrame, workspace: Path) -> None:
    names = {"categories": ["a", "b", "c", "d", "e", "f"], "attributes": list("tuvwxyz")}
    told = VOCABULARY | names
    models = Path("models/classifier/catalogue/stl")
    shutil.copytree(workspace / "models/classifier/stl", models)
    card = read_json(models / "model.json")
    card["notes"]["vocabulary"] = told
    write_json(models / "model.json", card)
    for name in ("crops", "benchmark"):
        shutil.copytree(Path("data") / name, f"data/catalogue{'_crops' if name == 'crops' else ''}")
    write_json(Path("data/catalogue/vocabulary.json"), told)
    said = predict_set(Path(), "--set", "catalogue")
    assert_close(said, predict_set(workspace, "--method", "stl"))


def test_a_card_without_its_labels_is_named(
    prepared: pd.DataFrame, workspace: Path, capsys: pytest.CaptureFixture
) -> None:
    shutil.copytree(workspace / "models", "models")
    card = Path("models/classifier/stl/model.json")
    told = read_json(card)
    del told["notes"]["vocabulary"]
    write_json(card, told)
    said = refused(capsys, Path(), "--method=stl")
    assert f"{card}: lacks 'vocabulary'; train the method again" in said
