import io
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

import fashion_hls
from fashion_hls.data import matlab
from fashion_hls.data.matlab import read_array, read_strings


def file_of(**variables: object) -> bytes:
    out = io.BytesIO()
    savemat(out, variables)
    return out.getvalue()


NUMBERS = np.arange(12, dtype=np.uint8).reshape(3, 4)


def test_numbers_and_strings_come_back() -> None:
    assert np.array_equal(read_array(file_of(a=NUMBERS), "a"), NUMBERS)
    names = np.array(["hat", "", "shoe"], dtype=object)
    assert read_strings(file_of(names=names), "names") == ["hat", "", "shoe"]


@pytest.mark.parametrize("data", [b"", b"no file of MATLAB", file_of(b=NUMBERS)])
def test_a_damaged_file_is_an_oserror(data: bytes) -> None:
    with pytest.raises(OSError, match="damaged"):
        read_array(data, "a")


def test_cells_are_no_numbers_and_numbers_no_names() -> None:
    with pytest.raises(OSError, match="no numbers"):
        read_array(file_of(a=np.array(["x"], dtype=object)), "a")
    with pytest.raises(OSError, match="damaged"):
        read_strings(file_of(a=NUMBERS), "a")


def _end_the_process(data: bytes, name: str) -> None:
    os._exit(1)


def test_a_file_that_ends_its_reader_is_damaged_and_the_next_is_read() -> None:
    with pytest.raises(OSError, match="ends the process"):
        matlab._read(_end_the_process, b"", "a")
    assert np.array_equal(read_array(file_of(a=NUMBERS), "a"), NUMBERS)


KILLED = """
import os, signal
from fashion_hls.data import matlab

def who(data, name):
    return os.getpid()

print(matlab._read(who, b"", ""), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


# The reader asks the kernel for this with prctl(PR_SET_PDEATHSIG), which other systems have not:
# there it outlives a killed stage by the one file that it reads.
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_the_reader_ends_with_a_killed_stage() -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED],
        env={**os.environ, "PYTHONPATH": str(Path(fashion_hls.__file__).parents[1])},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=30,  # a reader that lives on holds the pipe open
    )
    reader = Path(f"/proc/{done.stdout.strip()}")
    deadline = time.monotonic() + 5
    while reader.exists() and time.monotonic() < deadline:
        if "(zombie)" in (reader / "status").read_text():
            break
        time.sleep(0.05)
    assert not reader.exists() or "(zombie)" in (reader / "status").read_text()
