import numpy as np
import pytest

from fashion_hls.inference.backend import Detections
from fashion_hls.inference.regions import crops_of, garments_of


def _found(*rows: tuple[tuple[float, float, float, float], int, float]) -> Detections:
    boxes, labels, scores = zip(*rows, strict=True)
    return Detections(
        np.array(boxes, dtype=np.float32),
        np.array(labels, dtype=np.int64),
        np.array(scores, dtype=np.float32),
    )


A = (0.0, 0.0, 10.0, 10.0)
HALF = (0.0, 0.0, 10.0, 5.0)  # overlaps A by 0.5
THIRD = (0.0, 0.0, 10.0, 3.0)  # by 0.3
MOST = (0.0, 0.0, 10.0, 9.0)  # by 0.9


@pytest.mark.parametrize(
    ("other", "label", "kept"), [(HALF, 0, 1), (THIRD, 0, 2), (HALF, 2, 2), (MOST, 2, 1)]
)
def test_one_box_a_garment(other: tuple[float, float, float, float], label: int, kept: int) -> None:
    found = garments_of(_found((A, 0, 0.9), (other, label, 0.8)), 0.5, 20)
    assert len(found.scores) == kept
    assert found.scores[0] == np.float32(0.9)


def test_what_was_dropped_drops_nothing() -> None:
    # The middle one goes for the first; the last overlaps the middle one alone.
    rows = [((0, 0, 10, 10), 0, 0.9), ((4, 0, 14, 10), 0, 0.8), ((9, 0, 19, 10), 0, 0.7)]
    found = garments_of(_found(*rows), 0.5, 20)
    assert found.scores.tolist() == pytest.approx([0.9, 0.7])


def test_weak_ones_and_those_beyond_most_are_left_out() -> None:
    rows = [((i * 20, 0, i * 20 + 10, 10), i % 4, 0.9 - 0.1 * i) for i in range(6)]
    assert len(garments_of(_found(*rows), 0.65, 20).scores) == 3
    assert len(garments_of(_found(*rows), 0.0, 2).scores) == 2
    assert len(garments_of(_found(*rows), 0.95, 20).scores) == 0


def test_crops_are_of_the_box_alone() -> None:
    photo = np.zeros((40, 30, 3), dtype=np.uint8)
    photo[10:20, 5:25] = 200
    crops = crops_of(photo, np.array([[5, 10, 25, 20], [0, 0, 5, 5]], dtype=np.float32), 16)
    assert crops.shape == (2, 16, 16, 3)
    assert (crops[0] == 200).all()
    assert (crops[1] == 0).all()
