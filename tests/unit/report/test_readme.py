from pathlib import Path

import pytest

from fashion_hls.report.readme import results, with_results

README = Path("README.md").read_text(encoding="utf-8")


def test_the_readmes_figures_are_those_of_the_metrics_files() -> None:
    assert with_results(README, results(Path("metrics/open"))) == README


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "CHANGELOG.md", "CITATION.cff", "LICENSE"])
def test_files_that_the_readme_names_exist(name: str) -> None:
    assert name in README
    assert Path(name).is_file()


def test_pictures_of_the_readme_exist() -> None:
    named = [part.split(")")[0].split("#")[0] for part in README.split("](docs/")[1:]]
    assert named
    assert all((Path("docs") / name).is_file() for name in named)


def test_the_tree_names_every_module() -> None:
    tree = README.split("```tree", 1)[1].split("```", 1)[0]
    modules = [p for p in Path("src/fashion_hls").rglob("*.py") if p.name != "__init__.py"]
    assert [p.stem for p in modules if p.stem not in tree] == []
