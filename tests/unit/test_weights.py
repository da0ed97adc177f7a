import pytest
import timm
import torch

from fashion_hls import weights
from fashion_hls.errors import UserError
from fashion_hls.weights import PACKAGED, create_backbone, normalisation, packaged_state


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
    with pytest.raises(UserError) as caught:
        create_backbone("resnet18", pretrained=True)
    text = str(caught.value)
    assert text.startswith("backbone.name: resnet18: ") and "\n" not in text
    assert all(name in text for name in PACKAGED)


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
