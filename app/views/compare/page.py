"""Compare: baseline left, candidate right, and one sentence that says what it means."""

import contextlib
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import session
from app.components import job_progress
from app.components.charts.data_preview import one_class
from app.components.chosen_data import heading
from app.components.comparison import compare_story
from app.components.comparison.expected import expectation, fit_key
from app.components.comparison.footer import earlier_words
from app.components.comparison.training_view import training_view
from app.components.comparison.verdict_banner import (
    Suggestion,
    suggestion_button,
    take_suggestion,
    verdict_banner,
)
from app.components.plain import plain
from app.components.settings import ComparisonSettings, keep_settings, sidebar, url_problems
from app.views.compare import auto_run
from emargin_core.analysis.comparison import Comparison
from emargin_core.analysis.protocol import settling
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.evaluation.uncertainty import MIN_UNITS
from emargin_core.jobs.facade import map_key, reference_scores_key
from emargin_core.store.reference_scores import ReferenceScores, has_other_frames
from emargin_core.store.result import Result
from emargin_core.text.errors import ExplorerError, LimitError
from emargin_core.text.language import gettext, sentences

Names = tuple[str, str]
Configs = tuple[ExperimentConfig, ExperimentConfig]
FIRST_UNIFORMITY = 0.1


def ask_for(configs: list[ExperimentConfig], watched: tuple[ExperimentConfig, ...] = ()) -> None:
    """Submit runs that are not stored; those under way are joined, those that failed tried anew.

    watched: baseline and candidate whose training is shown here as it goes, and then their maps.
    """
    session.run_store().check_writable()
    names = {session.run_id_of(config): config for config in configs}
    wanted = {name: config for name, config in names.items() if not session.stored_result(name)}
    session.jobs().check_limit(wanted, session.session_owner())
    if watched:
        baseline, candidate = map(session.run_id_of, watched)
        known = session.known_result(baseline)
        session.jobs().submit_map_after(candidate, baseline, known, session.session_owner())
    for run_id, config in wanted.items():
        session.jobs().forget(run_id)
        session.jobs().submit(
            config, run_id, session.session_owner(), first_look=True, watched=config in watched
        )


def layouts(
    baseline: Result, candidate: Result, trained: Result | None
) -> dict[str, np.ndarray | None]:
    """The baseline's map and the candidate's on it; asked for, and None, while they are not there.

    trained: the candidate with its encoder; None where that is missing and to be trained first.
    """
    own = compare_story.own_layout(baseline)
    if baseline.preliminary:
        own = session.stored_map(baseline, baseline)
    aligned = session.stored_map(candidate, baseline)
    if aligned is None:
        if trained is None:
            train_again(candidate)
        elif session.jobs().status(map_key(candidate.run_id, baseline.run_id)) is None:
            session.jobs().submit_map(trained, baseline, session.session_owner())
    return {"baseline": own, "candidate": aligned}


def train_again(precomputed: Result) -> None:
    """Ask for a run of the gallery, whose encoder is needed: the gallery keeps none."""
    job = session.jobs().status(precomputed.run_id)
    if job is None or job.state == "cancelled":
        config = make_config(**{k: v for k, v in precomputed.config.items() if v is not None})
        with contextlib.suppress(LimitError):  # asked again when the page is next drawn
            session.jobs().submit(config, precomputed.run_id, session.session_owner())


def reference_scores_for(result: Result) -> ReferenceScores | None:
    """Floors and ceilings of this data; asked for, and None, while they are not there.

    None for good where the run has other frames than the data's own.
    """
    reference_scores = session.stored_reference_scores(result)
    fingerprint, part = result.data["fingerprint"], result.config["evaluate_on"]
    if (
        reference_scores is None
        and not has_other_frames(result.config)
        and session.jobs().status(reference_scores_key(fingerprint, part)) is None
    ):
        session.jobs().submit_reference_scores(
            result.config["dataset"], fingerprint, part, session.session_owner()
        )
    return reference_scores


def show(settings: ComparisonSettings) -> None:
    """Draw the page for these settings, computed, under way or still to be asked for."""
    pairs = all_pairs(settings)
    first = [names for names, configs in pairs.items() if configs[0].fold == 0][: settings.n_seeds]
    missing = missing_runs(pairs, first)
    left_to_settle = missing_runs(pairs, pairs)
    with st.sidebar:
        pressed = st.button(
            gettext("First look"),
            type="primary",
            width="stretch",
            disabled=not missing,
            help=sentences(
                gettext("Trains and scores both methods on the first fold."), waiting(missing)
            )
            if missing
            else gettext("These settings are already computed; change one to train again."),
        )
        auto = auto_run.auto_run_switch()
    wanted = tuple(name for names in first for name in names)
    due = auto and auto_run.is_due(wanted)
    first_visit = "visited" not in st.session_state and not session.run_store().ids()
    st.session_state.visited = True
    if missing and (pressed or first_visit or take_suggestion() or due):
        if auto:
            auto_run.supersede(missing)
        auto_run.note_tried(wanted)
        ask_for(list(missing.values()), watched=pairs[first[0]])
    if auto and not missing:
        auto_run.supersede(())
    if not missing:
        there = [names for names in pairs if not any(name in left_to_settle for name in names)]
        st.session_state.shown = (*zip(*there, strict=True), settings.equal_within)
        complete({names: pairs[names] for names in there})
        verdict(compared(there, settings.equal_within), left_to_settle)
    elif job_progress.under_way(tuple(missing), session.known_result, first_look=True):
        watch = partial(training_view, first[0], pairs[first[0]])
        job_progress.progress_banner(tuple(missing), watch, first_look=True)
        return
    elif auto and auto_run.is_pending(wanted):
        st.info(
            gettext("Training starts when they have not changed for a moment."),
            title=gettext("These settings have not been computed yet."),
            icon=":material/tune:",
        )
        auto_run.await_rest()
    else:
        say_what_is_missing(missing)
    *sides, equal_within = st.session_state.get("shown", ((), (), 0.0))
    shown = list(zip(*sides, strict=True))
    if not shown or not all(session.known_result(name) for names in shown for name in names):
        compare_story.placeholder()
        return
    comparison = compared(shown, equal_within)
    if missing:
        words = earlier_words(comparison, settings.baseline, settings.candidate, settings.n_seeds)
        st.markdown(f"**{plain(words)}**")
    unmeasured = {
        side: config
        for place, (side, config) in enumerate(sides_of(settings).items())
        if any(names[place] in missing for names in first)
    }
    measured = [names for names in shown if all(map(session.stored_result, names))]
    whole = comparison if measured == shown else measured and compared(measured, equal_within)
    draw_comparison(comparison, whole or None, missing, unmeasured)
    for config in sides_of(settings).values():
        expectation(config)  # has its forecast fitted, for the next move


def compared(pairs: list[Names], equal_within: float) -> Comparison:
    """Compare pairs of runs, of which some may have been looked at only."""
    baseline, candidate = zip(*pairs, strict=True)
    looked = [name for names in pairs for name in names if session.stored_result(name) is None]
    return session.comparison_of(baseline, candidate, equal_within, tuple(looked))


def complete(pairs: dict[Names, Configs]) -> None:
    """Ask for what is left of first looks that nobody works at, as after a restart."""
    left = [
        config
        for names, configs in pairs.items()
        for name, config in zip(names, configs, strict=True)
        if not job_progress.active([name]) and session.stored_result(name) is None
    ]
    if left:
        with contextlib.suppress(LimitError):  # asked again when the page is next drawn
            ask_for(left)


def sides_of(settings: ComparisonSettings) -> dict[str, ExperimentConfig]:
    """The config asked for on each side."""
    return {"baseline": settings.baseline, "candidate": settings.candidate}


def all_pairs(settings: ComparisonSettings) -> dict[Names, Configs]:
    """Names of the baseline's and the candidate's run, for each fold and seed, with the configs."""
    n_folds = session.n_folds_of(settings.candidate)
    sides = (
        settling(config, n_folds, settings.n_seeds)
        for config in (settings.baseline, settings.candidate)
    )
    return {
        (session.run_id_of(before), session.run_id_of(after)): (before, after)
        for before, after in zip(*sides, strict=True)
    }


def missing_runs(
    pairs: dict[Names, Configs], wanted: Iterable[Names]
) -> dict[str, ExperimentConfig]:
    """Those runs of the wanted pairs of which there is not even a first look, by name."""
    return {
        name: config
        for names in wanted
        for name, config in zip(names, pairs[names], strict=True)
        if session.known_result(name) is None
    }


def verdict(comparison: Comparison, left_to_settle: dict[str, ExperimentConfig]) -> None:
    """Draw the verdict, what is under way toward a settled one, and what to do next."""
    offer = None
    proposed = suggestion(comparison)
    under_way = job_progress.under_way(tuple(left_to_settle), session.known_result, first_look=True)
    settles = left_to_settle and comparison.evidence.n_units_in_all >= MIN_UNITS
    if settles and not under_way and (comparison.kind != "collapsed" or proposed is None):
        offer = partial(settle_button, left_to_settle)
    elif proposed is not None:
        offer = partial(suggestion_button, proposed)
    with verdict_place():
        verdict_banner(comparison.verdict, offer)
        if under_way:
            job_progress.progress_banner(tuple(left_to_settle), first_look=True)
        for problem in job_progress.failures(tuple(left_to_settle)):
            st.error(plain(problem), title=gettext("The run failed."), icon=":material/error:")
        classes = comparison.candidate[0].data["class_names"]
        if len(classes) == 1:
            one_class(classes[0])


def verdict_place() -> DeltaGenerator:
    """One place for all that stands above the cards, so that these are not drawn anew below it."""
    return st.container(key="verdict")


def settle_button(left_to_settle: dict[str, ExperimentConfig]) -> None:
    """Draw the button that asks for every run which a settled verdict still needs."""
    if st.button(
        gettext("Settle it"),
        icon=":material/done_all:",
        type="primary",
        width="stretch",
        help=sentences(
            gettext("Trains both methods on the remaining folds, in the background."),
            waiting(left_to_settle),
        ),
    ):
        ask_for(list(left_to_settle.values()))
        st.rerun()


def draw_comparison(
    comparison: Comparison,
    whole: Comparison | None,
    missing: dict[str, ExperimentConfig],
    unmeasured: dict[str, ExperimentConfig],
) -> None:
    """Draw the two cards and what belongs to them; the maps show the first fold.

    whole: of the runs that are measured whole; unmeasured: the config of each side that is asked
    for and not measured yet.
    """
    before, after = comparison.baseline[0], comparison.candidate[0]
    trained = session.trained_result(after.run_id)
    drawn = layouts(before, after, trained)
    reference_scores = reference_scores_for(after)
    fits = [fit_key(config) for config in unmeasured.values()]
    fitting = job_progress.active(fits)
    expected = {side: expectation(config) for side, config in unmeasured.items()}
    compare_story.story(comparison, whole, drawn, reference_scores, bool(missing), expected)
    if drawn["candidate"] is None and trained is None:
        st.caption(
            gettext(
                "This run came with the program without its encoder. To align the maps, it is "
                "trained here once."
            )
        )
        await_extra(after.run_id, lambda: session.trained_result(after.run_id))
    elif drawn["candidate"] is None:
        await_extra(map_key(after.run_id, before.run_id), lambda: session.stored_map(after, before))
    elif reference_scores is None:
        await_extra(
            reference_scores_key(after.data["fingerprint"], after.config["evaluate_on"]),
            lambda: session.stored_reference_scores(after),
        )
    elif whole is not comparison:
        await_rest_of(comparison)
    for key in dict.fromkeys(job.key for job in (*fitting, *job_progress.active(fits))):
        poll(key)


def await_extra(key: str, look: Callable[[], object]) -> None:
    """Rerun the page once something that it goes without at first is there; give up if it fails."""
    if job_progress.under_way([key], lambda _key: look() is not None):
        poll(key)
    for problem in job_progress.failures([key]):
        st.caption(
            gettext("One part of this page could not be drawn: {problem}", problem=plain(problem))
        )


def await_rest_of(comparison: Comparison) -> None:
    """Rerun the page once all of the runs that were looked at are measured whole."""
    looked = [r.run_id for r in (*comparison.baseline, *comparison.candidate) if r.preliminary]
    if job_progress.under_way(looked):
        poll(*looked)


def suggestion(comparison: Comparison) -> Suggestion | None:
    """The one setting to try next: a uniformity weight, where the embedding lost its directions."""
    candidate = comparison.candidate[0].config
    if comparison.kind in ("mismatch", "collapsed") and candidate["uniformity"] == 0.0:
        return Suggestion(
            gettext("Try uniformity weight {uniformity:g}", uniformity=FIRST_UNIFORMITY),
            {"spread": FIRST_UNIFORMITY},
        )
    return None


def waiting(missing: dict[str, ExperimentConfig]) -> str:
    """Say how long these runs will take; nothing where none like them was timed."""
    time = session.expected_wait(list(missing.values()), first_look=True)
    return "" if time is None else gettext("It takes about {time} on this computer.", time=time)


def say_what_is_missing(missing: dict[str, ExperimentConfig]) -> None:
    """Say why there is no verdict yet for the settings on the left."""
    problems = job_progress.failures(missing)
    for problem in problems:
        st.error(plain(problem), title=gettext("The run failed."), icon=":material/error:")
    if problems:
        return
    cancelled = any(
        (job := session.jobs().status(name)) is not None and job.state == "cancelled"
        for name in missing
    )
    st.info(
        sentences(gettext("Press **First look**."), waiting(missing)),
        title=gettext("Cancelled; nothing was stored.")
        if cancelled
        else gettext("These settings have not been computed yet."),
        icon=":material/tune:",
    )


@st.fragment(run_every=0.4)
def poll(*keys: str) -> None:
    """Rerun the page when all of these jobs have ended, at once if they have already."""
    if not job_progress.active(keys):
        st.rerun()


heading(gettext("do better clusters mean better decisions?"))
for problem in url_problems():
    st.error(plain(problem), icon=":material/link_off:")
try:
    settings = sidebar()
    keep_settings()
    show(settings)
except ExplorerError as error:
    st.error(plain(str(error)), icon=":material/error:")
