"""Generated photos of dressed figures, so that every stage runs on a machine without datasets.

They are written in the very layouts of DeepFashion2 and DeepFashion and read by the same readers.
They stand in for the data in the code's tests and say nothing about real photos.
"""

from __future__ import annotations

from pathlib import Path

from fashion_hls.data.sample.layouts import write_deepfashion1, write_deepfashion2

_TRAIN, _VALIDATION, _BENCHMARK = range(3)


def generate_sample(
    root: Path,
    *,
    seed: int,
    detection_train: int,
    detection_test: int,
    benchmark: int,
    image_size: int = 256,
) -> None:
    """Write ``root/DeepFashion2`` and ``root/DeepFashion``; the same arguments, the same bytes.

    Args:
        root: the folder to write to; made where it is missing, files of the same names replaced.
        seed: of every choice.
        detection_train: photos in DeepFashion2/train.zip.
        detection_test: photos in DeepFashion2/validation.zip.
        benchmark: photos in DeepFashion/Img/img.zip, over train, val and test.
        image_size: longer side of the photos in pixels.
    """
    detection = root / "DeepFashion2"
    for number, part, count in (
        (_TRAIN, "train", detection_train),
        (_VALIDATION, "validation", detection_test),
    ):
        write_deepfashion2(detection / f"{part}.zip", part, count, image_size, [seed, number])
    write_deepfashion1(root / "DeepFashion", benchmark, image_size, [seed, _BENCHMARK])
