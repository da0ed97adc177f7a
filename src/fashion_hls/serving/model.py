"""The pyfunc model: a column of photos and parameters in, one JSON-ready dict a photo out.

MLflow's server hands over what it parsed; requests come from several threads at once.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from threading import Lock
from typing import Any, Final

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel

from fashion_hls.errors import UserError
from fashion_hls.inference.photo import MOST_BYTES
from fashion_hls.inference.pipeline import Pipeline

#: The column of photos, and the artifact that is the bundle.
IMAGE: Final = "image"
BUNDLE: Final = "bundle"
_DATA_ADDRESS = re.compile(r"^data:image/[\w.+-]+;base64,", re.IGNORECASE)
#: base64 has four letters for three bytes, and line breaks.
_MOST_LETTERS: Final = MOST_BYTES * 3 // 2


class GarmentModel(PythonModel):
    """What MLflow loads and asks. One prediction at a time: memory stays that of one photo."""

    def __init__(self) -> None:
        self._pipeline: Pipeline | None = None
        self._one_at_a_time = Lock()

    def load_context(self, context: Any) -> None:
        """Read the networks from the model's one artifact.

        Raises:
            UserError: the bundle is damaged or of another version.
        """
        self._pipeline = Pipeline.load(context.artifacts[BUNDLE])

    def predict(
        self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """What is found in each photo.

        Args:
            context: MLflow's.
            model_input: a data frame with the column ``image``: base64 of an image file's bytes
                (a ``data:`` address will do), or the bytes themselves.
            params: ``method``, ``min_score`` (0-1), ``top``; each as in :class:`Pipeline`, None
                or missing for the bundle's own.

        Returns:
            For each row :meth:`Result.to_dict`, or ``{"error": ...}`` where it is no photo.

        Raises:
            MlflowException: a parameter is wrong, or there is no such column (status 400).
        """
        if self._pipeline is None:
            self.load_context(context)
        assert self._pipeline is not None
        try:
            options = checked_options(params or {}, self._pipeline)
            rows = list(model_input[IMAGE])
        except UserError as error:
            raise _refused(str(error)) from error
        except (KeyError, TypeError, IndexError) as error:
            raise _refused(f"the input has no column {IMAGE}") from error
        return [self._found(self._pipeline, value, options) for value in rows]

    def _found(self, pipeline: Pipeline, value: object, options: dict[str, Any]) -> dict[str, Any]:
        try:
            content = photo_bytes(value)
            with self._one_at_a_time:
                return pipeline(content, **options).to_dict()
        except UserError as error:
            return {"error": str(error)}


def checked_options(params: Mapping[str, Any], pipeline: Pipeline) -> dict[str, Any]:
    """Keyword arguments of a pipeline's call.

    Raises:
        UserError: a value is wrong; it would be so for every photo.
    """
    method, least, top = (params.get(name) for name in ("method", "min_score", "top"))
    if method is not None and method not in pipeline.methods:
        raise UserError(f"params.method: {method}: these models have {', '.join(pipeline.methods)}")
    if least is not None and not 0 <= least <= 1:
        raise UserError(f"params.min_score: {least}: must be in 0 to 1")
    if top is not None and top < 1:
        raise UserError(f"params.top: {top}: must be 1 or more")
    return {
        "method": None if method is None else str(method),
        "min_score": None if least is None else float(least),
        "top": None if top is None else int(top),
    }


def photo_bytes(value: object) -> bytes:
    """An image file's bytes out of a row.

    Raises:
        UserError: it holds neither bytes nor base64.
    """
    if isinstance(value, bytes | bytearray | np.bytes_):
        return bytes(value)
    if not isinstance(value, str):
        raise UserError(f"{IMAGE}: missing; give base64 of an image file's bytes")
    if len(value) > _MOST_LETTERS:
        raise UserError(f"{IMAGE}: is more than {MOST_BYTES / 1e6:.0f} MB; shrink it")
    letters = "".join(_DATA_ADDRESS.sub("", value, count=1).split())
    try:
        return base64.b64decode(letters, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UserError(f"{IMAGE}: is not base64 ({error})") from error


def _refused(message: str) -> MlflowException:
    return MlflowException(message, error_code=INVALID_PARAMETER_VALUE)
