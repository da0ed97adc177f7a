"""The page of a run, from its committed metrics and the pictures of its detectors."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from fashion_hls import places
from fashion_hls.report import plots
from fashion_hls.report.attention_section import attention_section
from fashion_hls.report.classifier_section import classifier_section
from fashion_hls.report.detector_section import detector_section
from fashion_hls.report.page import Section, write_page
from fashion_hls.report.paper_tables import paper_sections
from fashion_hls.report.render import FEWEST_IMAGES
from fashion_hls.report.search_section import search_section
from fashion_hls.report.sheet_sections import audit_sheets, automatic_sheets, kept_and_lost
from fashion_hls.report.study_section import study_sections
from fashion_hls.report.summary_section import summary_section
from fashion_hls.report.table7 import BASELINES, METHODS

#: What each protocol means, for people who have not read the paper.
PROTOCOLS = {
    "retained": "crops whose detected type matches the label (the paper's; it uses the label)",
    "end_to_end": "all test images, best detection of any type; nothing found counts as wrong",
    "gt_box": "the dataset's own box",
    "whole_image": "the photo as it is",
}
#: Group and key of the metrics file, and heading, of what is plotted for each protocol.
PLOTTED = (
    ("category", "top1", "category top-1"),
    ("attributes", "recall@5", "attribute recall@5"),
)


def write_run_page(
    folder: Path,
    *,
    metrics: Path,
    predictions: Path,
    sheets: Path,
    title: str,
    bias: str,
    licence: str,
    methods: Sequence[str],
    explained: Sequence[str],
    detectors: Sequence[str],
    sets: Sequence[str],
    studies: Sequence[str],
    titles: Mapping[str, str],
    seed: int,
) -> None:
    """Write ``index.html`` and its pictures.

    Args:
        folder: where to.
        metrics: the profile's metrics folder.
        predictions: where the evaluations' pictures lie, of detectors, methods and attention.
        sheets: contact sheets, a folder for each prepared set and each set of crops.
        title: of the dataset profile.
        bias: what a reader of its figures must know.
        licence: of the data.
        methods: whose figures are shown.
        explained: those with attention.
        detectors: whose figures are shown.
        sets: further ones beside the benchmark, which have detectors of their own.
        studies: the run's.
        titles: of the detectors.
        seed: of the run.
    """
    places_of = [Path(), *map(Path, sets)]
    attention = [
        attention_section(metrics, predictions / "attention", name, below)
        for below in places_of
        for name in explained
    ]
    searches = [search_section(folder, metrics, m, below) for below in places_of for m in methods]
    boxes, mistakes = predictions / "detector_pictures", predictions / "classifier_pictures"
    sections = [
        summary_section(metrics, methods, titles, studies),
        _data(metrics, folder, automatic_sheets(sheets, sets)),
        *(
            detector_section(folder, metrics=metrics, pictures=boxes, name=name, below=below)
            for below in places_of
            for name in detectors
        ),
        _retention(metrics, folder, sheets / places.CROPS.name),
        *kept_and_lost(sheets, sets),
        *_classification(metrics, folder, methods),
        *(
            classifier_section(folder, metrics=metrics, pictures=mistakes, name=name, below=below)
            for below in places_of
            for name in methods
        ),
        *(section for section in [*attention, *searches] if section is not None),
        *study_sections(folder, metrics, studies),
        *paper_sections(metrics / "tables"),
        _claims(metrics),
        _quality(metrics),
    ]
    write_page(
        folder / "index.html",
        title=f"fashion-hls on {title}",
        subtitle=f"Known bias: {bias}. Licence of the data: {licence}. Seed {seed}.",
        sections=sections,
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _data(metrics: Path, folder: Path, sheets: list[tuple[Path, str]]) -> Section:
    detection = _read(metrics / "detection_data.json")
    benchmark = _read(metrics / "benchmark_data.json")
    after = detection["after"]
    types = pd.DataFrame({split: part["objects_per_type"] for split, part in after.items()})
    picture = folder / "object_types.svg"
    plots.type_counts(picture, types)
    imbalance = pd.DataFrame(
        [
            {
                "images": f"{when}, {split}",
                "MeanIR (objects)": part[split].get("mean_ir_objects"),
                "MeanIR (images)": part[split].get("mean_ir_images"),
                "SCUMBLE (reference)": part[split].get("scumble_reference"),
                "SCUMBLE (printed)": part[split].get("scumble_printed"),
            }
            for when, part in (("before", detection["before"]), ("after", after))
            for split in after
        ]
    )
    split = ", ".join(f"{k} {v}" for k, v in benchmark["images_per_split"].items())
    return Section(
        title="Data",
        text=f"Detection: {sum(p['images'] for p in after.values())} images, "
        f"{'' if detection['balanced'] else 'not '}balanced. "
        f"Classification: {benchmark['images']} images ({split}), "
        f"{benchmark['categories']} categories, {benchmark['attributes']} attributes.",
        tables=[("Imbalance before and after balancing", imbalance)],
        pictures=[(picture, "Objects of each type by split"), *sheets],
    )


def _retention(metrics: Path, folder: Path, sheets: Path) -> Section:
    run = _read(metrics / "retention.json")
    lost = run["lost"]
    picture = folder / "retention.svg"
    enough = {key: one for key, one in run["by_type"].items() if one["images"] >= FEWEST_IMAGES}
    plots.retention(picture, {key: one["rate"] for key, one in enough.items()})
    category = pd.DataFrame(
        [
            {
                "category": name,
                **one,
                "rate": one["rate"] if one["images"] >= FEWEST_IMAGES else None,
            }
            for name, one in run["by_category"].items()
        ]
    )
    overall = run["overall"]
    return Section(
        title="Retention",
        text=f"{overall['retained']} of {overall['images']} images kept "
        f"({overall['rate']:.1%}): {run['protocol']}. Lost: {lost['no_detection']} without a "
        f"detection, {lost['low_score']} with weak ones only, {lost['other_type']} seen as "
        "another type.",
        tables=[(f"By category; no rate from under {FEWEST_IMAGES} images", category)],
        pictures=[(picture, "Share of images kept by object type"), *audit_sheets(sheets)],
    )


def _classification(metrics: Path, folder: Path, methods: Sequence[str]) -> list[Section]:
    runs = {m: _read(metrics / "classifier" / f"{m}.json") for m in methods}
    baselines = _read(metrics / "baselines.json")["protocols"]
    sections = []
    for protocol, meaning in PROTOCOLS.items():
        reports = {
            m: r["protocols"][protocol] for m, r in runs.items() if protocol in r["protocols"]
        }
        if not reports:
            continue
        images = next(iter(reports.values()))["images"]
        pictures = []
        for group, key, label in PLOTTED if images >= FEWEST_IMAGES else ():
            rows = [(METHODS.get(m, m), *_ends(r[group][key])) for m, r in reports.items()]
            rows += [
                (BASELINES[name], *_ends(report[group][key]))
                for name, report in baselines[protocol].items()
                if report[group]
            ]
            picture = folder / f"{protocol}_{group}.svg"
            plots.method_comparison(picture, rows, xlabel=f"{label}, {protocol}")
            pictures.append((picture, f"{label} of each method under {protocol}"))
        sections.append(
            Section(
                title=f"Classification: {protocol}",
                text=f"{meaning[0].upper()}{meaning[1:]}. {images} test images.",
                pictures=pictures,
            )
        )
    return sections


def _ends(figure: dict[str, float | None]) -> tuple[float, float, float]:
    value, low, high = (
        float("nan") if figure[key] is None else float(figure[key] or 0.0)
        for key in ("value", "low", "high")
    )
    return value, low, high


def _claims(metrics: Path) -> Section:
    rows = _read(metrics / "tables" / "claims.json")["claims"]
    columns = {
        "place": "place in the paper",
        "claim": "claim",
        "paper": "the paper's figure",
        "verdict": "verdict",
        "figure": "this run",
    }
    return Section(
        title="Claims of the paper",
        text="What this run, of one seed and on its own data, says of each claim. Supported or "
        "contradicted where the interval of the difference excludes zero, or the intervals of two "
        "detectors do not meet; undecided otherwise.",
        tables=[("Verdicts", pd.DataFrame(rows)[list(columns)].rename(columns=columns))],
    )


def _quality(metrics: Path) -> Section:
    rows = [
        {"data": role, "problem": kind, "count": count}
        for role in ("detection", "benchmark")
        for kind, count in _read(metrics / f"{role}_quality.json")["counts"].items()
    ]
    table = pd.DataFrame(rows, columns=["data", "problem", "count"])
    return Section(
        title="Data quality",
        text="Every image, row and box that was dropped or changed, by kind. The metrics files "
        "name the first twenty of each." + ("" if rows else " Nothing was found."),
        tables=[("Problems found", table)] if rows else [],
    )
