"""Stage 2, the threshold: the setting to roll out, by one's own weights or a least accuracy."""

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from app import background
from app.decisions import change, widget_key
from app.sweeps import GALLERY, findings_of, sweep_words
from app.widgets.chart import chart
from app.widgets.plain import plain
from app.widgets.sweep_views import configured, with_words
from app.widgets.tradeoff import ACCURACY, INDICES, tradeoff_figure
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.decide.plan_state import DecisionPlan
from emargin_core.decide.preference import Preference, Way, choose
from emargin_core.findings import Findings
from emargin_core.language import mark, say
from emargin_core.pareto import pareto_front
from emargin_core.sweep_table import setting_points

WAYS: dict[Way, str] = {
    "weights": mark("By my weights"),
    "minimum": mark("By a least accuracy"),
    "pilot": mark("As in the pilot"),
}


@dataclass(frozen=True)
class Chosen:
    """The setting to roll out (None if there is none), its name, why, and of how many chosen."""

    config: ExperimentConfig | None
    setting: str | None
    reason: str
    among: int


def chosen(plan: DecisionPlan) -> Chosen:
    """What the plan's preference chooses from its sweep."""
    if plan.preference.way == "pilot":
        return Chosen(plan.pilot, None, say("The setting of the pilot is kept as it is."), 1)
    found = _found(plan)
    if found is None:
        return Chosen(None, None, say("No settings have been tried on this data yet."), 0)
    choice = choose(setting_points(found.settings), plan.preference)
    if choice.point is None:
        return Chosen(None, None, choice.reason, choice.among)
    settings = configured(choice.point.key, plan.pilot.dataset)
    config = make_config(**settings | {"seed": plan.pilot.seed})
    return Chosen(config, choice.point.key, choice.reason, choice.among)


def threshold(plan: DecisionPlan) -> None:
    """Draw the stage: how to choose, the trade-off, and what is chosen."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        preference = _preference(plan.preference)
        source = _source(plan)
    if preference != plan.preference or source != plan.source:
        change(preference=preference, source=source)
        st.rerun()
    picked = chosen(plan)
    with left:
        _say_choice(picked)
    with right:
        found = _found(plan)
        if found is None:
            st.info(
                say("Many settings must be tried before one can be chosen by its scores. Start a "
                    "sweep on the Sensitivity page, or go on with the pilot's setting."),
                icon=":material/grid_view:",
            )  # fmt: skip
            st.page_link("views/sensitivity.py", label=say("Sensitivity"),
                         icon=":material/grid_view:")  # fmt: skip
        else:
            _trade_off(found, picked)


def _preference(now: Preference) -> Preference:
    way = st.segmented_control(
        say("Choose the setting"), list(WAYS), default=now.way, required=True,
        format_func=lambda way: say(WAYS[way]), key=widget_key("way"),
    )  # fmt: skip
    changes: dict[str, object] = {"way": way}
    if way == "weights":
        share = st.slider(
            say("Weight of tidy groups, %"), 0, 100, round(100 * now.tidiness), 5,
            key=widget_key("weight"),
            help=say("0: only right decisions count. 100: only tidy groups count."),
        )  # fmt: skip
        changes["tidiness"] = share / 100
        st.caption(say("Right decisions have the other {rest} %.", rest=100 - share))
    elif way == "minimum":
        share = st.slider(
            say("Right at least this often, %"), 0, 100, round(100 * now.minimum), 1,
            key=widget_key("minimum"),
            help=say("Of the settings that reach it, the one with the tidiest groups is taken; the "
                     "verdict asks for it as well."),
        )  # fmt: skip
        changes["minimum"] = share / 100
    return Preference.model_validate(now.model_dump() | changes)


def _names(plan: DecisionPlan) -> list[str]:
    """Sweeps of this data that have results, newest first; last what comes with the program."""
    runner = background.sweeps()
    dataset = plan.pilot.dataset
    names = [name for name in runner.stored()
             if runner.spec(name).base.dataset == dataset and runner.status(name).done]  # fmt: skip
    shipped = background.gallery()
    return [*names, GALLERY] if shipped is not None and shipped.dataset == dataset else names


def _source(plan: DecisionPlan) -> str | None:
    names = _names(plan)
    if plan.preference.way == "pilot" or len(names) < 2:
        return plan.source
    place = names.index(plan.source) if plan.source in names else 0
    return st.selectbox(say("Settings tried"), names, place, format_func=sweep_words,
                        key=widget_key("source"))  # fmt: skip


def _found(plan: DecisionPlan) -> Findings | None:
    names = _names(plan)
    if not names:
        return None
    name = plan.source if plan.source in names else names[0]
    ended = 0
    if name != GALLERY:
        status = background.sweeps().status(name)
        ended = status.done + status.failed
    found = findings_of(name, ended)
    return None if found.settings.empty else found


def _say_choice(picked: Chosen) -> None:
    if picked.config is None:
        st.warning(plain(picked.reason), icon=":material/search_off:")
        return
    st.success(
        say("**Chosen: {setting}.** {reason}", setting=setting_words(picked.config),
            reason=plain(picked.reason)),
        icon=":material/check:",
    )  # fmt: skip


def setting_words(config: ExperimentConfig) -> str:
    """The settings that its method reads, in words."""
    read = config.canonical()
    named = {
        "threshold": say("threshold {value}", value=_plain_number(read["threshold"])),
        "scale": say("scale {value}", value=_plain_number(read["scale"])),
        "uniformity": say("spread {value}", value=_plain_number(read["uniformity"])),
        "temperature": say("temperature {value}", value=_plain_number(read["temperature"])),
    }
    words = [word for name, word in named.items() if read[name] is not None]
    return ", ".join(words) or say("no settings")


def _plain_number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:g}"


def _trade_off(found: Findings, picked: Chosen) -> None:
    settings = with_words(found.settings)
    front = {point.key for point in pareto_front(setting_points(settings))}
    index = "clustering.silhouette"
    figure = tradeoff_figure(settings, index, front, found.levels, None, picked.setting)
    figure.update_layout(height=340)
    says = say(
        "Every setting tried as a point: to the right its groups are tidier, further up its "
        "decisions are right more often. {front} of {n} are beaten by no other in all respects.",
        front=len(front), n=len(settings),
    )  # fmt: skip
    chart(figure, "decide-tradeoff", says, _table(settings, front))
    st.caption(says)


def _table(settings: pd.DataFrame, front: set[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            say("setting"): settings["words"],
            say("right decisions"): settings[f"{ACCURACY}.mean"].round(3),
            **{
                title: settings[f"{path}.mean"].round(3)
                for title, path in ((say(t), p) for t, p in INDICES.items())
            },
            say("beaten by none"): settings["setting"].isin(front),
        }
    )
