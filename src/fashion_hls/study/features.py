"""Feature maps of a frozen backbone, computed once, for heads that are trained many times.

m distinct crops, d channels, h' x w' positions. Crops are not altered, as each is seen once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from fashion_hls.classification.crops import Crops
from fashion_hls.classification.trunk import Encoder, Trunk
from fashion_hls.errors import UserError

_PLACE = ["store", "file"]


class FeatureEncoder(Encoder):
    """Takes the place of a backbone whose maps [b, d, h', w'] are given instead of images."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, images: Tensor) -> Tensor:
        """The maps themselves."""
        return images


class Features:
    """Maps by the crop's place; two rows of a manifest with the same crop share one."""

    def __init__(self, maps: Tensor, places: pd.DataFrame) -> None:
        """Keep maps (float16) [m, d, h', w'] of these places (columns store, file) [m]."""
        self.maps, self._places = maps, places
        self._row = {place: row for row, place in enumerate(places.itertuples(index=False))}

    @property
    def channels(self) -> int:
        """d."""
        return int(self.maps.shape[1])

    def encoder(self) -> FeatureEncoder:
        """A new encoder for these maps."""
        return FeatureEncoder(self.channels)

    def pooled(self) -> Features:
        """Their averages over positions [m, d, 1, 1], all that a single-task network looks at."""
        # Half precision would round the sum of many positions.
        return Features(self.maps.float().mean(dim=(2, 3), keepdim=True), self._places)

    def of(self, manifest: pd.DataFrame) -> Callable[[Sequence[int]], Tensor]:
        """Row numbers of a manifest to its crops' maps, float32 [b, d, h', w']."""
        places = manifest[_PLACE].itertuples(index=False)
        rows = torch.tensor([self._row[place] for place in places], dtype=torch.int64)
        return lambda chosen: self.maps[rows[list(chosen)]].float()


@torch.inference_mode()
def extract(
    backbone: str,
    manifest: pd.DataFrame,
    stores: dict[str, Path],
    *,
    size: int,
    threads: int,
    batch_size: int = 32,
) -> Features:
    """Maps of a pretrained backbone's last layer for every crop of a manifest.

    Args:
        backbone: timm model.
        manifest: columns store, file; rows without a crop are left out beforehand.
        stores: store name -> its zip.
        size: side of the crops in pixels.
        threads: that decode.
        batch_size: crops at a time.

    Raises:
        UserError: the weights cannot be fetched, or there is no crop.
    """
    trunk = Trunk(backbone, pretrained=True, trained_from="").eval()
    places = manifest[_PLACE].drop_duplicates()
    crops = Crops(places, stores, size=size, threads=threads)
    out: Tensor | None = None
    starts = range(0, len(places), batch_size)
    for start in tqdm(starts, desc=f"features of {backbone}", unit="batch"):
        chosen = np.arange(start, min(start + batch_size, len(places)))
        maps = trunk(crops(chosen.tolist())).half()
        if out is None:
            out = maps.new_empty(len(places), *maps.shape[1:])
        out[chosen] = maps
    if out is None:
        raise UserError("study: the detector gave no crop at all; lower retention.min_score")
    # Outside of inference mode, so that training may take them up.
    return Features(out.clone(), places)
