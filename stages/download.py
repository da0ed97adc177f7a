"""Bring the raw data into place: generate the sample, or look at the external datasets."""

import sys

from fashion_hls import places
from fashion_hls.config import Config
from fashion_hls.data.readers import take_inventory
from fashion_hls.data.store import write_json
from fashion_hls.errors import UserError
from fashion_hls.stage import run
from fashion_hls.tracking import StageRun


def main(config: Config, tracked: StageRun) -> None:
    """Write data/raw."""
    places.RAW.mkdir(parents=True, exist_ok=True)
    sample = config.dataset.sample
    if sample is not None:
        from fashion_hls.data.sample import generate_sample

        generate_sample(places.RAW, seed=config.seed, **sample.model_dump())
        return
    found = take_inventory(config.dataset)
    print(f"{config.dataset.title}: licence: {config.dataset.licence}", file=sys.stderr)
    expected = config.dataset.data_sha256
    digests = {name: one["sha256"] for name, one in found.items()}
    if expected is not None and digests != expected:
        raise UserError("dataset.data_sha256: the data changed since the run began; start it again")
    write_json(places.RAW / "inventory.json", found)
    tracked.artifact(places.RAW / "inventory.json")


if __name__ == "__main__":
    run("download", main)
