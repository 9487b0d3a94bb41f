"""`contest`: two methods tuned alike, chosen on validation, compared on the test recordings."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from emargin_core.cli import options
from emargin_core.cli.experiments import all_results, print_metrics
from emargin_core.cli.output import console, write_json
from emargin_core.cli.sweep import finished_sweep
from emargin_core.contest import (
    TRIALS,
    Chosen,
    Contest,
    choose,
    judge_contest,
    least_accuracy,
    on_test,
    search_of,
)
from emargin_core.errors import InputError
from emargin_core.sweep_space import SweepSpec

if TYPE_CHECKING:
    from emargin_core.jobs import Jobs
    from emargin_core.sweep import SweepRunner


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("contest")(contest)


def contest(
    dataset: options.DatasetName = options.DEFAULTS.dataset,
    baseline: options.Baseline = "infonce",
    candidate: options.Candidate = "emargin",
    trials: Annotated[int, typer.Option(min=2, help="Trials of each method's search.")] = TRIALS,
    iterations: options.Iterations = options.DEFAULTS.iterations,
    seeds: options.Seeds = "0,1,2,3,4",
    json: options.JsonTarget = None,
) -> None:
    """Tune both methods with the same number of trials, then compare the choices on test data."""
    from emargin_core.comparison import compare

    chosen_seeds = options.parse_seeds(seeds)
    if len(chosen_seeds) < 2:
        raise InputError("--seeds has one seed; a contest needs at least two for its intervals")
    specs = {
        side: search_of(method, dataset, trials, iterations)
        for side, method in (("baseline", baseline), ("candidate", candidate))
    }
    found = {side: finished_sweep(_start(spec)).findings.trials for side, spec in specs.items()}
    least = least_accuracy(found["baseline"])
    sides: dict[str, Chosen] = {side: choose(found[side], specs[side], least) for side in specs}
    configs = {side: on_test(sides[side], chosen_seeds) for side in sides}
    results, _ = all_results([config for side in configs.values() for config in side])
    runs = {side: [results[config] for config in configs[side]] for side in configs}
    comparison = compare(runs["baseline"], runs["candidate"])
    outcome = judge_contest(comparison)
    if json is not None:
        contest = Contest(sides["baseline"], sides["candidate"], trials, found, comparison, outcome)
        write_json(contest.to_json(), json)
        return
    print_metrics({f"{side}: {specs[side].base.method}": runs[side] for side in runs})
    for side, choice in sides.items():
        console.print(f"{side}: {_words(choice)}")
    console.print(f"[bold]{outcome.sentence}[/bold]")


def _start(spec: SweepSpec) -> "Callable[[SweepRunner, Jobs], str]":
    return lambda runner, jobs: runner.start(spec, jobs)


def _words(chosen: Chosen) -> str:
    named = ("threshold", "scale", "temperature", "uniformity")
    settings = chosen.config.canonical()
    return f"{chosen.config.method}, " + ", ".join(
        f"{name} {settings[name]:g}" for name in named if settings[name] is not None
    )
