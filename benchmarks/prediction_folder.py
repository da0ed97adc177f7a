"""A folder of photos by ONNX Runtime: its throughput against that of the networks alone.

JPEG files of 550x830 with three garments each, everything loaded. The whole is what
``fashion-hls predict FOLDER --json FILE`` does after it has loaded the models: find the photos,
read them ahead by its two threads, predict, print the table and write the file. The peer: the
graphs that this runs, on the very inputs that they were given, their times summed. Networks and
their options are those of prediction.py. A second peer: the same graphs side by side, as the
folder runs them, which is what the machine can do at most.
Prints photos a second and the ratios of the throughputs (1 would be a folder for the time of the
graphs). Leave the machine alone meanwhile:
``PYTHONPATH=src python benchmarks/prediction_folder.py``
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Any

from PIL import Image

from fashion_hls.data.images import encode
from fashion_hls.inference.batch import Outputs, predict_photos
from fashion_hls.inference.finding import find_photos
from fashion_hls.inference.pipeline import Pipeline
from prediction import GARMENTS, QUALITY, Loaded, bare, load, options, photo
from ratio import in_turns, ratio, spread

PHOTOS, ROUNDS = 200, 5
FOLDER, BARE, BESIDE = "the folder", "its graphs alone", "its graphs alone, side by side"
#: Photos for each thread whose graphs' inputs are in memory at a time, 4 MB each.
_CHUNK = 8


def write_photos(folder: Path, count: int) -> list[Path]:
    """JPEG files, no two alike."""
    folder.mkdir()
    paths = [folder / f"{number:05d}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(encode(Image.fromarray(photo(number)), QUALITY))
    return paths


def predict_folder(pipeline: Pipeline, folder: Path, out: Path) -> float:
    """Seconds of the command's work; ends the benchmark unless each photo has its garments."""
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        started = time.perf_counter()
        photos = find_photos([str(folder)], io.BytesIO())
        failed = predict_photos(pipeline, photos, Outputs(json=str(out)))
        spent = time.perf_counter() - started
    lines = out.read_text(encoding="utf-8").splitlines()
    garments = [len(json.loads(line)["garments"]) for line in lines]
    if failed or garments != [GARMENTS] * len(photos):
        sys.exit(f"not every photo has {GARMENTS} garments, but {sorted(set(garments))}")
    return spent


def graphs_alone(loaded: Loaded, pipeline: Pipeline, paths: list[Path]) -> float:
    """Seconds of the graphs of all photos; the inputs of one at a time are kept."""
    total = 0.0
    for path in paths:
        total += bare(loaded.detector, loaded.classifier, partial(pipeline, path))()
    return total


def graphs_beside(loaded: Loaded, paths: list[Path]) -> float:
    """Seconds of the graphs of all photos, by threads that take one photo each."""
    networks, at_once = loaded.lanes
    pipeline = Pipeline(*networks, loaded.card)
    classifier: Any = networks.classifiers[loaded.card["method"]]
    detector: Any = networks.detector
    total, chunk = 0.0, _CHUNK * at_once
    with ThreadPoolExecutor(at_once) as pool:
        for start in range(0, len(paths), chunk):
            runs = [
                bare(detector, classifier, partial(pipeline, path))
                for path in paths[start : start + chunk]
            ]
            started = time.perf_counter()
            deque(pool.map(lambda run: run(), runs), maxlen=0)
            total += time.perf_counter() - started
    return total


def main() -> None:
    """Time both in turns; print throughputs and their ratio."""
    parser = options(__doc__, ROUNDS)
    parser.add_argument("--photos", type=int, default=PHOTOS)
    given = parser.parse_args()
    loaded = load(given)
    pipeline = loaded.pipeline()
    with tempfile.TemporaryDirectory() as place:
        folder, out = Path(place) / "photos", Path(place) / "found.jsonl"
        paths = write_photos(folder, given.photos)
        variants = {
            FOLDER: partial(predict_folder, pipeline, folder, out),
            BARE: partial(graphs_alone, loaded, pipeline, paths),
            BESIDE: partial(graphs_beside, loaded, paths),
        }
        for path in paths[:5]:
            pipeline(path)  # warms up
        deque(pipeline.predict(iter(paths[:8])), maxlen=0)
        seconds = in_turns(variants, given.rounds)
    print(f"{given.photos} photos, {GARMENTS} garments each, {given.threads} threads")
    for name, row in seconds.items():
        print(f"{name}: {spread([given.photos / one for one in row], '.1f')} photos a second")
    for peer in (BARE, BESIDE):
        print(f"ratio, throughput of {FOLDER} to {peer}: {ratio(seconds[peer], seconds[FOLDER])}")


if __name__ == "__main__":
    main()
