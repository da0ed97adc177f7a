"""Docstrings as Markdown, for mkdocstrings (an extension of griffe, named in mkdocs.yml)."""

from __future__ import annotations

import re
from typing import Any, Final

import griffe

_ROLE: Final = re.compile(r":(?:func|class|mod|meth):(?=`)")
_CODE: Final = re.compile(r"(``.*?``)", re.DOTALL)


class Docstrings(griffe.Extension):
    """Reads every docstring of the package before mkdocstrings renders it."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the object's docstring, if it has one."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value)


def as_markdown(text: str) -> str:
    """A docstring without Sphinx's roles, and with brackets in a row that are no link.

    ``[b, 3][rows]`` is a shape or an index here, and would be a link in Markdown.
    """
    parts = _CODE.split(_ROLE.sub("", text))
    parts[::2] = [part.replace("][", r"]\[") for part in parts[::2]]
    return "".join(parts)
