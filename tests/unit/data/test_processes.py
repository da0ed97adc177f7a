import os
from collections.abc import Callable, Sequence

import pytest

from fashion_hls.data.processes import Problems, in_processes, usable_cores
from fashion_hls.data.quality import Quality

ITEMS = [str(number) for number in range(1500)]


def lengths() -> Callable[[Sequence[str]], list[tuple[str, int]]]:
    return lambda piece: [(item, os.getpid()) for item in piece]


def failing() -> Callable[[Sequence[str]], None]:
    def fail(piece: Sequence[str]) -> None:
        raise ValueError(piece[0])

    return fail


@pytest.mark.parametrize("workers", [None, 1, 3])
def test_results_come_in_order_whatever_the_processes(workers: int | None) -> None:
    found = [row for rows in in_processes(lengths, ITEMS, workers=workers) for row in rows]
    assert [item for item, _ in found] == ITEMS


def test_one_worker_is_this_process() -> None:
    rows = [row for rows in in_processes(lengths, ITEMS, workers=1) for row in rows]
    assert {process for _, process in rows} == {os.getpid()}


def test_several_workers_are_others() -> None:
    rows = [row for rows in in_processes(lengths, ITEMS, workers=2) for row in rows]
    assert os.getpid() not in {process for _, process in rows}


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_comes_through(workers: int) -> None:
    with pytest.raises(ValueError, match="0"):
        list(in_processes(failing, ITEMS, workers=workers))


def test_no_items_are_no_results() -> None:
    assert list(in_processes(lengths, [])) == []


def test_there_is_a_core() -> None:
    assert usable_cores() >= 1


def test_problems_kept_and_counted_again_are_the_same() -> None:
    problems, again = Problems(), Quality()
    for number in range(30):
        problems.add("image.missing", str(number))
    problems.add("box.clipped", "x", 3)
    for problem in problems.found:
        again.add(*problem)
    assert again.to_dict() == problems.to_dict()
    assert again.count("image.missing") == 30
