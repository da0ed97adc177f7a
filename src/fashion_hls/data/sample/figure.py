"""Poses: where the joints of a figure are, and how a garment without anybody in it lies flat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from fashion_hls.data.sample.stencil import (
    ANKLE,
    ARMPIT,
    CROTCH,
    HIP,
    KNEE,
    SHOULDER,
    WAIST,
    Frame,
    Points,
)

#: Radii in heads of the bare arm (shoulder, elbow, wrist) and leg (hip, knee, ankle).
ARM: Final = (0.19, 0.15, 0.11)
LEG: Final = (0.37, 0.22, 0.12)
UPPER_ARM, FOREARM = 1.3, 1.15


@dataclass(frozen=True, kw_only=True)
class Figure(Frame):
    """A posed body and where it stands in the picture.

    ``widths``: half-widths in heads of the shoulders, waist and hips. ``arms`` and ``legs``: left
    and right, each three joints in body coordinates from the trunk outward. ``girth``: thickness
    of the limbs, 1 as ``ARM`` and ``LEG``. ``turn``: to which side the front faces, -1 to 1, where
    0 is the viewer. ``flat``: nobody, the outline in which clothes are laid out.
    """

    widths: tuple[float, float, float]
    arms: tuple[Points, Points]
    legs: tuple[Points, Points]
    girth: float = 1.0
    turn: float = 0.0
    flat: bool = False

    def half_width(self, y: float) -> float:
        """Half the trunk's width, in heads, at a height between shoulders and crotch."""
        shoulders, waist, hips = self.widths
        heights = [SHOULDER, ARMPIT, WAIST, HIP, CROTCH]
        return float(np.interp(y, heights, [shoulders, shoulders * 0.82, waist, hips, hips * 0.98]))

    def middle(self, y: float) -> float:
        """x of the middle of the front, where buttons are, at a height."""
        return 0.4 * self.turn * self.half_width(y)

    def reach(self, y: float) -> float:
        """How far from the axis the legs reach at a height below the crotch."""
        found = 0.0
        for leg in self.legs:
            xs, ys = zip(*leg, strict=True)
            radius = float(np.interp(y, ys, LEG)) * self.girth
            found = max(found, abs(float(np.interp(y, ys, xs))) + radius)
        return found


def draw_figure(
    size: tuple[int, int], window: tuple[float, float], rng: np.random.Generator
) -> Figure:
    """A figure of random build in a random pose.

    Args:
        size: width and height of the picture in pixels.
        window: heights in heads that the picture's upper and lower edge shall show.
        rng: source of every choice.
    """
    width, height = size
    top, bottom = window
    unit = height / (bottom - top)
    build = float(np.clip(rng.normal(1.0, 0.09), 0.85, 1.22))
    turn = float(np.clip(rng.normal(0, 0.35), -0.8, 0.8))
    # Who turns aside is seen narrower.
    narrow = build * (1 - 0.16 * abs(turn))
    shoulders = rng.uniform(0.78, 0.98) * narrow
    hips = rng.uniform(0.66, 0.84) * narrow
    room = max(0.05, 0.5 - 1.3 * unit / width)
    middle = width / 2 + float(np.clip(rng.normal(0, 0.09), -room, room)) * width
    return Figure(
        unit=unit,
        origin=(middle, (WAIST - top) * unit),
        lean=float(np.clip(rng.normal(0, 0.05), -0.14, 0.14)),
        bend=float(np.clip(rng.normal(0, 0.06), -0.13, 0.13)),
        widths=(shoulders, rng.uniform(0.52, 0.64) * narrow, hips),
        arms=(_arm(-1, shoulders, rng), _arm(1, shoulders, rng)),
        legs=_legs(hips, rng),
        girth=0.5 + 0.5 * build,
        turn=turn,
    )


def flat_figure(unit: float, origin: tuple[float, float], rng: np.random.Generator) -> Figure:
    """The outline in which a garment lies flat: sleeves spread, legs side by side.

    Args:
        unit: pixels a head.
        origin: pixel place of the outline's (0, ``WAIST``).
        rng: source of the tilt and of the sleeves' angle.
    """
    shoulders, hips, spread = 0.88, 0.76, rng.uniform(0.3, 0.62)
    fold = spread + rng.uniform(-0.25, 0.1)
    legs = [[(s * 0.4, CROTCH - 0.3), (s * 0.43, KNEE), (s * 0.46, ANKLE)] for s in (-1, 1)]
    return Figure(
        unit=unit,
        origin=origin,
        lean=float(np.clip(rng.normal(0, 0.05), -0.12, 0.12)),
        widths=(shoulders, 0.6, hips),
        arms=(_joints(-1, shoulders, spread, fold), _joints(1, shoulders, spread, fold)),
        legs=(legs[0], legs[1]),
        flat=True,
    )


def _joints(side: int, shoulders: float, upper: float, fore: float) -> Points:
    """Shoulder, elbow and wrist; angles in radians from straight down, outward."""
    x, y = shoulders - 0.1, SHOULDER + 0.1
    elbow = (x + UPPER_ARM * float(np.sin(upper)), y + UPPER_ARM * float(np.cos(upper)))
    wrist = (elbow[0] + FOREARM * float(np.sin(fore)), elbow[1] + FOREARM * float(np.cos(fore)))
    return [(side * x, y), (side * elbow[0], elbow[1]), (side * wrist[0], wrist[1])]


def _arm(side: int, shoulders: float, rng: np.random.Generator) -> Points:
    pose = rng.choice(5, p=[0.46, 0.22, 0.12, 0.08, 0.12])
    if pose == 0:  # hangs
        upper = rng.uniform(0.1, 0.32)
        fore = upper + rng.uniform(-0.2, 0.12)
    elif pose == 1:  # hand on the hip
        upper = rng.uniform(0.6, 0.8)
        fore = rng.uniform(-0.85, -0.6)
    elif pose == 2:  # held away
        upper = rng.uniform(0.4, 0.8)
        fore = upper + rng.uniform(0.0, 0.4)
    elif pose == 3:  # raised, a hand near the head
        upper = rng.uniform(1.9, 2.3)
        fore = rng.uniform(3.3, 3.7)
    else:  # bent, as one carries something
        upper = rng.uniform(0.15, 0.35)
        fore = rng.uniform(1.0, 1.6)
    return _joints(side, shoulders, float(upper), float(fore))


def _legs(hips: float, rng: np.random.Generator) -> tuple[Points, Points]:
    """Standing, with a leg put aside, striding, or with crossed ankles."""
    x, pose = hips * 0.52, rng.choice(4, p=[0.5, 0.22, 0.18, 0.1])
    spread = rng.uniform(-0.02, 0.14)
    knees, ankles = [x + spread * 0.8] * 2, [x + spread * 1.6] * 2
    lift = [0.0, 0.0]
    one = int(rng.integers(2))
    if pose == 1:
        knees[one], ankles[one] = x + rng.uniform(0.12, 0.22), x + rng.uniform(0.1, 0.4)
    elif pose == 2:
        knees[one], ankles[one] = x + 0.02, x + rng.uniform(-0.12, 0.05)
        lift[one] = rng.uniform(0.12, 0.28)
    elif pose == 3:
        knees, ankles = [x * 0.85] * 2, [x * 0.3] * 2
    legs = [
        [
            (s * x, CROTCH - 0.3),
            (s * knees[i], KNEE - lift[i] * 0.3),
            (s * ankles[i], ANKLE - lift[i]),
        ]
        for i, s in enumerate((-1, 1))
    ]
    return legs[0], legs[1]


def cut_limb(
    joints: Points, radii: Sequence[float], end: float, start: float = 0.0
) -> tuple[Points, list[float]]:
    """The part of a limb from a share ``start`` to a share ``end`` (0..1) of its joints."""
    place = np.linspace(0.0, 1.0, len(joints))
    # A joint just before the end would bulge over it.
    kept = [start, *[float(p) for p in place if start < p < end - 0.15], end]
    xs, ys = np.transpose(np.asarray(joints))
    points = [(float(np.interp(p, place, xs)), float(np.interp(p, place, ys))) for p in kept]
    return points, [float(np.interp(p, place, np.asarray(radii))) for p in kept]
