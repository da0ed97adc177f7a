"""DVC's plots with templates of our own: the fields they name are those of the data."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from dvc_render.vega import VegaRenderer

from fashion_hls.metrics.diagnostics import BACKGROUND, confusion_rows
from fashion_hls.report.plots import TYPE_COLOURS
from fashion_hls.taxonomy import OBJECT_TYPES

FOLDER = Path(".dvc/plots")
STAGES = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]
PLOTS = {
    Path(path).name: options
    for stage in STAGES.values()
    for plot in stage.get("plots", ())
    for path, options in plot.items()
    if "template" in options
}
ROWS = {
    "precision_recall.json": [
        {"IoU": 0.5, "type": OBJECT_TYPES[0], "recall": 0.0, "precision": 1.0, "rev": "workspace"}
    ],
    "confusion.json": [
        row | {"rev": "workspace"}
        for row in confusion_rows(np.zeros((5, 5), dtype=np.int64), OBJECT_TYPES)
    ],
}


@pytest.mark.parametrize("name", ROWS)
def test_the_template_takes_the_fields_that_are_written(name):
    options = PLOTS[name]
    renderer = VegaRenderer(
        ROWS[name],
        name,
        template=options["template"],
        template_dir=str(FOLDER),
        x=options["x"],
        y=options["y"],
    )
    filled = json.dumps(renderer.get_filled_template())
    assert "<DVC_METRIC" not in filled
    fields = set(_values(renderer.get_filled_template()["spec"], "field"))
    calculated = {"share"}
    assert fields - calculated <= set(ROWS[name][0])


def test_templates_know_the_types_and_the_reports_colours():
    curves = json.loads((FOLDER / "precision_recall.json").read_text())
    scale = curves["spec"]["encoding"]["color"]["scale"]
    assert (tuple(scale["domain"]), tuple(scale["range"])) == (OBJECT_TYPES, TYPE_COLOURS)
    counted = json.loads((FOLDER / "counted_confusion.json").read_text())
    assert counted["spec"]["encoding"]["x"]["sort"] == [*OBJECT_TYPES, BACKGROUND]


def _values(node, key):
    """What stands under a key anywhere in a template."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key and isinstance(value, str):
                yield value
            yield from _values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from _values(value, key)
