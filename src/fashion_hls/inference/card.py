"""What a bundle's card must say, checked before anything is built by it (docs/bundle.md)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from fashion_hls.errors import UserError
from fashion_hls.taxonomy import OBJECT_TYPES

_Count = Annotated[int, Field(ge=1)]
#: Pixels of a crop, as networks take it: several times any that one was trained with.
_Side = Annotated[int, Field(ge=1, le=4096)]
_Share = Annotated[float, Field(ge=0, le=1)]
_Type = Annotated[int, Field(ge=0, lt=len(OBJECT_TYPES))]


class _Part(BaseModel):
    """Fields that a reader needs; others are for people."""

    model_config = ConfigDict(extra="ignore", strict=True)


class _Vocabulary(_Part):
    categories: Annotated[list[str], Field(min_length=1)]
    category_types: list[_Type]
    attributes: Annotated[list[str], Field(min_length=1)]


class _Detector(_Part):
    architecture: str
    options: dict[str, Any]


class _Classifier(_Part):
    method: str
    options: dict[str, Any]
    image_size: _Side


class _Detection(_Part):
    min_score: _Share
    most: _Count


class _Card(_Part):
    object_types: list[str]
    vocabulary: _Vocabulary
    detector: _Detector
    classifiers: Annotated[dict[str, _Classifier], Field(min_length=1)]
    method: str
    detection: _Detection
    #: One for each attribute.
    thresholds: dict[str, list[float]]
    attributes_shown: Annotated[int, Field(ge=0)]
    data: dict[str, Any]

    @model_validator(mode="after")
    def _agrees(self) -> _Card:
        names = self.vocabulary
        if self.object_types != list(OBJECT_TYPES):
            raise ValueError(f"object_types: must be {', '.join(OBJECT_TYPES)}")
        if len(names.category_types) != len(names.categories):
            raise ValueError("vocabulary.category_types: must be as many as the categories")
        if self.method not in self.classifiers:
            raise ValueError(f"method: {self.method} is none of the classifiers")
        for method, values in self.thresholds.items():
            if len(values) != len(names.attributes):
                raise ValueError(f"thresholds.{method}: must be as many as the attributes")
        for method, one in self.classifiers.items():
            told = one.options.get("categories"), one.options.get("attributes")
            if told != (len(names.categories), len(names.attributes)):
                raise ValueError(f"classifiers.{method}.options: must fit the vocabulary")
        return self


def check_card(card: dict[str, Any], place: str) -> None:
    """Refuse a card that lacks what prediction needs, or contradicts itself.

    Args:
        card: of a bundle, its format and version known to be right.
        place: what messages call it.

    Raises:
        UserError: with the first field that is missing or wrong.
    """
    try:
        _Card.model_validate(card)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        reason = first["msg"].removeprefix("Value error, ")
        told = f"{field}: {reason[0].lower()}{reason[1:]}" if field else reason
        raise UserError(f"{place}: {told}; fetch the bundle again") from error
    for told in (card["detector"], *card["classifiers"].values()):
        backbone = told["options"].get("backbone")
        # "hf-hub:NAME" and "local-dir:NAME" would be fetched, or read from anywhere.
        if backbone is not None and (not isinstance(backbone, str) or not _plain_name(backbone)):
            raise UserError(
                f"{place}: options.backbone: {backbone!r} is no name of a timm model; fetch the "
                "bundle again"
            )


def _plain_name(name: str) -> bool:
    return name.replace(".", "_").replace("-", "_").isidentifier()
