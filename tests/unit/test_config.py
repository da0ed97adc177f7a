from pathlib import Path

import pytest
import yaml

from fashion_hls.compose import compose
from fashion_hls.config import load, parse
from fashion_hls.errors import UserError

CONF = Path("conf")
#: A search's space is no group: it belongs to no run.
FILES = [path for path in sorted(CONF.glob("*/*.yaml")) if path.parent.name != "search"]
GROUPS = [f"{path.parent.name}={path.stem}" for path in FILES]


def test_conf_composes_to_the_committed_params() -> None:
    assert compose(CONF) == yaml.safe_load(Path("params.yaml").read_text())


@pytest.mark.parametrize("choice", GROUPS)
def test_every_group_file_gives_a_valid_config(choice: str) -> None:
    parse(compose(CONF, [choice]), choice)


def test_a_method_narrows_the_matrix() -> None:
    assert compose(CONF, ["method=stl_hls"])["methods"] == ["stl_hls"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"threads": 0}, "threads"),
        ({"seed": "zero"}, "seed"),
        ({"learning_rate": 0.1}, "learning_rate"),
        ({"methods": ["stl", "hls"]}, "methods.1"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(change: dict[str, object], field: str) -> None:
    with pytest.raises(UserError) as error:
        parse(compose(CONF) | change, "params.yaml")
    assert str(error.value).startswith(f"params.yaml: {field}: ")
    assert "\n" not in str(error.value)


#: Input size, optimiser and rate as published (paper, section 5.1, and the framework's defaults).
PUBLISHED = {
    "faster_rcnn": (600, "sgd", 0.0002),
    "efficientdet_d1": (640, "sgd", 0.0001),
    "efficientdet_d2": (768, "sgd", 0.0001),
    "centernet": (512, "adam", 0.001),
}


def test_the_paper_s_budget_takes_each_detector_s_published_settings() -> None:
    choice = ["dataset=deepfashion", "budget=deepfashion", "detector=all"]
    config = parse(compose(CONF, choice), "conf")
    for name, (side, optimizer, rate) in PUBLISHED.items():
        architecture = config.architectures[name]
        recipe = config.detector.training(architecture)
        assert (recipe.optimizer, recipe.lr, recipe.batch_size) == (optimizer, rate, 2)
        assert config.detector.network(architecture)["image_size"] == side


@pytest.mark.parametrize("recipe", ["published", "short"])
def test_a_detector_takes_the_rate_of_its_recipe_unless_one_is_named(recipe: str) -> None:
    choice = ["detector=all", f"detector.train.recipe={recipe}"]
    config = parse(compose(CONF, choice), "conf")
    for one in config.architectures.values():
        made, own = config.detector.training(one), getattr(one, recipe)
        assert (made.lr, made.optimizer) == (own.lr, own.optimizer)
    config = parse(compose(CONF, [*choice, "detector.train.lr=0.03"]), "conf")
    for one in config.architectures.values():
        made = config.detector.training(one)
        assert (made.lr, made.optimizer) == (0.03, getattr(one, recipe).optimizer)


def test_retention_needs_a_detector_of_the_run() -> None:
    values = compose(CONF) | {"retention": {"detector": "centernet", "min_score": 0.5}}
    with pytest.raises(UserError, match="not in detectors"):
        parse(values, "params.yaml")


@pytest.mark.parametrize("override", ["dataset.further_sets=[]", "dataset.catalogue=null"])
def test_a_catalogue_and_its_stages_go_together(override: str) -> None:
    with pytest.raises(UserError, match=r"further_sets is \[catalogue\] where catalogue is given"):
        parse(compose(CONF, [override]), "params.yaml")


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("dataset.detection.flat_lays={}", "flat_lays takes shop photos"),
        ("dataset.catalogue.flat_lays={min_confidence:2}", "min_confidence"),
        ("dataset.catalogue.flat_lays={each:2}", "each"),
        ("dataset.detection.upsample=most", "upsample"),
        ("dataset.catalogue.upsample=0", "upsample"),
    ],
)
def test_flat_lays_and_copies_are_checked(override: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        parse(compose(CONF, [override]), "conf")


def test_missing_and_broken_files_end_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not found"):
        load(tmp_path / "params.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1, 2\nb: {")
    with pytest.raises(UserError, match="not valid YAML") as error:
        load(broken)
    assert "\n" not in str(error.value)
