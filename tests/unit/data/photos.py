"""Photos of a catalogue without boxes, which the tools' exports name, and what is read of them."""

from pathlib import Path

import numpy as np
from PIL import Image

from fashion_hls.data.catalogue import read_catalogue_boxes

WIDTH, HEIGHT = 200, 100


def catalogue(place: Path) -> Path:
    """Four photos of 200x100 and a taxonomy; no boxes yet."""
    folder = place / "catalogue"
    (folder / "images" / "2024").mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for name in ("a.jpg", "b.jpg", "grün, kariert 1.jpg", "2024/look.jpg"):
        Image.fromarray(noise).save(folder / "images" / name)
    (folder / "taxonomy.csv").write_text(
        "category,object_type\nBlouses,upper-body\nBoots,footwear\n"
    )
    return folder


def read(root: Path):
    return read_catalogue_boxes(root, splits=(0.5, 0.25, 0.25), seed=0)


def counts(data) -> dict[str, int]:
    found = dict(data.quality.to_dict()["counts"])
    found.pop("image.without_row", None)
    return found


def sides(data) -> list[list[float]]:
    return data.objects[["x1", "y1", "x2", "y2"]].to_numpy().tolist()
