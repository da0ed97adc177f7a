"""Attribute labels as lists of positives, the stored form, and as a matrix, the computed one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def label_matrix(positives: Sequence[Sequence[int]], labels: int) -> NDArray[np.bool_]:
    """Lists of positive ids [n] to a matrix bool [n, labels]."""
    matrix = np.zeros((len(positives), labels), dtype=bool)
    for row, ids in enumerate(positives):
        matrix[row, list(ids)] = True
    return matrix
