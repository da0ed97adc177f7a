"""Each claim of the paper with this run's verdict, and the paper's own inconsistencies.

``metrics/paper/claims.json`` names the figure that decides a claim; ``errata.json`` says what the
paper prints in two ways. A verdict is about this run's data and never about DeepFashion's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import pandas as pd

from fashion_hls.report.render import FEWEST_IMAGES, seeds
from fashion_hls.report.rows import PAPER_PROTOCOL, Metrics

SUPPORTED: Final = "supported"
CONTRADICTED: Final = "contradicted"
UNDECIDED: Final = "undecided"
NOT_RUN: Final = "not run"
_EXACT: Final = 1e-9


class Evidence(NamedTuple):
    """A run's metrics files: ``differences`` [method][protocol], ``retention``,
    ``detection_data``; ``catalogue``: differences on the catalogue, None where there is none;
    ``detectors``, ``catalogue_detectors``: metrics by architecture, trained on that set;
    ``recipe``: what the study of fine-tuning found, None where the run has none."""

    differences: Metrics
    retention: Metrics
    detection_data: Metrics
    catalogue: Metrics | None = None
    detectors: Metrics | None = None
    catalogue_detectors: Metrics | None = None
    recipe: Metrics | None = None


class Verdict(NamedTuple):
    """What this run says, and the figure or the reason."""

    verdict: str
    figure: str


def judged(claims: Metrics, evidence: Evidence) -> list[dict[str, str]]:
    """Every claim in the paper's order with its verdict.

    Args:
        claims: ``metrics/paper/claims.json``.
        evidence: this run's figures.

    Raises:
        ValueError: a claim asks for a kind of check that there is not.
    """
    return [
        {
            **{key: claim[key] for key in ("id", "place", "claim", "paper")},
            **_verdict(claim, evidence)._asdict(),
        }
        for claim in claims["claims"]
    ]


def _verdict(claim: Metrics, evidence: Evidence) -> Verdict:
    check = claim["check"]
    if check is None:
        return Verdict(NOT_RUN, claim["reason"])
    kinds: dict[str, Callable[[Metrics, Evidence], Verdict]] = {
        "difference": _difference,
        "retention": _retention,
        "balance": _balance,
        "best_detector": _best_detector,
        "recipe": _recipe,
    }
    if check["kind"] not in kinds:
        raise ValueError(f"claim {claim['id']}: no check of kind {check['kind']!r}")
    return kinds[check["kind"]](check, evidence)


def _difference(check: Metrics, evidence: Evidence) -> Verdict:
    """Decided where the interval of the paired difference to Baseline STL excludes zero."""
    differences = evidence.differences
    if check.get("set") == "catalogue":
        if evidence.catalogue is None:
            return Verdict(NOT_RUN, "no catalogue role in this profile")
        differences = evidence.catalogue
    report = differences.get(check["method"], {}).get(PAPER_PROTOCOL)
    if report is None:
        return Verdict(NOT_RUN, f"{check['method']} or Baseline STL was no part of this run")
    if report["images"] < FEWEST_IMAGES:
        return Verdict(NOT_RUN, f"only {report['images']} test images under {PAPER_PROTOCOL}")
    if "groups" in check:
        groups = report["groups"]
        if sum(count >= FEWEST_IMAGES for count in groups.values()) < check["groups"]:
            needs = f"{FEWEST_IMAGES} test images of each of {check['groups']} types"
            has = ", ".join(f"{count} {name}" for name, count in groups.items())
            return Verdict(NOT_RUN, f"needs {needs}; has {has}")
    figure = report[check["group"]][check["figure"]]
    if figure["difference"] is None:
        return Verdict(NOT_RUN, "the figure is undefined on this data")
    value, low, high = (100 * figure[key] for key in ("difference", "low", "high"))
    text = f"{value:+.2f} points [{low:+.2f}, {high:+.2f}], {report['images']} images"
    text += f", {PAPER_PROTOCOL}"
    return Verdict(_decided(low, high, check["expected"]), text)


def _decided(low: float, high: float, expected: str) -> str:
    """The verdict on a difference that is expected to be ``higher`` or ``lower`` than 0."""
    sign = 1 if expected == "higher" else -1
    if min(sign * low, sign * high) > 0:
        return SUPPORTED
    return CONTRADICTED if max(sign * low, sign * high) < 0 else UNDECIDED


def _recipe(check: Metrics, evidence: Evidence) -> Verdict:
    """The best of some ways to fine-tune less the run's own, in category top-1."""
    if evidence.recipe is None:
        return Verdict(NOT_RUN, "needs `-S study=recipe`")
    report = evidence.recipe["protocols"].get(PAPER_PROTOCOL)
    if report is None or report["images"] < FEWEST_IMAGES:
        return Verdict(NOT_RUN, f"too few test images under {PAPER_PROTOCOL}")
    rows = report["varied"][check["varied"]]
    own = next(name for name, one in rows.items() if one["top1"].get("difference") is None)
    compared = {name: rows[name]["top1"] for name in check["rows"] if name in rows}
    # Against a run that is on the claim's side already, nothing else would be contradicted.
    if own in check["rows"] or own not in check.get("own", [own]) or not compared:
        return Verdict(NOT_RUN, f"the run's own {check['varied']}, {own}, is no other way")
    best = max(compared, key=lambda name: compared[name]["difference"])
    value, low, high = (
        100 * compared[best][key] for key in ("difference", "difference_low", "difference_high")
    )
    text = f"{best} less {own}: {value:+.2f} points [{low:+.2f}, {high:+.2f}] in top-1, "
    text += f"{report['images']} images, {PAPER_PROTOCOL}, {seeds(evidence.recipe)}, "
    text += f"{evidence.recipe['image_size']} pixels, {evidence.recipe['note'].split(';')[0]}"
    return Verdict(_decided(low, high, check["expected"]), text)


def _retention(check: Metrics, evidence: Evidence) -> Verdict:
    """Of all images, or of the test images where the detector was trained on some of the others.

    One that has seen others of the set can fall short of the claim, but not bear it out.
    """
    boxed = evidence.detection_data.get("automatic_boxes") or {}
    seen = any(tally["accepted"] for tally in boxed.values())
    kept = evidence.retention["by_split"]["test"] if seen else evidence.retention["overall"]
    if kept["rate"] is None or kept["images"] < FEWEST_IMAGES:
        return Verdict(NOT_RUN, f"only {kept['images']} images")
    text = f"{100 * kept['rate']:.1f}% of {kept['images']} "
    if seen:
        text += "test images, by a detector that has seen training images of the set"
    else:
        text += "images"
    if kept["rate"] < check["at_least"]:
        return Verdict(CONTRADICTED, text)
    return Verdict(NOT_RUN if seen else SUPPORTED, text)


def _balance(_: Metrics, evidence: Evidence) -> Verdict:
    """MeanIR over objects and SCUMBLE in the printed form, which are the paper's."""
    data = evidence.detection_data
    if not data["balanced"]:
        return Verdict(NOT_RUN, "this profile does not balance its detection set")
    train = data["after"]["train"]
    ratio, scumble = train["mean_ir_objects"], train["scumble_printed"]
    reached = abs(ratio - 1) < _EXACT and abs(scumble) < _EXACT
    text = f"MeanIR {ratio:.4f}, SCUMBLE {scumble:.4f}"
    return Verdict(SUPPORTED if reached else CONTRADICTED, text)


def _best_detector(check: Metrics, evidence: Evidence) -> Verdict:
    """Decided where the claimed detector's interval of mAP and the best other's do not meet."""
    on_catalogue = check.get("set") == "catalogue"
    runs = evidence.catalogue_detectors if on_catalogue else evidence.detectors
    if runs is None:
        return Verdict(NOT_RUN, "no catalogue role in this profile")
    lacking = [name for name in check["among"] if name not in runs]
    if lacking:
        return Verdict(NOT_RUN, f"was no part of this run: {', '.join(lacking)}")
    untrained = [name for name in check["among"] if runs[name]["weights"] is None]
    if untrained:
        return Verdict(NOT_RUN, f"no fair race: {', '.join(untrained)} began untrained")
    images = runs[check["expected"]]["figures"]["images"]
    if images < FEWEST_IMAGES:
        return Verdict(NOT_RUN, f"only {images} test images")
    ranked = sorted(check["among"], key=lambda name: -runs[name]["figures"]["mAP"])
    claimed = check["expected"]
    other = next(name for name in ranked if name != claimed)
    ours, theirs = (runs[name]["intervals"]["mAP"] for name in (claimed, other))
    text = "mAP " + ", ".join(f"{name} {100 * runs[name]['figures']['mAP']:.1f}" for name in ranked)
    text += f", {images} images"
    if ours["low"] > theirs["high"]:
        return Verdict(SUPPORTED, text)
    if ours["high"] < theirs["low"]:
        return Verdict(CONTRADICTED, text)
    return Verdict(UNDECIDED, text)


def claims_markdown(rows: list[dict[str, str]], title: str) -> str:
    """The verdicts as a Markdown table, with what they are worth."""
    table = pd.DataFrame(rows)[["place", "claim", "paper", "verdict", "figure"]]
    body = table.rename(columns={"figure": "this run"}).to_markdown(
        index=False, disable_numparse=True
    )
    return (
        f"## Claims of the paper, on {title}\n\n{body}\n\n"
        "- supported, contradicted: the interval of the paired difference excludes zero, or the "
        "figure reaches what the paper reports, or does not; undecided: the interval holds zero. "
        "Of detectors: their intervals of mAP do not meet.\n"
        "- One dataset, and one seed where a row names no more: a verdict says what this run "
        "showed, not what holds for DeepFashion.\n"
    )


def errata_notes(errata: Metrics, table: int) -> list[str]:
    """What the paper contradicts itself in, as notes of one of its tables.

    A note before them lists what the scan of the paper misread there, if anything.
    """
    mended = "; ".join(
        f"'{one['read']}' as {one['here']}"
        for one in errata["misreadings"]
        if table in one["tables"]
    )
    scan = [f"Read from a scanned text, these misreadings taken: {mended}."] if mended else []
    return scan + [
        f"In the paper ({one['place']}): {one['printed']}. But {one['problem']}. "
        f"Here: {one['here']}."
        for one in errata["errata"]
        if table in one["tables"]
    ]
