import pytest

from fashion_hls.data.quality import Quality
from fashion_hls.data.tolerance import refuse_bad_data
from fashion_hls.errors import UserError


def with_damage(count: int) -> Quality:
    quality = Quality()
    for number in range(count):
        quality.add("image.unreadable", f"{number}.jpg")
    quality.add("box.clipped", "mended", 1000)
    quality.add("row.no_garment", "left out by rule", 1000)
    return quality


@pytest.mark.parametrize(("bad", "kept", "limit"), [(5, 95, 0.05), (0, 0, 0.0), (9, 0, 1.0)])
def test_up_to_the_limit_the_stage_goes_on(bad: int, kept: int, limit: float) -> None:
    refuse_bad_data(with_damage(bad), kept, limit)


@pytest.mark.parametrize(("bad", "kept", "limit"), [(6, 94, 0.05), (1, 10**6, 0.0), (1, 0, 0.5)])
def test_above_it_the_damage_is_listed_in_one_line(bad: int, kept: int, limit: float) -> None:
    with pytest.raises(UserError) as error:
        refuse_bad_data(with_damage(bad), kept, limit)
    text = str(error.value)
    assert f"image.unreadable {bad} (0.jpg" in text and "max_bad_share" in text
    assert "mended" not in text and "by rule" not in text and "\n" not in text
    assert ("..." in text) == (bad > 3)
