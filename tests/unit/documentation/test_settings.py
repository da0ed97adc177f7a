import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from fashion_hls import config, config_study, config_training
from fashion_hls.config_training import Section
from fashion_hls.documentation.settings import (
    documented,
    further_meanings,
    keys,
    sections,
    settings_page,
)

PARAMS: dict[str, Any] = yaml.safe_load(Path("params.yaml").read_text(encoding="utf-8"))


def models() -> dict[str, type[Section]]:
    modules = (config, config_study, config_training)
    found = [one for module in modules for _, one in inspect.getmembers(module, inspect.isclass)]
    return {one.__name__: one for one in found if issubclass(one, Section)}


def leaves(values: Any, place: str = "") -> Iterator[str]:
    for key, value in values.items():
        path = f"{place}.{key}" if place else key
        if isinstance(value, dict) and not path.endswith(".options"):
            yield from leaves(value, path)
        else:
            yield path


def test_every_key_has_a_meaning() -> None:
    without = [
        f"{place}.{key.name}"
        for place, model in sections()
        for key in keys(model)
        if not key.meaning
    ]
    assert without == []


def test_every_key_of_params_is_listed() -> None:
    listed = {
        ".".join(part for part in (place, key.name) if part)
        for place, model in sections()
        for key in keys(model)
    }
    given = {
        ".".join("NAME" if i == 1 and p.startswith("architectures.") else step
                 for i, step in enumerate(p.split(".")))
        for p in leaves(PARAMS)
    }  # fmt: skip
    assert len(given) > 100
    assert given - listed == set()


def test_a_key_must_be_given_exactly_where_its_model_says_so() -> None:
    for _, model in sections():
        required = {name for name, field in model.model_fields.items() if field.is_required()}
        assert {key.name for key in keys(model) if key.default is None} == required


def test_types_defaults_and_values() -> None:
    rows = {
        f"{place}.{key.name}": (key.type, key.default) for place, model in sections()
        for key in keys(model)
    }  # fmt: skip
    assert rows["heads.dropout"] == ("number, at least `0`, below `1`", "`0.3`")
    assert rows["train.attribute_loss"] == ("`bce`, `focal`, `asymmetric`", "`bce`")
    assert rows["train.attribute_epochs"] == ("whole number, above `0` or `null`", "`null`")
    assert rows["dataset.detection.splits"][0].startswith("list of 3: number")
    assert rows["detector.train.epochs"] == ("whole number, above `0`", None)
    assert (
        f"| `draws` | whole number, above `0` | `1000` | `{PARAMS['evaluation']['draws']}` |"
        in (settings_page())
    )


def test_docstrings_are_taken_apart() -> None:
    text = """What it is.

    ``a``: the first,
    in two lines. ``b``, ``c``, after the warm-up: both; also ``d`` here.
    ``e``: the last: with a colon.

    Other text on ``f``.
    """
    assert documented(inspect.cleandoc(text)) == {
        "a": "the first, in two lines.",
        "b": "both; also `d` here.",
        "c": "both; also `d` here.",
        "e": "the last: with a colon.",
    }


def test_further_meanings_repeat_no_docstring_and_name_keys_that_exist() -> None:
    for name, meanings in further_meanings().items():
        model = models()[name]
        said = documented(inspect.getdoc(model) or "")
        assert set(meanings) <= set(model.model_fields)
        assert [key for key in meanings if key in said and "see `" not in said[key]] == []
