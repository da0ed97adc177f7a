"""Links and anchors of Markdown files: which of them lead nowhere.

Checked is what a reader follows within the repository: files, folders and headings. Addresses
outside are not asked, as no test here calls out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

CODE: Final = re.compile(r"^(```|~~~).*?^\1[ \t]*$|(`+)[^`].*?\2", re.MULTILINE | re.DOTALL)
#: Text without brackets, or with an image within; the target up to a space or the bracket.
LINK: Final = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\](?:\([^)]*\))?)*\]\(<?([^)>\s]+)>?[^)]*\)")
IMAGE: Final = re.compile(r"!\[[^\]]*\]\(([^)\s]+)")
HTML: Final = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")
_HEADING: Final = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*#*$", re.MULTILINE)
_OWN_NAME: Final = re.compile(r"\s*\{\s*#([\w-]+)\s*\}$")
_OUTSIDE: Final = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub and the site (mkdocs.yml) make it."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    text = re.sub(r"[`*]", "", text).strip().lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")


def anchors(markdown: str) -> set[str]:
    """The anchors of a file; a heading that comes again is numbered from 1."""
    seen: dict[str, int] = {}
    names = set()
    # Fenced code only: a heading may hold code.
    for heading in _HEADING.findall(re.sub(r"^```.*?^```", "", markdown, flags=re.M | re.S)):
        own = _OWN_NAME.search(heading)
        name = own[1] if own else slug(heading)
        count = seen.get(name, 0)
        seen[name] = count + 1
        names.add(f"{name}-{count}" if count else name)
    return names


def targets(markdown: str) -> Iterator[str]:
    """Where a file's links and pictures lead, code apart."""
    text = CODE.sub("", markdown)
    # A picture that is a link's text is found by its own pattern, and others twice.
    yield from dict.fromkeys(one for each in (LINK, IMAGE, HTML) for one in each.findall(text))


def broken(pages: list[Path]) -> list[str]:
    """One line for each link of Markdown files that leads nowhere: file, target, what is wrong."""
    return [
        f"{page}: {target}: {wrong}"
        for page in pages
        for target in targets(page.read_text(encoding="utf-8"))
        if (wrong := _wrong(page, target))
    ]


def _wrong(page: Path, target: str) -> str | None:
    if _OUTSIDE.match(target):
        return None
    place, _, anchor = target.partition("#")
    other = page.parent / place if place else page
    if place.startswith("/") or not other.exists():
        return "no such file"
    if anchor and (other.suffix != ".md" or anchor not in _anchors_of(other.resolve())):
        return "no such heading"
    return None


@cache
def _anchors_of(page: Path) -> set[str]:
    return anchors(page.read_text(encoding="utf-8"))
