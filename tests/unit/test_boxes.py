import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from fashion_hls.boxes import area, clip, iou, xywh_to_xyxy, xyxy_to_xywh

# Whole numbers, so that sums and products are exact.
COORDINATE = st.integers(-50, 50).map(float)
ANY = hnp.arrays(np.float64, st.tuples(st.integers(0, 6), st.just(4)), elements=COORDINATE)
PROPER = ANY.map(
    lambda b: np.hstack([np.minimum(b[:, :2], b[:, 2:]), b.max(axis=1)[:, None] + [[1, 2]]])
)


def cells(box):
    """The unit squares that a box of whole numbers covers."""
    x1, y1, x2, y2 = box.astype(int)
    return {(x, y) for x in range(x1, x2) for y in range(y1, y2)}


def test_conversions_by_hand():
    xyxy = np.array([[10.0, 20.0, 15.0, 50.0]])
    assert xyxy_to_xywh(xyxy).tolist() == [[10, 20, 5, 30]]
    assert xywh_to_xyxy(np.array([[10.0, 20.0, 5.0, 30.0]])).tolist() == xyxy.tolist()


@given(ANY)
def test_conversions_undo_each_other(boxes):
    np.testing.assert_array_equal(xywh_to_xyxy(xyxy_to_xywh(boxes)), boxes)


@given(ANY)
def test_no_function_changes_its_input(boxes):
    before = boxes.copy()
    for function in (xyxy_to_xywh, xywh_to_xyxy, area):
        function(boxes)
    clip(boxes, 5, 5)
    iou(boxes, boxes)
    np.testing.assert_array_equal(boxes, before)


def test_clip_by_hand():
    boxes = np.array([[-5.0, 2.0, 30.0, 40.0], [25.0, 0.0, 30.0, 5.0]])
    clipped = clip(boxes, width=20, height=10)
    assert clipped.tolist() == [[0, 2, 20, 10], [20, 0, 20, 5]]
    assert area(clipped).tolist() == [160, 0]


def test_inverted_boxes_have_no_area():
    assert area(np.array([[5.0, 5.0, 1.0, 9.0], [5.0, 5.0, 1.0, 1.0]])).tolist() == [0, 0]


@given(PROPER, PROPER)
def test_iou_matches_counting_squares(a, b):
    a, b = (np.clip(boxes / 5, -8, 8).round() for boxes in (a, b))
    expected = [[len(cells(p) & cells(q)) / max(len(cells(p) | cells(q)), 1) for q in b] for p in a]
    np.testing.assert_allclose(iou(a, b), np.reshape(expected, (len(a), len(b))))


@given(PROPER)
def test_iou_with_itself_is_one_and_symmetric(boxes):
    overlaps = iou(boxes, boxes)
    np.testing.assert_array_equal(np.diag(overlaps), np.ones(len(boxes)))
    np.testing.assert_array_equal(overlaps, overlaps.T)


def test_iou_of_touching_and_empty_boxes():
    left, right = np.array([[0.0, 0.0, 5.0, 5.0]]), np.array([[5.0, 0.0, 9.0, 5.0]])
    point = np.array([[2.0, 2.0, 2.0, 2.0]])
    assert iou(left, right).tolist() == [[0]]
    assert iou(point, point).tolist() == [[0]]
    assert iou(left, np.empty((0, 4))).shape == (1, 0)
