"""What speaks, from which data, and what must be known of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fashion_hls.app.cards import method_title
from fashion_hls.app.markup import escaped

#: As the paper and their authors write them; others are named as their file of conf/detector.
DETECTORS: Final = {
    "centernet": "CenterNet",
    "efficientdet_d0": "EfficientDet-D0",
    "efficientdet_d1": "EfficientDet-D1",
    "efficientdet_d2": "EfficientDet-D2",
    "efficientdet_lite0": "EfficientDet-lite0",
    "faster_rcnn": "Faster R-CNN",
    "retinanet": "RetinaNet",
}


def header_html(card: Mapping[str, Any], methods: Sequence[str]) -> str:
    """The page's head: models, data, known bias and licence.

    Args:
        card: of the pipeline (docs/bundle.md).
        methods: that it has.
    """
    data, detector = card["data"], card["detector"]
    own = detector.get("name") or detector["architecture"]
    name = DETECTORS.get(own, own)
    told = {
        "Models": f"{name}; {', '.join(map(method_title, methods))}",
        "Data": data.get("title") or data.get("dataset"),
        "Known bias": data.get("bias"),
        "Licence": data.get("licence"),
        "Note": data.get("note"),
    }
    rows = "".join(
        f"<div><dt>{what}</dt><dd>{escaped(str(value))}</dd></div>"
        for what, value in told.items()
        if value
    )
    return (
        '<header class="about"><h1>fashion-hls</h1>'
        "<p>Finds every garment in a photo and names its category and attributes. Photos stay on "
        "the machine that serves this page.</p>"
        f"<dl>{rows}</dl></header>"
    )
