from pathlib import Path

import pytest

from fashion_hls.documentation.links import anchors, broken, slug, targets

CHECKED = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *map(str, Path("docs").glob("*.md"))]


@pytest.mark.parametrize("page", CHECKED)
def test_every_link_and_anchor_leads_somewhere(page: str) -> None:
    assert broken([Path(page)]) == []


def test_links_are_found_at_all() -> None:
    found = list(targets(Path("README.md").read_text(encoding="utf-8")))
    assert {"docs/data.md#kept-and-lost-photos-looked-at", "#backbones"} <= set(found)
    assert "docs/pictures/workflow_stl.svg" in found


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("Kept and lost photos, looked at", "kept-and-lost-photos-looked-at"),
        ("A shop's own photos", "a-shops-own-photos"),
        ("How to add …", "how-to-add-"),
        ("`dataset.detection` and more", "datasetdetection-and-more"),
        ("Use [the page](page.md) of it", "use-the-page-of-it"),
        ("1. An example", "1-an-example"),
        ("MTL w/ RNN + VA", "mtl-w-rnn--va"),
    ],
)
def test_a_headings_anchor_is_githubs(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_anchors_number_repeats_and_leave_code_alone() -> None:
    text = "# One\n\n```sh\n# no heading\n```\n\n## One\n\n## Two {#own}\n"
    assert anchors(text) == {"one", "one-1", "own"}


@pytest.mark.parametrize(
    ("link", "wrong"),
    [
        ("[a](missing.md)", "no such file"),
        ("![a](missing.png)", "no such file"),
        ('<img src="missing.png">', "no such file"),
        ("[![a](here.md)](missing.md)", "no such file"),
        ("[a](/here.md)", "no such file"),
        ("[a](here.md#absent)", "no such heading"),
        ("[a](#absent)", "no such heading"),
        ("[a](data.csv#heading)", "no such heading"),
    ],
)
def test_a_link_that_leads_nowhere_is_named(tmp_path: Path, link: str, wrong: str) -> None:
    (tmp_path / "here.md").write_text("# Heading\n")
    (tmp_path / "data.csv").write_text("a\n")
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{link}\n")
    (found,) = broken([page])
    assert found.startswith(f"{page}: ")
    assert found.endswith(wrong)


@pytest.mark.parametrize(
    "link",
    [
        "[a](here.md#heading)",
        "[a](#page)",
        "[a](.)",
        "[a](https://example.org/missing#absent)",
        "`[a](missing.md)`",
        "```\n[a](missing.md)\n```",
    ],
)
def test_other_links_are_let_alone(tmp_path: Path, link: str) -> None:
    (tmp_path / "here.md").write_text("# Heading\n")
    page = tmp_path / "page.md"
    page.write_text(f"# Page\n\n{link}\n")
    assert broken([page]) == []
