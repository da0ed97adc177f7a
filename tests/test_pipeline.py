"""The whole chain on a tiny sample: what it leaves behind, and that it does so again."""

import itertools
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml

from fashion_hls.compose import compose
from fashion_hls.report.table7 import METHODS, PROTOCOLS

METHOD = "stl_hls"
TRAINED = [f"train_classifier@{METHOD}", f"evaluate_classifier@{METHOD}"]
RESULTS = [
    f"models/classifier/{METHOD}/*",
    f"predictions/classifier/{METHOD}.parquet",
    f"metrics/sample/curves/{METHOD}.json",
    f"metrics/sample/classifier/{METHOD}.json",
]


def stages(workspace):
    """Every stage's name, those of a matrix with their items, from dvc.yaml and params.yaml."""
    declared = yaml.safe_load((workspace.path / "dvc.yaml").read_text())["stages"]
    params = yaml.safe_load((workspace.path / "params.yaml").read_text())
    names = set()
    for name, stage in declared.items():
        lists = [listed(params, value) for value in stage.get("matrix", {}).values()]
        items = ("-".join(chosen) for chosen in itertools.product(*lists))
        names |= {f"{name}@{item}" if item else name for item in items}
    return names


def listed(params, value):
    """The list that ``${a.b}`` stands for."""
    for key in value.strip("${}").split("."):
        params = params[key]
    return params


def test_every_declared_output_is_there(workspace) -> None:
    lock = yaml.safe_load((workspace.path / "dvc.lock").read_text())["stages"]
    assert set(lock) >= stages(workspace)
    for name in stages(workspace):
        for out in lock[name].get("outs", []):
            assert (workspace.path / out["path"]).exists(), out["path"]
    assert not list(workspace.path.glob(".checkpoints/*/")), "a finished training left its state"


def test_tables_and_report_say_which_data_and_protocol(workspace) -> None:
    params = yaml.safe_load((workspace.path / "params.yaml").read_text())
    tables = (workspace.path / "metrics/sample/tables/tables.md").read_text()
    methods = [METHODS[method] for method in params["methods"]]
    for words in (params["dataset"]["title"], params["dataset"]["bias"], *methods, *PROTOCOLS):
        assert words in tables
    page = (workspace.path / "reports/sample/index.html").read_text()
    assert params["dataset"]["title"] in page
    assert params["dataset"]["bias"] in page


def test_nothing_is_left_to_do(workspace, ran) -> None:
    assert yaml.safe_load(workspace.run("dvc", "status", "--json")) == {}
    assert workspace.run("git", "status", "--porcelain") == ""
    assert ran(workspace.run("dvc", "repro")) == set()


def test_one_parent_run_with_a_child_for_each_stage(workspace) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{workspace.path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("fashion-hls")
    runs = client.search_runs([experiment.experiment_id])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if "mlflow.parentRunId" in run.data.tags]
    assert len(parents) == 1
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    assert sorted(run.info.run_name for run in children) == sorted(stages(workspace))
    assert {run.info.status for run in runs} == {"FINISHED"}


def test_a_forced_second_run_gives_the_same_bytes(copy, ran) -> None:
    before = copy.bytes_of(*RESULTS)
    for stage in TRAINED:
        timing = copy.path / "timings" / "sample" / f"{stage}.json"
        timing.unlink()
        # --force goes past the run cache, which would bring the old files back unrun.
        assert ran(copy.run("dvc", "repro", "--force", "--single-item", stage)) == {stage}
        assert timing.exists()
    after = copy.bytes_of(*RESULTS)
    assert [name for name in before if before[name] != after[name]] == []
    assert set(before) == set(after)


def test_labels_of_the_test_split_reach_no_training_and_no_prediction(
    workspace, monkeypatch
) -> None:
    from fashion_hls.classification.build import load_classifier
    from fashion_hls.classification.predict import predict_split
    from fashion_hls.data.store import read_table
    from fashion_hls.training.views import training_set

    monkeypatch.chdir(workspace.path)
    classifier, card = load_classifier(workspace.path / "models/classifier" / METHOD)
    manifest = read_table(workspace.path / "data/crops/manifest.parquet")
    vocabulary = card["notes"]["vocabulary"]
    stores = {
        name: workspace.path / "data" / name / "images.zip" for name in ("crops", "benchmark")
    }
    attributes, size = len(vocabulary["attributes"]), card["notes"]["image_size"]
    shuffled = shuffle_test_labels(manifest)

    def predictions(table: pd.DataFrame) -> pd.DataFrame:
        return predict_split(
            classifier.eval(),
            table,
            "test",
            stores,
            categories=len(vocabulary["categories"]),
            attributes=attributes,
            size=size,
            threads=1,
        )

    first, second = predictions(manifest), predictions(shuffled)
    stored = read_table(workspace.path / "predictions/classifier" / f"{METHOD}.parquet")
    assert set(stored["view"]) == set(PROTOCOLS)
    for column in ("image_id", "view", "found", "shared_type"):
        assert first[column].tolist() == second[column].tolist() == stored[column].tolist()
    for column in ("category_scores", "attribute_scores"):
        np.testing.assert_array_equal(np.stack(first[column]), np.stack(second[column]))
        np.testing.assert_allclose(
            np.stack(first[column]), np.stack(stored[column]), rtol=1e-4, atol=1e-6
        )
    views = ["retained", "whole_image"]
    sets = [
        training_set(table, stores, views=views, attributes=attributes, size=size, threads=1)
        for table in (manifest, shuffled)
    ]
    pd.testing.assert_frame_equal(sets[0].manifest, sets[1].manifest)
    np.testing.assert_array_equal(sets[0].positives, sets[1].positives)


def shuffle_test_labels(manifest: pd.DataFrame) -> pd.DataFrame:
    """The manifest with the labels of its test rows dealt out anew."""
    labels = ["object_type", "category", "attributes"]
    rows = np.flatnonzero(manifest["split"] == "test")
    dealt = np.random.default_rng(0).permutation(rows)
    shuffled = manifest.copy()
    for column in labels:
        values = manifest[column].to_numpy(dtype=object, copy=True)
        values[rows] = manifest[column].to_numpy(dtype=object)[dealt]
        shuffled[column] = pd.Series(list(values), index=manifest.index)
    assert (shuffled["category"] != manifest["category"]).any()
    return shuffled.astype({c: manifest[c].dtype for c in ("object_type", "category")})


def stage_in(folder, workspace, params: dict[str, object], *command: str):
    """Run a stage on these params in a folder that holds nothing else."""
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    return subprocess.run(
        [sys.executable, workspace.path / "stages" / command[0], *command[1:]],
        cwd=folder,
        env=workspace.env
        | {"PYTHONPATH": str(workspace.path / "src"), "FASHION_HLS_TRACKING": "off"},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("section", "change", "named"),
    [
        (None, {"thread": 2}, "params.yaml: thread: "),
        (None, {"threads": 0}, "params.yaml: threads: "),
        ("train", {"epoch": 3}, "params.yaml: train.epoch: "),
        ("evaluation", {"level": 95}, "params.yaml: evaluation.level: "),
    ],
)
def test_wrong_params_end_a_stage_in_one_line(workspace, tmp_path, section, change, named) -> None:
    params = yaml.safe_load((workspace.path / "params.yaml").read_text())
    (params[section] if section else params).update(change)
    done = stage_in(tmp_path, workspace, params, "download.py")
    assert done.returncode == 2
    assert done.stderr.startswith(f"download: {named}")
    assert done.stderr.count("\n") == 1


def test_without_the_place_of_real_photos_there_is_one_clear_line(workspace, tmp_path) -> None:
    params = compose(workspace.path / "conf", ["dataset=open"])
    done = stage_in(tmp_path, workspace, params, "download.py")
    asked = subprocess.run(
        [sys.executable, "-m", "fashion_hls.experiment", "open"],
        cwd=workspace.path,
        env=workspace.env | {"PYTHONPATH": "src"},
        capture_output=True,
        text=True,
    )
    for result in (done, asked):
        assert result.returncode == 2
        assert re.match(r"(download|open): FASHION_HLS_DATA: not set; ", result.stderr)
        assert result.stderr.count("\n") == 1
