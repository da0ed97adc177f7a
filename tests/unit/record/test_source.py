import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fashion_hls.record.source import record_of

PAGE = Path("reports/sample")
REF = "refs/exps/12/345/sample"


def git(*arguments: str) -> str:
    who = ("-c", "user.name=somebody", "-c", "user.email=some@body")
    done = subprocess.run(["git", *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def commit(workspace: Path) -> str:
    """The commit of the code, in a repository that leaves the page out."""
    git("init", "-q")
    Path(".gitignore").write_text("/reports/\n")
    git("add", ".gitignore", "stages")
    git("commit", "-q", "-m", "code")
    return git("rev-parse", "HEAD")


def test_the_workspaces_record_is_known_by_the_pages_hash(
    commit: str, recorded: Callable[[], str]
) -> None:
    recorded()
    found = record_of(PAGE, "sample")
    assert found is not None and found.commit == commit and "train@b" in found.stages
    assert found.code == "Every stage ran with the code that lies in the workspace."
    Path("stages/download.py").write_text("print('other')\n")
    found = record_of(PAGE, "sample")
    assert found is not None and found.code == (
        "The workspace differs from it in 1 files of code or settings. "
        "Ran with other code than lies in the workspace now: download."
    )


def test_a_page_that_was_changed_has_no_record(commit: str, recorded: Callable[[], str]) -> None:
    recorded()
    (PAGE / "index.html").write_text("by hand")
    assert record_of(PAGE, "sample") is None


def test_an_experiments_record_is_found_behind_another_lock(
    commit: str, recorded: Callable[[], str]
) -> None:
    recorded()
    git("add", "dvc.lock")
    git("commit", "-q", "-m", "experiment")
    made = git("rev-parse", "HEAD")
    git("update-ref", REF, made)
    git("reset", "-q", "--hard", commit)
    for other in (None, "schema: '2.0'\nstages: {}\n", "schema: '2.0'\nstages: [cut"):
        if other is not None:
            Path("dvc.lock").write_text(other)
        found = record_of(PAGE, "sample")
        assert found is not None and found.commit == made and commit in found.code
    assert record_of(PAGE, "elsewhere") is None


def test_without_git_and_without_a_lock_there_is_no_record(
    workspace: Path, recorded: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(workspace.parent))
    assert record_of(PAGE, "sample") is None
    recorded()
    found = record_of(PAGE, "sample")
    assert found is not None and found.commit == ""
