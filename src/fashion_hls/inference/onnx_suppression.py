"""Non-maximum suppression by ONNX Runtime's own operator, as a graph of one node.

The graph comes with the package: what predicts needs no library that writes graphs.
``python -m fashion_hls.inference.onnx_suppression`` writes it anew.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort

from fashion_hls.inference.onnx_boxes import Candidates

PACKAGED: Final = Path(__file__).with_name("suppression.onnx")
_OPSET = 18


def suppressed(found: Candidates, overlap: float, most: int) -> Candidates:
    """Non-maximum suppression among those of one label: the best ``most``, best first.

    A candidate falls where one kept before it, of its label, overlaps it by more than ``overlap``
    (intersection over union). Of equal scores the first counts as the better.
    """
    count = len(found.scores)
    if not count:
        return found
    # A row for each label, in which the others' candidates lie below the threshold.
    scores = np.full((1, int(found.labels.max()) + 1, count), -1, dtype=np.float32)
    scores[0, found.labels, np.arange(count)] = found.scores
    inputs = {
        "boxes": found.boxes[None],
        "scores": scores,
        "most": np.asarray([most], dtype=np.int64),
        "overlap": np.asarray([overlap], dtype=np.float32),
        "above": np.asarray([-0.5], dtype=np.float32),
    }
    [selected] = _session().run(None, inputs)
    kept = found.at(np.sort(selected[:, 2]))
    return kept.at(np.argsort(-kept.scores, kind="stable")[:most])


@functools.cache
def _session() -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return ort.InferenceSession(PACKAGED.read_bytes(), options, ["CPUExecutionProvider"])


def graph() -> bytes:
    """The graph: boxes [1, n, 4] of opposite corners and scores [1, labels, n] to rows of
    (0, label, place), of each label the best ``most``."""
    from onnx import TensorProto, helper

    float32, int64 = TensorProto.FLOAT, TensorProto.INT64
    inputs = (
        ("boxes", float32, [1, "n", 4]), ("scores", float32, [1, "labels", "n"]),
        ("most", int64, [1]), ("overlap", float32, [1]), ("above", float32, [1]),
    )  # fmt: skip
    node = helper.make_node("NonMaxSuppression", [name for name, *_ in inputs], ["selected"])
    made = helper.make_graph(
        [node],
        "suppression",
        [helper.make_tensor_value_info(*one) for one in inputs],
        [helper.make_tensor_value_info("selected", int64, ["kept", 3])],
    )
    # The version of the file's form that goes with this opset: older readers know it.
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=8)
    content: bytes = model.SerializeToString()
    return content


if __name__ == "__main__":
    PACKAGED.write_bytes(graph())
