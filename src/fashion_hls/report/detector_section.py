"""The page's section of a detector: COCO figures, curves, confused types, photos."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from fashion_hls.metrics.diagnostics import RULE, SIZE_LIMITS, SIZES
from fashion_hls.report import detections, plots
from fashion_hls.report.page import Section

_SIDES = tuple(round(limit**0.5) for limit in SIZE_LIMITS)
#: What the page says of each size of a box.
_SIZE_TEXT = dict(
    zip(
        SIZES,
        (f"below {_SIDES[0]}²", f"{_SIDES[0]}² to {_SIDES[1]}²", f"from {_SIDES[1]}² on"),
        strict=True,
    )
)


def detector_section(
    folder: Path, *, metrics: Path, pictures: Path, name: str, below: Path
) -> Section:
    """A detector's figures and pictures, of the benchmark's role or of a set beside it.

    Args:
        folder: where the training's curves are drawn.
        metrics: the profile's metrics folder.
        pictures: what the evaluations drew, a folder for each detector.
        name: the architecture.
        below: the set's folder within metrics' and pictures'.

    Raises:
        FileNotFoundError: a metrics file or a picture is missing.
    """
    run = _read(metrics / "detector" / below / f"{name}.json")
    figures, found = run["figures"], run["diagnostics"]
    curves = folder / "_".join(["curves", *below.parts, f"{name}.svg"])
    history = _read(metrics / "curves" / below / f"{name}.json")
    plots.training_curves(curves, history, panels={"loss": ["loss"], "val mAP": ["val/mAP"]})
    where = f"Detection, {below}" if below.parts else "Detection"
    return Section(
        title=f"{where}: {name} on {run['backbone']}",
        text=f"{figures['images']} {run['split']} images, {figures['objects']} objects. "
        f"{run['protocol']}. Intervals: {run['intervals']['level']:.0%}, bootstrap over images."
        f"\n\n{_errors_text(figures['objects'], found)}",
        tables=[
            ("COCO figures", _overall(figures, run["intervals"])),
            ("By size of the object's box, in square pixels of the photo", _by_size(run)),
            (
                "By object type. Best F1: the score from which on to count detections for the "
                "highest F1 at IoU 0.5; chosen on these photos, so it flatters",
                _by_type(figures["per_class"], found["best_f1"]),
            ),
        ],
        pictures=[
            (curves, "Training loss and validation mAP by epoch"),
            *_pictures(pictures / below / name, found["min_score"], figures["images"]),
        ],
    )


def _pictures(folder: Path, min_score: float, images: int) -> list[tuple[Path, str]]:
    """The evaluation's pictures with what they show; no sheets where there are no photos."""
    photos = (
        f"Solid: detections scored {min_score:g} or more. Dashed: truth, named where it was "
        "missed or seen as another type"
    )
    sheets = [
        (
            folder / detections.WORST,
            "The photos with the most missed objects, mistaken types and false detections, worst "
            f"first, ties by number. {photos}",
        ),
        (folder / detections.RANDOM, f"Photos drawn at random. {photos}"),
    ]
    return [
        (
            folder / detections.CURVES,
            "Precision against recall by object type, COCO's interpolation. Markers: the best F1",
        ),
        (
            folder / detections.CONFUSION,
            f"Confused object types at a score of {min_score:g} or more; counts, shaded by the "
            "share of their row",
        ),
        *(sheets if images else []),
    ]


def _errors_text(objects: int, found: dict[str, Any]) -> str:
    return (
        f"Of {objects} objects {found['right']} were found as their type, {found['mistaken']} as "
        f"another, {found['missed']} were missed; {found['false']} detections are false, "
        f"{found['false_again']} of them on an object that another detection took. The rule, with "
        f"min_score {found['min_score']:g}: {RULE}."
    )


def _overall(figures: dict[str, Any], intervals: dict[str, Any]) -> pd.DataFrame:
    """COCO's figures over boxes of any size, with their intervals."""
    sized = tuple(f"_{size}" for size in SIZES)
    return pd.DataFrame(
        [
            {"figure": key, "value": value, "low": None, "high": None, **intervals.get(key, {})}
            for key, value in figures.items()
            if key.startswith(("mAP", "AP", "AR")) and not key.endswith(sized)
        ]
    )


def _by_size(run: dict[str, Any]) -> pd.DataFrame:
    figures, objects = run["figures"], run["diagnostics"]["objects_by_size"]
    return pd.DataFrame(
        [
            {
                "size": f"{size} ({_SIZE_TEXT[size]})",
                "AP": figures[f"AP_{size}"],
                "AR@100": figures[f"AR_{size}"],
                "objects": objects[size],
            }
            for size in SIZES
        ]
    )


def _by_type(per_class: dict[str, Any], best: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "object type": name,
                **figures,
                "best F1": best[name]["F1"],
                "from score": best[name]["threshold"],
                "precision there": best[name]["precision"],
                "recall there": best[name]["recall"],
            }
            for name, figures in per_class.items()
        ]
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
