"""The paper's tables with this run's rows: exactly the detectors and methods of this run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fashion_hls import places
from fashion_hls.config import Config, Dataset
from fashion_hls.data.store import read_json, read_table, read_vocabulary, write_json
from fashion_hls.data.truth import truth_of
from fashion_hls.metrics.protocols import differences, mean_differences
from fashion_hls.report.catalogue_tables import (
    NO_CATALOGUE,
    OWN_ROLES,
    ShopRuns,
    table5,
    table6,
)
from fashion_hls.report.claims import Evidence, claims_markdown, errata_notes, judged
from fashion_hls.report.dataset_tables import table2, table3
from fashion_hls.report.render import as_markdown, write_table
from fashion_hls.report.rows import PAPER_PROTOCOL
from fashion_hls.report.study_section import read_studies
from fashion_hls.report.study_tables import study_markdown
from fashion_hls.report.table7 import table7
from fashion_hls.report.tables import DETECTORS, table1, table4
from fashion_hls.stage import header, metrics_folder, run
from fashion_hls.taxonomy import OBJECT_TYPES
from fashion_hls.tracking import StageRun

PREDICTIONS = Path("predictions/classifier")
REFERENCE, TYPES = "stl", "types"


def main(config: Config, tracked: StageRun) -> None:
    """Write metrics/PROFILE/tables and the methods' paired differences."""
    folder = metrics_folder(config)
    methods = {m: read_json(folder / "classifier" / f"{m}.json") for m in config.methods}
    detectors = {d: read_json(folder / "detector" / f"{d}.json") for d in config.detectors}
    compared = _differences(config, places.BENCHMARK_SET, config.methods)
    write_json(folder / "differences.json", header(config, split="test", methods=compared))
    for method, protocols in compared.items():
        for protocol, report in protocols.items():
            methods[method]["protocols"][protocol]["difference_to_stl"] = report
    paper = {n: read_json(places.PAPER / f"table{n}.json") for n in range(1, 8)}
    data = {role: read_json(folder / f"{role}_data.json") for role in ("detection", "benchmark")}
    vocabulary, title = read_vocabulary(places.BENCHMARK / "vocabulary.json"), config.dataset.title
    studies = dict(zip(config.study.kinds, read_studies(folder, config.study.kinds), strict=True))
    shop, shop_data = _catalogue(config, methods)
    own = _shop_is_benchmark(config.dataset)
    reason = {"reason": f"none beside it: {OWN_ROLES}"} if own else {}
    names = shop_data["vocabulary"] if shop_data else vocabulary.to_dict()
    tables = [
        table1(paper[1], data["detection"]["categories"], title),
        table2(paper[2], names["attributes"], names["attribute_groups"], shop.title),
        table3(paper[3], data["detection"], data["benchmark"], title, shop_data, **reason),
        table4(
            paper[4],
            detectors,
            _catalogue_detectors(config),
            _catalogue_detectors(config, places.TRANSFERRED, training_title=title),
            detectors={d: config.architectures[d].title for d in config.detectors} | DETECTORS,
            **reason,
        ),
        table5(paper[5], shop, studies.get("object_types")),
        table6(paper[6], shop),
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
    shop_compared = compared if own else _catalogue_differences(config)
    if not own and shop_compared is not None:
        path = folder / "tables" / "catalogue_differences.json"
        write_json(path, header(config, split="test", methods=shop_compared))
    evidence = Evidence(
        compared,
        retention,
        data["detection"],
        shop_compared,
        detectors,
        detectors if own else _catalogue_detectors(config),
        studies.get("recipe"),
    )
    claims = judged(read_json(places.PAPER / "claims.json"), evidence)
    write_json(
        folder / "tables" / "claims.json", header(config, protocol=PAPER_PROTOCOL, claims=claims)
    )
    text = as_markdown(tables) + "\n" + study_markdown(list(studies.values()))
    text += claims_markdown(claims, title)
    (folder / "tables" / "tables.md").write_text(text, encoding="utf-8")
    tracked.metrics_file(folder / "differences.json")
    tracked.artifact(folder / "tables" / "tables.md")


def _catalogue(
    config: Config, benchmark: dict[str, dict[str, Any]]
) -> tuple[ShopRuns, dict[str, Any] | None]:
    """What Tables 5 and 6 are about, and its counts: the catalogue, or else the benchmark."""
    if not config.dataset.further_sets:
        remark = OWN_ROLES if _shop_is_benchmark(config.dataset) else NO_CATALOGUE
        return ShopRuns(title=config.dataset.title, methods=benchmark, remark=remark), None
    folder = metrics_folder(config) / "classifier" / places.CATALOGUE_SET.below
    data = read_json(folder / "data.json")
    shop = ShopRuns(
        title=_catalogue_title(config),
        methods={m: read_json(folder / f"{m}.json") for m in config.methods},
        types=read_json(folder / "types.json"),
        categories=data["categories"],
        remark=None,
    )
    return shop, data


def _catalogue_detectors(
    config: Config, below: str = "", **facts: str
) -> dict[str, dict[str, Any]] | None:
    """Figures on the catalogue's test photos of the detectors trained on its boxes.

    Of those below another folder of its, with further facts; None without the role.
    """
    if not config.dataset.further_sets:
        return None
    folder = metrics_folder(config) / "detector" / places.CATALOGUE_SET.below / below
    facts = {"dataset_title": _catalogue_title(config), **facts}
    return {d: read_json(folder / f"{d}.json") | facts for d in config.detectors}


def _shop_is_benchmark(dataset: Dataset) -> bool:
    """Whether a shop's own data is the benchmark itself, and not beside it."""
    return dataset.benchmark.reader == "catalogue"


def _catalogue_title(config: Config) -> str:
    return f"{config.dataset.title}, catalogue"


def _catalogue_differences(config: Config) -> dict[str, dict[str, Any]] | None:
    """The methods and the networks for one type, less the baseline STL; None without the role."""
    if not config.dataset.further_sets:
        return None
    chosen, options = places.CATALOGUE_SET, config.evaluation
    compared = _differences(config, chosen, config.methods)
    if REFERENCE in config.methods:
        images = read_table(chosen.photos / "images.parquet")
        vocabulary = read_vocabulary(chosen.photos / "vocabulary.json")
        compared[TYPES] = mean_differences(
            read_table(PREDICTIONS / chosen.below / f"{TYPES}.parquet"),
            read_table(PREDICTIONS / chosen.below / f"{REFERENCE}.parquet"),
            truth_of(images, "test", len(vocabulary.attributes)),
            {int(i): OBJECT_TYPES[k] for i, k in images[["image_id", "object_type"]].to_numpy()},
            seed=config.seed,
            draws=options.draws,
            level=options.level,
        )
    return compared


def _differences(
    config: Config, chosen: places.ImageSet, methods: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Each method less the baseline STL, on the same resamples; none if STL was not run."""
    if REFERENCE not in config.methods:
        return {}
    vocabulary = read_vocabulary(chosen.photos / "vocabulary.json")
    images = read_table(chosen.photos / "images.parquet")
    truth = truth_of(images, "test", len(vocabulary.attributes))
    reference = read_table(PREDICTIONS / chosen.below / f"{REFERENCE}.parquet")
    options = config.evaluation
    return {
        method: differences(
            read_table(PREDICTIONS / chosen.below / f"{method}.parquet"),
            reference,
            truth,
            seed=config.seed,
            draws=options.draws,
            level=options.level,
        )
        for method in methods
        if method != REFERENCE
    }


if __name__ == "__main__":
    run("tables", main)
