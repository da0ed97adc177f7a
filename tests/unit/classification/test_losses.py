import math

import pytest
import torch

from fashion_hls.classification.losses import (
    FASTER,
    UncertaintyWeights,
    attribute_loss,
    unseen_penalty,
)

LOGITS = torch.tensor([[2.0, -1.0, 0.0], [-3.0, 0.5, 1.0]])
TARGETS = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def by_hand(one) -> float:
    values = []
    for z, y in zip(LOGITS.flatten().tolist(), TARGETS.flatten().tolist(), strict=True):
        values.append(one(1 / (1 + math.exp(-z)), y))
    return sum(values) / len(values)


def focal(p: float, y: float) -> float:
    right = p if y else 1 - p
    return -((1 - right) ** 2) * math.log(right)


def asymmetric(p: float, y: float) -> float:
    if y:
        return -math.log(p)
    shifted = max(p - 0.05, 0.0)
    return -(shifted**4) * math.log(1 - shifted)


@pytest.mark.parametrize(
    ("kind", "one"),
    [
        ("bce", lambda p, y: -math.log(p if y else 1 - p)),
        ("focal", focal),
        ("asymmetric", asymmetric),
    ],
)
def test_each_loss_is_its_papers_formula(kind, one) -> None:
    assert attribute_loss(LOGITS, TARGETS, kind).item() == pytest.approx(by_hand(one), rel=1e-5)


@pytest.mark.parametrize("kind", ["bce", "focal", "asymmetric"])
def test_extreme_logits_have_finite_gradients(kind) -> None:
    logits = torch.tensor([[80.0, -80.0], [-80.0, 80.0]], requires_grad=True)
    attribute_loss(logits, torch.tensor([[1.0, 0.0], [1.0, 0.0]]), kind).backward()
    assert torch.isfinite(logits.grad).all()


def test_an_unknown_loss_is_refused() -> None:
    with pytest.raises(ValueError, match="hinge: choose bce"):
        attribute_loss(LOGITS, TARGETS, "hinge")


def test_the_penalty_counts_attributes_never_seen_with_the_category() -> None:
    unseen = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    certain = torch.tensor([[1.0, 0.0]])
    logits = torch.tensor([[9.0, 0.0]])
    # Of two attributes the second is unseen, and it has probability 1/2.
    assert unseen_penalty(certain, logits, unseen).item() == pytest.approx(0.25)
    half = torch.tensor([[0.5, 0.5]])
    first = torch.sigmoid(torch.tensor(9.0)).item()
    expected = (0.5 * first + 0.5) / 2
    assert unseen_penalty(half, logits, unseen).item() == pytest.approx(expected)
    assert unseen_penalty(certain, logits, torch.zeros(2, 2)).item() == 0


def test_uncertainty_weights_begin_as_the_sum_and_follow_their_formula() -> None:
    weights = UncertaintyWeights()
    category, attributes = torch.tensor(2.0), torch.tensor(0.1)
    assert [x.item() for x in weights(category, attributes)] == pytest.approx([2.0, 0.1])
    with torch.no_grad():
        weights.slow_log_variance.copy_(torch.tensor([1.0, -2.0]) / FASTER)
    found = [x.item() for x in weights(category, attributes)]
    expected = [2 * math.exp(-1) + 0.5, 0.1 * math.exp(2) - 1]
    assert found == pytest.approx(expected, rel=1e-5)


def test_at_rest_each_weight_is_half_the_inverse_of_its_loss() -> None:
    """Where d/ds (exp(-s) L + s/2) = 0, exp(-s) = 1 / (2 L)."""
    weights = UncertaintyWeights()
    optimizer = torch.optim.Adam(weights.parameters(), lr=0.002)
    for _ in range(400):
        optimizer.zero_grad()
        sum(weights(torch.tensor(2.0), torch.tensor(0.1))).backward()
        optimizer.step()
    found = torch.exp(-FASTER * weights.slow_log_variance).tolist()
    assert found == pytest.approx([0.25, 5.0], rel=0.05)
