"""A question that the paper leaves open, answered by many small trainings, over seeds."""

from pathlib import Path
from typing import Any

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.store import IMAGES, write_json
from fashion_hls.stage import header, item, metrics_folder, run, stage_name
from fashion_hls.study.bench import STUDIES, Bench
from fashion_hls.study.material import TRAINED_ON
from fashion_hls.tracking import StageRun
from fashion_hls.training.checkpoint import Checkpoints, fingerprint, library_versions
from fashion_hls.training.seed import seed_everything

KIND, SET = item(), places.BENCHMARK_SET
NAME = stage_name("study", SET, KIND)
INPUTS = [
    SET.crops / "manifest.parquet",
    SET.crops / "detections.parquet",
    SET.photos / "vocabulary.json",
    SET.crops / IMAGES,
    SET.photos / IMAGES,
]
CODE = [Path("src/fashion_hls"), Path(__file__)]


def _of_heads(config: Config) -> dict[str, Any]:
    return {
        "image_size": config.study.image_size,
        "note": "heads on features of a backbone that is frozen throughout and was not fine-tuned",
    }


def _of_recipe(config: Config) -> dict[str, Any]:
    budget = config.study.recipe
    note = f"fine-tuned for {budget.epochs} epochs; the first row of a table is the run's own"
    return {"image_size": budget.image_size, "note": note}


def main(config: Config, tracked: StageRun) -> None:
    """Write metrics/PROFILE/classifier/study/KIND.json."""
    seed_everything(config.seed, config.threads)
    params = {
        "kind": KIND,
        "backbone": config.backbone.model_dump(),
        "study": config.study.model_dump(mode="json"),
        "heads": config.heads.model_dump(),
        "train": config.train.model_dump(mode="json"),
        "libraries": library_versions(),
        "seed": config.seed,
        "threads": config.threads,
    }
    with Checkpoints(NAME.replace("@", "-"), fingerprint(params, INPUTS, CODE)) as checkpoints:
        found = STUDIES[KIND](Bench(config, SET, checkpoints))
        figures = header(
            config,
            split="test",
            study=KIND,
            seeds=config.study.seeds,
            level=config.evaluation.level,
            draws=config.evaluation.draws,
            trained_on=TRAINED_ON,
            **(_of_recipe(config) if KIND == "recipe" else _of_heads(config)),
            **found,
        )
        path = metrics_folder(config) / places.STUDIES / f"{KIND}.json"
        write_json(path, figures)
        checkpoints.finish()
    tracked.metrics_file(path)


if __name__ == "__main__":
    run(NAME, main, inputs=INPUTS)
