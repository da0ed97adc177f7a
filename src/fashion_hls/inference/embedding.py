"""Garments as vectors: what the vision encoders made of a crop, averaged over its positions.

b crops, d features: those of the category's encoder, then of the attributes' (``stl``,
``stl_hls``), or of the one that both share (``mtl_rnn_va``).
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

import torch
from torch import Tensor, nn

from fashion_hls.classification.build import Classifier, Scores
from fashion_hls.classification.trunk import Encoder

#: Encoder to its maps, in the order in which they ran; of a thread's own call alone.
_SEEN: ContextVar[dict[int, Tensor] | None] = ContextVar("seen", default=None)


def _note(encoder: nn.Module, _inputs: Any, maps: Tensor) -> None:
    seen = _SEEN.get()
    if seen is not None:
        seen[id(encoder)] = maps


class Embedder(nn.Module):
    """A method whose scores come with the vectors that they were made from, in one pass."""

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier
        for module in classifier.modules():
            if isinstance(module, Encoder):
                module.register_forward_hook(_note)

    def forward(self, images: Tensor, types: Tensor) -> tuple[Scores, Tensor]:
        """Scores and vectors.

        Args:
            images: [b, 3, h, w] in 0-1.
            types: detected types [b].

        Returns:
            What :meth:`Classifier.scores` gives, and vectors float [b, d] of length 1, to which
            each encoder contributes alike.
        """
        seen: dict[int, Tensor] = {}
        token = _SEEN.set(seen)
        try:
            scores = self.classifier.scores(images, types)
        finally:
            _SEEN.reset(token)
        pooled = [nn.functional.normalize(maps.mean(dim=(2, 3))) for maps in seen.values()]
        return scores, torch.cat(pooled, dim=1) / len(pooled) ** 0.5
