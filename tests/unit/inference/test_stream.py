"""Many photos: by torch one after the other, by ONNX Runtime side by side; the same answers."""

import gc
import random
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fashion_hls import Pipeline
from fashion_hls.errors import UserError
from fashion_hls.inference import onnx_bundle, reading
from fashion_hls.inference.networks import Lanes, Networks
from fashion_hls.inference.onnx_backend import OnnxDetector
from fashion_hls.inference.photo import Photo, read_photo

from .conftest import pixels_of


def told(many: Pipeline, photos: list[Any], **options: Any) -> list[dict[str, Any]]:
    found = many.predict(photos, **options)
    return [{**one.to_dict(), "source": None} for one in found]


def readers() -> int:
    names = ("read-photo", "name-photo")
    return sum(one.name.startswith(names) for one in threading.enumerate())


@pytest.mark.parametrize("method", ["stl", "stl_hls", "mtl_rnn_va"])
def test_the_answer_does_not_depend_on_the_batch(
    many: Pipeline, photos: list[Path], method: str
) -> None:
    alone = [{**many(one, method=method).to_dict(), "source": None} for one in photos]
    assert sum(len(one["garments"]) for one in alone) > 10
    for batch_size, workers in ((1, 1), (2, 3), (8, 2), (50, 4)):
        options = {"method": method, "batch_size": batch_size, "workers": workers}
        assert told(many, photos, **options) == alone
    order = random.Random(0).sample(range(len(photos)), len(photos))
    shuffled = told(many, [photos[index] for index in order], method=method)
    assert shuffled == [alone[index] for index in order]
    assert told(many, [photos[2]] * 9, method=method) == [alone[2]] * 9


def test_many_photos_keep_their_order(
    many: Pipeline, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(photo: Photo) -> Any:
        # The first ones take longest.
        time.sleep(0.05 if str(photo).endswith(("0.png", "3.png")) else 0)
        return read_photo(photo)

    monkeypatch.setattr(reading, "read_photo", slow)
    found = [one.source for one in many.predict(photos, workers=4)]
    assert found == [str(one) for one in photos]
    assert list(many.predict([])) == []


def test_photos_that_cannot_be_read(many: Pipeline, photos: list[Path]) -> None:
    given: list[Any] = [photos[0], "gone.jpg", photos[1], b"", None, photos[2], *photos[3:6]]
    events: list[str] = []

    def skip(photo: Photo, error: UserError) -> None:
        events.append(str(error))

    for result in many.predict(given, on_error=skip, batch_size=4):
        events.append(str(result.source))
    assert events == [
        str(photos[0]),
        "gone.jpg: no such file or directory",
        str(photos[1]),
        "the image's bytes: is empty (0 bytes)",
        "NoneType is no photo; give a path, bytes, a Pillow image or a uint8 array",
        *map(str, photos[2:6]),
    ]
    # Without a handler the first one ends it, after those before it.
    seen = []
    with pytest.raises(UserError, match=r"gone\.jpg"):
        seen.extend(many.predict(given))
    assert not readers()
    stream = many.predict(given)
    assert next(stream).source == str(photos[0])
    with pytest.raises(UserError, match=r"gone\.jpg"):
        next(stream)


def test_wrong_options_of_many(many: Pipeline, photos: list[Path]) -> None:
    for options in ({"batch_size": 0}, {"workers": 0}):
        with pytest.raises(UserError, match="1 or more"):
            list(many.predict(photos, **options))
    with pytest.raises(UserError, match="method hls"):
        list(many.predict(photos, method="hls"))
    image = Image.open(photos[0])
    for one in (str(photos[0]), photos[0], photos[0].read_bytes(), image, np.asarray(image)):
        with pytest.raises(UserError, match="is one photo; give a list"):
            list(many.predict(one))


def test_an_error_of_the_photos_own_iterator_gets_out(many: Pipeline) -> None:
    def broken() -> Iterator[Photo]:
        yield from (pixels_of(seed) for seed in range(12))
        raise RuntimeError("the camera is gone")

    for batch_size in (1, 8):
        found = []
        with pytest.raises(RuntimeError, match="camera"):
            found.extend(many.predict(broken(), batch_size=batch_size))
        # What it gave before is not lost.
        assert found == [many(pixels_of(seed)) for seed in range(12)]
        assert not readers()


def test_only_two_batches_are_in_memory(many: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    alive: weakref.WeakSet[Any] = weakref.WeakSet()
    pulled = most = 0
    named = 3 if many._lanes is not None else 0

    def counting(photo: Photo) -> Any:
        pixels = read_photo(photo).copy()
        alive.add(pixels_holder := pixels.view(_Counted))
        return pixels_holder

    def endless() -> Iterator[Photo]:
        nonlocal pulled
        while True:
            pulled += 1
            yield Image.new("RGB", (40, 40))

    monkeypatch.setattr(reading, "read_photo", counting)
    stream = many.stream(endless(), batch_size=3, workers=2)
    for count, _ in enumerate(stream, start=1):
        gc.collect()
        most = max(most, len(alive))
        assert pulled <= count + 3 + named
        if count == 9:
            break
    assert 1 < most <= 6 + named
    stream.close()
    assert not readers()


class _Counted(np.ndarray):
    """An array that a WeakSet can hold."""

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> Any:
        return self is other


@pytest.mark.parametrize("call", ["predict", "stream"])
def test_leaving_early_ends_the_threads(many: Pipeline, photos: list[Path], call: str) -> None:
    before = threading.active_count()
    for _ in getattr(many, call)(photos * 50, workers=4):
        assert readers()
        break
    gc.collect()
    assert not readers()
    assert threading.active_count() == before


def test_one_pipeline_serves_several_threads(many: Pipeline, photos: list[Path]) -> None:
    expected = [many(one) for one in photos]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(many, photos * 3)) == expected * 3


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The threads of each detector that is opened from now on."""
    threads: list[int] = []

    def counting(*arguments: Any) -> Any:
        threads.append(arguments[-1])
        return OnnxDetector(*arguments)

    monkeypatch.setattr(onnx_bundle, "OnnxDetector", counting)
    return threads


def with_lanes(loaded: Pipeline, detect: Callable[[Any], Any]) -> Pipeline:
    """A pipeline whose two lanes have another detector."""
    detector = SimpleNamespace(detect=detect)
    networks = Networks(detector, loaded._networks.classifiers)
    return Pipeline(*loaded._networks, loaded.card, lambda method: Lanes(networks, 2))


def test_lanes_are_opened_when_they_pay(
    exported: Path,
    photos: list[Path],
    opened: list[int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = tmp_path / "graphs.fhls"
    bundle.write_bytes(exported.read_bytes())
    many = Pipeline.load(bundle, threads=4)
    expected = [many(photo) for photo in photos]
    bundle.unlink()
    assert list(many.predict(photos[:3])) == expected[:3]
    assert opened == [4]
    for _ in range(2):
        assert list(many.predict(iter(photos))) == expected
    assert opened == [4, 1]
    alone = Pipeline.load(exported, threads=1)
    assert list(alone.predict(photos)) == expected
    assert opened == [4, 1, 1]
    # Two callers and two helpers, whom they share.
    monkeypatch.setattr(onnx_bundle, "MOST_LANES", 2)
    assert list(Pipeline.load(exported, threads=4).predict(photos)) == expected
    assert opened == [4, 1, 1, 4, 3]


def test_photos_go_through_the_networks_side_by_side(exported: Path, photos: list[Path]) -> None:
    """Each waits for the other: one after the other, none would be done."""
    loaded = Pipeline.load(exported, threads=2)
    together = threading.Barrier(2, timeout=60)

    def waiting(found: Any) -> Any:
        together.wait()
        return loaded._networks.detector.detect(found)

    many = with_lanes(loaded, waiting)
    assert list(many.predict(photos[:8])) == [loaded(photo) for photo in photos[:8]]


def test_an_error_of_a_network_comes_in_its_photos_place(exported: Path) -> None:
    loaded = Pipeline.load(exported, threads=2)
    photos = [pixels_of(seed) for seed in range(12)]

    def failing(found: Any) -> Any:
        if np.array_equal(found[0], photos[4]):
            raise RuntimeError("out of memory")
        return loaded._networks.detector.detect(found)

    many, found = with_lanes(loaded, failing), []
    with pytest.raises(RuntimeError, match="out of memory"):
        found.extend(many.predict(photos))
    assert found == [loaded(photo) for photo in photos[:4]]
    assert not readers()


def test_a_handler_that_raises_ends_the_threads(many: Pipeline, photos: list[Path]) -> None:
    def handler(photo: Photo, error: UserError) -> None:
        raise KeyError(photo)

    with pytest.raises(KeyError, match="gone"):
        list(many.predict([*photos, "gone.jpg", *photos], on_error=handler))
    gc.collect()
    assert not readers()
    assert list(many.predict(iter([]))) == []


def test_two_callers_share_their_lanes(
    exported: Path, photos: list[Path], opened: list[int]
) -> None:
    many = Pipeline.load(exported, threads=2)
    expected = {method: [many(one, method=method) for one in photos] for method in many.methods}
    with ThreadPoolExecutor(len(expected)) as pool:
        found = pool.map(lambda method: list(many.predict(photos, method=method)), expected)
        assert list(found) == list(expected.values())
    assert opened == [2, 1]
