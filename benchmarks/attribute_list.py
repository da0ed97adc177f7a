"""DeepFashion's attribute list to a sparse matrix, beside pandas.read_csv.

The list is generated, in the format and, with ``--full``, of the size of the original. Each
variant runs in a process of its own, in turns. Prints its seconds and peak memory (the whole
process, its imports too), and the ratio of the seconds:
``PYTHONPATH=src python benchmarks/attribute_list.py --full``
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ratio import in_turns, ratio, spread

ROWS, COLUMNS = 289_222, 1000
OWN, PEER = "this reader", "pandas.read_csv"
# In the original 3.32 attributes of an image are 1; how many are 0 is not published.
ONES_A_ROW, ZEROS_A_ROW = 3.32, 30
NAME_WIDTH, BLOCK = 70, 1000


def write_list(path: Path, rows: int, columns: int) -> None:
    """A list of generated rows: the name padded, each value two characters behind a blank."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(f"{rows}\nimage_name  attribute_labels\n".encode())
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            text = np.tile(np.frombuffer(b" -1" * columns + b"\n", np.uint8), (count, 1))
            for value, mean in ((b" 0", ZEROS_A_ROW), (b" 1", ONES_A_ROW)):
                row = np.repeat(np.arange(count), rng.poisson(mean * columns / COLUMNS, count))
                place = 3 * rng.integers(columns, size=len(row))
                text[row, place + 1], text[row, place + 2] = value
            for number, values in enumerate(text, start):
                name = f"img/Generated_{number // 50:05d}/img_{number % 50 + 1:08d}.jpg"
                file.write(name.ljust(NAME_WIDTH).encode() + values.tobytes())


def own_matrix(path: Path, columns: int) -> Any:
    from fashion_hls.data.deepfashion1 import read_attribute_list
    from fashion_hls.data.quality import Quality

    return lambda: read_attribute_list(path, columns, Quality()).positives


def peer_matrix(path: Path, columns: int) -> Any:
    """With the smallest type of column, which takes less memory than pandas' own choice."""
    import pandas as pd
    from scipy.sparse import csr_array

    def read() -> Any:
        types = dict.fromkeys(range(1, columns + 1), "int8")
        table = pd.read_csv(
            path, sep=r"\s+", skiprows=2, header=None, index_col=0, dtype={0: "str", **types}
        )
        return csr_array(table.to_numpy() == 1)

    return read


def measure(variant: str, path: Path, columns: int) -> dict[str, float]:
    """Seconds, peak MiB and content of one variant's matrix, in this process."""
    read = {OWN: own_matrix, PEER: peer_matrix}[variant](path, columns)
    started = time.perf_counter()
    matrix = read()
    seconds = time.perf_counter() - started
    if matrix.dtype != bool:
        sys.exit(f"{variant}: gave {matrix.dtype}")
    # Of a matrix with the same ones, this sum over rows and columns is the same.
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    content = float(((row % 1009 + 1) * (matrix.indices % 997 + 1)).sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "MiB": peak, "ones": matrix.nnz, "content": content}


def in_a_process(variant: str, path: Path, columns: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", variant, str(path), str(columns)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found: dict[str, float] = json.loads(output)
    return found


def main() -> None:
    """Write the list, read it both ways in turns, and remove it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--columns", type=int, default=COLUMNS)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--full", action="store_true", help=f"{ROWS} rows of {COLUMNS} values")
    parser.add_argument("--measure", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        variant, path, columns = given.measure
        print(json.dumps(measure(variant, Path(path), int(columns))))
        return
    rows, columns = (ROWS, COLUMNS) if given.full else (given.rows, given.columns)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list_attr_img.txt"
        write_list(path, rows, columns)
        megabytes = path.stat().st_size / 1e6
        variants = {name: partial(in_a_process, name, path, columns) for name in (OWN, PEER)}
        found = in_turns(variants, given.rounds)
    if len({(run["ones"], run["content"]) for runs in found.values() for run in runs}) != 1:
        sys.exit("the two do not read the same")
    ones = found[OWN][0]["ones"]
    print(f"{rows} rows of {columns} values, {megabytes:.0f} MB, {ones / rows:.2f} ones a row")
    for name, runs in found.items():
        peak = statistics.median(run["MiB"] for run in runs)
        print(f"{name}: {spread([run['seconds'] for run in runs])} s, peak {peak:.0f} MiB")
    seconds = {name: [run["seconds"] for run in runs] for name, runs in found.items()}
    print(f"ratio, {PEER} to {OWN}: {ratio(seconds[PEER], seconds[OWN])}")


if __name__ == "__main__":
    main()
