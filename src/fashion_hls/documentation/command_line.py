"""The reference of the command line, from the parsers themselves and the Makefile's help."""

from __future__ import annotations

import argparse
import re
import textwrap
from pathlib import Path
from typing import Final

from fashion_hls.__main__ import command_line
from fashion_hls.documentation.markdown import cell, table

_TARGET: Final = re.compile(r"^([a-z-]+):[^#\n]*## (.*)$", re.MULTILINE)


def command_line_page(makefile: Path = Path("Makefile")) -> str:
    """The page: the commands of ``fashion-hls`` with all options, then make's targets."""
    parts = [_INTRODUCTION]
    for name, parser, purpose in subcommands(command_line()):
        parts.append(f"### fashion-hls {name}\n\n{_sentence(purpose)}")
        parts.append(f"```\n{_usage(parser)}\n```")
        rows = [[_flags(action), _values(action), cell(_help(action))] for action in _own(parser)]
        if rows:
            parts.append(table(["argument", "values", "meaning"], rows))
    targets = [
        [f"`make {name}`", cell(_literal(text))]
        for name, text in _TARGET.findall(makefile.read_text(encoding="utf-8"))
    ]
    parts.append("## make\n\n" + table(["target", "what it does"], targets))
    return "\n\n".join(parts) + "\n"


def subcommands(
    parser: argparse.ArgumentParser,
) -> list[tuple[str, argparse.ArgumentParser, str]]:
    """Name, parser and help of each command."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {one.dest: one.help or "" for one in action._choices_actions}
            return [(name, one, helps.get(name, "")) for name, one in action.choices.items()]
    return []


def _own(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [one for one in parser._actions if not isinstance(one, argparse._HelpAction)]


def _usage(parser: argparse.ArgumentParser) -> str:
    """Broken at a width of its own: argparse would do it by that of the terminal."""
    line = " ".join(parser.format_usage().split()).removeprefix("usage: ")
    return textwrap.fill(
        line, 76, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _flags(action: argparse.Action) -> str:
    names = action.option_strings or [action.dest]
    return ", ".join(f"`{name}`" for name in names)


def _values(action: argparse.Action) -> str:
    if action.choices is not None:
        return ", ".join(f"`{one}`" for one in action.choices)
    if action.nargs == 0:
        return "none, a switch"
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    return f"`{name}`" + (" (several)" if action.nargs in ("+", "*") else "")


def _help(action: argparse.Action) -> str:
    needed = "; must be given" if action.required and action.option_strings else ""
    return _literal(action.help or "") + needed


def _literal(text: str) -> str:
    """Help as plain text: what would be markup in it is escaped."""
    return re.sub(r"([<>*_\[\]])", r"\\\1", text.replace("%%", "%"))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{_literal(text)[1:]}." if text else ""


_INTRODUCTION: Final = """\
# Command line

Generated from the parsers of `fashion-hls` and from the Makefile. A user's mistake ends a command
in one line and status 2. `fashion-hls` lies below `.venv/bin` after `make install`; settings of the
pipeline are given to `dvc exp run` with `-S` ([settings](settings.md)).

## fashion-hls"""
