"""Contests that come with the program: files that the command wrote, read and checked."""

import json
import logging
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from emargin_core.config import RESULT_VERSION
from emargin_core.contest import FORMAT
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE

FOLDER = Path(__file__).parent.parent / "assets" / "contests"
MAX_BYTES = 2**20
WHENCE = mark("Precomputed with eMargin Explorer {version} on {date}")
SHOWN = (DAVIES_BOULDIN, SILHOUETTE, ACCURACY)

log = logging.getLogger(__name__)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, allow_inf_nan=False)


class Trial(_Part):
    """One trial of a search, scored on the validation split; None = undefined."""

    state: Literal["done", "failed", "open"]
    collapsed: bool | None
    settings: dict[str, float]
    accuracy: float | None
    davies_bouldin: float | None
    silhouette: float | None

    @property
    def scored(self) -> bool:
        """Whether its scores mean anything: finished, defined, not collapsed."""
        return not self.collapsed and None not in (
            self.accuracy, self.davies_bouldin, self.silhouette,
        )  # fmt: skip


class Side(_Part):
    """One method: its search, its chosen setting, and what that scored on the test recordings.

    config: all settings, None = the method does not read it; settings: those that were searched;
    validation: scores of the choice on the split that it was made on; values: metric path -> one
    number a seed, None = undefined, as cluster scores are where the embedding collapsed; collapsed:
    whether it did on the test recordings, with any seed.
    """

    method: str
    config: dict[str, Any]
    settings: dict[str, float]
    validation: dict[str, float]
    tried: tuple[Trial, ...]
    values: dict[str, tuple[float | None, ...]]
    collapsed: bool = False

    def mean(self, path: str) -> float | None:
        """Mean over seeds; None where any of them is undefined."""
        known = [value for value in self.values[path] if value is not None]
        return sum(known) / len(known) if known and len(known) == len(self.values[path]) else None


class ContestRecord(_Part):
    """A finished contest as its file tells it.

    dataset, title: the data; differences: metric path -> candidate minus baseline, paired;
    label: one sentence that says whence it comes; command: what runs it anew.
    """

    dataset: str
    title: str
    trials: int
    seeds: tuple[int, ...]
    n_recordings: int
    baseline: Side
    candidate: Side
    differences: dict[str, Estimate | None]
    clusters_better: bool
    accuracy_kept: bool
    label: str
    command: str

    @property
    def holds(self) -> bool:
        """Whether the candidate gave better clusters at no loss of accuracy."""
        return self.clusters_better and self.accuracy_kept


def load_contests(folder: Path = FOLDER) -> tuple[ContestRecord, ...]:
    """Read every contest of a folder, by file name; what cannot be used is left out, with a word.

    Not used: a file that is damaged, or was written by code that gives other numbers.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(read_contest(path))
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            reason = "it lacks what a contest has" if isinstance(error, ValidationError) else error
            log.warning("the contest %s is not used: %s", path.name, reason)
    return tuple(found)


def read_contest(path: Path) -> ContestRecord:
    """Read what `contest --json FILE` wrote.

    Raises:
        OSError, ValueError, KeyError, TypeError: it cannot be read, or is no such file.
    """
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is larger than {MAX_BYTES // 2**20} MB")
    document = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_constant)
    if document["format"] != FORMAT:
        raise ValueError("its format is not known to this version")
    if document["result_version"] != RESULT_VERSION:
        raise ValueError("it was made by code that gives other numbers")
    compared, version = document["comparison"], document["versions"]["emargin-explorer"]
    return ContestRecord(
        dataset=document["dataset"]["name"],
        title=document["dataset"]["title"],
        trials=document["trials"],
        seeds=document["seeds"],
        n_recordings=len(compared["candidate"]["data"]["recordings"]),
        baseline=_side(document, "baseline"),
        candidate=_side(document, "candidate"),
        differences={path: _difference(compared, path) for path in SHOWN},
        clusters_better=document["clusters_better"],
        accuracy_kept=document["accuracy_kept"],
        label=WHENCE.format(version=version, date=document["created"][:10]),
        command=document["command"],
    )


def _side(document: dict[str, Any], side: str) -> Side:
    chosen, tried = document["chosen"][side], document["tried"][side]
    config, compared = chosen["config"], document["comparison"][side]
    return Side(
        method=config["method"],
        config=config,
        settings={name: config[name] for name in tried[0]["settings"]},
        validation=chosen["validation"],
        tried=tried,
        values={path: _values(compared, path) for path in SHOWN},
        collapsed=_collapsed(compared),
    )


def _collapsed(compared: dict[str, Any]) -> bool:
    return any(reason is not None for reason in compared["collapse_reason"])


def _values(compared: dict[str, Any], path: str) -> tuple[float | None, ...]:
    group, name = path.split(".")
    values = compared[group][name]["values"]
    if group != "clustering":
        return tuple(values)
    reasons = compared["collapse_reason"]
    return tuple(None if why else value for value, why in zip(values, reasons, strict=True))


def _difference(compared: dict[str, Any], path: str) -> Estimate | None:
    """The paired difference; None where a score of one side means nothing."""
    group, name = path.split(".")
    found = compared["difference"][name]
    void = group == "clustering" and any(
        _collapsed(compared[side]) for side in ("baseline", "candidate")
    )
    return None if found is None or void else Estimate(**found)


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number")
