"""docs/data.md explains every kind of problem that a reader counts, and no other."""

import ast
import re
from pathlib import Path

from fashion_hls.data.tolerance import DAMAGE

ROOT = Path(__file__).parents[3]


def counted() -> set[str]:
    """The kinds in calls of ``quality.add`` and in what such calls choose from."""
    kinds = set()
    for path in (ROOT / "src/fashion_hls/data").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "add"
                and node.args
            ):
                constants = (n for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant))
                kinds |= {n.value for n in constants if isinstance(n.value, str)}
    return {kind for kind in kinds if re.fullmatch(r"[a-z]+\.[a-z_]+", kind)}


def test_every_kind_of_problem_is_explained_once() -> None:
    text = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `([a-z]+\.[a-z_]+)` \|", text, flags=re.MULTILINE)
    assert len(explained) == len(set(explained))
    assert set(explained) == counted()


def test_the_page_marks_what_counts_as_bad() -> None:
    text = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    marked = re.findall(r"^\| `([a-z]+\.[a-z_]+)` .*\| yes \|$", text, flags=re.MULTILINE)
    assert set(marked) == DAMAGE
