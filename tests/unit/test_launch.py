import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import fashion_hls
from fashion_hls.errors import UserError
from fashion_hls.launch import VARIABLE, command

STAGE = ["stages/train.py", "stl"]
SOURCE = str(Path(fashion_hls.__file__).parents[1])


@pytest.mark.parametrize(
    ("launcher", "words"),
    [
        (None, [sys.executable]),
        ("  ", [sys.executable]),
        ("env A=1 python", ["env", "A=1", "python"]),
        ("env 'A=two words' python", ["env", "A=two words", "python"]),
    ],
)
def test_the_launchers_words_come_before_the_stages(monkeypatch, launcher, words) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    if launcher is not None:
        monkeypatch.setenv(VARIABLE, launcher)
    assert command(STAGE) == [*words, *STAGE]


@pytest.mark.parametrize("launcher", ["no-such-program -n 2", "env 'A=1"])
def test_a_launcher_that_cannot_be_run_is_named(monkeypatch, launcher) -> None:
    monkeypatch.setenv(VARIABLE, launcher)
    with pytest.raises(UserError, match=VARIABLE):
        command(STAGE)


def launch(tmp_path: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "stage.py"
    script.write_text("import os, sys\nprint(sys.argv[1:], os.environ.get('A'))\nsys.exit(2)\n")
    return subprocess.run(
        [sys.executable, "-m", "fashion_hls.launch", str(script), *arguments],
        env=os.environ | {"PYTHONPATH": SOURCE} | env,
        capture_output=True,
        text=True,
    )


def test_the_stage_runs_with_its_arguments_and_its_status(tmp_path) -> None:
    alone = launch(tmp_path, "stl", "benchmark")
    assert (alone.returncode, alone.stdout) == (2, "['stl', 'benchmark'] None\n")
    launched = launch(tmp_path, "stl", **{VARIABLE: f"env A=b {sys.executable}"})
    assert (launched.returncode, launched.stdout) == (2, "['stl'] b\n")
    wrong = launch(tmp_path, **{VARIABLE: "no-such-program"})
    assert wrong.returncode == 2 and wrong.stderr.count("\n") == 1 and wrong.stdout == ""


def test_exactly_the_stages_that_train_are_launched() -> None:
    stages = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]
    launched = {name for name, stage in stages.items() if "fashion_hls.launch" in stage["cmd"]}
    assert launched == {name for name in stages if name.startswith("train_")}
