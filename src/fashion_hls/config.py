"""The run's configuration: typed, frozen, unknown keys rejected at load.

``conf/`` is composed into ``params.yaml`` (by Hydra, under ``dvc exp run``); stages read the
latter alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, Field, ValidationError, model_validator

from fashion_hls.config_study import Study
from fashion_hls.config_training import (
    Architecture,
    Backbone,
    ClassifierTraining,
    DetectorConfig,
    Heads,
    Positive,
    Section,
    Share,
)
from fashion_hls.errors import UserError


class Balance(Section):
    """Whole images chosen such that every present class reaches its target exactly (§4.1).

    ``train``, ``val``, ``test``: objects per class; the paper has 42,000 / - / 8,000.
    """

    enabled: bool
    train: Positive | None = None
    val: Positive | None = None
    test: Positive | None = None


def _whole(shares: tuple[float, float, float]) -> tuple[float, float, float]:
    if abs(sum(shares) - 1) > 1e-9:
        raise ValueError("the three shares must sum to 1")
    return shares


Shares = Annotated[tuple[Share, Share, Share], AfterValidator(_whole)]


class FlatLays(Section):
    """Products' photos with automatic boxes, added to the detector's training split (§4.1).

    Only photos of the products' own training split. ``per_type``: at most so many of each object
    type, spread over its categories; None: all. ``min_confidence``: boxes below it are left out
    (``data/foreground.py`` defines it).
    """

    per_type: Positive | None = None
    min_confidence: Share = 0.75


#: Objects of each class in training, reached by turned copies of photos without the majority
#: class; "majority": as many as that has; None: no copies (§4.1).
Upsample = Positive | Literal["majority"] | None


class DetectionData(Section):
    """Which reader fills the detection role.

    ``splits``: shares of train, val, test for readers without splits of their own.
    ``val_share``: what model selection takes from an official training set.
    ``flat_lays``: the benchmark's photos with automatic boxes beside the annotated ones, or None.
    ``upsample``: see ``Upsample``.
    """

    reader: Literal["deepfashion2", "ccp", "catalogue"]
    splits: Shares = (0.7, 0.1, 0.2)
    val_share: Share = 0.05
    balance: Balance
    flat_lays: FlatLays | None = None
    upsample: Upsample = None


class BenchmarkData(Section):
    """Which reader fills the benchmark role.

    ``splits``: for readers without splits of their own. ``least``: categories and attribute
    values with fewer images are dropped. ``near_bits``, ``near_levels``: two images whose pHash
    and thumbnail differ no more than this are one picture and never parted by the split.
    ``annotations``: of DeepFashion, ``coarse`` (1,000 attributes, the paper's) or ``fine`` (26).
    """

    reader: Literal["deepfashion1", "fpi", "catalogue"]
    annotations: Literal["coarse", "fine"] = "coarse"
    splits: Shares = (0.8, 0.1, 0.1)
    least: Annotated[int, Field(ge=1)] = 20
    near_bits: Annotated[int, Field(ge=0, le=64)] = 6
    near_levels: Annotated[float, Field(ge=0)] = 4.0


class CatalogueData(Section):
    """A shop's catalogue beside the benchmark, for Tables 5 and 6; fields as in BenchmarkData.

    ``box_splits``: shares of the photos with boxes, which train and test the detector.
    ``flat_lays``: products without a drawn box get an automatic one; None: they do not.
    ``upsample``: of the photos with boxes, see ``Upsample``.
    ``clusters``: categories are mapped on Table 6's broader ones before training.
    """

    splits: Shares = (0.8, 0.1, 0.1)
    box_splits: Shares = (0.8, 0.1, 0.1)
    least: Annotated[int, Field(ge=1)] = 20
    near_bits: Annotated[int, Field(ge=0, le=64)] = 6
    near_levels: Annotated[float, Field(ge=0)] = 4.0
    flat_lays: FlatLays | None = None
    upsample: Upsample = None
    clusters: bool = False


class SampleData(Section):
    """How much the generator draws: images of each set, side in pixels.

    ``damage``: whether a few files, boxes and labels are wrong, as in real datasets.
    """

    detection_train: Positive
    detection_test: Positive
    benchmark: Positive
    catalogue_boxes: Positive
    catalogue: Positive
    image_size: Positive
    damage: bool = True


class Dataset(Section):
    """A profile: it fills the roles; no stage after them knows its name.

    ``further_sets`` names the classification sets beside the benchmark: DVC repeats the stages
    for each. ``title`` stands wherever a figure is shown. ``bias`` is what a reader of a figure
    must know.
    ``licence``: terms of the data; shown before use, and written into every model and metrics
    file made from it. ``max_bad_share``: a stage that prepares data stops above this share of
    damaged images, rows and boxes.
    ``data_sha256``: digest of each external dataset's folder; DVC keys its stages by it, as the
    data itself lies outside.
    """

    name: str
    title: str
    bias: str
    licence: str
    max_bad_share: Share = 0.05
    data_sha256: dict[str, str] | None = None
    sample: SampleData | None = None
    detection: DetectionData
    benchmark: BenchmarkData
    catalogue: CatalogueData | None = None
    further_sets: tuple[Literal["catalogue"], ...] = ()

    @model_validator(mode="after")
    def _sets(self) -> Dataset:
        if bool(self.further_sets) != (self.catalogue is not None):
            raise ValueError("further_sets is [catalogue] where catalogue is given, else []")
        if self.detection.flat_lays is not None and self.benchmark.reader == "deepfashion1":
            raise ValueError(
                "detection.flat_lays takes shop photos: benchmark.reader fpi or catalogue"
            )
        return self


class Retention(Section):
    """Which detector crops the benchmark, and from which score on a detection counts."""

    detector: str
    min_score: Share


class Evaluation(Section):
    """Draws and level of the bootstrap intervals."""

    draws: Positive = 1000
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95


class Config(Section):
    """Everything that a run depends on, data and places apart.

    ``explained``: methods whose attention is plotted and judged.
    """

    seed: Annotated[int, Field(ge=0)]
    threads: Positive
    dataset: Dataset
    backbone: Backbone
    detectors: Annotated[tuple[str, ...], Field(min_length=1)]
    architectures: dict[str, Architecture]
    detector: DetectorConfig
    retention: Retention
    methods: Annotated[tuple[Literal["stl", "stl_hls", "mtl_rnn_va"], ...], Field(min_length=1)]
    explained: tuple[str, ...] = ()
    heads: Heads
    train: ClassifierTraining
    evaluation: Evaluation
    study: Study

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        for key, names in (("methods", self.methods), ("detectors", self.detectors)):
            if len(set(names)) < len(names):
                raise ValueError(f"{key} {list(names)} names one twice")
        unknown = [name for name in self.detectors if name not in self.architectures]
        if unknown:
            raise ValueError(
                f"detectors: {unknown[0]} is none of the architectures "
                f"{', '.join(self.architectures)}; add it to conf/detector, or choose that "
                "file with -S detector=NAME"
            )
        further = [name for name in self.explained if name not in self.methods]
        if further:
            raise ValueError(f"explained: {further[0]} is not in methods")
        if self.retention.detector not in self.detectors:
            raise ValueError(f"retention.detector {self.retention.detector} is not in detectors")
        if (self.dataset.sample is not None) != (self.dataset.name == "sample"):
            raise ValueError("dataset.sample belongs to the profile named sample, and only there")
        return self


def parse(values: Any, where: str) -> Config:
    """A checked configuration from plain values.

    Raises:
        UserError: one line naming the file, the first wrong field and what is wrong with it.
    """
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "(top level)"
        more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
        given = "" if isinstance(first["input"], dict) else f", got {first['input']!r}"
        raise UserError(f"{where}: {field}: {first['msg']}{given}{more}") from error


def load(path: Path = Path("params.yaml")) -> Config:
    """The configuration in a params file.

    Raises:
        UserError: the file is missing, is not YAML, or a field is wrong.
    """
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found; run from the repository's root") from error
    except yaml.YAMLError as error:
        line = str(error).replace("\n", " ")
        raise UserError(f"{path}: is not valid YAML: {line}") from error
    return parse(values, str(path))
