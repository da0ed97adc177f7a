import ctypes
import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

import fashion_hls
from fashion_hls import stage
from fashion_hls.compose import compose
from fashion_hls.config import Config
from fashion_hls.errors import UserError
from fashion_hls.tracking import StageRun

CONF = Path("conf").resolve()
SOURCE = str(Path(fashion_hls.__file__).parents[1])
TIMING = Path("timings/sample/test@item.json")


@pytest.fixture(scope="module")
def params() -> dict[str, object]:
    return compose(CONF)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, params) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FASHION_HLS_TRACKING", "off")
    monkeypatch.delenv("DVC_ROOT", raising=False)
    Path("params.yaml").write_text(yaml.safe_dump(params))
    return tmp_path


def refuse(config: Config, tracked: object) -> None:
    raise UserError("data/x.parquet: not found; run `dvc repro` to make it")


def test_a_stage_gets_its_config_and_its_time_is_written(workspace: Path) -> None:
    seen = []
    stage.run("test@item", lambda config, tracked: seen.append(config))
    assert isinstance(seen[0], Config) and seen[0].dataset.name == "sample"
    timing = json.loads(TIMING.read_text())
    assert timing["stage"] == "test@item" and timing["seconds"] >= 0
    assert not (workspace / "mlflow.db").exists()


def test_a_users_mistake_ends_in_one_line_and_status_2(workspace: Path, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        stage.run("test@item", refuse)
    out, err = capsys.readouterr()
    assert end.value.code == 2 and out == ""
    assert err == "test@item: data/x.parquet: not found; run `dvc repro` to make it\n"
    assert not TIMING.exists()


@pytest.mark.parametrize("text", ["seed: [", "seed: zero\n", "", "- 1\n"])
def test_bad_params_end_in_one_line_before_the_stage_begins(workspace, capsys, text) -> None:
    Path("params.yaml").write_text(text)
    with pytest.raises(SystemExit) as end:
        stage.run("test@item", lambda *_: pytest.fail("the stage ran"))
    err = capsys.readouterr().err
    assert end.value.code == 2
    assert err.startswith("test@item: params.yaml: ") and err.count("\n") == 1


def test_a_wrong_switch_of_tracking_ends_in_one_line(workspace, monkeypatch, capsys) -> None:
    monkeypatch.setenv("FASHION_HLS_TRACKING", "maybe")
    with pytest.raises(SystemExit) as end:
        stage.run("test@item", lambda *_: pytest.fail("the stage ran"))
    assert end.value.code == 2
    assert capsys.readouterr().err.startswith("test@item: FASHION_HLS_TRACKING=maybe")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_what_the_disk_refuses_ends_in_one_line(workspace: Path, capsys, number: int) -> None:
    def full(config: Config, tracked: object) -> None:
        raise OSError(number, os.strerror(number), "data/x.zip")

    with pytest.raises(SystemExit) as end:
        stage.run("test@item", full)
    err = capsys.readouterr().err
    assert end.value.code == 2
    assert err.startswith("test@item: data/x.zip: ") and err.count("\n") == 1
    assert not TIMING.exists()


def test_another_fault_of_the_system_keeps_its_traceback(workspace: Path) -> None:
    def broken(config: Config, tracked: object) -> None:
        raise OSError(errno.EIO, "input/output error")

    with pytest.raises(OSError, match="input/output"):
        stage.run("test@item", broken)


def test_an_interrupt_says_how_to_go_on(workspace: Path, capsys) -> None:
    def interrupted(config: Config, tracked: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit) as end:
        stage.run("test@item", interrupted)
    assert end.value.code == 130 and "again" in capsys.readouterr().err


def test_a_defect_keeps_its_traceback(workspace: Path) -> None:
    def defective(config: Config, tracked: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stage.run("test@item", defective)
    assert not TIMING.exists()


def test_an_input_that_is_not_there_is_the_stages_own_affair(workspace: Path, capsys) -> None:
    with pytest.raises(SystemExit) as end:
        stage.run("test@item", refuse, inputs=[Path("data/none.parquet")])
    assert end.value.code == 2 and "data/x.parquet" in capsys.readouterr().err


def test_a_stage_as_a_process_prints_no_traceback(workspace: Path) -> None:
    script = (
        "from fashion_hls.errors import UserError\n"
        "from fashion_hls.stage import run\n"
        "def main(config, tracked): raise UserError('a: b; do c')\n"
        "run('test', main)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "test: a: b; do c\n")


def drop_the_right_to_write_anywhere() -> None:
    """For root alone: its capabilities to pass over a folder's permissions (linux/capability.h)."""
    if os.geteuid() == 0:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.parametrize(
    "write",
    [
        "write_json(Path('data/x.json'), {})",
        "write_json(Path('data/new/x.json'), {})",
        "pack_images(Path('data/x.zip'), ['a'], lambda name: b'a')",
        "write_table(Path('data/x.parquet'), pd.DataFrame({'a': [1]}))",
    ],
)
def test_a_folder_that_is_read_only_ends_in_one_line(workspace: Path, write: str) -> None:
    folder = workspace / "data"
    folder.mkdir()
    folder.chmod(0o555)
    script = (
        "from pathlib import Path\n"
        "import pandas as pd\n"
        "from fashion_hls.data.store import pack_images, write_json, write_table\n"
        "from fashion_hls.stage import run\n"
        f"def main(config, tracked): {write}\n"
        "run('test', main)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        preexec_fn=drop_the_right_to_write_anywhere,
    )
    lines = [line for line in done.stderr.splitlines() if "image/s" not in line]
    assert done.returncode == 2
    assert lines[-1].startswith("test: data/") and "no permission" in lines[-1]
    assert "Traceback" not in done.stderr
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["stl", "more"]])
def test_a_matrix_stage_wants_one_name(monkeypatch, capsys, arguments: list[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["stages/x.py", *arguments])
    with pytest.raises(SystemExit) as end:
        stage.item()
    assert end.value.code == 2 and capsys.readouterr().err.count("\n") == 1
    monkeypatch.setattr(sys, "argv", ["stages/x.py", "stl"])
    assert stage.item() == "stl"


def test_curves_are_rows_of_network_and_figures(workspace: Path) -> None:
    history = {"category": [{"epoch": 1, "loss": 0.5}], "attributes": [{"epoch": 1, "loss": 2.0}]}
    stage.write_history(Path("new/curves.json"), history)
    assert json.loads(Path("new/curves.json").read_text()) == [
        {"network": "category", "epoch": 1, "loss": 0.5},
        {"network": "attributes", "epoch": 1, "loss": 2.0},
    ]


def test_a_metrics_file_begins_with_data_bias_and_seed(workspace: Path) -> None:
    configs: list[Config] = []
    stage.run("test@item", lambda config, tracked: configs.append(config))
    head = stage.header(configs[0], split="test")
    assert list(head) == ["dataset", "dataset_title", "bias", "licence", "seed", "split"]
    assert head["bias"] and stage.metrics_folder(configs[0]) == Path("metrics/sample")


HOLDER = """
import sys, time
from filelock import FileLock
with FileLock(".checkpoints/stage-prepare.lock"):
    print("held", flush=True)
    time.sleep(0.5)
"""


def test_a_stage_waits_for_the_one_that_a_killed_dvc_left_running(workspace, capsys) -> None:
    Path(".checkpoints").mkdir()
    command = [sys.executable, "-c", HOLDER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        ended: list[int | None] = []
        stage.run("prepare", lambda config, tracked: ended.append(other.wait(timeout=5)))
    assert ended == [0]
    assert "waits for the same stage" in capsys.readouterr().err
    stage.run("prepare", lambda config, tracked: None)
    assert "waits" not in capsys.readouterr().err


@pytest.fixture
def tracked(monkeypatch):
    """What a tracked run was opened for and how it ended, with a launcher's two processes."""
    seen: list[str] = []

    @contextmanager
    def track(name: str, **_: object) -> Iterator[StageRun]:
        seen.append(name)
        try:
            yield StageRun()
        except BaseException as error:
            seen.append(repr(error))
            raise

    monkeypatch.setattr(stage, "track_stage", track)
    monkeypatch.setenv("WORLD_SIZE", "2")
    before = signal.getsignal(signal.SIGTERM)
    yield seen
    signal.signal(signal.SIGTERM, before)


def test_the_second_process_of_a_launcher_works_and_leaves_no_trace(
    workspace, monkeypatch, tracked
) -> None:
    monkeypatch.setenv("RANK", "1")
    seen = []
    stage.run("test@item", lambda config, tracked: seen.append(tracked))
    assert [type(one) for one in seen] == [StageRun] and tracked == []
    assert sorted(path.name for path in workspace.iterdir()) == ["params.yaml"]


def test_the_first_process_of_a_launcher_records_for_all(workspace, monkeypatch, tracked) -> None:
    monkeypatch.setenv("RANK", "0")
    stage.run("test@item", lambda *_: None)
    assert tracked == ["test@item"] and TIMING.is_file()


def test_messages_say_which_process_they_come_from(workspace, monkeypatch, capsys, tracked) -> None:
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit):
        stage.run("test@item", refuse)
    assert capsys.readouterr().err.startswith("test@item (process 1): data/x.parquet: not found")


def test_a_launcher_that_ends_the_first_process_lets_it_close_its_record(
    workspace, monkeypatch, tracked
) -> None:
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(SystemExit) as end:
        stage.run("test@item", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    assert end.value.code == 143 and tracked == ["test@item", "SystemExit(143)"]
    os.kill(os.getpid(), signal.SIGTERM)  # while the record is closed, a second one is ignored
