"""A classification set on the broader categories of the paper's Table 6 (section 4.1)."""

from __future__ import annotations

from dataclasses import replace

from fashion_hls.data.records import BenchmarkSet
from fashion_hls.errors import UserError
from fashion_hls.shop.clusters import Clusters, cluster_names
from fashion_hls.shop.names import NotOfTheTaxonomy


def clustered(data: BenchmarkSet, clusters: Clusters) -> BenchmarkSet:
    """The set with each category replaced by its cluster; splits and attributes stay.

    Clusters without a category of the set are no label of it. The object type of a category is
    that of its cluster's members, which is one.

    Args:
        data: a set with categories of Table 1.
        clusters: which cluster holds which category.

    Raises:
        UserError: the set has other categories, or gives a cluster two object types.
    """
    words = data.vocabulary
    try:
        names = cluster_names(words.categories, clusters)
    except NotOfTheTaxonomy as error:
        raise UserError(
            f"dataset.catalogue.clusters: {error}; name them as Table 1 does, or leave it false"
        ) from error
    types: dict[str, int] = {}
    for category, name, kind in zip(words.categories, names, words.category_types, strict=True):
        if types.setdefault(name, kind) != kind:
            raise UserError(
                f"taxonomy.csv: {category} has another object type than the others of the cluster "
                f"{name}; give them one, or leave dataset.catalogue.clusters false"
            )
    present = [name for name in clusters.used if name in types]
    place = [present.index(name) for name in names]
    images = data.images.assign(category=data.images["category"].map(place.__getitem__))
    vocabulary = replace(
        words, categories=present, category_types=[types[name] for name in present]
    )
    return replace(data, images=images, vocabulary=vocabulary)
