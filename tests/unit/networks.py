"""Options of networks that are small enough for a test, on a backbone that is installed."""

from typing import Any

BACKBONE = "tf_efficientnet_lite0"
#: Of every detector on a backbone; and of Faster R-CNN.
DETECTOR: dict[str, Any] = {
    "backbone": BACKBONE,
    "pretrained": True,
    "classes": 4,
    "image_size": 96,
    "frozen_blocks": 2,
}
FASTER_RCNN: dict[str, Any] = {**DETECTOR, "channels": 32, "hidden": 64, "proposals": 50}
#: Of every method: six categories, seven attributes.
CLASSIFIER: dict[str, Any] = {
    "backbone": BACKBONE,
    "pretrained": True,
    "trained_from": "blocks.5",
    "object_types": 5,
    "categories": 6,
    "attributes": 7,
    "embedding": 8,
    "attention": 32,
    "state": 32,
    "hidden": 32,
}
