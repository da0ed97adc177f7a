"""Where things lie. Data's place comes from the environment, never from params or lock."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final, NamedTuple

from fashion_hls.errors import UserError

DATA_VARIABLE: Final = "FASHION_HLS_DATA"

DATA: Final = Path("data")
RAW: Final = Path("data/raw")
DETECTION: Final = Path("data/detection")
BENCHMARK: Final = Path("data/benchmark")
CROPS: Final = Path("data/crops")
#: Contact sheets of photos, a folder for each prepared set and each set of crops.
SHEETS: Final = Path("data/sheets")
DETECTORS: Final = Path("models/detector")
PREDICTED_BOXES: Final = Path("predictions/detector")
#: Below a further set's folder: what the benchmark's detectors give on its photos.
TRANSFERRED: Final = "from_benchmark"
METRICS: Final = Path("metrics")
PAPER: Final = METRICS / "paper"
#: Below a profile's metrics, where the tables look for figures of classifiers.
STUDIES: Final = Path("classifier/study")


class ImageSet(NamedTuple):
    """Where a classification set lies, and below which folder what is made from it.

    ``detection``: photos with boxes. ``photos``: with categories and attributes. ``crops``: cut
    by the detector. ``below``: of models/, predictions/, metrics/PROFILE/classifier/.
    """

    name: str
    detection: Path
    photos: Path
    crops: Path
    below: Path


BENCHMARK_SET: Final = ImageSet("benchmark", DETECTION, BENCHMARK, CROPS, Path())
CATALOGUE_SET: Final = ImageSet(
    "catalogue",
    Path("data/catalogue_detection"),
    Path("data/catalogue"),
    Path("data/catalogue_crops"),
    Path("catalogue"),
)
SETS: Final = {one.name: one for one in (BENCHMARK_SET, CATALOGUE_SET)}


def external_data() -> Path:
    """The folder above the datasets' own folders, from the environment.

    Raises:
        UserError: the variable is not set, or its folder does not exist.
    """
    value = os.environ.get(DATA_VARIABLE)
    if not value:
        raise UserError(
            f"{DATA_VARIABLE}: not set; set it to the folder that holds the datasets' folders "
            "(README, 'Real photos', says what to get where)"
        )
    folder = Path(value).expanduser().resolve()
    if not folder.is_dir():
        raise UserError(f"{DATA_VARIABLE}={value}: no such folder (README, 'Real photos')")
    if folder.is_relative_to((workspace() / DATA).resolve()):
        raise UserError(
            f"{DATA_VARIABLE}={value}: lies in the project's own data/, whose folders the stages "
            "and `make clean` remove; move it elsewhere"
        )
    return folder


def workspace() -> Path:
    """The main workspace, also from within a temporary DVC experiment."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd())
