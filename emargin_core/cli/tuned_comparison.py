"""`tuned-comparison`: two methods tuned alike, chosen on validation groups, then compared."""

from typing import TYPE_CHECKING, Annotated

import typer

from emargin_core.cli import options
from emargin_core.cli.experiments import print_metrics
from emargin_core.cli.output import ProgressLine, console, to_stderr, write_json
from emargin_core.cli.sweep import INTERRUPTED, confirmed_by_training, print_confirmed
from emargin_core.config import make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.tuned.comparison import (
    SEEDS,
    TRIALS,
    Side,
    Tuning,
    drawn_settings,
    plan_test,
    tried_configs,
    tune,
    tuned_json,
)

if TYPE_CHECKING:
    from emargin_core.datasets.base import Dataset


DEFAULT_SEEDS = ",".join(map(str, SEEDS))


def register(app: typer.Typer) -> None:
    """Add the command to the application, and its old name `contest`, hidden."""
    app.command("tuned-comparison")(tuned_comparison)
    app.command("contest", hidden=True)(tuned_comparison)


def tuned_comparison(
    dataset: options.DatasetName = options.DEFAULTS.dataset,
    baseline: options.Baseline = "infonce",
    candidate: options.Candidate = "emargin",
    trials: Annotated[int, typer.Option(min=2, help="Number of trials for each method.")] = TRIALS,
    iterations: options.Iterations = options.DEFAULTS.iterations,
    seeds: options.Seeds = DEFAULT_SEEDS,
    workers: options.Workers = None,
    json: options.JsonTarget = None,
) -> None:
    """Tune both methods with the same number of trials, then compare them on test groups.

    To resume, run the same command again.
    """
    from emargin_core.jobs.facade import Jobs

    chosen_seeds = options.parse_seeds(seeds or "0")
    data, store = load_dataset(dataset), RunStore()
    try:
        tuning = _tuned(data, dataset, (baseline, candidate), trials, iterations, store)
        plan = plan_test(tuning, dataset, iterations, chosen_seeds)
        jobs = Jobs(store, None, workers)
        try:
            comparison = confirmed_by_training(plan, data.fingerprint, jobs, store)
        finally:
            jobs.close(wait=False)
    except KeyboardInterrupt:
        to_stderr.print("stopped; every finished training is stored: the same command goes on")
        raise typer.Exit(INTERRUPTED) from None
    if json is not None:
        write_json(tuned_json(tuning, plan, comparison), json)
        return
    sides = {"baseline": comparison.baseline, "candidate": comparison.candidate}
    print_metrics(
        {f"{name}: {runs[0].config['method']}": list(runs) for name, runs in sides.items()}
    )
    for fold, numbers in tuning.chosen.items():
        for side, number in zip((tuning.baseline, tuning.candidate), numbers, strict=True):
            words = ", ".join(f"{name} {value:g}" for name, value in side.settings[number].items())
            console.print(f"fold {fold}: {side.method}, {words}")
    print_confirmed(plan, comparison)


def _tuned(
    data: "Dataset",
    dataset: str,
    methods: tuple[str, str],
    trials: int,
    iterations: int,
    store: RunStore,
) -> Tuning:
    """Score both methods' settings and the untrained encoder, and choose."""
    from emargin_core.sweeps.tuned.validation import validation_scores

    settings = [drawn_settings(method, trials) for method in methods]
    configs = [make_config(dataset=dataset, method="random")]
    for method, drawn in zip(methods, settings, strict=True):
        configs += tried_configs(method, drawn, dataset, iterations)
    with ProgressLine() as line:
        untrained, *scores = validation_scores(
            configs, data, store, lambda done, n: line.tell(f"Tuning: {done} of {n} trainings")
        )
    assert untrained is not None  # there is no training that could fail
    return tune(
        Side(methods[0], settings[0], scores[:trials]),
        Side(methods[1], settings[1], scores[trials:]),
        untrained,
    )
