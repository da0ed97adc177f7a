"""The weights of several networks in one safetensors file, in half the bytes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from fashion_hls.errors import UserError

#: Metadata: the names of tensors that equal another one, which alone is stored.
SAME = "same_as"


def pack_weights(networks: Mapping[str, Mapping[str, Tensor]], *, half: bool) -> bytes:
    """State dicts as one file; equal tensors, as of frozen layers, are stored once.

    Args:
        networks: name to state dict.
        half: store weights of two and more dimensions as float16. Biases and BatchNorm keep
            float32: their range is wide, and they are small.
    """
    stored: dict[str, Tensor] = {}
    first: dict[str, str] = {}
    same: dict[str, str] = {}
    for network, weights in networks.items():
        for key, tensor in weights.items():
            name = f"{network}/{key}"
            tensor = tensor.detach().cpu().contiguous()
            if half and tensor.is_floating_point() and tensor.ndim > 1 and _fits(tensor):
                tensor = tensor.half()
            content = hashlib.sha256(tensor.reshape(-1).view(torch.uint8).numpy().tobytes())
            mark = f"{content.hexdigest()} {tensor.dtype} {list(tensor.shape)}"
            if mark in first:
                same[name] = first[mark]
            else:
                first[mark] = name
                stored[name] = tensor
    return save(stored, metadata={SAME: json.dumps(same)})


def _fits(tensor: Tensor) -> bool:
    """Whether no weight would become infinite."""
    return bool(tensor.abs().amax() <= torch.finfo(torch.float16).max) if tensor.numel() else True


def unpack_weights(content: bytes, place: str) -> dict[str, dict[str, Tensor]]:
    """Network to state dict, floating point as float32.

    Args:
        content: of the file.
        place: what messages call it.

    Raises:
        UserError: it is damaged.
    """
    try:
        # Turned to float32 before they are named again: those that are the same stay one in memory.
        stored = {name: _single(tensor) for name, tensor in load(content).items()}
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        same = json.loads(header.get("__metadata__", {}).get(SAME, "{}"))
        whole = stored | {name: stored[other] for name, other in same.items()}
    except (SafetensorError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise UserError(f"{place}: is no weights file ({error})") from error
    networks: dict[str, dict[str, Tensor]] = {}
    for name, tensor in whole.items():
        network, _, key = name.partition("/")
        networks.setdefault(network, {})[key] = tensor
    return networks


def _single(tensor: Tensor) -> Tensor:
    return tensor.float() if tensor.is_floating_point() else tensor
