"""What is said of the ranking of metrics, and of predicting accuracy without labels."""

from collections.abc import Sequence

import pandas as pd

from emargin_core.analysis.trust.bridge import MIN_CONFIGS, Bridge, MissingSettings
from emargin_core.analysis.trust.trust import MetricTrust, Missing, missing_runs
from emargin_core.evaluation.metric_table import ACCURACY, METRICS
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences


def missing_words(missing: Missing) -> str:
    """Say how many more runs, and settings, are needed before metrics can be ranked."""
    wanted = []
    if missing.more_runs:
        wanted.append(ngettext("{n} more run", "{n} more runs", missing.more_runs))
    if missing.more_configs:
        wanted.append(ngettext("{n} more setting", "{n} more settings", missing.more_configs))
    return _(
        "{runs} of {settings} so far: {wanted} needed before metrics can be ranked",
        runs=ngettext("{n} run", "{n} runs", missing.n_runs),
        settings=ngettext("{n} setting", "{n} settings", missing.n_configs),
        wanted=_(" and ").join(wanted),
    )


def settings_words(n_runs: int, n_configs: int) -> str:
    """'26 settings', or '30 points of 15 settings' where some were trained with several seeds."""
    settings = ngettext("{n} setting", "{n} settings", n_configs)
    if n_runs == n_configs:
        return settings
    return _("{n} points of {settings}", n=n_runs, settings=settings)


def trust_sentence(data: str, runs: pd.DataFrame, ranking: Sequence[MetricTrust]) -> str:
    """Say in plain words which metric orders models with accuracy, which against it.

    Names the clearest on each side, and counts the metrics that cannot be told from chance.

    Args:
        data: the data set's title, and which part of it; runs: the table that was ranked;
            ranking: of `rank_metrics`.
    """
    missing = missing_runs(runs)
    if missing is not None:
        return _("On {data}, {shortage}.", data=data, shortage=missing_words(missing))
    defined = runs[runs[ACCURACY].notna()]
    known = {
        "data": data,
        "settings": settings_words(len(defined), defined["config_key"].nunique()),
    }
    ranked = sorted((m for m in ranking if m.rho is not None), key=_height)
    if not ranked:
        return _(
            "On {data}, {settings}: they do not differ in any metric or do not differ in accuracy.",
            **known,
        )
    unclear = [m for m in ranked if m.verdict == "unclear"]
    parts = []
    if ranked[0].verdict == "against":
        parts.append(
            _(
                "{metric} ranks models opposite to accuracy ({numbers})",
                metric=_term(ranked[0]),
                numbers=_numbers(ranked[0]),
            )
        )
    if ranked[-1].verdict == "with":
        parts.append(
            _(
                "{metric} ranks them as accuracy does ({numbers})"
                if parts
                else "{metric} ranks models as accuracy does ({numbers})",
                metric=_term(ranked[-1]),
                numbers=_numbers(ranked[-1]),
            )
        )
    if not parts:
        nearest = max(unclear, key=lambda m: abs(_height(m)))
        return _(
            "On {data}, {settings}: no metric's ranking can be told from chance (closest: "
            "{metric}, {numbers}).",
            metric=_term(nearest),
            numbers=_numbers(nearest),
            **known,
        )
    if len(unclear) == 1:
        parts.append(
            _(
                "{metric} cannot be told from chance ({numbers})",
                metric=_term(unclear[0]),
                numbers=_numbers(unclear[0]),
            )
        )
    elif unclear:
        parts.append(
            _("{n} of {all} metrics cannot be told from chance", n=len(unclear), all=len(ranked))
        )
    return _("On {data}, {settings}: {findings}.", findings=_("; ").join(parts), **known)


def _height(metric: MetricTrust) -> float:
    return metric.rho.mean if metric.rho is not None else 0.0


def _numbers(metric: MetricTrust) -> str:
    rho = metric.rho
    assert rho is not None
    if rho.low is None or rho.high is None:
        return _("rho {mean:.2f}, no interval", mean=rho.mean)
    return _("rho {mean:.2f}, {low:.2f} to {high:.2f}", mean=rho.mean, low=rho.low, high=rho.high)


def _term(trust: MetricTrust) -> str:
    """The field's name of a metric: the sentence is quoted among people who know it."""
    return str(METRICS[trust.path].term) if trust.path in METRICS else str(trust.title)


def missing_settings_words(missing: MissingSettings) -> str:
    """Say why accuracy cannot be predicted from these runs."""
    if missing.n_configs < MIN_CONFIGS:
        return _(
            "{n} different settings with defined metrics so far; {needed} are needed to "
            "predict accuracy",
            n=missing.n_configs,
            needed=MIN_CONFIGS,
        )
    return _("no label-free metric differs between the runs, so accuracy cannot be predicted")


def bridge_sentence(bridge: Bridge) -> str:
    """Say in plain words what a bridge is worth."""
    errors = bridge.by_config
    numbers = {
        "error": errors.mae,
        "mean_error": errors.mean_mae,
        "settings": settings_words(bridge.n_runs, bridge.n_configs),
    }
    if not bridge.useful:
        return _(
            "Not useful: as far as can be told, these metrics predict the accuracy of a "
            "new setting no better than the mean of the other settings (mean error "
            "{error:.3f} against {mean_error:.3f}, {settings}).",
            **numbers,
        )
    better = _(
        "Without labels, these metrics predict the accuracy of a new setting better than "
        "the mean of the other settings (mean error {error:.3f} against {mean_error:.3f}, "
        "{settings}).",
        **numbers,
    )
    return sentences(better, _elsewhere(bridge))


def _elsewhere(bridge: Bridge) -> str:
    other = bridge.by_dataset
    if other is None:
        return _("Not tested on other data: all runs use one data set.")
    return _(
        "On a held-out data set: {error:.3f} against {mean_error:.3f}."
        if other.mae < other.mean_mae
        else "On a held-out data set it is no better than the mean: {error:.3f} against "
        "{mean_error:.3f}.",
        error=other.mae,
        mean_error=other.mean_mae,
    )
