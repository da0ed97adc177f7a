"""Runs a benchmark as people do."""

import os
import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path("benchmarks").resolve()


def run(name: str, folder: Path, *options: str) -> str:
    """What a benchmark prints; its temporary folder must be empty again afterwards."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, str(BENCHMARKS / name), *options],
        env={
            **os.environ,
            "PYTHONPATH": "src",
            "TMPDIR": str(folder),
            # torch makes a folder for compiled kernels when it is imported; it is no benchmark's.
            "TORCHINDUCTOR_CACHE_DIR": str(folder.parent / "kernels"),
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(folder.iterdir()) == []
    return done.stdout
