"""Generated photos, so that every stage runs on a machine without datasets.

They are written in the very layouts of DeepFashion2 and DeepFashion and read by the same readers.
They stand in for the data in the code's tests and say nothing about real photos.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from fashion_hls.data.sample.catalogue import write_example
from fashion_hls.data.sample.deepfashion1_layout import write_deepfashion1
from fashion_hls.data.sample.deepfashion2_layout import write_deepfashion2

_TRAIN, _VALIDATION, _BENCHMARK = range(3)

README: Final = "README.md"
_README_TEXT: Final = """# Generated sample

Drawings, no photos, from seed {seed}: {train} and {test} in the layout of DeepFashion2,
{benchmark} in that of DeepFashion, and a shop's catalogue of {boxed} with boxes and {catalogue} of
products. Figures from them compare with nothing but themselves.

{damage}
"""
_DAMAGED: Final = """A few are wrong on purpose, as in real datasets. Each archive of at least 100
photos has one truncated and one empty file, one box beyond its picture and one with its sides
swapped, one picture turned by its EXIF header and one in CMYK; in DeepFashion also one name with
other capitals. The readers find and count them. 2 in 100 of DeepFashion's categories are wrong
too, which no reader can find: `DeepFashion/wrong_labels.csv` lists them."""
_CLEAN: Final = "No file, box or label of them is wrong on purpose."


def generate_sample(
    root: Path,
    *,
    seed: int,
    detection_train: int,
    detection_test: int,
    benchmark: int,
    catalogue_boxes: int = 0,
    catalogue: int = 0,
    image_size: int = 256,
    damage: bool = True,
) -> None:
    """Write ``root/DeepFashion2`` and ``root/DeepFashion``; the same arguments, the same bytes.

    Args:
        root: the folder to write to; made where it is missing, files of the same names replaced.
        seed: of every choice.
        detection_train: photos in DeepFashion2/train.zip.
        detection_test: photos in DeepFashion2/validation.zip.
        benchmark: photos in DeepFashion/Img/img.zip, over train, val and test.
        catalogue_boxes: photos in catalogue/images that have boxes alone.
        catalogue: photos there that are products alone; 0 writes no catalogue.
        image_size: longer side of the photos in pixels.
        damage: whether some files, boxes and labels are wrong; the README beside them says which.
    """
    detection = root / "DeepFashion2"
    for number, part, count in (
        (_TRAIN, "train", detection_train),
        (_VALIDATION, "validation", detection_test),
    ):
        path, seeds = detection / f"{part}.zip", [seed, number]
        write_deepfashion2(path, part, count, image_size, seeds, damaged=damage)
    write_deepfashion1(
        root / "DeepFashion", benchmark, image_size, [seed, _BENCHMARK], damaged=damage
    )
    if catalogue:
        shutil.rmtree(root / "catalogue", ignore_errors=True)
        write_example(
            root / "catalogue",
            photos=catalogue_boxes + catalogue,
            boxed=catalogue_boxes,
            image_size=image_size,
            seed=seed,
        )
    text = _README_TEXT.format(
        seed=seed,
        train=detection_train,
        test=detection_test,
        benchmark=benchmark,
        boxed=catalogue_boxes,
        catalogue=catalogue,
        damage=_DAMAGED if damage else _CLEAN,
    )
    (root / README).write_text(text, encoding="utf-8")
