import itertools

import pandas as pd
import pytest
import torch

from fashion_hls.detection.contract import Target
from fashion_hls.detection.points import (
    STRIDE,
    Points,
    box_losses,
    decode,
    encode,
    gaussian_radius,
    heat_loss,
)
from fashion_hls.metrics.coco import coco_evaluate

CLASSES, HEIGHT, WIDTH = 3, 20, 28


def target(*rows):
    """``rows``: (label, x1, y1, x2, y2) in pixels."""
    return Target(
        boxes=torch.tensor([row[1:] for row in rows], dtype=torch.float32).reshape(-1, 4),
        labels=torch.tensor([row[0] for row in rows], dtype=torch.int64),
    )


TARGETS = [
    target((0, 3, 5, 61, 40), (1, 50, 10, 110, 77), (0, 70, 44, 99, 75)),
    target(),
    target((2, 0, 0, 112, 80)),
]


def maps(points: Points):
    """Dense size and offset maps that hold the truth at each centre."""
    size = torch.zeros(len(points.heat), 2, HEIGHT * WIDTH)
    offset = torch.zeros_like(size)
    size[points.image, :, points.cell] = points.size
    offset[points.image, :, points.cell] = points.offset
    shape = (len(points.heat), 2, HEIGHT, WIDTH)
    return size.reshape(shape), offset.reshape(shape)


def iou_of(a, b):
    low, high = torch.maximum(a[:2], b[:2]), torch.minimum(a[2:], b[2:])
    both = (high - low).clamp(min=0).prod()
    return both / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both)


@pytest.mark.parametrize("size", [(10.0, 10.0), (30.0, 8.0), (4.0, 25.0)])
def test_corners_within_the_radius_leave_the_overlap(size) -> None:
    """The radius is the largest that does: every way to move both corners, tried."""
    radius = float(gaussian_radius(torch.tensor([size]))[0])
    box = torch.tensor([0.0, 0.0, *size])
    for factor, holds in ((1.0, True), (1.02, False)):
        moves = itertools.product((-1, 0, 1), repeat=4)
        overlaps = [iou_of(box, box + factor * radius * torch.tensor(m)) for m in moves]
        assert (min(overlaps) >= 0.7 - 1e-4) == holds


def test_the_heat_is_one_at_centres_and_falls_off() -> None:
    points = encode(TARGETS, CLASSES, HEIGHT, WIDTH)
    assert points.heat.shape == (3, CLASSES, HEIGHT, WIDTH)
    centres = (points.heat == 1).nonzero().tolist()
    assert centres == [[0, 0, 5, 8], [0, 0, 14, 21], [0, 1, 10, 20], [2, 2, 10, 14]]
    assert points.heat[1].sum() == 0 and points.heat.max() == 1
    row = points.heat[2, 2, 10]
    # A box of 28 x 20 cells may be off by 1.9 cells: the Gaussian reaches one.
    assert row[14] > row[15] > row[16] == 0 and row[15] == row[13]


def test_two_gaussians_of_one_type_take_the_higher() -> None:
    both = encode([target((0, 0, 0, 60, 60), (0, 20, 0, 80, 60))], 1, HEIGHT, WIDTH).heat
    one, other = (encode([target((0, x, 0, x + 60, 60))], 1, HEIGHT, WIDTH).heat for x in (0, 20))
    assert torch.equal(both, torch.maximum(one, other))


def test_decoding_the_truth_gives_the_boxes_again() -> None:
    points = encode(TARGETS, CLASSES, HEIGHT, WIDTH)
    found = decode(points.heat, *maps(points), most=50, threshold=0.99)
    for one, truth in zip(found, TARGETS, strict=True):
        rows = sorted(zip(one["labels"].tolist(), one["boxes"].tolist(), strict=True))
        wanted = sorted(zip(truth["labels"].tolist(), truth["boxes"].tolist(), strict=True))
        assert [label for label, _ in rows] == [label for label, _ in wanted]
        for (_, box), (_, right) in zip(rows, wanted, strict=True):
            assert box == pytest.approx(right, abs=1e-4)


@pytest.mark.parametrize(("shift", "figure"), [(0, 1.0), (1, 0.0)])
def test_a_perfect_detector_scores_one_and_a_shifted_label_nothing(shift, figure) -> None:
    points = encode(TARGETS, CLASSES, HEIGHT, WIDTH)
    found = decode(points.heat.roll(shift, 1), *maps(points), most=50, threshold=0.99)
    photos = pd.DataFrame(
        {"image_id": range(3), "width": WIDTH * STRIDE, "height": HEIGHT * STRIDE}
    )
    columns = ["image_id", "label", "x1", "y1", "x2", "y2"]

    def table(parts, extra=()):
        rows = [
            (image, *row)
            for image, part in enumerate(parts)
            for row in torch.column_stack(
                [
                    part["labels"].double(),
                    part["boxes"].double(),
                    *[part[e].double() for e in extra],
                ]
            ).tolist()
        ]
        frame = pd.DataFrame(rows, columns=[*columns, *(["score"] if extra else [])])
        return frame.astype({"label": int})

    names = ["upper-body", "lower-body", "full-body"]
    figures = coco_evaluate(photos, table(TARGETS), table(found, ["scores"]), names)
    assert figures["mAP"] == pytest.approx(figure)


def brute_force(heat, size, offset, most, threshold):
    """One image, cell by cell."""
    rows = []
    for c, y, x in itertools.product(*(range(n) for n in heat.shape)):
        around = heat[c, max(0, y - 1) : y + 2, max(0, x - 1) : x + 2]
        if heat[c, y, x] < around.max() or heat[c, y, x] < threshold:
            continue
        cx, cy = x + float(offset[0, y, x]), y + float(offset[1, y, x])
        w, h = (max(0.0, float(size[i, y, x])) for i in range(2))
        if w > 0 and h > 0:
            box = [4 * (cx - w / 2), 4 * (cy - h / 2), 4 * (cx + w / 2), 4 * (cy + h / 2)]
            rows.append((float(heat[c, y, x]), c, box))
    return sorted(rows, reverse=True)[:most]


def test_decoding_agrees_with_a_search_cell_by_cell() -> None:
    generator = torch.Generator().manual_seed(0)
    heat = torch.rand(2, CLASSES, HEIGHT, WIDTH, generator=generator)
    size = torch.randn(2, 2, HEIGHT, WIDTH, generator=generator) + 3
    offset = torch.rand(2, 2, HEIGHT, WIDTH, generator=generator)
    size = size.abs() + 0.1
    found = decode(heat, size, offset, most=40, threshold=0.3)
    for image, one in enumerate(found):
        wanted = brute_force(heat[image], size[image], offset[image], 40, 0.3)
        assert one["scores"].tolist() == pytest.approx([score for score, _, _ in wanted])
        assert one["labels"].tolist() == [label for _, label, _ in wanted]
        for box, (_, _, right) in zip(one["boxes"].tolist(), wanted, strict=True):
            assert box == pytest.approx(right, abs=1e-3)


def test_a_box_without_area_is_no_detection() -> None:
    points = encode(TARGETS, CLASSES, HEIGHT, WIDTH)
    size, offset = maps(points)
    found = decode(points.heat, -size, offset, most=50, threshold=0.5)
    assert all(len(one["boxes"]) == 0 for one in found)


def test_the_heat_loss_is_that_of_the_formula() -> None:
    """Equation 1 of Zhou et al., written out for a map of three cells."""
    chances = [0.8, 0.3, 0.1]
    logits = torch.tensor(chances).logit().reshape(1, 1, 1, 3)
    heat = torch.tensor([1.0, 0.6, 0.0]).reshape(1, 1, 1, 3)
    log = torch.log
    wanted = -(
        0.2**2 * log(torch.tensor(0.8))
        + 0.4**4 * 0.3**2 * log(torch.tensor(0.7))
        + 0.1**2 * log(torch.tensor(0.9))
    )
    assert heat_loss(logits, heat) == pytest.approx(float(wanted), rel=1e-5)
    assert heat_loss(torch.full((1, 1, 2, 2), -200.0), torch.zeros(1, 1, 2, 2)) == 0


def test_the_box_losses_look_at_the_centres_alone() -> None:
    points = encode(TARGETS, CLASSES, HEIGHT, WIDTH)
    size, offset = maps(points)
    assert box_losses(size, offset, points) == (0, 0)
    at_centres, elsewhere = box_losses(size + 1, offset, points), (size == 0).float() * 9
    assert at_centres[0] == pytest.approx(2)
    assert box_losses(size + elsewhere, offset, points)[0] == 0
    nothing = encode([target()], CLASSES, HEIGHT, WIDTH)
    assert [float(x) for x in box_losses(size[:1], offset[:1], nothing)] == [0, 0]
