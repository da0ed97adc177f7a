"""Losses of the classifiers: the paper's, and what it leaves open (sections 5.2.2 and 6).

b images, c categories, a attributes. Each is a mean, so that batches of any size weigh alike.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Focusing of the focal loss (Lin et al. 2017, section 4.1).
FOCUS = 2.0
#: Focusing of negatives and their margin (Ridnik et al. 2021, section 3); positives have none.
NEGATIVE_FOCUS, MARGIN = 4.0, 0.05
#: Adam moves a parameter by about the rate a step, whatever its gradient; a run of some hundred
#: steps would leave the two log variances where they began.
FASTER = 30.0
_TINY = 1e-8


def attribute_loss(logits: Tensor, targets: Tensor, kind: str = "bce") -> Tensor:
    """The loss of the attributes.

    Args:
        logits: [b, a].
        targets: 0 or 1 [b, a].
        kind: ``bce`` (paper §3.2.2), ``focal`` (Lin et al. 2017, without its weight alpha) or
            ``asymmetric`` (Ridnik et al. 2021), which both look away from easy negatives.

    Raises:
        ValueError: no such kind.
    """
    if kind == "bce":
        return functional.binary_cross_entropy_with_logits(logits, targets)
    if kind == "focal":
        bce = functional.binary_cross_entropy_with_logits(logits, targets, reduction="none")
        right = torch.exp(-bce)
        return ((1 - right) ** FOCUS * bce).mean()
    if kind == "asymmetric":
        positive = torch.sigmoid(logits)
        negative = (1 - positive + MARGIN).clamp(max=1)
        gain = targets * torch.log(positive.clamp(min=_TINY))
        easy = (1 - negative) ** NEGATIVE_FOCUS
        gain = gain + (1 - targets) * easy * torch.log(negative.clamp(min=_TINY))
        return -gain.mean()
    raise ValueError(f"{kind}: choose bce, focal or asymmetric")


def unseen_penalty(category: Tensor, attribute_logits: Tensor, unseen: Tensor) -> Tensor:
    """How much an image's attributes contradict its category (paper §6).

    The expected number of attributes that training never saw with the category, were both drawn
    by their probabilities; over a.

    Args:
        category: probabilities [b, c]; a true category is one of 1.
        attribute_logits: [b, a].
        unseen: 1 for pairs that no training image has, else 0 [c, a].
    """
    return (category @ unseen * torch.sigmoid(attribute_logits)).mean()


class UncertaintyWeights(nn.Module):
    """Two tasks weighted by their learnt noise (Kendall et al. 2018, Equation 10).

    A loss becomes ``exp(-s) * loss + s / 2`` with its own s, the logarithm of a variance.
    """

    def __init__(self) -> None:
        super().__init__()
        self.slow_log_variance = nn.Parameter(torch.zeros(2))

    def forward(self, category: Tensor, attributes: Tensor) -> tuple[Tensor, Tensor]:
        """The two scalar losses, weighted."""
        s = self.slow_log_variance * FASTER
        weighted = torch.exp(-s) * torch.stack([category, attributes]) + s / 2
        return weighted[0], weighted[1]
