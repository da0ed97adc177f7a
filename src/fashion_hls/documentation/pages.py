"""Pages that only the site has: the reference, and files of the repository's root.

Pages link to each other as on GitHub, so a link that leaves ``docs/`` is turned to the page that
its file has become, or to plain text where it has become none.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Final

from fashion_hls.documentation.chain import metrics_page, stages_page
from fashion_hls.documentation.command_line import command_line_page
from fashion_hls.documentation.links import CODE, LINK
from fashion_hls.documentation.modules import module_pages
from fashion_hls.documentation.settings import settings_page

#: Files outside of docs/ that are pages of the site.
OF_ROOT: Final = {
    "README.md": "readme.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "metrics/open/tables/tables.md": "results.md",
}
#: What parts of the reference are generated from: pages of docs/ link to these, which GitHub has.
GENERATED_FROM: Final = {
    "src/fashion_hls/config.py": "reference/settings.md",
    "src/fashion_hls/__main__.py": "reference/commands.md",
    "dvc.yaml": "reference/stages.md",
    "metrics/sample": "reference/metrics.md",
}
DOCS: Final = "docs"
_RESULTS: Final = """\
# Results on real photos

The tables of the profile `open` ([its data](data.md)); [how to read them](results_page.md),
[what a figure means](metrics.md).

"""
#: The reference is found last.
_MATTER: Final = "---\nsearch:\n  boost: 0.5\n---\n\n"


def generated_pages() -> dict[str, str]:
    """Site path to Markdown of every page that no file in docs/ holds.

    Raises:
        OSError: not run from the repository's root.
    """
    reference = {
        "settings.md": settings_page(),
        "commands.md": command_line_page(),
        "stages.md": stages_page(),
        "metrics.md": metrics_page(),
        **{f"api/{name}": text for name, text in module_pages().items()},
    }
    pages = {f"reference/{name}": _MATTER + text for name, text in reference.items()}
    for source, page in OF_ROOT.items():
        pages[page] = Path(source).read_text(encoding="utf-8")
    pages["results.md"] = _RESULTS + pages["results.md"]
    return pages


def api_navigation() -> list[dict[str, str]]:
    """The API's pages as MkDocs' navigation has them: title to path."""
    return [
        {text.split("\n", 1)[0].removeprefix("# "): f"reference/api/{name}"}
        for name, text in module_pages().items()
    ]


def with_site_links(markdown: str, page: str) -> str:
    """A page's text with links that hold on the site.

    Args:
        markdown: of the page, code apart left as it is.
        page: its path on the site, e.g. ``data.md``.
    """
    source = next((one for one, name in OF_ROOT.items() if name == page), f"{DOCS}/{page}")
    kept: list[str] = []

    def put_by(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\0{len(kept) - 1}\0"

    text = CODE.sub(put_by, markdown)
    text = LINK.sub(lambda found: _link(found, source, page), text)
    # Code within code's place cannot be: one pass brings all of it back.
    return re.sub(r"\0(\d+)\0", lambda found: kept[int(found[1])], text)


def _link(found: re.Match[str], source: str, page: str) -> str:
    """One link, its target as the site has it."""
    whole, target = found[0], found[1]
    if re.match(r"^([a-z][a-z0-9+.-]*:|#)", target, re.IGNORECASE):
        return whole
    place, _, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(source), place))
    if path in OF_ROOT or path in GENERATED_FROM:
        new = (OF_ROOT | GENERATED_FROM)[path]
    elif path.startswith(f"{DOCS}/"):
        new = path.removeprefix(f"{DOCS}/")
    else:
        return whole[1 : whole.rindex("](")]
    new = posixpath.relpath(new, posixpath.dirname(page) or ".")
    ending = whole[whole.rindex(f"]({target}") + 2 + len(target) :]
    start = whole[: whole.rindex(f"]({target}") + 2]
    return f"{start}{new}{'#' + anchor if anchor else ''}{ending}"
