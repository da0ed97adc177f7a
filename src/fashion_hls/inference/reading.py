"""Work that threads do ahead, in the order in which it was asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from fashion_hls.errors import UserError
from fashion_hls.inference.photo import Photo, read_photo

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


class Read(NamedTuple):
    """A photo, and its pixels uint8 [h, w, 3]."""

    photo: Photo
    pixels: NDArray[np.uint8]


class Unread(NamedTuple):
    """A photo that cannot be read, and why."""

    photo: Photo
    error: UserError


def read(photo: Photo) -> Read | Unread:
    """A photo's pixels, or the line that says why there are none."""
    try:
        return Read(photo, read_photo(photo))
    except UserError as error:
        return Unread(photo, error)


def in_order(
    work: Callable[[_Item], _Made], items: Iterable[_Item], *, ahead: int, workers: int, name: str
) -> Generator[_Made, None, None]:
    """What threads make of items, in their order.

    Args:
        work: done by the threads; what it raises is raised in its item's place.
        items: taken one by one, by the caller's thread; what they raise comes after what was begun.
        ahead: so many are begun before the first of them is given out.
        workers: threads.
        name: of the threads.
    """
    waiting: deque[Future[_Made]] = deque()
    left = iter(items)
    pool = ThreadPoolExecutor(workers, thread_name_prefix=name)
    failure: Exception | None = None
    try:
        while True:
            try:
                waiting.extend(pool.submit(work, one) for one in islice(left, ahead - len(waiting)))
            except Exception as error:
                failure, left = error, iter(())
            if not waiting:
                break
            # Named nowhere: a future holds what was made until it is gone itself.
            yield waiting.popleft().result()
        if failure is not None:
            raise failure
    finally:
        pool.shutdown(cancel_futures=True)
