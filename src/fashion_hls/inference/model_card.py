"""A bundle's model card, written from its figures: README.md of the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fashion_hls.inference.figures import ATTRIBUTES, CATEGORY, DETECTION


def model_card(card: Mapping[str, Any]) -> str:
    """Markdown for people who are about to use the bundle.

    Args:
        card: of the bundle, with figures and provenance.
    """
    data, names = card["data"], card["vocabulary"]
    parts = [
        f"# {card['name']}: garments, their categories and attributes",
        f"A bundle of fashion-hls {card['provenance']['fashion_hls']}: a detector of "
        f"{', '.join(card['object_types'])}, and {_list(card['classifiers'])} to name what it "
        f"finds ({len(names['categories'])} categories, {len(names['attributes'])} attributes).",
        "## Use",
        "    fashion-hls predict photo.jpg --models THIS_FILE --draw drawn",
        "## Data, licences and known bias",
        f"Trained on {data['title']}. Licence of the data: {data['licence']}. Known bias: "
        f"{data['bias']}.",
        *([f"Note: {data['note']}."] if "note" in data else []),
        "No person is recognised and nothing is said of people; attributes such as a department "
        "are what the data's shop called the product. Not for decisions about people.",
        "## Figures",
        "On test splits of this data, in percent; [95% bootstrap interval over images].",
        *_detection(card),
        *_classification(card),
        *_validation(card),
        "## How it was made",
        _made(card),
    ]
    return "\n\n".join(parts) + "\n"


def _list(names: Mapping[str, Any]) -> str:
    return ", ".join(names)


def _percent(figure: Mapping[str, float | None]) -> str:
    value = figure["value"]
    if value is None:
        return "—"
    low, high = figure.get("low"), figure.get("high")
    if low is None or high is None:
        return f"{100 * value:.1f}"
    return f"{100 * value:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _detection(card: Mapping[str, Any]) -> list[str]:
    told, detector = card["figures"]["detector"], card["detector"]
    if told is None:
        return [f"Detection ({detector['name']}): not evaluated."]
    row = [detector["name"], str(told["images"]), *(_percent(told[key]) for key in DETECTION)]
    return [
        f"Detection, {told['split']} split, seed {told['seed']}; {told['protocol']}:",
        _table(["detector", "photos", *DETECTION], [row]),
    ]


def _classification(card: Mapping[str, Any]) -> list[str]:
    keys = [*CATEGORY, *ATTRIBUTES]
    rows, seeds = [], set()
    for method, told in card["figures"]["classifiers"].items():
        for protocol, own in (told or {"protocols": {}})["protocols"].items():
            seeds.add(told["seed"])
            figures = [_percent(own[key]) for key in keys]
            rows.append([method, protocol, str(own["images"]), *figures])
    if not rows:
        return ["Classification: not evaluated."]
    return [
        f"Classification, test split, seed {', '.join(map(str, sorted(seeds)))}. `retained`: crops "
        "whose detected type matches the label (it uses the label); `end_to_end`: all photos, as "
        "in use:",
        _table(["method", "protocol", "photos", *keys], rows),
    ]


def _validation(card: Mapping[str, Any]) -> list[str]:
    lines = []
    for method, own in card["figures"]["validation"].items():
        lines.append(
            f"- {method}: an attribute is named from a threshold of its own on, the best F1 on "
            f"the validation split ({own['images']} photos, {own['protocol']}). There, with the "
            f"weights as stored ({card['precision']}): precision {100 * own['precision']:.1f}, "
            f"recall {100 * own['recall']:.1f}, {own['attributes_named']:.1f} attributes a photo; "
            f"category top-1 {100 * own['top1']:.1f}. Chosen and measured on the same photos."
        )
    return ["\n".join(lines)] if lines else []


def _made(card: Mapping[str, Any]) -> str:
    made = card["provenance"]
    changed = ", with changed files" if made["changed_files"] else ""
    rows = [[f"weights of {key}", f"`{value}`"] for key, value in made["weights"].items()]
    rows += [[f"data: {key}", f"`{value}`"] for key, value in made["data"].items()]
    return f"Commit `{made['commit']}`{changed}.\n\n" + _table(["what", "SHA-256"], rows)
