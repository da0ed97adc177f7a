"""Each stage's deps cover every first-party module that it imports, directly or not."""

import ast
from pathlib import Path

import pytest
import yaml

STAGES = yaml.safe_load(Path("dvc.yaml").read_text())["stages"]


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
    return found


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
    for path in reached_from(Path("stages") / f"{stage}.py"):
        assert any(path == dep or dep in path.parents for dep in deps), path


@pytest.mark.parametrize("stage", STAGES)
def test_deps_on_code_exist_and_are_used(stage: str) -> None:
    reached = reached_from(Path("stages") / f"{stage}.py")
    for dep in map(Path, STAGES[stage]["deps"]):
        if dep.parts[0] in ("src", "stages"):
            assert dep.exists(), dep
            used = any(path == dep or dep in path.parents for path in reached)
            assert used, f"{dep} is a dep that nothing imports"


def test_every_stage_has_its_file_and_every_file_its_stage() -> None:
    assert {path.stem for path in Path("stages").glob("*.py")} == set(STAGES)
