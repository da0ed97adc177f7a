"""Embeddings: what they are, and ``fashion-hls embed`` as people type it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import torch
from PIL import Image

from fashion_hls.__main__ import main
from fashion_hls.classification.build import METHODS, build_classifier
from fashion_hls.errors import UserError
from fashion_hls.inference import embedding_file as files
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.torch_backend import TorchClassifier

from .conftest import CLASSIFIER, SIDE, scene

COLUMNS = ["source", "object_type", "box", "score", "category", "category_score", "embedding"]


def crops_of(count: int) -> np.ndarray:
    return np.stack([np.asarray(scene(seed, SIDE, SIDE)) for seed in range(count)])


def embed(bundle: Path, *words: object) -> int:
    try:
        main(["embed", *map(str, words), "--models", str(bundle)])
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.mark.parametrize("method", METHODS)
def test_encoders_average_over_the_crop(method: str) -> None:
    classifier = build_classifier(method, **CLASSIFIER).eval()
    crops, types = crops_of(3), np.array([0, 1, 4])
    found = TorchClassifier(classifier).classify(crops, types).embedding
    images = torch.from_numpy(crops).permute(0, 3, 1, 2) / 255
    trunks: list[Any] = (
        [classifier.network.trunk]
        if method == "mtl_rnn_va"
        else [classifier.category.trunk, classifier.attributes.trunk]
    )
    with torch.inference_mode():
        pooled = [trunk(images).mean((2, 3)).numpy() for trunk in trunks]
    parts = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in pooled]
    assert found is not None and found.dtype == np.float32
    np.testing.assert_allclose(found, np.hstack(parts) / np.sqrt(len(parts)), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    assert np.abs(found[0] - found[1]).max() > 1e-4


def test_two_networks_of_separate_tasks_both_count() -> None:
    options = {**CLASSIFIER, "task_selection": "separate"}
    classifier = build_classifier("mtl_rnn_va", **options)
    found = TorchClassifier(classifier).classify(crops_of(1), np.array([0])).embedding
    one = TorchClassifier(build_classifier("mtl_rnn_va", **CLASSIFIER))
    alone = one.classify(crops_of(1), np.array([0])).embedding
    assert found is not None and alone is not None
    assert found.shape[1] == 2 * alone.shape[1]


def test_wrapped_twice_it_says_the_same() -> None:
    classifier = build_classifier("stl", **CLASSIFIER)
    first = TorchClassifier(classifier).classify(crops_of(1), np.array([0])).embedding
    again = TorchClassifier(classifier).classify(crops_of(1), np.array([0])).embedding
    assert first is not None and again is not None
    np.testing.assert_array_equal(first, again)


def test_threads_get_their_own(pipeline: Pipeline, photos: list[Path]) -> None:
    def vectors(photo: Path) -> list[Any]:
        return [one.embedding for one in pipeline(photo).garments]

    expected = [vectors(one) for one in photos]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(vectors, photos * 3))
    assert sum(map(len, expected)) > 5
    for own, wanted in zip(found, expected * 3, strict=True):
        np.testing.assert_array_equal(own, wanted)


def test_parquet(
    bundle_file: Path, pipeline: Pipeline, photos: list[Path], tmp_path: Path, capsys: Any
) -> None:
    out = tmp_path / "new" / "a.parquet"
    assert embed(bundle_file, *photos, "--out", out) == 0
    rows = [(str(one), garment) for one in photos for garment in pipeline(one).garments]
    assert capsys.readouterr().out == f"{out}: garments: {len(rows)}, photos: 9\n"
    table = pd.read_parquet(out)
    assert list(table.columns) == COLUMNS
    assert table["source"].tolist() == [source for source, _ in rows]
    np.testing.assert_array_equal(np.stack(table["embedding"]), [g.embedding for _, g in rows])
    np.testing.assert_allclose(np.stack(table["box"]), [g.box for _, g in rows], rtol=1e-6)
    told = json.loads(pyarrow.parquet.read_schema(out).metadata[b"models"])
    assert told["method"] == pipeline.method
    assert [path.name for path in out.parent.iterdir()] == ["a.parquet"]


def test_npz_holds_what_parquet_holds(
    bundle_file: Path, photos: list[Path], tmp_path: Path
) -> None:
    for ending in files.ENDINGS:
        words = (*photos, "--method", "mtl_rnn_va", "--out", tmp_path / f"a{ending}")
        assert embed(bundle_file, *words) == 0
    table = pd.read_parquet(tmp_path / "a.parquet")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as arrays:
        for name in COLUMNS:
            np.testing.assert_array_equal(arrays[name], np.stack(table[name]))
        assert json.loads(str(arrays["models"]))["method"] == "mtl_rnn_va"


def test_groups_of_rows(monkeypatch: Any, pipeline: Pipeline, tmp_path: Path, photos: Any) -> None:
    monkeypatch.setattr(files, "_GROUP", 3)
    results = list(pipeline.predict(photos))
    with files.embedding_file(tmp_path / "a.parquet", {}) as file:
        for result in results:
            file.write(result)
    parquet = pyarrow.parquet.ParquetFile(tmp_path / "a.parquet")
    assert parquet.metadata.num_row_groups > 1
    assert parquet.metadata.num_rows == sum(len(one.garments) for one in results)


@pytest.mark.parametrize("ending", files.ENDINGS)
def test_no_garment_is_an_empty_file(bundle_file: Path, tmp_path: Path, ending: str) -> None:
    Image.new("RGB", (40, 40)).save(tmp_path / "plain.png")
    out = tmp_path / f"a{ending}"
    assert embed(bundle_file, tmp_path / "plain.png", "--min-score", 1, "--out", out) == 0
    if ending == ".npz":
        assert np.load(out)["embedding"].shape == (0, 0)
    else:
        assert list(pd.read_parquet(out).columns) == COLUMNS
        assert len(pd.read_parquet(out)) == 0


def test_unreadable_photos_are_named(
    bundle_file: Path, photos: list[Path], tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"no photo")
    out = tmp_path / "a.npz"
    assert embed(bundle_file, tmp_path / "bad.jpg", photos[0], "--out", out) == 1
    told = capsys.readouterr()
    assert "embed: " in told.err and "bad.jpg" in told.err and "1 of 2 photos" in told.err
    assert "photos: 1" in told.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--out", "a.csv"], "a.csv: is to end in .parquet or .npz"),
        (["--out", "a.npz", "--min-score", "2"], "--min-score must be in 0 to 1"),
        (["--out", "a.npz", "--method", "none"], "method none"),
        (["--out", "taken.npz/a.npz"], "taken.npz"),
    ],
)
def test_mistakes_end_in_one_line(
    monkeypatch: Any, bundle_file: Path, photos: Any, tmp_path: Path, capsys: Any,
    words: list[str], message: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    Path("taken.npz").touch()
    assert embed(bundle_file, photos[0], *words) == 2
    told = capsys.readouterr().err
    assert told.startswith("embed: ") and message in told and told.count("\n") == 1


def test_a_photo_is_not_written_over(bundle_file: Path, tmp_path: Path, capsys: Any) -> None:
    scene(0).save(tmp_path / "a.npz", format="PNG")
    before = (tmp_path / "a.npz").read_bytes()
    assert embed(bundle_file, tmp_path / "a.npz", "--out", tmp_path / "a.npz") == 2
    assert "is one of the photos" in capsys.readouterr().err
    assert (tmp_path / "a.npz").read_bytes() == before


@pytest.mark.parametrize("ending", files.ENDINGS)
def test_an_interrupted_file_leaves_the_one_before(tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"a{ending}"
    out.write_text("before", encoding="utf-8")
    with pytest.raises(KeyboardInterrupt), files.embedding_file(out, {}):
        raise KeyboardInterrupt
    assert out.read_text(encoding="utf-8") == "before"
    assert list(tmp_path.iterdir()) == [out]


def test_graphs_of_before_say_so(pipeline: Pipeline, photos: list[Path], tmp_path: Path) -> None:
    result = next(one for one in pipeline.predict(photos) if one.garments)
    old = replace(result, garments=(replace(result.garments[0], embedding=None),))
    with (
        pytest.raises(UserError, match="exported without embeddings"),
        files.embedding_file(tmp_path / "a.npz", {}) as file,
    ):
        file.write(old)
    assert not list(tmp_path.iterdir())
