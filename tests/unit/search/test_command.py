import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import fashion_hls
from fashion_hls.__main__ import main
from fashion_hls.compose import compose
from fashion_hls.config import load, parse
from fashion_hls.data.store import read_table, write_table

FLAGS = [
    "trials=3", "startup_trials=1", "epochs=1", "method=stl_hls",
    "space.trained_from=[conv_head,blocks.6]", "space.batch_size=[4,6]",
]  # fmt: skip
METRICS, TUNED = Path("metrics/sample/search/stl_hls.json"), Path("conf/tuned/sample_stl_hls.yaml")
SOURCE = str(Path(fashion_hls.__file__).parents[1])
#: The second trial dies in its second network, as in a power cut.
DIES = """
import os, signal, sys
from fashion_hls.__main__ import main
from fashion_hls.search import command
train, calls = command.train_trial, []

def dying(setup, params, *, watched, **options):
    calls.append(params)
    judge = watched.judge
    def judged(figure, step):
        judge(figure, step)
        if len(calls) == 2 and step == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    watched.judge = judged
    train(setup, params, watched=watched, **options)

command.train_trial = dying
main(["search", *sys.argv[1:]])
"""


def flags(*settings: str) -> list[str]:
    return [part for setting in [*FLAGS, *settings] for part in ("-S", setting)]


def search(*settings: str) -> tuple[dict, str]:
    main(["search", *flags(*settings)])
    return json.loads(METRICS.read_text()), TUNED.read_text()


def refused(capsys: pytest.CaptureFixture[str], *settings: str) -> str:
    with pytest.raises(SystemExit) as end:
        search(*settings)
    assert end.value.code == 2
    line = capsys.readouterr().err.splitlines()[-1]
    assert line.startswith("search: ")
    return line


def test_a_search_leaves_its_trials_and_a_group_file_that_composes(prepared, capsys) -> None:
    before = load()
    trials, tuned = search()
    assert "dvc exp run -S tuned=sample_stl_hls" in capsys.readouterr().out
    assert [one["trial"] for one in trials["trials"]] == [0, 1, 2]
    assert {one["state"] for one in trials["trials"]} <= {"complete", "pruned"}
    best = trials["trials"][trials["best"]]
    complete = [one for one in trials["trials"] if one["state"] == "complete"]
    assert best["figure"] == max(one["figure"] for one in complete)
    assert trials["figure"] == "mean of val/top1 and val/recall@5" and trials["split"] == "val"
    assert trials["own_settings"] == 0 and trials["trials"][0]["params"]["lr"] == before.train.lr
    assert trials["licence"] == before.dataset.licence
    head = [line for line in tuned.splitlines() if line.startswith("#")]
    assert head[0] == "# @package _global_"
    words = (
        f"Trial {best['trial']} of 3, seed 0: {trials['figure']} {best['figure']:.4f} on the val"
    )
    assert words in tuned and before.dataset.title in tuned
    config = parse(compose(Path("conf"), ["tuned=sample_stl_hls"]), "conf")
    plain = parse(compose(Path("conf")), "conf")
    found = best["params"]
    assert config.train.lr == found["lr"] and config.train.batch_size == found["batch_size"]
    assert config.heads.dropout == found["dropout"]
    assert config.train.optimizer == found["optimizer"]
    assert config.backbone.trained_from == found["trained_from"]
    part = {"train": {"lr", "batch_size", "optimizer"}, "heads": {"dropout"}}
    leave_out = part | {"backbone": {"trained_from"}}
    assert config.model_dump(exclude=leave_out) == plain.model_dump(exclude=leave_out)
    named = compose(Path("conf"), ["tuned=sample_stl_hls", "train.lr=0.5"])
    assert parse(named, "conf").train.lr == 0.5, "what the user names holds"


def test_mistakes_end_in_one_line(prepared, capsys) -> None:
    assert "space.trained_from: " in refused(capsys, "space.trained_from=[blocks.99]")
    assert "space.lr: " in refused(capsys, "space.lr=[0.1,0.01]")
    assert "data/catalogue_crops/manifest.parquet: not found" in refused(capsys, "set=catalogue")
    # At such a rate the loss is not finite, in every trial.
    huge = ["space.lr=[1e30,1e31]", "space.optimizer=[sgd]", "trials=2"]
    assert "no trial was trained to its end; the first says: " in refused(capsys, *huge)
    manifest = Path("data/crops/manifest.parquet")
    write_table(manifest, read_table(manifest).drop(columns="split"))
    assert f"{manifest}: no column split" in refused(capsys)
    assert not METRICS.exists() and not TUNED.exists()


@pytest.mark.slow
def test_a_killed_search_ends_as_an_undisturbed_one_its_trials_under_one_parent(
    prepared, monkeypatch
) -> None:
    whole = search()
    for place in (".search", "metrics", str(TUNED)):
        shutil.rmtree(place) if Path(place).is_dir() else Path(place).unlink()
    monkeypatch.setenv("FASHION_HLS_TRACKING", "on")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    env = {**os.environ, "PYTHONPATH": SOURCE}
    dead = subprocess.run(
        [sys.executable, "-c", DIES, *flags()], env=env, capture_output=True, text=True, check=False
    )
    assert dead.returncode == -9, dead.stderr
    assert not METRICS.exists()
    assert search() == whole
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{prepared / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("fashion-hls").experiment_id
    runs = client.search_runs([experiment], order_by=["start_time ASC"])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    children = [run for run in runs if run not in parents]
    assert [run.info.run_name for run in parents] == ["search sample_stl_hls"]
    names = [run.info.run_name for run in children]
    assert names == [f"search@sample_stl_hls-{number}" for number in (0, 1, 1, 2)]
    ended = [run.data for run in children if run.info.status == "FINISHED"]
    for data, trial in zip(ended, whole[0]["trials"], strict=True):
        assert data.tags["state"] == trial["state"]
        assert data.metrics["figure"] == pytest.approx(trial["figure"])
        assert float(data.params["params.lr"]) == pytest.approx(trial["params"]["lr"])
        assert "category/val/top1" in data.metrics
