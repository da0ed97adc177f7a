"""The paper's tables with this run's rows: exactly the detectors and methods of this run."""

from pathlib import Path

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.store import read_json, read_table, read_vocabulary, write_json
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import differences
from fashion_hls.report.catalogue_tables import table5, table6
from fashion_hls.report.claims import Evidence, claims_markdown, errata_notes, judged
from fashion_hls.report.dataset_tables import table2, table3
from fashion_hls.report.render import as_markdown, write_table
from fashion_hls.report.rows import PAPER_PROTOCOL
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
    paper = {n: read_json(places.PAPER / f"table{n}.json") for n in range(1, 8)}
    data = {role: read_json(folder / f"{role}_data.json") for role in ("detection", "benchmark")}
    vocabulary, title = read_vocabulary(places.BENCHMARK / "vocabulary.json"), config.dataset.title
    tables = [
        table1(paper[1], data["detection"]["categories"], title),
        table2(paper[2], vocabulary.attributes, vocabulary.attribute_groups, title),
        table3(paper[3], data["detection"], data["benchmark"], title),
        table4(paper[4], detectors),
        table5(paper[5], methods, title),
        table6(paper[6], methods, title),
        table7(paper[7], methods, read_json(folder / "baselines.json")),
    ]
    errata = read_json(places.PAPER / "errata.json")
    for table in tables:
        table.notes.extend(errata_notes(errata, table.number))
        table.notes.append(
            f"{title}: {config.dataset.bias}; seed {config.seed}; data: {config.dataset.licence}."
        )
        write_table(folder / "tables", table)
    retention = read_json(folder / "retention.json")
    claims = judged(
        read_json(places.PAPER / "claims.json"), Evidence(compared, retention, data["detection"])
    )
    write_json(
        folder / "tables" / "claims.json", header(config, protocol=PAPER_PROTOCOL, claims=claims)
    )
    text = as_markdown(tables) + "\n" + claims_markdown(claims, title)
    (folder / "tables" / "tables.md").write_text(text, encoding="utf-8")
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
