import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn

from fashion_hls.config_training import Recipe
from fashion_hls.errors import UserError
from fashion_hls.training.loop import Batch, fit, learning_rate
from fashion_hls.training.seed import seed_epoch

STEPS = 3


class Memory:
    """A saver that keeps states in memory and can stop the training after an epoch."""

    def __init__(self, stop_after: int = 0) -> None:
        self.state: dict[str, Any] | None = None
        self.stop_after = stop_after

    def load(self) -> dict[str, Any] | None:
        return copy.deepcopy(self.state)

    def save(self, state: dict[str, Any], step: int) -> None:
        self.state = copy.deepcopy(state)
        if step == self.stop_after:
            raise KeyboardInterrupt


def network() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 1))


def normalised() -> nn.Module:
    torch.manual_seed(5)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 1))


def run(recipe: Recipe, saver: Memory, model: nn.Module | None = None) -> Any:
    model = model or network()

    def batches(epoch: int) -> Iterator[Batch]:
        generator = torch.Generator().manual_seed(epoch)
        for step in range(STEPS):
            x = torch.rand(6, 4, generator=generator)
            yield Batch(names=[f"{epoch}-{step}.jpg"], content=(x, x.sum(dim=1, keepdim=True)))

    def validate() -> dict[str, float]:
        x = torch.linspace(0, 1, 40).reshape(10, 4)
        with torch.no_grad():
            return {"val": -float((model(x) - x.sum(dim=1, keepdim=True)).square().mean())}

    history = fit(
        model,
        recipe=recipe,
        batches=batches,
        steps_per_epoch=STEPS,
        loss=lambda c: {"square": (model(c[0]) - c[1]).square().mean()},
        validate=validate,
        select="val",
        seed=1,
        saver=saver,
        on_epoch=lambda epoch, figures: None,
        label="test",
    )
    return model, history


def recipe(**changes: Any) -> Recipe:
    return Recipe(**({"epochs": 6, "batch_size": 6, "lr": 0.05, "optimizer": "adam"} | changes))


@pytest.mark.parametrize("optimizer", ["adam", "adamw", "rmsprop", "sgd"])
@pytest.mark.parametrize("ema", [0.0, 0.9])
@pytest.mark.parametrize("stop", [1, 3, 6])
@pytest.mark.parametrize("make", [network, normalised])
def test_a_stopped_run_ends_as_an_undisturbed_one(
    optimizer: str, ema: float, stop: int, make: Callable[[], nn.Module]
) -> None:
    """BatchNorm's statistics, which no step of the optimiser touches, are part of it."""
    plan = recipe(optimizer=optimizer, ema=ema, warmup_steps=4)
    model, history = run(plan, Memory(), make())
    saver = Memory(stop_after=stop)
    with pytest.raises(KeyboardInterrupt):
        run(plan, saver, make())
    saver.stop_after = 0
    resumed, again = run(plan, saver, make())
    assert again == history
    for key, value in model.state_dict().items():
        assert torch.equal(value, resumed.state_dict()[key])


def test_the_best_epoch_is_kept_and_not_the_last() -> None:
    model, history = run(recipe(lr=2.0, schedule="constant", epochs=9), Memory())
    x = torch.linspace(0, 1, 40).reshape(10, 4)
    with torch.no_grad():
        value = -float((model(x) - x.sum(dim=1, keepdim=True)).square().mean())
    figures = [row["val"] for row in history]
    assert value == pytest.approx(max(figures))
    assert max(figures) != figures[-1]


def test_patience_stops_early() -> None:
    _, history = run(recipe(lr=1e-12, epochs=50, patience=2, schedule="constant"), Memory())
    _, whole = run(recipe(lr=1e-12, epochs=5, patience=0, schedule="constant"), Memory())
    assert len(history) < 50
    assert len(whole) == 5


def test_a_loss_that_is_not_finite_names_the_images() -> None:
    model = network()
    with torch.no_grad():
        model[0].weight.fill_(float("nan"))
    with pytest.raises(UserError, match=r"0-0\.jpg"):
        run(recipe(), Memory(), model)


def test_frozen_parameters_stay() -> None:
    model = network()
    model[0].requires_grad_(False)
    before = model[0].weight.clone()
    run(recipe(), Memory(), model)
    assert torch.equal(model[0].weight, before)


def test_learning_rate_warms_up_and_falls() -> None:
    plan = recipe(lr=1.0, warmup_steps=10)
    rates = [learning_rate(plan, step, 100) for step in range(100)]
    assert rates[0] == pytest.approx(0.1) and rates[9] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.02
    assert learning_rate(recipe(lr=1.0, schedule="constant"), 99, 100) == 1.0


def test_the_step_schedule_falls_to_a_tenth_twice() -> None:
    plan = recipe(lr=1.0, schedule="step")
    rates = [learning_rate(plan, step, 90) for step in range(90)]
    assert rates == pytest.approx([1.0] * 60 + [0.1] * 20 + [0.01] * 10)


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_the_statistics_kept_are_those_of_the_best_epoch(ema: float) -> None:
    model, history = run(recipe(lr=2.0, schedule="constant", ema=ema), Memory(), normalised())
    x = torch.linspace(0, 1, 40).reshape(10, 4)
    with torch.no_grad():
        value = -float((model(x) - x.sum(dim=1, keepdim=True)).square().mean())
    assert value == pytest.approx(max(row["val"] for row in history))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_one_process_does_what_a_plain_torch_loop_does_bit_for_bit(
    optimizer: str, ema: float
) -> None:
    """Accelerate, shares and exchanged gradients leave no trace where there is but one."""
    plan = recipe(optimizer=optimizer, ema=ema, warmup_steps=4, epochs=2, clip_norm=0.5)
    saver = Memory()
    run(plan, saver, normalised())
    model = normalised().train()
    kinds = {"adam": torch.optim.Adam, "sgd": lambda p, lr: torch.optim.SGD(p, lr, momentum=0.9)}
    stepper = kinds[optimizer](model.parameters(), lr=plan.lr)
    average = {k: v.clone() for k, v in model.state_dict().items()}
    for epoch in range(2):
        seed_epoch(1, epoch)
        generator = torch.Generator().manual_seed(epoch)
        for step in range(STEPS):
            x = torch.rand(6, 4, generator=generator)
            done = epoch * STEPS + step
            for group in stepper.param_groups:
                group["lr"] = learning_rate(plan, done, 2 * STEPS)
            stepper.zero_grad()
            (model(x) - x.sum(dim=1, keepdim=True)).square().mean().backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            stepper.step()
            decay = min(ema, (2 + done) / (11 + done))
            for key, value in model.state_dict().items():
                if value.is_floating_point():
                    average[key].lerp_(value, 1 - decay)
    assert saver.state is not None
    for key, value in model.state_dict().items():
        assert torch.equal(saver.state["model"][key], value), key
    for key, value in saver.state["average"].items():
        assert torch.equal(average[key], value) or not value.is_floating_point(), key
    assert bool(saver.state["average"]) == bool(ema)
