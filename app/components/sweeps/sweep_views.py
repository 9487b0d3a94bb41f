"""The views of a sweep: maps, trade-off, slider, details, and the setting that all share."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from app.components.charts.chart import chart, charts_numbers
from app.components.charts.chart_words import importance_says, tiles_say, tradeoff_says
from app.components.charts.sweep_details import (
    PARAMETER_WORDS,
    importance_figure,
    parallel_figure,
    settings_table,
)
from app.components.charts.tile_maps import tile_figure
from app.components.comparison.footer import SETTINGS
from app.components.comparison.open_in_compare import open_in_compare
from app.components.plain import plain
from app.components.sweeps.scrubber import Stop, scrubber
from app.components.sweeps.stored import GALLERY, importance_of
from app.components.sweeps.tradeoff import INDICES, index_title, tradeoff_figure
from emargin_core.analysis.importance import FEW_TRIALS, varying_parameters
from emargin_core.analysis.pareto import pareto_front
from emargin_core.analysis.recommendation_words import change_words
from emargin_core.analysis.verdict_words import over, word
from emargin_core.evaluation.metric_table import EFFECTIVE_RANK, HEADLINES, METRICS
from emargin_core.sweeps.findings import Findings
from emargin_core.sweeps.space import TRAININGS, VARIABLE
from emargin_core.sweeps.table import origin_of
from emargin_core.text.csv_text import safe_csv
from emargin_core.text.language import gettext, ngettext, sentences
from emargin_core.text.message import lazy_gettext

PARAMETERS = tuple(name for name in VARIABLE if name not in TRAININGS)
CAVEATS = {
    "too-few-trials": lazy_gettext(
        "{n} usable trials are too few to measure importance; {enough} are needed."
    ),
    "few-trials": lazy_gettext(
        "Only {n} usable trials: the order may be chance; {enough} or more would be more certain."
    ),
    "constant-settings": lazy_gettext("No setting varies among the usable trials."),
    "constant-metric": lazy_gettext("The metric is the same in all usable trials."),
}
"""Why little or nothing can be said of importance -> its words."""


def with_words(settings: pd.DataFrame) -> pd.DataFrame:
    """Add what a setting is called: only what varies."""
    names = varying_parameters(settings, PARAMETERS) or ("threshold", "scale")
    words = [
        gettext(", ").join(
            str(SETTINGS[n].format(value=row[n])) if n != "method" else str(row[n]) for n in names
        )
        for _, row in settings.iterrows()
    ]
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
        st.info(
            gettext(
                "This view needs a grid over two settings, which this sweep does not "
                "have. See the trade-off view."
            ),
            icon=":material/grid_off:",
        )
        return
    part = slice_of(settings, chosen, (across, down))
    drawn = {}
    for column, metric in zip(st.columns(4, gap="small"), HEADLINES.values(), strict=True):
        with column, st.container(border=True, gap=None):
            note = metric.note if metric.path == EFFECTIVE_RANK else metric.direction
            st.markdown(f"**{metric.label}** :small[:gray[{note}]]")
            key = f"tiles-{metric.path}"
            figure, says = tile_figure(part, metric, across, down, chosen), tiles_say(part, metric)
            drawn[str(metric.label)] = (says, figure)
            chart(
                figure,
                key,
                says,
                numbers=False,
                on_select=lambda key=key: take_choice(key),
                selection_mode="points",
            )
    st.caption(
        gettext(
            "Darker is better in every map; a collapsed setting has no score. Click a tile to "
            "mark it in all four."
        )
    )
    charts_numbers(drawn, "tiles-numbers")


def axes_of(settings: pd.DataFrame) -> tuple[str | None, str | None]:
    """The two parameters of the maps: threshold and scale where both vary."""
    varying = [
        n for n in ("threshold", "scale", "uniformity", "temperature") if settings[n].nunique() > 1
    ]
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
                str(PARAMETER_WORDS[name]).capitalize(),
                values,
                default=row[name],
                required=True,
                key=f"slice_{name}",
                format_func=lambda value: f"{value:g}",
            )
        else:
            wanted = row[name]
        part = part[part[name] == wanted]
    return part


def trade_off(found: Findings, settings: pd.DataFrame, chosen: str) -> None:
    """Clusters against accuracy, the chosen setting with its difference from the baseline."""
    index = st.segmented_control(
        gettext("Cluster index"),
        INDICES,
        default=INDICES[0],
        format_func=index_title,
        required=True,
        key="sens_index",
    )
    front = {point.key for point in pareto_front(found.points)}
    advice = found.recommendation
    starred = advice.point.key if advice.point and advice.basis == "better-on-both" else None
    chart(
        tradeoff_figure(settings, index, front, found, starred, chosen),
        "tradeoff",
        tradeoff_says(settings, front),
        on_select=lambda: take_choice("tradeoff"),
        selection_mode="points",
    )
    n_collapsed = int(settings["collapsed"].sum())
    words = gettext(
        "Higher is more accurate; further right is tidier. Square and dotted lines: the "
        "baseline. Bars: 95 % interval of the chosen setting's difference from it. "
        "Pareto-optimal: no other setting is at least as good in accuracy, Davies–Bouldin and "
        "Silhouette, and better in one of them."
    )
    if n_collapsed:
        left_out = ngettext(
            "{n} collapsed setting is left out: its scores are not meaningful.",
            "{n} collapsed settings are left out: their scores are not meaningful.",
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
        st.info(
            gettext("This view needs runs that differ in one setting only."),
            icon=":material/grid_off:",
        )
        return
    name = st.segmented_control(
        gettext("Setting to vary"),
        list(lines),
        default=next(iter(lines)),
        required=True,
        key="scrub_along",
        format_func=lambda name: str(PARAMETER_WORDS[name]),
    )
    scrubber(name, lines[name], shipped=sweep == GALLERY)


def line_through(settings: pd.DataFrame, row: pd.Series, name: str) -> list[Stop]:
    """The first fold's runs that differ from the chosen setting in one parameter alone."""
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
        st.markdown(gettext("**Settings and scores** :small[one line per setting]"))
        chart(
            parallel_figure(settings, parameters),
            "parallel",
            gettext(
                "Settings and scores, one line for each of {n} settings; the table below has "
                "the same numbers.",
                n=len(settings),
            ),
            numbers=False,
        )
    with st.container(border=True):
        path = st.selectbox(
            gettext("Which setting matters most for:"),
            list(HEADLINES),
            format_func=lambda p: str(METRICS[p].title),
        )
        importance = importance_of(name, ended, path)
        if importance.caveat is not None:
            caveat = CAVEATS[importance.caveat].format(n=importance.n_trials, enough=FEW_TRIALS)
            st.caption(str(caveat))
        if importance.shares:
            words = [str(PARAMETER_WORDS[name]) for name in importance.shares]
            chart(importance_figure(importance), "importance", importance_says(importance, words))
            st.caption(
                gettext(
                    "Share of the metric's variation due to each setting (functional "
                    "ANOVA). Bars: 90 % of the refits on resampled trials."
                )
            )
    table = settings_table(settings, parameters)
    origins = origin_of(found.trials)
    if origins:
        said = settings["setting"].map(origins).fillna("").tolist()
        table.insert(len(parameters), gettext("tried first, best on"), said)
    st.dataframe(table, hide_index=True)
    st.download_button(
        gettext("CSV, all trials"),
        lambda: safe_csv(trials_csv(found.trials)),
        file_name=f"sweep-{name}.csv",
        mime="text/csv",
        icon=":material/download:",
    )
    failed = found.trials[found.trials["state"] == "failed"]
    if not failed.empty:
        st.markdown(gettext("**Failed trials**"))
        failed = failed.assign(error=failed["error"].map(str))
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
        box.selectbox(
            gettext("Chosen setting"),
            keys,
            format_func=words.__getitem__,
            key="sens_box",
            on_change=_take_box,
        )
        row = settings.set_index("setting").loc[chosen]
        numbers.markdown(setting_words(found, row, chosen))
        with button:
            if found.baseline:
                open_in_compare(
                    configured(chosen, dataset),
                    found.baseline.config,
                    sorted(set(row["seeds"])),
                    key="sens_open",
                )


def setting_words(found: Findings, row: pd.Series, chosen: str) -> str:
    """Means of a setting over its runs, and what may be said of it beside the baseline."""
    parts = []
    for metric in HEADLINES.values():
        mean = row[f"{metric.path}.mean"]
        text = "n/a" if pd.isna(mean) else metric.text(mean)
        parts.append(f"{metric.label} **{text}**")
    if row["collapsed"]:
        parts.append(gettext("**Collapsed: these scores are not meaningful.**"))
    means = " · ".join(parts)
    origin = origin_of(found.trials).get(chosen)
    if origin is not None:
        said = gettext("Tried first, because it did best on {data}.", data=plain(origin))
        means += f"  \n:small[{said}]"
    judged = found.judged_setting(chosen)
    if judged is None:
        alone = gettext("There is no run of the baseline to compare with.")
        return f"{means}  \n:small[{alone}]"
    evidence = found.evidence(judged)
    beside = gettext(
        "Against the baseline ({over}): {changes}.",
        over=over(evidence.held_out, evidence.noun),
        changes=change_words(judged.differences),
    )
    return f"{means}  \n:small[{sentences(word(judged.judgement, evidence).headline, beside)}]"


def configured(setting: str, dataset: str) -> dict[str, Any]:
    """The config that a setting's name spells out, on the test groups."""
    return json.loads(setting) | {"dataset": dataset, "evaluate_on": "test"}


def _take_box() -> None:
    st.session_state.sens_setting = st.session_state.sens_box
