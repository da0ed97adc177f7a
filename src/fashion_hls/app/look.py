"""What the page asks the pipeline, and what it offers as a file."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fashion_hls.inference.photo import read_photo
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.results import Result

#: Chosen instead of a method: all of them, on the same detections.
SIDE_BY_SIDE: Final = "side by side"


@dataclass(frozen=True)
class Look:
    """A photo, uint8 [h, w, 3], and what one method or several say of the same detections."""

    name: str
    pixels: NDArray[np.uint8]
    results: dict[str, Result]

    @property
    def first(self) -> Result:
        """Where the boxes are; they are the same in all."""
        return next(iter(self.results.values()))


def look_at(pipeline: Pipeline, path: str | Path, *, method: str, min_score: float) -> Look:
    """The garments of an uploaded file.

    Args:
        pipeline: loaded.
        path: of the file as it was uploaded.
        method: one of the pipeline's, or ``SIDE_BY_SIDE``.
        min_score: of a detection.

    Raises:
        UserError: it cannot be read; the message calls it by its name, without the folder.
    """
    name = Path(path).name
    pixels = read_photo(path, name)
    if method == SIDE_BY_SIDE:
        found = pipeline.compare(pixels, min_score=min_score)
    else:
        found = {method: pipeline(pixels, method=method, min_score=min_score)}
    return Look(name, pixels, {key: replace(one, source=name) for key, one in found.items()})


def as_json(look: Look) -> str:
    """A result as JSON; of several methods a list of results, of which each names its method."""
    told: list[dict[str, Any]] = [result.to_dict() for result in look.results.values()]
    content = told[0] if len(told) == 1 else told
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
