"""Names as two catalogues may write them, and the files of this package read and checked."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Final, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from fashion_hls.errors import UserError
from fashion_hls.taxonomy import CATALOGUE


class NotOfTheTaxonomy(ValueError):
    """A set's categories or attributes are not those of the paper's catalogue; says why."""


class Section(BaseModel):
    """A part of a data file: unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Content = TypeVar("Content", bound=Section)


def fold(name: str) -> str:
    """A name without case, spaces and signs: "T-shirts" is "Tshirts", "&" is "and"."""
    plain = unicodedata.normalize("NFKC", name).casefold().replace("&", "and")
    return "".join(letter for letter in plain if letter.isalnum())


#: Folded name -> Table 1's own.
TABLE1: Final = {fold(name): name for name in CATALOGUE}


def read_section(path: Path, kind: type[Content]) -> Content:
    """What a YAML file of this package holds.

    Raises:
        UserError: it is missing, is not YAML, or a field is wrong; names file and entry.
    """
    try:
        return kind.model_validate_json(_as_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        entry = ".".join(str(part) for part in first["loc"]) or "(top level)"
        raise UserError(
            f"{path}: {entry}: {first['msg']}; the comment at the file's head shows the form"
        ) from error


def _as_json(path: Path) -> str:
    """As JSON, whose strict reading takes a list for a tuple, and still no number for a name."""
    try:
        return json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise UserError(f"{path}: not found; install the package again") from error
    except (yaml.YAMLError, TypeError) as error:
        line = str(error).replace("\n", " ")
        raise UserError(f"{path}: is not valid YAML: {line}; mend the line it names") from error
