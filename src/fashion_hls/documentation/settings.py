"""The reference of the settings, from the models that check them and the sample's params.yaml.

A key's meaning is what its model's docstring says of it, or a model that this one extends. Keys
of which no docstring speaks, as their name is enough there, have theirs in ``meanings.yaml``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel

from fashion_hls.config import Config
from fashion_hls.config_training import Section
from fashion_hls.documentation.markdown import cell, prose, table

MEANINGS: Final = Path(__file__).with_name("meanings.yaml")
#: "``a``, ``b``, after the warm-up: what they are", up to the next such line or an empty one.
_ENTRY: Final = re.compile(
    r"(?:^|(?<=[.;] ))((?:``\w+``, )*``\w+``)(?:, [^:`.]*)?: (.+?)"
    r"(?=(?:^|(?<=[.;] ))(?:``\w+``, )*``\w+``(?:, [^:`.]*)?: |\n\n|\Z)",
    re.MULTILINE | re.DOTALL,
)
_BOUNDS: Final = {
    "minimum": "at least",
    "exclusiveMinimum": "above",
    "maximum": "at most",
    "exclusiveMaximum": "below",
    "minItems": "items at least",
    "minLength": "characters at least",
    "pattern": "pattern",
}
_WORDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "null": "`null`",
    "object": "mapping",
}


@dataclass(frozen=True)
class Key:
    """A row of the reference; ``default`` is None where the key must be given."""

    name: str
    type: str
    default: str | None
    meaning: str


def settings_page(params: Path = Path("params.yaml")) -> str:
    """The page: a section for each place of the configuration, a row for each key."""
    values = yaml.safe_load(params.read_text(encoding="utf-8"))
    parts = [_INTRODUCTION]
    for place, model in sections():
        parts.append(f"## {f'`{place}`' if place else 'Top level'}\n\n{_summary(model)}")
        given = _at(values, place)
        rows = []
        for key in keys(model):
            sample = cell(_shown(given[key.name])) if key.name in given else "—"
            default = "must be given" if key.default is None else key.default
            rows.append([f"`{key.name}`", key.type, default, sample, key.meaning])
        parts.append(table(["key", "type", "default", "in the sample", "meaning"], rows))
    return "\n\n".join(parts) + "\n"


def sections(model: type[Section] = Config, place: str = "") -> Iterator[tuple[str, type[Section]]]:
    """Every section below a model with its dotted place; ``NAME`` stands for any name."""
    yield place, model
    for name, field in model.model_fields.items():
        for inner, step in _models(field.annotation):
            yield from sections(inner, ".".join(part for part in (place, name, step) if part))


def keys(model: type[Section]) -> list[Key]:
    """The rows of one section."""
    schema = model.model_json_schema()
    required = set(schema.get("required", []))
    meanings = meanings_of(model)
    return [
        Key(
            name,
            _type(field),
            None if name in required else cell(_shown(field.get("default"))),
            meanings.get(name, ""),
        )
        for name, field in schema["properties"].items()
    ]


def meanings_of(model: type[BaseModel]) -> dict[str, str]:
    """What is said of each key: by the model, by those it extends, or by ``meanings.yaml``."""
    found: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, Section) and one is not Section:
            found |= documented(inspect.getdoc(one) or "")
            found |= further_meanings().get(one.__name__, {})
    return found


def documented(docstring: str) -> dict[str, str]:
    """The keys that a docstring explains, each with its text."""
    return {
        name: prose(" ".join(text.split()))
        for names, text in _ENTRY.findall(docstring)
        for name in re.findall(r"``(\w+)``", names)
    }


@cache
def further_meanings() -> Mapping[str, Mapping[str, str]]:
    """``meanings.yaml``: model to key to meaning."""
    read: dict[str, dict[str, str]] = yaml.safe_load(MEANINGS.read_text(encoding="utf-8"))
    return read


def _summary(model: type[Section]) -> str:
    return prose(" ".join((inspect.getdoc(model) or "").split("\n\n", 1)[0].split()))


def _models(annotation: Any) -> Iterator[tuple[type[Section], str]]:
    """The sections within an annotation; the step is ``NAME`` below a mapping."""
    if inspect.isclass(annotation) and issubclass(annotation, Section):
        yield annotation, ""
    arguments = getattr(annotation, "__args__", ())
    named = "NAME" if getattr(annotation, "__origin__", None) is dict else ""
    for argument in arguments:
        for inner, step in _models(argument):
            yield inner, named or step


def _type(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema or "allOf" in schema:
        return "section below"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema or "const" in schema:
        return ", ".join(f"`{one}`" for one in schema.get("enum", [schema.get("const")]))
    if "prefixItems" in schema:
        return f"list of {len(schema['prefixItems'])}: {_type(schema['prefixItems'][0])}"
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}{_bounds(schema)}"
    inner = schema.get("additionalProperties")
    if isinstance(inner, dict) and inner:
        return f"mapping of names to {'sections below' if '$ref' in inner else _type(inner)}"
    return _WORDS.get(schema.get("type", ""), "anything") + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    said = [f"{word} {_shown(schema[key])}" for key, word in _BOUNDS.items() if key in schema]
    return cell(f", {', '.join(said)}") if said else ""


def _at(values: Any, place: str) -> dict[str, Any]:
    """What params.yaml holds at a place; of several names, the first one's."""
    for step in place.split(".") if place else []:
        values = (values or {}).get(next(iter(values)) if step == "NAME" else step)
    return values or {}


def _shown(value: Any) -> str:
    """A value as it would be typed; a whole section or a long text is not repeated."""
    if isinstance(value, dict):
        return "below" if value else "`{}`"
    text = value if isinstance(value, str) else yaml.safe_dump(value, default_flow_style=True)
    text = " ".join(text.replace("...", "").split())
    return f"`{text}`" if len(text) <= 60 else f"`{text[:57]}…`"


_INTRODUCTION: Final = """\
# Settings

Every key of `params.yaml`, which `dvc exp run` composes from `conf/`, with what it may be.
Generated from the models that check it (`config.py`, `config_training.py`, `config_study.py`); an
unknown key or a wrong value ends a run in one line. Change a key with `-S`, for instance
`dvc exp run -S train.lr=0.0005`. The column *in the sample* is the committed `params.yaml`. `conf/`
has comments beside the values of each profile and budget."""
