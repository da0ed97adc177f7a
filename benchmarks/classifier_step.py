"""A classifier's training step against the step of timm's own training script.

Ours: the training loop with the recipe of the profile ``open`` (Adam, clipping, moving average,
smoothed cross-entropy) on Baseline STL's category network, whose first blocks and BatchNorm are
frozen. timm's: what ``train_one_epoch`` of its train.py does in a step on one CPU with
``--opt adam --channels-last``, our rate and weight decay and otherwise its defaults (no clipping,
no moving average, no dropout). Its package does not ship the script: the step is written after it
here, around the package's own model, ``timm.task``, optimiser and scheduler factories:

- everything trainable, as the script trains (aimed at: 1.5 times its images a second),
- the same parameters frozen by ``timm.utils.freeze`` and every BatchNorm by
  ``freeze_batch_norm_2d``, as timm offers it (aimed at: 0.95),
- its step around our network: what the loops alone differ in, and that ours keeps freed memory
  (``training_step.py``).

The same batch of images is in memory on both sides; it is scaled to the network's range in our
step and beforehand for timm's, whose loader does that. Each variant runs in a process of its own,
set up as its training is, in turns. Prints images a second and the ratios:
``PYTHONPATH=src python benchmarks/classifier_step.py --full``
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from tabulate import tabulate

from ratio import in_turns, ratio, spread

CATEGORIES, WARM_UP = 50, 2
OWN, ALL, FROZEN, LOOP = "this loop", "timm, all", "timm, frozen alike", "timm's step, our network"
VARIANTS = {
    OWN: "its first blocks and BatchNorm frozen",
    ALL: "everything trainable",
    FROZEN: "frozen as ours by timm.utils.freeze",
    LOOP: "its step alone differs from ours",
}


class Size(NamedTuple):
    """Of a measurement: ``side`` in pixels, ``batch`` images, ``steps``, CPU ``threads``."""

    side: int
    batch: int
    steps: int
    threads: int


#: As on ``open``; and one that a test runs.
FULL, SMALL = Size(224, 32, 10, 2), Size(96, 8, 3, 2)
ROUNDS = 7


@cache
def profile() -> Any:
    """The configuration of the profile ``open``."""
    from fashion_hls.compose import compose
    from fashion_hls.config import parse

    return parse(compose(Path("conf"), ["dataset=open", "budget=open"]), "conf")


def batch_of(size: Size) -> tuple[Any, Any]:
    """Images [b, 3, s, s] in 0-1 and their categories [b]."""
    import torch

    draws = torch.Generator().manual_seed(0)
    images = torch.rand(size.batch, 3, size.side, size.side, generator=draws)
    return images, torch.randint(CATEGORIES, (size.batch,), generator=draws)


def own_network() -> Any:
    """The category network of Baseline STL, as the profile trains it."""
    from fashion_hls.classification.stl import SingleTask
    from fashion_hls.classification.trunk import Trunk

    config = profile()
    backbone = config.backbone
    trunk = Trunk(backbone.name, pretrained=backbone.pretrained, trained_from=backbone.trained_from)
    return SingleTask(trunk, outputs=CATEGORIES, dropout=config.heads.dropout)


def own_step(size: Size) -> Callable[[int], float]:
    """Our loop: how many steps to the seconds that they took, validation and saving left out."""
    from torch.nn import functional

    from fashion_hls.training.seed import seed_everything
    from steps import seconds_of_loop

    config = profile()
    seed_everything(config.seed, size.threads)
    network = own_network()

    def loss(content: Any) -> Any:
        smoothing = config.train.label_smoothing
        logits = network(content[0])
        return {"category": functional.cross_entropy(logits, content[1], label_smoothing=smoothing)}

    return partial(seconds_of_loop, network, config.train, loss, batch_of(size))


def trainable(network: Any) -> list[tuple[int, ...]]:
    """The shapes of the parameters that training changes."""
    return [tuple(one.shape) for one in network.parameters() if one.requires_grad]


def timm_network(frozen: bool) -> Any:
    """timm's model in the layout that ``--channels-last`` gives it; perhaps frozen as ours is."""
    import timm
    import torch
    from timm.layers import freeze_batch_norm_2d
    from timm.utils import freeze

    from fashion_hls.weights import packaged_state

    backbone = profile().backbone
    model = timm.create_model(backbone.name, num_classes=CATEGORIES)
    weights = packaged_state(backbone.name).items()
    model.load_state_dict({k: v for k, v in weights if not k.startswith("classifier")}, False)
    if frozen:
        stage, _, number = backbone.trained_from.partition(".")
        before = [name for name, _ in model.named_children()]
        before = before[: before.index(stage)]
        freeze(model, [*before, *(f"{stage}.{block}" for block in range(int(number)))])
        model = freeze_batch_norm_2d(model)
        if trainable(model) != trainable(own_network()):
            sys.exit("the two do not train the same parameters")
    return model.to(memory_format=torch.channels_last)


def timm_step(variant: str, size: Size) -> Callable[[int], float]:
    """The script's step: how many steps to the seconds that they took."""
    import torch
    from timm.optim import create_optimizer_v2
    from timm.task import ClassificationTask

    torch.set_num_threads(size.threads)
    torch.manual_seed(42)  # the script's own
    model = own_network() if variant == LOOP else timm_network(frozen=variant == FROZEN)
    train = profile().train
    images, target = batch_of(size)
    if variant != LOOP:
        mean, std = (torch.tensor(model.pretrained_cfg[key]) for key in ("mean", "std"))
        images = (images - mean.view(3, 1, 1)) / std.view(3, 1, 1)
    task = ClassificationTask(
        model, criterion_kwargs={"smoothing": train.label_smoothing}, verbose=False
    )
    optimizer = create_optimizer_v2(
        model, opt=train.optimizer, lr=train.lr, weight_decay=train.weight_decay
    )
    return partial(train_epoch, task, optimizer, images, target)


def train_epoch(task: Any, optimizer: Any, images: Any, target: Any, steps: int) -> float:
    """After ``train_one_epoch``: its order of calls, its meters and its log line each 50 steps."""
    import torch
    from timm.scheduler import create_scheduler_v2
    from timm.utils import AverageMeter

    scheduler, _ = create_scheduler_v2(
        optimizer, sched="cosine", num_epochs=10, updates_per_epoch=steps
    )
    times, losses = AverageMeter(), AverageMeter()
    started = before = time.perf_counter()
    task.train()
    optimizer.zero_grad()
    for index in range(steps):
        given = images.contiguous(memory_format=torch.channels_last)
        loss = task(given, target)["loss"]
        loss.backward()
        optimizer.step()
        losses.update(loss.item(), given.size(0))
        optimizer.zero_grad()
        times.update(time.perf_counter() - before)
        before = time.perf_counter()
        if index % 50 == 0:
            rates = [group["lr"] for group in optimizer.param_groups]
            logging.getLogger("train").info(
                f"{index} {losses.avg:#.3g} {times.avg:.3f} {sum(rates) / len(rates):.3e}"
            )
        scheduler.step_update(num_updates=index + 1, metric=losses.avg)
    return time.perf_counter() - started


def seconds_an_image(variant: str, size: Size) -> float:
    """Of a variant in this process, after a warm-up."""
    run = own_step(size) if variant == OWN else timm_step(variant, size)
    run(WARM_UP)
    return run(size.steps) / size.steps / size.batch


def in_a_process(variant: str, size: Size) -> float:
    """``seconds_an_image`` in a process of its own, so that no variant's settings reach another."""
    command = [sys.executable, __file__, "--variant", variant]
    command += [f"--{name}={value}" for name, value in size._asdict().items()]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{variant}: {done.stderr}")
    return float(done.stdout)


def main() -> None:
    """Time the variants in turns; print the table and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in SMALL._asdict().items():
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--full", action="store_true", help=f"{FULL}, {ROUNDS} rounds")
    parser.add_argument("--variant", choices=VARIANTS, help="measure this one alone, once")
    given = parser.parse_args()
    size = FULL if given.full else Size(given.side, given.batch, given.steps, given.threads)
    if given.variant:
        print(seconds_an_image(given.variant, size))
        return
    rounds = ROUNDS if given.full else given.rounds
    seconds = in_turns({name: partial(in_a_process, name, size) for name in VARIANTS}, rounds)
    print(
        f"a training step of {profile().backbone.name}: batches of {size.batch} images of "
        f"{size.side} pixels, {size.steps} steps a round, {size.threads} threads"
    )
    rows = [
        (name, how, spread([1 / one for one in seconds[name]], ".1f"))
        for name, how in VARIANTS.items()
    ]
    headers = ["step", "what is trained", "images a second"]
    print(tabulate(rows, headers=headers, tablefmt="github", disable_numparse=True))
    for peer in (ALL, FROZEN, LOOP):
        print(f"ratio, images a second of {OWN} to {peer}: {ratio(seconds[peer], seconds[OWN])}")


if __name__ == "__main__":
    main()
