"""One plain page of the run."""

from pathlib import Path

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.report.run_page import write_run_page
from fashion_hls.stage import metrics_folder, run
from fashion_hls.tracking import StageRun


def main(config: Config, tracked: StageRun) -> None:
    """Write reports/PROFILE/index.html and its pictures."""
    folder = Path("reports") / config.dataset.name
    write_run_page(
        folder,
        metrics=metrics_folder(config),
        predictions=Path("predictions"),
        sheets=places.SHEETS,
        title=config.dataset.title,
        bias=config.dataset.bias,
        licence=config.dataset.licence,
        methods=config.methods,
        explained=config.explained,
        detectors=config.detectors,
        sets=config.dataset.further_sets,
        studies=config.study.kinds,
        titles={name: config.architectures[name].title for name in config.detectors},
        seed=config.seed,
    )
    tracked.artifact(folder / "index.html")


if __name__ == "__main__":
    run("report", main)
