import json
from pathlib import Path

import pytest
from PIL import Image

from fashion_hls.report.attention_section import attention_section
from fashion_hls.report.page import Section

PEER = {"area": 0.5, "difference": -0.1, "low": -0.2, "high": -0.05}
KIND = {"attention": 0.4, "random": PEER, "mean_map": {**PEER, "low": -0.2, "high": 0.1}}
RUN = {
    "protocol": "end_to_end",
    "images": 48,
    "level": 0.95,
    "attention": {
        step: {"deletion": KIND, "insertion": KIND} for step in ("category", "attributes")
    },
}


def section(root: Path, run: dict, rules: tuple[str, ...] = ()) -> Section | None:
    path = root / "metrics/attention/catalogue/mtl_rnn_va.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(run))
    for rule in rules:
        picture = root / "pictures/catalogue/mtl_rnn_va" / f"{rule}.jpg"
        picture.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 9)).save(picture)
    return attention_section(root / "metrics", root / "pictures", "mtl_rnn_va", Path("catalogue"))


def test_a_method_without_attention_has_no_section(tmp_path: Path) -> None:
    assert section(tmp_path, {"attention": None, "note": "none"}) is None


def test_less_is_better_in_deletion_and_worse_in_insertion(tmp_path: Path) -> None:
    made = section(tmp_path, RUN)
    assert made is not None and made.title == "Attention, catalogue: MTL w/ RNN + VA"
    ((_, table),) = made.tables
    assert len(table) == 2 * 2 * 2
    verdicts = table.set_index(["step", "curve", "peer"])["verdict"]
    assert verdicts["category", "deletion", "random order"] == "better"
    assert verdicts["attributes", "insertion", "random order"] == "worse"
    assert set(verdicts[:, :, "mean map"]) == {"undecided"}


@pytest.mark.parametrize("rules", [(), ("wrong", "right")])
def test_galleries_are_shown_where_there_are_any(tmp_path: Path, rules: tuple[str, ...]) -> None:
    made = section(tmp_path, RUN, rules)
    assert made is not None
    assert [path.stem for path, _ in made.pictures] == sorted(rules)
    for (_, text), word in zip(made.pictures, ("right", "wrong"), strict=False):
        assert f"the category is {word}" in text
