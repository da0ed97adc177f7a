"""Whether trained models are whole: cards, weights, and a bundle's digests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fashion_hls.checkup.finding import NOTE, OK, PROBLEM, Finding
from fashion_hls.errors import UserError
from fashion_hls.inference.bundle import CARD as BUNDLE_CARD
from fashion_hls.inference.bundle import Bundle, is_bundle
from fashion_hls.inference.card import check_card
from fashion_hls.inference.source import PACKAGED
from fashion_hls.workspace import is_workspace

AREA: Final = "models"
CARD, WEIGHTS = "model.json", "model.safetensors"
_LONGEST_HEADER: Final = 100 * 2**20
_TRAIN: Final = "train it again, or fetch it with `dvc pull`"


def check_packaged() -> Iterator[Finding]:
    """The bundle that comes with the package, which commands use where no models are named."""
    if PACKAGED.is_file():
        yield _bundle(PACKAGED, "the package's own bundle")
    else:
        yield Finding(AREA, NOTE, f"{PACKAGED}: not there", "name models with --models")


def check_models(workspace: Path, models: Path | None) -> Iterator[Finding]:
    """The models that a pipeline left, and a bundle or folder that is named.

    Args:
        workspace: with ``models/`` in it, or not.
        models: a bundle (file or folder), or a folder that the pipeline ran in.
    """
    if models is not None and not models.exists():
        yield Finding(AREA, PROBLEM, f"{models}: not found", "correct --models")
    elif models is not None and is_bundle(models):
        yield _bundle(models)
    else:
        yield from _folders(models or workspace)


def _folders(root: Path) -> Iterator[Finding]:
    below = root / "models"
    found = sorted({p.parent for name in (CARD, WEIGHTS) for p in below.rglob(name)})
    if not found:
        remedy = "`make repro` trains the sample's"
        if not is_workspace(root):
            remedy = "--models names a bundle, or a folder with models, to look at"
        yield Finding(AREA, NOTE, f"{below}: no models yet", remedy)
    for folder in found:
        name = folder.relative_to(below).as_posix()
        fault = _card_fault(folder / CARD) or _weights_fault(folder / WEIGHTS)
        if fault:
            yield Finding(AREA, PROBLEM, f"{name}: {fault}", _TRAIN)
        else:
            size = (folder / WEIGHTS).stat().st_size / 2**20
            yield Finding(AREA, OK, f"{name}: card and weights are whole ({size:.0f} MiB)")


def _card_fault(path: Path) -> str | None:
    try:
        card = json.loads(path.read_bytes())
    except OSError:
        return f"{CARD} is missing or cannot be read"
    except ValueError as error:
        return f"{CARD} is not JSON ({error})"
    wanted = ("options", "notes")
    lacking = [key for key in wanted if not isinstance(card, dict) or key not in card]
    return f"{CARD} has no {lacking[0]}" if lacking else None


def _weights_fault(path: Path) -> str | None:
    """What is wrong with a safetensors file by its header; its numbers are not read."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(size - 8, _LONGEST_HEADER):
                return f"{WEIGHTS} is no weights file, or cut off"
            header = json.loads(file.read(length))
        ends = [int(one["data_offsets"][1]) for key, one in header.items() if key != "__metadata__"]
    except OSError:
        return f"{WEIGHTS} is missing or cannot be read"
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):
        return f"{WEIGHTS} has a damaged header"
    if 8 + length + max(ends, default=0) != size:
        return f"{WEIGHTS} is cut off, or longer than its header says"
    return None


def _bundle(path: Path, title: str = "bundle") -> Finding:
    try:
        bundle = Bundle(path)
        check_card(bundle.card, f"{path}: {BUNDLE_CARD}")
        for name in bundle.card["files"]:
            bundle.read(name)  # compares its digest
    except UserError as error:
        return Finding(AREA, PROBLEM, *str(error).split("; ", 1))
    card = bundle.card
    told = f"{len(card['files'])} files, digests right"
    return Finding(AREA, OK, f"{title} {card['name']} (format version {card['version']}): {told}")
