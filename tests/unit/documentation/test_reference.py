import json
import re
from pathlib import Path

import yaml

from fashion_hls.__main__ import command_line
from fashion_hls.documentation.chain import metrics_page, stages_page
from fashion_hls.documentation.command_line import command_line_page, subcommands

CHAIN = yaml.safe_load(Path("dvc.yaml").read_text(encoding="utf-8"))["stages"]


def section(page: str, heading: str) -> str:
    """The text below a heading, up to the next one of its level or above."""
    level = heading.split(" ")[0]
    return page.split(f"{heading}\n", 1)[1].split(f"\n{level} ", 1)[0]


def test_every_command_and_option_is_listed() -> None:
    page = command_line_page()
    commands = subcommands(command_line())
    assert {"evaluate", "init-catalogue"} <= {name for name, *_ in commands}
    for name, parser, _ in commands:
        text = section(page, f"### fashion-hls {name}")
        for action in parser._actions:
            for option in action.option_strings or [action.dest]:
                assert option in ("-h", "--help") or f"`{option}`" in text


def test_what_must_be_given_is_said() -> None:
    text = section(command_line_page(), "### fashion-hls evaluate")
    assert "(docs/evaluate.md); must be given |" in text
    assert text.count("must be given") == 1
    assert "| `--split` | `train`, `val`, `test` |" in text


def test_every_target_with_a_help_is_listed() -> None:
    page = command_line_page()
    targets = re.findall(r"^([a-z-]+):.*##", Path("Makefile").read_text(), flags=re.MULTILINE)
    assert {"repro", "test", "docs"} <= set(targets)
    assert [name for name in targets if f"| `make {name}` |" not in page] == []


def test_every_stage_has_a_section_with_its_outputs() -> None:
    page = stages_page()
    for name, stage in CHAIN.items():
        text = section(page, f"## {name}")
        for kind in ("outs", "metrics", "plots"):
            names = stage.get("do", stage).get(kind, [])
            for one in (next(iter(n)) if isinstance(n, dict) else n for n in names):
                assert one.rsplit("/", 1)[-1].split("$")[0] in text
        assert "${" not in text
        assert "src/fashion_hls" not in section(page, f"## {name}").split("| reads")[-1]


def test_repeated_stages_say_for_what() -> None:
    text = section(stages_page(), "## train_detector")
    assert "`models/detector/ARCH`" in text
    assert "`metrics/PROFILE/curves/ARCH.json`" in text


def test_metrics_files_show_the_samples_figures() -> None:
    text = section(metrics_page(), "## retention.json")
    rate = json.loads(Path("metrics/sample/retention.json").read_text())["overall"]["rate"]
    assert f"| `overall.rate` | `{rate:.4g}` |" in text
    assert "[retain_crops](stages.md#retain_crops)" in text
    assert "`licence`" not in text


def test_every_kind_of_metrics_file_of_the_sample_has_a_section() -> None:
    page = metrics_page()
    shown = {Path(one) for one in re.findall(r"here `([^`]+)`", page)}
    declared = {
        re.sub(r"\$\{[^}]*\}", "*", next(iter(one)).removeprefix("metrics/${dataset.name}/"))
        for stage in CHAIN.values()
        for one in stage.get("do", stage).get("metrics", [])
    }
    for pattern in declared:
        found = set(Path("metrics/sample").glob(pattern))
        assert not found or found & shown, pattern
