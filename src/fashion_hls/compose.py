"""Compose ``conf/`` into ``params.yaml`` as ``dvc exp run`` does, without running anything."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import yaml

from fashion_hls.errors import UserError


def compose(conf: Path, overrides: Sequence[str] = ()) -> dict[str, object]:
    """The composed configuration as plain values.

    Args:
        conf: the folder of Hydra groups.
        overrides: as after ``-S``, e.g. ``method=stl`` or ``train.lr=0.001``.

    Raises:
        UserError: no such group file, or no such key.
    """
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.errors import HydraException
    from omegaconf import OmegaConf

    try:
        with initialize_config_dir(str(conf.resolve()), version_base=None):
            composed = hydra_compose("config", overrides=list(overrides))
    except HydraException as error:
        line = " ".join(str(error).split())
        raise UserError(f"{conf}: {' '.join(overrides)}: {line}") from error
    plain = OmegaConf.to_container(composed, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def write_params(path: Path, values: dict[str, object]) -> None:
    """Write what was composed, in the form DVC writes it."""
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    from fashion_hls.workspace import require_workspace

    try:
        require_workspace("params.yaml", ("conf",))
        write_params(Path("params.yaml"), compose(Path("conf"), sys.argv[1:]))
    except UserError as error:
        sys.exit(str(error))
