"""Pages of the API: which modules there are; mkdocstrings writes out their docstrings."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SOURCE: Final = Path("src/fashion_hls")
#: Packages that have a page of their own, in the order of the chain; all other modules share one.
TITLES: Final = {
    "": "Settings, places, types",
    "data": "Data",
    "shop": "The paper's catalogue",
    "detection": "Detection",
    "classification": "Classification",
    "training": "Training",
    "search": "Search",
    "study": "Studies",
    "metrics": "Metrics",
    "explain": "Attention",
    "inference": "Inference",
    "app": "The page for photos",
    "report": "Report",
    "commands": "Commands",
    "documentation": "This site",
}


def module_pages(source: Path = SOURCE) -> dict[str, str]:
    """Path below ``reference/api/`` to Markdown, a page for each package that the source has."""
    pages = {}
    for package in [*TITLES, *sorted(_packages(source) - TITLES.keys())]:
        names = list(_modules(source, package))
        if not names:
            continue
        title = TITLES.get(package, package.capitalize())
        blocks = "\n\n".join(f"::: {name}" for name in names)
        pages[f"{package or 'top'}.md"] = f"# {title}\n\n{_summary(source, package)}\n\n{blocks}\n"
    return pages


def _packages(source: Path) -> set[str]:
    return {path.parent.name for path in source.glob("*/__init__.py")}


def _modules(source: Path, package: str) -> Iterator[str]:
    """Dotted names of a package's modules; those below ``fashion_hls`` itself are its own alone."""
    found = (source / package).rglob("*.py") if package else source.glob("*.py")
    for path in sorted(found):
        if not path.stem.startswith("_"):
            yield ".".join(("fashion_hls", *path.relative_to(source).with_suffix("").parts))


def _summary(source: Path, package: str) -> str:
    text = (source / package / "__init__.py").read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(text)) or ""
