"""Table 6's 16 broader categories, and what a set's names stand for."""

from pathlib import Path

import pytest
import yaml

from fashion_hls.errors import UserError
from fashion_hls.shop.clusters import FILE, cluster_names, load_clusters, members
from fashion_hls.shop.names import NotOfTheTaxonomy
from fashion_hls.taxonomy import CATALOGUE

#: Section 4.1, in its order.
PAPERS = [
    *("activewear", "boots", "dresses", "flats", "heels", "jackets", "jeans", "shirts"),
    *("shoes", "shorts", "skirts", "sweaters", "tops", "trainers", "trousers", "t-shirts"),
]


def test_the_16_are_the_papers_and_each_of_the_22_is_in_one() -> None:
    found = load_clusters()
    assert list(found.clusters) == PAPERS and found.status == "inferred"
    held = [name for part in found.clusters.values() for name in part]
    assert sorted(held) == sorted(CATALOGUE) and len(held) == 22
    assert len(found.used) == 15 and "activewear" not in found.used
    assert all(name in found.note() for name in ("activewear", "Blouses", "15 are used"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"tops": ["Camis"]}, "Tanks is in none; add it to one"),
        ({"tops": ["Camis", "Tanks", "Shirts"]}, "clusters.tops: Shirts is in shirts as well"),
        ({"tops": ["Camis", "Tanks", "Ponchos"]}, "'Ponchos' is no category of Table 1"),
        ({"boots": [], "jeans": ["Jeans", "Boots"]}, "lower-body and footwear garments"),
        ({"tops": 3}, "clusters.tops: "),
    ],
)
def test_a_wrong_mapping_is_named_in_one_line(tmp_path: Path, change: dict, says: str) -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    content["clusters"] |= change
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(UserError, match=says) as refused:
        load_clusters(path)
    assert "mine.yaml" in str(refused.value) and "\n" not in str(refused.value)


def test_a_doubt_is_about_a_category(tmp_path: Path) -> None:
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    content["doubts"]["Ponchos"] = "tops"
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(UserError, match=r"doubts\.Ponchos: is no category"):
        load_clusters(tmp_path / "mine.yaml")


def test_names_match_without_case_spaces_and_signs() -> None:
    clusters = load_clusters()
    names = ["T-shirts", "COATS & JACKETS", "formal  Jackets"]
    assert cluster_names(names, clusters) == ["t-shirts", "jackets", "jackets"]
    assert members(names, clusters) == [
        {"Tshirts"}, {"Coats and jackets"}, {"Formal jackets"}
    ]  # fmt: skip


def test_a_set_of_clusters_stands_for_their_members() -> None:
    clusters = load_clusters()
    assert members(["tops", "boots"], clusters) == [{"Camis", "Tanks"}, {"Boots"}]
    with pytest.raises(NotOfTheTaxonomy, match="are the clusters themselves"):
        cluster_names(["tops", "boots"], clusters)


@pytest.mark.parametrize("function", [members, cluster_names])
def test_another_sets_names_are_told(function) -> None:
    names = ["Jeans", "Anorak", "Blazer", "Blouse", "Bomber"]
    says = "4 of 5 categories are none of the paper's Table 1: Anorak, Blazer, Blouse, ..."
    with pytest.raises(NotOfTheTaxonomy) as refused:
        function(names, load_clusters())
    assert str(refused.value) == says
