"""From a predictions file to the figures by the taxonomy."""

import json

import numpy as np
import pandas as pd

from fashion_hls.metrics.protocols import Truth
from fashion_hls.metrics.shop import shop_figures
from fashion_hls.metrics.trust import Labels

OPTIONS = {"seed": 0, "draws": 50, "level": 0.95}
OURS = Labels(
    ["Shirts", "T-shirts", "Blouses"],
    ["Styles=Polo", "Styles=Formal", "Prints=Checked", "colour=red"],
    ["Styles", "Styles", "Prints", "colour"],
)
TRUTH = Truth(
    image_id=np.array([3, 7]),
    category=np.array([0, 2]),
    positives=np.array([[0, 0, 1, 1], [0, 0, 1, 0]], dtype=bool),
)


def predictions() -> pd.DataFrame:
    """Figure 3d's shirt that is called a polo, and a blouse that is taken for a shirt."""
    rows = [
        (3, [0.9, 0.1, 0.0], [0.9, 0.1, 0.2, 0.0]),
        (7, [0.6, 0.0, 0.4], [0.1, 0.8, 0.7, 0.6]),
    ]
    table = pd.DataFrame(rows, columns=["image_id", "category_scores", "attribute_scores"])
    return table.assign(view="whole_image", found=True)


def test_a_shirt_that_is_called_a_polo_is_impossible() -> None:
    found = shop_figures(predictions(), TRUTH, OURS, **OPTIONS)["whole_image"]["impossible"]
    assert found["reason"] is None
    assert (found["attributes"], found["left_out"]) == (3, 1)
    assert found["predicted_category"]["best@1"]["value"] == 0.5
    # The blouse's "formal" fits the shirt that it is taken for, and not the blouse.
    assert found["true_category"]["best@1"]["value"] == 1.0
    sure = found["true_category"]["at_threshold"]
    assert (sure["value"], sure["judged"], sure["left_out"]) == (2 / 3, 3, 1)


def test_a_blouse_taken_for_a_shirt_is_right_on_the_clusters() -> None:
    found = shop_figures(predictions(), TRUTH, OURS, **OPTIONS)["whole_image"]["clusters"]
    assert (found["reason"], found["clusters"]) == (None, 2)
    assert found["top1"]["value"] == 1.0


def test_a_set_of_another_taxonomy_has_the_reason_in_place_of_figures() -> None:
    other = OURS._replace(categories=["Anorak", "Jeans", "Tee"])
    report = shop_figures(predictions(), TRUTH, other, **OPTIONS)["whole_image"]
    for part, absent in (("impossible", "predicted_category"), ("clusters", "top1")):
        assert "2 of 3 categories" in report[part]["reason"] and report[part][absent] is None
    json.dumps(report, allow_nan=False)
