"""``fashion-hls predict`` as people type it."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fashion_hls.__main__ import main
from fashion_hls.inference.formats import COLUMNS, table
from fashion_hls.inference.pipeline import Pipeline
from fashion_hls.inference.results import Garment, Label, Result

from .conftest import scene


class Ran:
    """What a command left: its status and both outputs."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status, self.out, self.err = status, out, err
        assert "Traceback" not in err


on_a_full_disk = pytest.mark.skipif(
    not Path("/dev/full").exists(),
    reason="writes to /dev/full, which Linux has",
)


@pytest.fixture
def predict(bundle_file: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*words: object) -> Ran:
        try:
            main(["predict", *map(str, words), "--models", str(bundle_file)])
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return run


def started(bundle: Path, *words: object, **options: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "fashion_hls", "predict", *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    return subprocess.Popen([*command, "--models", str(bundle)], **pipes)


def test_the_table(predict: Any, photos: list[Path]) -> None:
    ran = predict(*photos[:5])
    assert ran.status == 0
    for photo in photos[:5]:
        assert f"{photo}  (" in ran.out
    assert "no garment found" in ran.out
    assert "doubtful" in ran.out
    assert max(map(len, ran.out.splitlines())) < 130


def test_names_of_a_bundle_cannot_steer_the_terminal() -> None:
    label = Label("red\x1b[2J", 0.5)
    garment = Garment("footwear", (0, 0, 1, 1), 0.9, (label,), (label,), True)
    told = table(Result(9, 9, (garment,), "stl", "a.jpg"))
    assert "\x1b" not in told
    assert told.count(r"red\x1b[2J 0.50") == 2


def test_json_lines(predict: Any, photos: list[Path], pipeline: Pipeline, tmp_path: Path) -> None:
    ran = predict(*photos, "--json", tmp_path / "new" / "a.json", "--method", "stl_hls", "--top", 2)
    assert ran.status == 0
    assert "(" in ran.out
    lines = (tmp_path / "new" / "a.json").read_text(encoding="utf-8").splitlines()
    expected = [pipeline(str(one), method="stl_hls", top=2).to_dict() for one in photos]
    assert [json.loads(line) for line in lines] == expected
    printed = predict(*photos, "--json", "-", "--method", "stl_hls", "--top", 2)
    assert printed.out.splitlines() == lines


def test_csv(predict: Any, photos: list[Path], pipeline: Pipeline, tmp_path: Path) -> None:
    assert predict(*photos, "--csv", tmp_path / "a.csv").status == 0
    text = (tmp_path / "a.csv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == COLUMNS
    expected = [(str(one), g) for one in photos for g in pipeline(one).to_dict()["garments"]]
    assert len(rows) == len(expected) > 5
    for row, (source, garment) in zip(rows, expected, strict=True):
        assert row["source"] == source
        assert [float(row[side]) for side in ("x1", "y1", "x2", "y2")] == garment["box"]
        assert float(row["category_score"]) == garment["categories"][0]["score"]
        assert row["type_agrees"] == str(garment["type_agrees"])
    assert any("süß" in row["attributes"] for row in rows)
    assert predict(*photos, "--csv", "-").out.splitlines() == text.splitlines()


def test_names_of_any_characters(predict: Any, tmp_path: Path) -> None:
    names = ["ü 照片.png", "two\nlines.png", "\udcff.png", ', ; ".png', "=1+1.png"]
    for name in names:
        scene(2, 90, 90).save(tmp_path / "in.png")
        (tmp_path / "in.png").rename(tmp_path / name)
    folder = [tmp_path / name for name in names]
    ran = predict(*folder, "--json", tmp_path / "a.json", "--csv", tmp_path / "a.csv")
    assert ran.status == 0
    assert "two\\nlines.png  (90 x 90)" in ran.out
    lines = (tmp_path / "a.json").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line)["source"] for line in lines[:-1]] == [str(one) for one in folder]
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        told = {row["source"] for row in csv.DictReader(file)}
    assert told == {str(one).encode(errors="backslashreplace").decode() for one in folder}
    drawn = predict(*folder, "--draw", tmp_path / "drawn")
    assert drawn.status == 0
    assert len(list((tmp_path / "drawn").iterdir())) == len(names)


def test_photos_that_cannot_be_read_are_named(
    predict: Any, photos: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8broken")
    (tmp_path / "empty.png").write_bytes(b"")
    ran = predict(photos[0], tmp_path, "gone.jpg", "https://a/b.jpg", photos[1], "--json", "-")
    assert ran.status == 1
    found = [json.loads(line)["source"] for line in ran.out.splitlines()]
    assert found == [str(photos[0]), str(photos[1])]
    for told in (
        "broken.jpg: is ", "empty.png: is empty", "predict: gone.jpg: no such file",
        "https://a/b.jpg: is an address", "predict: 4 of 6 photos could not be read",
    ):  # fmt: skip
        assert told in ran.err


def test_drawings(predict: Any, photos: list[Path], tmp_path: Path) -> None:
    same = tmp_path / "again" / "2.png"
    same.parent.mkdir()
    # One is called as the sheet of another.
    for name in ("again/2.png", "2_attention.png", "2.bmp", f"{'ü' * 120}.png"):
        scene(4).save(tmp_path / name)
    more = [tmp_path / "2_attention.png", tmp_path / "2.bmp", tmp_path / f"{'ü' * 120}.png"]
    out = tmp_path / "drawn"
    ran = predict(photos[2], same, *more, "--draw", out, "--method", "mtl_rnn_va")
    assert ran.status == 0
    files = sorted(one.name for one in out.iterdir())
    stems = ["2", "2_2", "2_3", "2_attention_2", "ü" * 100]
    assert files == sorted(f"{stem}{end}.jpg" for stem in stems for end in ("", "_attention"))
    for one in out.iterdir():
        assert Image.open(one).format == "JPEG"


@pytest.mark.slow
def test_a_photo_on_standard_input(bundle_file: Path, photos: list[Path]) -> None:
    with photos[4].open("rb") as file:
        process = started(bundle_file, "-", "--json", "-", stdin=file)
        out, err = process.communicate()
    assert process.returncode == 0, err
    found = json.loads(out)
    assert found["source"] is None
    assert found == {**Pipeline.load(bundle_file)(photos[4]).to_dict(), "source": None}
    process = started(bundle_file, "-", stdin=subprocess.DEVNULL)
    out, err = process.communicate()
    assert process.returncode == 1
    assert b"predict: standard input: is empty (0 bytes)\n" in err


def test_mistakes_are_one_line_and_status_2(
    predict: Any, photos: list[Path], tmp_path: Path
) -> None:
    photo, file = photos[0], tmp_path / "file"
    before = photo.read_bytes()
    file.write_text("x")
    (tmp_path / "none").mkdir()
    new = tmp_path / "new"
    for words, told in (
        ([photo, "--batch-size", 0], "--batch-size and --workers must be 1 or more"),
        ([photo, "--min-score", "nan"], "--min-score must be in 0 to 1"),
        ([photo, "--top", 0], "--top must be 1 or more"),
        ([photo, "--threads", 0], "threads must be 1 to 1024"),
        ([photo, "--threads", 100_000], "threads must be 1 to 1024"),
        ([photo, "--method", "hls"], "method hls: these models have stl, stl_hls, mtl_rnn_va"),
        ([photo, "--device", "gpu"], "device gpu: cannot be used here"),
        ([photo, "--json", "-", "--csv", "-"], "would be written to one place"),
        ([photo, "--json", file, "--csv", f"{tmp_path}/./file"], "would be written to one place"),
        ([photo, "--json", photo], "is one of the photos; name another file to write"),
        ([photo, "--json", new / "a.jpg", "--draw", new], "a picture could be written over"),
        ([photo, "--draw", photo.parent], "holds photos to read, which would be written over"),
        ([photo, "--draw", file], f"{file}: file exists"),
        ([photo, "--json", file / "a.json"], f"{file / 'a.json'}: "),
        ([photo, "--csv", tmp_path], f"{tmp_path}: is a directory"),
        ([tmp_path / "none"], f"{tmp_path / 'none'}: holds no photo (.jpg, "),
    ):
        ran = predict(*words)
        assert ran.status == 2, told
        assert told in ran.err
        assert ran.err.count("\n") == 1, ran.err
    assert photo.read_bytes() == before
    with pytest.raises(SystemExit) as end:
        main(["predict"])
    assert end.value.code == 2


def test_missing_models(capsys: pytest.CaptureFixture[str], photos: list[Path]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["predict", str(photos[0]), "--models", "gone.fhls"])
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("predict: gone.fhls: not found; name a bundle")


@pytest.mark.slow
@on_a_full_disk
@pytest.mark.parametrize("kind", ["table", "--json", "--csv"])
def test_a_full_output_is_one_line(bundle_file: Path, photos: list[Path], kind: str) -> None:
    words = [] if kind == "table" else [kind, "-"]
    with Path("/dev/full").open("wb") as full:
        process = started(bundle_file, photos[4], *words, stdout=full)
        _, err = process.communicate()
    assert process.returncode == 2
    assert err.decode().splitlines() == ["predict: standard output: no space left on device"]


@on_a_full_disk
@pytest.mark.parametrize("kind", ["--json", "--csv"])
def test_a_full_disk_names_the_file(predict: Any, photos: list[Path], kind: str) -> None:
    ran = predict(photos[4], kind, "/dev/full")
    assert ran.status == 2
    assert "predict: /dev/full: no space left on device\n" in ran.err
    assert "Errno" not in ran.err


@pytest.mark.slow
def test_a_reader_that_wants_no_more(bundle_file: Path, photos: list[Path]) -> None:
    process = started(bundle_file, *photos * 3, "--json", "-")
    assert process.stdout is not None
    assert json.loads(process.stdout.readline())["source"] == str(photos[0])
    process.stdout.close()
    assert process.stderr is not None
    err = process.stderr.read().decode()
    assert process.wait() == 141
    assert "Traceback" not in err
    assert "Broken" not in err


@pytest.mark.slow
@pytest.mark.parametrize("models", ["bundle_file", "exported"])
def test_ctrl_c_leaves_whole_lines(
    models: str, photos: list[Path], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    out = tmp_path / "a.json"
    # A shell starts what is in its background with Ctrl-C ignored, and children inherit that.
    heeds = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)}
    bundle = request.getfixturevalue(models)
    process = started(bundle, *photos * 200, "--json", out, **heeds)
    until = time.monotonic() + 300
    # Each line is there as soon as its photo is done.
    while time.monotonic() < until and not (out.exists() and out.read_bytes().count(b"\n") > 2):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert err.decode().rstrip().endswith("predict: interrupted")
    assert "Traceback" not in err.decode()
    lines = out.read_text().split("\n")
    assert lines.pop() == ""
    assert 3 <= len(lines) < 200 * len(photos)
    assert all("garments" in json.loads(line) for line in lines)


@pytest.mark.slow
def test_output_is_utf8_whatever_the_language(bundle_file: Path, photos: list[Path]) -> None:
    env = os.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    process = started(bundle_file, photos[4], "--json", "-", "--top", 7, env=env)
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert "süß" in out.decode("utf-8")


def test_help_says_what_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["predict", "--help"])
    text = capsys.readouterr().out
    for word in ("examples:", "exit status:", "upright", "--draw", "130", "Nothing is sent"):
        assert word in text
    assert max(map(len, text.splitlines())) <= 100


def test_names_that_cannot_be_looked_at_end_nothing(
    predict: Any, photos: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    scene(1).save("here.png")
    # A variable of the shell that is not set; a name longer than any file's.
    ran = predict("", f"{'a' * 300}.jpg", photos[4], "--csv", "-")
    assert ran.status == 1
    assert "predict: '': is no file's name\n" in ran.err
    assert "file name too long\n" in ran.err
    assert "predict: 2 of 3 photos could not be read" in ran.err
    assert "here.png" not in ran.out


def test_a_link_is_not_drawn_over(predict: Any, photos: list[Path], tmp_path: Path) -> None:
    link = tmp_path / "linked.jpg"
    link.symlink_to(photos[4])
    ran = predict(link, "--draw", tmp_path)
    assert ran.status == 2
    assert "holds photos to read, which would be written over" in ran.err
    assert link.is_symlink()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="closes the streams by a POSIX shell's words")
def test_closed_streams(bundle_file: Path, photos: list[Path], tmp_path: Path) -> None:
    """As a daemon or cron may leave them."""
    words = [sys.executable, "-m", "fashion_hls", "predict", "--models", str(bundle_file)]
    out = tmp_path / "a.json"
    for photo, status, lines in ((str(photos[4]), 0, 1), ("-", 1, 0)):
        shell = 'exec "$@" <&- >&-'
        ran = subprocess.run(
            ["sh", "-c", shell, "sh", *words, photo, "--json", str(out)],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert ran.returncode == status, ran.stderr
        assert "Traceback" not in ran.stderr
        assert out.read_text().count("\n") == lines
    assert "standard input: is empty" in ran.stderr
