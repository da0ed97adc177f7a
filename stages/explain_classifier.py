"""What a method with attention looked at: galleries as Figure 3, deletion and insertion."""

import hashlib
from pathlib import Path
from typing import Any

from fashion_hls.classification.build import load_classifier
from fashion_hls.config import Config
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary, write_json, write_whole
from fashion_hls.data.truth import truth_of
from fashion_hls.explain.attention import has_attention
from fashion_hls.explain.method import Explained, rows_of
from fashion_hls.metrics.consistency import seen_pairs
from fashion_hls.metrics.protocols import IN_USE
from fashion_hls.stage import header, item_and_set, metrics_folder, run, stage_name
from fashion_hls.tracking import StageRun
from fashion_hls.training.seed import seed_everything

METHOD, SET = item_and_set()
PREDICTIONS = Path("predictions/classifier") / SET.below / f"{METHOD}.parquet"


def main(config: Config, tracked: StageRun) -> None:
    """Write a gallery for each rule and the metrics file; without attention it says so."""
    seed_everything(config.seed, config.threads)
    vocabulary = read_vocabulary(SET.photos / "vocabulary.json")
    folder = Path("models/classifier") / SET.below / METHOD
    classifier, card = load_classifier(folder, method=METHOD, vocabulary=vocabulary)
    images = read_table(SET.photos / "images.parquet")
    train = truth_of(images, "train", len(vocabulary.attributes))
    explained = Explained(
        classifier=classifier,
        rows=rows_of(read_table(SET.crops / "manifest.parquet"), read_table(PREDICTIONS), "test"),
        stores={"crops": SET.crops / IMAGES, "benchmark": SET.photos / IMAGES},
        size=card["notes"]["image_size"],
        vocabulary=vocabulary,
        seen=seen_pairs(train.category, train.positives, len(vocabulary.categories)),
    )
    folder = Path("predictions/attention") / SET.below / METHOD
    folder.mkdir(parents=True, exist_ok=True)
    figures: dict[str, Any] = {"attention": None, "note": "this method has no attention"}
    if has_attention(classifier, explained.size):
        figures = {"attention": None, "note": "no test image has a crop"}
        if len(explained.rows):
            options = config.evaluation
            figures = explained.judged(
                seed=config.seed, draws=options.draws, level=options.level, threads=config.threads
            )
        drawn = {}
        for rule, picture in explained.galleries() if len(explained.rows) else ():
            write_whole(folder / f"{rule}.jpg", picture)
            # The page depends on this file, and so on the pictures.
            drawn[rule] = hashlib.sha256(picture).hexdigest()
            tracked.artifact(folder / f"{rule}.jpg")
        figures["galleries"] = drawn
    path = metrics_folder(config) / "attention" / SET.below / f"{METHOD}.json"
    facts = {
        "split": "test",
        "method": METHOD,
        "protocol": IN_USE,
        "backbone": config.backbone.name,
    }
    write_json(path, header(config, **facts, **figures))
    tracked.metrics_file(path)


if __name__ == "__main__":
    run(stage_name("explain_classifier", SET, METHOD), main, inputs=[PREDICTIONS])
