"""An exported network's folder: ``*.onnx``, and ``onnx.json``, which says all else.

No pickle, no code: a graph is protobuf, and each is held to its SHA-256 before it is opened. A
folder may also be given as a mapping of its file names to their bytes, as a bundle has it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime as ort

from fashion_hls.errors import UserError

CARD, FORMAT = "onnx.json", 1
_FIELDS = ("format", "task", "kind", "precision", "graphs", "settings", "notes")

#: A folder, or its files by name.
Source = Path | Mapping[str, bytes]


@dataclass(frozen=True)
class Card:
    """What ``onnx.json`` holds.

    ``task``: ``detector`` or ``classifier``. ``kind``: the architecture's or the method's name.
    ``precision``: ``float32`` or ``int8``. ``graphs``: name -> {"file", "sha256"}. ``settings``:
    what the kind's decoding needs. ``notes``: the trained model's own (vocabulary, data, licence).
    """

    task: str
    kind: str
    precision: str
    graphs: dict[str, dict[str, str]]
    settings: dict[str, Any]
    notes: Any

    def to_dict(self) -> dict[str, Any]:
        """As ``onnx.json`` has it."""
        return {"format": FORMAT, **{name: getattr(self, name) for name in _FIELDS[1:]}}


def read_card(source: Source, task: str) -> Card:
    """The card of an exported network.

    Raises:
        UserError: the folder holds none, one of another format, or another task's.
    """
    try:
        content = json.loads(_read(source, CARD))
    except ValueError as error:
        raise UserError(f"{_name(source)}: {CARD} is no JSON; export the model again") from error
    missing = [name for name in _FIELDS if not isinstance(content, dict) or name not in content]
    if missing:
        raise UserError(f"{_name(source)}: {CARD} lacks {missing[0]}; export the model again")
    if content["format"] != FORMAT:
        raise UserError(
            f"{_name(source)}: {CARD}: format {content['format']}, not {FORMAT}; export the model "
            "again, with this version"
        )
    if content["task"] != task:
        raise UserError(f"{_name(source)}: {CARD}: task: holds a {content['task']}, not a {task}")
    fine = {
        "graphs": _are_files(content["graphs"]),
        "settings": isinstance(content["settings"], dict),
        "kind": isinstance(content["kind"], str),
    }
    if wrong := [name for name, one in fine.items() if not one]:
        raise UserError(f"{_name(source)}: {CARD}: {wrong[0]}: is wrong; export the model again")
    return Card(**{name: content[name] for name in _FIELDS[1:]})


def _are_files(graphs: Any) -> bool:
    return isinstance(graphs, dict) and all(
        isinstance(one, dict) and all(isinstance(one.get(key), str) for key in ("file", "sha256"))
        for one in graphs.values()
    )


def open_graph(source: Source, card: Card, name: str, threads: int) -> ort.InferenceSession:
    """A graph ready to run on the CPU.

    Args:
        source: the folder or its files.
        card: of it.
        name: which of its graphs.
        threads: that one prediction uses.

    Raises:
        UserError: a file is missing or is not the one that was exported, or ONNX Runtime cannot
            read it.
    """
    entry = card.graphs.get(name)
    if entry is None:
        raise UserError(f"{_name(source)}: {CARD}: graphs lacks {name}; export the model again")
    data = _read(source, entry["file"])
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise UserError(
            f"{_name(source)}: {entry['file']} is not the file that {CARD} names (its SHA-256 "
            "differs); copy or export the folder again"
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    # Threads wait busily within a run alone: the next graph, and NumPy between, want the cores.
    options.add_session_config_entry("session.force_spinning_stop", "1")
    try:
        return ort.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # a class of its own for each kind of failure, none public
        raise UserError(
            f"{_name(source)}: {entry['file']}: ONNX Runtime {ort.__version__} cannot read it "
            f"({str(error).partition(chr(10))[0]}); export the model again"
        ) from error


def _read(source: Source, name: str) -> bytes:
    if Path(name).name != name:
        raise UserError(f"{_name(source)}: {CARD}: {name} is no plain file name")
    try:
        return source[name] if isinstance(source, Mapping) else (source / name).read_bytes()
    except (OSError, KeyError) as error:
        raise UserError(
            f"{_name(source)}: lacks {name}; it holds no network exported to ONNX, or only a part"
        ) from error


def _name(source: Source) -> str:
    return "the bundle" if isinstance(source, Mapping) else str(source)
