"""The views of a sweep: maps, trade-off, slider, details, and the setting that all share."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from app.sweeps import GALLERY, importance_of
from app.widgets.chart import chart, charts_numbers
from app.widgets.chart_words import importance_says, tiles_say, tradeoff_says
from app.widgets.footer import SETTINGS
from app.widgets.open_in_compare import open_in_compare
from app.widgets.plain import plain
from app.widgets.scrubber import Stop, scrubber
from app.widgets.sweep_details import (
    PARAMETER_WORDS,
    importance_figure,
    parallel_figure,
    settings_table,
)
from app.widgets.tile_maps import TILE_METRICS, tile_figure
from app.widgets.tradeoff import INDICES, tradeoff_figure
from emargin_core.csv_text import safe_csv
from emargin_core.evaluation.metric_table import METRICS
from emargin_core.findings import Findings
from emargin_core.importance import varying_parameters
from emargin_core.language import retell, say, say_many, sentences
from emargin_core.pareto import pareto_front
from emargin_core.sweep_space import VARIABLE
from emargin_core.sweep_table import setting_points

PARAMETERS = tuple(name for name in VARIABLE if name != "seed")


def with_words(settings: pd.DataFrame) -> pd.DataFrame:
    """Add what a setting is called: only what varies."""
    names = varying_parameters(settings, PARAMETERS) or ("threshold", "scale")
    words = [
        say(", ").join(
            say(SETTINGS[n], value=row[n]) if n != "method" else str(row[n]) for n in names
        )
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


def maps(settings: pd.DataFrame, chosen: str) -> None:
    """One map a metric, side by side, one choice for all."""
    across, down = axes_of(settings)
    if across is None or down is None:
        st.info(say("This sweep does not vary two settings over a grid; the trade-off shows it."),
                icon=":material/grid_off:")  # fmt: skip
        return
    part = slice_of(settings, chosen, (across, down))
    drawn = {}
    for column, metric in zip(st.columns(4, gap="small"), TILE_METRICS, strict=True):
        with column, st.container(border=True, gap=None):
            st.markdown(f"**{say(metric.title)}** :small[:gray[{say(metric.note)}]]")
            key = f"tiles-{metric.path}"
            figure, says = tile_figure(part, metric, across, down, chosen), tiles_say(part, metric)
            drawn[say(metric.title)] = (says, figure)
            chart(
                figure, key, says, numbers=False,
                on_select=lambda key=key: take_choice(key), selection_mode="points",
            )  # fmt: skip
    st.caption(
        say(
            "Darker is better in every map; a collapsed setting has no score. Click a tile: it is "
            "marked in all four."
        )
    )
    charts_numbers(drawn, "tiles-numbers")


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
                say(PARAMETER_WORDS[name]).capitalize(), values, default=row[name], required=True,
                key=f"slice_{name}", format_func=lambda value: f"{value:g}",
            )  # fmt: skip
        else:
            wanted = row[name]
        part = part[part[name] == wanted]
    return part


def trade_off(found: Findings, settings: pd.DataFrame, chosen: str) -> None:
    """Clusters against accuracy, with the baseline's interval."""
    title = st.segmented_control(say("Cluster index"), list(INDICES), default=next(iter(INDICES)),
                                 format_func=say, required=True, key="sens_index")  # fmt: skip
    front = {point.key for point in pareto_front(setting_points(settings))}
    advice = found.recommendation
    advised = advice.point.key if advice.point and advice.basis != "accuracy-lost" else None
    chart(
        tradeoff_figure(settings, INDICES[title], front, found.levels, advised, chosen),
        "tradeoff", tradeoff_says(settings, front), on_select=lambda: take_choice("tradeoff"),
        selection_mode="points",
    )  # fmt: skip
    n_collapsed = int(settings["collapsed"].sum())
    words = say(
        "Up: better decisions; right: tidier clusters. Band: the baseline's accuracy with its 95 % "
        "interval; dotted: its clusters. A setting on the front is beaten by no other in accuracy, "
        "Davies–Bouldin and Silhouette at once."
    )
    if n_collapsed:
        left_out = say_many(
            "{n} collapsed setting is left out: its scores mean nothing.",
            "{n} collapsed settings are left out: their scores mean nothing.",
            n_collapsed,
        )
        words = sentences(words, left_out)
    st.caption(words)


def slider_view(sweep: str, settings: pd.DataFrame, chosen: str) -> None:
    """Scrub along threshold or scale through the chosen setting."""
    names = [n for n in ("threshold", "scale", "uniformity") if settings[n].nunique() > 1]
    row = settings.set_index("setting").loc[chosen]
    lines = {name: line_through(settings, row, name) for name in names}
    lines = {name: stops for name, stops in lines.items() if len(stops) > 1}
    if not lines:
        st.info(say("This needs a grid: some runs that differ in one setting only."),
                icon=":material/grid_off:")  # fmt: skip
        return
    name = st.segmented_control(
        say("Move along"), list(lines), default=next(iter(lines)), required=True, key="scrub_along",
        format_func=lambda name: say(PARAMETER_WORDS[name]),
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
        st.markdown(say("**What goes in, what comes out** :small[one line a setting]"))
        chart(
            parallel_figure(settings, parameters),
            "parallel",
            say("What goes in and what comes out, a line for each of {n} settings; the table below "
                "has the same numbers.", n=len(settings)),
            numbers=False,
        )  # fmt: skip
    with st.container(border=True):
        path = st.selectbox(say("Which setting matters most for"), [m.path for m in TILE_METRICS],
                            format_func=lambda p: retell(METRICS[p].title))  # fmt: skip
        importance = importance_of(name, ended, path)
        if importance.warning:
            st.caption(plain(retell(importance.warning)))
        if importance.shares:
            words = [say(PARAMETER_WORDS[name]) for name in importance.shares]
            chart(importance_figure(importance), "importance", importance_says(importance, words))
            st.caption(say("Share of what varies, by functional ANOVA; bars: nine of ten refits."))
    table = settings_table(settings, parameters)
    st.dataframe(table, hide_index=True)
    st.download_button(say("CSV, every trial"), lambda: safe_csv(trials_csv(found.trials)),
                       file_name=f"sweep-{name}.csv", mime="text/csv",
                       icon=":material/download:")  # fmt: skip
    failed = found.trials[found.trials["state"] == "failed"]
    if not failed.empty:
        st.markdown(say("**Failed trials**"))
        st.dataframe(failed[["number", *parameters, "error"]], hide_index=True)


def trials_csv(trials: pd.DataFrame) -> pd.DataFrame:
    """All trials without the long name of their setting."""
    return trials.drop(columns="setting")


def chosen_row(found: Findings, settings: pd.DataFrame, chosen: str, dataset: str) -> None:
    """The chosen setting in words, by click or from the list, and the way to Compare."""
    with st.container(border=True):
        box, numbers, button = st.columns([1.4, 2.2, 1], vertical_alignment="center")
        keys = settings["setting"].tolist()
        words = dict(zip(keys, settings["words"], strict=True))
        st.session_state.sens_box = chosen
        box.selectbox(say("Chosen setting"), keys, format_func=words.__getitem__, key="sens_box",
                      on_change=_take_box)  # fmt: skip
        row = settings.set_index("setting").loc[chosen]
        parts = []
        for metric in TILE_METRICS:
            mean, spread = row[f"{metric.path}.mean"], row[f"{metric.path}.sd"]
            text = "n/a" if pd.isna(mean) else metric.text(mean)
            parts.append(f"{say(metric.title)} **{text}**"
                         + ("" if pd.isna(spread) else f" ± {metric.text(spread)}"))  # fmt: skip
        seeds = (
            say("one seed") if row["count"] == 1 else say("mean ± sd of {n} seeds", n=row["count"])
        )
        collapsed = say("**Collapsed: these scores mean nothing.**") if row["collapsed"] else ""
        numbers.markdown(f"{' · '.join(parts)} :small[:gray[{seeds}]] {collapsed}".strip())
        with button:
            if found.baseline:
                open_in_compare(configured(chosen, dataset), found.baseline[0].config,
                                list(row["seeds"]), key="sens_open")  # fmt: skip


def configured(setting: str, dataset: str) -> dict[str, Any]:
    """The config that a setting's name spells out."""
    return json.loads(setting) | {"dataset": dataset}


def _take_box() -> None:
    st.session_state.sens_setting = st.session_state.sens_box
