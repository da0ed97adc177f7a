"""Table 2 as data: its counts, what the loader refuses, and that it is the published table."""

import json
from pathlib import Path

import pytest
import yaml

from fashion_hls.errors import UserError
from fashion_hls.shop.names import fold
from fashion_hls.shop.table2 import FILE, load_table2
from fashion_hls.taxonomy import CATALOGUE

PAPER = Path("metrics/paper")


def published() -> dict:
    return json.loads((PAPER / "table2.json").read_text(encoding="utf-8"))


def changed(tmp_path: Path, **entry) -> Path:
    """The file with its second entry (coats) changed."""
    content = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    content["entries"][1] |= entry
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_printed_table_names_fewer_attributes_than_the_paper_states() -> None:
    table = load_table2()
    by_hand = {
        (row["attribute_key"], value) for row in published()["rows"]
        for value in row["attribute_values"]
    }  # fmt: skip
    assert len(table.applies) == len(by_hand) == 106
    assert (table.pairs, table.stated) == (109, 110)
    assert table.repeated == ["Biker", "Boyfriend", "Formal"]
    for number in ("106 distinct", "109 pairs", "states 110"):
        assert number in table.count_note()


def test_every_row_is_the_published_one() -> None:
    """Its categories are the printed ones under Table 1's names."""
    rows = published()["rows"]
    assert len(rows) == len(load_table2().entries)
    for row, entry in zip(rows, load_table2().entries, strict=True):
        assert (entry.key, list(entry.values)) == (row["attribute_key"], row["attribute_values"])
        printed, joined = row["applies_to"], " & ".join(entry.categories)
        if entry.applies_to == "all":
            assert printed == "All objects & categories" and entry.categories == tuple(CATALOGUE)
        else:
            assert fold(joined) == fold(printed)


def test_every_misreading_of_the_scan_is_mended_and_listed() -> None:
    mended = json.loads((PAPER / "errata.json").read_text(encoding="utf-8"))["misreadings"]
    values = {value for row in published()["rows"] for value in row["attribute_values"]}
    read = {one["read"]: one["here"] for one in mended if one["here"] != "dropped"}
    assert len(mended) == len({one["id"] for one in mended}) == 10
    assert not set(read) & values
    for wrong in ("Rlazer", "Tie-tront", "Borg Windbreaker", "Tunic Jumper", "Cocktai Pinafore",
                  "Chelsea Biker", "Toe-thong Flip-flops"):  # fmt: skip
        assert set(read[wrong].split(", ")) <= values


def test_a_style_applies_where_any_of_its_rows_says() -> None:
    applies = load_table2().applies
    assert applies["styles", "polo"] == {"Tshirts"}  # section 5.2.2
    assert applies["styles", "biker"] == {"Coats and jackets", "Boots"}
    assert applies["styles", "frill"] == {"Skirts", "Dresses"}
    assert applies["prints", "animalprint"] == set(CATALOGUE)


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"applies_to": ["Ponchos"]}, r"'Ponchos' is no category of Table 1; write all"),
        ({"key": "Colours"}, r"key 'Colours' is none of Prints, Styles; name one"),
        ({"values": ["Parka", "Parka"]}, r"'Parka' stands twice for Coats and jackets"),
        ({"values": ["Parka", "PARKA"]}, r"'PARKA' stands twice for Coats and jackets"),
        ({"applies_to": "all"}, r"'Biker' stands twice for Boots \(first in entries.1\)"),
        ({"values": []}, r"entries\.1\.values: .*the comment at the file's head"),
        ({"values": [7]}, r"entries\.1\.values\.0: Input should be a valid string"),
        ({"price": "low"}, r"entries\.1\.price: Extra inputs"),
    ],
)
def test_a_wrong_entry_is_named_in_one_line(tmp_path: Path, entry: dict, says: str) -> None:
    with pytest.raises(UserError, match=says) as refused:
        load_table2(changed(tmp_path, **entry))
    assert "mine.yaml: entries" in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "says"), [(None, "not found"), ("a: [1", "not valid YAML"), ("keys: 3", "keys")]
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str | None, says: str) -> None:
    path = tmp_path / "mine.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(UserError, match=says) as refused:
        load_table2(path)
    assert "\n" not in str(refused.value)
