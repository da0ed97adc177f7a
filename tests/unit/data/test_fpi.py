from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fashion_hls.data.fpi import read_fpi
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import FOOTWEAR, UPPER

HEADER = "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage"
OPTIONS = {"splits": (0.5, 0.25, 0.25), "near_bits": 6, "near_levels": 4.0, "seed": 0}


def picture(root: Path, name: str, seed: int) -> None:
    (root / "images").mkdir(exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((40, 40)).save(root / f"images/{name}.jpg")


def shop(root: Path, extra: list[str] | None = None) -> Path:
    rows = []
    for i in range(8):
        rows.append(f"{i},Men,Apparel,Topwear,Shirts,Blue,Summer,2012,Casual")
        rows.append(f"{100 + i},Women,Footwear,Shoes,Heels,Red,Winter,2012,NA")
        picture(root, str(i), i)
        picture(root, str(100 + i), 100 + i)
    (root / "styles.csv").write_text("\n".join([HEADER, *rows, *(extra or [])]) + "\n")
    return root


def test_labels_types_and_departments(tmp_path: Path) -> None:
    data = read_fpi(shop(tmp_path), least=4, **OPTIONS)
    assert data.vocabulary.categories == ["Heels", "Shirts"]
    assert data.vocabulary.category_types == [FOOTWEAR, UPPER]
    assert "department=Men" in data.vocabulary.attributes
    assert not [name for name in data.vocabulary.attributes if "gender" in name]
    shirt = data.images[data.images["image_id"] == 3].iloc[0]
    names = [data.vocabulary.attributes[i] for i in shirt["attributes"]]
    assert sorted(names) == ["colour=Blue", "department=Men", "season=Summer", "usage=Casual"]
    assert data.quality.count("attribute.na") == 8
    assert data.images.groupby("category")[
        "split"
    ].value_counts().unstack().to_numpy().tolist() == [
        [2, 4, 2],
        [2, 4, 2],
    ]


def test_rare_labels_are_dropped_and_counted(tmp_path: Path) -> None:
    extra = [
        "500,Men,Apparel,Topwear,Cloaks,Blue,Summer,2012,Casual",
        "501,Men,Apparel,Topwear,Shirts,Mauve,Summer,2012,Casual",
    ]
    for name in ("500", "501"):
        picture(tmp_path, name, int(name))
    data = read_fpi(shop(tmp_path, extra), least=4, **OPTIONS)
    assert "Cloaks" not in data.vocabulary.categories
    assert "colour=Mauve" not in data.vocabulary.attributes
    assert data.quality.count("category.rare") == 1
    assert data.quality.count("image.rare_category") == 1
    assert data.quality.count("attribute.rare") == 1
    assert 501 in set(data.images["image_id"])


def test_every_problem_is_counted(tmp_path: Path) -> None:
    extra = [
        "600,Men,Apparel,Topwear",
        "601,Men,Apparel,Topwear,Shirts,Blue,Summer,2012,Casual",
        "602,Men,Accessories,Watches,Watches,Blue,Summer,2012,Casual",
        "603,Men,Apparel,Topwear,Shirts,Blue,Summer,2012,Casual,more",
        "604,Men,Apparel,Topwear,Shirts,Blue,Summer,2012,Casual",
        "1,Men,Apparel,Topwear,Shirts,Blue,Summer,2012,Casual",
    ]
    for name in ("602", "603", "604", "700"):
        picture(tmp_path, name, int(name))
    broken = tmp_path / "images/604.jpg"
    broken.write_bytes(broken.read_bytes()[:300])
    data = read_fpi(shop(tmp_path, extra), least=4, **OPTIONS)
    counts = data.quality.to_dict()["counts"]
    del counts["attribute.na"]
    assert counts == {
        "image.unreadable": 1,
        "image.without_row": 1,
        "row.duplicate_id": 1,
        "row.extra_columns": 1,
        "row.no_garment": 1,
        "row.ragged": 1,
        "row.without_image": 1,
    }
    assert len(data.images) == 17


def test_copies_and_near_copies_stay_on_one_side(tmp_path: Path) -> None:
    extra = []
    for i in range(8):
        same, near = str(200 + i), str(300 + i)
        extra += [
            f"{name},Men,Apparel,Topwear,Shirts,Blue,Summer,2012,Casual" for name in (same, near)
        ]
    root = shop(tmp_path, extra)
    for i in range(8):
        (root / f"images/{200 + i}.jpg").write_bytes((root / f"images/{i}.jpg").read_bytes())
        Image.open(root / f"images/{i}.jpg").save(root / f"images/{300 + i}.jpg", quality=90)
    data = read_fpi(root, least=4, **OPTIONS)
    side = dict(zip(data.images["image_id"], data.images["split"], strict=True))
    assert all(side[i] == side[200 + i] == side[300 + i] for i in range(8))
    assert len({side[i] for i in range(8)}) > 1
    assert data.notes["duplicates"]["exact_duplicates"] == 8


def test_missing_data_ends_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="FASHION_HLS_DATA"):
        read_fpi(tmp_path / "nowhere", least=4, **OPTIONS)
    with pytest.raises(UserError, match=r"styles\.csv: not found"):
        read_fpi(tmp_path, least=4, **OPTIONS)
    (tmp_path / "styles.csv").write_text("id,name\n1,x\n")
    with pytest.raises(UserError, match="column gender missing"):
        read_fpi(tmp_path, least=4, **OPTIONS)
    (tmp_path / "styles.csv").write_bytes(b"\xff\xfe\x00id")
    with pytest.raises(UserError, match="UTF-8"):
        read_fpi(tmp_path, least=4, **OPTIONS)
    shop(tmp_path)
    with pytest.raises(UserError, match="no category has 99"):
        read_fpi(tmp_path, least=99, **OPTIONS)
