"""Deletion and insertion (Petsiuk et al., RISE, BMVC 2018): does a map show what matters?

The cells of a map are hidden, the most important first, and the score is watched (deletion: a
faithful map lets it fall fast); or shown in that order on a hidden image (insertion: it rises
fast). Hidden means blurred, in both: flat patches would have edges of their own. There are two
peers. Cells in random order: a map that is no better is chance. The mean of all maps, the same for
every image: a map that is no better looks at the middle, where garments are, whatever it is shown.

b images, s pixels a side, maps of h x w cells, t steps, q scores watched at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate
from torchvision.transforms.functional import gaussian_blur

from fashion_hls.metrics.intervals import bootstrap_values, percentile_interval

STEPS: Final = 6
#: Of the blur, as a share of the side: shapes go, the mean colour stays.
BLUR: Final = 0.1
KINDS: Final = ("deletion", "insertion")

Floats = NDArray[np.float64]


class Areas(NamedTuple):
    """Areas under the curves of score against share of cells, 0 to 1, [b, q] each."""

    deletion: Tensor
    insertion: Tensor


@torch.inference_mode()
def areas(
    score: Callable[[Tensor], Tensor],
    images: Tensor,
    importances: Sequence[Tensor],
    *,
    steps: int = STEPS,
) -> list[Areas]:
    """Areas under both curves, for each of several maps of the same images.

    Args:
        score: images [b, 3, s, s] in 0-1 to the watched scores of each [b, q].
        images: [b, 3, s, s].
        importances: maps [b, h, w]; only their order counts, ties go row by row.
        steps: t; the score is asked at 0, 1/t, … of the cells.
    """
    hidden = blurred(images)
    # With no cell touched and with all, every map gives the same.
    whole, nothing = score(images), score(hidden)
    out = []
    for importance in importances:
        ranks = _ranks(importance, images)
        deletion, insertion = [whole], [nothing]
        for step in range(1, steps):
            touched = ranks < round(step / steps * importance[0].numel())
            deletion.append(score(torch.where(touched, hidden, images)))
            insertion.append(score(torch.where(touched, images, hidden)))
        ends = ([*deletion, nothing], [*insertion, whole])
        out.append(Areas(*(_area(torch.stack(curve)) for curve in ends)))
    return out


def _ranks(importance: Tensor, images: Tensor) -> Tensor:
    """Of each pixel [b, 1, s, s], the place of its cell: 0 is the most important."""
    height, width = importance.shape[1:]
    order = importance.flatten(1).argsort(dim=1, descending=True, stable=True)
    ranks = order.argsort(dim=1).view(-1, 1, height, width).float()
    return interpolate(ranks, size=images.shape[2:], mode="nearest")


def blurred(images: Tensor) -> Tensor:
    """Images [b, 3, s, s] with a Gaussian blur of ``BLUR`` of their side."""
    sigma = BLUR * images.shape[3]
    # Two sigmas to each side, within what reflection at the border allows.
    radius = min(int(2 * sigma), min(images.shape[2:]) - 1)
    return gaussian_blur(images, 2 * radius + 1, sigma)


def _area(curve: Tensor) -> Tensor:
    """Trapezoids over equal steps: [t + 1, b, q] to [b, q]."""
    return (curve[1:] + curve[:-1]).mean(dim=0) / 2


def compared(
    attention: Floats, peers: Mapping[str, Floats], *, seed: int, draws: int, level: float
) -> dict[str, Any]:
    """Mean areas by attention and by each peer, and the paired differences with their intervals.

    Args:
        attention: areas [n].
        peers: name -> areas of the same images [n].
        seed: of the bootstrap over images.
        draws: of the bootstrap.
        level: of the interval.

    Returns:
        ``attention``, and of each peer ``area``, ``difference`` (attention less the peer), ``low``,
        ``high``.
    """
    gains = np.stack([attention - areas_of for areas_of in peers.values()])
    drawn = bootstrap_values(lambda w: gains @ w / w.sum(), len(attention), seed=seed, draws=draws)
    out: dict[str, Any] = {"attention": float(attention.mean())}
    for place, (name, areas_of) in enumerate(peers.items()):
        low, high = percentile_interval(drawn[:, place], level)
        difference = float(gains[place].mean())
        own = {"area": float(areas_of.mean()), "difference": difference, "low": low, "high": high}
        out[name] = own
    return out
