"""Multi-task network with a recurrent decoder and visual attention (paper §3.2.2, Figure 1b).

b images, n = h' w' positions, d feature channels, s state size, u attention size, e embedding.
The paper leaves u, s, e and the width of the first dense layer open; see conf/config.yaml.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from fashion_hls.classification.losses import UncertaintyWeights
from fashion_hls.classification.sharing import SharedLabel, shared_from
from fashion_hls.classification.trunk import Encoder


class MultiTaskOutput(NamedTuple):
    """Logits of both steps and where each of them looked.

    ``category`` [b, categories], ``attributes`` [b, attributes], ``attention`` [b, 2, h', w']:
    each step's weights, which sum to 1.
    """

    category: Tensor
    attributes: Tensor
    attention: Tensor


class AdditiveAttention(nn.Module):
    """Bahdanau et al. (2014), Equations 1-3."""

    def __init__(self, features: int, state: int, size: int) -> None:
        super().__init__()
        self.w1 = nn.Linear(features, size)
        self.w2 = nn.Linear(state, size)
        self.v = nn.Linear(size, 1, bias=False)

    def forward(self, features: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """F [b, n, d] and h [b, s] to the context [b, d] and the weights [b, n]."""
        energy = self.v(torch.tanh(self.w1(features) + self.w2(state)[:, None]))  # Eq. 1
        weights = torch.softmax(energy.squeeze(2), dim=1)  # Eq. 2
        context = (weights[:, :, None] * features).sum(dim=1)  # Eq. 3
        return context, weights


class MultiTask(nn.Module):
    """Category at the decoder's first step, attributes at its second."""

    def __init__(
        self,
        trunk: Encoder,
        *,
        object_types: int,
        categories: int,
        attributes: int,
        embedding: int = 64,
        attention: int = 512,
        state: int = 512,
        hidden: int = 512,
        dropout: float = 0.3,
        weighted: bool = False,
    ) -> None:
        """Build the network.

        Args:
            trunk: the vision encoder.
            object_types: labels that the detector may share; the last is "none found".
            categories: outputs of the first step.
            attributes: outputs of the second step.
            embedding: e, of both shared labels.
            attention: u.
            state: s.
            hidden: width of the first of the two dense layers of each step.
            dropout: before the decoder and within the dense layers.
            weighted: learn the weights of the two losses as well.
        """
        super().__init__()
        self.trunk = trunk
        self.attention = AdditiveAttention(trunk.channels, state, attention)
        self.type_label = SharedLabel(object_types, embedding, unknown=object_types - 1)
        self.category_label = SharedLabel(categories, embedding)
        self.decoder = nn.GRUCell(trunk.channels + embedding, state)
        self.dropout = nn.Dropout(dropout)
        self.category = _dense(state, hidden, categories, dropout)
        self.attributes = _dense(state, hidden, attributes, dropout)
        self.weights = UncertaintyWeights() if weighted else None

    def forward(
        self,
        images: Tensor,
        object_type: Tensor,
        category: Tensor | None = None,
        sharing: str = "predicted",
    ) -> MultiTaskOutput:
        """Both steps of the decoder.

        Args:
            images: [b, 3, h, w] in 0-1.
            object_type: detected types [b].
            category: true categories [b]; only ``ground_truth`` sharing in training looks.
            sharing: what the second step is told, see :func:`shared_from`.
        """
        maps = self.trunk(images)
        height, width = maps.shape[2:]
        features = maps.flatten(2).transpose(1, 2)
        h0 = features.new_zeros(len(images), self.decoder.hidden_size)
        h1, first = self._step(features, h0, self.type_label(object_type))  # Eq. 4
        category_logits = self.category(h1)  # Eq. 5
        shared = shared_from(category_logits, category, sharing)
        h2, second = self._step(features, h1, self.category_label(shared))  # Eq. 6
        looked = torch.stack([first, second], dim=1).unflatten(2, (height, width))
        return MultiTaskOutput(category_logits, self.attributes(h2), looked)  # Eq. 7

    def _step(self, features: Tensor, state: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        context, weights = self.attention(features, state)
        step_input = torch.cat([self.dropout(context), label], dim=1)
        return self.decoder(step_input, state), weights


def _dense(inputs: int, hidden: int, outputs: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, outputs)
    )
