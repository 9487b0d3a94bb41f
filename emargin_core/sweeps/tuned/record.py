"""Tuned comparisons that come with the program: files of the command, read and checked."""

import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from emargin_core.analysis.verdict import Judgement, judge
from emargin_core.analysis.verdict_words import Evidence
from emargin_core.config import RESULT_VERSION
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate, HeldOut
from emargin_core.sweeps.tuned.comparison import FORMAT, usable
from emargin_core.sweeps.tuned.validation_score import Scores
from emargin_core.text.message import Message, Text, lazy_gettext

FOLDER = Path(__file__).parents[3] / "assets" / "tuned"
MAX_BYTES = 2**20
PROVENANCE = lazy_gettext("Precomputed with eMargin Explorer {version} on {date}")
SHOWN = (DAVIES_BOULDIN, SILHOUETTE, ACCURACY)

log = logging.getLogger(__name__)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False, arbitrary_types_allowed=True)


class Side(_Part):
    """One method: what was tried, what each fold chose, and what that scored on the test groups.

    settings, scores: one entry a trial, scores None where its training failed; chosen: test fold ->
    number of the trial; values: metric path -> one number a run, None = undefined, as cluster
    scores are where the embedding collapsed; collapsed: whether any run on the test groups did.
    """

    method: str
    settings: tuple[dict[str, float], ...]
    scores: tuple[Scores | None, ...]
    chosen: dict[int, int]
    values: dict[str, tuple[float | None, ...]]
    collapse_reason: str | None = None

    @property
    def collapsed(self) -> bool:
        """Whether any run on the test groups collapsed."""
        return self.collapse_reason is not None

    @property
    def usual(self) -> dict[str, float]:
        """The settings that most folds chose; on a tie those of the earliest fold."""
        return self.settings[Counter(self.chosen.values()).most_common(1)[0][0]]

    @property
    def n_agreeing(self) -> int:
        """Folds that chose the setting which most of them chose."""
        return max(Counter(self.chosen.values()).values())

    def mean(self, path: str) -> float | None:
        """Mean over runs; None where any of them is undefined."""
        known = [value for value in self.values[path] if value is not None]
        return sum(known) / len(known) if known and len(known) == len(self.values[path]) else None


class TunedRecord(_Part):
    """A finished tuned comparison, as its file has it.

    dataset, title: the data; seeds: of the trainings on each fold; noun, n_units_in_all: the units
    of the test groups; untrained: scores of the untrained encoder; differences: metric path ->
    candidate minus baseline, paired; label: a sentence on its provenance; command: recomputes it.
    """

    dataset: str
    title: Text
    trials: int
    iterations: int
    seeds: tuple[int, ...]
    held_out: HeldOut
    noun: str
    n_units_in_all: int
    untrained: Scores
    baseline: Side
    candidate: Side
    differences: dict[str, Estimate | None]
    seconds: float
    label: Text
    command: str

    @property
    def judgement(self) -> Judgement:
        """What may be said of it, by the one rule."""
        return judge(
            self.differences,
            settled=self.held_out.settled,
            baseline_collapsed=self.baseline.collapsed,
            candidate_collapsed=self.candidate.collapsed,
        )

    @property
    def collapsed(self) -> bool:
        """Whether any run on the test groups did."""
        return self.baseline.collapsed or self.candidate.collapsed

    @property
    def meaningful(self) -> dict[str, Estimate | None]:
        """The differences; None for cluster scores where a side collapsed."""
        return {
            path: None if self.collapsed and path.startswith("clustering.") else difference
            for path, difference in self.differences.items()
        }

    @property
    def evidence(self) -> Evidence:
        """What the judgement rests on, for its words."""
        return Evidence(
            held_out=self.held_out,
            noun=self.noun,
            n_units_in_all=self.n_units_in_all,
            accuracies=(self.baseline.mean(ACCURACY), self.candidate.mean(ACCURACY)),
            difference=self.differences[ACCURACY],
            collapse_reason=self.candidate.collapse_reason,
            n_seeds=len(self.seeds),
            seconds=self.seconds,
        )

    def passed(self, side: Side) -> tuple[bool, ...]:
        """Of each trial, whether it passed the guard for every test fold."""
        return tuple(
            found is not None and all(usable(found[fold], self.untrained[fold]) for fold in found)
            for found in side.scores
        )


def load_tuned_records(folder: Path = FOLDER) -> tuple[TunedRecord, ...]:
    """Read every file of a folder, by name; log a warning for one that cannot be used.

    Not used: a file that is damaged, or was written by another version.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(read_tuned_record(path))
        except (OSError, ValueError, LookupError, TypeError, RecursionError) as error:
            reason = (
                "it lacks what a tuned comparison has"
                if isinstance(error, ValidationError | LookupError)
                else error
            )
            log.warning("the tuned comparison %s is not used: %s", path.name, reason)
    return tuple(found)


def read_tuned_record(path: Path) -> TunedRecord:
    """Read what `tuned-comparison --json FILE` wrote.

    Raises:
        OSError, ValueError, LookupError, TypeError: it cannot be read, or is no such file.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // 2**20} MB")
    document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    if (document["format"], document["result_version"]) != (FORMAT, RESULT_VERSION):
        raise ValueError("it was made by code that gives other numbers")
    compared, held_out = document["comparison"], document["held_out"]
    record = TunedRecord(
        dataset=document["dataset"]["name"],
        title=Message.from_json(document["dataset"]["title"]),
        trials=document["trials"],
        iterations=document["iterations"],
        seeds=document["seeds"],
        held_out=HeldOut(tuple(held_out["folds"]), held_out["n_folds"], held_out["n_units"]),
        noun=compared["unit"]["noun"],
        n_units_in_all=held_out["in_all"],
        untrained=document["untrained"],
        baseline=_side(document, "baseline"),
        candidate=_side(document, "candidate"),
        differences={path: _difference(compared, path) for path in SHOWN},
        seconds=compared["candidate"]["timing"]["total_s"]["mean"],
        label=PROVENANCE.format(
            version=document["versions"]["emargin-explorer"], date=document["created"][:10]
        ),
        command=document["command"],
    )
    _check_whole(record)
    return record


def _check_whole(record: TunedRecord) -> None:
    """Raise LookupError where a part speaks of what another part lacks."""
    for side in (record.baseline, record.candidate):
        if not len(side.settings) == len(side.scores) == record.trials:
            raise LookupError("trials")
        for fold, number in side.chosen.items():
            scores = side.scores[number]
            if scores is None or len(scores[fold]) != len(record.untrained[fold]):
                raise LookupError("scores")


def _side(document: dict[str, Any], side: str) -> Side:
    compared = document["comparison"][side]
    return Side(
        **document["tried"][side],
        chosen=document["chosen"][side],
        values={path: _values(compared, path) for path in SHOWN},
        collapse_reason=next(filter(None, compared["collapse_reason"]), None),
    )


def _values(compared: dict[str, Any], path: str) -> tuple[float | None, ...]:
    group, name = path.split(".")
    values = compared[group][name]["values"]
    if group != "clustering":
        return tuple(values)
    reasons = compared["collapse_reason"]
    return tuple(None if why else value for value, why in zip(values, reasons, strict=True))


def _difference(compared: dict[str, Any], path: str) -> Estimate | None:
    found = compared["difference"][path.split(".")[1]]
    return None if found is None else Estimate(**found)


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")
