"""Findings over folds, and the choice confirmed on groups that had no part in it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.store.runs_table import config_key
from emargin_core.sweeps.confirmation import confirmed, plan_confirmation
from emargin_core.sweeps.findings import findings
from emargin_core.text.errors import InputError
from tests.emargin_core.sweeps.sweep_doubles import make_result, small_config

FOLDS = range(5)


@pytest.fixture
def base(small_file):
    return small_config(small_file, evaluate_on="validation")


def runs_of(config, seeds=(0,), folds=FOLDS, **changes):
    configs = [
        config.model_copy(update={"fold": fold, "seed": seed} | changes)
        for seed in seeds
        for fold in folds
    ]
    return [make_result(c, c.run_id("feed")) for c in configs]


def trials_of(runs):
    rows = []
    for run in runs:
        metrics = {f"{g}.{n}": v for g, values in run.metrics.items() for n, v in values.items()}
        unit = run.unit
        rows.append(
            dict.fromkeys(METRICS)
            | {name: run.config[name] for name in ("method", "threshold", "scale", "temperature")}
            | {name: run.config[name] for name in ("uniformity", "fold", "seed")}
            | {"run_id": run.run_id, "state": "done", "setting": config_key(run.config)}
            | {"collapsed": run.collapsed, "collapse_reason": run.collapse_reason}
            | {"n_folds": run.n_folds, "noun": unit.noun, "n_units": len(unit.names)}
            | {"n_units_in_all": unit.in_all, "seconds": 1.5}
            | metrics
        )
    table = pd.DataFrame(rows)
    return table.astype(dict.fromkeys(METRICS, "float64"))


def found_of(base, scales=(1.0, 2.0, 4.0), seeds=(0,), folds=FOLDS, **changes):
    tried = [r for s in scales for r in runs_of(base, seeds, folds, scale=s, **changes)]
    baseline = runs_of(base.model_copy(update={"method": "infonce"}), seeds, folds, **changes)
    return findings(trials_of(tried), baseline)


def test_settings_are_judged_over_folds_and_the_best_is_named(base):
    found = found_of(base)
    assert len(found.settings) == len(found.points) == len(found.judged) == 3
    assert found.recommendation.basis == "better-on-both"
    assert '"scale": 2.0' in found.recommendation.point.key
    evidence = found.evidence(found.recommendation.judged)
    assert (evidence.noun, evidence.held_out.n_units, evidence.n_seeds) == ("machine", 5, 1)


def test_settings_pair_with_the_part_of_the_baseline_that_is_there(base):
    tried = runs_of(base, scale=2.0)
    baseline = runs_of(base.model_copy(update={"method": "infonce"}), folds=(0, 1))
    found = findings(trials_of(tried), baseline)
    assert found.judged[0].held_out.folds == (0, 1)
    assert found.recommendation.basis == "first-look"
    assert findings(trials_of(tried), ()).recommendation.basis == "no-baseline"


def test_runs_of_the_first_protocol_claim_nothing(base):
    trials = trials_of(runs_of(base, scale=2.0)).assign(n_folds=np.nan)
    found = findings(trials, runs_of(base, scale=1.0))
    assert (found.judged, found.recommendation.basis) == ((), "old-protocol")
    with pytest.raises(InputError, match="older version"):
        plan_confirmation(found, load_dataset(base.dataset), base.dataset)


def test_each_fold_chooses_for_itself_and_is_tested_on_its_own_groups(base):
    """In fold 3 the better setting loses its accuracy, so that fold chooses the other one."""
    tried = [*runs_of(base, scale=2.0), *runs_of(base, scale=1.0)]
    bad = next(r for r in tried if r.config["scale"] == 2.0 and r.config["fold"] == 3)
    tried[tried.index(bad)] = replace(
        bad, metrics=bad.metrics | {"probe": bad.metrics["probe"] | {"accuracy": 0.5}}
    )
    baseline = runs_of(base.model_copy(update={"method": "infonce"}))
    plan = plan_confirmation(
        findings(trials_of(tried), baseline), load_dataset(base.dataset), base.dataset
    )
    assert [config.scale for config in plan.candidate] == [2.0, 2.0, 2.0, 1.0, 2.0]
    assert [config.fold for config in plan.candidate] == [0, 1, 2, 3, 4]
    assert {config.evaluate_on for config in plan.runs} == {"test"}
    assert {config.method for config in plan.baseline} == {"infonce"}
    assert plan.n_agreeing == 4
    assert plan.n_kept == 0
    assert len(plan.runs) == 10


def test_baseline_is_kept_where_no_setting_passes(base):
    plan = plan_confirmation(
        found_of(base, scales=(5.0,)), load_dataset(base.dataset), base.dataset
    )
    assert (plan.n_kept, plan.n_agreeing) == (5, 0)
    assert plan.candidate == plan.baseline


def test_confirmed_once_all_runs_are_there_and_judged_by_the_same_rule(base):
    dataset = load_dataset(base.dataset)
    plan = plan_confirmation(found_of(base, seeds=(0, 1)), dataset, base.dataset)
    assert len(plan.runs) == 20
    there = {
        config.run_id(dataset.fingerprint): make_result(config, config.run_id(dataset.fingerprint))
        for config in plan.runs
    }
    comparison = confirmed(plan, dataset.fingerprint, there.get)
    assert comparison.settled
    assert comparison.judgement.better_on_both
    assert comparison.held_out.folds == (0, 0, 1, 1, 2, 2, 3, 3, 4, 4)
    there.popitem()
    assert confirmed(plan, dataset.fingerprint, there.get) is None


def test_choice_on_the_test_groups_cannot_be_confirmed(base):
    found = found_of(base.model_copy(update={"evaluate_on": "test"}))
    with pytest.raises(InputError, match="none are left to confirm its choice on"):
        plan_confirmation(found, load_dataset(base.dataset), base.dataset)


def test_fixed_test_part_is_confirmed_with_three_trainings_of_one_choice(base):
    dataset = load_dataset(base.dataset)
    published = replace(dataset, held_out=(dataset.recordings[0].group,))
    plan = plan_confirmation(found_of(base), published, base.dataset)
    assert list(plan.chosen) == [0]
    assert [(c.fold, c.seed) for c in plan.candidate] == [(0, 0), (0, 1), (0, 2)]


def test_sweep_without_anything_beside_its_baseline_has_nothing_to_confirm(base):
    found = findings(trials_of(runs_of(base, scale=2.0)), ())
    with pytest.raises(InputError, match="no finished setting beside its baseline"):
        plan_confirmation(found, load_dataset(base.dataset), base.dataset)


def test_make_config_of_a_setting_restores_all_its_values(base):
    plan = plan_confirmation(found_of(base), load_dataset(base.dataset), base.dataset)
    expected = make_config(**base.model_dump() | {"scale": 2.0, "fold": 1, "evaluate_on": "test"})
    assert plan.candidate[1].canonical() == expected.canonical()
