import base64
import zipfile
from pathlib import Path

import pytest

from fashion_hls.data.filetree import FileTree
from fashion_hls.errors import UserError

FILES = {
    "list.txt": b"names",
    "image/000002.jpg": b"two",
    "image/000001.JPG": b"one",
    "image/deep/000003.jpg": b"three",
    "images/other.jpg": b"a folder whose name begins alike",
    "annos/000001.json": b"{}",
}

# Python writes no encrypted archive. `zip -X -P right` packed secret.txt, "garment " 200 times.
ENCRYPTED = (
    "UEsDBBQACQAIADWSd11yLgsnIwAAAEAGAAAKAAAAc2VjcmV0LnR4dKkyv5ZZyNwDSOLE7Va/bvqQ1+jpjYb/A4yh"
    "2xnKfQJSb7ceUEsHCHIuCycjAAAAQAYAAFBLAQIeAxQACQAIADWSd11yLgsnIwAAAEAGAAAKAAAAAAAAAAEAAACk"
    "gQAAAABzZWNyZXQudHh0UEsFBgAAAAABAAEAOAAAAFsAAAAAAA=="
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    for name, data in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    path = tmp_path / "tree.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("image/", b"")
        for name, data in FILES.items():
            out.writestr(name, data)
    return path


@pytest.fixture
def encrypted(tmp_path: Path) -> Path:
    path = tmp_path / "secret.zip"
    path.write_bytes(base64.b64decode(ENCRYPTED))
    return path


@pytest.mark.parametrize(
    "query",
    [("", ""), ("image", ""), ("image/", ".jpg"), ("", ".JPG"), ("annos", ".jpg"), ("none", "")],
)
def test_a_folder_and_a_zip_list_the_same_names(folder, archive, query) -> None:
    names = list(FileTree(folder).names(*query))
    assert names == list(FileTree(archive).names(*query))
    below, suffix = query
    start = below.rstrip("/") + "/" if below else ""
    assert names == sorted(
        n for n in FILES if n.startswith(start) and n.lower().endswith(suffix.lower())
    )


def test_a_folder_and_a_zip_give_the_same_bytes(folder: Path, archive: Path) -> None:
    for tree in (FileTree(folder), FileTree(archive)):
        assert {name: tree.read(name) for name in tree.names()} == FILES


def test_what_is_not_there_is_said_alike(folder: Path, archive: Path) -> None:
    for tree in (FileTree(folder), FileTree(archive)):
        assert tree.exists("list.txt") and not tree.exists("image/9.jpg")
        with pytest.raises(FileNotFoundError, match=r"image/9\.jpg"):
            tree.read("image/9.jpg")


def test_nothing_is_unpacked(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as out:
        out.writestr("../outside.txt", b"x")
    tree = FileTree(tmp_path / "evil.zip")
    assert [tree.read(name) for name in tree.names()] == [b"x"]
    assert [p.name for p in tmp_path.iterdir()] == ["evil.zip"]
    assert not (tmp_path.parent / "outside.txt").exists()


def test_no_place_and_a_page_under_the_archives_name_end_in_one_line(tmp_path: Path) -> None:
    page = tmp_path / "train.zip"
    page.write_text("<html><title>Sign in</title></html>")
    with pytest.raises(UserError, match="not a zip archive") as error:
        FileTree(page)
    assert str(page) in str(error.value) and "\n" not in str(error.value)
    with pytest.raises(UserError, match="not found"):
        FileTree(tmp_path / "validation.zip")


def test_an_encrypted_archive_wants_its_password(encrypted: Path) -> None:
    assert FileTree(encrypted, "right").read("secret.txt") == b"garment " * 200
    with pytest.raises(UserError, match="password is missing or wrong"):
        FileTree(encrypted).read("secret.txt")
    with pytest.raises(UserError) as error:
        FileTree(encrypted, "").read("secret.txt")
    assert "right" not in str(error.value) and "\n" not in str(error.value)


def test_every_wrong_password_ends_in_one_line(encrypted: Path) -> None:
    for number in range(4000):
        with pytest.raises(UserError):
            FileTree(encrypted, f"wrong{number}").read("secret.txt")


def test_a_damaged_directory_ends_in_one_line(archive: Path) -> None:
    data = archive.read_bytes()
    archive.write_bytes(data.replace(b"PK\x01\x02", b"XXXX"))
    with pytest.raises(UserError, match=r"tree\.zip"):
        FileTree(archive)


def test_an_unknown_compression_is_not_called_encryption(tmp_path: Path) -> None:
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a.txt", b"x" * 1000)
    data = bytearray(path.read_bytes())
    data[8] = data[data.find(b"PK\x01\x02") + 10] = 9  # Deflate64, which zipfile cannot read
    path.write_bytes(data)
    with pytest.raises(UserError) as error:
        FileTree(path).read("a.txt")
    assert "encrypted" not in str(error.value)


def test_links_are_followed_but_for_those_that_lead_back_up(folder: Path, tmp_path: Path) -> None:
    before = list(FileTree(folder).names())
    (folder / "image" / "linked.jpg").symlink_to(folder / "image" / "000002.jpg")
    (folder / "image" / "gone.jpg").symlink_to(folder / "nowhere.jpg")
    (folder / "image" / "loop").symlink_to(folder)
    (folder / "image" / "above").symlink_to(folder.parent)
    (folder / "image" / "all").symlink_to("/")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "000009.jpg").write_bytes(b"far")
    (folder / "more").symlink_to(elsewhere)
    tree = FileTree(folder)
    assert list(tree.names()) == sorted([*before, "image/linked.jpg", "more/000009.jpg"])
    assert tree.read("more/000009.jpg") == b"far"


def test_the_ends_of_a_file_in_a_folder(tmp_path: Path) -> None:
    for count in (0, 3, 4, 6, 9):
        (tmp_path / f"{count}.bin").write_bytes(bytes(range(count)))
    tree = FileTree(tmp_path)
    for count in (0, 3, 4, 6, 9):
        content = bytes(range(count))
        assert tree.ends(f"{count}.bin", 4) == (content[:4], content[-4:])
    with pytest.raises(FileNotFoundError):
        tree.ends("none.bin", 4)


def test_an_archive_gives_no_ends(archive: Path) -> None:
    assert FileTree(archive).ends("list.txt", 4) is None
