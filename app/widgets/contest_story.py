"""A fair contest told from its file: what was tried and chosen, and whether the claim held."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.palette import BASELINE, CANDIDATE
from app.widgets.chart import chart
from app.widgets.open_in_compare import open_in_compare
from app.widgets.plain import plain
from app.widgets.sweep_details import PARAMETER_WORDS
from emargin_core.contest_record import ContestRecord, Side
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.language import mark, retell, say
from emargin_core.methods import METHODS
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE

SEARCHED = ("threshold", "scale", "temperature", "uniformity")


@dataclass(frozen=True)
class _Row:
    """One score of the table: its name, which end is good, and how it is written."""

    path: str
    title: str
    lower_is_better: bool = False
    percent: bool = False

    def text(self, value: float | None, signed: bool = False) -> str:
        if value is None:
            return say("n/a")
        number = 100 * value if self.percent else value
        sign, digits = "+" if signed else "", 1 if self.percent else 2
        return f"{number:{sign}.{digits}f}".replace("-", "−") + (" %" * (self.percent - signed))

    def interval(self, change: Estimate | None) -> str:
        if change is None or change.low is None or change.high is None:
            return self.text(None if change is None else change.mean, signed=True)
        return say(
            "{change} ({low} to {high})",
            change=self.text(change.mean, signed=True),
            low=self.text(change.low, signed=True),
            high=self.text(change.high, signed=True),
        )

    def reading(self, change: Estimate | None) -> str:
        if change is None:
            return say("undefined")
        sign = change.sign * (-1 if self.lower_is_better else 1)
        return say({1: mark("better"), -1: mark("worse"), 0: mark("within chance")}[sign])


ROWS = (
    _Row(DAVIES_BOULDIN, "Davies–Bouldin", lower_is_better=True),
    _Row(SILHOUETTE, mark("Silhouette")),
    _Row(ACCURACY, mark("Accuracy, % and points"), percent=True),
)


def contest_story(records: Sequence[ContestRecord], dataset: str) -> None:
    """Tell every contest, that of the chosen data first."""
    st.markdown(
        say(
            "**Better clusters without worse decisions: does that hold?** Whoever tunes only the "
            "new method makes it look good. Here both methods were tuned alike: the same number of "
            "trials, and one rule that chose a setting of each on a part of the training "
            "recordings. Only then did the two meet on recordings that nobody had looked at."
        )
    )
    for record in sorted(records, key=lambda found: found.dataset != dataset):
        with st.container(border=True):
            _contest(record)


def recommended(records: Sequence[ContestRecord], dataset: str) -> ContestRecord | None:
    """The contest of this data that the candidate won, if there is one."""
    won = (record for record in records if record.holds and record.dataset == dataset)
    return next(won, None)


def recommendation(record: ContestRecord) -> None:
    """The setting that won a fair contest, and how it is known."""
    st.success(
        say(
            "**Try {settings}.** Tuned alike with {trials} trials each and chosen on other "
            "recordings, it has better clusters on both indices; accuracy {change} points, not "
            "clearly worse. More under **Fair contest**.",
            settings=settings_words(record.candidate),
            trials=record.trials,
            change=ROWS[2].interval(record.differences[ACCURACY]),
        ),
        icon=":material/star:",
    )


def settings_words(side: Side) -> str:
    """The searched settings of a side, as words."""
    return ", ".join(
        f"{say(PARAMETER_WORDS[name])} {value:g}" for name, value in side.settings.items()
    )


def _contest(record: ContestRecord) -> None:
    heading = say(
        "**{title}**, {trials} trials each", title=plain(retell(record.title)), trials=record.trials
    )
    st.markdown(heading)
    (st.success if record.holds else st.info)(
        outcome_words(record), icon=":material/star:" if record.holds else ":material/balance:"
    )
    key = f"contest-{record.dataset}-{record.trials}"
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        st.dataframe(
            score_table(record),
            hide_index=True,
            key=f"{key}-scores",
        )
        st.caption(
            say(
                "Means over {seeds} seeds on {recordings} held-out recordings; in brackets 95 % "
                "intervals of the difference, paired by seed and recording.",
                seeds=len(record.seeds),
                recordings=record.n_recordings,
            )
        )
        for side in (record.baseline, record.candidate):
            st.markdown(
                say(
                    "{method}: chosen {settings}",
                    method=say(METHODS[side.method].title),
                    settings=settings_words(side),
                )
            )
        open_in_compare(record.candidate.config, record.baseline.config, list(record.seeds),
                        key=f"{key}-open")  # fmt: skip
    with right:
        chart(
            trials_figure(record),
            f"{key}-trials",
            say(
                "What each method's {trials} trials scored where the choice was made: Silhouette "
                "across, accuracy up; the chosen one is the star.",
                trials=record.trials,
            ),
            trials_table(record),
        )
        st.caption(
            say(
                "Where the choice was made: {trials} trials of each method, the star is the chosen "
                "one. Left out are the collapsed: {baseline} of the baseline, {candidate} of the "
                "candidate.",
                trials=record.trials,
                baseline=sum(not trial.scored for trial in record.baseline.tried),
                candidate=sum(not trial.scored for trial in record.candidate.tried),
            )
        )
    st.caption(
        say(
            "{label}. Computed anew by `{command}`.",
            label=plain(retell(record.label)),
            command=plain(record.command),
        )
    )


def outcome_words(record: ContestRecord) -> str:
    """Whether the claim held, and if not, what is missing."""
    if record.holds:
        return say(
            "**Here it holds: better clusters and, as far as can be told, the same accuracy.** "
            "Both indices are better beyond chance, and accuracy is not clearly worse."
        )
    if record.baseline.collapsed:
        return say(
            "**Here nothing can be said.** On the test recordings the baseline's choice collapsed: "
            "nearly everything fell into one cluster, and a score of such clusters means nothing."
        )
    if record.clusters_better:
        return say(
            "**Here it does not hold.** Both cluster indices are better beyond chance, but "
            "accuracy is clearly worse. The table says by how much."
        )
    if record.accuracy_kept:
        return say(
            "**Here it does not hold.** Accuracy is not clearly worse, but the clusters are not "
            "better on both indices beyond chance. The table says how near it comes."
        )
    return say(
        "**Here it does not hold.** The clusters are not better on both indices beyond chance, and "
        "accuracy is clearly worse. The table says how near it comes."
    )


def score_table(record: ContestRecord) -> pd.DataFrame:
    """Both sides, their difference with its interval, and how to read it."""
    return pd.DataFrame(
        {
            say("Score"): say(row.title),
            say("Baseline"): row.text(record.baseline.mean(row.path)),
            say("Candidate"): row.text(record.candidate.mean(row.path)),
            say("Difference"): row.interval(record.differences[row.path]),
            say("Reading"): row.reading(record.differences[row.path]),
        }
        for row in ROWS
    )


def trials_figure(record: ContestRecord) -> go.Figure:
    """All trials of both searches on the validation split, the chosen ones starred."""
    figure = go.Figure()
    for side, colour, symbol in (
        (record.baseline, BASELINE, "circle"),
        (record.candidate, CANDIDATE, "diamond"),
    ):
        shown = [trial for trial in side.tried if trial.scored]
        figure.add_scatter(
            x=[round(trial.silhouette or 0.0, 4) for trial in shown],
            y=[round(100 * (trial.accuracy or 0.0), 2) for trial in shown],
            mode="markers",
            name=say(METHODS[side.method].title),
            marker={"color": colour, "symbol": symbol, "size": 8, "opacity": 0.7},
            hovertemplate="%{x:.2f}, %{y:.1f} %<extra></extra>",
        )
        figure.add_scatter(
            x=[round(side.validation["silhouette"], 4)],
            y=[round(100 * side.validation["accuracy"], 2)],
            mode="markers",
            showlegend=False,
            marker={"color": colour, "symbol": "star", "size": 18},
            hovertemplate=say("chosen by the rule") + "<br>%{x:.2f}, %{y:.1f} %<extra></extra>",
        )
    figure.update_layout(
        height=250,
        margin={"l": 0, "r": 8, "t": 0, "b": 0},
        legend={"orientation": "h", "y": 1.15},
        xaxis={"title": say("Silhouette, on the validation part")},
        yaxis={"title": say("accuracy, %")},
    )
    return figure


def trials_table(record: ContestRecord) -> pd.DataFrame:
    """Every trial: its method, its settings, and what it scored on the validation split."""
    return pd.DataFrame(
        {
            say("method"): side.method,
            **{say(PARAMETER_WORDS[name]): trial.settings.get(name) for name in SEARCHED},
            "Davies–Bouldin": trial.davies_bouldin,
            "Silhouette": trial.silhouette,
            say("accuracy"): trial.accuracy,
            say("collapsed"): trial.collapsed,
        }
        for side in (record.baseline, record.candidate)
        for trial in side.tried
    )
