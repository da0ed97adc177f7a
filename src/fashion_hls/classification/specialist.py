"""A category network for one object type alone (paper §5.2.1, Table 5).

b images, k categories of the type, c categories in all.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from fashion_hls.classification.build import Classifier, Scores
from fashion_hls.classification.stl import SingleTask


class TypeSpecialist(Classifier):
    """Knows the categories of its type and gives every other one a score of 0."""

    def __init__(self, network: SingleTask, categories: Sequence[int], count: int) -> None:
        """Wrap a network.

        Args:
            network: images to logits [b, k].
            categories: ids of the type's categories [k], in the order of the logits.
            count: c.
        """
        super().__init__()
        self.network = network
        self.categories = list(categories)
        self.count = count

    def scores(self, images: Tensor, object_type: Tensor) -> Scores:
        """Category scores [b, c]; no attributes [b, 0]."""
        del object_type  # the network is for one type, whatever was detected
        part = torch.softmax(self.network(images), dim=1)
        category = part.new_zeros(len(part), self.count)
        category[:, self.categories] = part
        return Scores(category, part.new_zeros(len(part), 0), None)
