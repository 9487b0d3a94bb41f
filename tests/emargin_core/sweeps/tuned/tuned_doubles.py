"""A tuned comparison as its command writes it, without a training."""

import json

from emargin_core.config import make_config
from emargin_core.sweeps.confirmation import Confirmation
from emargin_core.sweeps.tuned.comparison import Side, drawn_settings, tune, tuned_json
from emargin_core.sweeps.tuned.validation_score import Score

TRIALS = 4
COLLAPSED = Score(0.9, 0.2, 0.9, 1.5, 0.99)


def _score(number, fold):
    """The third trial is the tidiest, but in the second fold it is the second one."""
    return Score(0.7, 0.9 - 0.1 * (number + 2 * (number == fold == 1)), 0.4, 40.0, 0.3)


def tuned_document(comparison, dataset="pump"):
    """What `--json` writes of this comparison; of each side the last trial collapsed."""
    folds = sorted(set(comparison.held_out.folds))
    sides = []
    for method in ("infonce", "emargin"):
        settings = drawn_settings(method, TRIALS)
        scores = [{fold: [_score(n, fold)] * 2 for fold in folds} for n in range(TRIALS - 1)]
        sides.append(Side(method, settings, [*scores, {fold: [COLLAPSED] * 2 for fold in folds}]))
    untrained = {fold: [Score(0.6, 2.0, 0.2, 100.0, 0.3)] * 2 for fold in folds}
    tuning = tune(*sides, untrained)
    runs = comparison.baseline
    tested = tuple(
        make_config(dataset=dataset, fold=run.fold, seed=run.config["seed"]) for run in runs
    )
    document = tuned_json(tuning, Confirmation({}, tested, tested), comparison)
    return json.loads(json.dumps(document, default=str))
