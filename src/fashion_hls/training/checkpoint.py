"""Resume an interrupted training, and only the same training.

Checkpoints lie outside the stage's outputs, because DVC deletes those before a stage runs. The
folder's name holds a fingerprint of parameters, inputs and code: a changed training finds no
checkpoint and starts afresh.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Any

from filelock import FileLock, Timeout

from fashion_hls.errors import UserError
from fashion_hls.hashing import file_sha256
from fashion_hls.provenance import launched

_LAST = "last.pt"
_PLAIN = (int, float, bool, str, type(None))


def fingerprint(params: Mapping[str, Any], files: Sequence[Path], code: Sequence[Path]) -> str:
    """What a training depends on, as one SHA-256.

    Files count by content and order, never by place: a temporary experiment runs in another
    folder and is the same training.

    Args:
        params: JSON-ready values.
        files: input files.
        code: Python files, or package folders whose ``.py`` files all count.
    """
    record = {
        "params": params,
        "files": [file_sha256(path) for path in files],
        "code": [_source_hashes(path) for path in code],
    }
    text = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def library_versions() -> dict[str, str]:
    """Versions of the libraries whose change changes a training."""
    names = ("accelerate", "effdet", "numpy", "pillow", "timm", "torch", "torchvision")
    return {name: version(name) for name in names}


def _source_hashes(path: Path) -> list[tuple[str, str]]:
    if path.is_file():
        return [(path.name, file_sha256(path))]
    sources = sorted(path.rglob("*.py"))
    if not sources:
        raise FileNotFoundError(f"{path}: no Python source to fingerprint")
    return [(source.relative_to(path).as_posix(), file_sha256(source)) for source in sources]


class Slot:
    """A folder that keeps the newest state of one training."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, state: Mapping[str, Any], step: int) -> None:
        """Replace the checkpoint by ``state`` with ``step`` added, whole or not at all.

        Args:
            state: tensors, numbers, strings, None, and dicts, lists or tuples of them.
            step: what to go on from; :meth:`load` returns it under ``"step"``.

        Raises:
            TypeError: a value that the safe loader would refuse on resume.
        """
        import torch

        _check_plain(state, "state")
        self.folder.mkdir(parents=True, exist_ok=True)
        temporary = self.folder / f"{_LAST}.part"
        # Written by torch itself, a full disk would be an error without a number.
        content = io.BytesIO()
        torch.save({**state, "step": step}, content)
        with temporary.open("wb") as file:
            file.write(content.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.folder / _LAST)
        _sync_folder(self.folder)

    def load(self) -> dict[str, Any] | None:
        """The last saved state, on the CPU; None if there is none or it cannot be read."""
        import torch

        path = self.folder / _LAST
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        # A damaged file fails in many ways (zip, pickle, storage); all mean: start afresh.
        except Exception as error:
            print(
                f"warning: {path}: unreadable checkpoint ({type(error).__name__}), "
                "the training starts from the beginning",
                file=sys.stderr,
            )
            return None
        return state


class Checkpoints(Slot):
    """The locked checkpoint folder of one training (context manager).

    Killing DVC can leave its training process alive; the next ``dvc repro`` would start a
    second trainer on the same folder. The lock makes that an error instead. Of the processes
    that a launcher started together the first holds it for all.

    Args:
        name: stage and method, such as ``train_detector-centernet``.
        key: from :func:`fingerprint`.
        root: the workspace; ``DVC_ROOT``, else the working folder, where none is given.
    """

    def __init__(self, name: str, key: str, root: Path | None = None) -> None:
        base = (root or Path(os.environ.get("DVC_ROOT") or Path.cwd())) / ".checkpoints"
        super().__init__(base / f"{name}-{key[:16]}")
        # Beside the folder, so that it outlives finish(): removing a lock that others may be
        # opening would let two of them hold "the" lock.
        self._lock = FileLock(base / f"{self.folder.name}.lock")

    def __enter__(self) -> Checkpoints:
        if launched().number:
            return self
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            raise UserError(
                f"{self._lock.lock_file}: another process is training with these parameters; "
                "wait until it ends, or stop it, and run again"
            ) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def part(self, name: str) -> Slot:
        """The place of one network's state, where a training has several in turn."""
        return Slot(self.folder / name)

    def finish(self) -> None:
        """Remove the folder: the training is complete and its weights are an output."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _check_plain(value: Any, where: str) -> None:
    """Refuse at the first save what would be found unreadable only at a resume."""
    import torch

    if isinstance(value, Mapping):
        for key, item in value.items():
            _check_plain(item, f"{where}[{key!r}]")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            _check_plain(item, f"{where}[{index}]")
    # The exact type: numpy's float64 is a float to isinstance, and refused by the loader.
    elif type(value) not in _PLAIN and not isinstance(value, torch.Tensor):
        raise TypeError(f"{where} is a {type(value).__name__}; a checkpoint holds plain values")


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
