"""docs/python.md is run as it stands, with tiny models in place of the package's."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fashion_hls.inference import source

from .conftest import scene

PAGE = Path(__file__).parents[3] / "docs/python.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("method", ["stl", "mtl_rnn_va"])
def test_the_page_runs(
    bundle_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    method: str,
) -> None:
    packaged = shutil.copy(bundle_file, tmp_path / "open.fhls")
    monkeypatch.setattr(source, "PACKAGED", packaged)
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    scene(4).save("photo.jpg", quality=95)
    scene(2).save("photos/1.jpg")
    Path("photos/2.jpg").write_bytes(b"")
    names: dict[str, Any] = {}
    code = "\n".join(BLOCKS).replace("Pipeline.load()", f"Pipeline.load(method={method!r})")
    exec(compile(code, str(PAGE), "exec"), names)
    out = capsys.readouterr().out
    assert len(BLOCKS) == 5
    assert "photos/1.jpg [" in out
    assert "photos/2.jpg: is empty (0 bytes)" in out
    assert "mtl_rnn_va [" in out
    sure = [garment.box for garment in names["three"].garments if garment.score >= 0.8]
    assert [garment.box for garment in names["few"].garments] == sure != []
    assert Image.open("drawn.jpg").width >= 480
    assert Path("looked.jpg").exists() == (method == "mtl_rnn_va")
