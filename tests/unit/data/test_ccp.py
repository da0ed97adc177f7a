from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.io import savemat

from fashion_hls.data.ccp import garment_boxes, read_ccp
from fashion_hls.errors import UserError
from fashion_hls.taxonomy import FOOTWEAR, UPPER

NAMES = ["null", "shirt", "shoes", "bag"]


def write(
    root: Path, stem: str, pixel_map: np.ndarray, size: tuple[int, int] | None = None
) -> None:
    (root / "photos").mkdir(parents=True, exist_ok=True)
    (root / "annotations/pixel-level").mkdir(parents=True, exist_ok=True)
    height, width = pixel_map.shape
    Image.new("RGB", size or (width, height), "grey").save(root / f"photos/{stem}.jpg")
    savemat(root / f"annotations/pixel-level/{stem}.mat", {"groundtruth": pixel_map})


def outfit() -> np.ndarray:
    pixel_map = np.zeros((80, 60), dtype=np.uint8)
    pixel_map[10:40, 15:45] = 1
    pixel_map[60:75, 5:20] = 2
    pixel_map[60:75, 40:55] = 2
    pixel_map[0:20, 50:60] = 3
    return pixel_map


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write(tmp_path, "0001", outfit())
    cells = np.empty((1, len(NAMES)), dtype=object)
    cells[0] = [np.array([name]) for name in NAMES]
    savemat(tmp_path / "label_list.mat", {"label_list": cells})
    return tmp_path


def read(root: Path):
    return read_ccp(root, splits=(0.7, 0.1, 0.2), seed=0)


def test_one_box_a_garment_and_none_for_a_bag(root: Path) -> None:
    data = read(root)
    rows = data.objects.sort_values("label")[["label", "x1", "y1", "x2", "y2"]].to_numpy().tolist()
    assert rows == [[UPPER, 15, 10, 45, 40], [FOOTWEAR, 5, 60, 55, 75]]
    assert data.images.iloc[0][["image_id", "width", "height"]].tolist() == [1, 60, 80]
    assert data.quality.to_dict()["counts"] == {"label.no_garment": 1}
    assert data.read("photos/0001.jpg")[:2] == b"\xff\xd8"


def test_stray_components_do_not_stretch_a_box() -> None:
    pixel_map = outfit()
    pixel_map[79, 59] = 1
    boxes = dict(garment_boxes(pixel_map, NAMES))
    assert boxes["shirt"] == (15.0, 10.0, 45.0, 40.0)


def test_a_garment_of_crumbs_is_counted_and_has_no_box(root: Path) -> None:
    crumbs = np.zeros((80, 60), dtype=np.uint8)
    crumbs[::4, ::4] = 1
    crumbs[60:75, 5:20] = 2
    write(root, "0002", crumbs)
    data = read(root)
    assert data.quality.count("garment.below_threshold") == 1
    assert data.objects[data.objects["image_id"] == 2]["label"].tolist() == [FOOTWEAR]


def test_every_problem_is_counted_and_the_rest_is_read(root: Path) -> None:
    write(root, "0002", outfit(), size=(10, 10))
    write(root, "0003", outfit())
    (root / "photos/0003.jpg").unlink()
    write(root, "0004", outfit())
    (root / "annotations/pixel-level/0004.mat").write_bytes(b"not a mat file")
    write(root, "0005", outfit())
    photo = root / "photos/0005.jpg"
    photo.write_bytes(photo.read_bytes()[:200])
    write(root, "0006", np.zeros((80, 60), dtype=np.uint8))
    write(root, "0007", outfit())
    (root / "photos/0007.jpg").write_bytes(b"")
    Image.new("RGB", (5, 5)).save(root / "photos/1005.jpg")
    data = read(root)
    assert data.images["image_id"].tolist() == [1]
    assert data.quality.to_dict()["counts"] == {
        "annotation.size_differs": 1,
        "annotation.unreadable": 1,
        "image.empty_file": 1,
        "image.missing": 1,
        "image.no_garment": 1,
        "image.unreadable": 1,
        "image.without_pixel_map": 1,
        "label.no_garment": 1,
    }


def test_the_split_follows_the_seed(root: Path) -> None:
    for number in range(2, 41):
        write(root, f"{number:04d}", outfit())
    first, second = read(root).images, read(root).images
    other = read_ccp(root, splits=(0.7, 0.1, 0.2), seed=1).images
    assert first["split"].value_counts().to_dict() == {"train": 28, "test": 8, "val": 4}
    assert first["split"].tolist() == second["split"].tolist() != other["split"].tolist()


def test_missing_data_ends_in_one_line(tmp_path: Path, root: Path) -> None:
    with pytest.raises(UserError, match="FASHION_HLS_DATA"):
        read(tmp_path / "nowhere")
    for mat in (root / "annotations/pixel-level").glob("*.mat"):
        mat.unlink()
    with pytest.raises(UserError, match=r"holds no \.mat"):
        read(root)
    (root / "label_list.mat").write_bytes(b"html")
    with pytest.raises(UserError, match=r"label_list\.mat"):
        read(root)
