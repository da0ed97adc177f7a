"""What is found in a photo, as plain typed values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: xyxy, in pixels of the upright photo.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Label:
    """A category or an attribute, and its score in 0-1."""

    name: str
    score: float


@dataclass(frozen=True)
class Garment:
    """One garment of a photo.

    ``categories`` and ``attributes`` are best first; ``attributes`` are those above the model's
    threshold. ``attention``: step (``category``, ``attributes``) to a map [h', w'] over the box
    that sums to 1, where the method has attention (Figure 3). ``type_agrees``: whether the
    category belongs to the detected object type; where it does not, one of both is wrong.
    ``embedding``: float32 [d] of length 1, what the method's vision encoders saw in the crop
    (docs/embeddings.md); None by graphs exported before there were any.
    """

    object_type: str
    box: Box
    score: float
    categories: tuple[Label, ...]
    attributes: tuple[Label, ...]
    type_agrees: bool
    attention: dict[str, NDArray[np.float32]] | None = field(default=None, compare=False)
    embedding: NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    @property
    def category(self) -> Label:
        """The most probable one."""
        return self.categories[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; boxes to a tenth of a pixel, scores to four digits."""
        return {
            "object_type": self.object_type,
            "box": [round(side, 1) for side in self.box],
            "score": round(self.score, 4),
            "category": self.category.name,
            "type_agrees": self.type_agrees,
            "categories": [_plain(label) for label in self.categories],
            "attributes": [_plain(label) for label in self.attributes],
        }


@dataclass(frozen=True)
class Result:
    """A photo's garments, best first; ``width`` and ``height`` are those of the upright photo.

    ``method`` names the classifier that spoke; ``source`` is the file's name, where there is one.
    """

    width: int
    height: int
    garments: tuple[Garment, ...]
    method: str
    source: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; attention maps and embeddings stay out."""
        return {
            "source": self.source,
            "width": self.width,
            "height": self.height,
            "method": self.method,
            "garments": [garment.to_dict() for garment in self.garments],
        }


def _plain(label: Label) -> dict[str, Any]:
    return {"name": label.name, "score": round(label.score, 4)}
