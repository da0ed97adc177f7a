"""The pyfunc model in this process: rows, parameters, what a bad row gives."""

import base64
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from mlflow.exceptions import MlflowException

from fashion_hls.errors import UserError
from fashion_hls.serving import description
from fashion_hls.serving.model import GarmentModel, photo_bytes


@pytest.fixture(scope="module")
def model(bundle):
    one = GarmentModel()
    one.load_context(SimpleNamespace(artifacts={"bundle": str(bundle)}))
    return one


def rows(*values):
    return pd.DataFrame({"image": list(values)})


def test_a_row_gives_what_the_pipeline_gives(model, pipeline, photo, letters):
    told = model.predict(None, rows(letters))
    assert told == [pipeline(photo).to_dict()]
    assert told[0]["garments"], "a picture without garments would compare nothing"


def test_parameters_are_those_of_a_call(model, pipeline, photo, letters):
    params = {"method": "mtl_rnn_va", "min_score": 0.3, "top": 4}
    assert model.predict(None, rows(letters), params) == [pipeline(photo, **params).to_dict()]
    none = dict.fromkeys(params)
    assert model.predict(None, rows(letters), none) == [pipeline(photo).to_dict()]


@pytest.mark.parametrize("form", ["bytes", "address", "lines"])
def test_other_forms_of_the_same_photo(model, pipeline, photo, letters, form):
    value = {
        "bytes": photo,
        "address": f"data:image/jpeg;base64,{letters}",
        "lines": base64.encodebytes(photo).decode(),
    }[form]
    assert model.predict(None, rows(value)) == [pipeline(photo).to_dict()]


def test_bad_rows_say_why_and_leave_the_others(model, letters):
    bad = ["", None, float("nan"), 5, "not base64!", "http://x/y.jpg", "aGVsbG8=", letters[:400]]
    told = model.predict(None, rows(letters, *bad, letters))
    assert told[0] == told[-1] and told[0]["garments"]
    assert all(set(one) == {"error"} for one in told[1:-1])
    reasons = [one["error"] for one in told[1:-1]]
    expected = ["empty", "missing", "missing", "missing", "not base64", "not base64", "no image"]
    assert all(part in reason for part, reason in zip(expected, reasons, strict=False)), reasons
    assert "damaged" in reasons[-1] or "no image" in reasons[-1]


def test_no_rows_give_no_results(model):
    assert model.predict(None, rows()) == []


def test_a_photo_that_is_too_long_is_not_decoded(monkeypatch):
    monkeypatch.setattr("fashion_hls.serving.model._MOST_LETTERS", 100)
    assert photo_bytes("A" * 100) == bytes(75)
    with pytest.raises(UserError, match="more than 300 MB"):
        photo_bytes("A" * 101)


@pytest.mark.parametrize(
    "params",
    [{"method": "nope"}, {"min_score": 1.5}, {"min_score": -0.1}, {"top": 0}],
    ids=lambda one: next(iter(one)),
)
def test_wrong_parameters_are_refused_by_name(model, letters, params):
    with pytest.raises(MlflowException, match=f"params.{next(iter(params))}") as refused:
        model.predict(None, rows(letters), params)
    assert refused.value.get_http_status_code() == 400


def test_another_column_is_refused(model, letters):
    with pytest.raises(MlflowException, match="no column image"):
        model.predict(None, pd.DataFrame({"photo": [letters]}))


def test_the_signature_has_the_fields_of_a_result(pipeline, photo):
    signature = description.signature()
    assert [(one.name, one.type.name) for one in signature.inputs] == [("image", "string")]
    assert {one.name: one.default for one in signature.params} == {
        "method": None, "min_score": None, "top": None,
    }  # fmt: skip
    told = pipeline(photo).to_dict()
    fields = {one.name: one for one in signature.outputs}
    assert set(fields) == {*told, "error"}
    garment = {one.name for one in fields["garments"].type.dtype.properties}
    assert garment == set(told["garments"][0])


def test_the_example_is_a_drawing_that_is_always_the_same(photo):
    example = description.input_example()
    assert base64.b64decode(example["image"][0]) == photo == description.example_photo()
    assert photo.startswith(b"\xff\xd8") and len(photo) < 40_000


def test_requirements_are_pinned_and_name_no_index():
    pins = description.requirements()
    assert all(pin.count("==") == 1 and not set(pin) & set("/:@+ ") for pin in pins), pins
    assert f"numpy=={np.__version__}" in pins
