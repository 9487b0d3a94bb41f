"""Last step of the Learn page: a question about real runs, and the answer with its reason."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app import background
from app.palette import CANDIDATE, LINE
from app.widgets.chart import chart
from app.widgets.plain import plain
from emargin_core.comparison import Comparison, mean_metric
from emargin_core.language import mark, say
from emargin_core.learn.question import (
    TidiestSetting,
    better_decider,
    paired_runs,
    tidiest_setting,
)
from emargin_core.result import Result
from emargin_core.runs_table import config_key
from emargin_core.sweep_table import by_setting
from emargin_core.verdict import ACCURACY, DAVIES_BOULDIN, SILHOUETTE

QUESTIONS = {
    "pair": mark("Which one decides better?"),
    "tidiest": mark("What if you choose the tidiest?"),
    "repair": mark("Can it be repaired?"),
}
SIDES = {
    "first": mark("A decides better"),
    "second": mark("B decides better"),
    "neither": mark("No clear difference"),
}
THIRDS = {
    "best": mark("among the best third"),
    "middle": mark("in the middle third"),
    "worst": mark("among the worst third"),
}
RANK = "geometry.effective_rank"
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
def settings_of(label: str) -> pd.DataFrame:
    """All settings of the gallery, means over their seeds; the label is what the cache knows."""
    shipped = background.gallery()
    assert shipped is not None
    return by_setting(shipped.table())


def question_step() -> None:
    """Ask; answer once a choice is made."""
    shipped = background.gallery()
    if shipped is None:
        st.info(
            say(
                "The runs that come with the program are not here, so there is nothing to ask "
                "about. `make gallery` makes them anew."
            ),
            icon=":material/search_off:",
        )
        return
    asked = st.segmented_control(
        say("Question"), list(QUESTIONS), default="pair", required=True, key="question",
        format_func=lambda name: say(QUESTIONS[name]), label_visibility="collapsed",
    )  # fmt: skip
    name = asked if asked in QUESTIONS else "pair"
    words, picture = st.columns([1, 1.9], gap="medium")
    with words:
        settings = settings_of(shipped.label)
        case = _case(name, settings)
        if case is None:
            st.info(say("The runs that this question needs are not in the gallery."))
            return
        st.markdown(case.words)
        answer = st.radio(
            say("Your answer"), list(case.choices), index=None, key=f"answer_{name}",
            format_func=case.choices.__getitem__,
        )  # fmt: skip
        if answer is not None:
            _verdict(case, answer)
    with picture, st.container(border=True):
        told = answer is not None
        marked = case.marked if told or name != "tidiest" else case.marked[:1]
        chart(
            gallery_figure(settings, marked, told), "gallery", _says(settings, told),
            _table(settings, marked, told),
        )  # fmt: skip
        st.caption(
            say(
                "Each point is a setting, the mean of its runs, at most {n}. {label}; `{command}` "
                "computes them anew.",
                n=int(settings["count"].max()),
                label=plain(shipped.label), command=plain(shipped.command),
            )
        )  # fmt: skip


def _verdict(case: Case, answer: str) -> None:
    right = case.choices[case.right]
    if answer == case.right:
        st.success(
            f"**{say('Right: {answer}.', answer=right)}** {case.reason}", icon=":material/check:"
        )
    else:
        st.warning(
            f"**{say('It is otherwise: {answer}.', answer=right)}** {case.reason}",
            icon=":material/lightbulb:",
        )


def _case(name: str, settings: pd.DataFrame) -> Case | None:
    if name == "tidiest":
        found = tidiest_setting(settings)
        return None if found is None else _tidiest_case(found)
    shipped = background.gallery()
    runs = None if shipped is None else paired_runs(shipped, name)
    if runs is None:
        return None
    return _pair_case(name, background.comparison_of(*runs))


def _pair_case(name: str, comparison: Comparison) -> Case:
    first, second = comparison.baseline, comparison.candidate
    values = _values(first, "a") | _values(second, "b")
    difference = comparison.differences[ACCURACY]
    low, high = (None, None) if difference is None else (difference.low, difference.high)
    values |= {"low": _points(low), "high": _points(high)}
    if name == "repair":
        words = say(
            "**A** is trained without a margin, **B** with a weaker margin (scale 1) and a little "
            "*spread* that pushes all frames apart. Three runs each.\n\n"
            "|  | A | B |\n|:--|--:|--:|\n"
            "| Davies–Bouldin, lower is tidier | {index_a} | {index_b} |\n"
            "| Silhouette, higher is tidier | {tidiness_a} | {tidiness_b} |\n\n"
            "Whose classifier is right more often on people never seen in training?",
            **values,
        )
        reason = say(
            "A is right {accuracy_a} of the time, B {accuracy_b}; the difference, B minus A, lies "
            "between {low} and {high} points. B uses {rank_b} directions, A {rank_a}. Spread gives "
            "back what the margin took, and some of the tidiness stays.",
            **values,
        )
    else:
        words = say(
            "Two methods learn from the same smartwatch data, three runs each. **A** has no "
            "margin, **B** has one (eMargin, threshold 0.4, scale 5).\n\n"
            "|  | A | B |\n|:--|--:|--:|\n"
            "| Davies–Bouldin, lower is tidier | {index_a} | {index_b} |\n"
            "| Silhouette, higher is tidier | {tidiness_a} | {tidiness_b} |\n\n"
            "Whose classifier is right more often on people never seen in training?",
            **values,
        )
        reason = say(
            "A is right {accuracy_a} of the time, B {accuracy_b}; the difference, B minus A, lies "
            "between {low} and {high} points. B's groups look tidier because its frames were drawn "
            "together into {rank_b} directions; A uses {rank_a}. Tight groups, little information.",
            **values,
        )
    choices = {key: say(title) for key, title in SIDES.items()}
    marked = (config_key(first[0].config), config_key(second[0].config))
    return Case(words, choices, better_decider(comparison), reason, marked)


def _values(runs: tuple[Result, ...], letter: str) -> dict[str, str]:
    """Means over the runs, as they are read, under names that end in the side's letter."""
    forms = (
        ("index", DAVIES_BOULDIN, 1, "{:.2f}"),
        ("tidiness", SILHOUETTE, 1, "{:.2f}"),
        ("accuracy", ACCURACY, 100, "{:.0f} %"),
        ("rank", RANK, 1, "{:.0f}"),
    )
    means = {name: (mean_metric(runs, path), by, form) for name, path, by, form in forms}
    return {
        f"{name}_{letter}": say("n/a") if mean is None else form.format(by * mean)
        for name, (mean, by, form) in means.items()
    }


def _points(share: float | None) -> str:
    return say("n/a") if share is None else f"{100 * share:+.0f}".replace("-", "−")


def _tidiest_case(found: TidiestSetting) -> Case:
    values = {
        "n": found.n_settings,
        "place": found.place,
        "accuracy": f"{100 * found.accuracy:.0f} %",
        "best_accuracy": f"{100 * found.best_accuracy:.0f} %",
        "tidiness": f"{found.silhouette:.2f}",
        "best_tidiness": f"{found.best_silhouette:.2f}",
        "rank": f"{found.effective_rank:.0f}",
        "best_rank": f"{found.best_effective_rank:.0f}",
    }
    words = say(
        "You have no labels yet, and {n} settings to choose from. You take the one with the "
        "highest Silhouette, {tidiness}: it is called **A**.\n\n"
        "Later the labels arrive, and each setting gets a classifier. Where does yours stand?",
        **values,
    )
    reason = say(
        "By accuracy it is number {place} of {n}: right {accuracy} of the time. The best, **B**, "
        "is right {best_accuracy} of the time with a Silhouette of only {best_tidiness}. A uses "
        "{rank} directions, B {best_rank}: directions in use needed no labels, and would have "
        "warned you.",
        **values,
    )
    choices = {key: say(title) for key, title in THIRDS.items()}
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
        x=others[f"{SILHOUETTE}.mean"].round(3), y=_height(others, told), mode="markers",
        name=say("other settings"),
        marker={"color": LINE, "size": 8, "symbol": "circle-open", "line": {"width": 1.5}},
        hovertemplate=f"{hover}<extra></extra>",
    )  # fmt: skip
    looks = (("#0072B2", "square"), (CANDIDATE, "diamond"))
    for letter, name, (colour, symbol) in zip(LETTERS, marked, looks, strict=False):
        row = rows[rows["setting"] == name]
        figure.add_scatter(
            x=row[f"{SILHOUETTE}.mean"].round(3), y=_height(row, told), mode="markers+text",
            name=letter, text=[letter] * len(row), textposition="bottom center",
            textfont={"size": 18},
            marker={"color": colour, "size": 16, "symbol": symbol},
            hovertemplate=f"{hover}<extra>{letter}</extra>",
        )  # fmt: skip
    figure.update_layout(
        height=380,
        margin={"l": 0, "r": 8, "t": 10, "b": 0},
        legend={"orientation": "h", "y": -0.2, "yanchor": "top"},
        xaxis={"title": say("Silhouette: further right is tidier")},
        yaxis={"title": say("right decisions, %"), "visible": told},
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
        return say(
            "{n} settings on a line by their Silhouette, those in question marked; accuracy is "
            "shown once you have answered.",
            n=len(rows),
        )
    tidiness, accuracy = rows[f"{SILHOUETTE}.mean"], rows[f"{ACCURACY}.mean"]
    return say(
        "{n} settings, Silhouette {low} to {high} across, right decisions {worst} to {best} up; "
        "the rank correlation of the two is {rho}.",
        n=len(rows), low=f"{tidiness.min():.2f}", high=f"{tidiness.max():.2f}",
        worst=f"{100 * accuracy.min():.0f} %", best=f"{100 * accuracy.max():.0f} %",
        rho=f"{float(np.asarray(tidiness.corr(accuracy, method='spearman'))):+.2f}",
    )  # fmt: skip


def _table(settings: pd.DataFrame, marked: tuple[str, ...], told: bool) -> pd.DataFrame:
    rows = _usable(settings)
    letters = dict(zip(marked, LETTERS, strict=False))
    table = {
        "": [letters.get(name, "") for name in rows["setting"]],
        say("method"): rows["method"],
        say("threshold"): rows["threshold"],
        say("scale"): rows["scale"],
        say("temperature"): rows["temperature"],
        say("spread"): rows["uniformity"],
        say("Silhouette"): rows[f"{SILHOUETTE}.mean"].round(3),
        say("Davies–Bouldin"): rows[f"{DAVIES_BOULDIN}.mean"].round(3),
    }
    if told:
        table[say("right decisions, %")] = (100 * rows[f"{ACCURACY}.mean"]).round(1)
        table[say("directions in use")] = rows[f"{RANK}.mean"].round(1)
    return pd.DataFrame(table)
