import json
from dataclasses import replace
from pathlib import Path

import pytest

from fashion_hls.app.look import SIDE_BY_SIDE, as_json, look_at
from fashion_hls.errors import UserError
from fashion_hls.inference.pipeline import Pipeline

ODD = ["cmyk.jpg", "alpha.png", "turned.jpg", "moving.gif", "${1+1} <b>&.jpg"]


@pytest.mark.parametrize("method", ["stl", "mtl_rnn_va"])
def test_json_is_the_pipelines(pipeline: Pipeline, drawing: Path, method: str) -> None:
    look = look_at(pipeline, drawing, method=method, min_score=0.3)
    expected = replace(pipeline(drawing, method=method, min_score=0.3), source=drawing.name)
    assert json.loads(as_json(look)) == expected.to_dict()
    assert expected.garments


@pytest.mark.parametrize("name", ODD)
def test_unusual_photos_are_read_as_the_pipeline_reads_them(
    pipeline: Pipeline, odd_files: dict[str, Path], name: str
) -> None:
    path = odd_files[name]
    look = look_at(pipeline, path, method="stl", min_score=0.3)
    assert look.first == replace(pipeline(path, method="stl", min_score=0.3), source=name)
    assert look.first.width < look.first.height


def test_methods_side_by_side_speak_of_the_same_detections(
    pipeline: Pipeline, drawing: Path
) -> None:
    look = look_at(pipeline, drawing, method=SIDE_BY_SIDE, min_score=0.3)
    stl, mtl = json.loads(as_json(look))
    assert [stl["method"], mtl["method"]] == ["stl", "mtl_rnn_va"]
    assert [g["box"] for g in stl["garments"]] == [g["box"] for g in mtl["garments"]]
    assert {stl["source"], mtl["source"]} == {drawing.name}


def test_messages_name_the_file_without_its_folder(
    pipeline: Pipeline, bad_files: dict[str, Path]
) -> None:
    for told, path in bad_files.items():
        with pytest.raises(UserError, match=told) as caught:
            look_at(pipeline, path, method="stl", min_score=0.5)
        assert str(caught.value).startswith(f"{path.name}: ")
        assert str(path.parent) not in str(caught.value)
