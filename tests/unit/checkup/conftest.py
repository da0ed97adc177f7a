"""No variable of the caller's reaches a check."""

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

NAMES = ("FASHION_HLS_DATA", "MLFLOW_TRACKING_URI", "FASHION_HLS_TRACKING", "DVC_ROOT")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def levels(findings) -> list[str]:
    return [one.level for one in findings]


def model(root: Path, name: str = "classifier/stl") -> Path:
    folder = root / "models" / name
    folder.mkdir(parents=True)
    (folder / "model.json").write_text('{"method": "stl", "options": {}, "notes": {}}')
    save_file({"w": np.ones((4, 4), np.float32)}, folder / "model.safetensors")
    return folder


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])
