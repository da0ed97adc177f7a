"""A class-balanced choice of whole images (paper §4.1).

The paper down-samples objects. Dropping boxes would leave visible garments unlabelled and teach
the detector that they are background, so images are kept or left out whole, such that every
class reaches its target exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp

from fashion_hls.errors import UserError
from fashion_hls.taxonomy import OBJECT_TYPES


def label_counts(images: pd.DataFrame, objects: pd.DataFrame, classes: int) -> NDArray[np.intp]:
    """Objects of each class [images, classes], rows in the order of ``images``."""
    table = pd.crosstab(objects["image_id"], objects["label"])
    table = table.reindex(index=images["image_id"], columns=range(classes), fill_value=0)
    counts: NDArray[np.intp] = table.to_numpy(dtype=np.intp)
    return counts


def choose(
    counts: NDArray[np.intp], target: int, *, seed: int, names: Sequence[str] = OBJECT_TYPES
) -> NDArray[np.bool_]:
    """Which images [n] to keep such that every class that occurs has ``target`` objects.

    Images with the same counts are interchangeable, so an integer programme decides how many of
    each kind are kept, as near to the natural mix as the targets allow; which ones is drawn from
    the seed.

    Args:
        counts: objects of each class [n, classes].
        target: objects of each class in the chosen images.
        seed: of the draw.
        names: of the classes, for the message.

    Raises:
        UserError: no choice of whole images gives these counts.
    """
    present = np.flatnonzero(counts.sum(axis=0))
    kinds, kind_of = np.unique(counts[:, present], axis=0, return_inverse=True)
    kind_of = kind_of.ravel()
    available = np.bincount(kind_of, minlength=len(kinds))
    wanted = available * target / counts[:, present].sum(axis=0).mean()
    # Variables: how many of each kind (integers), then the distance of each from its natural
    # share, which is what is minimised.
    number = len(kinds)
    eye = np.eye(number)
    solution = milp(
        c=np.concatenate([np.zeros(number), np.ones(number)]),
        integrality=np.concatenate([np.ones(number), np.zeros(number)]),
        bounds=(np.zeros(2 * number), np.concatenate([available, np.full(number, np.inf)])),
        constraints=[
            LinearConstraint(
                np.hstack([kinds.T, np.zeros((len(present), number))]), target, target
            ),
            LinearConstraint(np.hstack([eye, -eye]), -np.inf, wanted),
            LinearConstraint(np.hstack([eye, eye]), wanted, np.inf),
        ],
        # Work is bounded by nodes and not by time, so that every machine makes one choice.
        options={"node_limit": 100_000, "mip_rel_gap": 0.01},
    )
    if solution.x is None:
        totals = counts[:, present].sum(axis=0)
        rarest = names[int(present[totals.argmin()])]
        raise UserError(
            f"params.yaml: dataset.detection.balance: no choice of whole images has {target} "
            f"objects of each class (the rarest, {rarest}, has {totals.min()}); lower the target"
        )
    keep = np.zeros(len(counts), dtype=bool)
    generator = np.random.default_rng(seed)
    for kind, take in enumerate(np.round(solution.x[:number]).astype(int)):
        members = np.flatnonzero(kind_of == kind)
        keep[generator.permutation(members)[:take]] = True
    return keep
