"""A catalogue on Table 6's broader categories."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.unit.data.test_catalogue import products

from fashion_hls.data.clustered import clustered
from fashion_hls.data.records import BenchmarkSet
from fashion_hls.data.sample.catalogue import write_example
from fashion_hls.errors import UserError
from fashion_hls.shop.clusters import load_clusters


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> BenchmarkSet:
    root: Path = tmp_path_factory.mktemp("shop") / "c"
    write_example(root, photos=60, image_size=96)
    return products(root)


def test_every_photo_gets_its_categorys_cluster_and_nothing_else_changes(example) -> None:
    clusters, before = load_clusters(), example.vocabulary
    made = clustered(example, clusters)
    after = made.vocabulary
    for old, new in zip(example.images["category"], made.images["category"], strict=True):
        assert after.categories[new] == clusters.of_category[before.categories[old]]
    assert len(after.categories) < len(before.categories)
    assert set(made.images["category"]) == set(range(len(after.categories)))
    types = made.images["category"].map(dict(enumerate(after.category_types)))
    assert types.tolist() == made.images["object_type"].tolist()
    rest = [name for name in made.images if name != "category"]
    assert made.images[rest].equals(example.images[rest])
    assert made.images.dtypes.equals(example.images.dtypes)
    assert after.attributes == before.attributes


def test_a_set_with_other_categories_is_refused(example) -> None:
    words = replace(
        example.vocabulary, categories=[f"{n} x" for n in example.vocabulary.categories]
    )
    with pytest.raises(UserError, match=r"dataset\.catalogue\.clusters: .*name them as Table 1"):
        clustered(replace(example, vocabulary=words), load_clusters())


def test_a_cluster_with_two_object_types_is_refused(example) -> None:
    words = replace(
        example.vocabulary,
        categories=["Camis", "Tanks"],
        category_types=[0, 2],
    )
    with pytest.raises(UserError, match=r"Tanks has another object type .* cluster tops"):
        clustered(replace(example, vocabulary=words), load_clusters())
