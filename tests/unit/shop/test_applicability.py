"""The taxonomy in the terms of a set."""

import numpy as np
import pytest

from fashion_hls.data.sample.mallzee import CATALOGUE
from fashion_hls.shop.applicability import Applicability, applicability
from fashion_hls.shop.clusters import load_clusters
from fashion_hls.shop.names import NotOfTheTaxonomy
from fashion_hls.shop.table2 import load_table2


def of(categories: list[str], attributes: list[str], groups: list[str]) -> Applicability:
    return applicability(categories, attributes, groups, load_table2(), load_clusters())


def test_the_samples_catalogue_is_what_the_taxonomy_allows() -> None:
    """Pair by pair, jeans' prints apart: the sample draws none."""
    kinds = {name: {v for v in (*k.pattern, *k.styles) if v} for name, k in CATALOGUE.items()}
    attributes = sorted(set().union(*kinds.values()))
    found = of(list(kinds), attributes, [name.partition("=")[0] for name in attributes])
    assert found.named.all() and found.facts() == {"attributes": 106, "left_out": 0}
    for row, (name, own) in enumerate(kinds.items()):
        allowed = {a for a, yes in zip(attributes, found.applies[row], strict=True) if yes}
        if name == "Jeans":
            own = own | {a for a in attributes if a.startswith("Prints=")}
        assert allowed == own


@pytest.mark.parametrize(
    ("attribute", "group", "applies"),
    [
        ("Styles=Polo", "Styles", [True, False]),
        ("STYLES=polo", "styles", [True, False]),
        ("Polo", "Styles", [True, False]),
        ("Polo", "attribute", [True, False]),
        ("Polka-Dots", "attribute", [True, True]),
        ("styles=Collarless", "styles", [False, True]),
    ],
)
def test_an_attribute_is_known_with_its_key_or_without(attribute, group, applies) -> None:
    found = of(["T-Shirts", "shirts"], [attribute], [group])
    assert found.named.tolist() == [True] and found.applies[:, 0].tolist() == applies


def test_unknown_attributes_are_left_out() -> None:
    """Also one whose value is known, under a key that is not."""
    found = of(
        ["Shirts"], ["Styles=Polo", "colour=Coach", "Frayed"], ["Styles", "colour", "Styles"]
    )
    assert found.named.tolist() == [True, False, False]
    assert found.facts() == {"attributes": 1, "left_out": 2}
    assert found.applies.tolist() == [[False, True, True]]


def test_a_cluster_allows_what_any_of_its_members_does() -> None:
    names = ["Styles=Bib", "Styles=Formal", "Styles=Polo"]
    found = of(["shirts", "t-shirts", "tops"], names, ["Styles"] * 3)
    # "shirts" is a name of Table 1 too; "tops" says that these are the clusters.
    expected = [[True, True, False], [False, False, True], [False, False, False]]
    assert np.array_equal(found.applies, expected)


def test_a_set_without_any_of_the_attributes_is_none() -> None:
    with pytest.raises(NotOfTheTaxonomy, match="none of the 1 attributes"):
        of(["Shirts"], ["colour=red"], ["colour"])
