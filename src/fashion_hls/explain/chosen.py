"""Attention plots of photos that somebody names, as the paper's Figure 3."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from fashion_hls.classification.build import load_classifier
from fashion_hls.data.store import IMAGES, read_table, read_vocabulary
from fashion_hls.errors import UserError
from fashion_hls.explain.attention import has_attention
from fashion_hls.explain.method import Explained
from fashion_hls.places import ImageSet

#: A plot of more rows is no longer looked at.
MOST = 24


def chosen_rows(
    manifest: pd.DataFrame, images: pd.DataFrame, names: Sequence[str], view: str
) -> pd.DataFrame:
    """The crops of the named photos under a protocol, in the order of the names.

    Args:
        manifest: of the crops.
        images: of the set, with image_id and file.
        names: image ids, or files as in the set (``images/12.jpg``, or ``12.jpg``).
        view: protocol.

    Raises:
        UserError: no such photo, or it has no crop under the protocol.
    """
    if len(names) > MOST:
        raise UserError(f"{len(names)} photos; a plot takes up to {MOST}")
    by_id = {str(image_id): int(image_id) for image_id in images["image_id"]}
    by_file = {}
    for image_id, file in zip(images["image_id"], images["file"], strict=True):
        by_file[file] = by_file[Path(file).name] = int(image_id)
    rows = manifest[(manifest["view"] == view) & manifest["found"]].set_index("image_id")
    out = []
    for name in names:
        image_id = by_id.get(name, by_file.get(name))
        if image_id is None:
            raise UserError(
                f"{name}: no such photo in the set; give an image_id or a file of images.parquet "
                f"(the first: {images['image_id'].iloc[0]}, {images['file'].iloc[0]})"
            )
        if image_id not in rows.index:
            raise UserError(f"{name}: has no crop under {view}; try --view whole_image")
        out.append(rows.loc[[image_id]])
    return pd.concat(out).reset_index()


def draw_chosen(
    names: Sequence[str], *, method: str, chosen: ImageSet, view: str, models: Path
) -> bytes:
    """Crop, category step and attribute step of each named photo, with labels, as JPEG.

    Args:
        names: see :func:`chosen_rows`.
        method: with attention.
        chosen: the prepared set.
        view: protocol whose crops are shown.
        models: folder above the trained methods' folders.

    Raises:
        UserError: the method has no attention or is not trained, or a photo is unknown.
    """
    for path in (chosen.photos / "images.parquet", chosen.crops / "manifest.parquet"):
        if not path.is_file():
            raise UserError(f"{path}: not found; run `dvc repro` in the repository's root first")
    vocabulary = read_vocabulary(chosen.photos / "vocabulary.json")
    classifier, card = load_classifier(models / method, method=method, vocabulary=vocabulary)
    size = card["notes"]["image_size"]
    if not has_attention(classifier, size):
        raise UserError(f"{method}: has no attention to plot; --method mtl_rnn_va has")
    manifest = read_table(chosen.crops / "manifest.parquet")
    rows = chosen_rows(manifest, read_table(chosen.photos / "images.parquet"), names, view)
    explained = Explained(
        classifier=classifier,
        rows=rows,
        stores={"crops": chosen.crops / IMAGES, "benchmark": chosen.photos / IMAGES},
        size=size,
        vocabulary=vocabulary,
        seen=np.zeros((len(vocabulary.categories), len(vocabulary.attributes)), dtype=np.bool_),
    )
    return explained.drawn(rows)
