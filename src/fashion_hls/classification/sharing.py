"""Hierarchical label sharing: a label of the step before, as a learnt embedding.

A plain one-hot beside 1,280 features is nearly ignored; an embedding is what the paper has.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class SharedLabel(nn.Module):
    """Embeds a shared label: an id [b] (int64), or probabilities [b, labels] (soft sharing).

    ``unknown`` is the id that says nothing. It begins at zero: where training never shares it,
    a random embedding would mislead the evaluation, which does.
    """

    def __init__(self, labels: int, size: int, *, unknown: int | None = None) -> None:
        super().__init__()
        self.embedding = nn.Embedding(labels, size)
        if unknown is not None:
            with torch.no_grad():
                self.embedding.weight[unknown].zero_()

    def forward(self, label: Tensor) -> Tensor:
        """Ids [b] or probabilities [b, labels] to embeddings [b, size]."""
        if label.is_floating_point():
            return label @ self.embedding.weight
        embedded: Tensor = self.embedding(label)
        return embedded


def shared_from(logits: Tensor, truth: Tensor | None, sharing: str) -> Tensor:
    """What a step hands to the next one.

    Args:
        logits: of the step [b, labels].
        truth: its true labels [b]; None at evaluation, where predictions are shared always.
        sharing: ``predicted`` (argmax), ``ground_truth``, ``soft`` (probabilities) or
            ``shuffled`` (another image's prediction); ``out_of_fold`` is as ``predicted``.

    Returns:
        Ids [b] or probabilities [b, labels]; no gradient flows through either.
    """
    if sharing == "soft":
        return torch.softmax(logits.detach(), dim=1)
    if sharing == "ground_truth" and truth is not None:
        return truth
    best = logits.detach().argmax(dim=1)
    # The neighbour in a batch of random order; at evaluation the network has learnt to look away.
    return best.roll(1) if sharing == "shuffled" and truth is not None else best
