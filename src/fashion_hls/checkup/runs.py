"""Whether MLflow's store can be used. Addresses are told without their passwords."""

from __future__ import annotations

import os
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from fashion_hls.checkup.finding import NOTE, OK, PROBLEM, Finding
from fashion_hls.errors import UserError
from fashion_hls.tracking_store import one_line, redact, refuse_file_store

AREA: Final = "runs"
SWITCH: Final = "FASHION_HLS_TRACKING"
ADDRESS: Final = "MLFLOW_TRACKING_URI"
_SQLITE: Final = "sqlite:///"
_SECONDS: Final = 5


def check_runs(workspace: Path, *, network: bool) -> Iterator[Finding]:
    """The switch and the store.

    Args:
        workspace: where ``mlflow.db`` lies unless the environment names another store.
        network: ask a server as well.
    """
    switch = os.environ.get(SWITCH, "on").lower()
    if switch not in ("on", "off"):
        yield Finding(AREA, PROBLEM, f"{SWITCH} is neither on nor off", "set it to one of them")
    elif switch == "off":
        yield Finding(AREA, NOTE, f"{SWITCH}=off: runs are not recorded", "unset it to record them")
    address = os.environ.get(ADDRESS) or f"{_SQLITE}{workspace / 'mlflow.db'}"
    try:
        refuse_file_store(address)
    except UserError as error:
        yield Finding(AREA, PROBLEM, *str(error).split("; ", 1))
        return
    if address.startswith(_SQLITE):
        yield _database(address)
    elif not network:
        yield Finding(AREA, NOTE, f"store {redact(address)}: not asked", "--network asks it")
    else:
        yield _server(address)


def _database(address: str) -> Finding:
    name = unquote(address.removeprefix(_SQLITE).partition("?")[0])
    path = Path(name)
    if not path.exists():
        return Finding(AREA, OK, f"store {path}: not there yet; the first run makes it")
    try:
        # Read only: looking must neither make a database nor wait for a lock.
        opened = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=1)
        try:
            count = opened.execute("SELECT COUNT(*) FROM runs").fetchone()[0]
        finally:
            opened.close()
    except sqlite3.Error as error:
        return Finding(
            AREA, PROBLEM, f"store {path}: {one_line(error)}",
            f"is it MLflow's database? Correct {ADDRESS}, or move the file away",
        )  # fmt: skip
    writable = os.access(path, os.W_OK)
    level, remedy = (OK, "") if writable else (PROBLEM, "give yourself the right to write it")
    told = "" if writable else ", and is read-only"
    return Finding(AREA, level, f"store {path}: {count} runs{told}", remedy)


def _server(address: str) -> Finding:
    shown = redact(address)
    try:
        parts = urlsplit(address)
    except ValueError as error:
        return Finding(AREA, PROBLEM, f"store {shown}: is no address ({error})",
                       f"correct {ADDRESS}")  # fmt: skip
    if parts.scheme not in ("http", "https"):
        return Finding(AREA, NOTE, f"store {shown}: only SQLite and servers can be asked here")
    # Credentials stay here: whether a server answers needs none.
    host = parts.netloc.rpartition("@")[2]
    question = f"{parts.scheme}://{host}{parts.path.rstrip('/')}/health"
    try:
        with urllib.request.urlopen(question, timeout=_SECONDS) as answer:
            answer.read(64)
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            return Finding(AREA, OK, f"store {shown}: answers, and asks for credentials")
        return Finding(AREA, PROBLEM, f"store {shown}: answers with status {error.code}",
                       f"is it MLflow's server? Correct {ADDRESS}")  # fmt: skip
    except (OSError, ValueError) as error:
        return Finding(AREA, PROBLEM, f"store {shown}: does not answer ({one_line(error)})",
                       f"start it, correct {ADDRESS}, or set {SWITCH}=off")  # fmt: skip
    return Finding(AREA, OK, f"store {shown}: answers")
