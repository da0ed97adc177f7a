import sys
from pathlib import Path

import pytest

from fashion_hls import experiment, places
from fashion_hls.errors import UserError

FOLDERS = ("clothing-co-parsing", "fashion-product-images")


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What would have been run; nothing is."""
    called: list[tuple[str, ...]] = []
    monkeypatch.setattr(experiment, "_call", lambda *command: called.append(command))
    monkeypatch.setattr(
        experiment.subprocess, "run", lambda *_, **__: pytest.fail("a command was run")
    )
    return called


def test_data_that_is_nowhere_ends_in_one_line_before_anything_runs(monkeypatch, commands) -> None:
    monkeypatch.delenv(places.DATA_VARIABLE, raising=False)
    with pytest.raises(UserError, match="FASHION_HLS_DATA: not set"):
        experiment.run_profile("open", [])
    assert commands == []


@pytest.mark.parametrize("present", [(), FOLDERS[:1], FOLDERS[1:]])
def test_a_dataset_that_is_missing_is_named_before_anything_runs(
    monkeypatch, tmp_path: Path, commands, present: tuple[str, ...]
) -> None:
    monkeypatch.setenv(places.DATA_VARIABLE, str(tmp_path))
    for name in present:
        (tmp_path / name).mkdir()
    (missing, *_) = [name for name in FOLDERS if name not in present]
    with pytest.raises(UserError, match=f"{missing}: not found .*README") as error:
        experiment.run_profile("open", [])
    assert commands == [] and "\n" not in str(error.value)


def test_a_wrong_override_ends_in_one_line_before_anything_runs(commands) -> None:
    with pytest.raises(UserError, match="conf: threads"):
        experiment.run_profile("open", ["threads=0"])
    assert commands == []


@pytest.mark.xfail(
    strict=True, reason="experiment.run_profile: hydra's MissingConfigException is no UserError"
)
def test_a_profile_that_is_none_ends_in_one_line(commands) -> None:
    with pytest.raises(UserError):
        experiment.run_profile("no_such_profile", [])
    assert commands == []


def test_the_command_wants_a_profile(monkeypatch, capsys, commands) -> None:
    monkeypatch.setattr(sys, "argv", ["experiment"])
    with pytest.raises(SystemExit) as end:
        experiment.main()
    assert end.value.code == 2 and "profile" in capsys.readouterr().err
    assert commands == []


def test_the_command_prints_one_line_and_no_traceback(monkeypatch, capsys, commands) -> None:
    monkeypatch.delenv(places.DATA_VARIABLE, raising=False)
    monkeypatch.setattr(sys, "argv", ["experiment", "open"])
    with pytest.raises(SystemExit) as end:
        experiment.main()
    err = capsys.readouterr().err
    assert end.value.code == 2 and err.startswith("open: FASHION_HLS_DATA") and err.count("\n") == 1


def test_what_is_run_leaves_the_workspace_as_it_is(monkeypatch, tmp_path: Path, commands) -> None:
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    monkeypatch.setenv(places.DATA_VARIABLE, str(tmp_path))
    monkeypatch.setattr(experiment, "_experiment_ref", lambda name: f"refs/exps/ab/cd/{name}")
    experiment.run_profile("open", ["seed=3"])
    run, checkout, get = commands
    assert run[:4] == ("dvc", "exp", "run", "--temp")
    settings = [run[i + 1] for i, part in enumerate(run) if part == "-S"]
    assert settings == ["dataset=open", "budget=open", "seed=3"]
    assert checkout == ("git", "checkout", "refs/exps/ab/cd/open", "--", "metrics/open")
    assert "reports/open" in get and "refs/exps/ab/cd/open" in get
