import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import fashion_hls
from fashion_hls import tracking, tracking_store
from fashion_hls.errors import UserError
from fashion_hls.tracking import flatten, track_stage
from fashion_hls.tracking_store import clean_name

SOURCE = str(Path(fashion_hls.__file__).parents[1])
STARTER = """
import sys
from fashion_hls.tracking import track_stage
with track_stage(sys.argv[1], params={"seed": 1}) as run:
    run.metrics({"loss": 1.0}, step=1)
"""
NAMES = (
    "DVC_ROOT", "DVC_EXP_NAME", "FASHION_HLS_RUN_ID", "FASHION_HLS_TRACKING",
    "MLFLOW_TRACKING_URI",
)  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A workspace whose fresh database two processes started on at once."""
    root = tmp_path_factory.mktemp("workspace")
    env = {k: v for k, v in os.environ.items() if k not in NAMES}
    env |= {"DVC_ROOT": str(root), "FASHION_HLS_RUN_ID": "together", "PYTHONPATH": SOURCE}
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, f"stage{i}"],
            env=env, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for i in range(2)
    ]  # fmt: skip
    outputs = [starter.communicate() for starter in starters]
    return root, [starter.returncode for starter in starters], outputs


@pytest.fixture
def root(store, monkeypatch, request):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DVC_ROOT", str(store[0]))
    monkeypatch.setenv("FASHION_HLS_RUN_ID", request.node.name)
    return store[0]


def client(root):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=f"sqlite:///{root / 'mlflow.db'}")


def runs(root, key):
    """The parents with a key, and the children of the first, oldest first."""
    reader = client(root)
    experiment = reader.get_experiment_by_name("fashion-hls").experiment_id
    parents = reader.search_runs([experiment], f"tags.`{tracking_store.KEY_TAG}` = '{key}'")
    query = f"tags.`mlflow.parentRunId` = '{parents[0].info.run_id}'"
    return parents, reader.search_runs([experiment], query, order_by=["start_time ASC"])


def test_several_starters_on_a_fresh_database_share_one_parent(store):
    root, codes, outputs = store
    assert codes == [0, 0], outputs
    assert outputs == [("", "")] * 2, "MLflow's own chatter"
    parents, children = runs(root, "together")
    assert len(parents) == 1 and parents[0].info.status == "FINISHED"
    assert {run.info.run_name for run in children} == {"stage0", "stage1"}
    assert all(run.info.status == "FINISHED" for run in children)


def test_child_records_params_data_and_facts(root, request, tmp_path, monkeypatch):
    # A temporary experiment: another working folder, the main workspace's database.
    monkeypatch.chdir(tmp_path)
    params = {"seed": 7, "train": {"lr": 0.1, "sizes": [1, 2]}, "long": "x" * 9000}
    file = tmp_path / "metrics.json"
    file.write_text(json.dumps({"recall@5": {"all": 0.5, "per": [0.1, 1]}, "split": "test"}))
    with track_stage("train", params=params, data={"crops": "a" * 64}, parent_name="mine") as run:
        run.metrics({"loss": 2.0}, step=0)
        run.metrics({"loss": 1.0}, step=1)
        run.metrics_file(file)
        run.tags({"device": "cpu"})
    parents, (child,) = runs(root, request.node.name)
    assert parents[0].info.run_name == "mine"
    assert child.data.params["train.lr"] == "0.1" and child.data.params["train.sizes"] == "[1, 2]"
    assert child.data.params["data.crops"] == "a" * 16 and len(child.data.params["long"]) == 500
    metrics = child.data.metrics
    assert metrics["recall_at_5.all"] == 0.5 and metrics["recall_at_5.per.1"] == 1
    assert metrics["loss"] == 1.0 and metrics["duration_seconds"] > 0
    history = client(root).get_metric_history(child.info.run_id, "loss")
    assert [(m.step, m.value) for m in history] == [(0, 2.0), (1, 1.0)]
    tags = child.data.tags
    assert tags["seed"] == "7" and tags["device"] == "cpu" and tags["cpu"] and tags["cores"]
    assert tags["mlflow.source.git.commit"] == "none"
    (artifact,) = (root / "mlruns").rglob("metrics.json")
    assert child.info.run_id in artifact.parts
    assert not list(tmp_path.glob("ml*"))


def test_later_stage_joins_the_parent_and_a_rerun_heals_its_status(root, request):
    def status():
        parents, children = runs(root, request.node.name)
        assert len(parents) == 1
        return parents[0].info.status, [run.info.status for run in children]

    with track_stage("a", params={}):
        assert status() == ("RUNNING", ["RUNNING"])
    with pytest.raises(ZeroDivisionError), track_stage("b", params={}):
        raise ZeroDivisionError
    assert status() == ("FAILED", ["FINISHED", "FAILED"])
    with track_stage("b", params={}):
        pass
    assert status() == ("FINISHED", ["FINISHED", "FAILED", "FINISHED"])


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyboardInterrupt(), "KILLED"),
        (SystemExit(2), "FAILED"),
        (SystemExit(0), "FINISHED"),
        (UserError("no data"), "FAILED"),
    ],
)
def test_status_by_exception(root, monkeypatch, error, expected):
    monkeypatch.setenv("FASHION_HLS_RUN_ID", f"ends with {type(error).__name__} {error}")
    with pytest.raises(type(error)), track_stage("a", params={}):
        raise error
    _, (child,) = runs(root, f"ends with {type(error).__name__} {error}")
    assert child.info.status == expected


def test_key_from_experiment_then_from_parameters(root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FASHION_HLS_RUN_ID")
    for text in ("lr: 1", "lr: 2", "lr: 1"):
        Path("params.yaml").write_text(text)
        with track_stage("a", params={}):
            pass
    reader = client(root)
    experiment = reader.get_experiment_by_name("fashion-hls").experiment_id
    latest = reader.search_runs([experiment], f"tags.`{tracking.STAGE_TAG}` = 'a'", max_results=3)
    first, second, third = (run.data.tags["mlflow.parentRunId"] for run in reversed(latest))
    assert first == third != second
    monkeypatch.setenv("DVC_EXP_NAME", "it's-exp")
    with track_stage("a", params={}):
        pass
    assert len(runs(root, "it_s-exp")[1]) == 1


def test_a_store_that_fails_later_warns_once_and_loses_nothing_it_can_send(
    root, request, monkeypatch, capsys
):
    from mlflow import MlflowClient

    working = MlflowClient.log_batch

    def broken(*_args, **_kwargs):
        raise ConnectionError("https://me:hunter2@host/x is gone")

    with track_stage("a", params={}) as run:
        monkeypatch.setattr(MlflowClient, "log_batch", broken)
        run.metrics({"loss": 3.0}, step=0)
        run.metrics({"loss": 2.0}, step=1)
        run.artifact(Path("does-not-exist"))
        monkeypatch.setattr(MlflowClient, "log_batch", working)
    shown = capsys.readouterr()
    assert shown.err.count("warning") == 1 and "ConnectionError" in shown.err
    assert "hunter2" not in shown.err + shown.out
    _, (child,) = runs(root, request.node.name)
    assert child.info.status == "FINISHED"
    assert len(client(root).get_metric_history(child.info.run_id, "loss")) == 2


def test_a_store_that_stays_away_does_not_hide_the_stages_own_error(root, monkeypatch, capsys):
    from mlflow import MlflowClient

    with pytest.raises(ZeroDivisionError), track_stage("a", params={}):
        for name in ("log_batch", "set_terminated"):
            monkeypatch.setattr(MlflowClient, name, lambda *a, **k: 1 / 0)
        raise ZeroDivisionError
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("./mlruns", "folder"),
        ("file:///somewhere", "folder"),
        ("nosuch://host", "cannot open"),
        ("http://me:hunter2@127.0.0.1:9", "cannot open"),
        ("postgresql://me:hunter2@127.0.0.1:9/runs?sslpassword=hunter2", "cannot open"),
        ("sqlite:////dev/null/x.db", "cannot open"),
    ],
)
def test_unusable_store_is_one_line_without_credentials(root, monkeypatch, capfd, uri, expected):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UserError, match=expected) as caught, track_stage("a", params={}):
        pytest.fail("the stage ran")
    shown = capfd.readouterr()
    assert "MLFLOW_TRACKING_URI" in str(caught.value) and "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value) + shown.err + shown.out


def test_deleted_experiment_is_a_user_error(root):
    reader = client(root)
    experiment = reader.get_experiment_by_name("fashion-hls").experiment_id
    reader.delete_experiment(experiment)
    try:
        with pytest.raises(UserError, match="deleted"), track_stage("a", params={}):
            pytest.fail("the stage ran")
    finally:
        reader.restore_experiment(experiment)


def test_off_switch_does_nothing_and_does_not_import_mlflow(tmp_path):
    code = (
        "import sys; from pathlib import Path; from fashion_hls.tracking import track_stage\n"
        "with track_stage('a', params={}) as run:\n"
        "    run.metrics({'x': 1}); run.tags({}); run.artifact(Path('no'))\n"
        "    run.metrics_file(Path('no'))\n"
        "assert 'mlflow' not in sys.modules"
    )
    env = os.environ | {"FASHION_HLS_TRACKING": "off", "PYTHONPATH": SOURCE}
    subprocess.run([sys.executable, "-c", code], env=env, cwd=tmp_path, check=True)
    assert not list(tmp_path.iterdir())


def test_switch_refuses_other_words(root, monkeypatch):
    monkeypatch.setenv("FASHION_HLS_TRACKING", "no")
    with pytest.raises(UserError, match="FASHION_HLS_TRACKING"), track_stage("a", params={}):
        pytest.fail("the stage ran")


def test_flatten():
    nested = {"a": {"b": 1, "c": [1, {"d": 2}]}, "e": None}
    assert flatten(nested) == {"a.b": 1, "a.c": [1, {"d": 2}], "e": None}
    assert flatten(nested, lists=True) == {"a.b": 1, "a.c.0": 1, "a.c.1.d": 2, "e": None}


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("recall@5", "recall_at_5"),
        ("AP50:95 (box)", "AP50_95 _box_"),
        ("upper-body/f1", "upper-body/f1"),
        ("../up", "___up"),
        ("a//b", "a__b"),
        ("/a", "_a"),
        ("..a", "__a"),
        ("a/.", "a__"),
        ("", "_"),
    ],
)
def test_clean_name(name, clean):
    from mlflow.utils.validation import _validate_metric_name

    assert clean_name(name) == clean
    _validate_metric_name(clean)
    assert len(clean_name("n" * 300)) == 250


FULL = """
import resource
from fashion_hls.tracking import track_stage
with track_stage("prepare", params={"seed": 0}) as run:
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    run.tags({"one": "x" * 2000, "two": "y" * 2000})
    run.metrics({"figure": 1.0})
"""


def test_a_store_that_cannot_grow_is_told_in_one_line(tmp_path: Path) -> None:
    """As on a full disk: the stage goes on, and nobody reads SQL."""
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    done = subprocess.run(
        [sys.executable, "-c", FULL],
        cwd=tmp_path,
        env={**clean, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("warning: tracking failed"), done.stderr
