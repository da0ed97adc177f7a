from pathlib import Path

import pytest
import torch

from fashion_hls.search.trial import category_weights, train_trial, watch
from fashion_hls.training.classifier import train_classifier

PARAMS = {"lr": 0.003, "dropout": 0.1, "batch_size": 6, "optimizer": "rmsprop"}


class Stopped(Exception):
    pass


def follow(setup, folder: Path, params=PARAMS, stop: int | None = None):
    """A trial's epochs by network, its steps, and its watch."""
    rows, steps = [], []

    def judge(figure: float, step: int) -> None:
        steps.append((step, figure))
        if stop is not None and len(steps) == stop:
            raise Stopped

    watched = watch(
        setup, params, report=lambda *row: rows.append((row[0], row[1], row[2])), judge=judge
    )
    taught = category_weights(setup, folder / "shared")
    train_trial(setup, params, folder=folder / "trial", taught=taught, watched=watched)
    return rows, steps, watched


@pytest.mark.parametrize(
    ("method", "network", "trained"),
    [
        ("stl", "category", ["category"]),
        ("stl_hls", "attributes", ["attributes"]),
        ("stl", "attributes", ["attributes"]),
        ("stl_hls", "both", ["category", "attributes"]),
        ("mtl_rnn_va", "both", ["both"]),
    ],
)
def test_a_trial_trains_the_networks_that_were_asked_for(
    setup_of, tmp_path: Path, method: str, network: str, trained: list[str]
) -> None:
    setup = setup_of(method=method, network=network)
    rows, steps, watched = follow(setup, tmp_path)
    assert [name for name, *_ in rows] == trained == setup.networks()
    assert [step for step, _ in steps] == list(range(len(trained)))
    assert watched.epochs == len(trained)
    assert watched.figure == pytest.approx(sum(watched.best.values()) / len(trained))
    assert steps[-1][1] == watched.figure


def test_a_trial_is_what_the_pipeline_trains_with_its_settings(setup_of, tmp_path: Path) -> None:
    from fashion_hls.classification.build import build_classifier
    from fashion_hls.training.checkpoint import Slot
    from fashion_hls.training.seed import seed_everything

    setup = setup_of(epochs=None)
    rows, *_ = follow(setup, tmp_path / "a", PARAMS | {"trained_from": "blocks.6"})
    seed_everything(0, 1)
    options = setup.options | {"dropout": 0.1, "trained_from": "blocks.6"}
    changed = {"lr": 0.003, "batch_size": 6, "optimizer": "rmsprop"}
    own: list = []
    train_classifier(
        build_classifier("stl_hls", **options),
        setup.data,
        options=setup.recipe.model_copy(update=changed),
        seed=0,
        savers=lambda name: Slot(tmp_path / "b" / name),
        on_epoch=lambda *row: own.append(row),
    )
    assert rows == own and len(rows) == 4


def test_a_trial_that_was_stopped_goes_on_from_its_last_epoch(setup_of, tmp_path: Path) -> None:
    setup = setup_of(epochs=2)
    whole = follow(setup, tmp_path / "whole")
    with pytest.raises(Stopped):
        follow(setup, tmp_path / "stopped", stop=3)
    kept = torch.load(tmp_path / "stopped/trial/attributes/last.pt", weights_only=True)
    assert kept["epoch"] == 1
    again = follow(setup, tmp_path / "stopped")
    assert again[0] == whole[0] and again[1] == whole[1]


def test_an_early_stop_leaves_the_steps_of_the_next_network_where_they_are(setup_of) -> None:
    steps: list[int] = []
    watched = watch(
        setup_of(epochs=5), {}, report=lambda *_: None, judge=lambda _, step: steps.append(step)
    )
    watched("category", 0, {"val/top1": 0.5})
    watched("category", 1, {"val/top1": 0.25})
    assert watched.figure == 0.25, "the best epoch, and none yet of the other network"
    watched("attributes", 0, {"val/recall@5": 1.0})
    assert steps == [0, 1, 5] and watched.figure == 0.75


def test_attributes_are_told_by_one_category_network_for_all_trials(setup_of, tmp_path) -> None:
    setup = setup_of(network="attributes")
    taught = category_weights(setup, tmp_path)
    again = category_weights(setup, tmp_path)
    assert taught.keys() == again.keys()
    assert all(torch.equal(taught[key], again[key]) for key in taught)
    fresh = category_weights(setup_of(network="attributes", seed=1), tmp_path / "other")
    assert any(not torch.equal(taught[key], fresh[key]) for key in taught)
    # The pair's own training, whose category network has the run's own settings, gives the same.
    pair = [
        row for row in follow(setup_of(epochs=None), tmp_path / "p", {})[0] if row[0] != "category"
    ]
    alone = follow(setup_of(epochs=None, network="attributes"), tmp_path / "q", {})[0]
    assert alone == pair
