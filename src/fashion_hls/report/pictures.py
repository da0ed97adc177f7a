"""The README's pictures: drawings of the sample, plots of figures; never a photo.

``make pictures`` runs it after ``make repro`` (and plots ``metrics/open`` as committed).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd

from fashion_hls import places
from fashion_hls.config import load
from fashion_hls.data.images import ImageStore
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary
from fashion_hls.report.plots import method_comparison
from fashion_hls.report.sheet import Cell, contact_sheet

PICTURES = Path("docs/pictures")
ROWS = {
    "frequencies": "label frequencies",
    "frequencies_given_true_category": "frequencies, true category (oracle)",
    "stl": "Baseline STL",
    "stl_hls": "STL w/ HLS",
    "mtl_rnn_va": "MTL w/ RNN+VA",
}


def detection_sheet(count: int) -> None:
    """Sample photos of the test split with the detector's boxes (score at least 0.7)."""
    images = read_table(places.DETECTION / "images.parquet").set_index("image_id")
    found = read_table(Path("predictions/detector/faster_rcnn.parquet"))
    found = found[found["score"] >= 0.7]
    store = ImageStore(places.DETECTION / IMAGES)
    test = images[images["split"] == "test"].head(count)
    cells = [
        Cell(image=store.image(str(row["file"])), boxes=_boxes(found[found["image_id"] == name]))
        for name, row in test.iterrows()
    ]
    contact_sheet(cells, columns=6, side=200).save(PICTURES / "sample_detections.png")


def _boxes(part: pd.DataFrame) -> list[tuple[int, tuple[float, float, float, float]]]:
    rows = part[["label", "x1", "y1", "x2", "y2"]].itertuples(index=False, name=None)
    return [(int(label), (x1, y1, x2, y2)) for label, x1, y1, x2, y2 in rows]


def category_sheet(each: int) -> None:
    """A few retained crops of every category of the sample."""
    vocabulary = read_vocabulary(places.BENCHMARK / "vocabulary.json")
    manifest = read_table(places.CROPS / "manifest.parquet")
    crops = manifest[manifest["view"] == "retained"]
    store = ImageStore(places.CROPS / IMAGES)
    cells = []
    for category, name in enumerate(vocabulary.categories):
        for row in crops[crops["category"] == category].head(each).to_dict("records"):
            attributes = ", ".join(vocabulary.attributes[i] for i in row["attributes"])
            cells.append(Cell(image=store.image(row["file"]), caption=f"{name}: {attributes}"))
    contact_sheet(cells, columns=6, side=150).save(PICTURES / "sample_crops.png")


def open_plots(metrics: Path) -> None:
    """Methods and baselines under ``whole_image`` and ``retained`` on real photos."""
    reports = json.loads((metrics / "baselines.json").read_text(encoding="utf-8"))["protocols"]
    for method in ("stl", "stl_hls", "mtl_rnn_va"):
        run = json.loads((metrics / "classifier" / f"{method}.json").read_text(encoding="utf-8"))
        for protocol, report in run["protocols"].items():
            reports[protocol][method] = report
    for protocol in ("whole_image", "retained"):
        for group, key, label in (
            ("category", "top1", "Category top-1"),
            ("attributes", "recall@5", "Attribute recall@5"),
        ):
            rows = [
                (ROWS[name], *(reports[protocol][name][group][key][end] for end in _ENDS))
                for name in ROWS
                # Given the true category, its own category figure would say nothing.
                if group == "attributes" or name != "frequencies_given_true_category"
            ]
            path = PICTURES / f"open_{protocol}_{group}.svg"
            method_comparison(path, rows, xlabel=f"{label}, {protocol}, open test split")


_ENDS = ("value", "low", "high")

if __name__ == "__main__":
    if load().dataset.sample is None:
        sys.exit("params.yaml is not the sample's: no photo goes into docs/; run `make repro`")
    PICTURES.mkdir(parents=True, exist_ok=True)
    detection_sheet(12)
    category_sheet(3)
    if (Path("metrics/open") / "baselines.json").is_file():
        open_plots(Path("metrics/open"))
