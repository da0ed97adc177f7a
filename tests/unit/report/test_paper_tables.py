from pathlib import Path

import pandas as pd
import pytest

from fashion_hls.report.paper_tables import paper_sections, read_markdown
from fashion_hls.report.render import Table, as_markdown, write_table

TABLE = Table(
    number=4,
    title="Detection",
    rows=pd.DataFrame(
        {
            "source": ["paper", "this run", "this run"],
            "n": pd.array([None, 48, 7], dtype="Int64"),
            "map": [73.0, 31.987, 12.0],
            "map_low": [None, 27.1, 3.0],
            "map_high": [None, 39.14, 20.0],
        }
    ),
    figures={"map": "mAP"},
    notes=["Of - both - kinds."],
)


def test_what_was_written_is_read_as_it_is_printed() -> None:
    title, table, notes = read_markdown(as_markdown([TABLE]))
    assert title == "Table 4: Detection (percent)" and notes[0] == "Of - both - kinds."
    assert table.to_dict("list") == {
        "source": ["paper", "this run", "this run"],
        "n": ["—", "48", "7"],
        "mAP": ["73.00", "31.99 [27.1, 39.1]", "—"],
    }


def test_sections_come_in_the_order_of_the_numbers(tmp_path: Path) -> None:
    for number in (10, 4, 7):
        write_table(tmp_path, Table(**{**vars(TABLE), "number": number}))
    (tmp_path / "tables.md").write_text("all")
    found = paper_sections(tmp_path)
    assert [one.short for one in found] == [f"Table {n} beside the paper's" for n in (4, 7, 10)]


@pytest.mark.parametrize(
    "text", ["", "| a |\n|:-|\n| b |\n", "## T\n\nnone\n", "## T\n\n| a | b |\n|:-|:-|\n| 1 |\n"]
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no table|different lengths"):
        read_markdown(text)


@pytest.mark.parametrize("profile", ["sample", "open"])
def test_the_committed_tables_are_read_whole(profile: str) -> None:
    for section in paper_sections(Path("metrics") / profile / "tables"):
        number = section.short.split()[1]
        source = pd.read_csv(Path("metrics") / profile / "tables" / f"table{number}.csv")
        ((_, table),) = section.tables
        assert len(table) == len(source) and section.text
