from pathlib import Path

import pytest

from fashion_hls import places
from fashion_hls.errors import UserError


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named(monkeypatch, value: str | None) -> None:
    monkeypatch.delenv(places.DATA_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(places.DATA_VARIABLE, value)
    with pytest.raises(UserError, match=r"^FASHION_HLS_DATA: not set") as error:
        places.external_data()
    assert "\n" not in str(error.value)


def test_a_folder_that_is_absent_or_a_file_is_named(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("absent", "file"):
        monkeypatch.setenv(places.DATA_VARIABLE, str(tmp_path / name))
        with pytest.raises(UserError, match=f"{name}: no such folder"):
            places.external_data()


def test_the_folder_is_absolute_and_home_is_known(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "my photos").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in ("my photos", "~/my photos"):
        monkeypatch.setenv(places.DATA_VARIABLE, value)
        assert places.external_data() == (tmp_path / "my photos").resolve()


def test_data_within_what_the_stages_remove_is_refused(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "data" / "mine").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    for value in ("data", "data/mine"):
        monkeypatch.setenv(places.DATA_VARIABLE, value)
        with pytest.raises(UserError, match="move it elsewhere"):
            places.external_data()


def test_the_workspace_is_dvcs_also_within_an_experiment(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    assert places.workspace() == Path.cwd()
    monkeypatch.setenv("DVC_ROOT", "/elsewhere")
    assert places.workspace() == Path("/elsewhere")


def test_places_in_the_tree_are_relative() -> None:
    inside = (places.RAW, places.DETECTION, places.BENCHMARK, places.CROPS, places.METRICS)
    assert not any(path.is_absolute() for path in inside)
