"""Figures of attribute scores, and their intervals, beside plain formulations of the same.

The figures are micro and altered recall at 3 and 5, from generated scores and, with ``--full``, as
many as DeepFashion's test split has (40,000 images, 1,000 attributes, 3.32 of them true of an
image). Ours come from the functions of ``metrics/recall.py``, as validation computes them, and
from ``metrics/classification.py``'s ``evaluate``, as ``evaluate_classifier`` does: with those at 1
and the category's top-1, 3 and 5 of 50, and with one draw (an interval of no use) or 1,000. Peers:

- the same figures from ``torch.topk`` (which settles ties any way),
- scikit-learn's ``recall_score`` of the same best attributes, as a sparse matrix,
- for the intervals, each draw's images taken from the arrays of hits and the same figures computed
  of them anew; a few draws of it, as it takes long.

All but the last are held to the same figures, which are to take less than 2 s of the full size:
``PYTHONPATH=src python benchmarks/evaluation.py --full``
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from scipy.sparse import csr_array
from sklearn.metrics import recall_score
from tabulate import tabulate

from fashion_hls.metrics.classification import evaluate
from fashion_hls.metrics.intervals import DRAWS
from fashion_hls.metrics.recall import BEST, altered_recall, attribute_hits, micro_recall
from ratio import in_turns, ratio, spread

IMAGES, ATTRIBUTES, CATEGORIES, ROUNDS = 40_000, 1000, 50, 7
TRUE_OF_AN_IMAGE, AT, PLAIN_DRAWS = 3.32, (3, 5), 3
#: Ties at the last place of the best, which the peers settle their own way, may differ by this.
TOLERANCE = 1e-3

NAMES = ("recall", "altered_recall")

Figures = dict[str, float]


class Data(NamedTuple):
    """``scores`` float32 [n, a] and ``positives`` bool [n, a]; the categories' [n, c] and [n]."""

    scores: np.ndarray
    positives: np.ndarray
    category_scores: np.ndarray
    category: np.ndarray


def generate(images: int, attributes: int) -> Data:
    """Scores that are higher, though not always, where an attribute is true."""
    rng = np.random.default_rng(0)
    # A few attributes are common and most are rare, as in DeepFashion.
    share = 1 / np.arange(1, attributes + 1)
    share *= min(TRUE_OF_AN_IMAGE, attributes / 4) / share.sum()
    positives = rng.random((images, attributes), dtype=np.float32) < share
    scores = rng.standard_normal((images, attributes), dtype=np.float32)
    scores += 2 * positives
    return Data(
        scores,
        positives,
        rng.standard_normal((images, CATEGORIES), dtype=np.float32),
        rng.integers(0, CATEGORIES, images),
    )


def own_figures(data: Data) -> Figures:
    """By the functions of metrics/recall.py, one k after the other."""
    found = {}
    for k in AT:
        hits = attribute_hits(data.scores, data.positives, k)
        found[f"recall@{k}"] = micro_recall(hits, data.positives)
        found[f"altered_recall@{k}"] = altered_recall(hits, data.positives)
    return found


def own_report(data: Data, draws: int) -> Figures:
    """By ``evaluate``, which reports them all."""
    report = evaluate(
        data.category_scores,
        data.category,
        data.scores,
        data.positives,
        np.ones(len(data.scores), dtype=bool),
        seed=0,
        draws=draws,
    )["attributes"]
    return {f"{name}@{k}": report[f"{name}@{k}"]["value"] for k in AT for name in NAMES}


def torch_figures(data: Data) -> Figures:
    """As one would write them with torch: the five best once, and what they hit."""
    positives = torch.from_numpy(data.positives)
    best = torch.from_numpy(data.scores).topk(max(AT), dim=1).indices
    hit = positives.gather(1, best)
    true = positives.sum(dim=0)
    found = {}
    for k in AT:
        right = best[:, :k][hit[:, :k]]
        each = torch.bincount(right, minlength=len(true))[true > 0] / true[true > 0]
        found[f"recall@{k}"] = float(hit[:, :k].sum() / true.sum())
        found[f"altered_recall@{k}"] = float(each.topk(min(BEST, len(each))).values.mean())
    return found


def sklearn_figures(data: Data) -> Figures:
    """Its recall by attribute and over all, of the best attributes that numpy finds."""
    found = {}
    truth = csr_array(data.positives, dtype=np.int8)
    for k in AT:
        best = np.argpartition(data.scores, -k, axis=1)[:, -k:]
        rows = np.arange(len(best) + 1) * k
        ones = np.ones(best.size, dtype=np.int8)
        chosen = csr_array((ones, best.ravel(), rows), shape=truth.shape)
        each = recall_score(truth, chosen, average=None, zero_division=np.nan)
        best_of_all = np.sort(each[~np.isnan(each)])[::-1][:BEST]
        found[f"recall@{k}"] = float(recall_score(truth, chosen, average="micro"))
        found[f"altered_recall@{k}"] = float(best_of_all.mean())
    return found


def plain_draws(data: Data, hits: dict[int, np.ndarray], draws: int) -> float:
    """Seconds a draw of resampling the arrays of hits [n, a] at each k."""
    rng = np.random.default_rng(0)
    started = time.perf_counter()
    for _ in range(draws):
        chosen = rng.integers(0, len(data.scores), len(data.scores))
        positives = data.positives[chosen]
        for each in hits.values():
            micro_recall(each[chosen], positives)
            altered_recall(each[chosen], positives)
    return (time.perf_counter() - started) / draws


def timed(figures: Callable[[], Figures], expected: Figures) -> float:
    """Seconds of a variant; ends the benchmark if its figures are others."""
    started = time.perf_counter()
    found = figures()
    seconds = time.perf_counter() - started
    if any(abs(found[name] - value) > TOLERANCE for name, value in expected.items()):
        sys.exit(f"figures differ: {found} where {expected} was expected")
    return seconds


def main() -> None:
    """Compute the figures in every way, in turns; print the table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--attributes", type=int, default=100)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    size = f"{IMAGES} images, {ATTRIBUTES} attributes, {DRAWS} draws, {ROUNDS} rounds"
    parser.add_argument("--full", action="store_true", help=size)
    given = parser.parse_args()
    images, attributes, draws, rounds = (
        (IMAGES, ATTRIBUTES, DRAWS, ROUNDS)
        if given.full
        else (given.images, given.attributes, given.draws, given.rounds)
    )
    torch.set_num_threads(given.threads)
    data = generate(images, attributes)
    expected = own_figures(data)
    hits = {k: attribute_hits(data.scores, data.positives, k) for k in AT}
    own, whole, with_intervals = "metrics/recall.py", "evaluate, 1 draw", f"evaluate, {draws} draws"
    ways: dict[str, Callable[[], Figures]] = {
        own: partial(own_figures, data),
        "torch.topk": partial(torch_figures, data),
        "scikit-learn": partial(sklearn_figures, data),
        whole: partial(own_report, data, 1),
        with_intervals: partial(own_report, data, draws),
    }
    plain = "a draw of resampled arrays"
    seconds = in_turns(
        {name: partial(timed, way, expected) for name, way in ways.items()}
        | {plain: partial(plain_draws, data, hits, min(draws, PLAIN_DRAWS))},
        rounds,
    )
    print(
        f"{images} images, {attributes} attributes, {data.positives.sum() / images:.2f} true of an "
        f"image; recall and altered recall at {' and '.join(map(str, AT))}"
    )
    rows = [(name, spread(row, ".3f")) for name, row in seconds.items()]
    print(tabulate(rows, headers=["way", "seconds"], tablefmt="github", disable_numparse=True))
    for peer in ("torch.topk", "scikit-learn"):
        print(f"ratio, {peer} to {own}: {ratio(seconds[peer], seconds[own])}")
    a_draw = [one / draws for one in seconds[with_intervals]]
    print(f"ratio, {plain} to one of evaluate: {ratio(seconds[plain], a_draw)}")


if __name__ == "__main__":
    main()
