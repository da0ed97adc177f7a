"""Fetch a gated dataset from the folder that its page links to, once its terms are accepted."""

from __future__ import annotations

from pathlib import Path

from fashion_hls.data.sources import SOURCES, require
from fashion_hls.errors import UserError


def fetch(name: str, url: str, folder: Path, *, accepted: bool) -> None:
    """Copy a Google Drive folder and check that the dataset's files came.

    What is there is not fetched again, so that a broken transfer goes on.

    Args:
        name: a key of SOURCES.
        url: of the folder, from the dataset's own page. None is built in: a place that moves
            must not lead anybody to other data.
        folder: where to, the dataset's own folder below FASHION_HLS_DATA.
        accepted: whether the user accepts the dataset's terms.

    Raises:
        UserError: the terms are not accepted, the place refuses, or files are missing; one line
            says what to get where.
    """
    import gdown

    source = SOURCES[name]
    if not accepted:
        raise UserError(
            f"{source.title} is for {source.terms}; read its terms at {source.page} and give "
            "--accept-terms"
        )
    try:
        fetched = gdown.download_folder(url=url, output=str(folder), resume=True)
    # gdown raises what the network, the page or the quota lead it into: any of these means that.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"{url}: {reason}; {_by_hand(name, folder)}") from error
    if fetched is None:
        raise UserError(f"{url}: gave no files; {_by_hand(name, folder)}")
    require(name, folder)


def _by_hand(name: str, folder: Path) -> str:
    source = SOURCES[name]
    needed = ", ".join(group[0] for group in source.needed)
    return f"open {source.page} in a browser, get {needed} and put them into {folder}"
