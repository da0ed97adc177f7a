import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from fashion_hls import experiment, places
from fashion_hls.data.sources import SOURCES
from fashion_hls.errors import UserError

#: Folder -> its name among the sources.
READERS = {"clothing-co-parsing": "ccp", "fashion-product-images": "fpi"}
FOLDERS = tuple(READERS)


def put(root: Path, folder: str) -> None:
    """A dataset's folder with a file under each name that is needed."""
    for first, *_ in SOURCES[READERS[folder]].needed:
        (root / folder / first).parent.mkdir(parents=True, exist_ok=True)
        (root / folder / first).write_text("something")


REF = "refs/exps/ab/cd/open"


class Git:
    """Stands in for Git, and fails the test where anything else is run."""

    def __init__(self) -> None:
        self.unsaved, self.refs = "", ""

    def __call__(self, command: list[str], **_: object) -> SimpleNamespace:
        answers = {"status": self.unsaved, "for-each-ref": self.refs}
        if command[0] != "git" or command[1] not in answers:
            pytest.fail(f"{command} was run")
        return SimpleNamespace(stdout=answers[command[1]], returncode=0)


@pytest.fixture(autouse=True)
def git(monkeypatch: pytest.MonkeyPatch) -> Git:
    stand_in = Git()
    monkeypatch.setattr(experiment.subprocess, "run", stand_in)
    # Figures of the last run are removed before the new ones come: not those of this checkout.
    monkeypatch.setattr(experiment.shutil, "rmtree", lambda *_, **__: None)
    return stand_in


@pytest.fixture(autouse=True)
def commands(monkeypatch: pytest.MonkeyPatch, git: Git) -> list[tuple[str, ...]]:
    """What would have been run; nothing is."""
    called: list[tuple[str, ...]] = []

    def record(*command: str) -> None:
        called.append(command)
        if command[:3] == ("dvc", "exp", "run"):
            git.refs = f"{REF}\nrefs/exps/ab/cd/other\n"

    monkeypatch.setattr(experiment, "_call", record)
    return called


@pytest.fixture
def photos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in FOLDERS:
        put(tmp_path, name)
    monkeypatch.setenv(places.DATA_VARIABLE, str(tmp_path))


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
        put(tmp_path, name)
    (missing, *_) = [name for name in FOLDERS if name not in present]
    with pytest.raises(UserError, match=f"{missing}: not found; ") as error:
        experiment.run_profile("open", [])
    assert commands == [] and "\n" not in str(error.value)


def test_a_wrong_override_ends_in_one_line_before_anything_runs(commands) -> None:
    with pytest.raises(UserError, match="conf: threads"):
        experiment.run_profile("open", ["threads=0"])
    assert commands == []


def test_a_profile_that_is_none_ends_in_one_line(commands) -> None:
    with pytest.raises(UserError, match="no_such_profile") as error:
        experiment.run_profile("no_such_profile", [])
    assert commands == [] and "\n" not in str(error.value)


def test_the_sample_is_no_other_profile(commands) -> None:
    with pytest.raises(UserError, match="make repro"):
        experiment.run_profile("sample", [])
    assert commands == []


def test_figures_that_are_not_committed_are_not_replaced(photos, git: Git, commands) -> None:
    git.unsaved = " M metrics/open/retention.json\n"
    with pytest.raises(UserError, match="metrics/open: has changes that are not committed"):
        experiment.run_profile("open", [])
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


def test_what_is_run_leaves_the_workspace_as_it_is(photos, commands) -> None:
    experiment.run_profile("open", ["seed=3"])
    run, checkout, get = commands
    assert run[:4] == ("dvc", "exp", "run", "--temp")
    settings = [run[i + 1] for i, part in enumerate(run) if part == "-S"]
    assert settings[:3] == ["dataset=open", "budget=open", "seed=3"]
    (digests,) = settings[3:]
    assert digests.startswith("dataset.data_sha256={") and all(name in digests for name in FOLDERS)
    assert checkout == (
        *("git", "restore", f"--source={REF}", "--worktree", "--"),
        "metrics/open",
    )
    assert "reports/open" in get and REF in get


def test_the_former_experiment_of_the_name_makes_room(photos, git: Git, commands) -> None:
    git.refs = f"{REF}\n"
    experiment.run_profile("open", [])
    assert commands[0][:3] == ("dvc", "exp", "remove") and commands[0][-1] == "open"
    assert commands[1][:3] == ("dvc", "exp", "run")


def test_an_experiment_that_left_nothing_ends_in_one_line(photos, monkeypatch) -> None:
    monkeypatch.setattr(experiment, "_call", lambda *_: None)
    with pytest.raises(UserError, match="no experiment named open"):
        experiment.run_profile("open", [])


def test_other_data_is_another_run_to_dvc(photos, tmp_path: Path, commands) -> None:
    experiment.run_profile("open", [])
    (tmp_path / FOLDERS[0] / "new.txt").write_text("changed")
    experiment.run_profile("open", [])
    first, second = (
        [part for part in command if "data_sha256" in part]
        for command in commands
        if command[:3] == ("dvc", "exp", "run")
    )
    assert first and first != second
