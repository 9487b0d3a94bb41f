"""Stage 2, the threshold: choose the setting to use, by weights or a minimum accuracy."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from app import session
from app.components.charts.chart import chart
from app.components.chosen_data import link_query
from app.components.comparison.footer import config_words
from app.components.plain import plain
from app.components.settings import MAX_EQUAL_WITHIN
from app.components.sweeps.stored import GALLERY, confirmation_of, findings_beside, sweep_words
from app.components.sweeps.sweep_views import configured, with_words
from app.components.sweeps.tradeoff import INDICES, index_title, tradeoff_figure
from app.views.decide.decisions import change, widget_key
from emargin_core.analysis.decide.plan_state import DecisionPlan
from emargin_core.analysis.decide.preference import Preference, Way, choose, point_words
from emargin_core.analysis.pareto import pareto_front
from emargin_core.config import METHODS, ExperimentConfig, make_config
from emargin_core.evaluation.metric_table import ACCURACY, SILHOUETTE
from emargin_core.store.runs_table import config_key
from emargin_core.sweeps.confirmation import Confirmation
from emargin_core.sweeps.findings import Findings, settings_of
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.message import lazy_gettext
from emargin_core.text.units import of_part

WAYS: dict[Way, str] = {
    "weights": lazy_gettext("By weights"),
    "minimum": lazy_gettext("By minimum accuracy"),
    "pilot": lazy_gettext("As in the pilot"),
}


@dataclass(frozen=True)
class Chosen:
    """The setting to roll out (None if there is none), its name, the reason, out of how many.

    confirmed: whether it was chosen without the groups that it is tested on.
    """

    config: ExperimentConfig | None
    setting: str | None
    reason: str
    among: int
    confirmed: bool = False


def chosen(plan: DecisionPlan) -> Chosen:
    """Apply the plan's preference to its sweep."""
    if plan.preference.way == "pilot":
        return Chosen(plan.pilot, None, _("The setting from the pilot is used unchanged."), 1)
    found = _found(plan)
    if found is None:
        return Chosen(None, None, _("No settings have been tried on this data yet."), 0)
    choice = choose(found.points, plan.preference)
    if choice.point is None:
        return Chosen(None, None, choice.reason, choice.among)
    settings = configured(choice.point.key, plan.pilot.dataset)
    config = make_config(**settings | {"seed": plan.pilot.seed})
    sweep = _sweep(plan)
    confirmed = sweep is not None and is_confirmed(
        confirmation_of(*sweep), choice.point.key, session.n_folds_of(config)
    )
    return Chosen(config, choice.point.key, choice.reason, choice.among, confirmed)


def is_confirmed(confirmation: Confirmation | None, setting: str, n_folds: int) -> bool:
    """Whether a setting that is tested on n_folds was chosen without the groups that test it.

    With folds, each must choose it by itself, without its test groups; a fixed test part has no
    share in any choice on validation groups.
    """
    if confirmation is None:
        return False
    chosen_by = confirmation.chosen
    return n_folds == 1 or (len(chosen_by) == n_folds and set(chosen_by.values()) == {setting})


def threshold(plan: DecisionPlan) -> None:
    """Draw the stage: preference, trade-off chart, and the chosen setting."""
    left, right = st.columns([1, 2], gap="medium")
    with left:
        preference = _preference(plan.preference)
        source = _source(plan)
    if preference != plan.preference or source != plan.source:
        change(preference=preference, source=source)
        st.rerun()
    picked, found = chosen(plan), _found(plan)
    with left:
        _say_choice(picked, found)
    with right:
        if found is None:
            st.info(
                _(
                    "Many settings must be tried before one can be chosen by its "
                    "scores. Start a sweep on the Sensitivity page, or use the "
                    "setting from the pilot."
                ),
                icon=":material/grid_view:",
            )
            st.page_link(
                "views/sensitivity/page.py",
                label=_("Sensitivity"),
                icon=":material/grid_view:",
                query_params=link_query(),
            )
        else:
            _trade_off(plan, found, picked)


def _preference(now: Preference) -> Preference:
    way = st.segmented_control(
        _("Choose the setting"),
        list(WAYS),
        default=now.way,
        required=True,
        format_func=lambda way: str(WAYS[way]),
        key=widget_key("way"),
    )
    changes: dict[str, object] = {"way": way}
    if way == "weights":
        share = st.slider(
            _("Weight of tidy groups, %"),
            0,
            100,
            round(100 * now.tidiness),
            5,
            key=widget_key("weight"),
            help=_("0: only right decisions count. 100: only tidy groups count."),
        )
        changes["tidiness"] = share / 100
        st.caption(_("The other {rest} % is the weight of right decisions.", rest=100 - share))
    elif way == "minimum":
        share = st.slider(
            _("Minimum accuracy, %"),
            0,
            100,
            round(100 * now.minimum),
            1,
            key=widget_key("minimum"),
            help=_(
                "Of the settings that reach this accuracy, the one with the tidiest "
                "groups is chosen. The verdict also requires this accuracy."
            ),
        )
        changes["minimum"] = share / 100
    points = st.number_input(
        _("Equal within (points of accuracy)"),
        0.0,
        MAX_EQUAL_WITHIN,
        round(100 * now.equal_within, 6),
        0.5,
        key=widget_key("equal_within"),
        help=_(
            "Two methods count as equally accurate only if the whole 95 % interval of their "
            "difference lies within this margin."
        ),
    )
    changes["equal_within"] = points / 100
    return Preference.model_validate(now.model_dump() | changes)


def _names(plan: DecisionPlan) -> list[str]:
    """Sweeps of this data that have results, newest first; last what comes with the program."""
    runner = session.sweeps()
    dataset = plan.pilot.dataset
    names = [
        name
        for name in runner.stored()
        if runner.spec(name).base.dataset == dataset and runner.status(name).done
    ]
    shipped = session.gallery()
    return [*names, GALLERY] if shipped is not None and shipped.dataset == dataset else names


def _source(plan: DecisionPlan) -> str | None:
    names = _names(plan)
    if plan.preference.way == "pilot" or len(names) < 2:
        return plan.source
    place = names.index(plan.source) if plan.source in names else 0
    return st.selectbox(
        _("Settings tried"), names, place, format_func=sweep_words, key=widget_key("source")
    )


def _sweep(plan: DecisionPlan) -> tuple[str, int] | None:
    """The sweep that the setting is chosen from, and how many of its trials have ended."""
    names = _names(plan)
    if not names:
        return None
    name = plan.source if plan.source in names else names[0]
    if name == GALLERY:
        return name, 0
    status = session.sweeps().status(name)
    return name, status.done + status.failed


def _found(plan: DecisionPlan) -> Findings | None:
    sweep = _sweep(plan)
    found = None if sweep is None else findings_beside(*sweep, plan.baseline)
    return None if found is None or found.settings.empty else found


def _say_choice(picked: Chosen, found: Findings | None) -> None:
    if picked.config is None:
        st.warning(plain(picked.reason), icon=":material/search_off:")
        return
    st.success(
        _(
            "**Chosen: {setting}.** {reason}",
            setting=setting_words(picked.config),
            reason=sentences(plain(picked.reason), _beside_it(picked, found)),
        ),
        icon=":material/check:",
    )


def _beside_it(picked: Chosen, found: Findings | None) -> str:
    """Which part of the data the numbers of the choice are of, and what the baseline has there."""
    if picked.setting is None or found is None:
        return ""
    part = _part(found)
    if found.baseline is None or not found.baseline.point.usable:
        return _("Measured on the {part}.", part=part)
    return _(
        "Measured on the {part}. There the baseline, {baseline}, has: {numbers}.",
        part=part,
        baseline=_method_words(found.baseline.config),
        numbers=point_words(found.baseline.point),
    )


def _part(found: Findings) -> str:
    """The part of the data that the settings were tried on."""
    return of_part(settings_of(found.points[0])["evaluate_on"], _noun(found))


def _noun(found: Findings) -> str:
    return found.units.noun if found.units else "group"


def setting_words(config: ExperimentConfig) -> str:
    """The settings that its method reads, in words."""
    return config_words(config.canonical()) or _("no settings")


def _method_words(config: Mapping[str, Any]) -> str:
    return _(
        "{method}, {settings}",
        method=str(METHODS[config["method"]].title),
        settings=config_words(dict(config)) or _("no settings"),
    )


def _trade_off(plan: DecisionPlan, found: Findings, picked: Chosen) -> None:
    settings = with_words(found.settings)
    front = {point.key for point in pareto_front(found.points)}
    index = SILHOUETTE
    figure = tradeoff_figure(settings, index, front, found, None, picked.setting)
    figure.update_layout(height=340)
    says = _(
        "Each point is one setting that was tried: further right, its groups are "
        "tidier; further up, its accuracy is higher. {front} of {n} are "
        "Pareto-optimal: no other setting is better on every score.",
        front=len(front),
        n=len(settings),
    )
    says = sentences(says, *_square(plan, found))
    chart(figure, "decide-tradeoff", says, _table(settings, front))
    st.caption(says)


def _square(plan: DecisionPlan, found: Findings) -> list[str]:
    """Which part of the data the chart is of, what its square is, and what that is not."""
    said = [_("All points are measured on the {part}.", part=_part(found))]
    evaluate_on = settings_of(found.points[0])["evaluate_on"]
    if evaluate_on == "validation":
        said.append(_("The other stages show the {part}.", part=of_part("test", _noun(found))))
    if found.baseline is None:
        return said
    said.append(
        _("Square: the baseline, {baseline}.", baseline=_method_words(found.baseline.config))
    )
    own = plan.baseline.canonical()
    if config_key(own | {"evaluate_on": evaluate_on}) != found.baseline.point.key:
        said.append(
            _(
                "The other stages compare with {baseline}, which was not run on the {part}.",
                baseline=_method_words(own),
                part=_part(found),
            )
        )
    return said


def _table(settings: pd.DataFrame, front: set[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            _("setting"): settings["words"],
            _("right decisions"): settings[f"{ACCURACY}.mean"].round(3),
            **{index_title(path): settings[f"{path}.mean"].round(3) for path in INDICES},
            _("Pareto-optimal"): settings["setting"].isin(front),
        }
    )
