"""A variable of the environment for a while: what libraries and child processes read there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """Set a variable, and leave it as it was before, also after an error.

    The environment is the whole process's: not for use from several threads at once.

    Args:
        name: of the variable.
        value: that it has within.
    """
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
