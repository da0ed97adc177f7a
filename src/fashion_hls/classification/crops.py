"""Crops as tensors, and how training alters them.

b crops, s pixels a side; crops are stretched to a square, as Keras' loader does.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional
from tqdm import tqdm

from fashion_hls.data.images import ImageStore
from fashion_hls.errors import UserError

CACHE_BYTES = 4 * 2**30


class Crops:
    """The crops of a manifest (columns store, file) at one size, kept in memory if they fit."""

    def __init__(
        self, manifest: pd.DataFrame, stores: dict[str, Path], *, size: int, threads: int
    ) -> None:
        """Open the stores and, if all crops fit into 4 GiB, decode them once.

        Args:
            manifest: one row a crop.
            stores: store name -> its zip.
            size: s.
            threads: that decode.

        Raises:
            UserError: the manifest names a store that is none of these.
        """
        strange = sorted(set(manifest["store"].astype(str)) - set(stores))
        if strange:
            raise UserError(
                f"the crops' manifest names the store {strange[0]}, and there are "
                f"{', '.join(stores)}; run the pipeline again"
            )
        self._places = list(zip(manifest["store"], manifest["file"], strict=True))
        self._stores = {name: ImageStore(path) for name, path in stores.items()}
        self._size, self._threads = size, threads
        self._cache: Tensor | None = None
        if len(self._places) * 3 * size * size <= CACHE_BYTES:
            self._cache = self._read(range(len(self._places)), show=True)

    def _one(self, place: tuple[str, str]) -> np.ndarray:
        store, name = place
        image = self._stores[store].image(name)
        image = image.resize((self._size, self._size), Image.Resampling.BILINEAR)
        return np.asarray(image)

    def _read(self, rows: Sequence[int], show: bool = False) -> Tensor:
        out = np.empty((len(rows), self._size, self._size, 3), dtype=np.uint8)
        with ThreadPoolExecutor(self._threads) as pool:
            arrays = pool.map(self._one, [self._places[row] for row in rows])
            bar = tqdm(arrays, total=len(rows), desc="read crops", unit="crop", disable=not show)
            for index, array in enumerate(bar):
                out[index] = array
        return torch.from_numpy(out).permute(0, 3, 1, 2)

    def whole(self) -> Tensor:
        """All crops as uint8 [n, 3, s, s]."""
        if self._cache is not None:
            return self._cache
        return self._read(range(len(self._places)), show=True)

    def __call__(self, rows: Sequence[int]) -> Tensor:
        """The crops of these rows as float32 [b, 3, s, s] in 0-1."""
        whole = self._cache[list(rows)] if self._cache is not None else self._read(rows)
        return whole.float().div_(255)


def augment(
    images: Tensor,
    generator: torch.Generator,
    *,
    flip: bool,
    rotate_degrees: float,
    zoom: float,
    first: int = 0,
    of: int | None = None,
) -> Tensor:
    """Random flip, rotation and zoom of each image [b, 3, s, s] (paper §3.2.2).

    Args:
        images: in 0-1.
        generator: CPU generator.
        flip: mirror half of them left and right.
        rotate_degrees: angles are drawn from plus to minus this.
        zoom: scales are drawn from 1 - zoom to 1 + zoom.
        first: place of the first image in its batch, where the images are a share of one.
        of: size of that batch; draws are made for all of it. None: the images are the batch.
    """
    if not (flip or rotate_degrees or zoom):
        return images
    count = len(images)
    own = slice(first, first + count)
    turn, size, side = (
        torch.rand(count if of is None else of, generator=generator)[own] for _ in range(3)
    )
    angle = (turn * 2 - 1) * math.radians(rotate_degrees)
    scale = 1 + (size * 2 - 1) * zoom
    mirror = torch.where(side < (0.5 if flip else 0.0), -1, 1)
    cosine, sine = torch.cos(angle) / scale, torch.sin(angle) / scale
    zero = torch.zeros(count)
    matrix = torch.stack(
        [
            torch.stack([cosine * mirror, -sine, zero], dim=1),
            torch.stack([sine * mirror, cosine, zero], dim=1),
        ],
        dim=1,
    )
    grid = functional.affine_grid(matrix.to(images.device), list(images.shape), False)
    return functional.grid_sample(
        images, grid, mode="bilinear", padding_mode="reflection", align_corners=False
    )


def further_draws(image_ids: np.ndarray, categories: np.ndarray, share: float) -> dict[int, int]:
    """How often an epoch shows images of rare categories again (paper §4.1).

    Args:
        image_ids: image of each row [n].
        categories: category of each row [n].
        share: of the most frequent category's images that each category is raised to; in 0-1.

    Returns:
        Category -> further draws, for those that need some.
    """
    _, first = np.unique(image_ids, return_index=True)
    counts = np.bincount(categories[first])
    target = math.ceil(share * counts.max())
    return {int(c): target - int(counts[c]) for c in np.flatnonzero(counts) if counts[c] < target}


def draw_views(
    image_ids: np.ndarray,
    order: np.random.Generator,
    categories: np.ndarray | None = None,
    further: dict[int, int] | None = None,
) -> list[int]:
    """One row of each image, at random among its views, in random order.

    Args:
        image_ids: image of each row [n].
        order: numpy generator.
        categories: category of each row [n], where some are drawn again.
        further: from :func:`further_draws`.

    Returns:
        Row numbers: one for each distinct image, and the further draws among them.
    """
    shuffled = order.permutation(len(image_ids))
    _, first = np.unique(image_ids[shuffled], return_index=True)
    chosen = [shuffled[first]]
    if categories is not None:
        for category, count in (further or {}).items():
            chosen.append(order.choice(np.flatnonzero(categories == category), count))
    return [int(row) for row in order.permutation(np.concatenate(chosen))]
