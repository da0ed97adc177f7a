import numpy as np
import pandas as pd
import pytest
import torch

from fashion_hls.errors import UserError
from fashion_hls.study.material import material_of, soft_types, wanted_crops

from .conftest import on


def test_training_takes_what_a_detector_gives_and_never_the_test_split(material, manifest) -> None:
    rows = material.training.manifest
    assert set(rows["view"]) == {"end_to_end"} and set(rows["split"]) == {"train", "val"}
    assert (rows["detected_type"] != rows["object_type"]).sum() == 8
    told = material.training.inputs([0, 10, 11], "predicted").types
    assert told.tolist() == rows["detected_type"].iloc[[0, 10, 11]].tolist()
    other = material.training.telling(torch.arange(len(rows)) % 3)
    assert other.inputs([4, 5], "predicted").types.tolist() == [1, 2]


def test_maps_follow_their_rows(material, features) -> None:
    test = material.tests["end_to_end"]
    found = test.manifest[test.found]
    maps = test.maps(range(len(found)))
    # A crop of category c is brightest, of the first four channels, in channel c.
    assert torch.equal(
        maps.mean(dim=(2, 3))[:, :4].argmax(1), torch.tensor(found["category"].to_numpy())
    )
    pooled = on(material, features.pooled()).tests["end_to_end"].maps([3])
    assert pooled.shape == (1, 8, 1, 1)
    assert torch.allclose(pooled, maps[[3]].mean(dim=(2, 3), keepdim=True))


def test_the_crops_wanted_are_all_that_are_used(manifest) -> None:
    wanted = wanted_crops(manifest)
    assert wanted["found"].all()
    assert set(wanted.loc[wanted["split"] != "test", "view"]) == {"end_to_end"}


def test_without_crops_to_validate_on_it_stops(manifest, features) -> None:
    with pytest.raises(UserError, match="no val crop under end_to_end"):
        material_of(manifest[manifest["split"] != "val"], features, categories=4, attributes=6)


def test_soft_types_are_the_best_scores_over_their_sum() -> None:
    detections = pd.DataFrame(
        {"image_id": [7, 7, 7, 9], "label": [0, 0, 2, 3], "score": [0.6, 0.2, 0.2, 0.5]}
    )
    manifest = pd.DataFrame({"image_id": [9, 8, 7]})
    found = soft_types(manifest, detections)
    expected = [[0, 0, 0, 1, 0], [0, 0, 0, 0, 1], [0.75, 0, 0.25, 0, 0]]
    assert np.allclose(found.numpy(), expected)
