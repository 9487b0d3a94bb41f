"""Two methods tuned alike, each setting chosen inside the training groups of its test fold.

The rule was fixed, here and in docs/tuned_comparison.md, before the first comparison under it ran;
the draw of trials was changed once, as that file says:

1. Trials. Each method gets the same number of settings, drawn evenly (a scrambled Halton sequence,
   seed 0) from `RANGES`, over all that it reads; about half of them have no uniformity term.
2. Scores. Each setting is trained and scored on validation groups nested in the training groups of
   every test fold (`emargin_core.sweeps.tuned.validation`): two validation folds or more for each
   of five; with three or four groups, one for most.
3. Guard. A setting is usable if on every one of these validation folds it has not collapsed, its
   effective rank is at least `RANK_SHARE` of an untrained encoder's on the same frames, and its
   largest cluster holds at most `CLUSTER_SHARE` of them.
4. Choice, for each test fold and method. Of the usable settings whose mean accuracy is at most
   `SLACK` below that of the baseline method's most accurate usable setting, the one with the lowest
   sum of its ranks in mean Davies-Bouldin and mean Silhouette, the earlier one on a tie; where none
   is that accurate, the most accurate usable one.
5. Test. Both choices are trained with `SEEDS` on all training groups of the fold, and scored on its
   test groups. The verdict is that of any comparison (`emargin_core.analysis.verdict`).
"""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.pareto import Measured
from emargin_core.analysis.recommendation import tidiest
from emargin_core.config import RESULT_VERSION, ExperimentConfig, make_config
from emargin_core.store.result import current_versions
from emargin_core.sweeps.confirmation import Confirmation, runs_on_test
from emargin_core.sweeps.space import DIGITS, searchable
from emargin_core.sweeps.tuned.validation_score import Score, Scores, mean_score
from emargin_core.text.errors import InputError
from emargin_core.text.message import stored

TRIALS = 30
SEEDS = (0, 1, 2)
RANGES: dict[str, tuple[float, float]] = {
    "threshold": (-1.0, 1.0),
    "scale": (0.2, 10.0),
    "temperature": (0.05, 2.0),
    "uniformity": (0.01, 1.0),
}
"""Those of the sliders; of the three that act by their order of magnitude, from a small one up."""
LOGARITHMIC = frozenset({"scale", "temperature", "uniformity"})
NO_UNIFORMITY = 0.5
"""Share of the settings with a uniformity weight of 0: the methods as they were published."""
DRAW_SEED = 0
SLACK = 0.01
"""Half of the margin within which accuracy counts as equal, to leave room for chance."""
RANK_SHARE = 0.1
"""An embedding with less than a tenth of the directions that chance gives has lost, not ordered."""
CLUSTER_SHARE = 0.8
"""Well below the 95 % of a collapse, because a setting at the edge here is over it elsewhere."""
FORMAT = 3
DECIMALS = 6
"""Of the validation scores in a file."""


@dataclass(frozen=True, eq=False)
class Side:
    """One method: its settings, and what each scored; None where its training failed."""

    method: str
    settings: list[dict[str, float]]
    scores: list[Scores | None]


@dataclass(frozen=True, eq=False)
class Tuning:
    """Both searches and what they chose.

    untrained: scores of the untrained encoder; chosen: test fold -> number of the setting of
    baseline and of candidate.
    """

    baseline: Side
    candidate: Side
    untrained: Scores
    chosen: dict[int, tuple[int, int]]


def drawn_settings(method: str, trials: int) -> list[dict[str, float]]:
    """Draw the settings that are tried, each value rounded to `DIGITS` significant digits.

    Raises:
        InputError: the method has nothing to tune.
    """
    names = searchable(method)
    if not names:
        raise InputError("method '{method}' has no setting to search", method=method)
    from scipy.stats import qmc  # slow to import, and the page reads this module

    places = qmc.Halton(len(names) + 1, scramble=True, rng=DRAW_SEED).random(trials)
    return [
        {name: _at(name, place) for name, place in zip(names, row[:-1], strict=True)}
        | ({"uniformity": 0.0} if row[-1] < NO_UNIFORMITY else {})
        for row in places
    ]


def tried_configs(
    method: str, settings: Sequence[Mapping[str, float]], dataset: str, iterations: int
) -> list[ExperimentConfig]:
    """The settings as configs."""
    shared = {"method": method, "dataset": dataset, "iterations": iterations}
    return [make_config(**shared | dict(found)) for found in settings]


def tune(baseline: Side, candidate: Side, untrained: Scores) -> Tuning:
    """Choose for every test fold by the rule of this module.

    Raises:
        InputError: no setting of a method is usable for some fold.
    """
    chosen = {}
    for fold, level in untrained.items():
        usable = [_usable(side, fold, level) for side in (baseline, candidate)]
        least = max(found.accuracy or 0.0 for found in usable[0].values()) - SLACK
        before, after = (_choice(found, least) for found in usable)
        chosen[fold] = (before, after)
    return Tuning(baseline, candidate, untrained, chosen)


def plan_test(tuning: Tuning, dataset: str, iterations: int, seeds: Sequence[int]) -> Confirmation:
    """Lay out the runs that test both choices of every fold."""
    sides = [
        {
            fold: {"method": side.method, "dataset": dataset, "iterations": iterations}
            | side.settings[numbers[place]]
            for fold, numbers in tuning.chosen.items()
        }
        for place, side in enumerate((tuning.baseline, tuning.candidate))
    ]
    keys = {fold: json.dumps(settings, sort_keys=True) for fold, settings in sides[1].items()}
    baseline, candidate = (runs_on_test(side, seeds) for side in sides)
    return Confirmation(dict(keys), baseline, candidate)


def usable(scores: Sequence[Score], untrained: Sequence[Score]) -> bool:
    """Whether a setting passes the guards on every validation fold."""
    return all(
        score.defined
        and not score.collapsed
        and (score.effective_rank or 0.0) >= RANK_SHARE * (level.effective_rank or 0.0)
        and (score.largest_cluster_share or 0.0) <= CLUSTER_SHARE
        for score, level in zip(scores, untrained, strict=True)
    )


def tuned_json(tuning: Tuning, plan: Confirmation, comparison: Comparison) -> dict[str, Any]:
    """Return the object that the command line prints, and that comes with the program."""
    config, data = plan.baseline[0], comparison.baseline[0].data
    seeds = sorted({config.seed for config in plan.baseline})
    sides = {"baseline": tuning.baseline, "candidate": tuning.candidate}
    held_out = comparison.held_out
    return {
        "format": FORMAT,
        "result_version": RESULT_VERSION,
        "versions": current_versions(),
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": (
            f"python -m emargin_core tuned-comparison --dataset {shlex.quote(config.dataset)} "
            f"--baseline {tuning.baseline.method} --candidate {tuning.candidate.method} "
            f"--trials {len(tuning.baseline.settings)} --iterations {config.iterations} "
            f"--seeds {','.join(map(str, seeds))}"
        ),
        "dataset": {
            "name": config.dataset,
            "title": stored(data["title"]),
            "fingerprint": data["fingerprint"],
        },
        "trials": len(tuning.baseline.settings),
        "iterations": config.iterations,
        "seeds": seeds,
        "held_out": asdict(held_out) | {"in_all": comparison.evidence.n_units_in_all},
        "untrained": _scores_json(tuning.untrained),
        "tried": {
            name: {
                "method": side.method,
                "settings": side.settings,
                "scores": [found and _scores_json(found) for found in side.scores],
            }
            for name, side in sides.items()
        },
        "chosen": {
            name: {str(fold): numbers[place] for fold, numbers in tuning.chosen.items()}
            for place, name in enumerate(sides)
        },
        "better_on_both": comparison.judgement.better_on_both,
        "comparison": comparison.to_json(),
    }


def _at(name: str, place: float) -> float:
    low, high = RANGES[name]
    value = low * (high / low) ** place if name in LOGARITHMIC else low + (high - low) * place
    return float(f"{value:.{DIGITS}g}")


def _usable(side: Side, fold: int, untrained: Sequence[Score]) -> dict[int, Measured]:
    found = {
        number: mean_score(scores[fold])
        for number, scores in enumerate(side.scores)
        if scores is not None and usable(scores[fold], untrained)
    }
    if not found:
        raise InputError(
            "no setting of {method} can be used for fold {fold}: every one failed, collapsed or "
            "came near it; give more trials",
            method=side.method,
            fold=fold,
        )
    return found


def _choice(found: Mapping[int, Measured], least_accuracy: float) -> int:
    """The tidiest of the accurate ones; the most accurate where none is accurate enough."""
    accurate = [n for n, score in found.items() if (score.accuracy or 0.0) >= least_accuracy]
    if not accurate:
        return max(found, key=lambda number: found[number].accuracy or 0.0)
    return accurate[tidiest([found[number] for number in accurate])]


def _scores_json(scores: Scores) -> dict[str, list[dict[str, float | None]]]:
    return {
        str(fold): [
            {name: value and round(value, DECIMALS) for name, value in asdict(score).items()}
            for score in found
        ]
        for fold, found in scores.items()
    }
