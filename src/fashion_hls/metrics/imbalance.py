"""Class imbalance and co-occurrence of labels: IR, MeanIR and SCUMBLE (paper eq. 8 to 10).

Eq. 10 as printed takes the root over all labels; the reference implementation (R's mldr, after
Charte et al. 2014) over the labels that a row has. Both are here, named apart: only the printed
one can give the paper's 0.1321 for DeepFashion2. Shapes: r rows (images), l labels.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Labels = NDArray[np.bool_]
Ratios = NDArray[np.float64]
ScumbleForm = Literal["reference", "printed"]


def imbalance_ratio_of_counts(counts: ArrayLike) -> Ratios:
    """IR [l], eq. 8: the commonest label's count over each label's; 0 where a label is absent."""
    values = np.asarray(counts, dtype=np.float64)
    largest = values.max(initial=0.0)
    return np.divide(largest, values, out=np.zeros_like(values), where=values > 0)


def imbalance_ratio(labels: Labels) -> Ratios:
    """IR [l] of a label matrix [r, l]."""
    return imbalance_ratio_of_counts(labels.sum(axis=0))


def mean_ir_of_counts(counts: ArrayLike) -> float:
    """MeanIR, eq. 9, of counts [l]; absent labels stay in the mean with 0. NaN without labels.

    The paper's 1.6528 for DeepFashion2 is over the objects of its training set, not its images.
    """
    ratios = imbalance_ratio_of_counts(counts)
    return float(ratios.mean()) if len(ratios) else float("nan")


def mean_ir(labels: Labels) -> float:
    """MeanIR, eq. 9, of a label matrix [r, l]."""
    return mean_ir_of_counts(labels.sum(axis=0))


def scumble(
    labels: Labels, form: ScumbleForm = "reference", ratios: NDArray[np.floating[Any]] | None = None
) -> float:
    """SCUMBLE, eq. 10, of a label matrix [r, l]: mean over rows of 1 - root / mean of their IRs.

    Product and mean run over the labels that the row has. ``reference`` takes the root of
    their number, ``printed`` the root of all l. A row without labels scores 0 and stays in
    the mean; NaN without rows. ``ratios`` [l] replaces the IRs of the matrix itself, for
    images whose labels are counted by object.
    """
    if form not in ("reference", "printed"):
        raise ValueError(f"form is {form!r}; 'reference' or 'printed' is needed")
    if len(labels) == 0:
        return float("nan")
    ir = imbalance_ratio(labels) if ratios is None else np.asarray(ratios, dtype=np.float64)
    active = labels[labels.any(axis=1)]
    count = active.sum(axis=1)
    mean = (active @ ir) / count
    # A sum of logarithms: the product of a thousand ratios overflows.
    logs = active @ np.log(ir, out=np.zeros_like(ir), where=ir > 0)
    root = np.exp(logs / (count if form == "reference" else labels.shape[1]))
    return float((1 - root / mean).sum() / len(labels))
