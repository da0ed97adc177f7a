"""``fashion-hls check``: what it says of sound and of broken things, and what it never says."""

import importlib.metadata
import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

import fashion_hls
from fashion_hls.__main__ import main
from fashion_hls.checkup import datasets, environment, models
from fashion_hls.checkup.runs import check_runs
from fashion_hls.checkup.workspace import check_workspace
from fashion_hls.data.readers import FOLDERS
from fashion_hls.data.sources import SOURCES

from .conftest import NAMES, cut, levels, model

ROOT = Path(fashion_hls.__file__).parents[2]


# ---- the machine


def test_the_environment_of_the_tests_has_no_problem(tmp_path: Path) -> None:
    found = list(environment.check_environment(tmp_path))
    assert "problem" not in levels(found), found
    told = "\n".join(one.what for one in found)
    for name in ("torch", "mlflow"):
        assert f"{name} {importlib.metadata.version(name)}" in told


def test_the_requirements_are_those_of_the_project() -> None:
    lines = environment.requirements()
    assert any(line.startswith("torch==") for line in lines)
    assert any(line.startswith("gradio") and 'extra == "app"' in line for line in lines)


@pytest.mark.parametrize(
    ("line", "level", "told"),
    [
        ("nosuchlibrary>=1", "problem", "nosuchlibrary is missing"),
        ("numpy>=99", "problem", ">=99 is needed"),
        ('nosuchlibrary; extra == "docs"', "note", "the documentation's pages"),
        ('gradio>=99; extra == "app"', "note", "not usable: the web page (gradio"),
        ('onnxruntime>=99; extra == "app"', "note", "not usable: prediction without torch"),
    ],
)
def test_a_library_that_does_not_fit_is_told(line, level, told, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(environment, "requirements", lambda: ["numpy", line])
    found = [one for one in environment.check_environment(tmp_path) if told in one.what]
    assert levels(found) == [level] and found[0].remedy


@pytest.mark.parametrize(("free", "level"), [(2**40, "ok"), (2**31, "note"), (2**20, "problem")])
def test_little_room_on_the_disk_is_told(free, level, tmp_path, monkeypatch) -> None:
    usage = type("usage", (), {"free": free})
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda _: usage)
    disk = [one for one in environment.check_environment(tmp_path) if one.what.startswith("disk")]
    assert levels(disk) == [level]


def test_a_gpu_that_torch_cannot_use_is_told(tmp_path: Path, monkeypatch) -> None:
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho 'NVIDIA H100'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    for version, level in (("2.15.0+cpu", "note"), ("2.15.0+cu132", "ok")):
        monkeypatch.setattr(environment, "_version", lambda _, told=version: told)
        (gpu,) = [one for one in environment.check_environment(tmp_path) if "GPU" in one.what]
        assert gpu.level == level and "NVIDIA H100" in gpu.what


# ---- data


def test_the_folders_are_those_of_the_readers() -> None:
    assert datasets.FOLDERS == FOLDERS


def test_profiles_are_told_as_whole_half_there_or_not_there(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("FASHION_HLS_DATA", str(tmp_path))
    for names in SOURCES["ccp"].needed:
        (tmp_path / "clothing-co-parsing" / names[0]).mkdir(parents=True)
    (tmp_path / "fashion-product-images" / "images").mkdir(parents=True)
    for name in ("taxonomy.csv", "products.csv", "boxes.csv", "images"):
        (tmp_path / "catalogue").mkdir(exist_ok=True)
        (tmp_path / "catalogue" / name).write_text("something")
    found = {one.what.split(":")[0]: one for one in datasets.check_data(ROOT)}
    assert found["profile catalogue"].level == "ok"
    assert found["profile open"].level == "problem" and "styles.csv" in found["profile open"].what
    assert found["profile deepfashion"].level == "note"
    assert "profile sample" not in found


def test_data_without_a_clone_and_without_the_variable(tmp_path: Path, monkeypatch) -> None:
    assert levels(datasets.check_data(tmp_path)) == ["note"]
    monkeypatch.setenv("FASHION_HLS_DATA", str(tmp_path / "gone"))
    assert levels(datasets.check_data(tmp_path)) == ["problem"]
    monkeypatch.setenv("FASHION_HLS_DATA", str(tmp_path))
    assert levels(datasets.check_data(tmp_path)) == ["ok", *["note"] * len(FOLDERS)]


# ---- workspace


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    for name in ("conf", "stages"):
        (tmp_path / name).mkdir()
    for name in ("dvc.yaml", "params.yaml", "dvc.lock"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    return tmp_path


def test_a_clone_is_sound(clone: Path) -> None:
    cache = clone / ".dvc" / "elsewhere" / "files"
    cache.mkdir(parents=True)
    (cache / "blob").write_bytes(bytes(3 * 2**20))
    (clone / ".dvc" / "config").write_text("[cache]\n    dir = elsewhere\n")
    found = list(check_workspace(clone, pipeline=False))
    assert levels(found) == ["ok"] * 3
    assert "profile sample" in found[0].what and "3 MiB" in found[2].what


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("params.yaml", "seed: [", "params.yaml"),
        ("params.yaml", "seed: 1", "params.yaml"),
        ("dvc.lock", "stages:\n  a: {", "cannot be read"),
        ("dvc.lock", "<<<<<<< HEAD\nstages: {}\n=======", "cannot be read"),
        ("dvc.lock", "7", "names no stages"),
        ("dvc.lock", "stages:\n  download:\n    cmd: a\n  tables:\n", "cut off at tables"),
    ],
)
def test_a_broken_file_of_the_clone_is_a_problem(clone, name, content, told) -> None:
    (clone / name).write_text(content)
    (broken,) = [one for one in check_workspace(clone, pipeline=False) if one.level == "problem"]
    assert told in broken.what and broken.remedy and "\n" not in broken.what


def test_elsewhere_the_pipeline_needs_a_clone(tmp_path: Path) -> None:
    (found,) = check_workspace(tmp_path, pipeline=True)
    assert found.level == "note" and "no clone" in found.what


def test_dvc_is_asked_only_on_demand(clone: Path) -> None:
    found = list(check_workspace(clone, pipeline=True))
    # No DVC repository: dvc says so.
    assert found[-1].level == "problem" and found[-1].what.startswith("dvc status")


# ---- runs


def store(path: Path) -> Path:
    opened = sqlite3.connect(path)
    opened.execute("CREATE TABLE runs (run_uuid TEXT)")
    opened.execute("INSERT INTO runs VALUES ('a')")
    opened.commit()
    opened.close()
    return path


def test_a_database_is_counted_and_none_is_made(tmp_path: Path, monkeypatch) -> None:
    (found,) = check_runs(tmp_path, network=False)
    assert found.level == "ok" and not list(tmp_path.iterdir())
    store(tmp_path / "mlflow.db")
    assert "1 runs" in next(check_runs(tmp_path, network=False)).what
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{store(tmp_path / 'with space.db')}")
    assert "with space.db: 1 runs" in next(check_runs(tmp_path, network=False)).what
    (tmp_path / "mlflow.db").write_text("no database at all" * 100)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert levels(check_runs(tmp_path, network=False)) == ["problem"]


@pytest.mark.parametrize(
    ("address", "network", "level"),
    [
        ("http://me:hunter2@127.0.0.1:9/runs?token=hunter2", False, "note"),
        ("http://me:hunter2@127.0.0.1:9/runs?token=hunter2", True, "problem"),
        ("postgresql://me:hunter2@127.0.0.1/runs", True, "note"),
        ("file:///home/me", False, "problem"),
        ("http://[me:hunter2@127.0.0.1", True, "problem"),
    ],
)
def test_a_store_is_told_without_credentials(
    address, network, level, tmp_path, monkeypatch, capfd
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    (found,) = check_runs(tmp_path, network=network)
    shown = capfd.readouterr()
    assert (found.level == level and found.remedy) or level == "note"
    assert "hunter2" not in str(found) + shown.out + shown.err


def test_a_server_that_answers(tmp_path: Path, monkeypatch) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert "Authorization" not in self.headers
            self.send_response(200 if self.path == "/health" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        for path, level in (("", "ok"), ("/other", "problem")):
            address = f"http://me:hunter2@127.0.0.1:{server.server_port}{path}"
            monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
            assert levels(check_runs(tmp_path, network=True)) == [level]
    finally:
        server.shutdown()
        server.server_close()


def test_the_switch_is_told(tmp_path: Path, monkeypatch) -> None:
    for value, level in (("off", "note"), ("perhaps", "problem")):
        monkeypatch.setenv("FASHION_HLS_TRACKING", value)
        assert levels(check_runs(tmp_path, network=False)) == [level, "ok"]


# ---- the command


def test_the_command_ends_with_1_where_something_is_broken(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    main(["check", "--json"])
    sound = json.loads(capsys.readouterr().out)
    assert sound["problems"] == 0 and sound["findings"]
    cut(model(tmp_path) / "model.safetensors")
    with pytest.raises(SystemExit) as ended:
        main(["check"])
    shown = capsys.readouterr().out
    assert ended.value.code == 1 and "problem  classifier/stl" in shown
    assert shown.rstrip().splitlines()[-1].startswith("problems: 1 ")


def test_the_packages_own_bundle_is_looked_at(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    main(["check"])
    assert "the package's own bundle open (format version 1): " in capsys.readouterr().out
    damaged = tmp_path / "open.fhls"
    damaged.write_bytes(b"cut off")
    monkeypatch.setattr(models, "PACKAGED", damaged)
    with pytest.raises(SystemExit):
        main(["check"])
    assert f"problem  {damaged}: is no bundle" in capsys.readouterr().out
    damaged.unlink()
    assert levels(models.check_packaged()) == ["note"]


def test_it_imports_nothing_heavy_and_is_quick(tmp_path: Path) -> None:
    code = (
        "import sys; from fashion_hls.__main__ import main\n"
        "main(['check'])\n"
        "heavy = {'torch', 'mlflow', 'pandas', 'gradio', 'cv2', 'dvc'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    clean = {name: value for name, value in os.environ.items() if name not in NAMES}
    env = clean | {"PYTHONPATH": str(ROOT / "src")}
    started = time.monotonic()
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, check=True)
    # 0.3 s on a quiet machine; torch alone would take longer than this on any.
    assert time.monotonic() - started < 10
