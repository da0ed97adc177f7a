"""Variables of MATLAB files, read in a process of their own.

scipy's reader trusts what a file says of itself: a damaged one may raise anything, or end the
process that reads it.
"""

from __future__ import annotations

import io
import multiprocessing
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fashion_hls.data.processes import end_with_parent

# Started at the first file, and again after a crash.
_reader: ProcessPoolExecutor | None = None


def read_array(data: bytes, name: str) -> NDArray[Any]:
    """A numeric variable of a .mat file.

    Raises:
        OSError: the file is damaged, or has no such variable.
    """
    array: NDArray[Any] = _read(_array, data, name)
    return array


def read_strings(data: bytes, name: str) -> list[str]:
    """A cell array of strings, row by row; an empty cell is an empty string.

    Raises:
        OSError: the file is damaged, or has no such variable.
    """
    strings: list[str] = _read(_strings, data, name)
    return strings


def _read(function: Callable[[bytes, str], Any], data: bytes, name: str) -> Any:
    global _reader
    if _reader is None:
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        _reader = ProcessPoolExecutor(1, mp_context=context, initializer=end_with_parent)
    try:
        value, error = _reader.submit(_tried, function, data, name).result()
    except BrokenProcessPool as broken:
        _reader = None
        raise OSError("damaged: it ends the process that reads it") from broken
    if error is not None:
        raise OSError(f"damaged: {error}")
    return value


def _tried(function: Callable[[bytes, str], Any], data: bytes, name: str) -> tuple[Any, str | None]:
    """The function's value, or what went wrong, as text: not every error can be sent back."""
    try:
        return function(data, name), None
    # Whatever the damage leads scipy into.
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"[:200]


def _array(data: bytes, name: str) -> NDArray[Any]:
    from scipy.io import loadmat

    array = np.asarray(loadmat(io.BytesIO(data))[name])
    if array.dtype.hasobject:
        raise TypeError("no numbers")
    return array


def _strings(data: bytes, name: str) -> list[str]:
    from scipy.io import loadmat

    cells = loadmat(io.BytesIO(data))[name].ravel()
    return [str(cell[0]) if len(cell) else "" for cell in cells]
