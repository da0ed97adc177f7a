"""Whether a folder is a clone of the project, which the pipeline's commands need.

An installed package has neither ``conf/`` nor ``stages/``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fashion_hls.errors import UserError

REPOSITORY: Final = ("conf", "stages", "dvc.yaml")


def is_workspace(folder: Path) -> bool:
    """Whether the pipeline's files are there."""
    return all((folder / name).exists() for name in REPOSITORY)


def require_workspace(what: str, needed: tuple[str, ...] = REPOSITORY) -> None:
    """See that the command runs in a clone.

    Args:
        what: what was asked for, as the message calls it.
        needed: what of a clone it uses.

    Raises:
        UserError: the current folder lacks some of it.
    """
    lacking = [name for name in needed if not Path(name).exists()]
    if lacking:
        raise UserError(
            f"{what} needs a clone of the project, and {Path.cwd()} is none: it lacks "
            f"{', '.join(lacking)}"
        )
