"""Trust: known orders are found, chance is called chance, and seeds do not pass for evidence."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from emargin_core.analysis.trust.rank_agreement import spearman
from emargin_core.analysis.trust.trust import MIN_CONFIGS, MIN_RUNS, missing_runs, rank_metrics
from emargin_core.analysis.trust.words import missing_words, trust_sentence
from emargin_core.evaluation.metric_table import ACCURACY, METRICS
from emargin_core.evaluation.uncertainty import Estimate

RANK, OVERLAP, TIDINESS = (
    "geometry.effective_rank",
    "clustering.davies_bouldin",
    "clustering.silhouette",
)

N_WORLDS = 300
COVERAGE = (0.895, 0.998)
"""1,000 worlds gave 0.94 to 0.97; this allows three standard errors of 300 worlds around it."""


def make_runs(n_configs=20, n_seeds=1, seed=0, **columns):
    """Runs whose accuracy rises with the config's number; columns: accuracy -> metric."""
    rng = np.random.default_rng(seed)
    config = np.repeat(np.arange(n_configs), n_seeds)
    accuracy = 0.3 + 0.6 * config / n_configs + rng.normal(0, 1e-3, len(config))
    table = pd.DataFrame(
        {"config_key": [f"config {c:03d}" for c in config], "dataset": "data", ACCURACY: accuracy}
    )
    for path, make in columns.items():
        table[path.replace("__", ".")] = make(accuracy, rng)
    return table


def only(runs, path=RANK, seed=0):
    (found,) = rank_metrics(runs, [METRICS[path]], seed=seed)
    return found


@pytest.mark.parametrize("ties", [False, True])
def test_resampled_coefficient_equals_scipy_on_the_rows_written_out(ties):
    rng = np.random.default_rng(1)
    group = rng.integers(0, 7, 30)
    first, second = rng.normal(size=(2, 30))
    if ties:
        first, second = np.round(first), np.round(second)
    counts = rng.multinomial(7, np.full(7, 1 / 7), size=12)
    ours = spearman(first, second, group, counts)
    for index, count in enumerate(counts):
        rows = np.repeat(np.arange(30), count[group])
        rho = stats.spearmanr(first[rows], second[rows]).statistic
        assert ours[index] == pytest.approx(rho, abs=1e-12)


def test_perfect_order_is_plus_one_in_every_resample():
    found = only(make_runs(geometry__effective_rank=lambda a, _: np.exp(a)))
    assert (found.rho.mean, found.rho.low, found.rho.high) == pytest.approx((1, 1, 1))
    assert found.verdict == "with"


def test_reversed_order_is_minus_one():
    found = only(make_runs(geometry__effective_rank=lambda a, _: -(a**3)))
    assert found.rho.mean == pytest.approx(-1)
    assert found.verdict == "against"


def test_metric_whose_lower_side_is_better_is_turned():
    runs = make_runs(clustering__davies_bouldin=lambda a, _: -a)
    assert only(runs, OVERLAP).rho.mean == pytest.approx(1)


def test_unrelated_metric_is_called_unclear_and_its_interval_holds_zero():
    found = only(make_runs(geometry__effective_rank=lambda a, rng: rng.normal(size=len(a))))
    assert found.rho.low < 0 < found.rho.high
    assert found.verdict == "unclear"


def test_repeated_seeds_change_neither_value_nor_interval():
    once = make_runs(geometry__effective_rank=lambda a, rng: a + rng.normal(0, 0.2, len(a)))
    often = pd.concat([once] * 5)
    few, many = only(once), only(often)
    assert many.n_runs == 5 * few.n_runs
    assert many.n_configs == few.n_configs
    for name in ("mean", "low", "high"):
        assert getattr(many.rho, name) == pytest.approx(getattr(few.rho, name))


def test_interval_does_not_depend_on_the_order_of_the_runs():
    runs = make_runs(geometry__effective_rank=lambda a, rng: a + rng.normal(0, 0.2, len(a)))
    assert only(runs).rho == only(runs.sample(frac=1, random_state=3)).rho


def test_seed_moves_the_bounds_but_not_the_value():
    runs = make_runs(geometry__effective_rank=lambda a, rng: a + rng.normal(0, 0.2, len(a)))
    assert only(runs, seed=1).rho.mean == only(runs, seed=2).rho.mean
    assert only(runs, seed=1).rho != only(runs, seed=2).rho


@pytest.mark.slow
@pytest.mark.parametrize(("n_configs", "correlation"), [(8, 0.0), (25, 0.9)])
def test_interval_covers_the_truth_as_often_as_it_says(n_configs, correlation):
    rng = np.random.default_rng(n_configs)
    truth = 6 / np.pi * np.arcsin(correlation / 2)
    covariance = [[1, correlation], [correlation, 1]]
    inside = 0
    for _ in range(N_WORLDS):
        config = np.repeat(np.arange(n_configs), rng.integers(1, 4, n_configs))
        shared = rng.multivariate_normal([0, 0], covariance, n_configs)[config]
        own = rng.multivariate_normal([0, 0], covariance, len(config))
        values = np.sqrt(0.8) * shared + np.sqrt(0.2) * own
        runs = pd.DataFrame(
            {"config_key": config.astype(str), "dataset": "d", ACCURACY: values[:, 0]}
        )
        found = only(runs.assign(**{RANK: values[:, 1]}))
        inside += found.rho.low <= truth <= found.rho.high
    assert COVERAGE[0] <= inside / N_WORLDS <= COVERAGE[1]


def test_undefined_runs_are_left_out_and_counted():
    runs = make_runs(geometry__effective_rank=lambda a, _: a)
    runs.loc[:4, RANK] = np.nan
    found = only(runs)
    assert (found.n_runs, found.n_configs, found.n_undefined) == (15, 15, 5)
    assert found.rho.mean == pytest.approx(1)


@pytest.mark.parametrize("value", [3.0, np.nan])
def test_constant_or_undefined_metric_has_no_correlation(value):
    found = only(make_runs(geometry__effective_rank=lambda a, _: np.full(len(a), value)))
    assert found.rho is None
    assert found.verdict == "unclear"


def test_constant_accuracy_gives_no_correlation():
    runs = make_runs(geometry__effective_rank=lambda a, _: a).assign(**{ACCURACY: 0.5})
    assert only(runs).rho is None
    assert "they do not differ in any metric" in trust_sentence("DATA", runs, rank_metrics(runs))


def test_metric_defined_in_too_few_runs_has_no_correlation():
    runs = make_runs(geometry__effective_rank=lambda a, _: a)
    runs.loc[MIN_RUNS - 1 :, RANK] = np.nan
    assert only(runs).rho is None


def test_ranking_runs_from_most_to_least_trustworthy_with_the_undefined_last():
    runs = make_runs(
        clustering__davies_bouldin=lambda a, _: a,
        clustering__silhouette=lambda a, _: np.ones(len(a)),
        geometry__effective_rank=lambda a, _: a,
        geometry__uniformity=lambda a, rng: rng.normal(size=len(a)),
    )
    order = [found.path for found in rank_metrics(runs)]
    assert order == [RANK, "geometry.uniformity", OVERLAP, TIDINESS]


def test_metrics_that_read_labels_are_not_ranked_unasked():
    runs = make_runs(clustering__nmi=lambda a, _: a, geometry__effective_rank=lambda a, _: a)
    assert [found.path for found in rank_metrics(runs)] == [RANK]


@pytest.mark.parametrize(
    ("n_configs", "n_seeds", "wanted"),
    [
        (7, 1, "1 more run needed"),
        (2, 2, "4 more runs and 4 more settings needed"),
        (5, 4, "1 more setting needed"),
        (6, 2, None),
    ],
)
def test_too_few_runs_give_no_ranking_but_say_what_is_needed(n_configs, n_seeds, wanted):
    runs = make_runs(n_configs, n_seeds, geometry__effective_rank=lambda a, _: a)
    missing = missing_runs(runs)
    if wanted is None:
        assert missing is None
        assert rank_metrics(runs) != []
        return
    assert wanted in missing_words(missing)
    assert rank_metrics(runs) == []
    assert missing_words(missing) in trust_sentence("DATA", runs, [])


def test_runs_without_accuracy_do_not_count():
    runs = make_runs(MIN_RUNS, geometry__effective_rank=lambda a, _: a)
    runs.loc[0, ACCURACY] = np.nan
    assert "1 more run needed" in missing_words(missing_runs(runs))
    assert MIN_CONFIGS < MIN_RUNS


def test_sentence_names_the_clearest_metric_on_each_side():
    runs = make_runs(
        clustering__davies_bouldin=lambda a, _: a,
        geometry__effective_rank=lambda a, _: a,
        geometry__uniformity=lambda a, rng: rng.normal(size=len(a)),
    )
    sentence = trust_sentence("DATA", runs, rank_metrics(runs))
    assert sentence.startswith(
        "On DATA, 20 settings: Davies–Bouldin index (DBI) ranks models opposite to accuracy "
        "(rho -1.00, -1.00 to -1.00); Effective rank (RankMe, centred) ranks them as accuracy does "
        "(rho 1.00, 1.00 to 1.00); Uniformity cannot be told from chance (rho "
    )


def test_sentence_with_one_clear_side_stands_on_its_own():
    runs = make_runs(geometry__effective_rank=lambda a, _: a)
    assert trust_sentence("DATA", runs, rank_metrics(runs)) == (
        "On DATA, 20 settings: Effective rank (RankMe, centred) ranks models as accuracy does "
        "(rho 1.00, 1.00 to 1.00)."
    )


def test_sentence_claims_nothing_when_every_interval_holds_zero():
    runs = make_runs(geometry__effective_rank=lambda a, rng: rng.normal(size=len(a)))
    sentence = trust_sentence("DATA", runs, rank_metrics(runs))
    assert (
        "no metric's ranking can be told from chance (closest: Effective rank (RankMe, centred)"
        in sentence
    )
    assert "ranks" not in sentence


def test_interval_without_bounds_is_unclear():
    found = only(make_runs(geometry__effective_rank=lambda a, _: a))
    unbounded = type(found)(**(vars(found) | {"rho": Estimate(0.9, None, None)}))
    assert unbounded.verdict == "unclear"


def test_several_data_sets_or_a_missing_column_are_refused():
    runs = make_runs(geometry__effective_rank=lambda a, _: a)
    with pytest.raises(ValueError, match="several data sets"):
        rank_metrics(pd.concat([runs, runs.assign(dataset="other")]))
    with pytest.raises(ValueError, match="no column config_key"):
        rank_metrics(runs.drop(columns="config_key"))
