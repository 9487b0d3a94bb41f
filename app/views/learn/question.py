"""Last step of the Learn page: a question about real runs, and the answer with its reason."""

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app import session
from app.components.charts.chart import chart
from app.components.plain import plain
from emargin_core.analysis.comparison import Comparison, mean_metric
from emargin_core.evaluation.metric_table import (
    ACCURACY,
    DAVIES_BOULDIN,
    EFFECTIVE_RANK,
    SILHOUETTE,
)
from emargin_core.learn.question import (
    TidiestSetting,
    better_decider,
    paired_runs,
    tidiest_setting,
    tidiness_against_accuracy,
)
from emargin_core.report.figures.palette import CANDIDATE, LINE
from emargin_core.store.result import Result
from emargin_core.store.runs_table import config_key
from emargin_core.sweeps.table import by_setting
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.message import lazy_gettext
from emargin_core.text.numbers import percent, signed

QUESTIONS = {
    "pair": lazy_gettext("Which one is more accurate?"),
    "tidiest": lazy_gettext("What if you choose the tidiest clusters?"),
    "repair": lazy_gettext("Can it be fixed?"),
}
SIDES = {
    "first": lazy_gettext("A is more accurate"),
    "second": lazy_gettext("B is more accurate"),
    "neither": lazy_gettext("No clear difference"),
}
THIRDS = {
    "best": lazy_gettext("in the best third"),
    "middle": lazy_gettext("in the middle third"),
    "worst": lazy_gettext("in the worst third"),
}
LETTERS = ("A", "B")


@dataclass(frozen=True)
class Case:
    """A question ready to be asked: its words, its choices, the right one, and why.

    marked: names of the settings that the figure calls A and B.
    """

    words: str
    choices: dict[str, str]
    right: str
    reason: str
    marked: tuple[str, str]


@st.cache_resource(max_entries=2, show_spinner=False)
def settings_of(command: str) -> pd.DataFrame:
    """All settings of the gallery, means over their seeds; the command is what the cache knows."""
    shipped = session.gallery()
    assert shipped is not None
    return by_setting(shipped.table())


def question_step() -> None:
    """Ask; answer once a choice is made."""
    shipped = session.gallery()
    if shipped is None:
        st.info(
            _(
                "The runs that come with the program are missing, so no question can be "
                "asked. `make gallery` recomputes them."
            ),
            icon=":material/search_off:",
        )
        return
    asked = st.segmented_control(
        _("Question"),
        list(QUESTIONS),
        default="pair",
        required=True,
        key="question",
        format_func=lambda name: str(QUESTIONS[name]),
        label_visibility="collapsed",
    )
    name = asked if asked in QUESTIONS else "pair"
    words, picture = st.columns([1, 1.9], gap="medium")
    with words:
        settings = settings_of(shipped.command)
        case = _case(name, settings)
        if case is None:
            st.info(_("The runs that this question needs are not in the gallery."))
            return
        st.markdown(case.words)
        answer = st.radio(
            _("Your answer"),
            list(case.choices),
            index=None,
            key=f"answer_{name}",
            format_func=case.choices.__getitem__,
        )
        if answer is not None:
            _verdict(case, answer)
    with picture, st.container(border=True):
        told = answer is not None
        marked = case.marked if told or name != "tidiest" else case.marked[:1]
        chart(
            gallery_figure(settings, marked, told),
            "gallery",
            _says(settings, told),
            _table(settings, marked, told),
        )
        st.caption(_origin(settings, tested=name != "tidiest"))


def _origin(settings: pd.DataFrame, tested: bool) -> str:
    """Which runs the figure is of; tested: the words beside it are of the test groups."""
    shipped = session.gallery()
    assert shipped is not None
    return sentences(
        _(
            "Each point is one setting: the mean of at most {n} runs, measured on the validation "
            "groups.",
            n=int(settings["count"].max()),
        ),
        _(
            "The table and the answer beside it are of the test groups: other people, and so "
            "other numbers for A and B."
        )
        if tested
        else "",
        _(
            "{label}; `{command}` recomputes them.",
            label=plain(shipped.label),
            command=plain(shipped.command),
        ),
    )


def _verdict(case: Case, answer: str) -> None:
    right = case.choices[case.right]
    if answer == case.right:
        st.success(
            f"**{_('Correct: {answer}.', answer=right)}** {case.reason}", icon=":material/check:"
        )
    else:
        st.warning(
            f"**{_('Not quite. The answer: {answer}.', answer=right)}** {case.reason}",
            icon=":material/lightbulb:",
        )


def _case(name: str, settings: pd.DataFrame) -> Case | None:
    if name == "tidiest":
        found = tidiest_setting(settings)
        return None if found is None else _tidiest_case(found)
    shipped = session.gallery()
    runs = None if shipped is None else paired_runs(shipped, name)
    if runs is None:
        return None
    return _pair_case(name, session.comparison_of(*runs))


def _pair_case(name: str, comparison: Comparison) -> Case:
    first, second = comparison.baseline, comparison.candidate
    values = _values(first, "a") | _values(second, "b")
    difference = comparison.differences[ACCURACY]
    low, high = (None, None) if difference is None else (difference.low, difference.high)
    values |= {"low": _points(low), "high": _points(high), "n": str(len(first))}
    if name == "repair":
        words = _(
            "**A** is trained without a margin, **B** with a weaker margin (scale 1) and a "
            "small *uniformity weight* that pushes all frames apart. Each is trained on {n} "
            "folds, with other people held out in each of them.\n\n"
            "|  | A | B |\n"
            "|:--|--:|--:|\n"
            "| Davies–Bouldin, lower is tidier | {index_a} | {index_b} |\n"
            "| Silhouette, higher is tidier | {tidiness_a} | {tidiness_b} |\n\n"
            "Which classifier is right more often on people never seen in training?",
            **values,
        )
        verdict = comparison.verdict
        reason = _(
            "A is right {accuracy_a} of the time, B {accuracy_b}. B uses {rank_b} directions, A "
            "{rank_a}. B compared with A: {verdict}",
            **values,
            verdict=sentences(verdict.headline, verdict.advice),
        )
    else:
        words = _(
            "Two methods learn from the same smartwatch data, on {n} folds, with other people held "
            "out in each of them. **A** has no margin, **B** has one (eMargin, threshold 0.4, "
            "scale 5).\n\n"
            "|  | A | B |\n"
            "|:--|--:|--:|\n"
            "| Davies–Bouldin, lower is tidier | {index_a} | {index_b} |\n"
            "| Silhouette, higher is tidier | {tidiness_a} | {tidiness_b} |\n\n"
            "Which classifier is right more often on people never seen in training?",
            **values,
        )
        reason = _(
            "A is right {accuracy_a} of the time, B {accuracy_b}; the difference, B minus A, "
            "lies between {low} and {high} points. B's groups look tidier because its frames "
            "were pulled into {rank_b} directions; A uses {rank_a}. The groups are tight, but "
            "hold less information.",
            **values,
        )
    choices = {key: str(title) for key, title in SIDES.items()}
    marked = tuple(
        config_key(side[0].config | {"evaluate_on": "validation"}) for side in (first, second)
    )
    return Case(words, choices, better_decider(comparison), reason, marked)


def _values(runs: tuple[Result, ...], letter: str) -> dict[str, str]:
    """Means over the runs, as they are read, under names that end in the side's letter."""
    forms = (
        ("index", DAVIES_BOULDIN, 1, "{:.2f}"),
        ("tidiness", SILHOUETTE, 1, "{:.2f}"),
        ("accuracy", ACCURACY, 100, "{:.0f} %"),
        ("rank", EFFECTIVE_RANK, 1, "{:.0f}"),
    )
    means = {name: (mean_metric(runs, path), by, form) for name, path, by, form in forms}
    return {
        f"{name}_{letter}": _("n/a") if mean is None else form.format(by * mean)
        for name, (mean, by, form) in means.items()
    }


def _points(share: float | None) -> str:
    return _("n/a") if share is None else signed(100 * share)


def _tidiest_case(found: TidiestSetting) -> Case:
    values = {
        "n": found.n_settings,
        "place": found.place,
        "accuracy": percent(found.accuracy),
        "best_accuracy": percent(found.best_accuracy),
        "tidiness": f"{found.silhouette:.2f}",
        "best_tidiness": f"{found.best_silhouette:.2f}",
        "rank": f"{found.effective_rank:.0f}",
        "best_rank": f"{found.best_effective_rank:.0f}",
    }
    words = _(
        "You have no labels yet, and {n} settings to choose from. You take the one with the "
        "highest Silhouette, {tidiness}: call it **A**.\n\n"
        "Later the labels arrive, and a classifier is trained for each setting. Where does A "
        "rank by accuracy?",
        **values,
    )
    reason = _(
        "By accuracy, A is number {place} of {n}: right {accuracy} of the time. The best, "
        "**B**, is right {best_accuracy} of the time with a Silhouette of only "
        "{best_tidiness}. A uses {rank} directions, B {best_rank}. The directions in use can "
        "be counted without labels and would have warned you.",
        **values,
    )
    choices = {key: str(title) for key, title in THIRDS.items()}
    return Case(words, choices, found.third, reason, (found.setting, found.best_setting))


def _usable(settings: pd.DataFrame) -> pd.DataFrame:
    kept = settings[~settings["collapsed"].astype(bool)]
    return kept.dropna(subset=[f"{SILHOUETTE}.mean", f"{ACCURACY}.mean"])


def gallery_figure(settings: pd.DataFrame, marked: tuple[str, ...], told: bool) -> go.Figure:
    """Tidiness across; accuracy up, once the answer is told, and before that on one line."""
    rows = _usable(settings)
    figure = go.Figure()
    hover = "%{x:.2f}, %{y:.1f} %" if told else "%{x:.2f}"
    others = rows[~rows["setting"].isin(marked)]
    figure.add_scatter(
        x=others[f"{SILHOUETTE}.mean"].round(3),
        y=_height(others, told),
        mode="markers",
        name=_("other settings"),
        marker={"color": LINE, "size": 8, "symbol": "circle-open", "line": {"width": 1.5}},
        hovertemplate=f"{hover}<extra></extra>",
    )
    looks = (("#0072B2", "square"), (CANDIDATE, "diamond"))
    for letter, name, (colour, symbol) in zip(LETTERS, marked, looks, strict=False):
        row = rows[rows["setting"] == name]
        figure.add_scatter(
            x=row[f"{SILHOUETTE}.mean"].round(3),
            y=_height(row, told),
            mode="markers+text",
            name=letter,
            text=[letter] * len(row),
            textposition="bottom center",
            textfont={"size": 18},
            marker={"color": colour, "size": 16, "symbol": symbol},
            hovertemplate=f"{hover}<extra>{letter}</extra>",
        )
    figure.update_layout(
        height=380,
        margin={"l": 0, "r": 8, "t": 10, "b": 0},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top"},
        xaxis={"title": _("Silhouette: further right is tidier")},
        yaxis={"title": _("right decisions, %"), "visible": told},
    )
    if not told:
        figure.update_yaxes(range=[-1, 2])
    return figure


def _height(rows: pd.DataFrame, told: bool) -> list[float]:
    if not told:
        return [0.0] * len(rows)
    return [round(100 * float(value), 2) for value in rows[f"{ACCURACY}.mean"]]


def _says(settings: pd.DataFrame, told: bool) -> str:
    rows = _usable(settings)
    if not told:
        return _(
            "{n} settings on a line by Silhouette; those in the question are marked. Accuracy "
            "is shown once you have answered.",
            n=len(rows),
        )
    tidiness, accuracy = rows[f"{SILHOUETTE}.mean"], rows[f"{ACCURACY}.mean"]
    rho = tidiness_against_accuracy(rows)
    return _(
        "{n} settings: Silhouette {low} to {high} on the x axis, accuracy {worst} to {best} "
        "on the y axis; rank correlation {rho}.",
        n=len(rows),
        low=f"{tidiness.min():.2f}",
        high=f"{tidiness.max():.2f}",
        worst=percent(accuracy.min()),
        best=percent(accuracy.max()),
        rho=_("n/a") if rho is None else f"{rho:+.2f}",
    )


def _table(settings: pd.DataFrame, marked: tuple[str, ...], told: bool) -> pd.DataFrame:
    rows = _usable(settings)
    letters = dict(zip(marked, LETTERS, strict=False))
    table = {
        "": [letters.get(name, "") for name in rows["setting"]],
        _("method"): rows["method"],
        _("threshold"): rows["threshold"],
        _("scale"): rows["scale"],
        _("temperature"): rows["temperature"],
        _("uniformity weight"): rows["uniformity"],
        _("Silhouette"): rows[f"{SILHOUETTE}.mean"].round(3),
        _("Davies–Bouldin"): rows[f"{DAVIES_BOULDIN}.mean"].round(3),
    }
    if told:
        table[_("right decisions, %")] = (100 * rows[f"{ACCURACY}.mean"]).round(1)
        table[_("directions in use")] = rows[f"{EFFECTIVE_RANK}.mean"].round(1)
    return pd.DataFrame(table)
