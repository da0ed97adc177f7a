"""Networks by torch, out of a bundle or out of a folder that the pipeline ran in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import torch
from safetensors import SafetensorError
from torch import Tensor, nn

from fashion_hls.classification.build import METHODS, Classifier, build_classifier, load_classifier
from fashion_hls.detection.build import build_detector, load_detector
from fashion_hls.detection.contract import Detector
from fashion_hls.errors import UserError
from fashion_hls.inference.backend import ClassifierBackend
from fashion_hls.inference.bundle import CARD, WEIGHTS, Bundle
from fashion_hls.inference.card import check_card
from fashion_hls.inference.networks import Networks
from fashion_hls.inference.source import Loaded, read_card
from fashion_hls.inference.torch_backend import TorchClassifier, TorchDetector
from fashion_hls.inference.weights_file import unpack_weights
from fashion_hls.taxonomy import OBJECT_TYPES

DETECTOR: Final = "detector"
#: From which score on a detection counts, as in retention; garments of a photo, at most.
DETECTION: Final = {"min_score": 0.5, "most": 20}
#: Attributes that are named where there are no thresholds, as in Figure 3.
ATTRIBUTES_SHOWN: Final = 3
_Network = TypeVar("_Network", bound=nn.Module)


def set_up(threads: int | None, device: str) -> None:
    """Threads of torch, and whether the device is there.

    Raises:
        UserError: the device is unknown or missing.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    try:
        # And back: torch knows devices that hold no values.
        torch.zeros(1, device=device).cpu()
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device {device}: cannot be used here ({_first_line(error)})") from error


def from_bundle(bundle: Bundle, device: str) -> Loaded:
    """The networks of a bundle.

    Raises:
        UserError: the weights are missing, damaged, or of other networks than the card says.
    """
    detector, networks = networks_of(bundle)
    classifiers: dict[str, ClassifierBackend] = {
        method: TorchClassifier(network.to(device)) for method, network in networks.items()
    }
    return Loaded(Networks(TorchDetector(detector.to(device)), classifiers), bundle.card)


def networks_of(bundle: Bundle) -> tuple[Detector, dict[str, Classifier]]:
    """The detector and the methods of a bundle of weights, on the CPU.

    Raises:
        UserError: as of :func:`from_bundle`.
    """
    place, card_place = f"{bundle.path}: {WEIGHTS}", f"{bundle.path}: {CARD}"
    card = bundle.card
    check_card(card, card_place)
    weights = unpack_weights(bundle.read(WEIGHTS), place)
    told = card["detector"]
    detector = _built(build_detector, told["architecture"], told["options"], card_place)
    _fill(detector, weights.get(DETECTOR, {}), place)
    networks: dict[str, Classifier] = {}
    for method, told in card["classifiers"].items():
        network = _built(build_classifier, told["method"], told["options"], card_place)
        _fill(network, weights.get(method, {}), place)
        networks[method] = network
    return detector, networks


def from_workspace(root: Path, device: str) -> Loaded:
    """All trained methods of a folder that the pipeline ran in, and its first detector.

    The first detector is the one that retain_crops used (params.yaml), or the only one.

    Raises:
        UserError: it holds no detector or no method, or methods of different vocabularies.
    """
    methods = workspace_methods(root)
    name = workspace_detector(root)
    card = workspace_card(root, name, methods)
    classifiers: dict[str, ClassifierBackend] = {}
    for method in methods:
        network, _ = load_classifier(root / "models/classifier" / method, method=method)
        classifiers[method] = TorchClassifier(network.to(device))
    detector = _workspace_network(root / "models/detector" / name)
    return Loaded(Networks(TorchDetector(detector.to(device)), classifiers), card)


def workspace_methods(root: Path, below: Path = Path()) -> list[str]:
    """The methods that were trained there (``below``: on a further set), in the paper's order."""
    folder = root / "models/classifier" / below
    methods = [method for method in METHODS if (folder / method / "model.json").is_file()]
    if not methods:
        raise UserError(f"{folder}: holds no trained method; run `dvc repro` there")
    return methods


def workspace_detector(root: Path) -> str:
    """The detector by which the run cropped, where params.yaml says; else the only one."""
    import yaml

    folder = root / "models/detector"
    trained = sorted(p.parent.name for p in folder.glob("*/model.json"))
    if not trained:
        raise UserError(f"{folder}: holds no trained detector; run `dvc repro` there")
    try:
        params = yaml.safe_load((root / "params.yaml").read_text(encoding="utf-8"))
        named = params["retention"]["detector"]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        named = None
    if named in trained:
        return str(named)
    if len(trained) == 1:
        return trained[0]
    raise UserError(
        f"{folder}: holds {', '.join(trained)}, and params.yaml names none of them under "
        "retention.detector; make a bundle with `fashion-hls bundle --detector NAME`"
    )


def workspace_card(root: Path, detector: str, methods: Sequence[str]) -> dict[str, Any]:
    """What a bundle's card would say of a folder's networks, without thresholds and figures.

    Raises:
        UserError: a card is missing, or the methods know different labels.
    """
    cards = {m: read_card(root / "models/classifier" / m / "model.json") for m in methods}
    detection = read_card(root / "models/detector" / detector / "model.json")
    try:
        first = cards[methods[0]]["notes"]
        for method, card in cards.items():
            if card["notes"]["vocabulary"] != first["vocabulary"]:
                raise UserError(
                    f"{root / 'models/classifier'}: {method} knows other labels than "
                    f"{methods[0]}; train both on the same data"
                )
        return {
            "name": first["data"]["dataset"],
            "object_types": list(OBJECT_TYPES),
            "vocabulary": first["vocabulary"],
            "detector": {"name": detector, **detection},
            "classifiers": {
                method: {
                    "method": card["method"],
                    "options": card["options"],
                    "image_size": card["notes"]["image_size"],
                }
                for method, card in cards.items()
            },
            "method": methods[0],
            "detection": dict(DETECTION),
            "thresholds": {},
            "attributes_shown": ATTRIBUTES_SHOWN,
            "data": first["data"],
        }
    except (KeyError, TypeError) as error:
        raise UserError(
            f"{root / 'models/classifier'}: a model.json lacks {error}; run `dvc repro`"
        ) from error


def _built(build: Callable[..., _Network], name: str, options: Any, place: str) -> _Network:
    """A network by its card, which anybody may have written."""
    try:
        return build(name, **{**options, "pretrained": False})
    except Exception as error:
        raise UserError(
            f"{place}: {name}: cannot be built ({_first_line(error)}); fetch the bundle again"
        ) from error


def _workspace_network(folder: Path) -> Detector:
    try:
        return load_detector(folder)
    except (SafetensorError, RuntimeError, KeyError, TypeError) as error:
        raise UserError(
            f"{folder}: holds a damaged detector ({_first_line(error)}); run `dvc repro`"
        ) from error


def _fill(network: nn.Module, weights: dict[str, Tensor], place: str) -> None:
    try:
        network.load_state_dict(weights)
    except RuntimeError as error:
        raise UserError(
            f"{place}: is not of the networks that bundle.json describes; fetch the bundle again"
        ) from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
