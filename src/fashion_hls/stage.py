"""What every stage does around its one library call: config, seed, tracking, errors, timing."""

from __future__ import annotations

import errno
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from fashion_hls import places
from fashion_hls.config import Config, load
from fashion_hls.data.store import read_json, write_json
from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.provenance import launched
from fashion_hls.tracking import StageRun, track_stage

#: What a disk may refuse, in words.
_STORAGE = {
    errno.ENOSPC: "no space is left on the disk",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file is larger than the system allows",
    errno.EROFS: "the disk is read-only",
    errno.EACCES: "no permission",
    errno.EPERM: "no permission",
}


def run(
    name: str,
    main: Callable[[Config, StageRun], None],
    *,
    inputs: Sequence[Path] = (),
) -> None:
    """Run a stage in the repository's root and exit.

    A user's mistake ends in one line on stderr and status 2; anything else is a defect and
    shows its traceback. Wall time goes to ``timings/``, which is no metric. Of the processes that a
    launcher started together the first alone takes the stage's lock, is tracked and timed.

    Args:
        name: the stage's, with its matrix item as ``stage@item``.
        main: does the work.
        inputs: files whose hashes the tracked run records.
    """
    started = time.monotonic()
    try:
        config = load()
        with _recorded(name, config, inputs) as tracked:
            main(config, tracked)
    except UserError as error:
        print(f"{_who(name)}: {error}", file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        reason = _STORAGE.get(error.errno or 0)
        if reason is None:
            raise
        place = f"{error.filename}: " if error.filename else ""
        print(
            f"{_who(name)}: {place}{reason}; free room or give access, and run the same command "
            "again (nothing half-written is taken for whole)",
            file=sys.stderr,
        )
        sys.exit(2)
    except KeyboardInterrupt:
        print(f"{name}: interrupted; run the same command again to go on", file=sys.stderr)
        sys.exit(130)
    if launched().number:
        return
    seconds = time.monotonic() - started
    # In the main workspace: a temporary experiment's own folder is removed at its end.
    folder = places.workspace() / "timings" / config.dataset.name
    write_json(folder / f"{name}.json", {"stage": name, "seconds": round(seconds, 1)})


def _who(name: str) -> str:
    """The stage as its messages call it, with the process where that is not the first."""
    number = launched().number
    return f"{name} (process {number})" if number else name


@contextmanager
def _recorded(name: str, config: Config, inputs: Sequence[Path]) -> Iterator[StageRun]:
    """The stage's tracked run, its lock held; in other processes than the first, neither."""
    if launched().number:
        yield StageRun()
        return
    data = {str(path): file_sha256(path) for path in inputs if path.is_file()}
    with _alone(name), track_stage(name, params=config.model_dump(), data=data) as tracked:
        tracked.tags({"dataset": config.dataset.name, "seed": config.seed})
        with _ended_by_launcher():
            yield tracked


@contextmanager
def _ended_by_launcher() -> Iterator[None]:
    """A launcher terminates all processes when one fails: the first still closes its record."""
    if launched().total == 1:
        yield
        return

    def end(*_: object) -> None:
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Holds the stage's lock. Killing DVC leaves its stage running, and both would write."""
    lock = FileLock(Path(".checkpoints") / f"stage-{name}.lock")
    Path(lock.lock_file).parent.mkdir(exist_ok=True)
    try:
        lock.acquire(blocking=False)
    except Timeout:
        print(f"{name}: waits for the same stage of a former run to end", file=sys.stderr)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def item() -> str:
    """The matrix item that a stage was called with."""
    return _arguments("ITEM")[0]


def item_and_set() -> tuple[str, places.ImageSet]:
    """The matrix item and the classification set that a stage was called with."""
    name, chosen = _arguments("ITEM", "SET")
    return name, _image_set(chosen)


def image_set() -> places.ImageSet:
    """The classification set that a stage was called with."""
    return _image_set(_arguments("SET")[0])


def stage_name(stage: str, chosen: places.ImageSet, *items: str) -> str:
    """What DVC calls a stage: ``train_classifier@stl``, ``train_set_classifier@catalogue-stl``."""
    if chosen is not places.BENCHMARK_SET:
        stage, items = stage.replace("_", "_set_", 1), (chosen.name, *items)
    return "@".join([stage, "-".join(items)]) if items else stage


def _arguments(*wanted: str) -> list[str]:
    if len(sys.argv) != len(wanted) + 1:
        print(f"usage: {sys.argv[0]} {' '.join(wanted)}", file=sys.stderr)
        sys.exit(2)
    return sys.argv[1:]


def _image_set(name: str) -> places.ImageSet:
    if name not in places.SETS:
        print(f"{sys.argv[0]}: {name}: choose from {', '.join(places.SETS)}", file=sys.stderr)
        sys.exit(2)
    return places.SETS[name]


def header(config: Config, **facts: Any) -> dict[str, Any]:
    """What every metrics file begins with: data, bias, licence, seed; then the facts."""
    return {
        "dataset": config.dataset.name,
        "dataset_title": config.dataset.title,
        "bias": config.dataset.bias,
        "licence": config.dataset.licence,
        "seed": config.seed,
        **facts,
    }


def data_card(config: Config) -> dict[str, str]:
    """What a model's card says of the data that it was trained on."""
    data = config.dataset
    return {"dataset": data.name, "title": data.title, "bias": data.bias, "licence": data.licence}


def detector_card(below: Path, architecture: str) -> dict[str, Any]:
    """What a trained detector's figures say of it: backbone, input size, first weights."""
    card = read_json(places.DETECTORS / below / architecture / "model.json")
    options = card["options"]
    return {
        "architecture": architecture,
        "backbone": options["backbone"],
        "image_size": options["image_size"],
        "weights": card["notes"]["weights"],
    }


def metrics_folder(config: Config) -> Path:
    """Where the profile's metrics lie."""
    return places.METRICS / config.dataset.name


def write_history(path: Path, history: dict[str, list[dict[str, float]]]) -> None:
    """Training curves as JSON lines of network, epoch and figures, for ``dvc plots``."""
    write_json(path, [{"network": name, **row} for name, rows in history.items() for row in rows])
