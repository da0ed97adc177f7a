import io
import sys
from pathlib import Path

import pytest

from fashion_hls.__main__ import main


def test_letters_that_the_terminal_lacks_are_escaped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "фото"
    folder.mkdir()
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.chdir(folder)
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
    main(["check"])
    assert b"\\u0444\\u043e\\u0442\\u043e" in written.getvalue()
