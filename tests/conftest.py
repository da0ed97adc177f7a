"""A whole run of the pipeline on a tiny sample, shared by the tests that look at its results."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

from fashion_hls.compose import compose, write_params

ROOT = Path(__file__).parents[1]
#: Seconds instead of minutes; also what each experiment of a test must repeat after ``-S``.
TINY = [
    "budget=tiny",
    "dataset.sample.detection_train=40",
    "dataset.sample.detection_test=15",
    "dataset.sample.benchmark=60",
    "dataset.sample.catalogue_boxes=30",
    "dataset.sample.catalogue=60",
    "dataset.catalogue.least=1",
    "dataset.sample.image_size=96",
    "dataset.detection.balance.enabled=false",
    # So short a training gives weak detections only; without any, nothing would be retained.
    "retention.min_score=0.1",
    "threads=1",
    "evaluation.draws=50",
]
# A busy machine is no defect: no example has a deadline.
settings.register_profile("fashion-hls", deadline=None)
settings.load_profile("fashion-hls")
#: Variables that would lead a run in a copy to the places or the parent run of another.
_FOREIGN = ("DVC_", "FASHION_HLS_", "MLFLOW_", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE")


@dataclass(frozen=True)
class Workspace:
    """A copy of the repository that a test may run commands in."""

    path: Path
    env: dict[str, str]

    def start(self, *command: str, **env: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own, its output in one pipe."""
        return subprocess.Popen(
            command,
            cwd=self.path,
            env=self.env | env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str, status: int = 0, **env: str) -> str:
        """What a command prints; it must end with this status."""
        process = self.start(*command, **env)
        output, _ = process.communicate()
        assert process.returncode == status, f"{' '.join(command)}: {output}"
        return output

    def compose(self, *overrides: str) -> None:
        """Write params.yaml: the tiny run with further overrides."""
        write_params(self.path / "params.yaml", compose(self.path / "conf", [*TINY, *overrides]))

    def commit(self) -> None:
        """Commit whatever Git does not ignore."""
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", "state")

    def experiment(self, *arguments: str) -> str:
        """``dvc exp run`` with the tiny run's overrides and further arguments."""
        tiny = [part for override in TINY for part in ("-S", override)]
        return self.run("dvc", "exp", "run", *tiny, *arguments)

    def copy(self, path: Path) -> "Workspace":
        """The same in another folder, runs of MLflow left out."""
        ignore = shutil.ignore_patterns("mlflow.db*", "mlruns")
        shutil.copytree(self.path, path, symlinks=True, ignore=ignore)
        return Workspace(path, self.env)

    def bytes_of(self, *patterns: str) -> dict[str, bytes]:
        """Content of the files that match, by path; at least one for each pattern."""
        found = {}
        for pattern in patterns:
            files = [path for path in sorted(self.path.glob(pattern)) if path.is_file()]
            assert files, pattern
            found |= {str(path.relative_to(self.path)): path.read_bytes() for path in files}
        return found


def stages_run(output: str) -> set[str]:
    """Names of the stages that DVC says it runs."""
    return set(re.findall(r"Running stage '([^']+)'", output))


@pytest.fixture(scope="session")
def ran():
    return stages_run


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    """The working tree, committed anew, after one ``dvc repro`` of the tiny run; do not change it.

    What is not committed yet is taken along, what Git ignores is not.
    """
    base = tmp_path_factory.mktemp("pipeline")
    env = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    env |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}",
        "OMP_NUM_THREADS": "1",
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(base / "site"),
    }
    made = Workspace(base / "repository", env)
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (made.path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, made.path / name)
    made.run("git", "init", "-q")
    made.run("git", "config", "user.name", "test")
    made.run("git", "config", "user.email", "test@localhost")
    made.compose()
    made.commit()
    output = made.run("dvc", "repro")
    assert "download" in stages_run(output)
    made.commit()
    return made


@pytest.fixture
def copy(workspace, tmp_path):
    """A copy of the finished tiny run that a test may change."""
    return workspace.copy(tmp_path / "repository")
