"""A bundle in a real store: logged, registered, fetched back by every address."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

import fashion_hls
from fashion_hls.__main__ import main
from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import Bundle, pack
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.serving.publish import log_bundle
from fashion_hls.tracking_models import downloaded, store_address
from fashion_hls.tracking_models import store as use_store

ELSEWHERE = """
import json, sys, mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
print(json.dumps(model.predict(pd.DataFrame({"image": [sys.argv[2]]}), params={"top": 1})))
"""


@pytest.fixture(scope="module")
def published(store, bundle):
    return log_bundle(bundle, register_as="garments", alias="champion")


@pytest.fixture
def client(store):
    return MlflowClient(tracking_uri=f"sqlite:///{store / 'mlflow.db'}")


def test_the_run_tells_what_the_card_tells(published, client, bundle):
    run = client.get_run(published.run_id)
    assert client.get_experiment(run.info.experiment_id).name == "fashion-hls"
    assert run.info.status == "FINISHED"
    assert run.data.params["data.licence"] == "none"
    assert run.data.params["detector.architecture"] == "faster_rcnn"
    assert run.data.metrics == {
        "detector.mAP": 0.5,
        "detector.mAP.low": 0.4,
        "detector.mAP.high": 0.6,
    }
    assert run.data.tags["fashion_hls.bundle_sha256"] == Bundle(bundle).sha256


def test_the_registered_version_has_the_alias_and_the_model_card(published, client):
    version = client.get_model_version_by_alias("garments", "champion")
    assert (str(version.version), version.run_id) == (published.version, published.run_id)
    assert version.description == "# tiny\nA card.\n"
    assert version.tags["methods"] == "stl, mtl_rnn_va"


def test_every_address_gives_the_bundle(published, bundle):
    addresses = [
        "models:/garments@champion",
        f"models:/garments/{published.version}",
        f"runs:/{published.run_id}",
        f"runs:/{published.run_id}/pipeline",
    ]
    assert published.address == addresses[0]
    for address in addresses:
        assert downloaded(address).read_bytes() == bundle.read_bytes(), address


def test_what_mlflow_keeps_has_no_index_and_no_pickle(published, store):
    kept = [path for path in store.joinpath("mlruns").rglob("*") if path.is_file()]
    assert not [path for path in kept if path.suffix == ".pkl"]
    (requirements,) = (path for path in kept if path.name == "requirements.txt")
    assert requirements.read_text().startswith(f"fashion-hls=={fashion_hls.__version__}\n")
    for path in kept:
        if path.name in ("requirements.txt", "conda.yaml", "python_env.yaml"):
            assert "://" not in path.read_text() and "index" not in path.read_text()


@pytest.mark.slow
def test_mlflow_loads_it_in_another_process(published, store, photo, letters, pipeline):
    env = os.environ | {"PYTHONPATH": str(Path(fashion_hls.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, published.address, letters],
        cwd=store, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout.splitlines()[-1]) == [pipeline(photo, top=1).to_dict()]


def test_a_second_version_takes_the_alias(published, bundle, client, store, capsys):
    main(["publish", str(bundle), "--name", "garments", "--alias", "champion"])
    told = capsys.readouterr()
    version = client.get_model_version_by_alias("garments", "champion")
    assert int(version.version) == int(published.version) + 1
    assert "models:/garments@champion" in told.out and "mlflow models serve -m" in told.out
    assert told.err == ""


def test_pipelines_load_from_the_registry(published, photo, pipeline):
    assert Pipeline.load("models:/garments@champion")(photo) == pipeline(photo)


def test_the_callers_store_is_put_back_also_after_an_error(monkeypatch):
    import mlflow

    for before in ("sqlite:///before.db", None):
        if before is None:
            monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
        else:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", before)
        with pytest.raises(KeyError), use_store("sqlite:///during.db"):
            assert mlflow.get_tracking_uri() == mlflow.get_registry_uri() == "sqlite:///during.db"
            raise KeyError
        assert os.environ.get("MLFLOW_TRACKING_URI") == before
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///after.db")
    assert mlflow.get_tracking_uri() == store_address() == "sqlite:///after.db"


def test_a_run_without_a_bundle_says_so(store, published, client):
    experiment = client.get_experiment_by_name("fashion-hls").experiment_id
    empty = client.create_run(experiment).info.run_id
    with pytest.raises(UserError, match=r"has no bundle .*fashion-hls publish"):
        downloaded(f"runs:/{empty}")


def test_a_bundle_among_a_runs_artifacts_is_found_and_two_are_not_guessed(
    store, published, client, bundle, tmp_path
):
    experiment = client.get_experiment_by_name("fashion-hls").experiment_id
    run = client.create_run(experiment).info.run_id
    client.log_artifact(run, str(bundle), "models/best")
    assert downloaded(f"runs:/{run}").read_bytes() == bundle.read_bytes()
    other = tmp_path / "other.fhls"
    other.write_bytes(b"other")
    client.log_artifact(run, str(other))
    with pytest.raises(UserError, match=r"holds 2 bundles, not one .*runs:/ID/PATH"):
        downloaded(f"runs:/{run}")
    assert downloaded(f"runs:/{run}/other.fhls").read_bytes() == b"other"


@pytest.mark.parametrize("address", ["models:/nobody@champion", "runs:/0123456789abcdef", "runs:/"])
def test_what_is_not_there_is_told_in_a_line(published, address):
    with pytest.raises(UserError, match="cannot be fetched") as told:
        downloaded(address)
    assert "\n" not in str(told.value)


def test_no_store_is_made_by_looking(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match="no MLflow store"):
        downloaded("models:/garments@champion")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_is_not_there_is_told_without_its_password(bundle, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://user:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for ask in (lambda: downloaded("models:/garments@champion"), lambda: log_bundle(bundle)):
        with pytest.raises(UserError, match=r"\*\*\*@127") as told:
            ask()
        assert "secret" not in str(told.value)


def test_a_card_with_more_parameters_than_mlflow_takes_at_a_time(store, bundle, client, tmp_path):
    opened = Bundle(bundle)
    told = {key: value for key, value in opened.card.items() if key not in ("format", "version")}
    files = {name: opened.read(name) for name in told.pop("files")}
    notes = {f"note{number:03d}": number for number in range(250)}
    path = tmp_path / "long.fhls"
    path.write_bytes(pack({**told, "data": told["data"] | notes}, files))
    params = client.get_run(log_bundle(path).run_id).data.params
    assert {name: params[f"data.{name}"] for name in notes} == {n: str(v) for n, v in notes.items()}


def test_a_bundle_that_is_not_there_is_told_so(store, tmp_path):
    with pytest.raises(UserError, match=r"gone\.fhls: not found"):
        log_bundle(tmp_path / "gone.fhls")


def test_a_damaged_bundle_is_not_published(store, bundle, client, tmp_path):
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 1
    path = tmp_path / "damaged.fhls"
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged"):
        log_bundle(path, register_as="damaged")
    assert not client.search_registered_models("name = 'damaged'")
    with pytest.raises(UserError, match="is a folder"):
        log_bundle(tmp_path)


@pytest.mark.parametrize(
    ("name", "alias", "told"),
    [
        ("a/b", "champion", "--name 'a/b': cannot be"),
        (" ", "champion", "--name ' ': cannot be"),
        ("g", "two words", "--alias 'two words': cannot be"),
        ("g", "v2", "--alias 'v2': cannot be"),
        ("g", "latest", "--alias 'latest': cannot be"),
    ],
)
def test_names_that_mlflow_refuses_leave_nothing(published, bundle, client, name, alias, told):
    """Neither a run nor a version that only lacks its alias."""

    def recorded():
        experiments = [one.experiment_id for one in client.search_experiments()]
        return len(client.search_runs(experiments)), len(client.search_model_versions())

    before = recorded()
    with pytest.raises(UserError, match=re.escape(told)):
        log_bundle(bundle, register_as=name, alias=alias)
    assert recorded() == before
