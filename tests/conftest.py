"""What all tests share: a store of their own, and a small data set that trains in a second."""

import os
import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
import torch
from filelock import FileLock

from emargin_core.cli.gallery import build_gallery
from emargin_core.datasets.registry import load_dataset
from emargin_core.experiment.reference_scores import measure_reference_scores
from emargin_core.experiment.run import aligned_map, run_experiment
from emargin_core.jobs.status import JobStatus
from emargin_core.store.gallery.plan import CANDIDATES, make_plan
from emargin_core.store.run_store import RunStore

torch.set_num_threads(1)  # as every run does; two threads on tiny batches only wait for each other


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """Keep every test out of the user's own store and data."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("EMARGIN_HOME", str(folder))
    monkeypatch.delenv("EMARGIN_DATA", raising=False)
    return folder


@pytest.fixture
def store(home):
    return RunStore(home)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    """A folder for all processes of this test run: what takes long is made once for all."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def small_file(shared):
    """Six recordings of two channels, three classes that differ in frequency; a CSV file."""
    path = shared / "small.csv"
    with FileLock(shared / "small.lock"):
        if not path.exists():
            write_small_file(path)
    return path


def write_small_file(path):
    rng = np.random.default_rng(0)
    rows = []
    for number in range(6):
        for label, frequency in (("slow", 1.0), ("middle", 4.0), ("fast", 9.0)):
            seconds = np.arange(400) / 20.0
            wave = np.sin(2 * np.pi * frequency * seconds + rng.uniform(0, 6))
            rows.append(
                pd.DataFrame(
                    {
                        "recording": f"machine {number}",
                        "label": label,
                        "x": wave + rng.normal(0, 0.4, 400),
                        "y": 0.5 * wave + rng.normal(0, 0.4, 400),
                    }
                )
            )
    table = pd.concat(rows)
    table["time"] = table.groupby("recording").cumcount() / 20.0
    table.to_csv(path, index=False)


@pytest.fixture(scope="session")
def trained(shared):
    """Put a run into a store; each is trained once for all tests."""
    kept = RunStore(shared / "trained")

    def put(config, store):
        result = run_experiment(config, store=kept)
        store.put(result)
        return result

    return put


class SmallDisk:
    """A file system of a few megabytes, mounted at `place`; root does not heed permissions."""

    SIZE = 4 * 2**20

    def __init__(self, place):
        self.place = place

    def fill(self):
        """Leave no room; returns the file that takes it all."""
        ballast = self.place / "ballast"
        with ballast.open("wb", buffering=0) as file:
            while os.statvfs(self.place).f_bavail:
                file.write(b"\0" * 4096)
        return ballast

    def make_read_only(self):
        subprocess.run(["mount", "-o", "remount,ro", str(self.place)], check=True)

    def files(self):
        return sorted(str(path.relative_to(self.place)) for path in self.place.rglob("*"))


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """A small disk as the store's home; skipped where nothing may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    if shutil.which("mount") is None:
        pytest.skip("there is no mount command")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SmallDisk.SIZE}", "tmpfs", str(place)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    monkeypatch.setenv("EMARGIN_HOME", str(place))
    yield SmallDisk(place)
    subprocess.run(["umount", "--lazy", str(place)], check=True)


class InlineJobs:
    """Stands in for the workers: does what is asked before it returns, and counts it."""

    def __init__(self, store):
        self.store = store
        self.asked = []

    def submit(self, config, run_id, *, watched=False):
        run_experiment(config, store=self.store, on_snapshot=(lambda _: None) if watched else None)
        return self._done(run_id)

    def submit_map(self, candidate, baseline):
        aligned_map(candidate, baseline, store=self.store)
        return self._done(f"map {candidate.run_id} {baseline.run_id}")

    def submit_reference_scores(self, dataset, fingerprint, evaluate_on):
        measure_reference_scores(dataset, evaluate_on, store=self.store)
        return self._done(f"levels {fingerprint}")

    def status(self, key):
        return JobStatus(key, "done")

    def close(self, wait=True):
        pass

    def _done(self, key):
        self.asked.append(key)
        return JobStatus(key, "done")


class SmallGallery:
    """A gallery of a few short runs on the small file, with all that it was made of."""

    def __init__(self, small_file, shared, folder):
        self.plan = make_plan(
            str(small_file),
            "the command",
            thresholds=(0.4,),
            scales=(1.0, 5.0),
            weights=(0.0,),
            candidates=CANDIDATES[:2],
            folds=(0,),
            iterations=50,
        )
        self.store = RunStore(shared / "gallery")
        self.jobs = InlineJobs(self.store)
        self.path = folder / "gallery.zip"
        self.fingerprint = load_dataset(str(small_file)).fingerprint
        with FileLock(shared / "gallery.lock"):
            self.build(self.path)

    def build(self, path, **told):
        self.plan = build_gallery(self.plan, path, store=self.store, jobs=self.jobs, **told)

    def run_id(self, config):
        return config.run_id(self.fingerprint)


@pytest.fixture(scope="session")
def small_gallery(small_file, shared, tmp_path_factory):
    return SmallGallery(small_file, shared, tmp_path_factory.mktemp("gallery"))
