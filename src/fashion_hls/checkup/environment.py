"""Python, libraries, processor, GPU, disk, and the tools that the pipeline calls."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from fashion_hls.checkup.finding import NOTE, OK, PROBLEM, Finding

AREA: Final = "environment"
OLDEST: Final = (3, 11)
#: What cannot be used without a library that a part needs, or without any other of that part.
OPTIONAL: Final = {
    "gradio": "the web page",
    "onnx": "export to ONNX",
    "onnxscript": "export to ONNX",
    "onnxruntime": "prediction without torch",
}
PARTS: Final = {
    "app": "the web page and prediction without torch",
    "docs": "the documentation's pages",
    "dev": "tests and checks of the code",
}
_GIB: Final = 2**30
#: Below so much room a run is likely to end in the middle; below the other one soon.
_LOW_DISK, _LEAST_DISK = 5 * _GIB, _GIB // 2


def check_environment(folder: Path) -> Iterator[Finding]:
    """The machine and what is installed on it.

    Args:
        folder: where runs would write.
    """
    yield _python()
    yield from _libraries()
    yield _processor()
    yield _gpu()
    yield _disk(folder)
    yield from _tools()


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info < OLDEST:
        return Finding(
            AREA, PROBLEM, f"Python {version} is too old", "install Python 3.11 or newer"
        )
    return Finding(AREA, OK, f"Python {version}, {sys.executable}")


def requirements() -> list[str]:
    """What the project needs, as in its metadata: of the clone that this runs in, or installed.

    Returns:
        Lines of a requirements file; those of a part end in ``; extra == "PART"``.
    """
    project = Path(__file__).parents[3] / "pyproject.toml"
    if project.is_file():
        declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
        parts = declared.get("optional-dependencies", {}).items()
        optional = [f'{one}; extra == "{part}"' for part, needed in parts for one in needed]
        return [*declared["dependencies"], *optional]
    try:
        return importlib.metadata.requires("fashion-hls") or []
    except importlib.metadata.PackageNotFoundError:
        return []


def _libraries() -> Iterator[Finding]:
    try:
        from packaging.requirements import InvalidRequirement, Requirement
    except ImportError:
        yield Finding(AREA, PROBLEM, "packaging is not installed", "run `make install`")
        return
    needed = requirements()
    if not needed:
        yield Finding(AREA, NOTE, "the needed versions of libraries are not known here")
    wrong: dict[str, dict[str, str]] = {}
    for line in needed:
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        faults = wrong.setdefault(extra[1] if extra else "", {})
        try:
            one = Requirement(line.partition(";")[0])
        except InvalidRequirement:
            continue
        version = _version(one.name)
        if version is None:
            faults[one.name] = f"{one.name} is missing"
        elif not one.specifier.contains(version, prereleases=True):
            faults[one.name] = f"{one.name} {version} is installed, {one.specifier} is needed"
    for part, faults in wrong.items():
        yield from _part(part, faults) if part else _main(faults)


def _main(faults: Mapping[str, str]) -> Iterator[Finding]:
    if not faults:
        yield Finding(AREA, OK, f"libraries: all there ({_main_versions()})")
    for one in faults.values():
        yield Finding(AREA, PROBLEM, one, "run `make install`, or pip install it")


def _part(part: str, faults: Mapping[str, str]) -> Iterator[Finding]:
    """An optional part: what cannot be used without what is missing of it."""
    if not faults:
        yield Finding(AREA, OK, f"optional part {part}: all there")
        return
    lost = dict.fromkeys(OPTIONAL[name] for name in faults if name in OPTIONAL)
    what = " and ".join(lost) or PARTS.get(part, f"the part {part}")
    told = f"not usable: {what} ({', '.join(faults.values())})"
    yield Finding(AREA, NOTE, told, f"pip install 'fashion-hls[{part}]'")


def _main_versions() -> str:
    return ", ".join(f"{name} {_version(name)}" for name in ("torch", "dvc", "mlflow"))


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _processor() -> Finding:
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    limit = os.environ.get("OMP_NUM_THREADS")
    told = f"; OMP_NUM_THREADS={limit} limits threads" if limit else ""
    return Finding(AREA, OK, f"processor: {usable} of {os.cpu_count()} threads usable{told}")


def _gpu() -> Finding:
    names = _nvidia()
    torch = _version("torch") or ""
    if not names:
        return Finding(AREA, OK, "GPU: none seen; everything runs on the processor")
    seen = f"GPU: {', '.join(names)}"
    if torch.endswith("+cpu"):
        return Finding(
            AREA, NOTE, f"{seen}, but torch {torch} is built for the processor alone",
            "install a build of torch for CUDA to use it",
        )  # fmt: skip
    return Finding(AREA, OK, f"{seen} (as the driver lists it; torch {torch} is not asked)")


def _nvidia() -> list[str]:
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    query = [command, "--query-gpu=name", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=2, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.strip().splitlines() if done.returncode == 0 else []


def _disk(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    told = f"disk: {free / _GIB:.1f} GiB free"
    if free < _LEAST_DISK:
        return Finding(AREA, PROBLEM, told, "free room: a run would end in the middle")
    if free < _LOW_DISK:
        return Finding(AREA, NOTE, told, "a run on real photos may need more; free room before it")
    return Finding(AREA, OK, told)


def _tools() -> Iterator[Finding]:
    for name, use in (("git", "the pipeline and its record of commits"), ("dvc", "the pipeline")):
        # As `python -m` would find it too: the folder of this Python need not be in PATH.
        beside = Path(sys.executable).with_name(name)
        place = shutil.which(name) or (str(beside) if beside.is_file() else None)
        if place is None:
            yield Finding(
                AREA, NOTE, f"{name} is not found: without it {use} cannot be used",
                f"install {name}, or activate the environment that has it",
            )  # fmt: skip
        else:
            yield Finding(AREA, OK, f"{name}: {place}")
