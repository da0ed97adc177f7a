"""The generated photos written in the layout of DeepFashion2."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from fashion_hls import taxonomy
from fashion_hls.data.images import ImageWriter
from fashion_hls.data.sample import damage
from fashion_hls.data.sample.body import Person, draw_person
from fashion_hls.data.sample.cuts import SHOE, TOP, WHOLE
from fashion_hls.data.sample.scenes import Scene, Seen, draw_flat_lay, draw_scene, draw_size
from fashion_hls.data.sample.wardrobe import Garment, draw_outfit

JPEG_QUALITY: Final = 90

#: Landmarks of each DeepFashion2 category, in the order of its ids.
LANDMARKS: Final = (25, 33, 31, 39, 15, 15, 10, 14, 8, 29, 37, 19, 19)

#: Share of a shop's photos in which nobody wears the clothes.
FLAT_SHARE: Final = 0.45
#: DeepFashion2's ``viewpoint``: no wear, and frontal.
_NO_WEAR, _FRONTAL = 1, 2


def deepfashion2_category(garment: Garment) -> str:
    """The garment's category in DeepFashion2; jumpsuits and rompers count as dresses there."""
    cut = garment.cut
    sleeve = {
        "none": "vest",
        "strap": "sling",
        "cape": "short sleeve",
        "elbow": "short sleeve",
    }.get(cut.sleeve, f"{cut.sleeve} sleeve")
    if garment.kind.outer:
        return f"{sleeve} outwear"
    if garment.kind.type == WHOLE:
        return f"{sleeve} dress"
    if garment.kind.type == TOP:
        return sleeve if sleeve in ("vest", "sling") else f"{sleeve} top"
    return {"Shorts": "shorts", "Skirt": "skirt"}.get(garment.category, "trousers")


def write_deepfashion2(
    path: Path, part: str, count: int, image_size: int, seed: Sequence[int], *, damaged: bool
) -> None:
    """Write one archive of photos in which every garment has a box; shoes have none.

    A pair has one to three photos of the same outfit: a shop's first, then customers'.

    Args:
        path: the zip to write.
        part: train or validation, the folder within the archive.
        count: number of photos.
        image_size: longer side in pixels.
        seed: seeds every choice.
        damaged: whether a few files and boxes shall be broken.
    """
    kinds = (*damage.FILES, *damage.BOXES) if damaged else ()
    plan = damage.Plan(kinds, count, np.random.default_rng([*seed, 0]))
    with ImageWriter(path) as archive:
        number, pair = 0, 0
        while number < count:
            pair += 1
            rng = np.random.default_rng([*seed, pair])
            outfit, person = draw_outfit(rng), draw_person(rng)
            for shot in range(min(int(rng.integers(1, 4)), count - number)):
                view = ("whole", "upper", "lower")[rng.choice(3, p=[0.68, 0.22, 0.1])]
                scene = _shot(outfit, person, view, "user" if shot else "shop", image_size, rng)
                labelled = [one for one in scene.garments if one.garment.kind.type != SHOE]
                wrong = plan.take(number, len(labelled))
                number += 1
                note = _annotation(scene, labelled, pair, zoomed=view != "whole", wrong=wrong)
                note["source"] = "user" if shot else "shop"
                photo = damage.encoded(scene.image, JPEG_QUALITY, wrong)
                archive.add(f"{part}/image/{number:06d}.jpg", photo)
                archive.add(f"{part}/annos/{number:06d}.json", json.dumps(note).encode())


def _shot(
    outfit: list[Garment],
    person: Person,
    view: str,
    source: str,
    image_size: int,
    rng: np.random.Generator,
) -> Scene:
    """A shop shows clothes flat or in a studio, customers wear them anywhere."""
    size = draw_size(image_size, rng)
    if source == "shop" and rng.random() < FLAT_SHARE:
        clothes = [one for one in outfit if one.kind.type != SHOE]
        shown = rng.permutation(len(clothes))[: 2 if rng.random() < 0.35 else 1]
        return draw_flat_lay([clothes[place] for place in shown], size, rng)
    place = "studio" if source == "shop" else ("street", "room")[int(rng.random() < 0.4)]
    return draw_scene(outfit, view, size, rng, setting=place, person=person)


def _annotation(
    scene: Scene, labelled: Sequence[Seen], pair: int, *, zoomed: bool, wrong: str
) -> dict[str, Any]:
    note: dict[str, Any] = {"source": "", "pair_id": pair}
    categories = list(taxonomy.DEEPFASHION2)
    for place, (garment, box, hidden) in enumerate(labelled, 1):
        name = deepfashion2_category(garment)
        number = categories.index(name)
        x1, y1, x2, y2 = box
        share = (x2 - x1) * (y2 - y1) / (scene.image.width * scene.image.height)
        listed = damage.damaged_box(box, scene.image.size, wrong if place == 1 else "")
        note[f"item{place}"] = {
            "segmentation": [[x1, y1, x2, y1, x2, y2, x1, y2]],
            "scale": 1 + int(share > 0.1) + int(share > 0.3),
            "viewpoint": _FRONTAL if scene.worn else _NO_WEAR,
            "zoom_in": 2 if zoomed and scene.worn else 1,
            "landmarks": [0] * (3 * LANDMARKS[number]),
            "style": place,
            "bounding_box": list(listed),
            "category_id": number + 1,
            "occlusion": 1 + int(hidden > 0.2) + int(hidden > 0.6),
            "category_name": name,
        }
    return note
