"""``fashion-hls compare`` on a store that the tracking itself wrote."""

import csv
import io
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fashion_hls.__main__ import main
from fashion_hls.compare.choosing import by_ids, by_method, last, listed
from fashion_hls.compare.figures import direction, figures
from fashion_hls.compare.settings import differing, warnings
from fashion_hls.errors import UserError
from fashion_hls.tracking import track_stage
from fashion_hls.tracking_read import RecordedRun, read_runs

NAMES = ("DVC_EXP_NAME", "FASHION_HLS_TRACKING", "MLFLOW_TRACKING_URI")


def record(tmp: Path, stage: str, top1: float, *, lr: float = 0.1, digest: str = "a") -> None:
    """What a stage records: a training its data, an evaluation its metrics file."""
    train = stage.replace("evaluate_", "train_")
    params = {"seed": 0, "train": {"lr": lr}, "dataset": {"name": "shop", "bias": stage}}
    data = {"data/benchmark/images.zip": digest * 64}
    with track_stage(train, params=params, data=data) as run:
        run.tags({"dataset": "shop"})
    file = tmp / "metrics.json"
    top = {"value": top1, "low": top1 - 0.1, "high": top1 + 0.1}
    figures = {"images": 60, "category": {"top1": top}, "calibration": {"category": 1 - top1}}
    file.write_text(json.dumps({"seed": 0, "protocols": {"end_to_end": figures}}))
    with track_stage(stage, params=params, data={"predictions/x.parquet": f"{top1}"}) as run:
        run.metrics_file(file)
        run.tags({"dataset": "shop"})


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("workspace")
    before = {name: os.environ.pop(name, None) for name in NAMES}
    os.environ |= {"DVC_ROOT": str(root), "FASHION_HLS_RUN_ID": "first"}
    try:
        record(root, "evaluate_classifier@stl", 0.5)
        record(root, "evaluate_classifier@stl_hls", 0.7, lr=0.2)
        os.environ["FASHION_HLS_RUN_ID"] = "second"
        record(root, "evaluate_classifier@stl", 0.6, digest="b")
    finally:
        for name in ("DVC_ROOT", "FASHION_HLS_RUN_ID"):
            del os.environ[name]
        os.environ |= {name: value for name, value in before.items() if value is not None}
    return root


@pytest.fixture
def root(recorded: Path, tmp_path: Path, monkeypatch) -> Path:
    """The command's working folder, with a copy of the store."""
    for name in (*NAMES, "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    shutil.copy(recorded / "mlflow.db", tmp_path / "mlflow.db")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_what_was_recorded_is_read_newest_first(root: Path) -> None:
    runs = read_runs(root)
    stages = [one.stage for one in runs if one.stage.startswith("evaluate")]
    assert stages[0] == stages[2] == "evaluate_classifier@stl"
    newest = next(one for one in runs if one.stage)
    assert newest.metrics["protocols.end_to_end.category.top1.value"] == 0.6
    assert newest.profile == "shop" and newest.item == "stl" and newest.status == "FINISHED"
    assert newest.params["train.lr"] == "0.1" and newest.started.tzinfo is UTC


def test_the_list_has_a_line_for_each_evaluation(root: Path, capsys) -> None:
    main(["compare"])
    lines = capsys.readouterr().out.splitlines()[2:]
    assert len(lines) == 3 and all("shop" in line and "top-1 0." in line for line in lines)
    main(["compare", "--limit", "1"])
    assert "2 older ones" in capsys.readouterr().out
    main(["compare", "--stage", "train_"])
    assert "train_classifier@stl_hls" in capsys.readouterr().out


def test_methods_side_by_side(root: Path, capsys) -> None:
    main(["compare", "first"])
    shown = capsys.readouterr().out
    assert "0.7000 [0.6000, 0.8000] *" in shown and "0.5000 [0.4000, 0.6000]" in shown
    assert "train.lr" in shown and "dataset.bias" not in shown
    assert "warning" not in shown


def test_other_test_images_are_warned_about(root: Path, capsys) -> None:
    """The evaluation read predictions alone: the training before it knows the photos' digest."""
    main(["compare", "--method", "stl, stl_hls,"])
    shown = capsys.readouterr().out
    assert "warning: not the same test images: figures compare with nothing" in shown
    assert "data/benchmark/images.zip differs" in shown


def test_json_and_csv_have_every_number(root: Path, capsys) -> None:
    ids = [one.id for one in read_runs(root) if one.stage.startswith("evaluate")][1:]
    main(["compare", *(one[:10] for one in ids), "--json", "-", "--csv", "out.csv"])
    printed = capsys.readouterr().out
    content = json.loads(printed[: printed.rindex("}") + 1])
    assert [one["id"] for one in content["runs"]] == ids
    (top,) = [one for one in content["figures"] if one["name"].endswith("top1")]
    assert top["values"] == [0.7, 0.5] and top["best"] == [ids[0]] and top["better"] == "higher"
    (calibration,) = [one for one in content["figures"] if "calibration" in one["name"]]
    assert calibration["better"] == "lower" and calibration["best"] == [ids[0]]
    assert content["parameters"] == {"train.lr": ["0.2", "0.1"]}
    rows = list(csv.DictReader(io.StringIO((root / "out.csv").read_text())))
    assert [row["value"] for row in rows if row["figure"].endswith("top1")] == ["0.7", "0.5"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nosuchrun", "another"], "no run has this id"),
        (["first", "--last", "2"], "one of the three"),
        (["--last", "1"], "2 or more"),
        (["--last", "2", "--stage", "evaluate_detector"], "0 finished runs"),
        (["--method", "stl,mtl"], "recorded: stl, stl_hls"),
        (["--method", "stl"], "compares with nothing"),
        (["first", "--metrics", "["], "is no regular expression"),
        (["first", "--metrics", "nosuch"], "fits none of the"),
        (["--json", "-"], "for a comparison"),
        (["--profile", "open"], "no such run"),
        (["first", "--json", "-", "--csv", "-"], "name a file for one"),
        (["first", "--json", "out", "--csv", "./out"], "would be written to one place"),
    ],
)
def test_a_users_mistake_ends_in_one_line(root: Path, arguments, said, capsys) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["compare", *arguments])
    shown = capsys.readouterr().err
    assert ended.value.code == 2 and said in shown and len(shown.splitlines()) == 1


def test_no_store_and_a_broken_one_end_in_one_line(tmp_path: Path, monkeypatch, capfd) -> None:
    for name in (*NAMES, "DVC_ROOT"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UserError, match="not there"):
        read_runs(tmp_path)
    assert not list(tmp_path.iterdir()), "looking made a store"
    (tmp_path / "mlflow.db").write_text("no database" * 100)
    with pytest.raises(UserError, match="cannot read") as broken:
        read_runs(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:hunter2@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(UserError, match="cannot read") as away:
        read_runs(tmp_path)
    shown = capfd.readouterr()
    for one in (broken, away):
        assert "\n" not in str(one.value)
        assert "hunter2" not in str(one.value) + shown.err + shown.out


# ---- without a store


def made(number: int, stage: str, parent: str = "p", **fields) -> RecordedRun:
    values = {
        "id": f"{number:032x}",
        "name": stage or parent,
        "stage": stage,
        "parent": parent,
        "started": datetime(2024, 5, 1, tzinfo=UTC),
        "status": "FINISHED",
        "profile": "open",
        "commit": "c" * 40,
        "dirty": False,
        "params": {},
        "metrics": {},
    }
    return RecordedRun(**values | fields)


def test_an_ambiguous_beginning_and_an_empty_one_are_refused() -> None:
    runs = [made(1, "evaluate_classifier@stl"), made(2, "evaluate_classifier@stl_hls")]
    with pytest.raises(UserError, match="2 runs begin so"):
        by_ids(runs, ["0000"])
    with pytest.raises(UserError, match="no run has this id"):
        by_ids(runs, [""])
    assert by_ids(runs, [runs[1].id, runs[1].id]) == [runs[1]]


def test_an_invocation_stands_for_its_methods_or_its_detectors() -> None:
    first = made(9, "", name="first", id="f" * 32)
    newer = made(4, "evaluate_classifier@stl", parent=first.id)
    runs = [
        newer,
        made(3, "evaluate_classifier@stl", parent=first.id),
        made(2, "evaluate_classifier@stl_hls", parent=first.id),
        made(1, "evaluate_detector@centernet", parent=first.id),
        first,
    ]
    assert [one.id for one in by_ids(runs, ["first"])] == [runs[2].id, newer.id]
    assert [one.item for one in by_ids(runs[3:], ["ffff"])] == ["centernet"]
    with pytest.raises(UserError, match="evaluated no method"):
        by_ids([first], ["first"])


def test_runs_of_a_further_set_are_chosen_by_their_stage() -> None:
    stage = "evaluate_set_classifier"
    runs = [made(1, f"{stage}@catalogue-stl"), made(2, f"{stage}@catalogue-stl_hls")]
    runs.append(made(3, f"{stage}@catalogue-mtl_rnn_va", status="RUNNING"))
    assert by_method(runs, ["stl_hls", "stl"], stage) == [runs[1], runs[0]]
    assert last(runs, 5, stage) == [runs[1], runs[0]]
    assert listed(runs, stage=None, profile="open") == runs
    assert listed(runs, stage=None, profile="sample") == []
    with pytest.raises(UserError, match="mtl_rnn_va"):
        by_method(runs, ["mtl_rnn_va"], stage)


def test_a_detectors_interval_and_equal_and_missing_figures() -> None:
    detector = "evaluate_detector@centernet"
    one = made(1, detector, metrics={"figures.mAP": 0.5, "intervals.mAP.low": 0.4,
                                     "intervals.mAP.high": 0.6, "figures.AP50": 0.8})  # fmt: skip
    two = made(2, detector, metrics={"figures.mAP": 0.5, "figures.AP75": float("nan")})
    rows = {row.name: row for row in figures([one, two], None)}
    assert rows["figures.mAP"].intervals == [(0.4, 0.6), None] and rows["figures.mAP"].best == []
    assert rows["figures.AP50"].values == [0.8, None] and rows["figures.AP50"].best == []
    assert rows["figures.AP75"].values == [None, None]


@pytest.mark.parametrize(
    ("name", "better"),
    [
        ("protocols.retained.category.top1", "higher"),
        ("figures.per_class.footwear.AP", "higher"),
        ("protocols.retained.consistency.unseen_at_3", "lower"),
        ("category/loss", "lower"),
        ("duration_seconds", "lower"),
        ("diagnostics.false", "lower"),
        ("protocols.retained.images", ""),
        ("protocols.retained.calibration.bins", ""),
        ("figures.per_class.footwear.objects", ""),
        ("seed", ""),
    ],
)
def test_which_way_a_figure_is_better(name: str, better: str) -> None:
    assert direction(name) == better


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"profile": "sample"}, "profile open, sample"),
        ({"params": {"dataset.data_sha256.x": "1"}}, "dataset.data_sha256.x differ"),
        ({"params": {"dataset.benchmark.least": "20"}}, "dataset.benchmark.least differ"),
        ({"params": {"seed": "1"}}, "seed differ"),
        ({"metrics": {"protocols.whole_image.images": 61.0}}, "whole_image.images differs"),
        ({"params": {"data.data/catalogue/images.zip": "b"}}, "images.zip differs"),
    ],
)
def test_what_makes_figures_incomparable(changed: dict, told: str) -> None:
    stage = "evaluate_classifier@stl"
    facts = {
        "params": {"seed": "0", "data.data/catalogue/images.zip": "a"},
        "metrics": {"protocols.whole_image.images": 60.0},
    }
    one = made(1, stage, **facts)
    merged = {key: {**facts[key], **changed.get(key, {})} for key in facts}
    two = made(2, stage, **{**changed, **merged})
    (said, *_) = warnings([one, two], [one, two])
    assert said.startswith("not the same test images") and told in said
    assert warnings([one, made(3, stage, **facts)], [one]) == []


def test_what_concerns_training_or_crops_alone_is_no_other_test() -> None:
    stage = "evaluate_classifier@stl"
    one = made(1, stage, params={"dataset.benchmark.upsample": "2", "dataset.detection.val": "1"})
    two = made(2, stage, params={"dataset.benchmark.upsample": "3", "dataset.detection.val": "2"})
    assert warnings([one, two], []) == [] and len(differing([one, two])) == 2
    found = "protocols.end_to_end.consistency.images"  # photos in which something was detected
    three = made(3, stage, metrics={"protocols.retained.images": 50.0, found: 60.0})
    four = made(4, stage, metrics={"protocols.retained.images": 55.0, found: 61.0}, status="FAILED")
    said = warnings([three, four], [])
    assert said[0].startswith("not the same crops") and said[1].startswith("not finished")
    assert "not the same stage" in warnings([one, made(5, "evaluate_detector@a")], [])[0]
