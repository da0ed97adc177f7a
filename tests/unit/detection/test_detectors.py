import pandas as pd
import pytest
import torch

from fashion_hls.boxes import iou
from fashion_hls.detection.build import (
    ARCHITECTURES,
    build_detector,
    load_detector,
    save_detector,
)
from fashion_hls.detection.contract import Detector, Target
from fashion_hls.detection.predict import DETECTION_COLUMNS, predict_all
from fashion_hls.errors import UserError

OPTIONS = {
    "backbone": "tf_efficientnet_lite0",
    "pretrained": True,
    "classes": 4,
    "image_size": 96,
    "frozen_blocks": 2,
    "channels": 32,
    "hidden": 64,
    "proposals": 50,
}


@pytest.fixture(params=sorted(ARCHITECTURES))
def detector(request: pytest.FixtureRequest) -> Detector:
    torch.manual_seed(0)
    return build_detector(request.param, **OPTIONS)


def scene(label: int, box: tuple[int, int, int, int]) -> tuple[torch.Tensor, Target]:
    image = torch.full((3, 96, 96), 0.2)
    x1, y1, x2, y2 = box
    image[label % 3, y1:y2, x1:x2] = 0.9
    return image, Target(
        boxes=torch.tensor([box], dtype=torch.float32), labels=torch.tensor([label])
    )


SCENES = [
    scene(0, (10, 10, 60, 50)),
    scene(1, (30, 40, 90, 90)),
    scene(2, (5, 20, 45, 90)),
    scene(3, (50, 5, 90, 45)),
]


def test_predictions_keep_the_contract(detector: Detector) -> None:
    images = [torch.rand(3, 80, 120), torch.rand(3, 120, 80)]
    for image, found in zip(images, detector.predict(images), strict=True):
        assert found["boxes"].shape == (len(found["labels"]), 4)
        assert found["scores"].tolist() == sorted(found["scores"].tolist(), reverse=True)
        assert len(found["scores"]) <= 100
        assert ((found["labels"] >= 0) & (found["labels"] < 4)).all()
        assert (found["boxes"][:, 2] <= image.shape[2]).all()
        assert (found["boxes"][:, 3] <= image.shape[1]).all()


def test_losses_are_finite_and_reach_every_trained_parameter(detector: Detector) -> None:
    detector.train()
    losses = detector.losses([i for i, _ in SCENES], [t for _, t in SCENES])
    total = torch.stack(list(losses.values())).sum()
    assert torch.isfinite(total)
    total.backward()
    without = [n for n, p in detector.named_parameters() if p.requires_grad and p.grad is None]
    assert without == []


def test_a_batch_is_of_one_size_and_prediction_of_its_own(monkeypatch) -> None:
    """Sizes drawn for each image would have all of them padded to the largest."""
    torch.manual_seed(0)
    sized = build_detector("faster_rcnn", **{**OPTIONS, "train_sizes": (64, 128)})
    seen: list[tuple[int, ...]] = []
    body = sized.model.backbone
    monkeypatch.setattr(body, "forward", _recording(body.forward, seen))
    images, targets = [i for i, _ in SCENES], [t for _, t in SCENES]
    for _ in range(12):
        sized.train()
        sized.losses(images, targets)
    assert {shape[2:] for shape in seen} == {(64, 64), (128, 128)}
    seen.clear()
    sized.predict(images)
    assert {shape[2:] for shape in seen} == {(96, 96)}


def _recording(forward, seen):
    def recorded(x):
        seen.append(tuple(x.shape))
        return forward(x)

    return recorded


def test_an_image_without_objects_has_a_finite_loss(detector: Detector) -> None:
    detector.train()
    empty = Target(boxes=torch.zeros(0, 4), labels=torch.zeros(0, dtype=torch.int64))
    losses = detector.losses([torch.rand(3, 96, 96)] * 2, [empty, empty])
    assert all(torch.isfinite(value) for value in losses.values())


def test_frozen_parts_and_batchnorm_do_not_change(detector: Detector) -> None:
    detector.train()
    before = {k: v.clone() for k, v in detector.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in detector.parameters() if p.requires_grad], lr=0.01)
    losses = detector.losses([i for i, _ in SCENES], [t for _, t in SCENES])
    torch.stack(list(losses.values())).sum().backward()
    optimizer.step()
    changed = {k for k, v in detector.state_dict().items() if not torch.equal(v, before[k])}
    norms = {k for k in before if "running" in k or ".bn" in k}
    assert changed and not changed & norms
    parts = ("body.conv_stem", "body.blocks.0.", "body.blocks.1.")
    assert not [k for k in changed if any(part in k for part in parts)]
    assert any("body.blocks.2." in k for k in changed)


def test_overfits_four_images(detector: Detector) -> None:
    detector.train()
    optimizer = torch.optim.AdamW([p for p in detector.parameters() if p.requires_grad], lr=5e-4)
    images, targets = [i for i, _ in SCENES], [t for _, t in SCENES]
    for _ in range(80):
        losses = detector.losses(images, targets)
        total = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    for found, target in zip(detector.predict(images), targets, strict=True):
        assert found["labels"][0] == target["labels"][0]
        overlap = iou(found["boxes"][:1].double().numpy(), target["boxes"].double().numpy())
        assert overlap[0, 0] > 0.6


def test_saved_and_loaded_gives_the_same_detections(detector: Detector, tmp_path) -> None:
    name = next(k for k, v in ARCHITECTURES.items() if isinstance(detector, v))
    save_detector(tmp_path, detector, name, OPTIONS, {"data": {"licence": "free"}})
    again = load_detector(tmp_path)
    image = torch.rand(3, 90, 110)
    first, second = detector.predict([image])[0], again.predict([image])[0]
    assert torch.equal(first["boxes"], second["boxes"])
    assert torch.equal(first["scores"], second["scores"])


def test_a_folder_without_a_detector_says_so(tmp_path) -> None:
    with pytest.raises(UserError, match="holds no trained detector"):
        load_detector(tmp_path)


def test_an_unknown_architecture_lists_the_known_ones() -> None:
    with pytest.raises(UserError, match="faster_rcnn"):
        build_detector("yolo")


def test_no_image_gives_an_empty_table(detector: Detector) -> None:
    images = pd.DataFrame({"image_id": [], "file": [], "width": [], "height": []})
    assert list(predict_all(detector, images, store=None).columns) == DETECTION_COLUMNS
