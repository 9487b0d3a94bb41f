"""Forecasts of settings: near data, far from it, at the ends of a range, and from too few runs."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

from emargin_core.analysis.forecast.fit import fit_curve, fit_forecast, nearest, regressor
from emargin_core.analysis.forecast.forecast import (
    NO_IDEA,
    Forecast,
    expect,
    forecast_from_json,
    intervals,
    predict,
    unbounded,
)
from emargin_core.analysis.forecast.kept import forecast_path, read_forecast, write_forecast
from emargin_core.analysis.forecast.samples import MIN_SETTINGS, gather, question
from emargin_core.config import make_config
from emargin_core.evaluation.metric_table import (
    ACCURACY,
    DAVIES_BOULDIN,
    EFFECTIVE_RANK,
    METRICS,
    SILHOUETTE,
)
from emargin_core.jobs.tasks import forecast_task

FINGERPRINT = "0123456789abcdef"
N_FOLDS = {"test": 2, "validation": 2}
THRESHOLDS, SCALES = (0.0, 0.2, 0.4, 0.8), (0.5, 1.0, 2.0, 5.0)
ASKED = question(make_config().canonical())


@dataclass(frozen=True)
class Run:
    run_id: str
    config: dict
    metrics: dict
    data: dict
    collapsed: bool = False


def make_run(config, accuracy, collapsed=False):
    found = {
        DAVIES_BOULDIN: None if collapsed else 1.5 - accuracy,
        SILHOUETTE: 1.2 - accuracy,
        ACCURACY: accuracy,
        EFFECTIVE_RANK: 1.0 + 40.0 * accuracy**2,
    }
    metrics = {}
    for path, value in found.items():
        group, name = path.split(".")
        metrics.setdefault(group, {})[name] = value
    data = {"fingerprint": FINGERPRINT, "title": "Pump"}
    return Run(config.run_id(FINGERPRINT), config.canonical(), metrics, data, collapsed)


def make_runs(settings=None, part="test", moved=0.0, top=0.75, **shared):
    """Two folds of each setting; accuracy falls smoothly with threshold and scale."""
    rng = np.random.default_rng(3)
    runs = []
    for threshold, scale in settings or [(t, s) for t in THRESHOLDS for s in SCALES]:
        chance = rng.normal(0.0, 0.003)
        for fold, apart in enumerate((-0.02, 0.02)):
            config = make_config(
                threshold=threshold, scale=scale, fold=fold, evaluate_on=part, **shared
            )
            accuracy = top - 0.1 * threshold - 0.04 * np.log(scale + 0.1) + moved + apart + chance
            runs.append(make_run(config, min(0.999, accuracy)))
    return runs


def samples_of(runs, asked=ASKED):
    return gather(runs, asked, FINGERPRINT, N_FOLDS)


def of_accuracy(samples):
    """A forecast of accuracy alone: the others would be fitted for nothing."""
    return Forecast(samples, {ACCURACY: fit_curve(samples, ACCURACY)})


@pytest.fixture(scope="module")
def forecast():
    return fit_forecast(samples_of(make_runs()))


def test_stored_setting_is_expected_as_it_was_measured(forecast):
    samples = forecast.samples
    assert (samples.n_runs, len(samples.inputs)) == (32, 16)
    assert set(forecast.curves) == {DAVIES_BOULDIN, SILHOUETTE, ACCURACY, EFFECTIVE_RANK}
    inputs = np.array(samples.inputs)
    for path, curve in forecast.curves.items():
        found = intervals(samples, path, curve, inputs)
        pairs = zip(found, samples.values[path], strict=True)
        held = [one is not None and one.low <= value <= one.high for one, value in pairs]
        assert sum(held) >= 15


def test_setting_between_stored_ones_is_expected_near_the_truth(forecast):
    expected = expect(forecast, make_config(threshold=0.3, scale=3.0))
    truth = 0.75 - 0.1 * 0.3 - 0.04 * np.log(3.1)
    found = expected.values[ACCURACY]
    assert found.mean == pytest.approx(truth, abs=0.01)
    assert found.low < truth < found.high
    assert found.high - found.low < 0.05
    assert expected.n_runs == 32


def test_prediction_is_that_of_scikit_learn():
    samples = samples_of(make_runs())
    inputs = np.array(samples.inputs)
    line = unbounded(np.array(samples.values[ACCURACY]), ACCURACY)
    line = (line - line.mean()) / line.std()
    fitted = regressor(2).fit(inputs, line)
    curve = fit_curve(samples, ACCURACY)
    assert curve is not None
    places = np.random.default_rng(0).uniform(-0.5, 1.5, (40, 2))
    means, sd = fitted.predict(places, return_std=True)
    ours, unsure = predict(samples, ACCURACY, curve, places)
    np.testing.assert_allclose(ours, means, atol=1e-8)
    np.testing.assert_allclose(np.sqrt(unsure**2 + curve.noise), sd, atol=1e-8)


def test_interval_widens_away_from_the_stored_settings(forecast):
    curve = forecast.curves[ACCURACY]
    places = np.array([[0.0, 0.0], [1.4, 1.4], [4.0, 4.0]])
    _, unsure = predict(forecast.samples, ACCURACY, curve, places)
    assert unsure[0] < unsure[1] < unsure[2] <= curve.signal**0.5
    assert intervals(forecast.samples, ACCURACY, curve, places)[2] is None


@pytest.mark.parametrize(
    "settings",
    [
        {"scale": 5.5},
        {"threshold": -0.05},
        {"temperature": 0.6},
        {"uniformity": 0.05},
        {"threshold": 0.85, "scale": 1.0},
    ],
)
def test_beyond_what_was_measured_there_is_no_idea(forecast, settings):
    assert expect(forecast, make_config(**settings)) == NO_IDEA


def test_between_two_values_that_are_all_there_are_there_is_no_idea():
    runs = make_runs() + make_runs(uniformity=0.1, top=0.8)
    both = fit_forecast(samples_of(runs))
    assert expect(both, make_config(uniformity=0.05)) == NO_IDEA
    without, with_it = (
        expect(both, make_config(threshold=0.3, uniformity=value)).values[ACCURACY].mean
        for value in (0.0, 0.1)
    )
    assert with_it - without == pytest.approx(0.05, abs=0.01)


def test_too_few_settings_have_no_forecast():
    pairs = [(t, s) for t in THRESHOLDS for s in SCALES]
    few = samples_of(make_runs(pairs[: MIN_SETTINGS - 1]))
    assert not few.enough
    assert fit_forecast(few).curves == {}
    assert expect(fit_forecast(few), make_config(threshold=0.2)) == NO_IDEA
    assert expect(Forecast(samples_of([]), {}), make_config()) == NO_IDEA


def test_setting_that_lacks_a_fold_is_left_out():
    runs = make_runs()
    assert len(samples_of(runs[:-1]).inputs) == 15
    assert samples_of(runs[:-1]).n_runs == 30


def test_other_methods_steps_and_data_are_left_out():
    runs = make_runs()
    others = [
        *make_runs(iterations=50),
        *make_runs(method="fixed-margin"),
        *make_runs(clusters=4),
        *(replace(run, data={"fingerprint": "f" * 16, "title": "Other"}) for run in make_runs()),
    ]
    assert samples_of(runs + others) == samples_of(runs)


def test_new_run_gives_another_key_and_their_order_does_not():
    runs = make_runs()
    more = [*runs, *make_runs([(0.6, 3.0)])]
    assert samples_of(runs).key == samples_of(runs[::-1]).key
    assert samples_of(more).key != samples_of(runs).key


def test_seeds_of_a_setting_are_averaged_and_count_as_one():
    runs = make_runs()
    again = [replace(run, **seeded(run)) for run in make_runs(moved=0.02)]
    both = samples_of(runs + again)
    assert (len(both.inputs), both.n_runs) == (16, 64)
    shift = np.subtract(both.values[ACCURACY], samples_of(runs).values[ACCURACY])
    np.testing.assert_allclose(shift, 0.01)


def seeded(run):
    config = make_config(**{k: v for k, v in run.config.items() if v is not None} | {"seed": 1})
    return {"run_id": config.run_id(FINGERPRINT), "config": config.canonical()}


@pytest.mark.parametrize("top", [0.999, 0.35])
def test_intervals_stay_inside_the_metrics_range(top):
    extreme = fit_forecast(samples_of(make_runs(top=top)))
    assert extreme.curves
    inputs = np.array(extreme.samples.inputs)
    for path, curve in extreme.curves.items():
        loose = replace(curve, widening=20.0, noise=0.5)
        for one in filter(None, intervals(extreme.samples, path, loose, inputs)):
            assert METRICS[path].low <= one.low < one.mean < one.high <= METRICS[path].high


def test_validation_groups_are_moved_to_the_test_groups_by_their_difference():
    checks = [(0.0, 1.0), (0.4, 2.0), (0.8, 5.0), (0.2, 0.5)]
    runs = make_runs(part="validation") + make_runs(checks, moved=0.03)
    samples = samples_of(runs)
    assert (samples.on_test, len(samples.checks), samples.n_runs) == (False, 4, 40)
    assert samples_of(runs + make_runs([(0.9, 1.0)])) == samples  # beyond what was validated
    moved = expect(of_accuracy(samples), make_config(threshold=0.3, scale=3.0)).values[ACCURACY]
    truth = 0.78 - 0.1 * 0.3 - 0.04 * np.log(3.1)
    assert moved.low < truth < moved.high
    assert moved.mean == pytest.approx(truth, abs=0.01)


def test_groups_that_differ_by_setting_make_the_interval_wide():
    steady = make_runs([(0.0, 1.0), (0.4, 2.0), (0.8, 5.0)], moved=0.03)
    torn = steady[:2] + make_runs([(0.4, 2.0)], moved=0.0) + make_runs([(0.8, 5.0)], moved=0.06)
    widths = []
    for tested in (steady, torn):
        forecast = of_accuracy(samples_of(make_runs(part="validation") + tested))
        found = expect(forecast, make_config(threshold=0.3, scale=3.0)).values.get(ACCURACY)
        widths.append(np.inf if found is None else found.high - found.low)
    assert widths[1] > 2 * widths[0]


@pytest.mark.slow
def test_validation_alone_says_nothing_of_the_test_groups():
    runs = make_runs(part="validation")
    two = make_runs([(0.0, 1.0), (0.4, 2.0)])
    assert not samples_of(runs).enough
    assert not samples_of(runs + two).enough
    assert fit_forecast(samples_of(runs + two)).curves == {}


@pytest.mark.slow
def test_near_a_collapsed_setting_no_score_is_expected():
    runs = make_runs([(t, s) for t in THRESHOLDS for s in SCALES if (t, s) != (0.8, 5.0)])
    for fold in range(2):
        config = make_config(threshold=0.8, scale=5.0, fold=fold)
        runs.append(make_run(config, 0.2, collapsed=True))
    samples = samples_of(runs)
    assert np.isnan(samples.values[DAVIES_BOULDIN]).sum() == 1
    forecast = fit_forecast(samples)
    assert len(forecast.curves[DAVIES_BOULDIN].rows) == 15
    near = expect(forecast, make_config(threshold=0.75, scale=5.0))
    assert near.may_collapse
    assert near.values == {}
    assert not expect(forecast, make_config(threshold=0.1, scale=1.0)).may_collapse


def test_metric_that_the_nearest_setting_predicts_better_is_left_out():
    twins = make_runs([(pair / 10 + step, 1.0) for pair in range(10) for step in (0.0, 0.01)])
    levels = np.random.default_rng(0).uniform(0.3, 0.8, 10)
    for number, run in enumerate(twins):  # four runs of two settings on each level
        run.metrics["probe"]["accuracy"] = levels[number // 4]
    curve = fit_curve(samples_of(twins), ACCURACY)
    assert curve is not None
    assert not curve.useful
    assert set(fit_forecast(samples_of(twins)).curves) == {
        DAVIES_BOULDIN,
        SILHOUETTE,
        EFFECTIVE_RANK,
    }


def test_nearest_setting_is_another_one_and_ties_are_averaged():
    places = np.array([[0.0], [0.5], [1.0], [1.1]])
    found = nearest(places, np.array([1.0, 2.0, 4.0, 8.0]))
    np.testing.assert_allclose(found, [2.0, 2.5, 8.0, 4.0])


def test_forecast_is_kept_as_plain_numbers(forecast, tmp_path):
    assert forecast_from_json(json.loads(json.dumps(forecast.to_json()))) == forecast
    path = forecast_path(tmp_path, FINGERPRINT, ASKED)
    assert path != forecast_path(tmp_path, FINGERPRINT, ASKED.replace("400", "50"))
    assert read_forecast(path) is None
    write_forecast(path, forecast)
    assert read_forecast(path) == forecast


@pytest.mark.parametrize("torn", ["", "[]", "{}", '{"samples": 1, "curves": {}}', "\x00"])
def test_torn_forecast_is_fitted_again(tmp_path, torn):
    path = tmp_path / "forecast.json"
    path.write_text(torn)
    assert read_forecast(path) is None


def test_worker_gives_the_same_forecast(forecast):
    outcome = forecast_task(samples_of(make_runs()))
    assert outcome.value == forecast
