import socket
import time
from collections.abc import Iterator
from pathlib import Path

import huggingface_hub
import pytest
import timm
import torch
import yaml

from fashion_hls import weights
from fashion_hls.errors import UserError
from fashion_hls.weights import (
    PACKAGED,
    create_backbone,
    input_side,
    normalisation,
    packaged_state,
)


@pytest.fixture(params=PACKAGED)
def name(request: pytest.FixtureRequest) -> str:
    torch.manual_seed(0)
    return str(request.param)


def test_every_parameter_and_statistic_of_timm_is_covered_in_order(name: str) -> None:
    model = timm.create_model(name)
    state = packaged_state(name)
    model.load_state_dict(state, strict=True)
    # Both code bases list their layers in the order of the network. That is a second way to
    # name them: a renaming that swaps two layers of one shape would load as well.
    packaged = torch.load(
        weights._package_file(PACKAGED[name]), map_location="cpu", weights_only=True
    )
    wanted = model.state_dict()
    assert len(packaged) == len(wanted) == len(state)
    for source, target in zip(packaged.values(), wanted.values(), strict=True):
        assert torch.equal(source, target)


def test_logits_are_those_of_the_weights_and_not_of_random_ones(name: str) -> None:
    images = torch.rand(2, 3, 64, 64)
    strict, random = timm.create_model(name), create_backbone(name, pretrained=False)
    strict.load_state_dict(packaged_state(name), strict=True)
    loaded = create_backbone(name, pretrained=True)
    with torch.inference_mode():
        expected, logits, other = (m.eval()(images) for m in (strict, loaded, random))
    assert logits.shape == (2, 1000) and torch.isfinite(logits).all()
    assert torch.equal(logits, expected)
    assert not torch.allclose(logits, other, atol=0.1)
    assert not torch.equal(logits[0], logits[1])


@pytest.mark.parametrize("options", [{"num_classes": 0}, {"features_only": True}])
def test_a_model_without_its_head_has_the_same_weights(options) -> None:
    name = next(iter(PACKAGED))
    state = packaged_state(name)
    own = create_backbone(name, pretrained=True, **options).state_dict()
    assert own and all(torch.equal(value, state[key]) for key, value in own.items())


def test_a_package_that_lacks_a_layer_ends_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    name = next(iter(PACKAGED))
    state = packaged_state(name)
    del state["conv_head.weight"]
    monkeypatch.setattr(weights, "packaged_state", lambda _: state)
    with pytest.raises(UserError, match=r"lacks conv_head\.weight; run `make install`"):
        create_backbone(name, pretrained=True)


def test_a_package_that_is_not_installed_ends_in_one_line() -> None:
    with pytest.raises(UserError, match="no_such_package: not installed; run `make install`"):
        weights._package_file("no_such_package")
    with pytest.raises(UserError, match=r"holds no \.pth file"):
        weights._package_file("fashion_hls.data")


@pytest.mark.parametrize("name", ["efficientnet_lite99", "", "hf_hub:timm/resnet18"])
@pytest.mark.parametrize("pretrained", [True, False])
def test_an_unknown_model_ends_in_one_line(name: str, pretrained: bool) -> None:
    with pytest.raises(UserError, match=r"^backbone\.name: .*knows no such model") as error:
        create_backbone(name, pretrained=pretrained)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("error", [OSError("no route\nto host"), RuntimeError("HTTP 403")])
def test_weights_from_the_hub_end_in_one_line_where_there_is_no_network(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def offline(name: str, pretrained: bool = False, **options: object) -> None:
        raise error

    monkeypatch.setattr(timm, "create_model", offline)
    monkeypatch.setattr(weights, "_ask_hub", lambda name: None)
    with pytest.raises(UserError) as caught:
        create_backbone("resnet18", pretrained=True)
    text = str(caught.value)
    assert text.startswith("backbone.name: resnet18: ") and "\n" not in text
    assert all(name in text for name in PACKAGED)


@pytest.fixture
def silent_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Connections are made, and then nobody says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        proxy = f"http://127.0.0.1:{server.getsockname()[1]}"
        for variable in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(variable, proxy)
            monkeypatch.setenv(variable.lower(), proxy)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("TORCH_HOME", str(tmp_path))
        monkeypatch.setattr(weights, "try_to_load_from_cache", lambda *_, **__: None)
        huggingface_hub.close_session()  # it would keep the network of before
        yield
    huggingface_hub.close_session()


@pytest.mark.parametrize("name", ["inception_v3.tf_in1k", "legacy_xception.tf_in1k"])
def test_a_hub_that_does_not_answer_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, silent_network: None, name: str
) -> None:
    monkeypatch.setattr(weights, "HUB_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(UserError, match="cannot be reached"):
        create_backbone(name, pretrained=True)
    assert time.monotonic() - started < 15
    assert socket.getdefaulttimeout() is None


def test_weights_that_were_fetched_before_need_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(url: str, **_: object) -> None:
        raise AssertionError("asked")

    made: list[str] = []
    monkeypatch.setattr(weights, "try_to_load_from_cache", lambda *_, **__: "/kept/file")
    monkeypatch.setattr(weights, "get_hf_file_metadata", refused)
    monkeypatch.setattr(timm, "create_model", lambda name, **_: made.append(name))
    create_backbone("inception_v3.tf_in1k", pretrained=True)
    assert made == ["inception_v3.tf_in1k"]


def test_a_model_without_any_weights_ends_in_one_line() -> None:
    with pytest.raises(
        UserError, match=r"^backbone\.pretrained: timm has no weights for resnet200;"
    ):
        create_backbone("resnet200", pretrained=True)


def test_packaged_weights_never_ask_the_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = timm.create_model, []

    def spy(name: str, pretrained: bool = False, **options: object) -> object:
        asked.append(pretrained)
        return real(name, pretrained=pretrained, **options)

    monkeypatch.setattr(timm, "create_model", spy)
    create_backbone("tf_efficientnet_lite0", pretrained=True, num_classes=0)
    assert asked and not any(asked)


@pytest.mark.parametrize("call", [lambda n: create_backbone(n, pretrained=False), normalisation])
def test_an_unknown_tag_ends_in_one_line(call) -> None:
    with pytest.raises(UserError):
        call("tf_efficientnet_lite0.no_such_tag")


def test_normalisation_is_the_models_own() -> None:
    assert normalisation("tf_efficientnet_lite0") == ([0.5] * 3, [0.5] * 3)
    mean, std = normalisation("resnet18")
    assert mean == pytest.approx([0.485, 0.456, 0.406])
    assert std == pytest.approx([0.229, 0.224, 0.225])


#: As published, in pixels.
SIDES = {
    "inception_v3": 299,
    "legacy_xception": 299,
    "tf_efficientnet_b0": 224,
    "tf_efficientnet_b1": 240,
    "tf_efficientnet_b2": 260,
    "tf_efficientnet_b3": 300,
    "tf_efficientnet_b4": 380,
    "tf_efficientnet_lite0": 224,
    "tf_efficientnet_lite1": 240,
    "tf_efficientnet_lite2": 260,
}


@pytest.mark.parametrize("path", sorted(Path("conf/backbone").glob("*.yaml")), ids=lambda p: p.stem)
def test_the_input_size_is_the_chosen_one_or_the_published_one(path: Path) -> None:
    name = yaml.safe_load(path.read_text())["name"]
    assert input_side(None, name) == SIDES[name.partition(".")[0]]
    assert input_side(96, name) == 96


def test_a_model_without_a_square_input_size_ends_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(UserError, match="knows no such model"):
        input_side(None, "efficientnet_b99")
    for config in (None, timm.models.PretrainedCfg(input_size=(3, 128, 256))):
        monkeypatch.setattr(timm, "get_pretrained_cfg", lambda *_, one=config, **__: one)
        with pytest.raises(UserError, match=r"^train\.image_size: null: .* give pixels"):
            input_side(None, "resnet18")
