"""One function over many items in several processes; results come in the items' order."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from typing import Any, Final, TypeVar

from tqdm import tqdm

from fashion_hls.data.quality import Quality

Result = TypeVar("Result")

#: Items of a piece, and items below which starting processes costs more than it gains.
_PIECE: Final = 64
_LEAST: Final = 1000
_PR_SET_PDEATHSIG: Final = 1

# A worker's own function; it is made there, as open archives do not survive a fork.
_function: Callable[[Sequence[str]], Any] | None = None


def _start(make: Callable[[], Callable[[Sequence[str]], Any]]) -> None:
    global _function
    end_with_parent()
    _function = make()


def end_with_parent() -> None:
    """Have the system end this process when the one that started it is killed (on Linux).

    It waits for work on a pipe that it holds the other end of as well, and would wait for ever.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _call(piece: Sequence[str]) -> Any:
    assert _function is not None
    return _function(piece)


def usable_cores() -> int:
    """The cores that this process may run on."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_processes(
    make: Callable[[], Callable[[Sequence[str]], Result]],
    items: Sequence[str],
    *,
    workers: int | None = None,
    **bar: Any,
) -> Iterator[Result]:
    """The function's result for each piece of the items, in order.

    Args:
        make: called in each process, gives the function; opens files anew.
        items: what the function takes, some at a time.
        workers: how many processes; by default one for each usable core where there are many
            items. On other systems than Linux all runs in this process.
        bar: of tqdm, which counts items.
    """
    pieces = [items[place : place + _PIECE] for place in range(0, len(items), _PIECE)]
    if workers is None:
        workers = usable_cores() if len(items) >= _LEAST else 1
    with ExitStack() as stack:
        if workers > 1 and sys.platform == "linux":
            pool = stack.enter_context(
                ProcessPoolExecutor(
                    workers,
                    mp_context=multiprocessing.get_context("fork"),
                    initializer=_start,
                    initargs=(make,),
                )
            )
            results: Iterator[Result] = pool.map(_call, pieces)
        else:
            results = map(make(), pieces)
        progress = stack.enter_context(tqdm(total=len(items), **bar))
        for piece, result in zip(pieces, results, strict=True):
            progress.update(len(piece))
            yield result


class Problems(Quality):
    """Keeps every problem in order, to be counted in another process."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, int]] = []

    def add(self, kind: str, name: str, count: int = 1) -> None:
        """Count one problem, and keep it."""
        super().add(kind, name, count)
        self.found.append((kind, name, count))
