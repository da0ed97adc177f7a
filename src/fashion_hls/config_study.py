"""Which studies a run makes, and on what budget (``study/``)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fashion_hls.config_training import Positive, Rate, Section


class StudyBudget(Section):
    """What a study changes of ``train``: heads alone are trained, on features of frozen layers."""

    epochs: Positive
    batch_size: Positive
    lr: Rate


class RecipeStudy(Section):
    """What the study of fine-tuning varies, one at a time, beside the run's own settings.

    ``rates``, ``dropouts``, ``cuts`` (as ``backbone.trained_from``); backbones are the study's.
    """

    image_size: Positive
    epochs: Positive
    rates: tuple[Rate, ...]
    dropouts: tuple[Annotated[float, Field(ge=0, lt=1)], ...]
    cuts: tuple[str, ...]


class Study(Section):
    """Questions that the paper leaves open, answered by many small trainings (``study/``).

    ``kinds``: which; none by default. ``seeds``: how many trainings of each. ``image_size``: of the
    crops, in pixels. ``backbones``: for Table 5. ``single``, ``multi``: of single-task and
    multi-task networks.
    """

    kinds: tuple[Literal["label_sharing", "object_types", "losses", "recipe"], ...] = ()
    seeds: Annotated[int, Field(ge=1)] = 3
    image_size: Positive
    backbones: Annotated[tuple[str, ...], Field(min_length=1)]
    single: StudyBudget
    multi: StudyBudget
    recipe: RecipeStudy
