"""Where things lie. Data's place comes from the environment, never from params or lock."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from fashion_hls.errors import UserError

DATA_VARIABLE: Final = "FASHION_HLS_DATA"

RAW: Final = Path("data/raw")
DETECTION: Final = Path("data/detection")
BENCHMARK: Final = Path("data/benchmark")
CROPS: Final = Path("data/crops")
METRICS: Final = Path("metrics")
PAPER: Final = METRICS / "paper"


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
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise UserError(f"{DATA_VARIABLE}={value}: no such folder (README, 'Real photos')")
    return folder.resolve()


def workspace() -> Path:
    """The main workspace, also from within a temporary DVC experiment."""
    return Path(os.environ.get("DVC_ROOT") or Path.cwd())
