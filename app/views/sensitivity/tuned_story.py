"""A tuned comparison drawn from its file: verdict, scores, choices by fold and trials."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.components.charts.chart import chart
from app.components.charts.sweep_details import PARAMETER_WORDS
from app.components.chosen_data import with_settings
from app.components.comparison.open_in_compare import open_in_compare
from app.components.plain import plain
from emargin_core.analysis.pareto import Measured
from emargin_core.analysis.recommendation_words import agreement_words, confirmed_words
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.analysis.verdict_words import over, word
from emargin_core.config import METHODS
from emargin_core.evaluation.metric_table import ACCURACY, HEADLINES
from emargin_core.report.figures.palette import BASELINE, CANDIDATE
from emargin_core.report.words import change_words, difference_text, value_text
from emargin_core.sweeps.tuned.record import SHOWN, Side, TunedRecord
from emargin_core.sweeps.tuned.validation_score import mean_score
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences

SEARCHED = ("threshold", "scale", "temperature", "uniformity")
ENOUGH = 2
"""Data sets on which a claim must hold to stand above all."""


def tuned_story(records: Sequence[TunedRecord], dataset: str) -> None:
    """Draw every tuned comparison, that of the chosen data first; say so if there is none."""
    st.markdown(
        _(
            "**Are better clusters possible without worse decisions?** Tuning only the new "
            "method would make it look good. Here both methods were tuned alike: with the "
            "same number of trials, by one rule that was fixed before, and for every fold "
            "without a look at the groups that it was then tested on."
        )
    )
    ordered = sorted(records, key=lambda found: found.dataset != dataset)
    held = sum(record.judgement.better_on_both for record in records)
    (st.success if held >= ENOUGH else st.info)(
        overall_words(records), icon=":material/star:" if held >= ENOUGH else ":material/balance:"
    )
    st.dataframe(overview(ordered), hide_index=True, key="tuned-overview")
    st.caption(
        _(
            "This compares what one rule chooses, not the best that each method can do. What it "
            "does not show is told in {file}.",
            file="docs/tuned_comparison.md",
        )
    )
    if all(record.dataset != dataset for record in records):
        st.caption(
            _("There is no tuned comparison of the chosen data. Those below are of other data.")
        )
    for record in ordered:
        with st.container(border=True):
            _comparison(record)


def recommended(records: Sequence[TunedRecord], dataset: str) -> TunedRecord | None:
    """The first comparison of this data in which the candidate is better on both; None without."""
    won = (r for r in records if r.judgement.better_on_both and r.dataset == dataset)
    return next(won, None)


def recommendation(record: TunedRecord) -> None:
    """Draw the candidate's setting that most folds chose as a recommendation, with its evidence."""
    st.success(
        sentences(
            _("**Try {setting}.**", setting=settings_words(record.candidate.usual)),
            _("Both methods were tuned with {trials} trials each.", trials=record.trials),
            tested_words(record),
            chosen_alike(record.candidate),
            _("More under **Tuned comparison**."),
        ),
        icon=":material/star:",
    )


def settings_words(settings: dict[str, float]) -> str:
    """Name and value of each setting that was searched."""
    return _(", ").join(f"{PARAMETER_WORDS[name]} {value:g}" for name, value in settings.items())


def overall_words(records: Sequence[TunedRecord]) -> str:
    """On how many data sets the claim holds, and on how many each of its parts does."""
    settled = [record.judgement for record in records if record.judgement.settled]
    sound = [record.judgement for record in records if not record.collapsed]
    held = sum(record.judgement.better_on_both for record in records)
    parts = _(
        "Settled, of {n}: Davies–Bouldin better on {overlap}, Silhouette better on {separation}, "
        "accuracy equal within {margin} points or better on {accuracy}.",
        n=len(records),
        overlap=sum(found.settled and found.davies_bouldin == "better" for found in sound),
        separation=sum(found.settled and found.silhouette == "better" for found in sound),
        accuracy=sum(found.accuracy in ("equal", "better") for found in settled),
        margin=f"{100 * EQUAL_WITHIN:g}",
    )
    claim = ngettext(
        "**Tuned alike, the candidate has better clusters on both indices at no loss of accuracy "
        "on {held} of {n} data set.**",
        "**Tuned alike, the candidate has better clusters on both indices at no loss of accuracy "
        "on {held} of {n} data sets.**",
        len(records),
        held=held,
    )
    none = _(
        "**On none of these data is the candidate shown to have better clusters on both indices "
        "at no loss of accuracy.**"
    )
    return sentences(claim if held else none, parts)


def overview(records: Sequence[TunedRecord]) -> pd.DataFrame:
    """Return a row a data set: the differences with their 95 % intervals, and the verdict."""
    return pd.DataFrame(
        {
            _("Data"): _name(record),
            **{
                _difference_name(path): difference_text(path, record.meaningful[path])
                for path in SHOWN
            },
            _("Verdict"): word(record.judgement, record.evidence).headline,
        }
        for record in records
    )


def _difference_name(path: str) -> str:
    return _("accuracy, points") if path == ACCURACY else str(HEADLINES[path].label)


def tested_words(record: TunedRecord) -> str:
    """The differences with their intervals, and what these count."""
    return confirmed_words(record.meaningful, over(record.held_out, record.noun))


def chosen_alike(side: Side) -> str:
    """Whether the folds chose the same setting of this method."""
    return agreement_words(len(side.chosen), side.n_agreeing, 0)


def _name(record: TunedRecord) -> str:
    return with_settings(str(record.title), record.dataset)


def _comparison(record: TunedRecord) -> None:
    heading = _(
        "**{title}**, {trials} trials each, {steps} training steps",
        title=plain(_name(record)),
        trials=record.trials,
        steps=record.iterations,
    )
    st.markdown(heading)
    verdict = word(record.judgement, record.evidence)
    star = record.judgement.better_on_both
    (st.success if star else st.info)(
        sentences(f"**{verdict.headline}**", verdict.meaning, verdict.advice),
        icon=":material/star:" if star else ":material/balance:",
    )
    key = f"tuned-{record.dataset}"
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        st.dataframe(score_table(record), hide_index=True, key=f"{key}-scores")
        st.caption(
            _(
                "Means over {over}; in brackets 95 % intervals of the difference, paired by fold "
                "and seed, that of accuracy in points.",
                over=over(record.held_out, record.noun),
            )
        )
        st.dataframe(choices(record), hide_index=True, key=f"{key}-choices")
        st.caption(
            _(
                "The settings that each fold chose. Of the candidate: {agreement}",
                agreement=chosen_alike(record.candidate),
            )
            if len(record.candidate.chosen) > 1
            else _("The settings that were chosen.")
        )
        open_in_compare(
            _config(record, record.candidate),
            _config(record, record.baseline),
            list(record.seeds),
            key=f"{key}-open",
        )
    with right:
        chart(
            trials_figure(record),
            f"{key}-trials",
            _(
                "Mean scores of each method's {trials} trials on the validation groups: Silhouette "
                "on the x axis, accuracy on the y axis; stars are the chosen settings.",
                trials=record.trials,
            ),
            trials_table(record),
        )
        st.caption(
            _(
                "{trials} trials of each method on the validation groups; stars were chosen by at "
                "least one fold. Left out, because they collapsed or came near it: {baseline} of "
                "the baseline, {candidate} of the candidate.",
                trials=record.trials,
                baseline=sum(not passed for passed in record.passed(record.baseline)),
                candidate=sum(not passed for passed in record.passed(record.candidate)),
            )
        )
    st.caption(
        _(
            "{label}. `{command}` recomputes it.",
            label=plain(str(record.label)),
            command=plain(record.command),
        )
    )


def score_table(record: TunedRecord) -> pd.DataFrame:
    """Return a row per score: both means, difference with 95 % interval, verdict."""
    return pd.DataFrame(
        {
            _("Score"): str(HEADLINES[path].label),
            _("Baseline"): value_text(path, record.baseline.mean(path)),
            _("Candidate"): value_text(path, record.candidate.mean(path)),
            _("Difference"): difference_text(path, record.meaningful[path]),
            _("Verdict"): change_words(
                path, record.differences[path], record.judgement, collapsed=record.collapsed
            ),
        }
        for path in SHOWN
    )


def choices(record: TunedRecord) -> pd.DataFrame:
    """Return a row a test fold: the settings that it chose of each method."""
    return pd.DataFrame(
        {
            _("Fold"): fold + 1,
            **{
                str(METHODS[side.method].title): settings_words(side.settings[side.chosen[fold]])
                for side in (record.baseline, record.candidate)
            },
        }
        for fold in record.baseline.chosen
    )


def trials_figure(record: TunedRecord) -> go.Figure:
    """All trials that passed the guard, by their means on the validation groups; chosen starred."""
    figure = go.Figure()
    for side, colour, symbol in (
        (record.baseline, BASELINE, "circle"),
        (record.candidate, CANDIDATE, "diamond"),
    ):
        chosen = set(side.chosen.values())
        passed = {number for number, good in enumerate(record.passed(side)) if good}
        for shown, marker in (
            (sorted(passed - chosen), {"symbol": symbol, "size": 8, "opacity": 0.7}),
            (sorted(chosen), {"symbol": "star", "size": 16}),
        ):
            means = [_mean(side, number) for number in shown]
            figure.add_scatter(
                x=[round(mean.silhouette or 0.0, 4) for mean in means],
                y=[round(100 * (mean.accuracy or 0.0), 2) for mean in means],
                mode="markers",
                name=str(METHODS[side.method].title),
                showlegend=marker["symbol"] == symbol,
                marker={"color": colour, **marker},
                hovertemplate="%{x:.2f}, %{y:.1f} %<extra></extra>",
            )
    figure.update_layout(
        height=250,
        margin={"l": 0, "r": 8, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.15},
        xaxis={"title": _("Silhouette on the validation groups")},
        yaxis={"title": _("accuracy, %")},
    )
    return figure


def trials_table(record: TunedRecord) -> pd.DataFrame:
    """Every trial: its method, its settings, and its means on the validation groups."""
    rows = []
    for side in (record.baseline, record.candidate):
        for number, passed in enumerate(record.passed(side)):
            n_chose = sum(chosen == number for chosen in side.chosen.values())
            mean = _mean(side, number) if passed or n_chose else None
            rows.append(
                {
                    _("method"): side.method,
                    **{
                        str(PARAMETER_WORDS[name]): side.settings[number].get(name)
                        for name in SEARCHED
                    },
                    "Davies–Bouldin": mean and mean.davies_bouldin,
                    "Silhouette": mean and mean.silhouette,
                    _("accuracy"): mean and mean.accuracy,
                    _("folds that chose it"): n_chose,
                }
            )
    return pd.DataFrame(rows)


def _mean(side: Side, number: int) -> Measured:
    """Means of a trial on the validation groups of the folds that chose it, else of all folds."""
    scores = side.scores[number] or {}
    folds = [fold for fold, chosen in side.chosen.items() if chosen == number] or list(scores)
    return mean_score([score for fold in folds for score in scores[fold]])


def _config(record: TunedRecord, side: Side) -> dict[str, object]:
    """The setting that most folds chose, as Compare takes it."""
    return {"dataset": record.dataset, "method": side.method, "iterations": record.iterations} | (
        side.usual
    )
