"""The results block of the README, written from ``metrics/open`` and never by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from fashion_hls.report.render import FEWEST_IMAGES

BEGIN, END = "<!-- results: make readme -->", "<!-- /results -->"
ROWS = (
    ("frequencies", "Label frequencies, no picture seen"),
    ("frequencies_given_true_category", "Frequencies given the true category (oracle)"),
    ("stl", "Baseline STL"),
    ("stl_hls", "STL w/ HLS"),
    ("mtl_rnn_va", "MTL w/ RNN+VA"),
)
FIGURES = (
    ("category", "top1", "top-1"),
    ("category", "top3", "top-3"),
    ("attributes", "recall@3", "recall@3"),
    ("attributes", "recall@5", "recall@5"),
    ("attributes", "altered_recall@5", "altered recall@5"),
)


def results(metrics: Path) -> str:
    """Markdown of a profile's main figures: detection, retention, classification.

    Args:
        metrics: the profile's metrics folder.
    """
    return "\n\n".join([_detection(metrics), _retention(metrics), *_classification(metrics)])


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _detection(metrics: Path) -> str:
    runs = {path.stem: _read(path) for path in sorted((metrics / "detector").glob("*.json"))}
    run = next(iter(runs.values()))
    figures, intervals = run["figures"], run["intervals"]
    rows = [_detector_row(_title(name), one) for name, one in runs.items()]
    return (
        f"**Detection**, {run['split']} split: {figures['images']} photos, {figures['objects']} "
        f"garments; {run['protocol']}; percent with {intervals['level']:.0%} bootstrap intervals "
        f"over images; seed {run['seed']}.\n\n" + _markdown(rows)
    )


def _title(architecture: str) -> str:
    """What its file of conf/detector heads its column of Table 4 with."""
    path = Path("conf/detector") / f"{architecture}.yaml"
    own: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["architectures"]
    return str(own[architecture]["title"])


def _detector_row(title: str, run: dict[str, Any]) -> dict[str, str]:
    figures, intervals = run["figures"], run["intervals"]
    row = {"detector": f"{title}, {run['backbone']}"}
    row |= {
        name: _figure({"value": figures[name], **intervals[name]})
        for name in ("mAP", "AP50", "AR@100")
    }
    row |= {
        f"AP {name}": _figure({"value": one["AP"], **intervals["per_class"][name]["AP"]})
        for name, one in figures["per_class"].items()
    }
    return row


def _retention(metrics: Path) -> str:
    run = _read(metrics / "retention.json")
    rates = ", ".join(
        f"{name} {one['rate']:.1%} of {one['images']}"
        for name, one in run["by_type"].items()
        if one["images"] >= FEWEST_IMAGES
    )
    few = ", ".join(
        f"{one['retained']} of {one['images']} {name}"
        for name, one in run["by_type"].items()
        if one["images"] < FEWEST_IMAGES
    )
    rates += f"; {few}, too few for a rate" if few else ""
    return (
        f"**Retention** of the classification photos: {run['overall']['rate']:.1%} of "
        f"{run['overall']['images']} ({rates}); {run['protocol']}."
    )


def _classification(metrics: Path) -> list[str]:
    protocols = _read(metrics / "baselines.json")["protocols"]
    runs = {name: _read(path) for name, path in _methods(metrics).items() if path.is_file()}
    first = next(iter(runs.values()))
    level = next(iter(first["protocols"].values()))["level"]
    shared = {run["label_sharing"]["evaluation"] for run in runs.values() if run["label_sharing"]}
    for name, run in runs.items():
        for protocol, report in run["protocols"].items():
            protocols[protocol][name] = report
    parts = [
        f"**Classification**, {first['split']} split, {first['backbone']}, trained on "
        f"{' and '.join(first['trained_on'])} views, shared labels: "
        f"{', '.join(sorted(shared)) or 'none'}; percent with {level:.0%} bootstrap intervals "
        f"over images; seed {first['seed']}."
    ]
    for protocol in ("whole_image", "retained", "end_to_end"):
        reports = protocols[protocol]
        images = next(iter(reports.values()))["images"]
        rows = [_row(title, reports[name]) for name, title in ROWS if name in reports]
        parts.append(f"`{protocol}`, {images} images:\n\n{_markdown(rows)}")
    return parts


def _methods(metrics: Path) -> dict[str, Path]:
    return {name: metrics / "classifier" / f"{name}.json" for name, _ in ROWS[2:]}


def _row(title: str, report: dict[str, Any]) -> dict[str, str]:
    row = {"method": title}
    for group, key, heading in FIGURES:
        figure = report[group].get(key)
        row[heading] = "—" if figure is None else _figure(figure)
    return row


def _figure(figure: dict[str, float]) -> str:
    value, low, high = (100 * figure[key] for key in ("value", "low", "high"))
    return f"{value:.1f} [{low:.1f}, {high:.1f}]"


def _markdown(rows: list[dict[str, str]]) -> str:
    return str(pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True))


def with_results(text: str, block: str) -> str:
    """The README with its results block replaced."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{block}\n{END}{rest.split(END, 1)[1]}"


if __name__ == "__main__":
    readme = Path("README.md")
    text = readme.read_text(encoding="utf-8")
    readme.write_text(with_results(text, results(Path("metrics/open"))), encoding="utf-8")
