"""What a search tries: the space of settings, and how many trials of it.

``conf/search/default.yaml`` has the comments; it is no part of ``params.yaml``, as a search
belongs to no stage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, Field, ValidationError, model_validator

from fashion_hls.config import Config
from fashion_hls.config_training import Optimizer, Positive, Rate, Section
from fashion_hls.errors import UserError

Value = float | int | str
Name = Annotated[str, Field(pattern=r"^\w+$")]
_Item = TypeVar("_Item")

#: Where each key of a space lies in the run's configuration.
PLACES = {
    "lr": ("train", "lr"),
    "dropout": ("heads", "dropout"),
    "batch_size": ("train", "batch_size"),
    "trained_from": ("backbone", "trained_from"),
    "optimizer": ("train", "optimizer"),
}


def _rising(ends: tuple[float, float]) -> tuple[float, float]:
    if ends[0] >= ends[1]:
        raise ValueError("the range's lower end must come first, below the upper one")
    return ends


def _distinct(values: tuple[_Item, ...]) -> tuple[_Item, ...]:
    if len(set(values)) < len(values):
        raise ValueError("the list names one value twice")
    return values


_Drop = Annotated[float, Field(ge=0, lt=1)]
_Rates = Annotated[tuple[Rate, Rate], AfterValidator(_rising)]
_Drops = Annotated[tuple[_Drop, _Drop], AfterValidator(_rising)]
_Sizes = Annotated[tuple[Positive, ...], Field(min_length=1), AfterValidator(_distinct)]
_Cuts = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_distinct)]
_Optimizers = Annotated[tuple[Optimizer, ...], Field(min_length=1), AfterValidator(_distinct)]


class Space(Section):
    """The paper's five settings; null: not searched, the run's own holds.

    ``lr``: ends of a range, drawn on a logarithmic scale. ``dropout``: ends of a range.
    ``batch_size``, ``optimizer``: lists. ``trained_from``: modules of the backbone, the first one
    fine-tuned, which says how many pre-trained layers are.
    """

    lr: _Rates | None = None
    dropout: _Drops | None = None
    batch_size: _Sizes | None = None
    trained_from: _Cuts | None = None
    optimizer: _Optimizers | None = None

    @model_validator(mode="after")
    def _anything(self) -> Space:
        if not self.searched():
            raise ValueError(f"nothing is searched; give one of {', '.join(PLACES)}")
        return self

    def searched(self) -> list[str]:
        """The keys that are."""
        return [key for key in PLACES if getattr(self, key) is not None]

    def holds(self, params: Mapping[str, Value]) -> bool:
        """Whether every value lies within its range or list."""
        for key, value in params.items():
            choice = getattr(self, key)
            if key in ("lr", "dropout"):
                if not choice[0] <= value <= choice[1]:
                    return False
            elif value not in choice:
                return False
        return True


class Pruning(Section):
    """A trial ends early below the median of the finished ones at the same epoch.

    ``startup_trials``: finished trials before any is ended. ``warmup_epochs``: of each trial.
    """

    startup_trials: Annotated[int, Field(ge=0)] = 4
    warmup_epochs: Annotated[int, Field(ge=0)] = 1


class SearchConfig(Section):
    """A search.

    ``name``: of the file below conf/tuned; null: made of dataset, set and method.
    ``network``: which of a pair's networks a trial trains; ``mtl_rnn_va`` has one, for ``both``.
    ``startup_trials``: drawn at random before the sampler learns from what came before.
    ``epochs``: of each network of a trial; null: the run's own.
    """

    name: Name | None = None
    set: Literal["benchmark", "catalogue"] = "benchmark"
    method: Literal["stl", "stl_hls", "mtl_rnn_va"]
    network: Literal["category", "attributes", "both"] = "both"
    trials: Positive
    seed: Annotated[int, Field(ge=0)] = 0
    startup_trials: Positive = 8
    epochs: Positive | None = None
    pruning: Pruning | None = None
    space: Space

    @model_validator(mode="after")
    def _consistent(self) -> SearchConfig:
        if self.method == "mtl_rnn_va" and self.network != "both":
            raise ValueError(f"network {self.network}: mtl_rnn_va is one network, for both")
        if self.name == "none":
            raise ValueError("name none: conf/tuned/none.yaml tunes nothing; choose another")
        return self


def own_params(config: Config, space: Space) -> dict[str, Value]:
    """What the run itself has for the keys that are searched."""
    places = {key: PLACES[key] for key in space.searched()}
    return {key: getattr(getattr(config, part), field) for key, (part, field) in places.items()}


def nested(params: Mapping[str, Value]) -> dict[str, dict[str, Value]]:
    """The settings at their places in the run's configuration."""
    out: dict[str, dict[str, Value]] = {}
    for key, value in params.items():
        part, field = PLACES[key]
        out.setdefault(part, {})[field] = value
    return out


def load_search(path: Path, settings: Sequence[str] = ()) -> SearchConfig:
    """The search in a file, with settings changed.

    Args:
        path: YAML.
        settings: ``KEY=VALUE``, keys joined by dots, values as in YAML.

    Raises:
        UserError: one line naming the file and the wrong field.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException
    from yaml import YAMLError

    for setting in settings:
        if "=" not in setting:
            raise UserError(f"-S {setting}: must be KEY=VALUE, as space.dropout=[0.1,0.5]")
    try:
        merged = OmegaConf.merge(OmegaConf.load(path), OmegaConf.from_dotlist(list(settings)))
        values: Any = OmegaConf.to_container(merged, resolve=True)
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found; run from the repository's root") from error
    except (YAMLError, OmegaConfBaseException, ValueError, TypeError) as error:
        raise UserError(f"{path}: {' '.join(str(error).split())}") from error
    try:
        return SearchConfig.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{path}: {'; '.join(_lines(error))}") from error


def _lines(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        field = ".".join(str(part) for part in one["loc"]) or "(top level)"
        given = "" if isinstance(one["input"], dict) else f", got {one['input']!r}"
        yield f"{field}: {one['msg']}{given}"
