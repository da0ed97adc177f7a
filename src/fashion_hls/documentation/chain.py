"""The reference of stages and metrics files, from dvc.yaml and metrics/sample."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from fashion_hls.documentation.markdown import cell, table

#: Keys that every metrics file begins with; said once.
COMMON: Final = ("dataset", "dataset_title", "bias", "licence", "seed", "split")
_SUBJECT: Final = re.compile(r"\$\{(?:item|key)(?:\.(\w+))?\}")
_SETTING: Final = re.compile(r"\$\{([\w.]+)\}")


def stages_page(chain: Path = Path("dvc.yaml")) -> str:
    """The page: each stage's purpose, command, settings, inputs and outputs."""
    parts = [_STAGES]
    for name, stage in _stages(chain):
        rows = [
            ["command", f"`{_subject(stage['cmd']).removeprefix('PYTHONPATH=src ')}`"],
            ["settings", _listed(stage.get("params", []))],
            ["reads", _listed(one for one in stage["deps"] if not _is_code(one))],
            ["leaves", _listed(_outputs(stage, "outs"))],
            ["metrics", _listed(_outputs(stage, "metrics"))],
            ["plots", _listed(_outputs(stage, "plots"))],
        ]
        shown = [row for row in rows if row[1]]
        parts.append(f"## {name}\n\n{stage['desc']}.\n\n{table(['', ''], shown)}")
    return "\n\n".join(parts) + "\n"


def metrics_page(chain: Path = Path("dvc.yaml"), examples: Path = Path("metrics/sample")) -> str:
    """The page: each metrics file's stage, and its keys with the values of the sample's run."""
    parts = [_METRICS]
    for name, stage in _stages(chain):
        for place in _outputs(stage, "metrics"):
            below = place.removeprefix("metrics/PROFILE/")
            example = _example(examples, below)
            if example is None:
                continue
            parts.append(
                f"## {below}\n\nWritten by [{name}](stages.md#{name}); "
                f"here `{example.as_posix()}`.\n\n{_keys(example)}"
            )
    return "\n\n".join(parts) + "\n"


def _stages(chain: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every stage; of one that DVC repeats, the part that is repeated."""
    for name, stage in yaml.safe_load(chain.read_text(encoding="utf-8"))["stages"].items():
        repeated = stage.get("do", {})
        yield name, {"desc": stage.get("desc", repeated.get("desc", "")), **stage, **repeated}


def _outputs(stage: Mapping[str, Any], kind: str) -> list[str]:
    names = (next(iter(one)) if isinstance(one, dict) else one for one in stage.get(kind, []))
    return [_subject(name) for name in names]


def _subject(text: str) -> str:
    """DVC's variables as words in capitals, PROFILE and what a stage is repeated for.

    Other settings stand in brackets by their key.
    """
    text = text.replace("${dataset.name}", "PROFILE")
    text = _SUBJECT.sub(lambda found: (found[1] or "NAME").upper(), text)
    return _SETTING.sub(lambda found: f"({found[1]})", text)


def _is_code(path: str) -> bool:
    return path.startswith(("src/", "stages/"))


def _listed(names: Any) -> str:
    return ", ".join(f"`{_subject(str(name))}`" for name in names)


def _example(folder: Path, below: str) -> Path | None:
    """The sample's file of this kind, if its run leaves one."""
    pattern = re.sub(r"\b[A-Z]+\b", "*", below)
    return min(folder.glob(pattern), default=None)


def _keys(path: Path) -> str:
    content = json.loads(path.read_text(encoding="utf-8"))
    rows = [
        [f"`{cell(key)}`", cell(value)]
        for key, value in _leaves(content, "", depth=3)
        if key not in COMMON
    ]
    return table(["key", "in the sample"], rows)


def _leaves(value: Any, key: str, depth: int) -> Iterator[tuple[str, str]]:
    """Dotted keys with a short value; of many alike, the first stands for all."""
    if not (isinstance(value, dict) and value and depth):
        yield key, _short(value)
        return
    below = f"{key}." if key else ""
    shown = list(value)[: _most(value)]
    for name in shown:
        yield from _leaves(value[name], f"{below}{name}", depth - 1)
    rest = list(value)[len(shown) :]
    if rest:
        names = ", ".join(f"`{name}`" for name in rest[:3]) + (", …" if len(rest) > 3 else "")
        yield f"{below}…", f"{len(rest)} more alike: {names}"


def _most(value: Mapping[str, Any]) -> int:
    """How many keys of a mapping are listed: one of like sections, two of a vocabulary's counts."""
    alike = len({json.dumps(_shape(inner)) for inner in value.values()}) == 1
    if alike and all(isinstance(inner, dict) for inner in value.values()):
        return 1
    return 2 if alike and len(value) > 5 else len(value)


def _shape(value: Any) -> Any:
    return sorted(value) if isinstance(value, dict) else type(value).__name__


def _short(value: Any) -> str:
    if isinstance(value, dict) and value:
        return f"{len(value)} keys: {', '.join(f'`{name}`' for name in list(value)[:6])}" + (
            ", …" if len(value) > 6 else ""
        )
    if isinstance(value, list):
        return f"list of {len(value)}"
    if isinstance(value, float):
        return f"`{value:.4g}`"
    text = json.dumps(value, ensure_ascii=False) if not isinstance(value, str) else value
    return f"`{text}`" if len(text) <= 80 else f"`{text[:77]}…`"


_STAGES: Final = """\
# Stages

Generated from `dvc.yaml`. `dvc repro NAME` runs a stage and what it needs. A stage that DVC repeats
for each detector, method or set is called with that after an `@`, as `train_classifier@stl_hls`;
a word in capitals stands for it here. PROFILE is the dataset's name. A stage's code is part of its
inputs and is left out: what changes it, runs it again.
[How it hangs together](../contributing.md#how-it-hangs-together) draws the chain."""

_METRICS: Final = """\
# Metrics files

Generated from `dvc.yaml` and from the sample's files, whose figures compare with nothing: they show
the form. [Metrics](../metrics.md) says what the figures mean. Every file begins with `dataset`,
`dataset_title`, `bias` (what a reader must know), `licence` (of the data), `seed` and, where there
is one, `split`. Rates lie between 0 and 1; an absent figure is `null`. The files are committed, and
`dvc metrics show`, `dvc metrics diff` read them."""
