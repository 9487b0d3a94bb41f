"""The bridge: finds a planted relation, calls noise useless, leaves out what it says."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import RidgeCV
from sklearn.preprocessing import StandardScaler

from emargin_core.analysis.trust.bridge import MIN_CONFIGS, PENALTIES, fit_bridge, missing_settings
from emargin_core.analysis.trust.words import bridge_sentence, missing_settings_words
from emargin_core.evaluation.metric_table import ACCURACY

METRICS = ("geometry.effective_rank", "clustering.silhouette", "geometry.uniformity")
SLOPES = np.array([0.08, -0.04, 0.0])


def make_runs(n_configs=30, n_seeds=2, noise=0.01, slopes=SLOPES, seed=0, dataset="data"):
    """accuracy = 0.6 + slopes . metrics + noise; metrics are standard normal by config."""
    rng = np.random.default_rng(seed)
    config = np.repeat(np.arange(n_configs), n_seeds)
    metrics = rng.normal(size=(n_configs, len(METRICS)))[config]
    accuracy = 0.6 + metrics @ slopes + rng.normal(0, noise, len(config))
    table = pd.DataFrame(metrics * [10, 0.1, 1] + [40, 0.5, -2], columns=list(METRICS))
    return table.assign(
        **{ACCURACY: accuracy, "dataset": dataset, "config_key": [f"c{c:03d}" for c in config]}
    )


def test_planted_linear_relation_is_recovered():
    bridge = fit_bridge(make_runs(), METRICS)
    assert bridge.useful
    spread = make_runs().drop_duplicates("config_key")[list(METRICS)].std(ddof=0)
    per_unit = np.array([bridge.coefficients[m] for m in METRICS]) / spread * [10, 0.1, 1]
    np.testing.assert_allclose(per_unit, SLOPES, atol=0.008)
    assert bridge.by_config.rmse == pytest.approx(0.011, abs=0.003)
    assert bridge.by_config.mean_rmse > 0.06
    assert bridge_sentence(bridge).startswith("Without labels, these metrics predict")


def test_errors_are_those_of_settings_left_out():
    runs = make_runs(n_configs=14, n_seeds=1, noise=0.05)
    bridge = fit_bridge(runs, METRICS)
    points, accuracy = runs[list(METRICS)].to_numpy(), runs[ACCURACY].to_numpy()
    ours, mean = [], []
    for left in range(14):
        kept = np.arange(14) != left
        scaler = StandardScaler().fit(points[kept])
        model = RidgeCV(alphas=PENALTIES).fit(scaler.transform(points[kept]), accuracy[kept])
        ours.append(model.predict(scaler.transform(points[[left]]))[0] - accuracy[left])
        mean.append(accuracy[kept].mean() - accuracy[left])
    assert bridge.by_config.rmse == pytest.approx(np.sqrt(np.mean(np.square(ours))))
    assert bridge.by_config.mae == pytest.approx(np.mean(np.abs(ours)))
    assert bridge.by_config.mean_mae == pytest.approx(np.mean(np.abs(mean)))
    assert bridge.by_config.gain.mean == pytest.approx(np.mean(np.abs(mean) - np.abs(ours)))


@pytest.mark.slow
def test_noise_is_called_useless_in_almost_every_world():
    useful = [
        fit_bridge(make_runs(20, 1, noise=0.1, slopes=np.zeros(3), seed=world), METRICS).useful
        for world in range(25)
    ]
    assert sum(useful) <= 3
    first = fit_bridge(make_runs(20, 1, noise=0.1, slopes=np.zeros(3)), METRICS)
    assert bridge_sentence(first).startswith("Not useful: ")


def test_repeated_seeds_change_no_error_and_no_interval():
    once = make_runs(n_seeds=1, noise=0.05)
    few, many = fit_bridge(once, METRICS), fit_bridge(pd.concat([once] * 4), METRICS)
    assert many.by_config.gain.low == pytest.approx(few.by_config.gain.low)
    assert many.by_config.mae == pytest.approx(few.by_config.mae)
    assert many.n_runs == 4 * few.n_runs
    point = once.iloc[0][list(METRICS)].to_dict()
    ours, theirs = few.predict(point), many.predict(point)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_setting_with_many_seeds_has_one_vote_like_any_other():
    once = make_runs(n_seeds=1, noise=0.05)
    uneven = pd.concat([once] + [once.iloc[:3]] * 9)
    few, many = fit_bridge(once, METRICS), fit_bridge(uneven, METRICS)
    assert many.n_runs == few.n_runs + 27
    assert many.coefficients == pytest.approx(few.coefficients)
    for name in ("rmse", "mae", "mean_rmse", "mean_mae"):
        assert getattr(many.by_config, name) == pytest.approx(getattr(few.by_config, name))
    assert many.by_config.gain.low == pytest.approx(few.by_config.gain.low)


@pytest.mark.slow
def test_prediction_interval_holds_new_settings_about_as_often_as_it_says():
    inside = total = 0
    for world in range(6):
        runs = make_runs(60, 1, noise=0.05, seed=world)
        known = runs["config_key"] < "c030"
        bridge = fit_bridge(runs[known], METRICS)
        for _, row in runs[~known].iterrows():
            found = bridge.predict(row[list(METRICS)].to_dict())
            inside += found.low <= row[ACCURACY] <= found.high
            total += 1
    assert 0.82 <= inside / total <= 0.98


def test_prediction_stays_between_nothing_and_everything():
    bridge = fit_bridge(make_runs(), METRICS)
    far = bridge.predict({METRICS[0]: 1e6, METRICS[1]: 0.5, METRICS[2]: -2.0})
    assert far.accuracy == 1.0
    assert 0.0 <= far.low <= far.accuracy <= far.high <= 1.0


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_prediction_from_an_undefined_metric_is_none(value):
    bridge = fit_bridge(make_runs(), METRICS)
    assert bridge.predict({METRICS[0]: value, METRICS[1]: 0.5, METRICS[2]: -2.0}) is None


def test_runs_with_an_undefined_metric_are_left_out_and_counted():
    runs = make_runs()
    runs.loc[:4, METRICS[1]] = np.nan
    bridge = fit_bridge(runs, METRICS)
    assert (bridge.n_left_out, bridge.n_runs) == (5, 55)
    assert METRICS[1] in bridge.coefficients


def test_mostly_undefined_or_constant_metric_is_not_used():
    runs = make_runs().assign(**{METRICS[2]: 1.0})
    runs.loc[:29, METRICS[1]] = np.nan
    bridge = fit_bridge(runs, METRICS)
    assert list(bridge.coefficients) == [METRICS[0]]
    assert bridge.n_left_out == 0


def test_too_few_settings_are_not_fitted_whatever_the_number_of_runs():
    runs = make_runs(MIN_CONFIGS - 1, n_seeds=10)
    assert fit_bridge(runs, METRICS) is None
    words = missing_settings_words(missing_settings(runs, METRICS))
    assert words.startswith("11 different settings")
    assert "12 are needed" in words
    assert missing_settings(make_runs(MIN_CONFIGS), METRICS) is None


def test_runs_that_do_not_differ_are_not_fitted():
    runs = make_runs().assign(**dict.fromkeys(METRICS, 1.0))
    assert fit_bridge(runs, METRICS) is None
    words = missing_settings_words(missing_settings(runs, METRICS))
    assert "no label-free metric differs" in words


def test_one_data_set_gives_no_error_on_other_data():
    bridge = fit_bridge(make_runs(), METRICS)
    assert bridge.by_dataset is None
    assert "Not tested" in bridge_sentence(bridge)


def test_data_set_left_out_shows_a_relation_that_does_not_carry_over():
    here = make_runs(seed=1, dataset="a")
    there = make_runs(seed=2, dataset="b", slopes=-SLOPES)
    bridge = fit_bridge(pd.concat([here, there]), METRICS)
    assert bridge.by_dataset.n_folds == 2
    assert bridge.by_dataset.mae > bridge.by_dataset.mean_mae
    assert bridge.by_dataset.gain.low is None
    assert not bridge.useful


def test_data_set_left_out_shows_a_relation_that_carries_over():
    both = pd.concat([make_runs(seed=1, dataset="a"), make_runs(seed=2, dataset="b")])
    bridge = fit_bridge(both, METRICS)
    assert bridge.by_dataset.mae < 0.3 * bridge.by_dataset.mean_mae
    assert "On a held-out data set: " in bridge_sentence(bridge)


def test_same_setting_is_left_out_of_every_data_set_at_once():
    both = pd.concat([make_runs(seed=1, dataset="a"), make_runs(seed=2, dataset="b")])
    assert fit_bridge(both, METRICS).by_config.n_folds == 30


def test_accuracy_and_missing_columns_are_not_used_as_metrics():
    bridge = fit_bridge(make_runs(), (*METRICS, ACCURACY, "geometry.absent"))
    assert list(bridge.coefficients) == list(METRICS)
    with pytest.raises(ValueError, match="no column dataset"):
        fit_bridge(make_runs().drop(columns="dataset"), METRICS)
