import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fashion_hls.__main__ import main
from fashion_hls.errors import UserError
from fashion_hls.record.lock import digest
from fashion_hls.record.page import write_report

from .conftest import SEED, Lock


@pytest.fixture(autouse=True)
def timings(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(workspace.parent))
    folder = Path("timings/sample")
    folder.mkdir(parents=True)
    for stage, seconds in (("train@a", 61.5), ("train@b", 8.5), ("study@old", 999.0)):
        row = {"stage": stage, "seconds": seconds}
        (folder / f"{stage}.json").write_text(json.dumps(row))


def report() -> str:
    path = write_report("sample")
    assert path == Path("reports/sample.html")
    return html.unescape(path.read_text(encoding="utf-8"))


def headings(text: str) -> list[str]:
    return re.findall("<h2>(.*?)</h2>", text)


def cells(text: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", text, re.DOTALL)
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]


def test_a_recorded_run_tells_settings_hashes_seconds_and_stages(
    recorded: Callable[[], str],
) -> None:
    recorded()
    text = report()
    assert headings(text) == ["In short", "B", "C", "How it was made"]
    rows = cells(text)
    assert ["seed", str(SEED)] in rows and ["train.lr", "0.1"] in rows
    assert ["models/b", "train@b", "1.5", "4.dir"] in rows
    assert ["train@a", "61.5", "prepare"] in rows
    assert ["report", "–", "prepare, train@a, train@b"] in rows
    assert any(row[:1] == ["torch"] for row in rows)
    assert ">×2, 70.0 s</text>" in text and "999" not in text
    assert "make repro\nmake report PROFILE=sample" in text


def test_the_stages_page_is_kept_as_it_was(recorded: Callable[[], str]) -> None:
    recorded()
    before = digest(Path("reports/sample"))
    first = report()
    assert digest(Path("reports/sample")) == before and report() == first


def test_a_page_without_a_record_says_so_and_tells_what_is_known() -> None:
    text = report()
    assert "No record of DVC has this page" in text and "<svg" not in text
    assert ["study@old", "999"] in cells(text) and "Settings" not in text


def test_sets_are_shown_where_they_are_those_of_the_record(
    prepared: None, recorded: Callable[[], str], stages: Lock
) -> None:
    stages["prepare"]["outs"][0]["md5"] = digest(Path("data/detection"))
    stages["prepare"]["outs"].append(
        {"path": "data/benchmark", "md5": digest(Path("data/benchmark")), "size": 1}
    )
    for name in ("train@a", "report"):
        for dep in stages[name]["deps"]:
            dep["md5"] = digest(Path(dep["path"])) or dep["md5"]
    recorded()
    text = report()
    assert headings(text)[-2:] == ["Photos that were learnt from", "How it was made"]
    assert text.count("<img src=") == 2
    assert "data/detection, training split, 5 photos" in text
    # Two of the first category's three, and two of the other's that are for training.
    assert "data/benchmark, training split, 4 photos" in text
    Path("data/benchmark/vocabulary.json").write_text("{}")  # another profile's
    assert report().count("<img src=") == 1


def test_another_profiles_commands_name_its_data() -> None:
    Path("reports/sample").rename("reports/mine")
    text = html.unescape(write_report("mine").read_text(encoding="utf-8"))
    assert "FASHION_HLS_DATA=/where/they/lie make profile PROFILE=mine" in text


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (
            "open",
            "reports/open/index.html: no page of this profile yet; `make profile PROFILE=open`",
        ),
        ("../sample", "PROFILE=../sample: a profile's name has letters"),
    ],
)
def test_a_profile_without_a_page_is_named(profile: str, message: str) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        write_report(profile)


def test_a_page_of_an_earlier_version_is_named() -> None:
    Path("reports/sample/index.html").write_text("<html></html>")
    with pytest.raises(UserError, match="of an earlier version; `make repro`"):
        write_report("sample")


def test_the_command_prints_where_the_file_is(capsys: pytest.CaptureFixture[str]) -> None:
    main(["report", "--profile", "sample"])
    assert capsys.readouterr().out.startswith("reports/sample.html: 0.0 MB")
    with pytest.raises(SystemExit) as ended:
        main(["report", "--profile", "none"])
    assert ended.value.code == 2 and "report: reports/none/index.html" in capsys.readouterr().err
