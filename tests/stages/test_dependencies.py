"""Each stage's deps cover every first-party module that it imports, directly or not."""

import ast
from pathlib import Path

import pytest
import yaml

STAGES = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]

#: Packages whose modules are imported by a name from the configuration.
IMPORTED_BY_NAME = {"fashion_hls.detection.architectures"}


def imports_of(path: Path) -> set[str]:
    """Names of the first-party modules that a file imports, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in names if name.startswith("fashion_hls")}


def files_of(name: str) -> set[Path]:
    """The files that importing a module runs: itself and the packages above it."""
    parts = name.split(".")
    found = set()
    for depth in range(2, len(parts) + 1):
        base = Path("src", *parts[:depth])
        found |= {p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()}
    if name in IMPORTED_BY_NAME:
        found |= set(Path("src", *parts).glob("*.py"))
    return found


def script_of(stage: str) -> Path:
    """The file that a stage runs; the stages of a further set run the benchmark's files."""
    command: list[str] = STAGES[stage]["cmd"].split()
    return Path(next(word for word in command if word.startswith("stages/")))


def reached_from(path: Path) -> set[Path]:
    seen: set[Path] = set()
    waiting = {path}
    while waiting:
        current = waiting.pop()
        seen.add(current)
        waiting |= {f for name in imports_of(current) for f in files_of(name)} - seen
    return seen


@pytest.mark.parametrize("stage", STAGES)
def test_deps_cover_imports(stage: str) -> None:
    deps = [Path(dep) for dep in STAGES[stage]["deps"]]
    for path in reached_from(script_of(stage)):
        assert any(path == dep or dep in path.parents for dep in deps), path


@pytest.mark.parametrize("stage", STAGES)
def test_deps_on_code_exist_and_are_used(stage: str) -> None:
    reached = reached_from(script_of(stage))
    for dep in map(Path, STAGES[stage]["deps"]):
        if dep.parts[0] in ("src", "stages"):
            assert dep.exists(), dep
            used = any(path == dep or dep in path.parents for path in reached)
            assert used, f"{dep} is a dep that nothing imports"


def test_every_stage_has_its_file_and_every_file_its_stage() -> None:
    assert {script_of(stage) for stage in STAGES} == set(Path("stages").glob("*.py"))
    assert all(script_of(stage).stem == stage.replace("_set_", "_", 1) for stage in STAGES)


def test_a_further_set_has_the_benchmarks_deps_and_params() -> None:
    for stage in STAGES:
        own, first = STAGES[stage], STAGES.get(stage.replace("_set_", "_", 1))
        if first is None:  # the networks for one type are trained on further sets alone
            continue
        assert own["params"] == first["params"]
        code = [
            [dep for dep in one["deps"] if dep.startswith(("src", "stages"))]
            for one in (own, first)
        ]
        assert code[0] == code[1]
