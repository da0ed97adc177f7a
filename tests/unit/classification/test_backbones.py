"""Every backbone of conf/backbone as the encoder of a classifier, with random weights."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from torch import nn

from fashion_hls.classification.stl import SingleTask
from fashion_hls.classification.trunk import Trunk
from fashion_hls.config_training import Augment, ClassifierTraining
from fashion_hls.training.classifier import train_category_network
from fashion_hls.training.views import TrainingSet

FILES = sorted(Path("conf/backbone").glob("*.yaml"))
#: What InceptionV3 needs at least is 75.
SIDE = 96


def trunk_of(name: str) -> Trunk:
    chosen = yaml.safe_load(Path("conf/backbone", f"{name}.yaml").read_text())
    torch.manual_seed(0)
    return Trunk(chosen["name"], pretrained=False, trained_from=chosen["trained_from"])


def is_norm(module: nn.Module) -> bool:
    return isinstance(module, nn.modules.batchnorm._BatchNorm)


@pytest.mark.parametrize("name", [path.stem for path in FILES])
def test_it_gives_a_map_and_trains_what_comes_last(name: str) -> None:
    trunk = trunk_of(name).train()
    # In the order in which they are run: whether a layer with weights, BatchNorm apart, is trained.
    order: list[bool] = []
    for module in trunk.net.modules():
        own = list(module.parameters(recurse=False))
        if own and not is_norm(module):
            assert len({p.requires_grad for p in own}) == 1
            module.register_forward_hook(
                lambda layer, *_: order.append(next(layer.parameters()).requires_grad)
            )
    features = trunk(torch.rand(2, 3, SIDE, SIDE))
    assert features.ndim == 4 and features.shape[:2] == (2, trunk.channels)
    assert order == sorted(order) and {False, True} == set(order)
    layers = [m for m in trunk.net.modules() if list(m.parameters(recurse=False))]
    assert len(order) == sum(not is_norm(m) for m in layers)
    features.square().mean().backward()
    for key, parameter in trunk.named_parameters():
        assert (parameter.grad is not None) == parameter.requires_grad, key


class Nowhere:
    """Keeps no state."""

    def load(self) -> None:
        return None

    def save(self, state: dict[str, object], step: int) -> None:
        pass


def photos() -> TrainingSet:
    """Four to train on, which make one step, and two to validate."""
    rows = np.arange(6)
    pictures = torch.rand(6, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    columns = {
        "image_id": rows,
        "file": [f"{row}.png" for row in rows],
        "split": ["train"] * 4 + ["val"] * 2,
        "object_type": rows % 4,
        "detected_type": rows % 4,
        "category": rows % 3,
    }
    return TrainingSet(
        manifest=pd.DataFrame(columns),
        crops=lambda chosen: pictures[list(chosen)],
        positives=np.zeros((6, 1), dtype=bool),
    )


def test_a_step_changes_the_last_blocks_of_efficientnet_b4_and_nothing_else() -> None:
    """The blocks and the head that the paper fine-tunes, BatchNorm excepted (§5.2.1)."""
    network = SingleTask(trunk_of("tf_efficientnet_b4"), outputs=3, dropout=0.3)
    before = {key: value.clone() for key, value in network.state_dict().items()}
    recipe = ClassifierTraining(
        epochs=1,
        batch_size=4,
        lr=1e-3,
        optimizer="adam",
        image_size=None,
        views=("retained",),
        label_sharing="predicted",
        augment=Augment(),
    )
    steps = train_category_network(
        network,
        photos(),
        "category",
        options=recipe,
        seed=0,
        savers=lambda _: Nowhere(),
        on_epoch=lambda *_: None,
    )
    assert len(steps) == 1
    changed = {k for k, v in network.state_dict().items() if not torch.equal(v, before[k])}
    blocks = [f"trunk.net.blocks.5.{b}." for b in range(3, 8)] + ["trunk.net.blocks.6."]
    expected = {
        key
        for key in before
        if key.startswith(("classifier.", "trunk.net.conv_head.", *blocks))
        and not is_norm(network.get_submodule(key.rpartition(".")[0]))
    }
    assert changed == expected
    statistics = [key for key in before if key.endswith(("running_mean", "running_var"))]
    assert len(statistics) == 2 * sum(is_norm(module) for module in network.modules()) > 0
