"""A trained method with attention over the crops of a split: figures and galleries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import torch

from fashion_hls.classification.build import Classifier
from fashion_hls.classification.crops import Crops
from fashion_hls.data.images import ImageStore
from fashion_hls.data.records import Vocabulary
from fashion_hls.explain.attention import faithfulness, gallery_rows, told
from fashion_hls.explain.gallery import gallery
from fashion_hls.metrics.protocols import IN_USE
from fashion_hls.metrics.topk import Mask
from fashion_hls.report.jpeg import as_jpeg

#: Crops that faithfulness is judged on, and rows of a gallery.
JUDGED: Final = 48
EACH: Final = 4


def rows_of(manifest: pd.DataFrame, predictions: pd.DataFrame, split: str) -> pd.DataFrame:
    """The crops of a split under ``IN_USE`` with their labels, places and scores, by image id."""
    rows = manifest[(manifest["view"] == IN_USE) & (manifest["split"] == split) & manifest["found"]]
    scores = predictions[predictions["view"] == IN_USE]
    scores = scores[["image_id", "category_scores", "attribute_scores"]]
    return rows.merge(scores, on="image_id").sort_values("image_id").reset_index(drop=True)


@dataclass(frozen=True, kw_only=True)
class Explained:
    """``rows``: as rows_of() gives them. ``stores``: store name -> zip. ``size``: of the crops in
    pixels. ``seen``: pairs of category and attribute that occur in training [c, a]."""

    classifier: Classifier
    rows: pd.DataFrame
    stores: dict[str, Path]
    size: int
    vocabulary: Vocabulary
    seen: Mask

    def judged(self, *, seed: int, draws: int, level: float, threads: int) -> dict[str, Any]:
        """Faithfulness over up to ``JUDGED`` crops, drawn by the seed."""
        order = np.random.default_rng(seed).permutation(len(self.rows))[:JUDGED]
        part = self.rows.iloc[np.sort(order)]
        crops = Crops(part, self.stores, size=self.size, threads=threads)
        figures = faithfulness(
            self.classifier, crops, _types(part), seed=seed, draws=draws, level=level
        )
        return {"images": len(part), "level": level, "draws": draws, "attention": figures}

    def galleries(self) -> Iterator[tuple[str, bytes]]:
        """Rule and JPEG of each gallery that has rows."""
        chosen = gallery_rows(
            np.stack(self.rows["category_scores"].tolist()),
            np.stack(self.rows["attribute_scores"].tolist()),
            self.rows["category"].to_numpy(),
            self.seen,
            each=EACH,
        )
        for rule, places in chosen.items():
            if places:
                yield rule, self.drawn(self.rows.iloc[places])

    def drawn(self, rows: pd.DataFrame) -> bytes:
        """The gallery of some of the rows as JPEG."""
        crops = Crops(rows, self.stores, size=self.size, threads=1)
        with torch.inference_mode():
            scores = self.classifier.scores(crops(range(len(rows))), _types(rows))
        assert scores.attention is not None
        opened = {name: ImageStore(path) for name, path in self.stores.items()}
        places = zip(rows["store"], rows["file"], strict=True)
        sheet = gallery(
            [opened[store].image(file) for store, file in places],
            scores.attention.numpy(),
            told(rows, scores, self.vocabulary.categories, self.vocabulary.attributes),
        )
        return as_jpeg(sheet)


def _types(rows: pd.DataFrame) -> torch.Tensor:
    return torch.tensor(rows["detected_type"].to_numpy(np.int64))
