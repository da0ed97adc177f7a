"""Single-task networks (paper §3.2.2, Figure 1a), with and without hierarchical label sharing.

b images, d feature channels, h' x w' positions, k outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fashion_hls.classification.sharing import SharedLabel
from fashion_hls.classification.trunk import Encoder


class SingleTask(nn.Module):
    """Backbone, global average pooling, one dense layer.

    With ``shared_labels`` the embedding of the label of the step before is concatenated to the
    pooled features: the object type for the category network, the category for the attributes.
    Softmax or sigmoid belong to the loss and to ``scores``; outputs are logits.
    """

    def __init__(
        self,
        trunk: Encoder,
        *,
        outputs: int,
        shared_labels: int = 0,
        unknown_label: int | None = None,
        embedding: int = 64,
        dropout: float = 0.3,
    ) -> None:
        """Build the network.

        Args:
            trunk: the vision encoder.
            outputs: categories or attributes.
            shared_labels: how many labels the step before has; 0 shares none (Baseline STL).
            unknown_label: which of them says that the step before found nothing.
            embedding: size of the shared label's embedding.
            dropout: before the dense layer.
        """
        super().__init__()
        self.trunk = trunk
        self.shared = None
        if shared_labels:
            self.shared = SharedLabel(shared_labels, embedding, unknown=unknown_label)
        self.dropout = nn.Dropout(dropout)
        width = trunk.channels + (embedding if shared_labels else 0)
        self.classifier = nn.Linear(width, outputs)

    def forward(self, images: Tensor, label: Tensor | None = None) -> Tensor:
        """Images [b, 3, h, w] in 0-1, shared label [b] or [b, labels] to logits [b, k]."""
        features = self.trunk(images).mean(dim=(2, 3))
        if self.shared is not None:
            if label is None:
                raise ValueError("this network shares a label and was given none")
            features = torch.cat([features, self.shared(label)], dim=1)
        logits: Tensor = self.classifier(self.dropout(features))
        return logits
