"""Which run a page is of: the record of DVC whose hash of the page's folder is the folder's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fashion_hls.errors import UserError
from fashion_hls.provenance import git
from fashion_hls.record.lock import Stage, digest, other_code, read_lock

LOCK: Final = Path("dvc.lock")
#: What settles how a run goes, beside its data.
_OURS: Final = ("src", "stages", "conf", "dvc.yaml", "params.yaml")


@dataclass(frozen=True, kw_only=True)
class Record:
    """Stages of the run, and what is known of its code.

    ``commit``: empty where Git knows none. ``code``: how the run's code relates to that commit.
    """

    stages: Mapping[str, Stage]
    commit: str
    code: str


def record_of(page: Path, profile: str) -> Record | None:
    """The record that has this page's folder, hash by hash; None where none has it.

    The workspace's ``dvc.lock`` is asked first, then the newest experiment that is named as the
    profile (``make open`` makes one, and its figures are brought home without its lock).

    Args:
        page: the folder that stage ``report`` wrote, within the working directory.
        profile: the run's.
    """
    wanted = digest(page)
    for lock, ref in _locks(profile):
        try:
            stages = read_lock(lock, ref or str(LOCK))
        except UserError:  # cut off by a kill: it records no page
            continue
        if not any(stage.outs.get(page.as_posix()) == wanted for stage in stages.values()):
            continue
        if ref:
            base = git("rev-parse", f"{ref}^")
            return Record(stages=stages, commit=git("rev-parse", ref), code=_experiment(base))
        return Record(stages=stages, commit=git("rev-parse", "HEAD"), code=_workspace(stages))
    return None


def experiment_ref(name: str) -> str | None:
    """The newest experiment of this name, if there is one."""
    listing = git("for-each-ref", "--sort=-committerdate", "--format=%(refname)", "refs/exps")
    return next((ref for ref in listing.split() if ref.endswith(f"/{name}")), None)


def _locks(profile: str) -> Iterator[tuple[str, str]]:
    """Text of each lock file that may be the run's, and its experiment; empty: the workspace."""
    if LOCK.is_file():
        yield LOCK.read_text(encoding="utf-8"), ""
    if (ref := experiment_ref(profile)) is not None:
        yield git("show", f"{ref}:{LOCK}"), ref


def _experiment(base: str) -> str:
    return f"The commit is that of the experiment, made by DVC from {base} and what lay beside it."


def _workspace(stages: Mapping[str, Stage]) -> str:
    changed = git("status", "--porcelain", "--", *_OURS).splitlines()
    unsaved = f"The workspace differs from it in {len(changed)} files of code or settings. "
    others = other_code(stages, Path())
    held = "Every stage ran with the code that lies in the workspace."
    if others:
        held = f"Ran with other code than lies in the workspace now: {', '.join(others)}."
    return (unsaved if changed else "") + held
