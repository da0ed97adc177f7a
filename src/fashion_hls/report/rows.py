"""What the rows of every table share: the published ones and this run's are never mixed.

Every row says its source (``paper`` or ``this run``), its dataset by title, its split, its
protocol and n, the number of images.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pandas as pd

Row = dict[str, Any]
Metrics = Mapping[str, Any]

PAPER: Final = "paper"
THIS_RUN: Final = "this run"
#: Which of our protocols is the paper's own (§5.2.2).
PAPER_PROTOCOL: Final = "retained"


def frame(rows: Iterable[Row], counts: Sequence[str]) -> pd.DataFrame:
    """Rows as a table; missing counts stay missing and do not turn the others into floats."""
    return pd.DataFrame(list(rows)).astype(dict.fromkeys(counts, "Int64"))


def percent(fraction: float | None) -> float | None:
    """A fraction in percent."""
    return None if fraction is None else 100 * fraction
