"""Settings that differ between runs, and whether their figures are of the same test images."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from fashion_hls.tracking_read import RecordedRun

_DATA: Final = "data."
#: Words about the data, told by ``dataset.name``.
_WORDS: Final = ("dataset.title", "dataset.bias", "dataset.licence", "dataset.max_bad_share")
#: What adds to the training split alone.
_TRAINING_ONLY: Final = (".flat_lays", ".upsample")
#: Files that hold test photos or their labels, by the folder that the pipeline prepares.
_TEST_DATA: Final = ("data/benchmark/", "data/catalogue/", "data/detection/")
_CROPS: Final = ("data/crops/", "data/catalogue_crops/")
#: Which part of the profile says what a stage's test images are.
_ROLES: Final = {"evaluate_detector": "detection", "evaluate_classifier": "benchmark"}
#: Numbers of test images and labels; which crops are retained depends on the detector.
_COUNTS: Final = re.compile(
    r"(protocols\.(?!retained\.)\w+|figures)\.(images|objects|attribute_positives)"
)
_NOT_THE_SAME: Final = "not the same test images: figures compare with nothing"


def differing(runs: Sequence[RecordedRun]) -> dict[str, list[str]]:
    """Values of each run by the name of the parameter, where they are not all equal.

    A parameter that a run has not is ``—``.
    """
    names = sorted({name for one in runs for name in one.params})
    rows = {name: [one.params.get(name, "—") for one in runs] for name in names}
    return {
        name: values
        for name, values in rows.items()
        if len(set(values)) > 1 and not name.startswith((_DATA, *_WORDS))
    }


def warnings(runs: Sequence[RecordedRun], every: Sequence[RecordedRun]) -> list[str]:
    """Reasons why figures do not compare, most grave first.

    Args:
        runs: those that are compared.
        every: all that are recorded: a training of the same invocation knows the data's digests.
    """
    said = []
    stages = {one.stage.partition("@")[0] for one in runs}
    if len(stages) > 1:
        said.append(f"not the same stage ({', '.join(sorted(stages))}): few figures are in both")
    said += [f"{_NOT_THE_SAME} ({reason})" for reason in _other_images(runs, every)]
    said += _other_crops(runs, every)
    if unfinished := [one.id[:8] for one in runs if one.status != "FINISHED"]:
        said.append(f"not finished: {', '.join(unfinished)}")
    return said


def _other_images(runs: Sequence[RecordedRun], every: Sequence[RecordedRun]) -> list[str]:
    if len({one.profile for one in runs}) > 1:
        return [f"profile {', '.join(dict.fromkeys(one.profile for one in runs))}"]
    reasons = []
    changed = [name for name in differing(runs) if any(_decides(name, one) for one in runs)]
    if changed:
        reasons.append(f"{', '.join(changed)} differ")
    digests = [_digests(one, every, _TEST_DATA) for one in runs]
    reasons += [f"{name} differs" for name in _unequal(digests)]
    counts = [
        {name: str(value) for name, value in one.metrics.items() if _COUNTS.fullmatch(name)}
        for one in runs
    ]
    reasons += [f"{name} differs" for name in _unequal(counts)]
    return reasons


def _decides(name: str, run: RecordedRun) -> bool:
    """Whether a parameter decides which photos are in the test split of a run's stage."""
    if any(part in name for part in _TRAINING_ONLY):
        return False
    stage = run.stage.partition("@")[0]
    role = "catalogue" if "_set_" in stage else _ROLES.get(stage, "")
    parts = ("dataset.data_sha256", "dataset.sample", f"dataset.{role}." if role else "dataset.")
    # The seed draws the splits, and the sample itself.
    return name == "seed" or name.startswith(parts)


def _other_crops(runs: Sequence[RecordedRun], every: Sequence[RecordedRun]) -> list[str]:
    unequal = _unequal([_digests(one, every, _CROPS) for one in runs])
    name = "protocols.retained.images"
    retained = [{name: str(one.metrics[name])} if name in one.metrics else {} for one in runs]
    if unequal or _unequal(retained):
        return [
            "not the same crops (another detector?): whole_image compares, retained and "
            "end_to_end are of other boxes"
        ]
    return []


def _digests(
    run: RecordedRun, every: Sequence[RecordedRun], folders: tuple[str, ...]
) -> dict[str, str]:
    """Digests of files below these folders: the run's own, else of its invocation's stages.

    An evaluation reads predictions alone; the training of the same item before it read the data.
    """
    known: dict[str, str] = {}
    training = run.stage.replace("evaluate_", "train_", 1)
    for one in (run, *(o for o in every if o.parent == run.parent and o.stage == training)):
        for name, digest in one.params.items():
            file = name.removeprefix(_DATA)
            if name.startswith(_DATA) and file.startswith(folders):
                known.setdefault(file, digest)
    return known


def _unequal(tables: Sequence[dict[str, str]]) -> list[str]:
    """Names that two or more tables have with different values."""
    names = sorted({name for table in tables for name in table})
    return [n for n in names if len({table[n] for table in tables if n in table}) > 1]
