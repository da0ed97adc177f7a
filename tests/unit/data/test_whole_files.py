"""Files are written whole or not at all, whatever the disk refuses.

A limit on the size of a process's files stands in for a full disk: both refuse in the middle.
"""

import subprocess
import sys
from pathlib import Path

import pytest

import fashion_hls
from fashion_hls.data.store import write_whole

SOURCE = str(Path(fashion_hls.__file__).parents[1])
LIMIT = 60_000
WRITERS = {
    "table": "write_table(place, pd.DataFrame({'x': np.random.default_rng(0).random(90_000)}))",
    "json": "write_json(place, list(range(90_000)))",
    "images": "pack_images(place, ['a', 'b'], lambda name: bytes(40_000))",
    "classifier": "save_classifier(place, model(), 'stl', {}, {})",
    "detector": "save_detector(place, model(), 'faster_rcnn', {}, {})",
    "checkpoint": "Slot(place).save({'weights': torch.zeros(90_000)}, 1)",
}
SCRIPT = """
import errno, resource, sys
from pathlib import Path
import numpy as np, pandas as pd, torch
from fashion_hls.classification.build import save_classifier
from fashion_hls.data.store import pack_images, write_json, write_table
from fashion_hls.detection.build import save_detector
from fashion_hls.training.checkpoint import Slot
def model(): return torch.nn.Linear(300, 300)
place, limit = Path(sys.argv[1]), int(sys.argv[2])
# Only now: Python itself would write cut-off bytecode of what it imports.
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    {call}
except OSError as error:
    sys.exit(77 if error.errno == errno.EFBIG else 1)
"""


def attempt(call: str, place: Path, limit: int) -> int:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT.format(call=call), str(place), str(limit)],
        env={"PYTHONPATH": SOURCE, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    ).returncode


@pytest.mark.parametrize("name", WRITERS)
def test_what_does_not_fit_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    refused, whole = tmp_path / "refused", tmp_path / "whole"
    assert attempt(WRITERS[name], refused / "x", LIMIT) == 77
    left = [path.name for path in refused.rglob("*") if path.is_file()]
    # A checkpoint's .part is replaced by the next save and never loaded.
    assert left == (["last.pt.part"] if name == "checkpoint" else [])
    assert attempt(WRITERS[name], whole / "x", 0) == 0
    assert [path for path in whole.rglob("*") if path.is_file()]


def test_a_refused_write_keeps_the_file_that_was_there(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "x.json"
    write_whole(path, b"before")

    def refuse(*_: object) -> None:
        raise OSError("refused")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="refused"):
        write_whole(path, b"after")
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["x.json"]
