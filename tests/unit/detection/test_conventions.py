"""A network that gives the truth scores 1.0 through each architecture's path, a shifted label 0.

What the networks would have to put out for that is written down here, in each library's own
convention: its order of sides, its first label, its encoding.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from fashion_hls.detection.build import build_detector, known_architectures
from fashion_hls.detection.contract import Detection, Detector, Target
from fashion_hls.metrics.coco import coco_evaluate
from fashion_hls.taxonomy import OBJECT_TYPES

CLASSES = len(OBJECT_TYPES)
SHARED = {
    "backbone": "tf_efficientnet_lite0",
    "pretrained": False,
    "classes": CLASSES,
    "image_size": 128,
}
#: A photo of other proportions and size than the network's: (height, width), boxes, labels.
PHOTO = (330, 250)
TRUTH = Target(
    boxes=torch.tensor(
        [[12.0, 20.0, 180.0, 140.0], [60.0, 150.0, 240.0, 320.0], [30.0, 250.0, 120.0, 326.0]]
    ),
    labels=torch.tensor([0, 2, 3]),
)


def scaled_truth(detector: Detector, transform, shift: int) -> list[Target]:
    """The truth in pixels of the network's input, its labels moved on by ``shift``."""
    labels = (TRUTH["labels"] + shift) % CLASSES
    _, targets = transform([torch.zeros(3, *PHOTO)], [{"boxes": TRUTH["boxes"], "labels": labels}])
    return targets


def centernet(detector, monkeypatch, shift: int) -> None:
    from fashion_hls.detection.points import encode

    truth = scaled_truth(detector, detector.transform, shift)

    def forward(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        height, width = images.shape[2] // 4, images.shape[3] // 4
        points = encode(truth, CLASSES, height, width)
        size = torch.zeros(1, 2, height * width)
        offset = torch.zeros_like(size)
        size[points.image, :, points.cell] = points.size
        offset[points.image, :, points.cell] = points.offset
        # Beside a centre there is only the Gaussian, and no size: no box.
        shape = (1, 2, height, width)
        return torch.logit(points.heat, 1e-6), size.reshape(shape), offset.reshape(shape)

    monkeypatch.setattr(detector, "forward", forward)


def efficientdet(detector, monkeypatch, shift: int) -> None:
    from fashion_hls.detection.architectures import efficientdet as module

    truth = scaled_truth(detector, detector.transform, shift)

    def forward(images: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        anchors = detector.anchors(images)
        labeler = module.AnchorLabeler(anchors, CLASSES, match_threshold=0.5)
        yxyx = [target["boxes"][:, [1, 0, 3, 2]] for target in truth]
        classes, boxes, _ = labeler.batch_label_anchors(yxyx, [t["labels"] + 1 for t in truth])
        logits = [
            torch.nn.functional.one_hot(c.clamp(min=0), CLASSES) * (c >= 0)[..., None] * 20.0 - 10
            for c in classes
        ]
        return (
            [x.flatten(3).permute(0, 3, 1, 2) for x in logits],
            [x.permute(0, 3, 1, 2) for x in boxes],
        )

    monkeypatch.setattr(detector, "forward", forward)


def faster_rcnn(detector, monkeypatch, shift: int) -> None:
    truth = scaled_truth(detector, detector.model.transform, shift)[0]

    class Proposals(torch.nn.Module):
        def forward(self, images, features, targets=None):
            return [truth["boxes"]], {}

    class Predictor(torch.nn.Module):
        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            logits = torch.nn.functional.one_hot(truth["labels"] + 1, CLASSES + 1) * 20.0
            return logits, torch.zeros(len(x), 4 * (CLASSES + 1))

    monkeypatch.setattr(detector.model, "rpn", Proposals())
    monkeypatch.setattr(detector.model.roi_heads, "box_predictor", Predictor())


def retinanet(detector, monkeypatch, shift: int) -> None:
    truth = scaled_truth(detector, detector.model.transform, shift)[0]
    model, seen = detector.model, []
    make = model.anchor_generator.forward

    def anchors(images, features):
        seen[:] = make(images, features)
        return list(seen)

    class Head(torch.nn.Module):
        def forward(self, features: list[Tensor]) -> dict[str, Tensor]:
            images = model.transform([torch.zeros(3, *PHOTO)])[0]
            boxes = make(images, features)[0]
            from torchvision.ops import box_iou

            best = box_iou(truth["boxes"], boxes).argmax(1)
            logits = torch.full((1, len(boxes), CLASSES), -10.0)
            logits[0, best, truth["labels"]] = 10.0
            deltas = torch.zeros(1, len(boxes), 4)
            deltas[0, best] = model.box_coder.encode_single(truth["boxes"], boxes[best])
            return {"cls_logits": logits, "bbox_regression": deltas}

    monkeypatch.setattr(model, "head", Head())


PERFECT: dict[str, Callable[..., None]] = {
    "centernet": centernet,
    "efficientdet": efficientdet,
    "faster_rcnn": faster_rcnn,
    "retinanet": retinanet,
}


def figure_of(found: Detection) -> float:
    photos = pd.DataFrame({"image_id": [0], "height": PHOTO[0], "width": PHOTO[1]})
    sides = ["x1", "y1", "x2", "y2"]

    def table(part) -> pd.DataFrame:
        boxes = pd.DataFrame(part["boxes"].double().numpy(), columns=sides)
        return boxes.assign(image_id=0, label=part["labels"].numpy())

    detections = table(found).assign(score=found["scores"].double().numpy())
    mean: float = coco_evaluate(photos, table(TRUTH), detections, OBJECT_TYPES)["mAP"]
    return mean


def test_every_architecture_has_its_convention_written_down() -> None:
    assert set(PERFECT) == set(known_architectures())


@pytest.mark.parametrize("name", PERFECT)
@pytest.mark.parametrize(("shift", "figure"), [(0, 1.0), (1, 0.0)])
def test_the_truth_scores_one_and_a_shifted_label_nothing(
    name: str, shift: int, figure: float, monkeypatch
) -> None:
    own = {"variant": "tf_efficientdet_lite0"} if name == "efficientdet" else {}
    detector = build_detector(name, **SHARED, **own).eval()
    PERFECT[name](detector, monkeypatch, shift)
    (found,) = detector.predict([torch.zeros(3, *PHOTO)])
    assert np.isfinite(found["boxes"].numpy()).all()
    assert figure_of(found) == pytest.approx(figure, abs=1e-6)


@pytest.mark.parametrize("name", PERFECT)
def test_a_hundred_detections_are_let_through(name: str) -> None:
    """A library's own score threshold, or a cap on candidates, would cap AR@100."""
    torch.manual_seed(0)
    own = {"variant": "tf_efficientdet_lite0"} if name == "efficientdet" else {}
    options = {**SHARED, **own, "image_size": 384, "score_threshold": 1e-6}
    detector = build_detector(name, **options).eval()
    if name == "centernet":
        # Untrained, half of its boxes have a side below nothing, and are none.
        torch.nn.init.constant_(detector.size[-1].bias, 4.0)
    (found,) = detector.predict([torch.rand(3, *PHOTO)])
    assert len(found["scores"]) == 100
