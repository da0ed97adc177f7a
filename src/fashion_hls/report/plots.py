"""The report's pictures, as PNG or SVG by the file's ending.

Colours are Okabe and Ito's, which stay apart for colour-blind readers; no series is told by
colour alone. The same numbers give the same bytes on one machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
#: Of the object types, near the hues that the paper's Figure 2 (report/sheet.py) gives them.
TYPE_COLOURS = ("#D55E00", "#0072B2", "#009E73", "#E69F00")
_DASHES = ("-", "--", "-.", ":")
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_HATCHES = ("", "//", "..", "xx")
_STYLE = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "savefig.dpi": 150,
    "savefig.facecolor": "white",
    "svg.hashsalt": "fashion-hls",
}
# matplotlib's own version and the date would change the bytes of an unchanged picture.
_METADATA = {".png": {"Software": None}, ".svg": {"Date": None, "Creator": None}}


def training_curves(
    path: Path, history: Sequence[Mapping[str, float]], *, panels: Mapping[str, Sequence[str]]
) -> None:
    """One line per figure and epoch.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        history: per epoch, ``epoch`` and figures; an epoch may lack a figure.
        panels: keys of ``history`` by the label of the axis that they share.
    """
    table = pd.DataFrame(list(history)).set_index("epoch")
    with _figure(path, width=4.6 * len(panels), height=3.4) as figure:
        all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (label, keys) in zip(all_axes, panels.items(), strict=True):
            for i, key in enumerate(keys):
                values = table[key].dropna()
                axes.plot(
                    values.index, values, label=key, color=_of(COLOURS, i),
                    linestyle=_of(_DASHES, i), marker=_of(_MARKERS, i), markersize=4,
                )  # fmt: skip
            axes.set_xlabel("epoch")
            axes.set_title(label)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            axes.legend()


def type_counts(path: Path, counts: pd.DataFrame) -> None:
    """Objects of each type, one bar per split.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        counts: a row per object type, a column per split.
    """
    rows, width = np.arange(len(counts)), 0.8 / len(counts.columns)
    with _figure(path, width=max(4.8, 1.7 * len(counts)), height=3.6) as figure:
        axes = figure.subplots()
        for i, split in enumerate(counts.columns):
            bars = axes.bar(
                rows + (i - (len(counts.columns) - 1) / 2) * width, counts[split], width * 0.94,
                label=str(split), color=_of(COLOURS, i), hatch=_of(_HATCHES, i),
                edgecolor="white",
            )  # fmt: skip
            axes.bar_label(bars, fmt="{:,.0f}", fontsize=8, padding=2)
        axes.set_xticks(rows, [str(name) for name in counts.index])
        axes.set_ylabel("objects")
        axes.yaxis.set_major_formatter("{x:,.0f}")
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(visible=False, axis="x")
        axes.margins(y=0.12)
        figure.legend(loc="outside upper right", ncols=len(counts.columns))


def retention(path: Path, rates: Mapping[str, float]) -> None:
    """The share of images kept, a bar per object type.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        rates: share from 0 to 1 by object type.
    """
    with _figure(path, width=5.6, height=0.9 + 0.45 * len(rates)) as figure:
        axes = figure.subplots()
        bars = axes.barh(list(rates), list(rates.values()), 0.7, color=COLOURS[0])
        axes.bar_label(bars, fmt=lambda share: f"{share:.1%}", padding=4)
        axes.invert_yaxis()
        axes.set_xlim(0, 1.16)
        axes.set_xticks(np.linspace(0, 1, 6))
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
        axes.set_xlabel("images kept")
        axes.grid(visible=False, axis="y")


def method_comparison(
    path: Path, rows: Sequence[tuple[str, float, float, float]], *, xlabel: str
) -> None:
    """A dot with its interval per method, in the order given.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        rows: label, value, lower and upper end of the interval (NaN where there is none).
        xlabel: what the value is, with its protocol.
    """
    with _figure(path, width=6.4, height=1.1 + 0.38 * len(rows)) as figure:
        axes = figure.subplots()
        for y, (_, value, low, high) in enumerate(rows):
            axes.plot([low, high], [y, y], color=COLOURS[0], linewidth=2, solid_capstyle="butt")
            axes.plot(value, y, "o", color=COLOURS[0], markersize=7, markeredgecolor="white")
        _name_rows(axes, [label for label, *_ in rows])
        axes.margins(x=0.08)
        axes.set_xlabel(f"{xlabel}\n(line: bootstrap interval)")


def precision_recall(
    path: Path,
    curves: Sequence[Mapping[str, Any]],
    best: Mapping[str, Mapping[str, float | None]],
    *,
    best_iou: float,
) -> None:
    """Precision against recall, a panel per IoU, a line per object type.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        curves: what ``diagnostics.precision_recall`` gave; a type without objects has no rows.
        best: what ``diagnostics.best_f1`` gave, for every type; a dot where it has a threshold.
        best_iou: the IoU that ``best`` is of, whose panel gets the dots.
    """
    table = pd.DataFrame(list(curves), columns=["IoU", "type", "recall", "precision"])
    thresholds = sorted(table["IoU"].unique()) or [best_iou]
    with _figure(path, width=4.6 * len(thresholds), height=4.2) as figure:
        panels = figure.subplots(1, len(thresholds), squeeze=False, sharey=True)[0]
        for axes, threshold in zip(panels, thresholds, strict=True):
            for i, (name, point) in enumerate(best.items()):
                part = table[(table["IoU"] == threshold) & (table["type"] == name)]
                what = f"AP {part['precision'].mean():.3f}" if len(part) else "no objects"
                colour = _of(TYPE_COLOURS, i)
                axes.plot(
                    part["recall"], part["precision"], label=f"{name}, {what}", color=colour,
                    linestyle=_of(_DASHES, i), linewidth=1.8, drawstyle="steps-pre",
                )  # fmt: skip
                if threshold == best_iou and point["threshold"] is not None:
                    axes.plot(
                        point["recall"], point["precision"], _of(_MARKERS, i), color=colour,
                        markersize=8, markeredgecolor="white",
                    )  # fmt: skip
            axes.set(xlabel="recall", xlim=(0, 1.02), ylim=(0, 1.04), title=f"IoU {threshold:.2f}")
            # Below the axes: the curves may pass through any corner.
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2, fontsize=9)
        panels[0].set_ylabel("precision")


def confusion(path: Path, counts: NDArray[np.int64], names: Sequence[str]) -> None:
    """Counts as a grid; shaded by the share of their row.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        counts: [n + 1, n + 1], rows true types, columns detected ones, background last.
        names: the n types.
    """
    size = len(counts)
    sums = counts.sum(axis=1, keepdims=True)
    share = np.divide(counts, sums, out=np.zeros(counts.shape), where=sums > 0)
    with _figure(path, width=2.0 + 0.95 * size, height=1.4 + 0.62 * size) as figure:
        axes = figure.subplots()
        axes.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for (row, column), value in np.ndenumerate(counts):
            if (row, column) != (size - 1, size - 1):  # background seen as such is not counted
                ink = "white" if share[row, column] > 0.5 else "black"
                axes.text(column, row, f"{value:,}", ha="center", va="center", color=ink)
        axes.set_xticks(range(size), [*names, "none (missed)"])
        axes.set_yticks(range(size), [*names, "none (false)"])
        axes.set(xlabel="detected", ylabel="truth")
        axes.grid(visible=False)
        axes.tick_params(length=0)


def reliability(path: Path, bins: Mapping[str, Sequence[Mapping[str, float]]]) -> None:
    """Accuracy against confidence, a panel per kind of score; a dot's area goes with its count.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        bins: what ``calibration.reliability`` gave, by kind.
    """
    with _figure(path, width=4.2 * len(bins), height=4.0) as figure:
        panels = figure.subplots(1, len(bins), squeeze=False)[0]
        for axes, (kind, rows) in zip(panels, bins.items(), strict=True):
            axes.plot([0, 1], [0, 1], color="#888888", linestyle="--", linewidth=1)
            x, y = [row["confidence"] for row in rows], [row["accuracy"] for row in rows]
            most = max((row["count"] for row in rows), default=1)
            sizes = [20 + 180 * row["count"] / most for row in rows]
            axes.plot(x, y, color=COLOURS[0], linewidth=1)
            axes.scatter(x, y, sizes, color=COLOURS[0], edgecolors="white", zorder=3)
            axes.set(xlabel="confidence", xlim=(0, 1.02), ylim=(0, 1.04), title=kind)
        panels[0].set_ylabel("share that holds")


def trials(path: Path, points: Sequence[tuple[str, float, float, bool]], *, ylabel: str) -> None:
    """Trials of a search over their learning rate, hollow where they were ended early.

    Args:
        path: the ``.png`` or ``.svg`` to write.
        points: series (the optimiser), rate, figure, whether the trial was trained to its end.
        ylabel: what the figure is.
    """
    with _figure(path, width=6.4, height=3.8) as figure:
        axes = figure.subplots()
        for i, series in enumerate(sorted({name for name, *_ in points})):
            colour, marker = _of(COLOURS, i), _of(_MARKERS, i)
            axes.scatter([], [], marker=marker, color=colour, label=series)
            for name, rate, value, whole in points:
                if name == series:
                    face = colour if whole else "none"
                    axes.scatter(rate, value, marker=marker, edgecolors=colour, facecolors=face)
        axes.set(xscale="log", xlabel="learning rate (hollow: ended early)", ylabel=ylabel)
        figure.legend(loc="outside upper right", ncols=4)


def _name_rows(axes: Axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)


@contextmanager
def _figure(path: Path, *, width: float, height: float) -> Iterator[Figure]:
    """A figure in the report's style, saved on leaving; no window and no global state."""
    metadata = _METADATA[path.suffix]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata=metadata)


def _of(values: Sequence[str], index: int) -> str:
    return values[index % len(values)]
