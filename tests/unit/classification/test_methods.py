import pytest
import torch
from tests.unit.networks import CLASSIFIER
from torch.nn import functional

from fashion_hls.classification.build import (
    METHODS,
    Classifier,
    MultiTaskClassifier,
    SingleTaskPair,
    build_classifier,
    load_classifier,
    save_classifier,
)
from fashion_hls.classification.mtl import AdditiveAttention
from fashion_hls.classification.sharing import SharedLabel, shared_from
from fashion_hls.classification.trunk import Trunk
from fashion_hls.errors import UserError

OPTIONS = CLASSIFIER | {"dropout": 0.0}


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> str:
    torch.manual_seed(0)
    return str(request.param)


def batch(count: int = 4) -> tuple[torch.Tensor, ...]:
    """Pictures that differ in where and in what colour they are bright, and labels for them."""
    generator = torch.Generator().manual_seed(1)
    images = torch.zeros(count, 3, 64, 64)
    for i in range(count):
        images[i] += 0.1 * i
        images[i, i % 3, :, i * 16 : (i + 1) * 16] = 1
    types = torch.arange(count) % 5
    category = torch.arange(count) % 6
    attributes = (torch.rand(count, 7, generator=generator) < 0.4).float()
    return images, types, category, attributes


def training_loss(classifier: Classifier, content: tuple[torch.Tensor, ...]) -> torch.Tensor:
    images, types, category, attributes = content
    if isinstance(classifier, MultiTaskClassifier):
        logits = classifier.network(images, types, category)[:2]
    else:
        assert isinstance(classifier, SingleTaskPair)
        logits = classifier.category(images, types), classifier.attributes(images, category)
    bce = functional.binary_cross_entropy_with_logits(logits[1], attributes)
    return functional.cross_entropy(logits[0], category) + bce


def test_scores_keep_the_contract(method: str) -> None:
    classifier = build_classifier(method, **OPTIONS).eval()
    images, types, *_ = batch()
    scores = classifier.scores(images, types)
    assert scores.category.shape == (4, 6)
    assert scores.attributes.shape == (4, 7)
    assert torch.allclose(scores.category.sum(dim=1), torch.ones(4))
    assert ((scores.attributes >= 0) & (scores.attributes <= 1)).all()
    if method == "mtl_rnn_va":
        assert scores.attention is not None
        assert scores.attention.shape == (4, 2, 2, 2)
        assert torch.allclose(scores.attention.sum(dim=(2, 3)), torch.ones(4, 2))
    else:
        assert scores.attention is None


def test_every_trained_parameter_gets_a_gradient_and_no_other(method: str) -> None:
    classifier = build_classifier(method, **OPTIONS).train()
    training_loss(classifier, batch()).backward()
    for name, parameter in classifier.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, name
        if parameter.grad is not None:
            assert torch.isfinite(parameter.grad).all(), name


def test_a_step_changes_no_batchnorm_and_no_frozen_block(method: str) -> None:
    classifier = build_classifier(method, **OPTIONS).train()
    before = {k: v.clone() for k, v in classifier.state_dict().items()}
    training_loss(classifier, batch()).backward()
    torch.optim.SGD([p for p in classifier.parameters() if p.requires_grad], lr=0.1).step()
    changed = {k for k, v in classifier.state_dict().items() if not torch.equal(v, before[k])}
    assert any("blocks.5." in k for k in changed)
    assert not [k for k in changed if "running" in k or ".bn" in k]
    assert not [
        k for k in changed if "conv_stem" in k or any(f"blocks.{i}." in k for i in range(5))
    ]


def test_frozen_blocks_run_without_autograd(method: str) -> None:
    classifier = build_classifier(method, **OPTIONS).train()
    seen = {}
    trunk = next(m for m in classifier.modules() if isinstance(m, Trunk))
    for i, block in enumerate(trunk.net.blocks):
        block.register_forward_hook(lambda m, a, out, i=i: seen.update({i: out.requires_grad}))
    training_loss(classifier, batch())
    assert seen == {i: i >= 5 for i in range(7)}


def test_overfits_four_images(method: str) -> None:
    classifier = build_classifier(method, **OPTIONS).train()
    content = batch()
    optimizer = torch.optim.Adam([p for p in classifier.parameters() if p.requires_grad], lr=5e-4)
    # The decoder's losses have further to travel back.
    for _ in range(100 if method == "mtl_rnn_va" else 25):
        loss = training_loss(classifier, content)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    images, types, category, attributes = content
    scores = classifier.eval().scores(images, types)
    assert scores.category.argmax(dim=1).tolist() == category.tolist()
    assert ((scores.attributes > 0.5).float() == attributes).float().mean() > 0.95


def test_sharing_reaches_the_outputs_where_the_method_shares(method: str) -> None:
    classifier = build_classifier(method, **OPTIONS).eval()
    images, types, *_ = batch()
    first = classifier.scores(images, types)
    second = classifier.scores(images, (types + 1) % 5)
    same = torch.equal(first.category, second.category)
    assert same == (method == "stl")


def test_saved_and_loaded_gives_the_same_scores(method: str, tmp_path) -> None:
    classifier = build_classifier(method, **OPTIONS).eval()
    save_classifier(tmp_path, classifier, method, OPTIONS, {"image_size": 64})
    again, card = load_classifier(tmp_path)
    images, types, *_ = batch()
    assert torch.equal(
        classifier.scores(images, types).attributes, again.scores(images, types).attributes
    )
    assert card["notes"] == {"image_size": 64}


def test_attention_follows_equations_1_to_3() -> None:
    torch.manual_seed(0)
    attention = AdditiveAttention(features=5, state=3, size=4)
    features, state = torch.rand(2, 6, 5), torch.rand(2, 3)
    context, weights = attention(features, state)
    for b in range(2):
        energies = []
        for f in features[b]:
            inner = attention.w1.weight @ f + attention.w1.bias
            inner = inner + attention.w2.weight @ state[b] + attention.w2.bias
            energies.append(float((attention.v.weight @ torch.tanh(inner)).item()))
        expected = torch.tensor(energies).exp() / torch.tensor(energies).exp().sum()
        assert torch.allclose(weights[b], expected, atol=1e-6)
        assert torch.allclose(context[b], (expected[:, None] * features[b]).sum(0), atol=1e-6)


def test_what_is_shared() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0], [0.0, 0.0, 3.0]], requires_grad=True)
    truth = torch.tensor([1, 1])
    assert shared_from(logits, truth, "predicted").tolist() == [0, 2]
    assert shared_from(logits, truth, "ground_truth").tolist() == [1, 1]
    # At evaluation no truth is given, and the prediction is shared.
    assert shared_from(logits, None, "ground_truth").tolist() == [0, 2]
    soft = shared_from(logits, truth, "soft")
    assert not soft.requires_grad and torch.allclose(soft.sum(dim=1), torch.ones(2))


def test_soft_sharing_of_a_certain_label_is_the_labels_embedding() -> None:
    shared = SharedLabel(3, 4)
    certain = functional.one_hot(torch.tensor([2, 0]), 3).float()
    assert torch.allclose(shared(certain), shared(torch.tensor([2, 0])))


@pytest.mark.parametrize("method", ["stl_hls", "mtl_rnn_va"])
def test_no_type_found_says_nothing_at_first(method: str) -> None:
    """Trained on retained crops alone, it is never shared, and must not mislead later."""
    networks = build_classifier(method, **OPTIONS)
    name = "category.shared" if method == "stl_hls" else "network.type_label"
    rows = networks.get_submodule(name).embedding.weight.abs().sum(dim=1)
    assert rows[-1] == 0 and (rows[:-1] > 0).all() and len(rows) == OPTIONS["object_types"]


def test_unknown_names_end_in_one_line() -> None:
    with pytest.raises(UserError, match="mtl_rnn_va"):
        build_classifier("hls", **OPTIONS)
    with pytest.raises(UserError, match="blocks"):
        Trunk("tf_efficientnet_lite0", pretrained=False, trained_from="blocks.9")
    with pytest.raises(UserError, match="knows no such model"):
        Trunk("efficientnet_b99", pretrained=False, trained_from="")
