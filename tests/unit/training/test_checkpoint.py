import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import fashion_hls
from fashion_hls.errors import UserError
from fashion_hls.training.checkpoint import Checkpoints, fingerprint

KEY = "0123456789abcdef0123"
SOURCE = str(Path(fashion_hls.__file__).parents[1])


def test_save_and_load_round_trip(tmp_path):
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    state = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "rng": torch.get_rng_state(),
        "history": [{"epoch": 0, "loss": 1.5}],
        "best": None,
    }
    with Checkpoints("train", KEY, tmp_path) as saved:
        assert saved.load() is None
        saved.save(state, 3)
        saved.save(state, 4)
        loaded = saved.load()
    assert loaded is not None and loaded["step"] == 4
    assert torch.equal(loaded["model"]["weight"], model.weight)
    assert torch.equal(loaded["rng"], state["rng"])
    assert loaded["history"] == state["history"] and loaded["best"] is None
    assert [p.name for p in (tmp_path / ".checkpoints" / f"train-{KEY[:16]}").iterdir()] == [
        "last.pt"
    ]


def test_folder_lies_under_the_main_workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert Checkpoints("t", KEY).folder == tmp_path / ".checkpoints" / f"t-{KEY[:16]}"
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "main"))
    assert Checkpoints("t", KEY).folder.is_relative_to(tmp_path / "main")


def test_finish_removes_the_folder_and_exception_keeps_it(tmp_path):
    with pytest.raises(RuntimeError), Checkpoints("t", KEY, tmp_path) as saved:
        saved.save({"a": 1}, 1)
        raise RuntimeError
    with Checkpoints("t", KEY, tmp_path) as saved:
        assert saved.load() == {"a": 1, "step": 1}
        saved.finish()
        assert not saved.folder.exists()
        saved.finish()


@pytest.mark.parametrize("value", [np.float64(1), np.zeros(2), object(), {"x": [np.int64(1)]}])
def test_save_refuses_what_load_would_refuse(tmp_path, value):
    with Checkpoints("t", KEY, tmp_path) as saved, pytest.raises(TypeError, match=r"state\['v'\]"):
        saved.save({"v": value}, 1)


@pytest.mark.parametrize("keep", [0, 10, 500])
def test_truncated_file_is_ignored_with_a_warning(tmp_path, capsys, keep):
    with Checkpoints("t", KEY, tmp_path) as saved:
        saved.save({"a": torch.zeros(1000)}, 1)
        path = saved.folder / "last.pt"
        path.write_bytes(path.read_bytes()[:keep])
        assert saved.load() is None
        assert str(path) in capsys.readouterr().err
        saved.save({"a": 2}, 1)
        assert saved.load() == {"a": 2, "step": 1}


def test_second_trainer_ends_in_a_user_error_naming_the_lock(tmp_path):
    with (
        Checkpoints("t", KEY, tmp_path),
        pytest.raises(UserError, match=rf"t-{KEY[:16]}\.lock") as caught,
    ):
        Checkpoints("t", KEY, tmp_path).__enter__()
    assert "\n" not in str(caught.value)
    with Checkpoints("t", KEY, tmp_path):
        pass
    with Checkpoints("t", KEY, tmp_path), Checkpoints("t", "f" * 16, tmp_path):
        pass


LOOP = """
    import sys, torch
    from pathlib import Path
    from fashion_hls.training.checkpoint import Checkpoints
    with Checkpoints("t", sys.argv[1], Path(sys.argv[2])) as saved:
        step = 0
        while True:
            step += 1
            saved.save({"weights": torch.full((500_000,), float(step))}, step)
            if step == 3:
                print("saving", flush=True)
"""


def test_killed_while_saving_leaves_a_whole_checkpoint(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LOOP), KEY, str(tmp_path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )
    assert child.stdout is not None and child.stdout.readline() == b"saving\n"
    with pytest.raises(UserError):
        Checkpoints("t", KEY, tmp_path).__enter__()
    time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with Checkpoints("t", KEY, tmp_path) as saved:
        state = saved.load()
        assert state is not None and state["step"] >= 3
        assert torch.all(state["weights"] == state["step"])


@pytest.fixture
def sources(tmp_path):
    data, package = tmp_path / "data.bin", tmp_path / "package"
    data.write_bytes(b"data")
    (package / "sub").mkdir(parents=True)
    (package / "a.py").write_text("a = 1")
    (package / "sub" / "b.py").write_text("b = 1")
    return data, package


def test_fingerprint_is_stable_and_ignores_place_and_order_of_keys(sources, tmp_path):
    data, package = sources
    base = fingerprint({"a": 1, "b": [2]}, [data], [package])
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "a.pyc").write_bytes(b"x")
    moved = data.rename(tmp_path / "elsewhere.bin")
    assert fingerprint({"b": [2], "a": 1}, [moved], [package]) == base
    assert len(base) == 64


@pytest.mark.parametrize("change", ["params", "data", "code", "new file", "renamed file"])
def test_fingerprint_changes_with(sources, change):
    data, package = sources
    base = fingerprint({"lr": 0.1}, [data], [package])
    if change == "data":
        data.write_bytes(b"datb")
    elif change == "code":
        (package / "sub" / "b.py").write_text("b = 2")
    elif change == "new file":
        (package / "c.py").write_text("")
    elif change == "renamed file":
        (package / "a.py").rename(package / "z.py")
    lr = 0.2 if change == "params" else 0.1
    assert fingerprint({"lr": lr}, [data], [package]) != base


def test_fingerprint_of_missing_input_fails(sources, tmp_path):
    data, package = sources
    with pytest.raises(FileNotFoundError):
        fingerprint({}, [tmp_path / "none"], [package])
    with pytest.raises(FileNotFoundError):
        fingerprint({}, [data], [tmp_path / "none"])
