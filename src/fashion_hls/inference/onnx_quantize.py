"""Exported networks in 8-bit integers: static quantisation, ranges taken from pictures given.

Weights are signed, one scale a channel; activations unsigned, one scale a tensor, between the
least and the greatest value that the pictures bring forth (Jacob et al., CVPR 2018). What it
costs depends on the network: compare both before you use it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from fashion_hls.data.store import write_json, write_whole
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.inference.onnx_files import CARD, Card, read_card
from fashion_hls.inference.onnx_photos import Frame, fit

#: Layers whose arithmetic is done in integers, and additions between them, which would otherwise
#: turn back to floats. Heads of a few outputs gain nothing.
OPERATORS = ("Conv", "Add", "Clip", "Relu", "MaxPool")


def quantize_classifier(
    source: Path, folder: Path, crops: NDArray[np.uint8], types: NDArray[np.int64]
) -> Card:
    """Write an exported method anew in 8-bit integers.

    Args:
        source: folder of ``export_classifier``.
        folder: where to; another than ``source``.
        crops: uint8 [n, s, s, 3] that ranges are taken from; of training, a hundred or more.
        types: their detected object types [n].

    Raises:
        UserError: no crops, or the folder holds no such method in float32.
    """
    card = _float_card(source, folder, "classifier")
    pairs = ({"crops": crops[i : i + 1], "types": types[i : i + 1]} for i in range(len(crops)))
    return _quantized(source, folder, card, "scores", pairs)


def quantize_detector(source: Path, folder: Path, photos: Iterable[NDArray[np.uint8]]) -> Card:
    """Write an exported detector anew, its maps in 8-bit integers and its boxes' head in float32.

    Args:
        source: folder of ``export_detector``.
        folder: where to; another than ``source``.
        photos: uint8 [h, w, 3] that ranges are taken from; of training, fifty or more.

    Raises:
        UserError: no photos, or the folder holds no such detector in float32.
    """
    card = _float_card(source, folder, "detector")
    frame = Frame(**card.settings["frame"])
    fitted = ({"images": fit(photo, frame).pixels} for photo in photos)
    return _quantized(source, folder, card, "maps", fitted)


class _Reader(CalibrationDataReader):
    """Inputs one after the other, those that the graph has."""

    def __init__(self, inputs: Iterator[dict[str, Any]], names: set[str]) -> None:
        self._inputs, self._names = inputs, names

    def get_next(self) -> dict[str, Any] | None:
        given = next(self._inputs, None)
        if given is None:
            return None
        return {name: value for name, value in given.items() if name in self._names}


def _float_card(source: Path, folder: Path, task: str) -> Card:
    card = read_card(source, task)
    if card.precision != "float32":
        raise UserError(f"{source}: holds {card.precision} already; quantise a float32 export")
    if folder.resolve() == source.resolve():
        raise UserError(f"{folder}: is the float32 export itself; name another folder")
    return card


def _quantized(
    source: Path, folder: Path, card: Card, graph: str, inputs: Iterator[dict[str, Any]]
) -> Card:
    path = source / card.graphs[graph]["file"]
    first = next(inputs, None)
    if first is None:
        raise UserError("no pictures: ranges are taken from a hundred or so; give some")
    names = {one.name for one in onnx.load(path).graph.input}
    reader = _Reader(chain([first], inputs), names)
    with tempfile.TemporaryDirectory() as place:
        plain, out = Path(place) / "plain.onnx", Path(place) / path.name
        # Constants become weights and paddings part of their convolutions: the quantiser sees
        # neither through a node, and would leave the convolution in floats.
        quant_pre_process(path, plain, skip_symbolic_shape=True)
        quantize_static(
            plain,
            out,
            reader,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(OPERATORS),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"CalibMovingAverage": False},
        )
        write_whole(folder / path.name, out.read_bytes())
    graphs = {}
    for name, told in card.graphs.items():
        if name != graph:
            write_whole(folder / told["file"], (source / told["file"]).read_bytes())
        graphs[name] = {"file": told["file"], "sha256": file_sha256(folder / told["file"])}
    made = replace(card, precision="int8", graphs=graphs)
    write_json(folder / CARD, made.to_dict())
    return made
