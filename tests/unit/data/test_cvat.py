"""Boxes of a catalogue from CVAT's exports, and what is off in them."""

from pathlib import Path

import numpy as np
import pytest
from tests.unit.data.photos import HEIGHT, WIDTH, catalogue, counts, read, sides

from fashion_hls.errors import UserError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return catalogue(tmp_path)


BOX = (
    '<box label="Blouses" source="manual" occluded="0" xtl="20" ytl="10" xbr="60" ybr="60" '
    'z_order="0"/>'
)
META = "<version>1.1</version><meta><job><id>1</id></job><dumped>2024-05-01</dumped></meta>"


def cvat(
    root: Path, shapes: str, name: str = "a.jpg", size: tuple[int, int] = (WIDTH, HEIGHT)
) -> Path:
    (root / "cvat").mkdir(exist_ok=True)
    image = f'<image id="0" name="{name}" width="{size[0]}" height="{size[1]}">{shapes}</image>'
    sound = f'<image id="1" name="b.jpg" width="{WIDTH}" height="{HEIGHT}">{BOX}</image>'
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<annotations>{META}{image}{sound}</annotations>'
    )
    (root / "cvat" / "annotations.xml").write_text(text, encoding="utf-8")
    return root


def test_cvats_boxes_are_read(root: Path) -> None:
    occluded = BOX.replace('occluded="0"', 'occluded="1"').replace("Blouses", "Boots")
    attributes = BOX.replace("/>", '><attribute name="colour">red</attribute></box>').replace(
        "60", "70"
    )
    data = read(cvat(root, occluded + attributes + '<tag label="Boots" source="manual"/>'))
    assert sorted(sides(data)) == [[20, 10, 60, 60], [20, 10, 60, 60], [20, 10, 70, 70]]
    assert counts(data) == {}


@pytest.mark.parametrize(
    ("shape", "box"),
    [
        (BOX.replace("z_order", 'rotation="90" z_order'), [15, 15, 65, 55]),
        ('<polygon label="Boots" points="5,10;20.5,30;10,80" occluded="0"/>', [5, 10, 20.5, 80]),
        ('<polyline label="Boots" points="5,10;20,30" occluded="0"/>', [5, 10, 20, 30]),
        ('<mask label="Boots" rle="3" left="5" top="10" width="20" height="30"/>', [5, 10, 25, 40]),
        ('<ellipse label="Boots" cx="50" cy="50" rx="9" ry="4" rotation="90"/>', [46, 41, 54, 59]),
    ],
)  # fmt: skip
def test_other_shapes_become_their_upright_hull(root: Path, shape: str, box: list[float]) -> None:
    data = read(cvat(root, shape))
    assert np.allclose(sides(data)[0], box)
    kind = "box.rotated" if "<box" in shape else "box.from_outline"
    assert counts(data) == {kind: 1}


@pytest.mark.parametrize(
    ("shape", "kind"),
    [
        ("", "image.without_boxes"),
        ('<tag label="Boots"/>', "image.without_boxes"),
        (BOX.replace("Blouses", "Hats"), "label.unknown"),
        (BOX.replace('label="Blouses"', ""), "label.unknown"),
        (BOX.replace("occluded", 'outside="1" occluded'), "box.not_visible"),
        (BOX.replace('xbr="60"', 'xbr="10"'), "box.inverted"),
        (BOX.replace('xtl="20"', ""), "box.malformed"),
        (BOX.replace('xtl="20"', 'xtl="300"').replace('xbr="60"', 'xbr="400"'), "box.outside"),
        (BOX.replace("box", "bux"), "annotation.other_shape"),
        ('<points label="Boots" points="5,10;20,30"/>', "annotation.other_shape"),
        ('<polygon label="Boots" points="5,10;20"/>', "box.malformed"),
    ],
)
def test_a_wrong_shape_is_counted(root: Path, shape: str, kind: str) -> None:
    data = read(cvat(root, shape))
    assert counts(data)[kind] == 1 and sides(data) == [[20, 10, 60, 60]]
    assert "annotations.xml: image a.jpg" in data.quality.to_dict()["examples"][kind][0]


def test_cvats_names_lead_to_the_photos_and_sizes_are_compared(root: Path) -> None:
    data = read(cvat(root, BOX, name="share/2024/look.jpg"))
    assert "images/2024/look.jpg" in data.images["file"].tolist()
    assert counts(read(cvat(root, BOX, name="gone.jpg"))) == {"image.missing": 1}
    assert counts(read(cvat(root, BOX, size=(HEIGHT, WIDTH)))) == {
        "annotation.size_differs": 1,
        "image.no_garment": 1,
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<annotations>", "is no XML"),
        ("", "is no XML"),
        ("<!DOCTYPE a [<!ENTITY b 'c'>]><annotations>&b;</annotations>", "declares a document"),
        ("<annotation><object/></annotation>", "begins with <annotation>"),
        ("<annotations><track id='0' label='Boots'/></annotations>", "CVAT for video"),
        ("<annotations><version>1.1</version></annotations>", "names no image"),
    ],
)  # fmt: skip
def test_another_file_than_cvats_ends_in_one_line(root: Path, content, message) -> None:
    cvat(root, BOX)
    path = root / "cvat" / "annotations.xml"
    path.write_text(content)
    with pytest.raises(UserError, match=message) as error:
        read(root)
    assert "\n" not in str(error.value) and str(path) in str(error.value)
