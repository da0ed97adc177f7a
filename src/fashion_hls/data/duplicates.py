"""Groups of images that are the same picture, so that a split never parts them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import imagehash
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from fashion_hls.data.images import decode

#: Pairs whose thumbnails are compared at once: 100 MB.
_PAIRS = 16_384


def content_hash(data: bytes) -> str:
    """SHA-256 of a file's bytes: equal for exact duplicates."""
    return hashlib.sha256(data).hexdigest()


def perceptual_hash(image: Image.Image) -> NDArray[np.bool_]:
    """The 64-bit DCT hash (pHash) of a picture as bits [64]."""
    bits: NDArray[np.bool_] = imagehash.phash(image).hash.ravel()
    return bits


def thumbnail(image: Image.Image) -> NDArray[np.float32]:
    """The picture averaged down to 16 x 16 RGB, as levels 0-255 [768]."""
    small = image.resize((16, 16), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).ravel()


def looks(data: bytes) -> dict[str, Any]:
    """A readable image file's ``exact``, ``bits`` and ``thumbnail``, the columns of alike()."""
    picture = decode(data)
    return {
        "exact": content_hash(data),
        "bits": perceptual_hash(picture),
        "thumbnail": thumbnail(picture),
    }


def alike(table: pd.DataFrame, *, max_bits: int, max_levels: float) -> NDArray[np.intp]:
    """groups() of a table's images [n] by their looks()."""
    return groups(
        list(table["exact"]),
        np.stack(list(table["bits"])),
        np.stack(list(table["thumbnail"])),
        max_bits=max_bits,
        max_levels=max_levels,
    )


def groups(
    exact: Sequence[str],
    bits: NDArray[np.bool_],
    thumbnails: NDArray[np.float32],
    *,
    max_bits: int,
    max_levels: float,
) -> NDArray[np.intp]:
    """The group [n] of each image: joined by equal bytes or by nearly equal looks.

    The hash alone sees shapes and not colours: on white shop photos it would chain every
    shirt to every other, so two images must agree in both.

    Args:
        exact: content hash of each image.
        bits: perceptual hashes [n, 64].
        thumbnails: levels [n, 768].
        max_bits: the hashes of one picture differ in at most this many bits.
        max_levels: and its thumbnails by at most this many levels of 255 in the mean.
    """
    count = len(exact)
    _, exact_ids = np.unique(np.asarray(exact), return_inverse=True)
    signs = np.where(bits, 1.0, -1.0).astype(np.float32)
    pairs = [_same(exact_ids)]
    for start in range(0, count, 1024):
        distance = (bits.shape[1] - signs[start : start + 1024] @ signs.T) / 2
        rows, columns = np.nonzero(distance <= max_bits)
        rows += start
        # Each pair once, and some at a time: of many plain photos there may be millions.
        once = columns > rows
        rows, columns = rows[once], columns[once]
        for first in range(0, len(rows), _PAIRS):
            part = slice(first, first + _PAIRS)
            levels = np.abs(thumbnails[rows[part]] - thumbnails[columns[part]]).mean(axis=1)
            near = levels <= max_levels
            pairs.append(np.stack([rows[part][near], columns[part][near]]))
    joined = np.concatenate(pairs, axis=1)
    graph = coo_array((np.ones(joined.shape[1], bool), (joined[0], joined[1])), (count, count))
    labels: NDArray[np.intp] = connected_components(graph, directed=False)[1]
    return labels


def merged(group: NDArray[np.intp], names: Sequence[str]) -> NDArray[np.intp]:
    """Groups [n] that keep whole both these groups and the images of one name; "" is no name."""
    keys = [name or f"\0{number}" for number, name in enumerate(names)]
    _, named = np.unique(np.asarray(keys), return_inverse=True)
    # Groups and names are the nodes of a graph, and each image an edge between its two.
    first = int(group.max()) + 1
    size = first + int(named.max()) + 1
    graph = coo_array((np.ones(len(keys), bool), (group, first + named)), (size, size))
    labels: NDArray[np.intp] = connected_components(graph, directed=False)[1]
    return labels[group]


def _same(ids: NDArray[np.intp]) -> NDArray[np.intp]:
    """Pairs [2, n]: every image with the first one of its id."""
    _, first = np.unique(ids, return_index=True)
    return np.stack([np.arange(len(ids)), first[ids]])


def split_groups(
    group: NDArray[np.intp], stratum: NDArray[np.intp], shares: Sequence[float], *, seed: int
) -> NDArray[np.intp]:
    """A split index [n] for each image: whole groups, the shares kept within each stratum.

    A group belongs to the stratum that most of its images have. Within a stratum the large
    groups go first, each to the split that lacks most of its share; the order of equally large
    ones is drawn from the seed.
    """
    generator = np.random.default_rng(seed)
    split = np.zeros(len(group), dtype=np.intp)
    parts = np.asarray(shares, dtype=np.float64)
    open_splits = np.flatnonzero(parts)
    members: dict[int, list[int]] = {}
    for index, name in enumerate(group.tolist()):
        members.setdefault(name, []).append(index)
    of_stratum: dict[int, list[list[int]]] = {}
    for images in members.values():
        of_stratum.setdefault(int(np.bincount(stratum[images]).argmax()), []).append(images)
    for name in sorted(of_stratum):
        every = of_stratum[name]
        order = sorted(generator.permutation(len(every)), key=lambda i: -len(every[i]))
        total = sum(len(images) for images in every)
        missing = parts * total
        for index in order:
            target = int(open_splits[np.argmax(missing[open_splits] / parts[open_splits])])
            split[every[index]] = target
            missing[target] -= len(every[index])
    return split
