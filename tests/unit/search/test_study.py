from pathlib import Path

import pytest
from filelock import FileLock

from fashion_hls.errors import UserError
from fashion_hls.search.study import Outcome, best_of, search_on

from .conftest import search_config

OWN = {
    "lr": 0.001, "dropout": 0.3, "batch_size": 4, "trained_from": "conv_head", "optimizer": "adam",
}  # fmt: skip
ELSEWHERE = OWN | {"lr": 5.0}


class Killed(BaseException):
    """Not caught by anybody, as a signal."""


class Landscape:
    """A figure that is known for any setting; may be killed, fail, or be judged early."""

    def __init__(self, kill_at: int | None = None, fails: bool = False) -> None:
        self.seen: list[tuple[int, dict]] = []
        self.kill_at, self.fails = kill_at, fails

    def __call__(self, number, params, judge) -> Outcome:
        if number == self.kill_at:
            self.kill_at = None
            judge(0.1, 0)
            raise Killed
        self.seen.append((number, params))
        if self.fails:
            return Outcome("failed", None, 0, "the loss is not finite")
        figure = 1 / (1 + abs(params["lr"] - 0.01) + params["dropout"])
        judge(figure, 0)
        return Outcome("complete", figure, 1)


def run(folder: Path, landscape: Landscape, own: dict = ELSEWHERE, **changed: object):
    return search_on(folder, search_config(**{"trials": 6, **changed}), own, landscape)


def test_the_same_seed_gives_the_same_trials_and_another_does_not(tmp_path: Path) -> None:
    first, second = (run(tmp_path / name, Landscape()) for name in "ab")
    assert first == second and len(first) == 6
    other = run(tmp_path / "c", Landscape(), seed=1)
    assert [one.params for one in other] != [one.params for one in first]


@pytest.mark.parametrize("kill_at", [0, 1, 2, 5])
@pytest.mark.parametrize("own", [OWN, ELSEWHERE])
def test_a_killed_search_goes_on_as_if_undisturbed(tmp_path: Path, kill_at: int, own) -> None:
    whole = run(tmp_path / "whole", Landscape(), own)
    landscape = Landscape(kill_at=kill_at)
    with pytest.raises(Killed):
        run(tmp_path / "killed", landscape, own)
    assert [number for number, _ in landscape.seen] == list(range(kill_at))
    assert run(tmp_path / "killed", landscape, own) == whole
    assert [number for number, _ in landscape.seen] == list(range(6)), "none was trained twice"
    assert best_of(whole) == max(whole, key=lambda one: one.outcome.figure)


def test_more_trials_go_on_and_fewer_show_no_more_than_asked_for(tmp_path: Path) -> None:
    landscape = Landscape()
    few = run(tmp_path, landscape, trials=2)
    more = run(tmp_path, landscape, trials=6)
    assert more[:2] == few and len(landscape.seen) == 6
    assert more == run(tmp_path / "whole", Landscape())
    assert run(tmp_path, landscape, trials=2) == few and len(landscape.seen) == 6


def test_the_first_trial_is_the_run_s_own_where_the_space_has_it(tmp_path: Path) -> None:
    assert run(tmp_path / "a", Landscape(), OWN, trials=1)[0].params == OWN
    assert run(tmp_path / "b", Landscape(), ELSEWHERE, trials=1)[0].params["lr"] <= 0.1


def test_failed_trials_are_counted_with_their_error_and_none_is_the_best(tmp_path: Path) -> None:
    tried = run(tmp_path, Landscape(fails=True), trials=2)
    assert [one.outcome for one in tried] == [
        Outcome("failed", None, 0, "the loss is not finite")
    ] * 2
    assert best_of(tried) is None


def test_the_median_ends_a_trial_that_lies_below_it(tmp_path: Path) -> None:
    import optuna

    def train(number, params, judge) -> Outcome:
        figure = 0.9 - 0.1 * number
        try:
            for step in range(3):
                judge(figure, step)
        except optuna.TrialPruned:
            return Outcome("pruned", figure, step + 1)
        return Outcome("complete", figure, 3)

    pruning = {"startup_trials": 2, "warmup_epochs": 1}
    tried = search_on(tmp_path, search_config(trials=4, pruning=pruning), ELSEWHERE, train)
    states = [(one.outcome.state, one.outcome.epochs) for one in tried]
    assert states == [("complete", 3)] * 2 + [("pruned", 2)] * 2
    assert [round(one.outcome.figure, 6) for one in tried] == [0.9, 0.8, 0.7, 0.6]


def test_two_processes_do_not_share_a_search(tmp_path: Path) -> None:
    with FileLock(tmp_path / "lock"), pytest.raises(UserError, match="another process"):
        run(tmp_path, Landscape())
