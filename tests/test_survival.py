"""Stages killed at several moments, and a clone that gets everything from a remote."""

import os
import shutil
import signal
import sys
import time
from pathlib import Path

import psutil
import pytest
import yaml

pytestmark = pytest.mark.slow

STAGES = [
    "download",
    "prepare_detection",
    "prepare_benchmark",
    "train_detector@faster_rcnn",
    "evaluate_detector@faster_rcnn",
    "retain_crops",
    "train_classifier@stl_hls",
    "train_classifier@mtl_rnn_va",
    "prepare_catalogue@catalogue",
    "train_set_types@catalogue",
    "transfer_set_detector@catalogue-faster_rcnn",
    "evaluate_classifier@stl_hls",
    "evaluate_baselines",
    "tables",
    "report",
]
#: Shares of the undisturbed time at which a run is killed.
MOMENTS = (0.35, 0.6, 0.85)


def outputs(workspace, stage: str) -> dict[str, bytes]:
    """What a stage has written, by path."""
    lock = yaml.safe_load((workspace.path / "dvc.lock").read_text())["stages"][stage]
    found = {}
    for out in lock["outs"]:
        place = workspace.path / out["path"]
        files = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
        found |= {str(file.relative_to(workspace.path)): file.read_bytes() for file in files}
    return found


def kill(process, *, with_dvc: bool) -> None:
    """Kill what DVC started, and DVC itself if asked; wait until it is gone."""
    if with_dvc:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        try:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
        except psutil.NoSuchProcess:
            pass
    process.communicate()


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_killed_at_any_moment_ends_as_an_undisturbed_one(copy, ran, stage) -> None:
    shutil.rmtree(copy.path / ".dvc/cache/runs")
    before = outputs(copy, stage)
    assert before
    again = ("dvc", "repro", "--force", "--single-item", stage)
    started = time.monotonic()
    assert ran(copy.run(*again)) == {stage}
    whole = time.monotonic() - started
    assert outputs(copy, stage) == before
    for number, share in enumerate(MOMENTS):
        process = copy.start(*again)
        time.sleep(share * whole)
        kill(process, with_dvc=number % 2 == 0)
        copy.run(sys.executable, "-m", "fashion_hls.lockfile", PYTHONPATH="src")
        copy.run("dvc", "repro", "--single-item", stage)
        assert outputs(copy, stage) == before, f"killed after {share} of {whole:.1f} s"
        # A checkpoint's .part is never loaded; the next save or `make clean` replaces it.
        left = [p for p in copy.path.glob("**/*.part") if ".checkpoints" not in p.parts]
        assert left == [], "a half-written file was left"
    assert yaml.safe_load(copy.run("dvc", "status", "--json")) == {}


def test_a_clone_gets_everything_from_a_remote_without_training(copy, tmp_path, ran) -> None:
    remote = tmp_path / "remote"
    copy.run("dvc", "remote", "add", "--default", "store", str(remote))
    copy.commit()
    copy.run("dvc", "push")
    clone = type(copy)(tmp_path / "clone", copy.env)
    copy.run("git", "clone", "-q", str(copy.path), str(clone.path))
    clone.run("dvc", "pull")
    assert yaml.safe_load(clone.run("dvc", "status", "--json")) == {}
    assert ran(clone.run("dvc", "repro")) == set()
    for stage in STAGES:
        assert outputs(clone, stage) == outputs(copy, stage)
    assert not Path(clone.path / "mlflow.db").exists()
