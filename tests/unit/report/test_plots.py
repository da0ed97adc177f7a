import math
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from fashion_hls.report import plots

HISTORY = [
    {"epoch": 1, "train_loss": 2.0, "val_loss": 2.1},
    {"epoch": 2, "train_loss": 1.2, "val_loss": 1.6, "top3": 0.5},
    {"epoch": 3, "train_loss": 0.8, "val_loss": 1.5, "top3": 0.6},
]
COUNTS = pd.DataFrame(
    {"train": [1200, 1200, 0], "val": [150, 150, 150]}, index=["upper-body", "lower-body", "shoes"]
)
ROWS = [("STL", 0.61, 0.58, 0.64), ("STL + HLS", 0.66, 0.63, 0.69), ("paper", 0.7, math.nan, 1.0)]

CURVES = [
    {"IoU": iou, "type": name, "recall": recall, "precision": 1 - recall * iou}
    for iou in (0.5, 0.75)
    for name in ("upper-body", "lower-body")
    for recall in (0.0, 0.5, 1.0)
]
NO_BEST = {"threshold": None, "precision": None, "recall": None, "F1": None}
BEST = {
    "upper-body": NO_BEST,
    "lower-body": {"threshold": 0.7, "precision": 0.75, "recall": 0.5, "F1": 0.6},
    "footwear": NO_BEST,
}
BINS = [
    {"count": 1, "confidence": 0.3, "accuracy": 0.2},
    {"count": 9, "confidence": 0.9, "accuracy": 1},
]
COUNTED = np.array([[1200, 30, 4], [0, 0, 0], [90, 10, 0]])
TRIALS = [(("adam", "sgd")[i % 2], 10.0**-i, i / 6, i != 3) for i in range(1, 7)]

DRAW = {
    "curves": lambda p: plots.training_curves(
        p, HISTORY, panels={"loss": ["train_loss", "val_loss"], "score": ["top3"]}
    ),
    "counts": lambda p: plots.type_counts(p, COUNTS),
    "retention": lambda p: plots.retention(p, {"upper-body": 0.91, "footwear": 1.0, "none": 0.0}),
    "precision_recall": lambda p: plots.precision_recall(p, CURVES, BEST, best_iou=0.5),
    "confusion": lambda p: plots.confusion(p, COUNTED, ["upper-body", "lower-body"]),
    "reliability": lambda p: plots.reliability(p, {"category": BINS, "attributes": []}),
    "comparison": lambda p: plots.method_comparison(p, ROWS, xlabel="top-3 accuracy"),
    "trials": lambda p: plots.trials(p, TRIALS, ylabel="top-1"),
}


@pytest.mark.parametrize("name", DRAW)
@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_same_numbers_give_same_bytes_without_a_date(tmp_path, name, suffix):
    first, second = tmp_path / f"a{suffix}", tmp_path / "new" / f"b{suffix}"
    DRAW[name](first)
    DRAW[name](second)
    assert first.read_bytes() == second.read_bytes()
    assert not re.search(rb"dc:date|Matplotlib v|Software", first.read_bytes())


@pytest.mark.parametrize("name", sorted(set(DRAW) - {"confusion"}))
def test_picture_is_not_blank(tmp_path, name):
    DRAW[name](tmp_path / "a.png")
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB"))
    blue = np.all(np.abs(pixels.astype(int) - [0, 0x72, 0xB2]) < 8, axis=-1)
    assert pixels.shape[1] > 500 and blue.sum() > 100


def test_one_epoch_and_one_method(tmp_path):
    plots.training_curves(tmp_path / "a.svg", HISTORY[:1], panels={"loss": ["train_loss"]})
    plots.method_comparison(tmp_path / "b.svg", ROWS[:1], xlabel="accuracy")


def test_types_without_objects_have_no_curve_but_are_named(tmp_path):
    plots.precision_recall(tmp_path / "a.svg", CURVES, BEST, best_iou=0.5)
    nothing = dict.fromkeys(BEST, NO_BEST)
    plots.precision_recall(tmp_path / "b.svg", [], nothing, best_iou=0.5)
    # Matplotlib writes text as shapes, with the text itself in a comment.
    assert "<!-- footwear, no objects -->" in (tmp_path / "a.svg").read_text()
    assert (tmp_path / "b.svg").read_text().count("no objects -->") == 3


def test_a_confusion_shows_its_counts_and_shades_by_row(tmp_path):
    plots.confusion(tmp_path / "a.svg", COUNTED, ["upper-body", "lower-body"])
    text = (tmp_path / "a.svg").read_text()
    assert "<!-- 1,200 -->" in text and text.count("<!-- 0 -->") == 3, "background is left out"
    plots.confusion(tmp_path / "a.png", COUNTED, ["upper-body", "lower-body"])
    pixels = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
    assert (pixels[..., 2] - pixels[..., 0] > 60).sum() > 1000


def test_unknown_ending_is_refused(tmp_path):
    with pytest.raises(KeyError):
        plots.retention(tmp_path / "a.bmp", {"upper-body": 1.0})


def test_style_does_not_leak(tmp_path):
    import matplotlib

    before = dict(matplotlib.rcParams)
    plots.retention(tmp_path / "a.png", {"upper-body": 1.0})
    assert dict(matplotlib.rcParams) == before
