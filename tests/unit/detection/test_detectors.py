import pandas as pd
import pytest
import torch

from fashion_hls.boxes import iou
from fashion_hls.detection.backbone import scaled_anchors
from fashion_hls.detection.build import (
    build_detector,
    known_architectures,
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
}
#: Of each architecture, small; one that is missing here is built with its defaults.
OWN = {
    "centernet": {"channels": 32, "hidden": 32},
    "efficientdet": {"variant": "tf_efficientdet_lite0"},
    "faster_rcnn": {"channels": 32, "hidden": 64, "proposals": 50},
    "retinanet": {"channels": 32},
}


def built(name: str, **changed: object) -> Detector:
    torch.manual_seed(0)
    return build_detector(name, **{**OPTIONS, **OWN.get(name, {}), **changed})


@pytest.fixture(params=known_architectures())
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def detector(name: str) -> Detector:
    return built(name)


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


def test_a_batch_is_of_one_size_and_prediction_of_its_own(name: str, monkeypatch) -> None:
    """Sizes drawn for each image would have all of them padded to the largest."""
    sized = built(name, train_sizes=(64, 128))
    seen: list[tuple[int, ...]] = []
    body = next(m for n, m in sized.named_modules() if n.endswith(("body", "model.backbone")))
    monkeypatch.setattr(body, "forward", _recording(body.forward, seen))
    images, targets = [i for i, _ in SCENES], [t for _, t in SCENES]
    for _ in range(12):
        sized.train()
        sized.losses(images, targets)
    assert {shape[2:] for shape in seen} == {(64, 64), (128, 128)}
    seen.clear()
    sized.predict(images)
    assert {shape[2:] for shape in seen} == {(96, 96)}


def test_the_longer_side_has_a_limit(name: str, monkeypatch) -> None:
    wide = built(name, longest=128)
    seen: list[tuple[int, ...]] = []
    body = next(m for n, m in wide.named_modules() if n.endswith(("body", "model.backbone")))
    monkeypatch.setattr(body, "forward", _recording(body.forward, seen))
    found = wide.predict([torch.rand(3, 100, 20_000)])
    assert seen[0][2:] == (32, 128)
    assert (found[0]["boxes"] <= torch.tensor([20_000.0, 100.0] * 2)).all()


def test_a_panorama_is_trained_on_with_its_boxes_scaled(detector: Detector, monkeypatch) -> None:
    seen: list[Target] = []
    inner = detector._losses
    monkeypatch.setattr(detector, "_losses", lambda i, t: seen.extend(t) or inner(i, t))
    detector.train()
    box = torch.tensor([[4000.0, 0.0, 8000.0, 100.0]])
    target = Target(boxes=box, labels=torch.tensor([1]))
    losses = detector.losses([torch.rand(3, 100, 20_000)] * 2, [target] * 2)
    assert all(torch.isfinite(value) for value in losses.values())
    assert torch.allclose(seen[0]["boxes"], box * 2048 / 20_000)


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
    changed = {k for k in changed if ".conv_stem." in k or ".blocks." in k or ".bn1." in k}
    assert changed and not [k for k in changed if "running" in k or ".bn" in k]
    parts = (".conv_stem", ".blocks.0.", ".blocks.1.")
    assert not [k for k in changed if any(part in k for part in parts)]
    assert any(".blocks.2." in k for k in changed)


def test_overfits_four_images(detector: Detector) -> None:
    detector.train()
    optimizer = torch.optim.AdamW([p for p in detector.parameters() if p.requires_grad], lr=1e-3)
    images, targets = [i for i, _ in SCENES], [t for _, t in SCENES]
    for _ in range(120):
        losses = detector.losses(images, targets)
        total = torch.stack(list(losses.values())).sum()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()
    for found, target in zip(detector.predict(images), targets, strict=True):
        assert found["labels"][0] == target["labels"][0]
        overlap = iou(found["boxes"][:1].double().numpy(), target["boxes"].double().numpy())
        assert overlap[0, 0] > 0.6


def test_saved_and_loaded_gives_the_same_detections(name: str, tmp_path) -> None:
    detector, options = built(name), {**OPTIONS, **OWN.get(name, {})}
    save_detector(tmp_path, detector, name, options, {"data": {"licence": "free"}})
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


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"widht": 3}, "options.widht: Extra inputs"),
        ({"image_size": 0}, "options.image_size: Input should be greater than 0"),
    ],
)
def test_a_wrong_option_is_named(name: str, changed: dict[str, int], message: str) -> None:
    with pytest.raises(UserError, match=message):
        built(name, **changed)


def test_an_efficientdet_that_there_is_not_is_named() -> None:
    with pytest.raises(UserError, match="effdet knows no such network"):
        built("efficientdet", variant="tf_efficientdet_d99")


@pytest.mark.parametrize(("size", "own"), [("d1", "b1"), ("d2", "b2")])
def test_the_papers_efficientdets_are_built_at_their_size(size: str, own: str) -> None:
    """Without weights at hand: shapes, losses and decoding."""
    detector = build_detector(
        "efficientdet",
        **{
            **OPTIONS,
            "backbone": f"tf_efficientnet_{own}",
            "pretrained": False,
            "variant": f"tf_efficientdet_{size}",
            "image_size": 256,
            "longest": 256,
        },
    )
    detector.train()
    losses = detector.losses([i for i, _ in SCENES[:2]], [t for _, t in SCENES[:2]])
    assert set(losses) == {"class", "box"}
    assert all(torch.isfinite(value) and value > 0 for value in losses.values())
    logits, boxes = detector.eval()(torch.zeros(1, 3, 256, 160))
    cells = [(32, 20), (16, 10), (8, 5), (4, 3), (2, 2)]
    assert [tuple(x.shape[1:]) for x in logits] == [(36, *cell) for cell in cells]
    assert [tuple(x.shape[1:]) for x in boxes] == [(36, *cell) for cell in cells]
    found = detector.predict([torch.rand(3, 100, 62)])[0]
    assert (found["boxes"][:, 2:] <= torch.tensor([62.0, 100.0])).all()


def test_no_image_gives_an_empty_table(detector: Detector) -> None:
    images = pd.DataFrame({"image_id": [], "file": [], "width": [], "height": []})
    assert list(predict_all(detector, images, store=None).columns) == DETECTION_COLUMNS


def test_without_pretrained_weights_nothing_is_frozen(name: str) -> None:
    """Random numbers are not worth keeping, nor are BatchNorm's statistics of nothing."""
    detector = built(name, pretrained=False).train()
    assert all(parameter.requires_grad for parameter in detector.parameters())
    norms = [m for m in detector.modules() if isinstance(m, torch.nn.BatchNorm2d)]
    assert norms and all(norm.training for norm in norms)


def test_a_single_photo_is_too_few_for_an_efficientdet() -> None:
    with pytest.raises(UserError, match="batch_size"):
        built("efficientdet").train().losses([SCENES[0][0]], [SCENES[0][1]])


def test_anchors_grow_with_inputs_beyond_what_they_are_tuned_for() -> None:
    assert scaled_anchors([(24, 40)], 288) == ((24, 40),)
    assert scaled_anchors([(24, 40)], 640) == ((48, 80),)
