"""Compare: baseline left, candidate right, and one sentence that says what it means."""

import contextlib
from collections.abc import Callable

import numpy as np
import streamlit as st

from app import background
from app.settings import ComparisonSettings, sidebar, url_problems
from app.widgets import compare_story, job_progress
from app.widgets.data_preview import one_class
from app.widgets.plain import plain
from app.widgets.verdict_banner import Suggestion, take_suggestion, verdict_banner
from emargin_core.comparison import Comparison
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.errors import ExplorerError, LimitError
from emargin_core.jobs.facade import levels_key, map_key
from emargin_core.language import retell, say
from emargin_core.levels import ReferenceLevels
from emargin_core.result import Result

Names = tuple[str, ...]
FIRST_SPREAD = 0.1


def ask_for(configs: list[ExperimentConfig]) -> None:
    """Submit runs; those under way are joined, those that failed are tried anew."""
    background.run_store().check_writable()
    wanted = {background.run_id_of(config): config for config in configs}
    background.jobs().check_room(wanted, background.session_owner())
    for run_id, config in wanted.items():
        background.jobs().forget(run_id)
        background.jobs().submit(config, run_id, background.session_owner())


def aligned_layout(baseline: Result, candidate: Result) -> np.ndarray | None:
    """The candidate's map on the baseline's; asked for, and None, while it is not there."""
    layout = background.stored_map(candidate, baseline)
    if layout is None:
        trained = background.trained_result(candidate.run_id)
        if trained is None:
            train_again(candidate)
        elif background.jobs().status(map_key(candidate.run_id, baseline.run_id)) is None:
            background.jobs().submit_map(trained, baseline, background.session_owner())
    return layout


def train_again(precomputed: Result) -> None:
    """Ask for a run of the gallery, whose encoder is needed: the gallery keeps none."""
    job = background.jobs().status(precomputed.run_id)
    if job is None or job.state == "cancelled":
        config = make_config(**{k: v for k, v in precomputed.config.items() if v is not None})
        with contextlib.suppress(LimitError):  # asked again when the page is next drawn
            background.jobs().submit(config, precomputed.run_id, background.session_owner())


def levels_for(result: Result) -> ReferenceLevels | None:
    """Floors and ceilings of this data; asked for, and None, while they are not there."""
    levels = background.stored_levels(result)
    fingerprint, part = result.data["fingerprint"], result.config["evaluate_on"]
    if levels is None and background.jobs().status(levels_key(fingerprint, part)) is None:
        background.jobs().submit_levels(
            result.config["dataset"], fingerprint, part, background.session_owner()
        )
    return levels


def show(settings: ComparisonSettings) -> None:
    """Draw the page for these settings, computed, under way or still to be asked for."""
    baseline: Names = tuple(background.run_id_of(config) for config in settings.baseline)
    candidate: Names = tuple(background.run_id_of(config) for config in settings.candidate)
    configs = dict(zip((*baseline, *candidate), (*settings.baseline, *settings.candidate),
                       strict=True))  # fmt: skip
    missing = [name for name in configs if background.stored_result(name) is None]
    with st.sidebar:
        pressed = st.button(
            say("Train and compare"),
            type="primary",
            width="stretch",
            disabled=not missing,
            help=None if missing else say("These settings are computed; change one to run again."),
        )
    first_visit = "visited" not in st.session_state and not background.run_store().ids()
    st.session_state.visited = True
    if missing and (pressed or first_visit or take_suggestion()):
        ask_for([configs[name] for name in missing])
    under_way = bool(job_progress.active(missing))
    if not missing:
        st.session_state.shown = (baseline, candidate)
        comparison = background.comparison_of(baseline, candidate)
        verdict_banner(comparison.verdict, suggestion(comparison))
        classes = comparison.candidate[0].data["class_names"]
        if len(classes) == 1:
            one_class(classes[0])
    elif under_way:
        job_progress.progress_banner(tuple(configs))
    else:
        say_what_is_missing(missing)
    shown = st.session_state.get("shown")
    if shown is None:
        compare_story.placeholder()
        return
    comparison = background.comparison_of(*shown)
    before, after = comparison.baseline[0], comparison.candidate[0]
    layout = aligned_layout(before, after)
    levels = levels_for(after)
    compare_story.story(comparison, layout, levels, stale=bool(missing))
    if under_way:
        return
    if layout is None and background.trained_result(after.run_id) is None:
        st.caption(
            say(
                "This run comes with the program, without its encoder. It is trained here once, "
                "for its map on this baseline's."
            )
        )
        await_extra(after.run_id, lambda: background.trained_result(after.run_id))
    elif layout is None:
        await_extra(map_key(after.run_id, before.run_id),
                    lambda: background.stored_map(after, before))  # fmt: skip
    elif levels is None:
        await_extra(levels_key(after.data["fingerprint"], after.config["evaluate_on"]),
                    lambda: background.stored_levels(after))  # fmt: skip


def await_extra(key: str, look: Callable[[], object]) -> None:
    """Rerun the page once something that it goes without at first is there; give up if it fails."""
    if look() is not None:
        st.rerun()
    if job_progress.active([key]):
        poll(key)
    for problem in job_progress.failures([key]):
        st.caption(
            say("One part of this page could not be made: {problem}", problem=plain(problem))
        )


def suggestion(comparison: Comparison) -> Suggestion | None:
    """The one setting to try next: some spread, where the embedding lost its directions."""
    candidate = comparison.candidate[0].config
    if comparison.kind in ("mismatch", "collapsed") and candidate["uniformity"] == 0.0:
        return Suggestion(
            say("Try spread {spread:g}", spread=FIRST_SPREAD), {"spread": FIRST_SPREAD}
        )
    return None


def say_what_is_missing(missing: list[str]) -> None:
    """Say why there is no verdict yet for the settings on the left."""
    problems = job_progress.failures(missing)
    for problem in problems:
        st.error(plain(problem), title=say("The run stopped."), icon=":material/error:")
    if problems:
        return
    cancelled = any((job := background.jobs().status(name)) is not None
                    and job.state == "cancelled" for name in missing)  # fmt: skip
    st.info(
        say("Press **Train and compare**; it takes well under a minute."),
        title=say("Cancelled; nothing of it was stored.") if cancelled
        else say("These settings have not been computed yet."),
        icon=":material/tune:",
    )  # fmt: skip


@st.fragment(run_every=0.4)
def poll(key: str) -> None:
    """Rerun the page when a job has ended. Call only while it is active."""
    if not job_progress.active([key]):
        st.rerun()


for problem in url_problems():
    st.error(plain(problem), icon=":material/link_off:")
try:
    show(sidebar())
except ExplorerError as error:
    st.error(plain(retell(str(error))), icon=":material/error:")
