"""One trial: a method trained with sampled settings, as ``train_classifier`` trains it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from fashion_hls.classification.build import Classifier, SingleTaskPair, build_classifier
from fashion_hls.config_training import ClassifierTraining
from fashion_hls.search.space import Value, nested
from fashion_hls.training.checkpoint import Slot
from fashion_hls.training.classifier import train_category_network, train_classifier
from fashion_hls.training.loop import build_optimizer
from fashion_hls.training.seed import seed_everything
from fashion_hls.training.state import MovingAverage, Saver, State, copy_of
from fashion_hls.training.views import TrainingSet

#: What each network's training selects its best epoch by, on the validation split.
SELECTED = {"category": "val/top1", "attributes": "val/recall@5", "both": "val/mean"}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What all trials of a search share.

    ``options``: of build_classifier(), with the run's own settings. ``recipe``: likewise.
    ``epochs``: of each network of a trial; None: the recipe's.
    """

    method: str
    network: str
    data: TrainingSet
    options: dict[str, Any]
    recipe: ClassifierTraining
    epochs: int | None
    seed: int
    threads: int

    def networks(self) -> list[str]:
        """What a trial trains, in order."""
        if self.network == "both" and self.method != "mtl_rnn_va":
            return ["category", "attributes"]
        return [self.network]

    def tuned(self, params: Mapping[str, Value]) -> tuple[dict[str, Any], ClassifierTraining]:
        """Options and recipe of a trial."""
        parts = nested(params)
        changed: dict[str, Any] = dict(parts.get("train", {}))
        if self.epochs is not None:
            changed |= {"epochs": self.epochs, "attribute_epochs": self.epochs}
        options = self.options | parts.get("heads", {}) | parts.get("backbone", {})
        return options, self.recipe.model_copy(update=changed)

    def figure_name(self) -> str:
        """What a trial is judged by."""
        names = [SELECTED[name] for name in self.networks()]
        return names[0] if len(names) == 1 else f"mean of {' and '.join(names)}"


@dataclass
class Watch:
    """Follows a trial's epochs: its figure so far is the mean of its networks' best epochs.

    A network that is not trained yet counts as zero, for every trial alike.
    """

    networks: list[str]
    longest: int
    report: Callable[[str, int, dict[str, float]], None]
    judge: Callable[[float, int], None]
    best: dict[str, float] = field(default_factory=dict)
    epochs: int = 0

    @property
    def figure(self) -> float:
        """From 0 to 1."""
        return sum(self.best.values()) / len(self.networks)

    def __call__(self, network: str, epoch: int, figures: dict[str, float]) -> None:
        """Take an epoch's figures; ``judge`` may end the trial by an exception."""
        self.report(network, epoch, figures)
        self.epochs += 1
        self.best[network] = max(self.best.get(network, 0.0), figures[SELECTED[network]])
        # An early stop in the first network leaves a gap, so that equal steps stay comparable.
        self.judge(self.figure, self.networks.index(network) * self.longest + epoch)


def watch(
    setup: Setup,
    params: Mapping[str, Value],
    *,
    report: Callable[[str, int, dict[str, float]], None],
    judge: Callable[[float, int], None],
) -> Watch:
    """What follows a trial's epochs.

    Args:
        setup: of the search.
        params: of the trial.
        report: told network, epoch and figures.
        judge: told the figure so far and the step, counted over all networks.
    """
    recipe = setup.tuned(params)[1]
    longest = max(recipe.epochs, recipe.attribute_epochs or 0)
    return Watch(setup.networks(), longest, report, judge)


def train_trial(
    setup: Setup,
    params: Mapping[str, Value],
    *,
    folder: Path,
    taught: Mapping[str, Tensor],
    watched: Watch,
) -> None:
    """Train with these settings; the same ones give the same figures.

    Args:
        setup: of the search.
        params: of the trial.
        folder: of its checkpoints, from which a killed trial goes on.
        taught: weights of a category network that is not trained here (``network: attributes``).
        watched: told each epoch.

    Raises:
        UserError: the loss is not finite, or a crop cannot be read.
    """
    options, recipe = setup.tuned(params)
    classifier = _build(setup, options)

    def savers(name: str) -> Saver:
        if name == "category" and setup.network == "attributes":
            assert isinstance(classifier, SingleTaskPair)
            return Finished(classifier.category, recipe, taught)
        return Slot(folder / name)

    shared: dict[str, Any] = {
        "options": recipe, "seed": setup.seed, "savers": savers, "on_epoch": watched,
    }  # fmt: skip
    if setup.network == "category":
        assert isinstance(classifier, SingleTaskPair)
        train_category_network(classifier.category, setup.data, "category", **shared)
    else:
        train_classifier(classifier, setup.data, **shared)


def category_weights(setup: Setup, folder: Path) -> dict[str, Tensor]:
    """What every trial of an attribute network is told by: a category network of the run's own
    settings; nothing for a method that shares no labels.

    Args:
        setup: of the search.
        folder: of the checkpoints, where a resumed search finds it trained.
    """
    if setup.network != "attributes" or setup.method == "stl":
        return {}
    classifier = _build(setup, setup.options)
    assert isinstance(classifier, SingleTaskPair)
    train_category_network(
        classifier.category,
        setup.data,
        "category",
        options=setup.recipe,
        seed=setup.seed,
        savers=lambda name: Slot(folder / name),
        on_epoch=lambda *_: None,
    )
    return copy_of(classifier.category.state_dict())


class Finished:
    """A saver with the state of a training that is over: the loop takes the weights as they are."""

    def __init__(
        self, network: nn.Module, recipe: ClassifierTraining, weights: Mapping[str, Tensor]
    ) -> None:
        self._content: dict[str, Any] | None = None
        State(
            model=network,
            optimizer=build_optimizer(network, recipe),
            average=MovingAverage(network, recipe.ema) if recipe.ema else None,
            epoch=recipe.epochs,
            best_weights=dict(weights),
        ).save(self)

    def load(self) -> dict[str, Any] | None:
        """The state."""
        return self._content

    def save(self, state: dict[str, Any], step: int) -> None:
        """Keep this state in memory."""
        del step  # of a training that is over there is no other state
        self._content = state


def _build(setup: Setup, options: Mapping[str, Any]) -> Classifier:
    # As the stage does it: the tuned run starts from the trial's very weights.
    seed_everything(setup.seed, setup.threads)
    return build_classifier(setup.method, **options)
