"""The crops of a folder that the pipeline ran in, under the protocol ``retained``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fashion_hls.classification.crops import Crops
from fashion_hls.data.store import IMAGES, read_table
from fashion_hls.errors import UserError

VIEW = "retained"


def rows_of(root: Path, split: str) -> pd.DataFrame:
    """The crops of a split by the protocol."""
    path = root / "data/crops/manifest.parquet"
    manifest = read_table(path)
    own = manifest[(manifest["view"] == VIEW) & (manifest["split"] == split) & manifest["found"]]
    if own.empty:
        raise UserError(f"{path}: no crop of {split} under {VIEW}")
    return own


def inputs_of(
    root: Path, rows: pd.DataFrame, size: int, threads: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Crops uint8 [n, s, s, 3] and their detected types [n]."""
    stores = {name: root / "data" / name / IMAGES for name in ("crops", "benchmark")}
    crops = Crops(rows, stores, size=size, threads=threads).whole()
    pixels = crops.permute(0, 2, 3, 1).contiguous().numpy()
    return pixels, rows["detected_type"].to_numpy(np.int64)
