"""Fine-tuning from an earlier run's weights, and whose checkpoints a training may go on from."""

import shutil

import pytest
import torch
from safetensors.torch import load_file

from fashion_hls.classification.build import load_classifier
from fashion_hls.data.records import Vocabulary
from fashion_hls.data.store import read_vocabulary
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.training import checkpoint, classifier


class Stopped(Exception):
    pass


@pytest.fixture
def started(project, monkeypatch):
    """A project with an earlier run's Baseline STL in earlier/, and what a second run begins with.

    Calling it runs the stage up to its training and returns its networks and checkpoint folder.
    """
    project.run("train_classifier")
    shutil.move(project.folder / "models/classifier/stl", project.folder / "earlier")
    seen = {}

    class Watched(checkpoint.Checkpoints):
        def __enter__(self):
            seen["state"] = self.folder.name
            return super().__enter__()

    def stop(networks, *arguments, **options):
        seen["networks"] = networks
        raise Stopped

    monkeypatch.setattr(checkpoint, "Checkpoints", Watched)
    monkeypatch.setattr(classifier, "train_classifier", stop)

    def start(method="stl", **train):
        project.params(**train)
        with pytest.raises(Stopped):
            project.run("train_classifier", method)
        return seen["networks"], seen["state"]

    return start


def settings(project, folder="earlier"):
    digest = file_sha256(project.folder / folder / "model.safetensors")
    return {"start_from": folder, "start_sha256": digest}


def test_it_begins_with_all_earlier_weights_and_says_so(started, project) -> None:
    networks, _ = started(**settings(project))
    weights = load_file(project.folder / "earlier/model.safetensors")
    own = networks.state_dict()
    assert own.keys() == weights.keys()
    assert all(torch.equal(own[name], tensor) for name, tensor in weights.items())
    assert "attributes.classifier; anew: nothing" in project.capsys.readouterr().out


def test_a_head_of_another_vocabulary_begins_anew(started, project) -> None:
    project.vocabulary(["Tee", "Jeans", "Dress"], ["red", "blue", "long", "tiny"])
    networks, _ = started(**settings(project))
    weights = load_file(project.folder / "earlier/model.safetensors")
    own = networks.state_dict()
    changed = {name for name, tensor in weights.items() if not torch.equal(own[name], tensor)}
    assert changed == {"attributes.classifier.weight", "attributes.classifier.bias"}
    assert "anew: attributes.classifier (other attributes)" in project.capsys.readouterr().out


def test_the_card_says_what_was_loaded_and_names_no_place(project) -> None:
    project.run("train_classifier")
    shutil.move(project.folder / "models/classifier/stl", project.folder / "earlier")
    project.vocabulary(["Tee", "Jeans", "Skirt"], ["red", "blue", "long", "short"])
    wanted = settings(project)
    project.params(**wanted)
    project.run("train_classifier")
    _, card = load_classifier(project.folder / "models/classifier/stl", method="stl")
    note = card["notes"]["started_from"]
    assert note["weights_sha256"] == wanted["start_sha256"]
    assert note["loaded"] == ["category.trunk", "attributes.trunk", "attributes.classifier"]
    assert note["anew"] == {"category.classifier": "other categories"}
    assert note["data"]["dataset"] == "sample" and note["before"] is None
    assert str(project.folder) not in str(card)


def test_a_checkpoint_of_another_method_or_start_is_never_gone_on_from(started, project) -> None:
    shutil.copytree(project.folder / "earlier", project.folder / "other_place")
    # An absolute path, and another folder with the same weights, are the same training.
    absolute = settings(project) | {"start_from": str(project.folder / "earlier")}
    same = [settings(project), settings(project, "other_place"), absolute]
    keys = [started(**one)[1].rsplit("-", 1)[1] for one in same]
    assert len(set(keys)) == 1
    afresh, other = started()[1], started("stl_hls")[1]
    weights = project.folder / "other_place/model.safetensors"
    changed = bytearray(weights.read_bytes())
    changed[-1] ^= 1
    weights.write_bytes(changed)
    keys += [
        name.rsplit("-", 1)[1]
        for name in (afresh, other, started(**settings(project, "other_place"))[1])
    ]
    assert len(set(keys)) == 4


def test_another_method_backbone_or_digest_is_refused(started, project) -> None:
    wanted = settings(project)
    project.params(**wanted)
    message = project.refused("train_classifier", "stl_hls")
    assert "earlier holds the method stl, this run trains stl_hls" in message
    project.params(**wanted, backbone="tf_efficientnet_lite1")
    message = project.refused("train_classifier")
    assert "holds the backbone tf_efficientnet_lite0, this run trains tf_efficientnet_l" in message
    for digest, said in ((None, "is not given"), ("a" * 64, "is aaaaaaaaaaaa…")):
        project.params(start_from="earlier", start_sha256=digest)
        message = project.refused("train_classifier")
        assert f"train.start_sha256: {said}; earlier/model.safetensors has" in message
        assert wanted["start_sha256"] in message


@pytest.mark.parametrize(
    ("train", "message"),
    [
        ({"start_from": "nowhere"}, "train.start_from: nowhere: has no model.safetensors"),
        ({"start_from": "models/classifier/stl"}, "lies in models/, of which DVC deletes"),
        ({"start_sha256": "b" * 64}, "train.start_sha256: is given without train.start_from"),
    ],
)
def test_a_start_that_cannot_be_is_refused(project, train, message) -> None:
    project.params(**train)
    assert message in project.refused("train_classifier")


def test_a_model_of_another_method_or_vocabulary_or_damaged_is_refused(project) -> None:
    project.run("train_classifier")
    folder = project.folder / "models/classifier/stl"
    own = read_vocabulary(project.folder / "data/benchmark/vocabulary.json")
    load_classifier(folder, method="stl", vocabulary=own)
    with pytest.raises(UserError, match=r"stl: holds stl, not mtl_rnn_va; run"):
        load_classifier(folder, method="mtl_rnn_va")
    turned = own.to_dict() | {"categories": ["Tee", "Dress", "Jeans"]}
    with pytest.raises(UserError, match=r"other categories \(3; the set has 3; .*Jeans, not Dress"):
        load_classifier(folder, vocabulary=Vocabulary(**turned))
    more = own.to_dict() | {"attributes": [*own.attributes, "torn"]}
    with pytest.raises(UserError, match=r"other attributes \(4; the set has 5; .*none, not torn"):
        load_classifier(folder, vocabulary=Vocabulary(**more))
    project.run("train_classifier", "stl_hls")
    weights = folder / "model.safetensors"
    shutil.copy(project.folder / "models/classifier/stl_hls/model.safetensors", weights)
    with pytest.raises(
        UserError, match=r"model\.safetensors is not of the networks that model\.json"
    ):
        load_classifier(folder)
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(UserError, match="holds no trained classifier"):
        load_classifier(folder)
