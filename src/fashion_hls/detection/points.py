"""Objects as points (Zhou et al., 2019): boxes to maps of their centres, and maps back to boxes.

b images, c object types, maps of H x W cells, n objects. A cell is ``STRIDE`` pixels wide; box
sizes are in cells.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import l1_loss, logsigmoid, max_pool2d

from fashion_hls.detection.contract import Detection, Target

STRIDE = 4
#: A box whose corners are off by less than the radius overlaps the true one by at least this.
OVERLAP = 0.7
ALPHA, BETA = 2, 4


class Points(NamedTuple):
    """What the heads are to give for a batch.

    ``heat`` [b, c, H, W]: 1 at each centre, falling off as a Gaussian. Of each object: ``image``
    [n] its place in the batch, ``cell`` [n] that of its centre (row * W + column), ``size``
    [n, 2] width and height, ``offset`` [n, 2] x and y of the centre within its cell, 0-1.
    """

    heat: Tensor
    image: Tensor
    cell: Tensor
    size: Tensor
    offset: Tensor


def gaussian_radius(size: Tensor, overlap: float = OVERLAP) -> Tensor:
    """How far two corners may move such that boxes still overlap (CornerNet, Law and Deng 2018).

    The least of three roots: both corners moved the same way, both inwards, both outwards.

    Args:
        size: width and height [n, 2].
        overlap: intersection over union that must be left.

    Returns:
        Radii [n], in the units of size.
    """
    total, area = size.sum(1), size.prod(1)
    same = (total - (total**2 - 4 * area * (1 - overlap) / (1 + overlap)).sqrt()) / 2
    inner = (total - (total**2 - 4 * (1 - overlap) * area).sqrt()) / 4
    outwards = (overlap * total) ** 2 + 4 * overlap * (1 - overlap) * area
    outer = (outwards.sqrt() - overlap * total) / (4 * overlap)
    return torch.stack([same, inner, outer]).amin(0)


def encode(targets: list[Target], classes: int, height: int, width: int) -> Points:
    """The maps of a batch's boxes, which are in pixels of the padded images.

    Args:
        targets: of each image.
        classes: c.
        height: H.
        width: W.
    """
    device = targets[0]["boxes"].device
    heat = torch.zeros(len(targets), classes, height, width, device=device)
    images, cells, sizes, offsets = [], [], [], []
    for place, target in enumerate(targets):
        low, high = target["boxes"][:, :2] / STRIDE, target["boxes"][:, 2:] / STRIDE
        size, centre = high - low, (low + high) / 2
        whole = centre.floor().clamp(min=0)
        whole = torch.minimum(whole, whole.new_tensor([width - 1.0, height - 1.0]))
        bells = _bells(whole, gaussian_radius(size).floor().clamp(min=0), height, width)
        for label, bell in zip(target["labels"].tolist(), bells, strict=True):
            torch.maximum(heat[place, label], bell, out=heat[place, label])
        images += [place] * len(size)
        cells.append((whole[:, 1] * width + whole[:, 0]).long())
        sizes.append(size)
        offsets.append(centre - whole)
    return Points(
        heat,
        torch.tensor(images, dtype=torch.int64, device=device),
        torch.cat(cells),
        torch.cat(sizes),
        torch.cat(offsets),
    )


def _bells(centre: Tensor, radius: Tensor, height: int, width: int) -> Tensor:
    """A Gaussian [n, H, W] around each centre [n, 2], cut at its radius [n]: three sigmas."""
    sigma = (2 * radius + 1) / 6
    along = []
    for axis, cells in ((1, height), (0, width)):
        away = torch.arange(cells, device=centre.device)[None] - centre[:, axis, None]
        bell = torch.exp(-(away**2) / (2 * sigma[:, None] ** 2))
        along.append(torch.where(away.abs() <= radius[:, None], bell, 0.0))
    return along[0][:, :, None] * along[1][:, None, :]


def heat_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Penalty-reduced focal loss (Zhou et al., equation 1), by the number of objects.

    Args:
        logits: [b, c, H, W].
        heat: the same shape, 1 at the centres.
    """
    chance = logits.sigmoid()
    centre = heat == 1
    hit = (1 - chance) ** ALPHA * logsigmoid(logits)
    miss = (1 - heat) ** BETA * chance**ALPHA * logsigmoid(-logits)
    return -torch.where(centre, hit, miss).sum() / centre.sum().clamp(min=1)


def box_losses(size: Tensor, offset: Tensor, points: Points) -> tuple[Tensor, Tensor]:
    """Mean absolute errors of size and of offset at the centres; zero without objects.

    Args:
        size: [b, 2, H, W].
        offset: [b, 2, H, W].
        points: the truth.
    """
    losses = []
    for found, truth in ((size, points.size), (offset, points.offset)):
        at = found.flatten(2)[points.image, :, points.cell]
        losses.append(l1_loss(at, truth, reduction="sum") / max(1, len(truth)))
    return losses[0], losses[1]


def decode(
    heat: Tensor, size: Tensor, offset: Tensor, *, most: int, threshold: float
) -> list[Detection]:
    """The highest peaks of each image's maps as boxes in pixels of the padded image.

    A peak is no lower than its eight neighbours. Labels are the 0-based object types.

    Args:
        heat: scores 0-1 [b, c, H, W].
        size: [b, 2, H, W].
        offset: [b, 2, H, W].
        most: detections per image.
        threshold: scores below are left out.
    """
    cells = heat.shape[2] * heat.shape[3]
    peaks = torch.where(max_pool2d(heat, 3, stride=1, padding=1) == heat, heat, 0.0)
    scores, places = peaks.flatten(1).topk(min(most, peaks[0].numel()))
    out = []
    for image, (score, place) in enumerate(zip(scores, places, strict=True)):
        label, cell = place // cells, place % cells
        corner = torch.stack([cell % heat.shape[3], cell // heat.shape[3]], 1)
        centre = corner + offset[image].flatten(1)[:, cell].T
        half = size[image].flatten(1)[:, cell].T.clamp(min=0) / 2
        boxes = torch.cat([centre - half, centre + half], 1) * STRIDE
        kept = (score >= threshold) & (half > 0).all(1)
        out.append(Detection(boxes=boxes[kept], labels=label[kept], scores=score[kept]))
    return out
