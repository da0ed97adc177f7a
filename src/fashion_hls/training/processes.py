"""Several processes that train one network together, on Hugging Face Accelerate.

Each holds the whole network and takes its share of every batch. Gradients are averaged by the
shares before a step, so all take the same step and hold the same weights. One process alone
computes what it would without this module, bit for bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import torch
from torch import Tensor, nn

from fashion_hls.errors import UserError
from fashion_hls.provenance import launched
from fashion_hls.training.state import trained

if TYPE_CHECKING:
    from accelerate import Accelerator

Value = TypeVar("Value")
#: How long a process waits for the others: the main one alone waits for locks and writes.
_PATIENCE = timedelta(hours=2)
_PRECISIONS = ("no", "bf16")


class Share(NamedTuple):
    """Which images of a batch a process takes: those from ``first`` up to ``end``.

    ``weight``: its part of the batch times the number of processes. The mean over all processes
    of their own means, each times its weight, is the mean over the batch.
    """

    first: int
    end: int
    weight: float


def share_of(images: int, index: int, count: int) -> Share:
    """The share of one of ``count`` processes in a batch.

    A batch smaller than their number leaves some without an image of their own. They take one
    that is another's, at a weight of 0: so all walk the same path.
    """
    first, end = index * images // count, (index + 1) * images // count
    return Share(first, max(end, first + 1), (end - first) * count / images)


class Team:
    """The processes of one training, as one of them sees it.

    Attributes:
        count: how many there are.
        index: which one this is; 0 is the main one, which alone writes.
        device: where this one computes.
    """

    def __init__(self, accelerator: Accelerator) -> None:
        self._accelerator = accelerator
        self.count: int = accelerator.num_processes
        self.index: int = accelerator.process_index
        self.device: torch.device = accelerator.device

    @property
    def main(self) -> bool:
        """Whether this process writes what all of them have found."""
        return self.index == 0

    def identity(self) -> dict[str, Any]:
        """What of the processes a training depends on, for its fingerprint."""
        return {
            "count": self.count,
            "device": self.device.type,
            "precision": self._accelerator.mixed_precision,
        }

    def share(self, images: int) -> Share:
        """This process's share of a batch."""
        return share_of(images, self.index, self.count)

    def to_device(self, content: Value) -> Value:
        """Tensors, or lists, tuples and dicts of them, where this process computes."""
        from accelerate.utils import send_to_device

        moved: Value = send_to_device(content, self.device)
        return moved

    def precision(self) -> AbstractContextManager[None]:
        """Computes losses in the precision that ``ACCELERATE_MIXED_PRECISION`` names."""
        context: AbstractContextManager[None] = self._accelerator.autocast()
        return context

    def begin_alike(self, model: nn.Module) -> None:
        """Give all processes the main one's weights and statistics.

        The same seed gives the same ones, but for the last digits of unlike machines.
        """
        if self.count > 1:
            weights = self.from_main(
                lambda: {name: value.cpu() for name, value in model.state_dict().items()}
            )
            model.load_state_dict(weights)

    def mean(self, values: Tensor, weight: float) -> Tensor:
        """The batch's values [n] from those of each process's share, the same for all.

        A value that is not finite anywhere is not finite in the result.
        """
        if self.count == 1:
            return values
        reduced: Tensor = self._accelerator.reduce(values.float() * weight, reduction="mean")
        return reduced

    @torch.no_grad()
    def average(self, model: nn.Module, weight: float) -> None:
        """Give all processes the batch's gradients, and the mean of BatchNorm's statistics.

        All in one buffer. A parameter that no process has a gradient for keeps none, as an
        optimiser leaves it alone then.
        """
        if self.count == 1:
            return
        parameters = list(trained(model).values())
        known = torch.tensor([float(p.grad is not None) for p in parameters], device=self.device)
        for parameter in parameters:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        held = [p.grad for p in parameters if p.grad is not None] + list(_statistics(model))
        held.append(known)
        flat = torch.cat([tensor.reshape(-1) for tensor in held]) * weight
        parts = self._accelerator.reduce(flat, reduction="mean").split([t.numel() for t in held])
        for tensor, part in zip(held, parts, strict=True):
            tensor.copy_(part.view(tensor.shape))
        for parameter, given in zip(parameters, known.tolist(), strict=True):
            if not given:
                parameter.grad = None

    def gather(self, own: list[Value]) -> list[Value]:
        """What all processes hold, those of the main one first; tensors must be on the CPU."""
        from accelerate.utils import gather_object

        found: list[Value] = gather_object(own) if self.count > 1 else own
        return found

    def from_main(self, make: Callable[[], Value]) -> Value:
        """What the main process makes, for all; tensors must be on the CPU."""
        from accelerate.utils import broadcast_object_list

        held = [make() if self.main else None]
        if self.count > 1:
            broadcast_object_list(held)
        # In the others the broadcast has put the main one's value where None was.
        return cast(Value, held[0])

    def leave(self) -> None:
        """End the common work, once for all: from here on each process is alone."""
        if self.count > 1:
            self._accelerator.wait_for_everyone()
        self._accelerator.end_training()


@cache
def team() -> Team:
    """The processes that a launcher started together; without one, this process alone.

    With a GPU each computes on its own; without, or with ``ACCELERATE_USE_CPU=true``, on the CPU.

    Raises:
        UserError: the environment asks for what is not supported.
    """
    precision = os.environ.get("ACCELERATE_MIXED_PRECISION", "no").lower()
    if precision not in _PRECISIONS:
        raise UserError(
            f"ACCELERATE_MIXED_PRECISION={precision}: set it to {' or '.join(_PRECISIONS)}; "
            "fp16 and fp8 need scaled gradients, which the training loop has not"
        )
    from accelerate import Accelerator
    from accelerate.utils import DistributedType, InitProcessGroupKwargs

    accelerator = Accelerator(
        # Without a GPU Accelerate must be told so, or it takes each process for a lone one.
        cpu=not torch.cuda.is_available(),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=_PATIENCE)],
    )
    plain = (DistributedType.NO, DistributedType.MULTI_CPU, DistributedType.MULTI_GPU)
    if accelerator.distributed_type not in plain:
        raise UserError(
            f"accelerate: {accelerator.distributed_type.value}: not supported; every process holds "
            "the whole network, so choose multi-GPU or multi-CPU (docs/distributed.md)"
        )
    started = launched().total
    if accelerator.num_processes != started:
        raise UserError(
            f"{started} processes were started, and accelerate sees {accelerator.num_processes}; "
            "start them with torchrun or accelerate launch (docs/distributed.md)"
        )
    return Team(accelerator)


def _statistics(model: nn.Module) -> Iterator[Tensor]:
    """BatchNorm's running means and variances, where a step changes them."""
    for module in model.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.training:
            for tensor in (module.running_mean, module.running_var):
                if tensor is not None:
                    yield tensor
