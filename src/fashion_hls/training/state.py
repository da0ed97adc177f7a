"""What a training holds between steps, and how it is kept and taken up again."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from fashion_hls.errors import UserError


class Saver(Protocol):
    """Where the loop keeps its state between epochs."""

    def load(self) -> dict[str, Any] | None:
        """The newest state, or None at the start."""

    def save(self, state: dict[str, Any], step: int) -> None:
        """Keep this state; an interrupted write leaves the one before."""


def trained(model: nn.Module) -> dict[str, nn.Parameter]:
    """The parameters that training changes, by name."""
    return {k: p for k, p in model.named_parameters() if p.requires_grad}


def changing(model: nn.Module) -> dict[str, Tensor]:
    """What a step may change, by name: the trained parameters and BatchNorm's statistics."""
    return {**trained(model), **dict(model.named_buffers())}


def copy_of(weights: dict[str, Any]) -> dict[str, Tensor]:
    """Plain tensors that later steps leave alone."""
    return {key: value.detach().clone() for key, value in weights.items()}


class MovingAverage:
    """An exponential moving average of what changes, warmed up over the first steps."""

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.decay = decay
        self.steps = 0
        self.weights = copy_of(changing(model))

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Move the average towards the model's weights."""
        self.steps += 1
        decay = min(self.decay, (1 + self.steps) / (10 + self.steps))
        for key, value in changing(model).items():
            if value.is_floating_point():
                self.weights[key].lerp_(value, 1 - decay)
            else:
                self.weights[key].copy_(value)

    @torch.no_grad()
    def swap(self, model: nn.Module) -> None:
        """Exchange the average with the model's weights; called again, exchange back."""
        for key, value in changing(model).items():
            held = value.clone()
            value.copy_(self.weights[key])
            self.weights[key].copy_(held)


@dataclass(kw_only=True)
class State:
    """All that a resumed training needs."""

    model: nn.Module
    optimizer: torch.optim.Optimizer
    average: MovingAverage | None
    epoch: int = 0
    best: float = -math.inf
    best_epoch: int = 0
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)

    def save(self, saver: Saver) -> None:
        """Hand the state to the saver."""
        average = self.average
        content = {
            "model": copy_of(changing(self.model)),
            "optimizer": self.optimizer.state_dict(),
            "average": average.weights if average is not None else {},
            "average_steps": average.steps if average is not None else 0,
            "best_weights": self.best_weights,
            **{k: getattr(self, k) for k in ("epoch", "best", "best_epoch", "history")},
        }
        saver.save(content, self.epoch)

    def resume(self, content: dict[str, Any] | None) -> None:
        """Take up a saver's newest state, on the CPU, if it has one."""
        if content is None:
            return
        self.model.load_state_dict(content["model"], strict=False)
        self.optimizer.load_state_dict(content["optimizer"])
        if self.average is not None:
            self.average.weights = {
                key: value.to(self.average.weights[key].device)
                for key, value in content["average"].items()
            }
            self.average.steps = content["average_steps"]
        for key in ("epoch", "best", "best_epoch", "history", "best_weights"):
            setattr(self, key, content[key])


class BestOf:
    """The weights of the epoch where one figure was best, beside those that the loop keeps."""

    def __init__(self, figure: str, content: dict[str, Any] | None, saver: Saver | None) -> None:
        """Take up what a killed training had.

        Args:
            figure: higher is better.
            content: what the saver has.
            saver: of this figure alone; None in processes that write nothing.
        """
        self.figure, self._saver = figure, saver
        content = content or {"best": -math.inf, "weights": {}}
        self._best, self._weights = float(content["best"]), content["weights"]

    def offer(self, model: nn.Module, figures: dict[str, float]) -> None:
        """Keep the model's weights if they are the best so far."""
        if figures[self.figure] > self._best:
            self._best, self._weights = figures[self.figure], copy_of(changing(model))
            if self._saver is not None:
                self._saver.save({"best": self._best, "weights": self._weights}, 0)

    def put_into(self, model: nn.Module) -> None:
        """Give a model the kept weights.

        Raises:
            UserError: they are lost, though the training went on.
        """
        if not self._weights:
            raise UserError(
                f".checkpoints: the weights of the best {self.figure} are lost or damaged; remove "
                "this folder and run again"
            )
        model.load_state_dict(self._weights, strict=False)
        model.eval()
