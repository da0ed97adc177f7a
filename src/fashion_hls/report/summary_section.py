"""The page's first words: what was found, each sentence from a metrics file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fashion_hls.report.page import Section
from fashion_hls.report.render import FEWEST_IMAGES, seeds
from fashion_hls.report.rows import PAPER_PROTOCOL
from fashion_hls.report.study_section import read_studies
from fashion_hls.report.table7 import METHODS

Metrics = Mapping[str, Any]


def summary_section(
    metrics: Path, methods: Sequence[str], detectors: Mapping[str, str], studies: Sequence[str]
) -> Section:
    """Detection, retention, classification and label sharing, a paragraph each.

    Args:
        metrics: the profile's metrics folder.
        methods: the run's.
        detectors: the run's -> titles.
        studies: the run's.
    """
    parts = [
        _detection(metrics, detectors),
        _classification(metrics, methods),
        _sharing(metrics),
        *(_study(run) for run in read_studies(metrics, studies) if run["study"] == "label_sharing"),
    ]
    return Section(title="In short", text="\n\n".join(part for part in parts if part))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _detection(metrics: Path, detectors: Mapping[str, str]) -> str:
    runs = {name: _read(metrics / "detector" / f"{name}.json") for name in detectors}
    best = max(runs, key=lambda name: runs[name]["figures"]["mAP"] or 0)
    run, kept = runs[best], _read(metrics / "retention.json")["overall"]
    value = {"value": run["figures"]["mAP"], **run["intervals"]["mAP"]}
    among = f"The best of {len(runs)} detectors, " if len(runs) > 1 else "The detector, "
    text = f"{among}{detectors[best]}, has an mAP of {_percent(value)} on "
    text += f"{run['figures']['images']} test photos."
    if kept["rate"] is not None:
        text += f" The run's detector finds the garment of the label's type on {kept['rate']:.1%} "
        text += f"of {kept['images']} classification photos."
    return text


def _classification(metrics: Path, methods: Sequence[str]) -> str:
    reports = {}
    for name in methods:
        run = _read(metrics / "classifier" / f"{name}.json")
        report = run["protocols"].get(PAPER_PROTOCOL)
        if report is not None and report["images"] >= FEWEST_IMAGES:
            reports[name] = report
    if not reports:
        return ""
    sentences = []
    for group, key, what in (
        ("category", "top1", "Categories are right at the first guess on"),
        ("attributes", "recall@5", "Of the attributes, the best five guesses hold"),
    ):
        known = {n: r[group][key] for n, r in reports.items() if r[group][key]["value"] is not None}
        if known:
            best = max(known, key=lambda name: known[name]["value"])
            sentences.append(f"{what} {_percent(known[best])} ({METHODS.get(best, best)}).")
    images = next(iter(reports.values()))["images"]
    return " ".join([*sentences, f"Protocol {PAPER_PROTOCOL}, {images} test images."])


def _sharing(metrics: Path) -> str:
    compared = _read(metrics / "differences.json")["methods"].get("stl_hls", {})
    report = compared.get(PAPER_PROTOCOL)
    if report is None or report["images"] < FEWEST_IMAGES:
        return ""
    parts = [
        f"{_points(report[group][key])} in {what}"
        for group, key, what in (
            ("category", "top1", "category top-1"),
            ("attributes", "recall@3", "attribute recall@3"),
            ("attributes", "recall@5", "recall@5"),
        )
        if report[group][key]["difference"] is not None
    ]
    return f"Sharing labels (STL w/ HLS less Baseline STL, one seed) gives {_listed(parts)}."


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


def _study(run: Metrics) -> str:
    report = run["protocols"]["end_to_end"]
    types, attributes = (report[key] for key in ("type_to_category", "category_to_attributes"))
    oracle = _gain(attributes["ground_truth / oracle"], "recall@3")
    sentences = [
        f"Over {seeds(run)}, on frozen features, sharing the detected type gives "
        f"{_gain(types['predicted'], 'top1')} in top-1 and another image's type "
        f"{_gain(types['shuffled'], 'top1')};",
        f"sharing the predicted category gives {_gain(attributes['predicted'], 'recall@3')} in "
        f"recall@3, its probabilities {_gain(attributes['soft'], 'recall@3')}, another image's "
        f"category {_gain(attributes['shuffled'], 'recall@3')},",
        f"and the true one, which nobody has, {oracle}.",
    ]
    return " ".join(sentences)


def _gain(row: Metrics, figure: str) -> str:
    keys = {"difference": "difference", "low": "difference_low", "high": "difference_high"}
    return _points({key: row[figure][name] for key, name in keys.items()})


def _points(figure: Metrics) -> str:
    value, low, high = (100 * figure[key] for key in ("difference", "low", "high"))
    word = "" if low > 0 or high < 0 else ", undecided"
    return f"{value:+.2f} points [{low:+.2f}, {high:+.2f}{word}]"


def _percent(figure: Metrics) -> str:
    value, low, high = (100 * figure[key] for key in ("value", "low", "high"))
    return f"{value:.1f}% [{low:.1f}, {high:.1f}]"
