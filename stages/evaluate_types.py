"""Category figures of the networks that know one object type each, under every protocol."""

from pathlib import Path

import numpy as np

from fashion_hls.config import Config
from fashion_hls.data.store import read_table, read_vocabulary, write_json
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import method_figures
from fashion_hls.stage import header, image_set, metrics_folder, run, stage_name
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.tracking import StageRun

SET = image_set()
PREDICTIONS = Path("predictions/classifier") / SET.below / "types.parquet"


def main(config: Config, tracked: StageRun) -> None:
    """Write the metrics file: a report for each type that has a network."""
    vocabulary = read_vocabulary(SET.photos / "vocabulary.json")
    images = read_table(SET.photos / "images.parquet")
    predictions = read_table(PREDICTIONS)
    # The networks name no attributes.
    truth = truth_of(images.assign(attributes=[[]] * len(images)), "test", 0)
    reports = {}
    for kind, name in enumerate(OBJECT_TYPES):
        ids = images.loc[images["object_type"] == kind, "image_id"]
        part = predictions[predictions["image_id"].isin(ids)]
        if part.empty:
            continue
        protocols = method_figures(
            part,
            truth,
            seed=config.seed,
            draws=config.evaluation.draws,
            level=config.evaluation.level,
        )
        categories = int(np.sum(np.asarray(vocabulary.category_types) == kind))
        reports[name] = {"categories": categories, "protocols": protocols}
    figures = header(
        config,
        split="test",
        set=SET.name,
        backbone=config.backbone.name,
        trained_on=list(config.train.views),
        note="each network is asked about test images of its own (true) type, as in the paper",
        types=reports,
    )
    path = metrics_folder(config) / "classifier" / SET.below / "types.json"
    write_json(path, figures)
    tracked.metrics_file(path)


if __name__ == "__main__":
    run(stage_name("evaluate_types", SET), main, inputs=[PREDICTIONS])
