"""Where each dataset comes from, under which terms, and which files of it must be there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fashion_hls.errors import UserError

_RESEARCH: Final = "non-commercial research only, by the authors' agreement"
_DEEPFASHION_PAGE: Final = "mmlab.ie.cuhk.edu.hk/projects/DeepFashion.html"
_LISTS: Final = ("category_cloth", "category_img", "attr_cloth", "attr_img", "bbox")
_FINE: Final = tuple(
    f"Anno_fine/{split}{part}.txt"
    for split in ("train", "val", "test")
    for part in ("", "_attr", "_cate", "_bbox")
)
_IMAGES: Final = ("Img/img.zip", "Img/img")


@dataclass(frozen=True)
class Source:
    """A dataset. ``needed``: of each group of paths one must be there, the first is preferred."""

    title: str
    terms: str
    page: str
    needed: tuple[tuple[str, ...], ...]


#: Reader, with ``_fine`` for DeepFashion's fine annotations, -> its dataset.
SOURCES: Final[dict[str, Source]] = {
    "ccp": Source(
        "Clothing Co-Parsing",
        "Apache-2.0",
        "github.com/bearpaw/clothing-co-parsing",
        (("photos",), ("annotations/pixel-level",), ("label_list.mat",)),
    ),
    "fpi": Source(
        "Fashion Product Images",
        "published as MIT",
        "Kaggle, paramaggarwal/fashion-product-images-small",
        (("styles.csv",), ("images",)),
    ),
    "deepfashion2": Source(
        "DeepFashion2",
        _RESEARCH,
        "github.com/switchablenorms/DeepFashion2",
        (("train.zip", "train"), ("validation.zip", "validation")),
    ),
    "deepfashion1": Source(
        "DeepFashion, Category and Attribute Prediction",
        _RESEARCH,
        _DEEPFASHION_PAGE,
        (
            *((f"Anno_coarse/list_{name}.txt", f"Anno/list_{name}.txt") for name in _LISTS),
            ("Eval/list_eval_partition.txt",),
            _IMAGES,
        ),
    ),
    "deepfashion1_fine": Source(
        "DeepFashion, Category and Attribute Prediction, fine annotations",
        _RESEARCH,
        _DEEPFASHION_PAGE,
        (
            ("Anno_fine/list_category_cloth.txt",),
            ("Anno_fine/list_attr_cloth.txt",),
            *((name,) for name in _FINE),
            _IMAGES,
        ),
    ),
    "catalogue": Source(
        "a shop's own photos",
        "the user's",
        "`fashion-hls init-catalogue FOLDER` writes an example",
        (
            ("taxonomy.csv",),
            ("products.csv",),
            ("boxes.csv", "boxes.json", "voc", "label-studio", "cvat"),
            ("images",),
        ),
    ),
}
#: With what a page begins that a download saved under a file's name.
_PAGE: Final = (b"<!doctype html", b"<html")


def require(name: str, root: Path) -> None:
    """See that a dataset's files are there, before anything is hashed, read or trained.

    Args:
        name: a key of SOURCES.
        root: the dataset's folder.

    Raises:
        UserError: files are missing, empty or web pages; one line says which, and where the
            dataset comes from.
    """
    source = SOURCES[name]
    if not root.is_dir():
        raise UserError(
            f"{root}: not found; {_where(source)} and put into that folder "
            "(docs/data.md; FASHION_HLS_DATA names the folder above it)"
        )
    lacking = []
    for group in source.needed:
        present = [root / path for path in group if (root / path).exists()]
        if not present:
            lacking.append(" or ".join(group))
        for path in present:
            _refuse_page(path, source)
    if lacking:
        raise UserError(f"{root}: lacks {', '.join(lacking)}; {_where(source)} (docs/data.md)")


def _where(source: Source) -> str:
    needed = ", ".join(group[0] for group in source.needed)
    if len(source.needed) > 8:
        needed = "its files"
    return f"{source.title} ({source.terms}): get {needed} from {source.page}"


def _refuse_page(path: Path, source: Source) -> None:
    if not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(512)
    if not start.strip():
        raise UserError(f"{path}: is empty; get it again from {source.page}")
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGE):
        raise UserError(
            f"{path}: is a web page (a login or a download quota?) saved under this name; "
            f"get it again from {source.page}"
        )
