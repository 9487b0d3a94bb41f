"""Whether settings that did best on other data give a search a head start.

Fixed before the first training under it:

1. Data: `DATA`, of `watch` frames that do not overlap, half as many. Trials train with `SHORT` (100
   steps, small batches, seed 0) and are scored on the validation groups of fold 0, as a search
   does; test groups have no part in anything here.
2. Score: what is measured is what a search improves, probe accuracy, Davies-Bouldin and Silhouette
   at once, without weights. Each is taken as the share of the way from an untrained encoder (mean
   of `UNTRAINED_SEEDS` on the same groups) to a perfect value (1, 0, 1), none where it is below.
   The score of a setting is the product of the three shares, the volume of the box that it spans; a
   collapsed or diverged one scores 0. The score of a search is the volume that its trials span
   together (hypervolume).
3. Without: a search of `TRIALS` trials with each of `SAMPLER_SEEDS`, over the ranges of the sliders
   for `emargin`, by the product's own sampler (multi-objective TPE).
4. Confirmed: of each data set, the setting with the highest score of each of the five searches is
   trained with new seeds on other folds (`CHECKS`: fold and seed); the highest mean is the data
   set's best. These are the table that comes with the program.
5. With: the same searches, the first five trials being the best settings of the other five data
   sets, the nearest first. Nothing of the data set itself is in them.
6. Figures: trials until a search is within 1 % of the better of the two searches of that seed after
   `TRIALS` trials; one that never is counts `TRIALS` + 1. Beside it: trials until within 1 % of
   the search without head start after `TRIALS`; and the score after 5, 10, 20 and 40 trials.
   Differences are paired by data set and seed. Of one data set their interval is over the five
   seeds and speaks of the sampler's chance alone; overall it is over the data sets' means.
7. The four generated lines are kin. So for each of them the searches are repeated with the settings
   of `watch` and BasicMotions alone.
8. The head start is switched on by default only if over the six data sets the interval of the
   difference in trials (the first figure of 6) lies below 0, and neither on `watch` nor on
   BasicMotions its mean is above 0.

Added when the results were known:

9. What of it comes from other data: the score of five settings drawn evenly by order of magnitude,
   as `tuned_comparison` draws them, six times over.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from numpy.typing import NDArray
from optuna.storages import InMemoryStorage

from benchmarks.head_start_table import Search, over_data, summarise, tables, volume
from emargin_core.config import RESULT_VERSION, ExperimentConfig, make_config
from emargin_core.datasets.base import Dataset
from emargin_core.datasets.frames import framed
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import make_split
from emargin_core.store.result import current_versions
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.head_start import FORMAT, Best, described, first_trials
from emargin_core.sweeps.space import SweepSpec, make_search
from emargin_core.sweeps.study import Asked, SweepStudy
from emargin_core.sweeps.tuned.comparison import drawn_settings
from emargin_core.sweeps.tuned.validation_score import Score

REAL = ("watch", "archive:BasicMotions")
LINES = (
    "factory:alike=0.2,machines=8,minutes=3",
    "factory:alike=0.8,machines=8,minutes=3,seed=1",
    "factory:noise=1.5,machines=8,minutes=3,seed=2",
    "factory:alike=0.65,noise=0.2,drift=2,machines=8,minutes=3,seed=3",
)
"""Phases easy to tell apart, hard to tell apart, noisy, and drifting."""
DATA = (*REAL, *LINES)
HOP = {"watch": "1 s"}
METHOD = "emargin"
SHORT = {"iterations": 100, "batch_windows": 4, "window_frames": 50, "evaluate_on": "validation"}
TRIALS = 40
SAMPLER_SEEDS = (0, 1, 2, 3, 4)
UNTRAINED_SEEDS = (0, 1, 2, 3, 4)
TRIALS_DRAWN = 30
CHECKS = ((1, 1), (2, 2), (3, 3))
HEAD_START = len(DATA) - 1
TABLE_NAME = "head_start.json"
PERFECT = np.array([1.0, 0.0, 1.0])
"""Accuracy, Davies-Bouldin, Silhouette."""

Floats = NDArray[np.float64]
Rows = list[dict[str, Any]]

optuna.logging.set_verbosity(optuna.logging.ERROR)


class Bench:
    """One data set: trains and scores what is not yet in the folder."""

    def __init__(self, name: str, folder: Path) -> None:
        from emargin_core.sweeps.tuned.validation import ScoreBook

        self.name = name
        self.dataset: Dataset = load_dataset(name)
        self._book = ScoreBook(RunStore(folder), self.dataset)
        self._parts: dict[int, Any] = {}
        self._untrained: dict[int, Floats] = {}

    def search(self, seed: int, table: Iterable[Best] = ()) -> Search:
        """Search as the product does; with a table, its settings of other data come first."""
        spec = self._spec(seed, head_start=HEAD_START if table else 0)
        study = SweepStudy.create_or_load(
            InMemoryStorage(),
            f"{self.name} {seed}",
            spec,
            self.dataset.fingerprint,
            lambda: first_trials(self.dataset, spec, table),
        )
        settings, shares = [], []
        while (asked := study.ask()) is not None:
            config = spec.config(asked.params)
            score = self.score(config)
            _tell(study, asked, score)
            settings.append({name: getattr(config, name) for name in spec.ranges})
            shares.append(self.shares(score, config.fold))
        origins = [trial.user_attrs.get("origin") for trial in study.trials()]
        return Search(seed, settings, np.array(shares), origins)

    def drawn(self) -> list[float]:
        """Scores of five settings each that are drawn by order of magnitude."""
        configs = [self._config(**settings) for settings in drawn_settings(METHOD, TRIALS_DRAWN)]
        shares = np.array([self.shares(self.score(config), config.fold) for config in configs])
        return [volume(part) for part in np.split(shares, TRIALS_DRAWN // HEAD_START)]

    def check(self, settings: dict[str, float]) -> list[Floats]:
        """Shares of a setting with new seeds on other folds, one (3,) each."""
        return [
            self.shares(self.score(self._config(fold=fold, seed=seed, **settings)), fold)
            for fold, seed in CHECKS
        ]

    def score(self, config: ExperimentConfig) -> Score | None:
        """Train and score on the validation groups; None where the training diverged."""
        from emargin_core.sweeps.tuned.validation import TrainingPart, train_and_score

        run_id = config.run_id(self.dataset.fingerprint)
        found = self._book.get(run_id)
        if found is None:
            if config.fold not in self._parts:
                cut = framed(self.dataset, config.frame, config.hop)
                split = make_split(cut, config.evaluate_on, config.fold)
                self._parts[config.fold] = TrainingPart(split.train, {0: split.test})
            part = self._parts[config.fold]
            found = self._book.put(run_id, train_and_score(config, part, self.dataset))
        return found.get(0)

    def shares(self, score: Score | None, fold: int) -> Floats:
        """Share of the way from the untrained encoder to perfect of each objective, (3,)."""
        if score is None or score.collapsed or not score.defined:
            return np.zeros(3)
        level = self.untrained(fold)
        return np.clip((_values(score) - level) / (PERFECT - level), 0.0, 1.0)

    def untrained(self, fold: int) -> Floats:
        """Mean accuracy, Davies-Bouldin and Silhouette of untrained encoders, (3,)."""
        if fold not in self._untrained:
            configs = [self._config("random", fold=fold, seed=seed) for seed in UNTRAINED_SEEDS]
            scores = [self.score(config) for config in configs]
            self._untrained[fold] = np.mean([_values(score) for score in scores if score], axis=0)
        return self._untrained[fold]

    def best(self, searches: Sequence[Search]) -> tuple[Best, list[Floats]]:
        """The confirmed best of the searches' best settings, and its shares when confirmed."""
        checked = [(search.best, self.check(search.best)) for search in searches]
        settings, shares = max(
            checked, key=lambda pair: float(np.mean([each.prod() for each in pair[1]]))
        )
        dataset = self.dataset
        best = Best(self.name, dataset.fingerprint, METHOD, described(dataset), settings)
        return best, shares

    def _spec(self, seed: int, head_start: int) -> SweepSpec:
        return make_search(self._config(), TRIALS, sampler_seed=seed, head_start=head_start)

    def _config(self, method: str = METHOD, **settings: Any) -> ExperimentConfig:
        return make_config(
            dataset=self.name, method=method, hop=HOP.get(self.name), **SHORT | settings
        )


def bench_head_start(folder: Path) -> Rows:
    """Search, confirm, search again; what is in the folder is not trained again.

    The table that comes with the program is written into the folder as `TABLE_NAME`. Rows: of
    `summarise` for each data set, of `over_data` for all, then those of the lines without their
    kin.
    """
    folder.mkdir(parents=True, exist_ok=True)
    benches = {name: Bench(name, folder) for name in DATA}
    without = {
        name: [bench.search(seed) for seed in SAMPLER_SEEDS] for name, bench in benches.items()
    }
    found = {name: bench.best(without[name]) for name, bench in benches.items()}
    text = json.dumps(table_json(found), indent=1, ensure_ascii=False)
    (folder / TABLE_NAME).write_text(text + "\n", encoding="utf-8")
    drawn = {name: bench.drawn() for name, bench in benches.items()}
    rows: Rows = []
    for others, names, known in (
        ("the other five", DATA, DATA),
        ("watch and BasicMotions", LINES, REAL),
    ):
        table = [found[name][0] for name in known]
        part = [
            summarise(
                name,
                others,
                without[name],
                [benches[name].search(seed, table) for seed in SAMPLER_SEEDS],
                drawn[name],
            )
            for name in names
        ]
        rows += [*part, over_data(part)]
    return rows


def print_head_start(rows: Rows) -> None:
    """Print the rows of `bench_head_start` as tables in Markdown."""
    print(tables(rows))


def table_json(found: Mapping[str, tuple[Best, list[Floats]]]) -> dict[str, Any]:
    """The table's object; shares: of accuracy, Davies-Bouldin and Silhouette, of each check."""
    return {
        "format": FORMAT,
        "result_version": RESULT_VERSION,
        "versions": current_versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": "python -m benchmarks head-start --folder FOLDER",
        "trained_with": SHORT,
        "checks": [{"fold": fold, "seed": seed} for fold, seed in CHECKS],
        "best": [
            asdict(best)
            | {"confirmed": [[round(float(value), 4) for value in check] for check in shares]}
            for best, shares in found.values()
        ],
    }


def _values(score: Score) -> Floats:
    return np.array([score.accuracy, score.davies_bouldin, score.silhouette], dtype=np.float64)


def _tell(study: SweepStudy, asked: Asked, score: Score | None) -> None:
    """Tell a trial as the sweep's loop does."""
    if score is None:
        study.tell_failure(asked.number, "the training diverged")
        return
    metrics = {
        "probe": {"accuracy": score.accuracy},
        "clustering": {"davies_bouldin": score.davies_bouldin, "silhouette": score.silhouette},
    }
    study.tell_run(asked.number, {"metrics": metrics}, collapsed=score.collapsed)
