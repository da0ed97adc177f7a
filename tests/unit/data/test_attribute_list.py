import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fashion_hls.data.attribute_list import read_attributes
from fashion_hls.data.deepfashion1_files import name_and_values
from fashion_hls.data.quality import Quality

VALUES = frozenset(("1", "-1", "0"))


def plainly(rows: list[bytes], columns: int, label: str, quality: Quality) -> dict[str, list[int]]:
    """The same, value by value."""
    table: dict[str, list[int]] = {}
    for row in rows:
        text = row.decode("utf-8", "replace")
        found = name_and_values(text, columns)
        if found is None or not VALUES.issuperset(found[1]):
            quality.add("row.ragged", f"{label}: {text:.60}")
        elif found[0] in table:
            quality.add("row.repeated", f"{label}: {found[0]}")
        else:
            table[found[0]] = [place for place, value in enumerate(found[1]) if value == "1"]
    return table


def assert_alike(rows: list[bytes], columns: int, at_once: int) -> None:
    expected, got = Quality(), Quality()
    table = plainly(rows, columns, "list.txt", expected)
    found = read_attributes(rows, columns, "list.txt", got, at_once=at_once)
    assert got.to_dict() == expected.to_dict()
    assert list(found.rows) == list(table)
    assert {name: found.of(name) for name in table} == table
    assert found.positives.dtype == bool
    assert found.positives.shape == (len(table), columns)
    dense = [np.flatnonzero(row).tolist() for row in found.positives.toarray()]
    assert dense == list(table.values())


odd_names = ["img/a b.jpg", "a b", "a\u00a0b", "a\x1cb", "1 a.jpg", "\u2003"]
names = st.one_of(
    st.sampled_from([b"a", b"img/b.jpg", b"1", b"-1", *(name.encode() for name in odd_names)]),
    st.binary(min_size=1),
)
good = st.sampled_from([b"1", b"-1", b"0"])
bad = st.sampled_from([b"", b"-", b"--1", b"-0", b"10", b"01", b"1-1", b"+1", b"2", b"x", b"1\x00"])
gaps = st.sampled_from([b" ", b"  ", b"\t", b" \r", b"\x0b\x0c"])


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[bytes], int]:
    """Rows of which most have the right number of values, and most values are right."""
    columns = draw(st.integers(0, 5))
    rows = []
    for _ in range(draw(st.integers(0, 12))):
        count = columns if draw(st.integers(0, 4)) else draw(st.integers(0, 7))
        value = good if draw(st.integers(0, 3)) else st.one_of(good, bad)
        row = b"".join([draw(names), *(draw(gaps) + draw(value) for _ in range(count))]).strip()
        # A binary name may hold spaces and line ends: the file's lines have none of the latter.
        rows += [part.strip() for part in row.split(b"\n") if part.strip()]
    return rows, columns


@settings(max_examples=300, deadline=None)
@given(lists(), st.integers(1, 6))
@example(([], 3), 1)
@example(([b"a", b"b"], 0), 2)
@example(([b"\x1c"], 2), 1)
@example(([b"a b.jpg 1 0", b"c 1 1", b"a b.jpg 0 0", b"d e 1 1"], 2), 3)
@example(([b"a 1 1", b"b 1", b"c 1 1 1", b"a 0 1"], 2), 4)
def test_it_reads_what_a_plain_reader_reads(rows_and_columns, at_once: int) -> None:
    assert_alike(*rows_and_columns, at_once)


def test_a_thousand_columns_over_several_blocks() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice([-1, 0, 1], (600, 1000), p=[0.9, 0.08, 0.02])
    rows = [
        f"img/{number}.jpg".ljust(30).encode() + b"".join(b"%3d" % value for value in row)
        for number, row in enumerate(values)
    ]
    rows[7], rows[300], rows[301] = rows[7][:-3], rows[300] + b"  0", rows[299]
    assert_alike(rows, 1000, 256)


def test_an_unknown_image_has_no_attributes() -> None:
    found = read_attributes([b"a 1 0"], 2, "list.txt", Quality())
    assert "a" in found and "b" not in found
    assert found.of("a") == [0] and found.of("b") == []


@pytest.mark.parametrize("value", [b"1", b"-1", b"0"])
def test_only_1_is_positive(value: bytes) -> None:
    found = read_attributes([b"a " + value], 1, "list.txt", Quality())
    assert found.of("a") == ([0] if value == b"1" else [])
