"""What a bundle's card tells of a run's metrics files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from fashion_hls.data.store import read_json

DETECTION: Final = ("mAP", "AP50", "AR@100")
CATEGORY: Final = ("top1", "top3")
ATTRIBUTES: Final = ("recall@3", "recall@5")
PROTOCOLS: Final = ("retained", "end_to_end", "gt_box", "whole_image")


def detector_figures(path: Path) -> dict[str, Any] | None:
    """Figures of a detector on the test split, with intervals; None where it was not evaluated."""
    if not path.is_file():
        return None
    file = read_json(path)
    spread = file.get("intervals", {})
    values = {}
    for key in DETECTION:
        values[key] = {"value": file["figures"][key]}
        if isinstance(own := spread.get(key), dict):
            values[key] |= {"low": own["low"], "high": own["high"]}
    return {
        "split": file["split"],
        "protocol": file["protocol"],
        "images": file["figures"]["images"],
        "seed": file["seed"],
        **values,
    }


def classifier_figures(path: Path) -> dict[str, Any] | None:
    """Figures of a method on the test split by protocol; None where it was not evaluated."""
    if not path.is_file():
        return None
    file = read_json(path)
    told: dict[str, Any] = {"split": file["split"], "seed": file["seed"], "protocols": {}}
    for protocol in PROTOCOLS:
        if own := file["protocols"].get(protocol):
            told["protocols"][protocol] = {
                "images": own["images"],
                **{key: own["category"][key] for key in CATEGORY},
                **{key: own["attributes"][key] for key in ATTRIBUTES},
            }
    return told
