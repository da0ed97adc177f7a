import numpy as np
import pytest
import torch
from torch import Tensor

from fashion_hls.explain.faithfulness import areas, blurred, compared

SIDE = 32


def images(count: int = 3) -> Tensor:
    return torch.rand(count, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def detail(batch: Tensor) -> Tensor:
    """A score that only the upper left quarter's sharpness raises."""
    corner = batch[:, :, : SIDE // 2, : SIDE // 2]
    return corner.flatten(1).std(dim=1, keepdim=True)


def by_hand(score, image: Tensor, importance: Tensor, steps: int) -> tuple[float, float]:
    """One image, cell by cell in plain loops."""
    height, width = importance.shape
    tall, wide = SIDE // height, SIDE // width
    cells = sorted(
        ((r, c) for r in range(height) for c in range(width)), key=lambda rc: -importance[rc].item()
    )
    hidden, out = blurred(image[None])[0], []
    for start, other in ((image, hidden), (hidden, image)):
        curve = []
        for step in range(steps + 1):
            picture = start.clone()
            for r, c in cells[: round(step / steps * len(cells))]:
                part = np.s_[:, r * tall : (r + 1) * tall, c * wide : (c + 1) * wide]
                picture[part] = other[part]
            curve.append(float(score(picture[None])))
        out.append(float(np.trapezoid(curve, dx=1 / steps)))
    return out[0], out[1]


@pytest.mark.parametrize(("grid", "steps"), [((4, 4), 4), ((4, 2), 8), ((1, 1), 2)])
def test_areas_agree_with_hiding_cell_by_cell(grid: tuple[int, int], steps: int) -> None:
    batch, maps = images(), torch.rand(3, *grid, generator=torch.Generator().manual_seed(1))
    (found,) = areas(detail, batch, [maps], steps=steps)
    for place in range(3):
        expected = by_hand(detail, batch[place], maps[place], steps)
        assert (float(found.deletion[place]), float(found.insertion[place])) == pytest.approx(
            expected, rel=1e-4
        )


def test_the_map_that_shows_what_matters_is_more_faithful_than_the_one_that_does_not() -> None:
    good = torch.zeros(3, 4, 4)
    good[:, :2, :2] = 1
    batch = images()
    right, wrong = areas(detail, batch, [good, 1 - good])
    assert (right.deletion < wrong.deletion).all()
    assert (right.insertion > wrong.insertion).all()


def test_a_score_that_looks_at_nothing_gives_its_value() -> None:
    told = torch.tensor([[0.3, 0.8]])
    (found,) = areas(lambda batch: told.expand(len(batch), 2), images(), [torch.rand(3, 2, 2)])
    for area in found:
        assert torch.allclose(area, told.expand(3, 2))


def test_the_images_themselves_are_left_alone() -> None:
    batch = images()
    areas(detail, batch, [torch.rand(3, 4, 4)])
    assert torch.equal(batch, images())


def test_a_small_image_can_be_blurred() -> None:
    assert blurred(torch.rand(1, 3, 2, 2)).shape == (1, 3, 2, 2)


def test_a_difference_that_is_everywhere_the_same_has_no_width() -> None:
    random = np.linspace(0.2, 0.6, 20)
    peers = {"random": random, "other": random + np.linspace(-1, 1, 20)}
    row = compared(random - 0.1, peers, seed=0, draws=50, level=0.95)
    same, other = row["random"], row["other"]
    assert (same["difference"], other["difference"]) == pytest.approx((-0.1, -0.1))
    assert (same["low"], same["high"]) == pytest.approx((-0.1, -0.1))
    assert other["low"] < -0.2 and other["high"] > 0
    assert same["area"] == pytest.approx(0.4) and row["attention"] == pytest.approx(0.3)
