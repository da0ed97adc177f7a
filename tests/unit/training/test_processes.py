"""Two processes on the CPU train as one does; docs/distributed.md says what is not tested."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.unit.training import several

import fashion_hls
from fashion_hls.errors import UserError
from fashion_hls.provenance import launched
from fashion_hls.training.checkpoint import Checkpoints
from fashion_hls.training.processes import share_of, team

SOURCE = Path(fashion_hls.__file__).parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("several")


@pytest.fixture(scope="module")
def two(folder: Path) -> list[dict[str, Any]]:
    """What each of two processes ended with."""
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node=2"]
    done = subprocess.run(
        [*launch, several.__file__, str(folder)],
        env=os.environ | {"PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return [torch.load(folder / f"{index}.pt") for index in range(2)]


def differences(first: dict[str, Any], second: dict[str, Any]) -> float:
    """The largest between two trainings' weights."""
    assert first["weights"].keys() == second["weights"].keys()
    pairs = ((value, second["weights"][name]) for name, value in first["weights"].items())
    return max(float((one.double() - other.double()).abs().max()) for one, other in pairs)


def figures(history: Any) -> list[float]:
    parts = history.values() if isinstance(history, dict) else [history]
    return [value for rows in parts for row in rows for _, value in sorted(row.items())]


@pytest.mark.parametrize("training", ["classifier", "detector"])
def test_two_processes_reach_what_one_does(two, tmp_path, training) -> None:
    """Up to the order of sums; batches of five and of three are not shared evenly."""
    alone = getattr(several, training)(tmp_path)
    assert differences(alone, two[0][training]) < 1e-5
    assert figures(two[0][training]["history"]) == pytest.approx(
        figures(alone["history"]), rel=1e-4, abs=1e-6
    )
    start = getattr(several, training)(tmp_path / "start", epochs=0)
    assert differences(alone, start) > 1e-3, "it learnt nothing, so the test shows nothing"


@pytest.mark.parametrize("training", ["classifier", "detector", "four", "one"])
def test_both_processes_end_with_the_same_weights_and_figures(two, training) -> None:
    """With BatchNorm, dropout, unlike first weights, and one image for two processes as well."""
    first, second = (process[training] for process in two)
    assert first["history"] == second["history"]
    assert differences(first, second) == 0


def test_what_no_process_used_is_left_alone(two) -> None:
    """Weight decay would shrink a parameter with a gradient of zero."""
    torch.manual_seed(0)
    assert differences(two[0]["four"], two[1]["four"]) == 0
    first = several.small_network(4)["unused"].weight
    assert torch.equal(two[0]["four"]["weights"]["unused.weight"], first)


def test_the_main_process_alone_writes_and_both_resume_from_it(two, folder) -> None:
    state = ".checkpoints/train_classifier-stl_hls-0000000000000000/category/last.pt"
    assert (folder / "files-0" / state).is_file()
    assert not (folder / "files-1" / ".checkpoints").exists()
    for process in two:
        assert process["resumed"]["history"] == process["classifier"]["history"]
        assert differences(process["resumed"], process["classifier"]) == 0


def test_a_loss_that_is_not_finite_in_one_process_ends_both_and_names_its_images(two) -> None:
    first, second = (process["broken"] for process in two)
    assert first == second and "not finite" in first and "4.png" in first
    assert first.count(".png") in (2, 3), "only the images of the process that saw it"


@pytest.mark.parametrize("images", [1, 2, 5, 7, 64])
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_shares_make_up_the_batch(images: int, count: int) -> None:
    shares = [share_of(images, index, count) for index in range(count)]
    own = [i for one in shares if one.weight for i in range(one.first, one.end)]
    assert own == list(range(images))
    assert all(one.first < one.end <= images for one in shares), "none is without an image"
    values = torch.arange(float(images)).square()
    means = [float(values[one.first : one.end].mean()) * one.weight for one in shares]
    assert sum(means) / count == pytest.approx(float(values.mean()))
    assert share_of(images, 0, 1) == (0, images, 1.0)


def test_one_process_is_a_team_of_one() -> None:
    me = team()
    assert (me.count, me.index, me.main) == (1, 0, True)
    assert me.identity()["precision"] == "no"
    values = torch.rand(3)
    assert me.mean(values, 1.0) is values and me.gather([1]) == [1]


@pytest.fixture
def fresh():
    team.cache_clear()
    yield
    team.cache_clear()


def test_a_precision_that_needs_scaled_gradients_is_refused(fresh, monkeypatch) -> None:
    monkeypatch.setenv("ACCELERATE_MIXED_PRECISION", "fp16")
    with pytest.raises(UserError, match="ACCELERATE_MIXED_PRECISION=fp16"):
        team()


def test_processes_that_do_not_find_each_other_are_refused(fresh, monkeypatch) -> None:
    """Accelerate's state of this process, which is alone, stays as it is."""
    team()
    team.cache_clear()
    monkeypatch.setenv("WORLD_SIZE", "4")
    with pytest.raises(UserError, match="4 processes were started, and accelerate sees 1"):
        team()


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, (0, 1)),
        ({"RANK": "1", "WORLD_SIZE": "2"}, (1, 2)),
        ({"OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"}, (3, 4)),
        ({"RANK": "1"}, (0, 1)),
    ],
)
def test_launchers_say_which_process_this_is(monkeypatch, env, expected) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert launched() == expected


def test_only_the_first_process_takes_the_lock_of_a_training(tmp_path, monkeypatch) -> None:
    with Checkpoints("train", "0" * 16, tmp_path):
        monkeypatch.setenv("WORLD_SIZE", "2")
        monkeypatch.setenv("RANK", "1")
        with Checkpoints("train", "0" * 16, tmp_path):
            pass
        monkeypatch.setenv("RANK", "0")
        with pytest.raises(UserError), Checkpoints("train", "0" * 16, tmp_path):
            pass
