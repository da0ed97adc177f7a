"""Photos read ahead by threads while the networks work."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from fashion_hls.errors import UserError
from fashion_hls.inference.photo import Photo, read_photo


def read_ahead(
    photos: Iterable[Photo], size: int, workers: int
) -> Generator[tuple[Photo, NDArray[np.uint8] | UserError], None, None]:
    """Photos in their order, each with its pixels or why it has none; ``size`` are read ahead."""
    waiting: deque[tuple[Photo, Future[NDArray[np.uint8]]]] = deque()
    left = iter(photos)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="read-photo")
    try:
        while True:
            for photo in islice(left, size - len(waiting)):
                waiting.append((photo, pool.submit(read_photo, photo)))
            if not waiting:
                break
            photo, reading = waiting.popleft()
            yield photo, _outcome(reading)
            # A future holds what it read.
            del reading
    finally:
        pool.shutdown(cancel_futures=True)


def _outcome(reading: Future[NDArray[np.uint8]]) -> NDArray[np.uint8] | UserError:
    try:
        return reading.result()
    except UserError as error:
        return error
