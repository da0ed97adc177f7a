"""Many photos from the command line: what is written of them, and where."""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from tqdm import tqdm

from fashion_hls.errors import UserError
from fashion_hls.inference.finding import cannot
from fashion_hls.inference.formats import COLUMNS, STANDARD_INPUT, csv_rows, json_line, table
from fashion_hls.inference.photo import Photo, name_of, shown
from fashion_hls.inference.pipeline import Pipeline, Seen
from fashion_hls.inference.results import Result

_SHEET = "_attention"
_PICTURE = ".jpg"
_LONGEST_STEM = 200


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """Where results go: ``json`` and ``csv`` name files, ``-`` standard output; ``draw`` a folder.

    Without ``json`` and ``csv`` on standard output a table is printed there.
    """

    json: str | None = None
    csv: str | None = None
    draw: Path | None = None


def check_outputs(outputs: Outputs, photos: Sequence[Photo]) -> None:
    """Refuse, before anything is loaded, outputs that would write over a photo or each other.

    Raises:
        UserError: naming the output.
    """
    files = [name for name in (outputs.json, outputs.csv) if name is not None]
    if len({name if name == "-" else os.path.realpath(name) for name in files}) < len(files):
        raise UserError("--json and --csv: would be written to one place; name two")
    given = [os.path.realpath(name) for name in map(name_of, photos) if name is not None]
    if over := {os.path.realpath(name) for name in files if name != "-"}.intersection(given):
        raise UserError(f"{shown(min(over))}: is one of the photos; name another file to write")
    if outputs.draw is None:
        return
    # Of a photo that is a link, its own folder and that of its file.
    places = [Path(one).parent for one in (*given, *map(name_of, photos)) if one]
    drawn = os.path.realpath(outputs.draw)
    written = [Path(os.path.realpath(one)) for one in files if one != "-"]
    if any(str(one.parent) == drawn and one.suffix == _PICTURE for one in written):
        raise UserError(
            f"--draw {shown(str(outputs.draw))}: a picture could be written over the file of "
            f"--json or --csv; name that one without {_PICTURE}"
        )
    if drawn in map(os.path.realpath, places):
        raise UserError(
            f"--draw {shown(str(outputs.draw))}: holds photos to read, which would be written "
            "over; name another folder"
        )


def predict_photos(
    pipeline: Pipeline, photos: Sequence[Photo], outputs: Outputs, **options: Any
) -> int:
    """Predict photos and write what was found as it is found.

    Args:
        pipeline: loaded.
        photos: to predict.
        outputs: where results go.
        options: of :meth:`Pipeline.stream`.

    Returns:
        How many photos could not be read; each was named on standard error.
    """
    with ExitStack() as stack:
        writer = _Writer(outputs, stack)
        return over_photos(pipeline, photos, writer.write, command="predict", **options)


def over_photos(
    pipeline: Pipeline,
    photos: Sequence[Photo],
    write: Callable[[Seen], None],
    *,
    command: str,
    **options: Any,
) -> int:
    """Predict photos one after the other, with a bar; name those that cannot be read.

    Args:
        pipeline: loaded.
        photos: to predict.
        write: takes each result as it is found.
        command: whose bar and messages these are.
        options: of :meth:`Pipeline.stream`.

    Returns:
        How many photos could not be read; each was named on standard error.
    """
    if note := pipeline.card["data"].get("note"):
        print(f"note: {shown(str(note))}", file=sys.stderr)
    failed = 0
    with tqdm(total=len(photos), desc=command, unit="photo", disable=len(photos) < 2) as bar:

        def skip(photo: Photo, error: UserError) -> None:
            nonlocal failed
            failed += 1
            bar.write(f"{command}: {_named(error, photo)}", file=sys.stderr)
            bar.update()

        with closing(pipeline.stream(photos, on_error=skip, **options)) as stream:
            for seen in stream:
                write(seen)
                bar.update()
    if failed:
        print(f"{command}: {failed} of {len(photos)} photos could not be read", file=sys.stderr)
    return failed


def _named(error: UserError, photo: Photo) -> str:
    text = str(error)
    return text if name_of(photo) else text.replace("the image's bytes", STANDARD_INPUT)


class _Writer:
    """Writes each result to all outputs, so that what was found is there if the run is cut off."""

    def __init__(self, outputs: Outputs, stack: ExitStack) -> None:
        self._outputs = outputs
        self._json = _opened(outputs.json, stack)
        self._csv = _opened(outputs.csv, stack)
        self._rows = csv.writer(self._csv) if self._csv else None
        if self._rows:
            with _named_in_errors(outputs.csv):
                self._rows.writerow(COLUMNS)
        self._draw = outputs.draw
        self._drawn: set[str] = set()
        if self._draw is not None:
            try:
                self._draw.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise cannot(str(self._draw), error) from error
        self._table = "-" not in (outputs.json, outputs.csv)

    def write(self, seen: Seen) -> None:
        result = seen.result
        if self._json:
            with _named_in_errors(self._outputs.json):
                self._json.write(json_line(result))
                self._json.flush()
        if self._rows and self._csv:
            with _named_in_errors(self._outputs.csv):
                self._rows.writerows(csv_rows(result))
                self._csv.flush()
        if self._table:
            with _named_in_errors("-"):
                tqdm.write(table(result), file=sys.stdout)
                sys.stdout.flush()
        if self._draw is not None:
            self._write_pictures(self._draw, seen)

    def _write_pictures(self, folder: Path, seen: Seen) -> None:
        from fashion_hls.data.images import encode
        from fashion_hls.data.store import write_whole
        from fashion_hls.inference.drawing import annotated, attention_sheet

        name = self._free_name(seen.result)
        pictures = {name: annotated(seen.pixels, seen.result)}
        if (sheet := attention_sheet(seen.pixels, seen.result)) is not None:
            pictures[f"{name}{_SHEET}"] = sheet
        for own, picture in pictures.items():
            path = folder / f"{own}{_PICTURE}"
            with _named_in_errors(str(path)):
                write_whole(path, encode(picture))

    def _free_name(self, result: Result) -> str:
        """A photo's own name; photos of one name in several folders are numbered."""
        stem = Path(result.source).stem if result.source else "standard_input"
        # Room for a number, an ending and ``.part`` in the 255 bytes that a name may have.
        stem = os.fsdecode(os.fsencode(stem)[:_LONGEST_STEM])
        name, number = stem, 1
        while self._drawn.intersection((name, f"{name}{_SHEET}")):
            number += 1
            name = f"{stem}_{number}"
        self._drawn.update((name, f"{name}{_SHEET}"))
        return name


def _opened(name: str | None, stack: ExitStack) -> TextIO | None:
    if name is None:
        return None
    if name == "-":
        # What programs read is UTF-8 whatever the terminal's language.
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        return sys.stdout
    file = _made(name)

    def close() -> None:
        # What a full disk did not take is tried once more here.
        with _named_in_errors(name):
            file.close()

    stack.callback(close)
    return file


def _made(name: str) -> TextIO:
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        return Path(name).open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except (OSError, ValueError) as error:
        raise cannot(name, error) from error


@contextmanager
def _named_in_errors(name: str | None) -> Iterator[None]:
    """The system's refusals with the output's name; a reader that wants no more is none."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot("standard output" if name in (None, "-") else name, error) from error
