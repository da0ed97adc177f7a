from pathlib import Path

import pytest
import torch

from fashion_hls.classification.build import CARD, WEIGHTS, build_classifier, save_classifier
from fashion_hls.classification.start import start_from_weights
from fashion_hls.data.records import Vocabulary
from fashion_hls.errors import UserError

OPTIONS = {
    "backbone": "tf_efficientnet_lite0",
    "pretrained": False,
    "trained_from": "blocks.5",
    "object_types": 5,
    "categories": 3,
    "attributes": 4,
    "embedding": 8,
    "attention": 16,
    "state": 16,
    "hidden": 16,
}
OWN = Vocabulary(
    categories=list("abc"),
    category_types=[0, 1, 2],
    attributes=list("tuvw"),
    attribute_groups=["g"] * 4,
)


def vocabulary(**changed: list[str]) -> Vocabulary:
    return Vocabulary(**OWN.to_dict() | changed)


def loaded(tmp_path: Path, method: str, labels: Vocabulary, **changed: object):
    """Networks that began with others' weights, those weights, and the note for the card."""
    torch.manual_seed(0)
    first = build_classifier(method, **OPTIONS)
    save_classifier(tmp_path, first, method, OPTIONS, {"vocabulary": OWN.to_dict()})
    options = OPTIONS | {
        "categories": len(labels.categories),
        "attributes": len(labels.attributes),
        **changed,
    }
    networks = build_classifier(method, **options)
    files = [tmp_path / WEIGHTS, tmp_path / CARD]
    note = start_from_weights(networks, files, method, "tf_efficientnet_lite0", labels)
    return networks.state_dict(), first.state_dict(), note


#: Method -> what begins anew with other categories, and with other attributes.
ANEW = {
    "stl": ({"category.classifier"}, {"attributes.classifier"}),
    "stl_hls": ({"category.classifier", "attributes.shared"}, {"attributes.classifier"}),
    "mtl_rnn_va": ({"network.category", "network.category_label"}, {"network.attributes"}),
}


@pytest.mark.parametrize("method", ANEW)
@pytest.mark.parametrize("kind", [0, 1])
@pytest.mark.parametrize("more", [False, True], ids=["renamed", "more"])
def test_what_numbers_other_labels_begins_anew(tmp_path, method, kind, more) -> None:
    """As many labels of other names have the same shapes, and other meanings."""
    names = [["a", "b", "z"], ["t", "u", "v", "z"]][kind] + (["more"] if more else [])
    labels = vocabulary(**{["categories", "attributes"][kind]: names})
    own, first, note = loaded(tmp_path, method, labels)
    assert set(note["anew"]) == ANEW[method][kind]
    for name, tensor in own.items():
        part = ".".join(name.split(".")[:2])
        assert (part in note["loaded"]) == (part not in note["anew"])
        if part in note["loaded"]:
            assert torch.equal(tensor, first[name]), name
        elif tensor.shape == first[name].shape and tensor.any():
            assert not torch.equal(tensor, first[name]), name


def test_other_sizes_begin_anew_and_the_trunk_stays(tmp_path) -> None:
    _, _, note = loaded(tmp_path, "mtl_rnn_va", OWN, state=24)
    sizes = {"network.attention", "network.decoder", "network.category", "network.attributes"}
    assert note["anew"] == dict.fromkeys(sizes, "other sizes")
    assert note["loaded"] == ["network.trunk", "network.type_label", "network.category_label"]


def test_a_trunk_that_lacks_a_layer_is_refused(tmp_path) -> None:
    classifier = build_classifier("stl", **OPTIONS)
    save_classifier(tmp_path, classifier, "stl", OPTIONS, {"vocabulary": OWN.to_dict()})
    classifier.category.trunk.net.conv_stem = torch.nn.Conv2d(3, 8, 3)
    files = [tmp_path / WEIGHTS, tmp_path / CARD]
    with pytest.raises(UserError, match=r"category\.trunk: other (layers|sizes)"):
        start_from_weights(classifier, files, "stl", "tf_efficientnet_lite0", OWN)
