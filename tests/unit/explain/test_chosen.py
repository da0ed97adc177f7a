import pandas as pd
import pytest

from fashion_hls.errors import UserError
from fashion_hls.explain.chosen import MOST, chosen_rows

IMAGES = pd.DataFrame({"image_id": [5, 7, 9], "file": ["images/a.jpg", "images/b.jpg", "c.jpg"]})
MANIFEST = pd.DataFrame(
    {
        "image_id": [5, 7, 9, 5],
        "view": ["end_to_end"] * 3 + ["whole_image"],
        "found": [True, True, False, True],
        "file": ["5/1.jpg", "7/1.jpg", "", "images/a.jpg"],
    }
)


def test_photos_come_in_the_order_of_their_names_by_id_file_or_bare_file() -> None:
    rows = chosen_rows(MANIFEST, IMAGES, ["b.jpg", "5", "images/a.jpg"], "end_to_end")
    assert rows["image_id"].tolist() == [7, 5, 5]
    assert rows["file"].tolist() == ["7/1.jpg", "5/1.jpg", "5/1.jpg"]
    assert chosen_rows(MANIFEST, IMAGES, ["5"], "whole_image")["file"].tolist() == ["images/a.jpg"]


@pytest.mark.parametrize(
    ("names", "view", "message"),
    [
        (["6"], "end_to_end", "6: no such photo in the set; .*5, images/a.jpg"),
        (["9"], "end_to_end", "9: has no crop under end_to_end"),
        (["7"], "gt_box", "7: has no crop under gt_box"),
        (["5"] * (MOST + 1), "end_to_end", "up to 24"),
    ],
)
def test_a_photo_that_cannot_be_plotted_is_named(names, view, message) -> None:
    with pytest.raises(UserError, match=message):
        chosen_rows(MANIFEST, IMAGES, names, view)
