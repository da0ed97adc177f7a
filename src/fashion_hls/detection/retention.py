"""From detections on the benchmark to the views that classifiers train and are judged on.

A view is a protocol's choice of region for each image (design: "Protocols"):
``retained``: the best detection whose type matches the label; images without one have no row
(paper §5.2.2). ``end_to_end``: the best detection of any type. ``gt_box``: the dataset's own box.
``whole_image``: the photo as it is. The type that HLS shares is always a detected one.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from fashion_hls.boxes import iou
from fashion_hls.data.records import GT_BOX, SPLITS
from fashion_hls.taxonomy import NO_TYPE, OBJECT_TYPES

XYXY = ["x1", "y1", "x2", "y2"]
VIEW_COLUMNS = [
    "image_id", "split", "view", "found", "detected_type", "score", *XYXY,
    "object_type", "category", "attributes",
]  # fmt: skip
# A detection speaks for the dataset's own box where they overlap at least this much.
SAME_BOX = 0.5


def views(images: pd.DataFrame, detections: pd.DataFrame, *, min_score: float) -> pd.DataFrame:
    """The rows of all views, as ``VIEW_COLUMNS``.

    Args:
        images: benchmark images (records.BENCHMARK_COLUMNS).
        detections: image_id, label, score, x1, y1, x2, y2.
        min_score: detections below do not count.
    """
    counted = detections[detections["score"] >= min_score]
    ranked = counted.sort_values(["image_id", "score"], ascending=[True, False], kind="stable")
    best = ranked.groupby("image_id").head(1).set_index("image_id")
    typed = ranked.merge(images[["image_id", "object_type"]], on="image_id")
    matching = typed[typed["label"] == typed["object_type"]]
    match = matching.groupby("image_id").head(1).set_index("image_id")
    base = images[["image_id", "split", "object_type", "category", "attributes"]]
    whole = images[["image_id", "width", "height"]].set_index("image_id")
    photo = pd.DataFrame(
        {"x1": 0.0, "y1": 0.0, "x2": whole["width"], "y2": whole["height"]}, index=whole.index
    )
    own = images.set_index("image_id")[GT_BOX].set_axis(XYXY, axis=1).dropna()
    parts = [
        _view(base[base["image_id"].isin(match.index)], "retained", match[XYXY], match),
        _view(base, "end_to_end", best[XYXY], best),
        _view(base[base["image_id"].isin(own.index)], "gt_box", own, _nearest(own, ranked)),
        _view(base, "whole_image", photo, best),
    ]
    return pd.concat(parts, ignore_index=True)[VIEW_COLUMNS]


def _view(base: pd.DataFrame, name: str, box: pd.DataFrame, source: pd.DataFrame) -> pd.DataFrame:
    """Rows of one view: the region from ``box``, the shared type from ``source``."""
    rows = base.assign(view=name)
    ids = rows["image_id"]
    for column in XYXY:
        rows[column] = ids.map(box[column]).astype(float)
    rows["found"] = rows["x1"].notna()
    rows["detected_type"] = ids.map(source["label"]).fillna(NO_TYPE).astype(int)
    rows["score"] = ids.map(source["score"]).fillna(0.0)
    return rows


def _nearest(own: pd.DataFrame, ranked: pd.DataFrame) -> pd.DataFrame:
    """The detection that overlaps each image's own box most, where any does well enough."""
    chosen = []
    for image_id, part in ranked[ranked["image_id"].isin(own.index)].groupby("image_id"):
        overlap = iou(part[XYXY].to_numpy(), own.loc[[image_id]].to_numpy())[:, 0]
        if overlap.max() >= SAME_BOX:
            chosen.append(part.iloc[[int(overlap.argmax())]])
    empty = pd.DataFrame(columns=ranked.columns)
    return (pd.concat(chosen) if chosen else empty).set_index("image_id")


def _share(part: int, whole: int) -> dict[str, Any]:
    return {"images": whole, "retained": part, "rate": part / whole if whole else None}


def retention_figures(
    images: pd.DataFrame, detections: pd.DataFrame, table: pd.DataFrame, categories: list[str]
) -> dict[str, Any]:
    """Retention overall, by split, type and category; why images were lost; the box audit.

    An image is lost because nothing was detected at all (``no_detection``), nothing with enough
    score (``low_score``), or only other types (``other_type``, with which).
    """
    kept = set(table.loc[table["view"] == "retained", "image_id"])
    is_kept = images["image_id"].isin(kept)

    def rates(values: pd.Series, names: list[str]) -> dict[str, Any]:
        groups = [(name, values == key) for key, name in enumerate(names)]
        return {n: _share(int((m & is_kept).sum()), int(m.sum())) for n, m in groups if m.any()}

    by_split = [(s, images["split"] == s) for s in SPLITS]
    return {
        "overall": _share(len(kept), len(images)),
        "by_split": {s: _share(int((m & is_kept).sum()), int(m.sum())) for s, m in by_split},
        "by_type": rates(images["object_type"], list(OBJECT_TYPES)),
        "by_category": rates(images["category"], categories),
        "lost": _reasons(images[~is_kept], detections, table),
        "box_audit": _audit(table),
    }


def _reasons(lost: pd.DataFrame, detections: pd.DataFrame, table: pd.DataFrame) -> dict[str, Any]:
    any_found = set(table.loc[(table["view"] == "end_to_end") & table["found"], "image_id"])
    detected = set(detections["image_id"])
    other = lost[lost["image_id"].isin(any_found)]
    weak = lost[~lost["image_id"].isin(any_found) & lost["image_id"].isin(detected)]
    top = table[(table["view"] == "end_to_end")].set_index("image_id")["detected_type"]
    seen = other["image_id"].map(top)
    pairs = Counter(zip(other["object_type"].tolist(), seen.tolist(), strict=True))
    return {
        "no_detection": int(len(lost) - len(other) - len(weak)),
        "low_score": len(weak),
        "other_type": len(other),
        "other_type_pairs": {
            f"{OBJECT_TYPES[true]} seen as {OBJECT_TYPES[found]}": count
            for (true, found), count in sorted(pairs.items())
        },
    }


def _audit(table: pd.DataFrame) -> dict[str, Any] | None:
    """Overlap of the retained crops with the dataset's own boxes, where it has them."""
    own = table[table["view"] == "gt_box"].set_index("image_id")[XYXY]
    kept = table[table["view"] == "retained"].set_index("image_id")[XYXY]
    both = kept.index.intersection(own.index)
    if both.empty:
        return None
    pairs = zip(kept.loc[both].to_numpy(), own.loc[both].to_numpy(), strict=True)
    overlap = np.array([iou(a[None], b[None])[0, 0] for a, b in pairs])
    return {
        "images": len(both),
        "mean_iou": float(overlap.mean()),
        "median_iou": float(np.median(overlap)),
        "share_above_0.5": float((overlap > 0.5).mean()),
    }
