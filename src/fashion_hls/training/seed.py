"""Every random choice draws from the configured seed.

A global random state depends on how many draws came before it, so a resumed run would go on
with other numbers. The generators here depend on names alone: seed, epoch, stream.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import os
import random
from typing import Any

import numpy as np
import torch

# mallopt's names in glibc's malloc.h.
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4


def seed_everything(seed: int, threads: int) -> None:
    """Seed python, numpy and torch, fix the thread count, ask for deterministic operations.

    Freed memory is kept for the next tensor as well (see :func:`keep_freed_memory`).

    On the CPU an operation without a deterministic form raises. With a GPU it warns: some
    operations of the detectors have no deterministic CUDA kernel, and a training with a last
    digit that differs is better than none.

    Args:
        seed: 0 or more.
        threads: CPU threads for torch; sums depend on it, so it is part of a run's identity.
    """
    # cuBLAS reads this when CUDA starts and refuses deterministic mode without it.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    random.seed(seed)
    np.random.seed(_derive(seed) % 2**32)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.backends.cudnn.benchmark = False
    # Filling fresh memory only shows reads of it, which would be defects; it costs a tenth.
    # The switch is a property of the module's own class, so no type checker knows it.
    deterministic: Any = torch.utils.deterministic
    deterministic.fill_uninitialized_memory = False
    torch.use_deterministic_algorithms(True, warn_only=torch.cuda.is_available())
    keep_freed_memory()


def keep_freed_memory() -> bool:
    """Have malloc reuse freed memory instead of handing it back to the system.

    glibc maps every large tensor anew, and the system clears each page of it, which
    benchmarks/training_step.py measures. The process keeps the memory of its largest step.

    Returns:
        Whether this C library has the switch; others go on as they are.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    wanted = {_M_MMAP_MAX: 0, _M_TRIM_THRESHOLD: 2**31 - 1, _M_TOP_PAD: 2**26}
    done = [mallopt(switch, value) for switch, value in wanted.items()]
    return all(done)


def epoch_generator(seed: int, epoch: int, stream: str) -> torch.Generator:
    """A CPU generator for one epoch and one use (``"shuffle"``, ``"augment"``).

    The same arguments give the same numbers, whatever was drawn before.
    """
    return torch.Generator().manual_seed(_derive(seed, epoch, stream) % 2**63)


def numpy_generator(seed: int, *names: str | int) -> np.random.Generator:
    """A numpy generator named by the seed and any further names."""
    return np.random.default_rng(_derive(seed, *names))


def _derive(seed: int, *names: str | int) -> int:
    """256 bits from a seed and names; JSON keeps ("a", "bc") apart from ("ab", "c")."""
    return int.from_bytes(hashlib.sha256(json.dumps([seed, *names]).encode()).digest(), "big")


def seed_epoch(seed: int, epoch: int, process: int = 0) -> None:
    """Seed torch's global generator, which dropout and proposal sampling draw from.

    Args:
        seed: the run's.
        epoch: its number.
        process: which of several; each draws for its own images, so each draws other numbers.
    """
    names = (epoch, "global", process) if process else (epoch, "global")
    torch.manual_seed(_derive(seed, *names) % 2**63)
