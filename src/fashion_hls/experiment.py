"""Run the whole chain under another profile beside the workspace, and bring its figures home.

The committed ``params.yaml`` and ``dvc.lock`` describe the sample. Another profile runs as a
temporary DVC experiment, which leaves both as they are; its metrics are then taken into the
tree and its report into ``reports/``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from fashion_hls import places
from fashion_hls.compose import compose
from fashion_hls.config import parse
from fashion_hls.data.readers import take_inventory
from fashion_hls.errors import UserError
from fashion_hls.record.source import experiment_ref
from fashion_hls.workspace import require_workspace


def run_profile(profile: str, overrides: Sequence[str]) -> None:
    """Run a profile's chain and bring ``metrics/PROFILE`` and ``reports/PROFILE`` home.

    Args:
        profile: a file of conf/dataset, with a budget of the same name.
        overrides: further Hydra overrides, as after ``-S``.

    Raises:
        UserError: the data is not there, or the experiment failed.
    """
    require_workspace("a profile's run")
    settings = [f"dataset={profile}", f"budget={profile}", *overrides]
    config = parse(compose(Path("conf"), settings), "conf")
    if config.dataset.sample is not None:
        raise UserError("the sample is what params.yaml describes; run `make repro`")
    _refuse_unsaved(f"metrics/{profile}")
    # The data lies outside, so its digest tells DVC whether a finished stage still holds.
    digests = [f"{name}: {one['sha256']}" for name, one in take_inventory(config.dataset).items()]
    settings.append(f"dataset.data_sha256={{{', '.join(digests)}}}")
    os.environ[places.DATA_VARIABLE] = str(places.external_data())
    flags = [part for setting in settings for part in ("-S", setting)]
    if experiment_ref(profile):
        # Of the same name, DVC would refuse the run; forced, it would reuse no finished stage.
        _call("dvc", "exp", "remove", "--quiet", profile)
    _call("dvc", "exp", "run", "--temp", "--name", profile, *flags)
    ref = experiment_ref(profile)
    if ref is None:
        raise UserError(f"no experiment named {profile}: it ended before its first stage was done")
    metrics, report = f"metrics/{profile}", f"reports/{profile}"
    try:
        # Somebody may have worked there in the meantime.
        _refuse_unsaved(metrics)
    except UserError as error:
        raise UserError(
            f"{error}. The run itself is done: `git restore --source={ref} -- {metrics}` and "
            f"`dvc get . {report} --rev {ref} --out {report}` bring it home"
        ) from None
    # Checking out adds and replaces, and would leave figures of methods that were not run.
    shutil.rmtree(metrics, ignore_errors=True)
    _call("git", "restore", f"--source={ref}", "--worktree", "--", metrics)
    _call("dvc", "get", "--quiet", "--force", ".", report, "--rev", ref, "--out", report)
    print(f"metrics: {metrics}/   report: {report}/index.html   experiment: {ref}")


def _refuse_unsaved(folder: str) -> None:
    """Figures that are about to be replaced must be safe in Git."""
    command = ["git", "status", "--porcelain", "--", folder]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise UserError(f"the project must be a Git clone ({done.stderr.strip()})")
    if done.stdout:
        raise UserError(f"{folder}: has changes that are not committed; commit or discard them")


def _call(*command: str) -> None:
    """Run a command in full view.

    Raises:
        UserError: it failed; what it printed says why.
    """
    try:
        status = subprocess.run(command, check=False).returncode
    except FileNotFoundError as error:
        raise UserError(f"{command[0]}: not found; use `make`, or activate .venv") from error
    if status:
        raise UserError(
            f"`{' '.join(command[:3])}` ended with status {status} (see above); "
            "run the same command again to go on from the last finished stage"
        )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("profile", help="a profile of conf/dataset, e.g. open")
    parser.add_argument("-S", "--set-param", action="append", default=[], metavar="KEY=VALUE")
    arguments = parser.parse_args()
    try:
        run_profile(arguments.profile, arguments.set_param)
    except UserError as error:
        print(f"{arguments.profile}: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
