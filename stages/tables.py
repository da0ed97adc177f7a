"""The paper's tables with this run's rows: exactly the detectors and methods of this run."""

from pathlib import Path

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.store import read_json, read_table, read_vocabulary, write_json
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import differences
from fashion_hls.report.render import as_markdown, write_table
from fashion_hls.report.table7 import table7
from fashion_hls.report.tables import table1, table4
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.tracking import StageRun

PREDICTIONS = Path("predictions/classifier")
REFERENCE = "stl"


def main(config: Config, tracked: StageRun) -> None:
    """Write metrics/PROFILE/tables and the methods' paired differences."""
    folder = metrics_folder(config)
    methods = {m: read_json(folder / "classifier" / f"{m}.json") for m in config.methods}
    detectors = {d: read_json(folder / "detector" / f"{d}.json") for d in config.detectors}
    compared = _differences(config)
    write_json(folder / "differences.json", header(config, split="test", methods=compared))
    for method, protocols in compared.items():
        for protocol, report in protocols.items():
            methods[method]["protocols"][protocol]["difference_to_stl"] = report
    counts = read_json(folder / "detection_data.json")["categories"]
    paper = {n: read_json(places.PAPER / f"table{n}.json") for n in (1, 4, 7)}
    baselines = read_json(folder / "baselines.json")
    tables = [
        table1(paper[1], counts, config.dataset.title),
        table4(paper[4], detectors),
        table7(paper[7], methods, baselines),
    ]
    for table in tables:
        table.notes.append(f"{config.dataset.title}: {config.dataset.bias}; seed {config.seed}.")
        write_table(folder / "tables", table)
    (folder / "tables" / "tables.md").write_text(as_markdown(tables), encoding="utf-8")
    tracked.metrics_file(folder / "differences.json")
    tracked.artifact(folder / "tables" / "tables.md")


def _differences(config: Config) -> dict[str, dict[str, dict[str, object]]]:
    """Each method less the baseline STL, on the same resamples; none if STL was not run."""
    if REFERENCE not in config.methods:
        return {}
    vocabulary = read_vocabulary(places.BENCHMARK / "vocabulary.json")
    images = read_table(places.BENCHMARK / "images.parquet")
    truth = truth_of(images, "test", len(vocabulary.attributes))
    reference = read_table(PREDICTIONS / f"{REFERENCE}.parquet")
    return {
        method: differences(
            read_table(PREDICTIONS / f"{method}.parquet"),
            reference,
            truth,
            seed=config.seed,
            draws=config.evaluation.draws,
            level=config.evaluation.level,
        )
        for method in config.methods
        if method != REFERENCE
    }


if __name__ == "__main__":
    run("tables", main)
