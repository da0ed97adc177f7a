from pathlib import Path

import pytest

from fashion_hls.compose import compose
from fashion_hls.config import parse
from fashion_hls.errors import UserError
from fashion_hls.search.space import load_search, nested, own_params

DEFAULT = Path("conf/search/default.yaml")


def test_the_committed_space_is_valid_and_settings_change_it() -> None:
    assert load_search(DEFAULT).space.searched() == [
        "lr", "dropout", "batch_size", "trained_from", "optimizer",
    ]  # fmt: skip
    settings = ["trials=3", "space.lr=[1e-4,2e-3]", "space.optimizer=[sgd]", "space.dropout=null"]
    changed = load_search(DEFAULT, [*settings, "method=stl"])
    assert (changed.trials, changed.method, changed.space.lr) == (3, "stl", (1e-4, 2e-3))
    assert changed.space.optimizer == ("sgd",) and changed.space.dropout is None


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("space.momentum=[0.1,0.9]", "space.momentum: Extra inputs are not permitted"),
        ("trails=3", "trails: Extra inputs are not permitted"),
        ("space.batch_size=[]", "space.batch_size: "),
        ("space.optimizer=[]", "space.optimizer: "),
        ("space.lr=[0.01,0.0001]", "space.lr: Value error, the range's lower end must come first"),
        ("space.lr=[0,0.1]", "space.lr.0: "),
        ("space.dropout=[0.1,1.0]", "space.dropout.1: "),
        ("space.batch_size=[16,16]", "space.batch_size: Value error, the list names one value"),
        ("space.optimizer=[lion]", "space.optimizer.0: "),
        ("trials=0", "trials: "),
        ("name=a-b", "name: "),
        ("name=none", "(top level): Value error, name none"),
    ],
)
def test_a_wrong_field_is_named_in_one_line(setting: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        load_search(DEFAULT, [setting])
    assert str(error.value).startswith(f"{DEFAULT}: {message}")
    assert "\n" not in str(error.value)


def test_other_mistakes_are_one_line_as_well(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="KEY=VALUE"):
        load_search(DEFAULT, ["trials"])
    with pytest.raises(UserError, match="not found"):
        load_search(tmp_path / "no.yaml")
    (tmp_path / "bad.yaml").write_text("space: [1\nx: {")
    (tmp_path / "list.yaml").write_text("- 1\n")
    for name in ("bad", "list"):
        with pytest.raises(UserError) as error:
            load_search(tmp_path / f"{name}.yaml")
        assert str(error.value).startswith(f"{tmp_path / name}.yaml: ")
        assert "\n" not in str(error.value)
    with pytest.raises(UserError, match="one network, for both"):
        load_search(DEFAULT, ["method=mtl_rnn_va", "network=category"])
    nothing = [f"space.{key}=null" for key in load_search(DEFAULT).space.searched()]
    with pytest.raises(UserError, match="nothing is searched"):
        load_search(DEFAULT, nothing)


def test_the_run_s_own_settings_are_found_at_their_places() -> None:
    config = parse(compose(Path("conf")), "conf")
    space = load_search(DEFAULT).space
    own = own_params(config, space)
    assert space.holds(own)
    for key, value in (("lr", 1.0), ("dropout", 0.9), ("batch_size", 7), ("optimizer", "sgd")):
        assert not space.holds(own | {key: value})
    composed = compose(Path("conf"))
    for part, values in nested(own).items():
        section = composed[part]
        assert isinstance(section, dict) and values.items() <= section.items()
