"""Rows of Table 5 from the study of object types, and the networks that nobody ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fashion_hls.report.rows import PAPER_PROTOCOL, THIS_RUN, Metrics, Row

#: Rows of the study's metrics file that the paper's table has: a type's own network asked about
#: crops of that type, and one network for all.
_OWN: Final = "a network for each type, chosen by the true type (oracle)"
_ALL: Final = "one network for all"
_IN_USE: Final = "end_to_end"
FROZEN: Final = "frozen backbone, heads only, mean over seeds"
WRONG_TYPE: Final = "as above, test images whose detected type is wrong"
_TOP1: Final = "category_top1"


def study_rows(study: Metrics, title: str, types: Mapping[str, str]) -> list[Row]:
    """Each backbone's networks under the paper's protocol, and where the detector errs.

    Args:
        study: ``metrics/PROFILE/classifier/study/object_types.json``.
        title: of the data.
        types: the paper's training sets of one type -> object type.
    """
    rows: list[Row] = []
    for backbone, protocols in study["backbones"].items():
        report = protocols.get(PAPER_PROTOCOL)
        if report is None:
            continue
        network = f"{backbone}, frozen"
        for name, kind in types.items():
            own = report["rows"][_OWN][f"top1, {kind}"]
            rows.append(_row(name, network, title, report["images_by_type"][kind], own))
        rows.append(
            _row("Full dataset", network, title, report["images"], report["rows"][_ALL]["top1"])
        )
        used = protocols[_IN_USE]
        for name, row in (("four networks", "chosen by the detected type"), ("Full dataset", "")):
            key = f"a network for each type, {row}" if row else _ALL
            figure = used["rows"][key]["top1, detected type wrong"]
            rows.append(
                _row(name, network, title, used["wrong_type"], figure)
                | {"protocol": _IN_USE, "remark": WRONG_TYPE}
            )
    return rows


def networks_not_run(paper: Metrics, ran: Iterable[str], title: str) -> list[Row]:
    """One row for those of the paper's networks that are no part of a run, if there are some.

    Args:
        paper: ``metrics/paper/table5.json``.
        ran: timm names of the run's backbones.
        title: of the data.
    """
    plain = {_plain(name.split(".")[0]) for name in ran}
    names = sorted({row["network"] for row in paper["rows"]})
    names = [name for name in names if not any(_plain(name) in one for one in plain)]
    row: Row = {
        "training_dataset": "any",
        "network": ", ".join(names),
        "source": THIS_RUN,
        "dataset": title,
        "split": "test",
        "protocol": PAPER_PROTOCOL,
        "n": None,
        "remark": "not run: -S backbone=NAME, whose weights come from timm's hub",
    }
    return [row] if names else []


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def _row(name: str, network: str, title: str, images: int, figure: Metrics) -> Row:
    ends = {"": "value", "_low": "low", "_high": "high"}
    return {
        "training_dataset": name,
        "network": network,
        "source": THIS_RUN,
        "dataset": title,
        "split": "test",
        "protocol": PAPER_PROTOCOL,
        "n": images,
        **{
            f"{_TOP1}{end}": None if figure[key] is None else 100 * figure[key]
            for end, key in ends.items()
        },
        "remark": FROZEN,
    }
