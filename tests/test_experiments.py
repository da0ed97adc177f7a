"""Experiments of DVC on the tiny run: narrowed, changed, queued, elsewhere, interrupted."""

import json
import os
import shutil
import signal
import time
from pathlib import Path

import pytest
import yaml

from fashion_hls.report.rows import THIS_RUN
from fashion_hls.report.table7 import METHODS

pytestmark = pytest.mark.slow

METHOD = "stl_hls"
TRAIN = f"train_classifier@{METHOD}"
RESULTS = [
    f"models/classifier/{METHOD}/*",
    f"predictions/classifier/{METHOD}.parquet",
    f"metrics/sample/curves/{METHOD}.json",
]
PATIENCE = 1200


def methods_of(tables: str) -> set[str]:
    """Which methods this run's rows of the Markdown tables show."""
    rows = [[cell.strip() for cell in line.split("|")] for line in tables.splitlines()]
    shown = {row[1] for row in rows if THIS_RUN in row and "not run" not in " ".join(row)}
    return {method for method, title in METHODS.items() if title in shown}


def wait_for(condition, what: str, every: float = 0.1) -> None:
    """Poll until it holds; fail after long enough for a busy machine."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"waited too long for {what}"
        time.sleep(every)


def test_a_method_can_be_chosen(copy, ran) -> None:
    output = copy.experiment("-S", f"method={METHOD}")
    assert yaml.safe_load((copy.path / "params.yaml").read_text())["methods"] == [METHOD]
    assert ran(output) == {"tables", "report"}
    tables = (copy.path / "metrics/sample/tables/tables.md").read_text()
    assert methods_of(tables) == {METHOD}
    differences = json.loads((copy.path / "metrics/sample/differences.json").read_text())
    assert differences["methods"] == {}
    assert yaml.safe_load(copy.run("dvc", "status", "--json")) == {}


def test_a_learning_rate_reruns_training_and_what_follows(copy, ran) -> None:
    before = copy.bytes_of(RESULTS[1])
    output = copy.experiment("-S", f"method={METHOD}", "-S", "train.lr=0.002")
    catalogue = {
        f"{step}_set_{what}"
        for step in ("train", "evaluate")
        for what in (f"classifier@catalogue-{METHOD}", "types@catalogue")
    }
    ours = {TRAIN, f"evaluate_classifier@{METHOD}", *catalogue}
    assert ran(output) == {*ours, "tables", "report"}
    assert copy.bytes_of(RESULTS[1]) != before


def test_a_stage_of_one_method_runs_alone(copy, ran) -> None:
    before = copy.bytes_of(*RESULTS)
    for folder in ("models", "predictions"):
        shutil.rmtree(copy.path / folder / "classifier")
    shutil.rmtree(copy.path / ".dvc/cache/runs")
    copy.compose("train.epochs=2")
    assert ran(copy.run("dvc", "repro", TRAIN)) == {TRAIN}
    after = copy.bytes_of(*RESULTS)
    assert set(after) == set(before)
    assert after != before
    assert [path.name for path in (copy.path / "models/classifier").iterdir()] == [METHOD]


def test_a_sweep_over_methods_and_rates_completes_with_two_workers(copy) -> None:
    """MLflow's database does not exist yet: the workers that start together make one."""
    copy.experiment("--queue", "-S", "method=stl,stl_hls", "-S", "train.lr=0.001,0.002")
    try:
        copy.run("dvc", "queue", "start", "-j", "2")
        wait_for(lambda: not waiting(copy), "the queue", every=3)
    finally:
        copy.run("dvc", "queue", "stop", "--kill")
    table = json.loads(copy.run("dvc", "exp", "show", "--json", "--no-pager"))
    found = [e for row in table for e in row.get("experiments") or []]
    assert len(found) == 4, copy.run("dvc", "queue", "status")
    chosen, invocations = set(), parents(copy)
    assert len(invocations) == 4 and set(invocations.values()) == {"FINISHED"}
    for experiment in found:
        revision = experiment["revs"][0]["rev"]
        tables = copy.run("git", "show", f"{revision}:metrics/sample/tables/tables.md")
        params = yaml.safe_load(copy.run("git", "show", f"{revision}:params.yaml"))
        assert methods_of(tables) == set(params["methods"])
        chosen |= {(method, params["train"]["lr"]) for method in params["methods"]}
    assert chosen == {(method, lr) for method in ("stl", "stl_hls") for lr in (0.001, 0.002)}
    # The workspace itself is as it was.
    assert copy.run("git", "status", "--porcelain") == ""


def parents(copy) -> dict[str, str]:
    """The state of each invocation's run in MLflow, by name."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{copy.path / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("fashion-hls").experiment_id])
    return {r.info.run_name: r.info.status for r in runs if "mlflow.parentRunId" not in r.data.tags}


def waiting(copy) -> bool:
    states = copy.run("dvc", "queue", "status")
    return "Queued" in states or "Running" in states


def test_a_temporary_experiment_runs_its_own_code(copy, ran) -> None:
    page = copy.path / "src/fashion_hls/report/run_page.py"
    page.write_text(page.read_text() + '\nprint(f"code: {__file__} in {Path.cwd()}")\n')
    output = copy.experiment("--temp", "-S", f"method={METHOD}")
    assert "report" in ran(output)
    lines = [line for line in output.splitlines() if line.startswith("code: ")]
    assert lines
    inside = str(copy.path / ".dvc/tmp/exps")
    for line in lines:
        file, _, folder = line.removeprefix("code: ").partition(" in ")
        assert folder.startswith(inside)
        assert str(Path(folder, file)).startswith(inside)
    # Neither figures nor the runs' database land in the experiment's folder, which is removed.
    assert copy.run("git", "diff", "--name-only").split() == ["src/fashion_hls/report/run_page.py"]
    assert (copy.path / "mlflow.db").exists()


def test_a_killed_training_goes_on_and_gives_the_same_bytes(workspace, copy, tmp_path, ran) -> None:
    changes = ["train.epochs=4"]
    undisturbed = workspace.copy(tmp_path / "undisturbed")
    for one in (undisturbed, copy):
        shutil.rmtree(one.path / ".dvc/cache/runs")
        one.compose(*changes)
    assert ran(undisturbed.run("dvc", "repro", TRAIN)) == {TRAIN}

    process = copy.start("dvc", "repro", TRAIN)
    try:
        second = "train_classifier-stl_hls-*/attributes/last.pt"
        wait_for(
            lambda: any((copy.path / ".checkpoints").glob(second)) or process.poll() is not None,
            "a checkpoint of the second network",
        )
        assert process.poll() is None
    finally:
        if process.poll() is None:
            # The whole group: DVC itself and the training that it started.
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert any((copy.path / ".checkpoints").glob(second))
    assert not (copy.path / RESULTS[1]).exists()

    assert ran(copy.run("dvc", "repro", TRAIN)) == {TRAIN}
    assert copy.bytes_of(*RESULTS) == undisturbed.bytes_of(*RESULTS)
    assert not any((copy.path / ".checkpoints").glob(second))
    # The second start trained only what was missing, and its run is told the epochs before.
    first, resumed = curves(copy)
    assert first["category"] == resumed["category"] == resumed["attributes"] == [0, 1, 2, 3]
    assert len(first.get("attributes", [])) < 4


def curves(copy) -> list[dict[str, list[int]]]:
    """Of each start of the training in MLflow, oldest first: the epochs of each network."""
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{copy.path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("fashion-hls").experiment_id
    query = f"attributes.run_name = '{TRAIN}'"
    starts = client.search_runs([experiment], query, order_by=["start_time ASC"])
    found = []
    for start in starts:
        epochs = {}
        for network in ("category", "attributes"):
            points = client.get_metric_history(start.info.run_id, f"{network}/loss")
            if points:
                epochs[network] = [point.step for point in points]
        found.append(epochs)
    return found
