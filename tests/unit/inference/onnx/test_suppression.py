"""ONNX Runtime's suppression keeps what torchvision's does."""

import numpy as np
import pytest
import torch
from torchvision.ops import nms

from fashion_hls.inference.onnx_boxes import Candidates
from fashion_hls.inference.onnx_suppression import PACKAGED, graph, suppressed


def candidates(count: int, labels: int, seed: int) -> Candidates:
    """Boxes of which many overlap, some are alike, and some have no area or equal scores."""
    rng = np.random.default_rng(seed)
    corner = rng.uniform(0, 120, (count, 2))
    size = rng.uniform(0, 60, (count, 2)) * (rng.random((count, 1)) > 0.05)
    boxes = np.concatenate([corner, corner + size], axis=1).astype(np.float32)
    boxes[count // 2 :] = boxes[: count - count // 2]
    scores = rng.integers(0, 40, count).astype(np.float32) / 40
    return Candidates(boxes, rng.integers(0, labels, count), scores)


def torchvisions(found: Candidates, overlap: float, most: int) -> Candidates:
    """Of each label by itself, so that nothing is shifted; then the best of all."""
    kept: list[int] = []
    for label in np.unique(found.labels):
        rows = np.flatnonzero(found.labels == label)
        # Sorted before, as of equal scores torchvision may take either.
        rows = rows[np.argsort(-found.scores[rows], kind="stable")]
        apart = torch.arange(len(rows), 0, -1, dtype=torch.float32)
        chosen = nms(torch.from_numpy(found.boxes[rows]), apart, overlap)
        kept += rows[chosen.numpy()].tolist()
    kept.sort(key=lambda row: (-found.scores[row], row))
    return found.at(np.asarray(kept[:most], dtype=np.int64))


@pytest.mark.parametrize("most", [1, 7, 1000])
@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.7, 1.0])
@pytest.mark.parametrize(("count", "labels"), [(1, 1), (60, 1), (700, 4)])
def test_it_keeps_what_torchvision_keeps(count, labels, overlap, most) -> None:
    found = candidates(count, labels, seed=count)
    own, expected = suppressed(found, overlap, most), torchvisions(found, overlap, most)
    for one, other in zip(own, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    assert 0 < len(own.scores) <= most


def test_none_of_none() -> None:
    none = candidates(4, 2, seed=0).at(np.zeros(4, dtype=bool))
    assert [len(one) for one in suppressed(none, 0.5, 10)] == [0, 0, 0]


def test_the_packaged_graph_is_the_one_written_here() -> None:
    assert PACKAGED.read_bytes() == graph()
