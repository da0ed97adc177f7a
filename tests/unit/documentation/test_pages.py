from pathlib import Path

import pytest

from fashion_hls.documentation.docstrings import as_markdown
from fashion_hls.documentation.modules import SOURCE, module_pages
from fashion_hls.documentation.pages import OF_ROOT, generated_pages, with_site_links


@pytest.mark.parametrize(
    ("page", "before", "after"),
    [
        ("data.md", "[a](search.md#how)", "[a](search.md#how)"),
        ("data.md", "[a](../README.md#backbones)", "[a](readme.md#backbones)"),
        ("data.md", "[a](../metrics/open/tables/tables.md)", "[a](results.md)"),
        ("data.md", "[a](../src/fashion_hls/config.py)", "[a](reference/settings.md)"),
        ("data.md", "[a *b*](../metrics/open/retention.json)", "a *b*"),
        ("readme.md", "[a](docs/data.md#x)", "[a](data.md#x)"),
        ("readme.md", "![a](docs/pictures/a.svg)", "![a](pictures/a.svg)"),
        ("readme.md", "[a](CONTRIBUTING.md)", "[a](contributing.md)"),
        ("readme.md", "[a](LICENSE), [b](docs/b.md)", "a, [b](b.md)"),
        ("readme.md", "[a](#b) [c](https://d.org/e)", "[a](#b) [c](https://d.org/e)"),
        ("readme.md", "`[a](LICENSE)` and [a](LICENSE)", "`[a](LICENSE)` and a"),
        ("reference/stages.md", "[a](../contributing.md#b)", "[a](../contributing.md#b)"),
    ],
)
def test_links_hold_on_the_site(page: str, before: str, after: str) -> None:
    assert with_site_links(before, page) == after


def test_every_module_is_documented_once() -> None:
    blocks = [
        line.removeprefix("::: ")
        for text in module_pages().values()
        for line in text.splitlines()
        if line.startswith("::: ")
    ]
    modules = [
        ".".join(("fashion_hls", *path.relative_to(SOURCE).with_suffix("").parts))
        for path in SOURCE.rglob("*.py")
        if not path.name.startswith("_")
    ]
    assert sorted(blocks) == sorted(modules)


def test_a_new_package_has_a_page_of_its_own(tmp_path: Path) -> None:
    for name in ("", "data", "serving"):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / "__init__.py").write_text('"""What it is."""\n')
        (tmp_path / name / "thing.py").write_text("")
    pages = module_pages(tmp_path)
    assert set(pages) == {"top.md", "data.md", "serving.md"}
    assert pages["serving.md"] == "# Serving\n\nWhat it is.\n\n::: fashion_hls.serving.thing\n"
    assert "::: fashion_hls.thing" in pages["top.md"]


def test_no_generated_page_hides_one_of_docs() -> None:
    pages = generated_pages()
    assert set(OF_ROOT.values()) <= set(pages)
    assert [name for name in pages if (Path("docs") / name).exists()] == []


def test_docstrings_are_markdown() -> None:
    assert as_markdown("See :class:`A`, [b][c] and ``[b][c]``.") == (
        r"See `A`, [b]\[c] and ``[b][c]``."
    )
