from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from fashion_hls.data.labels import label_matrix
from fashion_hls.data.store import read_table, write_table
from fashion_hls.data.truth import truth_of


def test_positives_become_a_matrix() -> None:
    matrix = label_matrix([[0, 2], [], [1]], 4)
    assert matrix.dtype == bool
    assert matrix.astype(int).tolist() == [[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]]


def test_nothing_has_its_width_too() -> None:
    assert label_matrix([], 5).shape == (0, 5)
    assert label_matrix([[], []], 0).shape == (2, 0)


def test_a_label_beyond_the_vocabulary_fails() -> None:
    with pytest.raises(IndexError):
        label_matrix([[3]], 3)


def test_lists_that_were_stored_give_the_same_matrix(tmp_path: Path) -> None:
    lists = [[1, 2], [], [0]]
    write_table(tmp_path / "t.parquet", pd.DataFrame({"attributes": lists}))
    back = read_table(tmp_path / "t.parquet")["attributes"].tolist()
    assert (label_matrix(back, 3) == label_matrix(lists, 3)).all()


def test_truth_is_of_one_split_in_the_tables_order() -> None:
    images = pd.DataFrame(
        {
            "image_id": [9, 4, 7],
            "split": ["test", "train", "test"],
            "category": [1, 0, 2],
            "attributes": [[2], [0], []],
        }
    )
    truth = truth_of(images, "test", 3)
    assert truth.image_id.tolist() == [9, 7] and truth.category.tolist() == [1, 2]
    assert truth.positives.tolist() == [[False, False, True], [False] * 3]
    turned = truth.of(np.array([7, 9]))
    assert turned.category.tolist() == [2, 1] and turned.positives[1, 2]
    assert len(truth_of(images, "val", 3).category) == 0
    with pytest.raises(KeyError):
        truth.of(np.array([4]))
