"""What MLflow is told of the model: its signature, an example of its input, its requirements."""

from __future__ import annotations

import base64
from importlib.metadata import version
from typing import Any, Final

import numpy as np

from fashion_hls import __version__
from fashion_hls.serving.model import IMAGE

#: What loading and asking a bundle imports by name; the package itself asks for the rest.
REQUIRED: Final = (
    *("effdet", "mlflow", "numpy", "pandas", "pillow", "safetensors", "timm", "torch"),
    "torchvision",
)
_EXAMPLE_SIZE = (180, 240)


def requirements() -> list[str]:
    """Pinned to what is installed here; without local builds (``+cpu``), which no index has."""
    pins = [f"{name}=={version(name).partition('+')[0]}" for name in REQUIRED]
    return [f"fashion-hls=={__version__}", *pins]


def example_photo() -> bytes:
    """A drawing of the generated sample as a JPEG, always the same."""
    from fashion_hls.data.images import encode
    from fashion_hls.data.sample.scenes import draw_scene
    from fashion_hls.data.sample.wardrobe import draw_outfit

    rng = np.random.default_rng(7)
    scene = draw_scene(draw_outfit(rng), "whole", _EXAMPLE_SIZE, rng, setting="studio")
    return encode(scene.image, quality=85)


def input_example() -> Any:
    """A data frame of one photo, as :meth:`GarmentModel.predict` takes it."""
    import pandas as pd

    return pd.DataFrame({IMAGE: [base64.b64encode(example_photo()).decode("ascii")]})


def signature() -> Any:
    """Base64 in; the fields of a result, or ``error``, out; the parameters with their defaults.

    The column is a string and not binary: MLflow's server decodes binary columns itself, and one
    row that is not base64 would then end the request for all.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, DataType, ParamSchema, ParamSpec, Schema
    from mlflow.types.schema import Array, Object, Property

    label = Object([Property("name", DataType.string), Property("score", DataType.double)])
    garment = Object(
        [
            Property("object_type", DataType.string),
            Property("box", Array(DataType.double)),
            Property("score", DataType.double),
            Property("category", DataType.string),
            Property("type_agrees", DataType.boolean),
            Property("categories", Array(label)),
            Property("attributes", Array(label)),
        ]
    )
    found: dict[str, Any] = {
        "source": DataType.string,
        "width": DataType.long,
        "height": DataType.long,
        "method": DataType.string,
        "garments": Array(garment),
        "error": DataType.string,
    }
    return ModelSignature(
        inputs=Schema([ColSpec(DataType.string, IMAGE)]),
        outputs=Schema([ColSpec(kind, name, required=False) for name, kind in found.items()]),
        params=ParamSchema(
            [
                ParamSpec("method", DataType.string, None),
                ParamSpec("min_score", DataType.double, None),
                ParamSpec("top", DataType.long, None),
            ]
        ),
    )
