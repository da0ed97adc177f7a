from pathlib import Path

import pytest

from fashion_hls.data.sources import SOURCES, require
from fashion_hls.errors import UserError


def complete(root: Path, name: str) -> Path:
    """A folder with something under the first path of each group that is needed."""
    for first, *_ in SOURCES[name].needed:
        (root / first).parent.mkdir(parents=True, exist_ok=True)
        (root / first).write_bytes(b"something")
    return root


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_what_is_complete_passes(tmp_path: Path, name: str) -> None:
    require(name, complete(tmp_path, name))


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_file_that_is_missing_is_named_with_page_and_terms(tmp_path: Path, name: str) -> None:
    root, source = complete(tmp_path, name), SOURCES[name]
    gone = [group for group in source.needed if len(group) > 1] or [source.needed[0]]
    for first, *_ in gone:
        (root / first).unlink()
    with pytest.raises(UserError) as error:
        require(name, root)
    text = str(error.value)
    for part in (str(root), source.page, source.terms, *(" or ".join(g) for g in gone)):
        assert part in text
    assert "\n" not in text


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_the_second_choice_is_as_good(tmp_path: Path, name: str) -> None:
    root = complete(tmp_path, name)
    for first, *others in SOURCES[name].needed:
        if others:
            (root / first).unlink()
            (root / others[0]).mkdir(parents=True, exist_ok=True)
    require(name, root)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<!DOCTYPE html><title>Google Drive - Quota exceeded</title>", "is a web page"),
        (b"\xef\xbb\xbf\r\n <HTML>sign in", "is a web page"),
        (b"", "is empty"),
        (b"\n\n", "is empty"),
    ],
)
def test_a_page_or_nothing_under_a_files_name_is_said(
    tmp_path: Path, content: bytes, said: str
) -> None:
    root = complete(tmp_path, "deepfashion2")
    (root / "validation.zip").write_bytes(content)
    with pytest.raises(UserError, match=rf"validation\.zip: {said}") as error:
        require("deepfashion2", root)
    assert SOURCES["deepfashion2"].page in str(error.value)


def test_no_folder_ends_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere: not found; Clothing Co-Parsing"):
        require("ccp", tmp_path / "nowhere")
