"""Run a training stage in this process, or in those that a launcher starts.

``FASHION_HLS_LAUNCH`` holds the launcher, such as ``torchrun --nproc_per_node 2``; without it
Python runs the stage. dvc.yaml calls this module, as DVC gives a command to the user's own shell,
and shells differ in how they expand a variable into several words.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence

from fashion_hls.errors import UserError

VARIABLE = "FASHION_HLS_LAUNCH"


def command(stage: Sequence[str]) -> list[str]:
    """The words of the command that runs a stage.

    Args:
        stage: its file and arguments.

    Raises:
        UserError: the variable is no command line, or names a program that is not there.
    """
    value = os.environ.get(VARIABLE, "")
    try:
        launcher = shlex.split(value)
    except ValueError as error:
        raise UserError(f"{VARIABLE}={value}: {error}; quote it as in a shell") from error
    if not launcher:
        return [sys.executable, *stage]
    if shutil.which(launcher[0]) is None:
        raise UserError(
            f"{VARIABLE}={value}: {launcher[0]}: not found; use `make`, or activate .venv"
        )
    return [*launcher, *stage]


def main() -> None:
    """Become the stage's process: DVC then watches, and kills, that one."""
    stage = sys.argv[1:]
    if not stage:
        print("usage: python -m fashion_hls.launch STAGE.py [ARGUMENT ...]", file=sys.stderr)
        sys.exit(2)
    try:
        words = command(stage)
    except UserError as error:
        print(f"{stage[0]}: {error}", file=sys.stderr)
        sys.exit(2)
    os.execvp(words[0], words)


if __name__ == "__main__":
    main()
