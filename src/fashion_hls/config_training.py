"""What networks are and how they are trained: backbones, detectors, classifiers, recipes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

View = Literal["retained", "end_to_end", "gt_box", "whole_image"]
LabelSharing = Literal["predicted", "out_of_fold", "ground_truth", "soft", "shuffled"]
Optimizer = Literal["adam", "adamw", "rmsprop", "sgd"]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[int, Field(gt=0)]
Rate = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """Base of every section: frozen, and no key that is not a field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Backbone(Section):
    """A timm model by name; ``trained_from`` is the first module that classifiers fine-tune."""

    name: str
    pretrained: bool = True
    trained_from: str


class Budget(Section):
    """How long and how a network is trained; ``ema`` 0 for none, ``patience`` 0 for no early stop.

    ``schedule``, after the warm-up: ``cosine`` falls to 1% of the rate, ``step`` to a tenth after
    two thirds of the steps and again after eight ninths, ``constant`` stays.
    """

    epochs: Positive
    batch_size: Positive
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    warmup_steps: Annotated[int, Field(ge=0)] = 0
    schedule: Literal["cosine", "step", "constant"] = "cosine"
    clip_norm: Rate = 10.0
    ema: Annotated[float, Field(ge=0, lt=1)] = 0.0
    patience: Annotated[int, Field(ge=0)] = 0


class Recipe(Budget):
    """A budget and how fast is learnt; ``sgd`` has a momentum of 0.9."""

    lr: Rate
    optimizer: Optimizer


class Learning(Section):
    """By what and how fast an architecture learns."""

    optimizer: Optimizer
    lr: Rate


class Published(Learning):
    """An architecture's own settings.

    ``image_size``, ``longest``: the shorter side is scaled to the first, unless the longer one
    would then exceed the second; in pixels. They hold where the run names no size.
    """

    image_size: Positive
    longest: Positive


class Architecture(Section):
    """A detector: a file of conf/detector.

    ``title``: heads its column of Table 4. ``module``: of fashion_hls.detection.architectures.
    ``short``: what suits some hundred or thousand steps with small batches.
    ``options``: that module's own, checked when the network is built.
    """

    title: str
    module: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    backbone: str
    published: Published
    short: Learning
    options: dict[str, Any] = {}


class DetectorBudget(Budget):
    """As ``Budget``; ``lr`` and ``optimizer`` null: those of the architecture's ``recipe``.

    ``crop`` is the share of photos that training sees cut at random.
    """

    recipe: Literal["published", "short"]
    lr: Rate | None = None
    optimizer: Optimizer | None = None
    crop: Share
    brightness: Annotated[float, Field(ge=0, lt=1)]


class DetectorTraining(Recipe):
    """As ``DetectorBudget``, with nothing left open."""

    crop: Share
    brightness: Annotated[float, Field(ge=0, lt=1)]


class DetectorConfig(Section):
    """What all detectors of a run share; sides in pixels.

    ``image_size``: the shorter side at prediction, the longer being at most twice that; null:
    the architecture's own. Each training batch draws one of ``train_sizes``.
    ``hub_weights``: whether backbones that no package holds get their ImageNet weights from
    timm's hub; otherwise they start from random numbers, and their figures say so.
    """

    image_size: Positive | None
    train_sizes: tuple[Positive, ...] = ()
    frozen_blocks: Annotated[int, Field(ge=0)]
    max_detections: Positive = 100
    score_threshold: Annotated[float, Field(gt=0, lt=0.05)] = 0.001
    hub_weights: bool = True
    train: DetectorBudget

    def sizes(self, architecture: Architecture) -> tuple[int, int]:
        """The shorter side and the most of the longer one, for an architecture."""
        if self.image_size is None:
            return architecture.published.image_size, architecture.published.longest
        return self.image_size, 2 * self.image_size

    def network(self, architecture: Architecture) -> dict[str, Any]:
        """What an architecture's network is built from, but for its weights and classes."""
        shorter, longest = self.sizes(architecture)
        return {
            **architecture.options,
            "backbone": architecture.backbone,
            "image_size": shorter,
            "longest": longest,
            "train_sizes": list(self.train_sizes),
            "frozen_blocks": self.frozen_blocks,
            "max_detections": self.max_detections,
            "score_threshold": self.score_threshold,
        }

    def training(self, architecture: Architecture) -> DetectorTraining:
        """The recipe for an architecture."""
        chosen = architecture.short if self.train.recipe == "short" else architecture.published
        own = chosen.model_dump(include={"lr", "optimizer"})
        return DetectorTraining(
            **own | self.train.model_dump(exclude_none=True, exclude={"recipe"})
        )


class Heads(Section):
    """Sizes of the classifiers; the paper leaves them open (u, s of Eq. 1 and the layers)."""

    embedding: Positive = 64
    attention: Positive = 512
    state: Positive = 512
    hidden: Positive = 512
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.3


class Augment(Section):
    """Random flip, rotation and zoom (§3.2.2: "±10%").

    ``rotate_degrees``: the paper's 10% read as Keras' factor 0.1 of a turn is 36°.
    ``zoom``: scales are drawn from 1 ± zoom.
    """

    flip: bool = True
    rotate_degrees: Annotated[float, Field(ge=0, le=180)] = 36.0
    zoom: Annotated[float, Field(ge=0, lt=1)] = 0.1


class ClassifierTraining(Recipe):
    """As ``Recipe``.

    ``image_size``: side of the crops in pixels; null: that which the backbone's weights were
    published with (``weights.input_side``).
    ``views``: what the networks train on; of an image with several, each epoch draws one.
    ``label_sharing``: what HLS shares in training; evaluation always shares predictions.
    ``out_of_fold``: predictions by networks that were trained on other images; ``shuffled``:
    another image's category, so nothing (a control: asked, the network is told predictions). Both,
    and ``soft``, are about the category; the type is the detected one. The multi-task network has
    no folds: it shares its own predictions under ``out_of_fold``.
    ``attribute_epochs``: budget of a single-task attribute network; None: ``epochs``.
    ``label_smoothing``: share of the category's target spread over all categories; the paper
    names none.
    ``attribute_loss``: see ``classification/losses.py``; the paper has ``bce``.
    ``hierarchy_weight``: of the penalty on pairs of category and attribute that training never
    saw (§6); the paper has none.
    ``task_weighting``: of the two multi-task losses (§5.2.2); the paper has ``sum``.
    ``task_selection``: ``separate`` keeps of one multi-task training the best epoch for
    categories and the best for attributes, which the paper saw at 10 and 40 epochs.
    ``upsample``: each epoch shows images of rare categories repeatedly, until a category has this
    share of the most frequent one's images; each time altered anew (§4.1). 0: as they come.
    ``start_from``: a trained classifier's folder, whose weights are fine-tuned; relative to the
    workspace, or absolute. ``start_sha256``: of its model.safetensors, as DVC looks at settings
    alone.
    """

    image_size: Positive | None
    views: Annotated[tuple[View, ...], Field(min_length=1)]
    label_sharing: LabelSharing
    attribute_epochs: Positive | None = None
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0
    attribute_loss: Literal["bce", "focal", "asymmetric"] = "bce"
    hierarchy_weight: Annotated[float, Field(ge=0)] = 0.0
    task_weighting: Literal["sum", "uncertainty"] = "sum"
    task_selection: Literal["joint", "separate"] = "joint"
    upsample: Share = 0.0
    augment: Augment
    start_from: Annotated[str, Field(min_length=1)] | None = None
    start_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")] | None = None
