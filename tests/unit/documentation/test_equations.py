import re
import xml.etree.ElementTree as ET

import pytest

from fashion_hls.documentation.equations import drawn, with_equations
from fashion_hls.errors import UserError


def test_an_equation_is_a_picture_with_its_tex_as_name() -> None:
    svg = ET.fromstring(drawn(r"a < b"))
    assert svg.get("aria-label") == "a < b"
    assert svg.get("role") == "img"
    (path,) = svg
    assert (path.get("d") or "").startswith("M")


def test_glyphs_lie_within_the_view_box() -> None:
    svg = ET.fromstring(drawn(r"\sum_{i=1}^{n} f_i"))
    left, top, width, height = map(float, (svg.get("viewBox") or "").split())
    points = re.findall(r"(-?\d+),(-?\d+)", svg[0].get("d") or "")
    assert all(left - 1 <= float(x) <= left + width + 1 for x, _ in points)
    assert all(top - 1 <= float(y) <= top + height + 1 for _, y in points)


def test_what_hangs_below_the_line_is_lowered() -> None:
    def drop(tex: str) -> float:
        found = re.search(r"vertical-align:(-?[\d.]+)em", drawn(tex))
        assert found
        return float(found[1])

    assert drop("g_j") < drop("a") <= 0.05


def test_a_block_shows_its_number_and_full_fractions() -> None:
    page = with_equations("Text\n\n$$\na = \\frac{b}{c} \\tag{2}\n$$\n\nmore")
    assert page.startswith('Text\n\n<div class="equation"><svg')
    assert '<span class="number">(2)</span></div>\n\nmore' in page
    assert r'aria-label="a = \dfrac{b}{c}"' in page


@pytest.mark.parametrize(
    "text",
    [
        "it costs $5 and $6",
        "`$HOME` and `$PATH`",
        "```sh\necho $HOME $PATH\n```",
        r"\$a\$",
        "$FASHION_HLS_DATA/a with b/$c",
    ],
)
def test_dollars_that_are_no_equation_stay(text: str) -> None:
    assert with_equations(text) == text


def test_an_equation_that_cannot_be_read_is_named() -> None:
    with pytest.raises(UserError, match=r"equation \\nothing\{"):
        drawn(r"\nothing{")
