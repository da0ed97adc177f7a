import os

import pytest

from fashion_hls.environment import variable

NAME = "FASHION_HLS_TEST_OF_A_VARIABLE"


@pytest.mark.parametrize("before", ["kept", None])
def test_what_was_there_is_put_back_also_after_an_error(monkeypatch, before: str | None) -> None:
    if before is None:
        monkeypatch.delenv(NAME, raising=False)
    else:
        monkeypatch.setenv(NAME, before)
    with pytest.raises(KeyError), variable(NAME, "within"):
        assert os.environ[NAME] == "within"
        raise KeyError
    assert os.environ.get(NAME) == before
    with variable(NAME, "within"):
        del os.environ[NAME]  # as something within may do
    assert os.environ.get(NAME) == before
