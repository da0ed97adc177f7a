"""One photo, one bundle, and the same answer whichever way one asks.

The command, Python, the MLflow model and the page must give equal dictionaries. They differ in
``source`` alone, as each knows the photo by another name: the command and Python by the path that
they were given, MLflow by none, as it is sent bytes, and the page by the file's name without its
folder, which is the server's own.

The bundle is the packaged one, and the photo a drawing of the generated sample.
"""

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.unit.app.test_browser import BROWSER, downloaded, opened, served
from tests.unit.serving.test_server import asked, free_port, post, started

from fashion_hls.app.examples import draw_examples
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.source import PACKAGED

Answer = dict[str, Any]
DOWNLOAD = re.compile(r'href="data:application/json;base64,([^"]+)"')


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """Here as in the commands: sums of several threads may differ in their last digit."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        for name in [one for one in os.environ if one.startswith(("MLFLOW_", "DVC_ROOT"))]:
            patch.delenv(name)
        patch.setenv("PYTHONPATH", str(Path("src").resolve()))
        yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw_examples(tmp_path_factory.mktemp("drawings"))[2].path


@pytest.fixture(scope="module")
def pipeline(one_thread: None) -> Pipeline:
    return Pipeline.load(PACKAGED)


def fashion_hls(*words: object, folder: Path) -> str:
    """What the command prints, in a folder that is no workspace."""
    command = [sys.executable, "-m", "fashion_hls", *map(str, words)]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def told(one_thread: None, photo: Path) -> Answer:
    """The command's answer, to which the others are held."""
    line = fashion_hls("predict", photo, "--json", "-", folder=photo.parent)
    answer: Answer = json.loads(line)
    assert answer["source"] == str(photo)
    types = {garment["object_type"] for garment in answer["garments"]}
    assert types == {"upper-body", "lower-body", "footwear"}
    assert all(garment["attributes"] for garment in answer["garments"])
    return answer


def test_python_says_what_the_command_says(told: Answer, pipeline: Pipeline, photo: Path) -> None:
    assert pipeline(photo).to_dict() == told
    assert pipeline(photo.read_bytes()).to_dict() == told | {"source": None}


def test_the_mlflow_model_says_what_the_command_says(told: Answer, photo: Path) -> None:
    import pandas as pd

    from fashion_hls.serving.model import GarmentModel

    model = GarmentModel()
    model.load_context(SimpleNamespace(artifacts={"bundle": str(PACKAGED)}))
    rows = pd.DataFrame({"image": [base64.b64encode(photo.read_bytes()).decode()]})
    assert model.predict(None, rows) == [told | {"source": None}]


def test_the_page_offers_what_the_command_says(
    told: Answer, pipeline: Pipeline, photo: Path
) -> None:
    from fashion_hls.app.page import shower

    score = pipeline.card["detection"]["min_score"]
    shown, cards = shower(pipeline)(str(photo), pipeline.method, score)
    (content,) = DOWNLOAD.findall(shown)
    assert json.loads(base64.b64decode(content)) == told | {"source": photo.name}
    assert cards.count("<article") == len(told["garments"])


@pytest.mark.slow
def test_the_published_model_says_it_over_http(told: Answer, photo: Path, tmp_path: Path) -> None:
    name = fashion_hls("publish", PACKAGED, "--name", "same", folder=tmp_path).split()[0]
    assert name == "models:/same@champion"
    port = free_port()
    command = [sys.executable, "-m", "fashion_hls", "serve", "--models", name, "--port", str(port)]
    with started(command, port, tmp_path, tmp_path / "log"):
        letters = base64.b64encode(photo.read_bytes()).decode()
        answer = {"predictions": [told | {"source": None}]}
        assert post(port, asked(letters)) == (200, answer)


@pytest.mark.slow
@pytest.mark.skipif(BROWSER is None, reason="asks the page in Chromium, not installed here")
def test_the_page_says_it_in_a_browser(told: Answer, photo: Path, tmp_path: Path) -> None:
    with served(PACKAGED, tmp_path) as address, opened(address) as seen:
        seen.page.locator("#photo input[type=file]").wait_for(state="attached")
        seen.upload(photo)
        assert downloaded(seen) == told | {"source": photo.name}
        assert seen.page.locator(".card").count() == len(told["garments"])
        assert seen.outside == []
