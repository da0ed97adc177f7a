"""The one training loop, for detectors and classifiers alike.

Every random draw of an epoch comes from generators seeded by (seed, epoch), so a run that was
killed and resumed at an epoch's end goes on exactly as an undisturbed one.

Several processes may walk this loop together, each on its share of every batch
(:mod:`~fashion_hls.training.processes`, docs/distributed.md); they stay at the same weights, and
the main one alone writes. One process is the special case in which nothing is exchanged.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from fashion_hls.config_training import Recipe
from fashion_hls.errors import UserError
from fashion_hls.training.processes import Team, team
from fashion_hls.training.seed import seed_epoch
from fashion_hls.training.state import MovingAverage, Saver, State, changing, copy_of, trained

MOMENTUM = 0.9
# Where the step schedule falls to a tenth: Detectron's, at 60,000 and 80,000 of 90,000 steps.
STEP_ENDS = (2 / 3, 8 / 9)


@dataclass(frozen=True, kw_only=True)
class Batch:
    """What a step is given: the images' names, for messages, and whatever ``loss`` takes.

    Of several processes each is given its share of the batch, and the share's weight.
    """

    names: list[str]
    content: Any
    weight: float = 1.0


def build_optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """Adam, AdamW, RMSProp (paper §3.2.2) or SGD over the parameters that are to be trained."""
    kinds: dict[str, Callable[..., torch.optim.Optimizer]] = {
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
        "sgd": partial(torch.optim.SGD, momentum=MOMENTUM),
    }
    return kinds[recipe.optimizer](
        list(trained(model).values()), lr=recipe.lr, weight_decay=recipe.weight_decay
    )


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The rate at a step: linear warm-up, then the recipe's schedule."""
    if step < recipe.warmup_steps:
        return recipe.lr * (step + 1) / recipe.warmup_steps
    if recipe.schedule == "constant":
        return recipe.lr
    if recipe.schedule == "step":
        return recipe.lr * 0.1 ** sum(step >= end * steps for end in STEP_ENDS)
    done = (step - recipe.warmup_steps) / max(1, steps - recipe.warmup_steps)
    return recipe.lr * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def fit(
    model: nn.Module,
    *,
    recipe: Recipe,
    batches: Callable[[int], Iterable[Batch]],
    steps_per_epoch: int,
    loss: Callable[[Any], dict[str, Tensor]],
    validate: Callable[[], dict[str, float]],
    select: str,
    seed: int,
    saver: Saver,
    on_epoch: Callable[[int, dict[str, float]], None],
    label: str,
) -> list[dict[str, float]]:
    """Train, and leave the model with the weights of its best epoch on validation.

    All processes of a team call it alike. The model is left on the process's device.

    Args:
        model: its ``requires_grad`` flags say what is trained.
        recipe: optimiser, schedule and budget.
        batches: epoch number to that epoch's batches, the same for the same number; tensors may
            be on the CPU.
        steps_per_epoch: how many batches that gives.
        loss: a batch's content to its named scalar losses, which are summed.
        validate: figures on the validation split, with the weights as they stand; the same ones
            in all processes, as they decide when to stop and what to keep.
        select: which of them says "best"; higher is better.
        seed: of what the model itself draws (dropout, sampling of proposals).
        saver: where to resume from and to; the main process's is used.
        on_epoch: told each epoch's figures.
        label: of the progress bar.

    Returns:
        One dict of figures per epoch.

    Raises:
        UserError: the loss is not finite; the message names the batch's images.
    """
    processes = team()
    model.to(processes.device)
    processes.begin_alike(model)
    state = State(
        model=model,
        optimizer=build_optimizer(model, recipe),
        average=MovingAverage(model, recipe.ema) if recipe.ema else None,
    )
    state.resume(processes.from_main(saver.load))
    # A resumed run is a new one to whoever records it: tell it the epochs before.
    for row in state.history:
        on_epoch(int(row["epoch"]), {k: v for k, v in row.items() if k != "epoch"})
    with tqdm(
        total=recipe.epochs * steps_per_epoch,
        initial=state.epoch * steps_per_epoch,
        desc=label,
        unit="step",
        disable=not processes.main,
    ) as bar:
        for epoch in range(state.epoch, recipe.epochs):
            if recipe.patience and epoch - state.best_epoch > recipe.patience:
                break
            seed_epoch(seed, epoch, processes.index)
            figures = _train_epoch(
                state, recipe, batches(epoch), epoch, steps_per_epoch, loss, processes, bar, label
            )
            figures |= _validate(state, validate)
            if math.isnan(figures[select]):
                raise UserError(f"{label}: {select} is undefined: the validation split is empty")
            if figures[select] > state.best:
                state.best, state.best_epoch = figures[select], epoch
                state.best_weights = _kept_weights(state)
            state.epoch = epoch + 1
            state.history.append({"epoch": float(epoch), **figures})
            bar.set_postfix({select: f"{figures[select]:.4f}"})
            if processes.main:
                state.save(saver)
            on_epoch(epoch, figures)
    model.load_state_dict(state.best_weights, strict=False)
    model.eval()
    return state.history


def _train_epoch(
    state: State,
    recipe: Recipe,
    batches: Iterable[Batch],
    epoch: int,
    steps_per_epoch: int,
    loss: Callable[[Any], dict[str, Tensor]],
    processes: Team,
    bar: tqdm,
    label: str,
) -> dict[str, float]:
    """One pass over the training split; the mean of each loss."""
    sums: dict[str, float] = {}
    state.model.train()
    for index, batch in enumerate(batches):
        rate = learning_rate(
            recipe, epoch * steps_per_epoch + index, recipe.epochs * steps_per_epoch
        )
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        with processes.precision():
            losses = loss(processes.to_device(batch.content))
        own = torch.stack(list(losses.values()))
        whole = processes.mean(own.detach(), batch.weight)
        if not torch.isfinite(whole.sum()):
            # All see it in the same step, whoever's share it is.
            names = processes.gather([] if torch.isfinite(own.sum()) else batch.names)
            raise UserError(
                f"{label}: the loss is not finite on the batch "
                f"{', '.join(names)}; look at these images' boxes and labels, or lower lr"
            )
        state.optimizer.zero_grad(set_to_none=True)
        own.sum().backward()
        processes.average(state.model, batch.weight)
        torch.nn.utils.clip_grad_norm_(state.model.parameters(), recipe.clip_norm)
        state.optimizer.step()
        if state.average is not None:
            state.average.update(state.model)
        for key, value in zip(losses, whole.tolist(), strict=True):
            sums[key] = sums.get(key, 0.0) + value
        bar.update()
    means = {f"loss/{key}": value / steps_per_epoch for key, value in sums.items()}
    return {"loss": sum(sums.values()) / steps_per_epoch, **means}


def _validate(state: State, validate: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Validation figures in eval mode, of the moving average where there is one."""
    if state.average is not None:
        state.average.swap(state.model)
    state.model.eval()
    figures = validate()
    if state.average is not None:
        state.average.swap(state.model)
    return figures


def _kept_weights(state: State) -> dict[str, Tensor]:
    average = state.average
    return copy_of(average.weights if average is not None else changing(state.model))
