"""Sensitivity: how threshold and scale change clusters and decisions, and what to try next."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from app import background
from app.settings import data_choice
from app.widgets.open_in_compare import open_in_compare
from app.widgets.plain import plain
from app.widgets.scrubber import Stop, scrubber
from app.widgets.sweep_details import (
    PARAMETER_WORDS,
    importance_figure,
    parallel_figure,
    settings_table,
)
from app.widgets.sweep_form import sweep_form
from app.widgets.sweep_progress import sweep_banner
from app.widgets.tile_maps import TILE_METRICS, tile_figure
from app.widgets.tradeoff import INDICES, tradeoff_figure
from emargin_core.csv_text import safe_csv
from emargin_core.errors import ExplorerError
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.findings import Findings
from emargin_core.importance import Importance, parameter_importance, varying_parameters
from emargin_core.pareto import pareto_front
from emargin_core.sweep_space import VARIABLE
from emargin_core.sweep_table import setting_points

CHART = {"displayModeBar": False}
GALLERY = "(gallery)"
VIEWS = ("Maps of the grid", "Trade-off", "Move the slider", "Details")
PARAMETERS = tuple(name for name in VARIABLE if name != "seed")


@st.cache_resource(max_entries=8, show_spinner="Reading the sweep.")
def findings_of(name: str, ended: int) -> Findings:
    """A sweep with as many trials ended; that is what the cache knows it by."""
    if name == GALLERY:
        return background.gallery_findings()
    return background.sweeps().report(name).findings


@st.cache_data(max_entries=16, show_spinner="Asking which setting matters most.")
def importance_of(name: str, ended: int, path: str) -> Importance:
    """Importance of each parameter for a metric."""
    trials = findings_of(name, ended).trials
    return parameter_importance(trials, varying_parameters(trials, VARIABLE), path)


def choose_sweep(dataset: str) -> str | None:
    """The sweeps of this data set, newest first, and what comes with the program."""
    runner = background.sweeps()
    names = [name for name in runner.stored() if runner.spec(name).base.dataset == dataset]
    shipped = background.gallery()
    if shipped is not None and shipped.dataset == dataset:
        names.append(GALLERY)
    if not names:
        return None
    wanted = st.session_state.get("sweep_chosen")
    place = names.index(wanted) if wanted in names else 0
    return st.selectbox("Sweep", names, place, format_func=sweep_words,
                        label_visibility="collapsed")  # fmt: skip


def sweep_words(name: str) -> str:
    """A sweep in a line: what it varies and how many trials it has."""
    if name == GALLERY:
        return f"Precomputed: {len(background.gallery_findings().trials)} runs with three seeds"
    spec = background.sweeps().spec(name)
    kind = "search" if spec.is_search else "grid"
    varied = " × ".join(PARAMETER_WORDS[n] for n in spec.varied if n != "seed") or "one setting"
    return f"{spec.base.method}: {kind} of {varied}, {spec.trials} trials ({name})"


def show(name: str) -> None:
    """Draw a sweep, finished or under way, or what comes with the program."""
    complete, ended = True, 0
    if name != GALLERY:
        status = background.sweeps().status(name)
        sweep_banner(name, status)
        complete, ended = status.ended, status.done + status.failed
    found = findings_of(name, ended)
    settings = with_words(found.settings)
    if settings.empty:
        st.caption("No trial has finished." if complete
                   else "The first results will stand here in a moment.")  # fmt: skip
        return
    advised = found.recommendation.point
    chosen = chosen_setting(settings, advised.key if advised else settings["setting"].iloc[0])
    headline(found, settings, complete)
    view = st.segmented_control(
        "View", VIEWS, default=VIEWS[0], required=True, key="sens_view", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    if view == "Trade-off":
        trade_off(found, settings, chosen)
    elif view == "Move the slider":
        slider_view(name, settings, chosen)
    elif view == "Details":
        details(name, ended, found, settings)
    else:
        maps(settings, chosen)
    if view != "Details":
        chosen_row(found, settings, chosen)
    shipped = background.gallery()
    if name == GALLERY and shipped is not None:
        st.caption(f"{plain(shipped.label)}. Computed anew by `{plain(shipped.command)}`.")


def with_words(settings: pd.DataFrame) -> pd.DataFrame:
    """Add what a setting is called: only what varies."""
    names = varying_parameters(settings, PARAMETERS) or ("threshold", "scale")
    words = [
        ", ".join(f"{PARAMETER_WORDS[n]} {row[n]:g}" if n != "method" else str(row[n])
                  for n in names)
        for _, row in settings.iterrows()
    ]  # fmt: skip
    return settings.assign(words=words)


def chosen_setting(settings: pd.DataFrame, default: str) -> str:
    """The setting that all views share."""
    chosen = st.session_state.get("sens_setting", default)
    return chosen if chosen in set(settings["setting"]) else default


def take_choice(key: str) -> None:
    """A point of a chart was clicked."""
    points = st.session_state[key]["selection"]["points"]
    if points and points[0]["customdata"][0]:
        st.session_state.sens_setting = points[0]["customdata"][0]


def headline(found: Findings, settings: pd.DataFrame, ended: bool) -> None:
    """The setting to try next, and why."""
    advice = found.recommendation
    if advice.point is None:
        st.info(plain(advice.reason), icon=":material/search_off:")
        return
    words = settings.set_index("setting").loc[advice.point.key, "words"]
    so_far = "" if ended else " So far, of what has finished."
    text = f"**Try {plain(words)}.** {plain(advice.reason)}{so_far}"
    if advice.basis == "accuracy-lost":
        st.warning(f"**Nothing to adopt yet.** {plain(advice.reason)}{so_far}",
                   icon=":material/balance:")  # fmt: skip
    elif advice.basis == "dominating":
        st.success(text, icon=":material/star:")
    else:
        st.info(text, icon=":material/explore:")


def maps(settings: pd.DataFrame, chosen: str) -> None:
    """One map a metric, side by side, one choice for all."""
    across, down = axes_of(settings)
    if across is None or down is None:
        st.info("This sweep does not vary two settings over a grid; the trade-off shows it.",
                icon=":material/grid_off:")  # fmt: skip
        return
    part = slice_of(settings, chosen, (across, down))
    for column, metric in zip(st.columns(4, gap="small"), TILE_METRICS, strict=True):
        with column, st.container(border=True, gap=None):
            st.markdown(f"**{metric.title}** :small[:gray[{metric.note}]]")
            key = f"tiles-{metric.path}"
            st.plotly_chart(
                tile_figure(part, metric, across, down, chosen), config=CHART, key=key,
                on_select=lambda key=key: take_choice(key), selection_mode="points",
            )  # fmt: skip
    st.caption(
        "Darker is better in every map; a collapsed setting has no score. Click a tile: it is "
        "marked in all four."
    )


def axes_of(settings: pd.DataFrame) -> tuple[str | None, str | None]:
    """The two parameters of the maps: threshold and scale where both vary."""
    varying = [n for n in ("threshold", "scale", "uniformity", "temperature")
               if settings[n].nunique() > 1]  # fmt: skip
    full = [n for n in varying if settings[n].nunique() <= 12]
    return (full[0], full[1]) if len(full) > 1 else (None, None)


def slice_of(settings: pd.DataFrame, chosen: str, axes: tuple[str, str]) -> pd.DataFrame:
    """The settings that share with the chosen one what the maps do not show."""
    others = [n for n in PARAMETERS if n not in axes and settings[n].nunique() > 1]
    row = settings.set_index("setting").loc[chosen]
    part = settings
    for number, name in enumerate(others):
        values = sorted(settings[name].unique())
        if number == 0 and len(values) > 1:
            wanted = st.segmented_control(
                PARAMETER_WORDS[name].capitalize(), values, default=row[name], required=True,
                key=f"slice_{name}",
            )  # fmt: skip
        else:
            wanted = row[name]
        part = part[part[name] == wanted]
    return part


def trade_off(found: Findings, settings: pd.DataFrame, chosen: str) -> None:
    """Clusters against accuracy, with the baseline's interval."""
    title = st.segmented_control("Cluster index", list(INDICES), default=next(iter(INDICES)),
                                 required=True, key="sens_index")  # fmt: skip
    front = {point.key for point in pareto_front(setting_points(settings))}
    advice = found.recommendation
    advised = advice.point.key if advice.point and advice.basis != "accuracy-lost" else None
    st.plotly_chart(
        tradeoff_figure(settings, INDICES[title], front, found.levels, advised, chosen),
        config=CHART, key="tradeoff", on_select=lambda: take_choice("tradeoff"),
        selection_mode="points",
    )  # fmt: skip
    n_collapsed = int(settings["collapsed"].sum())
    st.caption(
        "Up: better decisions; right: tidier clusters. Band: the baseline's accuracy with its 95 % "
        "interval; dotted: its clusters. A setting on the front is beaten by no other in accuracy, "
        "Davies–Bouldin and Silhouette at once."
        + (f" {n_collapsed} collapsed settings are left out: their scores mean nothing."
           if n_collapsed else "")
    )  # fmt: skip


def slider_view(sweep: str, settings: pd.DataFrame, chosen: str) -> None:
    """Scrub along threshold or scale through the chosen setting."""
    names = [n for n in ("threshold", "scale", "uniformity") if settings[n].nunique() > 1]
    row = settings.set_index("setting").loc[chosen]
    lines = {name: line_through(settings, row, name) for name in names}
    lines = {name: stops for name, stops in lines.items() if len(stops) > 1}
    if not lines:
        st.info("This needs a grid: some runs that differ in one setting only.",
                icon=":material/grid_off:")  # fmt: skip
        return
    name = st.segmented_control(
        "Move along", list(lines), default=next(iter(lines)), required=True, key="scrub_along",
        format_func=PARAMETER_WORDS.__getitem__,
    )  # fmt: skip
    scrubber(name, lines[name], shipped=sweep == GALLERY)


def line_through(settings: pd.DataFrame, row: pd.Series, name: str) -> list[Stop]:
    """The first seed's runs that differ from the chosen setting in one parameter alone."""
    part = settings
    for other in PARAMETERS:
        if other != name:
            part = part[part[other] == row[other]]
    part = part.sort_values(name)
    return [Stop(float(r[name]), r["run_ids"][0]) for _, r in part.iterrows()]


def details(name: str, ended: int, found: Findings, settings: pd.DataFrame) -> None:
    """Parallel coordinates, importance, and all numbers."""
    parameters = varying_parameters(settings, PARAMETERS)
    with st.container(border=True):
        st.markdown("**What goes in, what comes out** :small[one line a setting]")
        st.plotly_chart(parallel_figure(settings, parameters), config=CHART, key="parallel")
    with st.container(border=True):
        path = st.selectbox("Which setting matters most for", [m.path for m in TILE_METRICS],
                            format_func=lambda p: METRICS[p].title)  # fmt: skip
        importance = importance_of(name, ended, path)
        if importance.warning:
            st.caption(plain(importance.warning))
        if importance.shares:
            st.plotly_chart(importance_figure(importance), config=CHART, key="importance")
            st.caption("Share of what varies, by functional ANOVA; bars: nine of ten refits.")
    table = settings_table(settings, parameters)
    st.dataframe(table, hide_index=True)
    st.download_button("CSV, every trial", lambda: safe_csv(trials_csv(found.trials)),
                       file_name=f"sweep-{name}.csv", mime="text/csv",
                       icon=":material/download:")  # fmt: skip
    failed = found.trials[found.trials["state"] == "failed"]
    if not failed.empty:
        st.markdown("**Failed trials**")
        st.dataframe(failed[["number", *parameters, "error"]], hide_index=True)


def trials_csv(trials: pd.DataFrame) -> pd.DataFrame:
    """All trials without the long name of their setting."""
    return trials.drop(columns="setting")


def chosen_row(found: Findings, settings: pd.DataFrame, chosen: str) -> None:
    """The chosen setting in words, by click or from the list, and the way to Compare."""
    with st.container(border=True):
        box, numbers, button = st.columns([1.4, 2.2, 1], vertical_alignment="center")
        keys = settings["setting"].tolist()
        words = dict(zip(keys, settings["words"], strict=True))
        st.session_state.sens_box = chosen
        box.selectbox("Chosen setting", keys, format_func=words.__getitem__, key="sens_box",
                      on_change=_take_box)  # fmt: skip
        row = settings.set_index("setting").loc[chosen]
        parts = []
        for metric in TILE_METRICS:
            mean, spread = row[f"{metric.path}.mean"], row[f"{metric.path}.sd"]
            text = "n/a" if pd.isna(mean) else metric.text(mean)
            parts.append(f"{metric.title} **{text}**"
                         + ("" if pd.isna(spread) else f" ± {metric.text(spread)}"))  # fmt: skip
        seeds = "one seed" if row["count"] == 1 else f"mean ± sd of {row['count']} seeds"
        collapsed = " **Collapsed: these scores mean nothing.**" if row["collapsed"] else ""
        numbers.markdown(" · ".join(parts) + f" :small[:gray[{seeds}]]{collapsed}")
        with button:
            if found.baseline:
                open_in_compare(configured(row), found.baseline[0].config, list(row["seeds"]),
                                key="sens_open")  # fmt: skip


def configured(row: pd.Series) -> dict[str, Any]:
    """The settings of a row as far as Compare asks for them; None where the method reads none."""
    return {
        name: None if pd.isna(value) else value
        for name, value in json.loads(row["setting"]).items()
    } | {"dataset": wanted}


def _take_box() -> None:
    st.session_state.sens_setting = st.session_state.sens_box


with st.sidebar:
    wanted = data_choice()
heading, form = st.columns([4, 1], vertical_alignment="bottom")
heading.markdown("### How sensitive is it?")
try:
    with form:
        sweep_form(wanted)
    name = choose_sweep(wanted)
    if name is None:
        st.markdown(
            "The effect of the margin changes much with its threshold and scale. A sweep trains "
            "many settings and shows the whole surface: where clusters get tidier, where decisions "
            "suffer, and whether some setting gives both."
        )
        st.info("No sweep of this data is stored yet. Start one with **New sweep**.",
                icon=":material/grid_view:")  # fmt: skip
    else:
        show(name)
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
