"""Fine-tuning: a method's networks begin with the weights of an earlier run.

A part is a trunk or a module beside it (``category.classifier``, ``network.decoder``). Trunks load
whole. Another part loads where its shapes agree and, if it knows labels by number, their names.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from torch import Tensor

from fashion_hls.classification.build import CARD, WEIGHTS, Classifier, read_classifier
from fashion_hls.data.records import Vocabulary
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.places import workspace

#: Parts that number labels -> which labels.
LABELS: Final = {
    "category.classifier": "categories",
    "attributes.shared": "categories",
    "attributes.classifier": "attributes",
    "network.category": "categories",
    "network.category_label": "categories",
    "network.attributes": "attributes",
}
#: Object types are the same in every set: their embeddings load by shape.
_TRUNK: Final = "trunk"


def start_files(start_from: str | None, start_sha256: str | None) -> list[Path]:
    """The weights and the card to start from, checked; empty where a training starts afresh.

    Args:
        start_from: a classifier's folder, absolute or relative to the workspace.
        start_sha256: of its weights. DVC looks at settings and not into this folder, so that
            without the digest it would take other weights of the same place for the same run.

    Raises:
        UserError: no classifier is there, DVC would delete it, or it is another one.
    """
    if start_from is None:
        if start_sha256 is not None:
            raise UserError("train.start_sha256: is given without train.start_from")
        return []
    folder = (workspace() / Path(start_from).expanduser()).resolve()
    where = f"train.start_from: {start_from}"
    if folder.is_relative_to((workspace() / "models").resolve()):
        raise UserError(
            f"{where}: lies in models/, of which DVC deletes what a stage is about to write; copy "
            "the folder to another place and name that"
        )
    files = [folder / WEIGHTS, folder / CARD]
    missing = [path.name for path in files if not path.is_file()]
    if missing:
        raise UserError(
            f"{where}: has no {missing[0]}; name a folder that holds what models/classifier/METHOD "
            "of a run held"
        )
    digest = file_sha256(files[0])
    if start_sha256 != digest:
        said = "is not given" if start_sha256 is None else f"is {start_sha256[:12]}…"
        raise UserError(
            f"train.start_sha256: {said}; {start_from}/{WEIGHTS} has {digest}: set it to that, so "
            "that DVC tells these weights from others"
        )
    return files


def start_from_weights(
    classifier: Classifier, files: list[Path], method: str, backbone: str, vocabulary: Vocabulary
) -> dict[str, Any]:
    """Load an earlier run's weights into a method's networks.

    Args:
        classifier: as built; what does not load keeps its first random weights.
        files: of start_files().
        method: of the classifier.
        backbone: of its trunks.
        vocabulary: that it is about to learn.

    Returns:
        For the model's card: ``weights_sha256``, ``data`` (the earlier card's), ``loaded`` parts,
        ``anew``: part -> why, and ``before``, what the earlier run itself had started from.

    Raises:
        UserError: another method or backbone, or a trunk that does not fit.
    """
    folder = files[0].parent
    weights, card = read_classifier(folder)
    for what, theirs, ours in (
        ("method", card["method"], method),
        ("backbone", card["options"].get("backbone"), backbone),
    ):
        if theirs != ours:
            raise UserError(
                f"train.start_from: {folder.name} holds the {what} {theirs}, this run trains {ours}"
            )
    known = card["notes"].get("vocabulary", {})
    own, given = _parts(classifier.state_dict()), _parts(weights)
    anew = {}
    for part, tensors in own.items():
        reason = _difference(part, tensors, given.get(part, {}), known, vocabulary)
        if reason is None:
            continue
        if part.endswith(f".{_TRUNK}"):
            raise UserError(f"train.start_from: {folder.name}: {part}: {reason}")
        anew[part] = reason
    loaded = [part for part in own if part not in anew]
    chosen = {name: tensor for part in loaded for name, tensor in given[part].items()}
    classifier.load_state_dict(chosen, strict=False)
    return {
        "weights_sha256": file_sha256(files[0]),
        "data": card["notes"].get("data"),
        "loaded": loaded,
        "anew": anew,
        "before": card["notes"].get("started_from"),
    }


def told(started: dict[str, Any]) -> str:
    """One line of what was loaded and what was not."""
    anew = ", ".join(f"{part} ({reason})" for part, reason in started["anew"].items())
    return f"train.start_from: loaded {', '.join(started['loaded'])}; anew: {anew or 'nothing'}"


def _parts(weights: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """Tensors by part, of which a name has two words."""
    parts: dict[str, dict[str, Tensor]] = {}
    for name, tensor in weights.items():
        parts.setdefault(".".join(name.split(".")[:2]), {})[name] = tensor
    return parts


def _difference(
    part: str,
    own: dict[str, Tensor],
    given: dict[str, Tensor],
    known: dict[str, Any],
    vocabulary: Vocabulary,
) -> str | None:
    """Why a part cannot be loaded; None where it can."""
    kind = LABELS.get(part)
    if kind is not None and known.get(kind) != vocabulary.to_dict()[kind]:
        return f"other {kind}"
    if own.keys() != given.keys():
        return "other layers"
    if any(own[name].shape != given[name].shape for name in own):
        return "other sizes"
    return None
