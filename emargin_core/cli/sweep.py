"""`sweep`: a grid or a search of settings, resumable, against a baseline."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from emargin_core.cli import options
from emargin_core.cli.output import ProgressLine, console, to_stderr, write_json
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import count_folds
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.store.run_store import RunStore
from emargin_core.sweeps.space import (
    HEAD_START,
    TRAININGS,
    Sampler,
    SweepSpec,
    make_grid,
    make_search,
)
from emargin_core.text.errors import ExplorerError, InputError, StoreError
from emargin_core.text.numbers import length_words
from emargin_core.text.plain_text import without_secrets

if TYPE_CHECKING:
    from emargin_core.analysis.comparison import Comparison
    from emargin_core.jobs.facade import Jobs
    from emargin_core.sweeps.confirmation import Confirmation
    from emargin_core.sweeps.report import SweepReport
    from emargin_core.sweeps.status import SweepStatus
    from emargin_core.sweeps.sweep import SweepRunner

POLL_S = 0.2
INTERRUPTED = 130
NOT_SETTINGS = frozenset({"json", "storage", "scheduler", "workers", "resume", "confirm", "ctx"})


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("sweep")(sweep)


def sweep(
    ctx: typer.Context,
    dataset: options.DatasetName = options.DEFAULTS.dataset,
    method: options.MethodList = options.DEFAULTS.method,
    threshold: options.ThresholdList = f"{options.DEFAULTS.threshold:g}",
    scale: options.ScaleList = f"{options.DEFAULTS.scale:g}",
    temperature: options.TemperatureList = f"{options.DEFAULTS.temperature:g}",
    uniformity: options.UniformityList = f"{options.DEFAULTS.uniformity:g}",
    variance_covariance: options.VarianceCovariance = options.DEFAULTS.variance_covariance,
    double: options.Double = options.DEFAULTS.double,
    iterations: options.Iterations = options.DEFAULTS.iterations,
    folds: options.Folds = "all",
    seeds: options.SweepSeeds = "0",
    evaluate_on: options.EvaluateOn = "validation",
    search: Annotated[
        int | None,
        typer.Option(
            help="Search with this many trials instead of a grid, for high probe accuracy, low "
            "Davies-Bouldin and high Silhouette at once. Every setting that the method uses is "
            "searched unless an option fixes it."
        ),
    ] = None,
    sampler: Annotated[str, typer.Option(help="Search algorithm: tpe or nsga2.")] = "tpe",
    sampler_seed: Annotated[int, typer.Option(min=0, help="Seed of the search.")] = 0,
    head_start: Annotated[
        int,
        typer.Option(
            min=0,
            help="So many trials of a search, at most, begin with the settings that did best on "
            "other data, the most similar data first.",
        ),
    ] = HEAD_START,
    threshold_range: options.Range = None,
    scale_range: options.Range = None,
    temperature_range: options.Range = None,
    uniformity_range: options.Range = None,
    baseline: options.Baseline = "infonce",
    baseline_temperature: options.BaselineTemperature = None,
    baseline_uniformity: options.BaselineUniformity = 0.0,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the sweep; by default made from its settings and data."),
    ] = None,
    resume: Annotated[
        str | None, typer.Option(help="Resume the stored sweep of this name with its settings.")
    ] = None,
    confirm: Annotated[
        bool,
        typer.Option(
            "--confirm",
            help="Then choose a setting for each fold, train it beside the baseline and test both "
            "on groups that had no part in the choice.",
        ),
    ] = False,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Where sweeps are stored: an SQLAlchemy address, such as "
            "postgresql://user@host/name. By default SQLite beside the results."
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="A Dask scheduler, tcp:// or tls://host:port; by default this machine."),
    ] = None,
    workers: options.Workers = None,
    json: options.JsonTarget = None,
) -> None:
    """Train and measure many settings; to resume, run the same command again."""
    if resume is not None:
        _check_nothing_else(ctx)
        _work(
            lambda runner, jobs: runner.resume(resume, jobs),
            storage,
            scheduler,
            workers,
            json,
            confirm=confirm,
        )
        return
    n_folds = count_folds(load_dataset(dataset), evaluate_on)
    if search is not None and not _was_given(ctx, "folds"):
        folds = "0"
    lists: dict[str, list[Any]] = {
        "method": options.parse_names(method),
        **{
            field: options.parse_numbers(field, text)
            for field, text in (
                ("threshold", threshold),
                ("scale", scale),
                ("temperature", temperature),
                ("uniformity", uniformity),
            )
        },
        "seed": options.parse_seeds(seeds),
        "fold": options.parse_folds(folds, n_folds),
    }
    ranges = {
        field: options.parse_range(field, text)
        for field, text in (
            ("threshold", threshold_range),
            ("scale", scale_range),
            ("temperature", temperature_range),
            ("uniformity", uniformity_range),
        )
        if text is not None
    }
    base = make_config(
        dataset=dataset,
        iterations=iterations,
        evaluate_on=evaluate_on,
        double=double,
        variance_covariance=variance_covariance,
    )
    if search is None:
        if ranges:
            raise InputError(
                "--{ranges}-range is for a search; add --search TRIALS", ranges=next(iter(ranges))
            )
        if head_start:
            raise InputError("--head-start is for a search; add --search TRIALS")
        spec = make_grid(base, lists)
    else:
        spec = _search(ctx, base, lists, ranges, search, sampler, sampler_seed, head_start)
    changes: dict[str, Any] = {"method": baseline, "uniformity": baseline_uniformity}
    if baseline_temperature is not None:
        changes["temperature"] = baseline_temperature
    spec = spec.model_copy(update={"baseline": make_config(**spec.baseline.model_dump() | changes)})
    _work(
        lambda runner, jobs: runner.start(spec, jobs, name),
        storage,
        scheduler,
        workers,
        json,
        confirm=confirm,
    )


def _search(
    ctx: typer.Context,
    base: ExperimentConfig,
    lists: dict[str, list[Any]],
    ranges: dict[str, tuple[float, float]],
    trials: int,
    sampler: str,
    sampler_seed: int,
    head_start: int,
) -> SweepSpec:
    for field, given in lists.items():
        if len(given) > 1:
            wanted = (
                f"a search runs one; confirm what it finds with a grid over {field}s"
                if field in TRAININGS
                else "a search takes one method"
                if field == "method"
                else f"use --{field}-range LOW,HIGH in a search"
            )
            option = f"{field}s" if field in TRAININGS else field
            raise InputError(
                "--{option} has {given} values; {wanted}",
                option=option,
                given=len(given),
                wanted=wanted,
            )
        if field in ranges and _was_given(ctx, field):
            raise InputError(
                "--{field} fixes what --{field}-range searches; give one of them", field=field
            )
    if sampler not in ("tpe", "nsga2"):
        raise InputError("--sampler is '{sampler}'; use tpe or nsga2", sampler=sampler)
    chosen: Sampler = "nsga2" if sampler == "nsga2" else "tpe"
    fixed = [field for field in lists if _was_given(ctx, field)]
    settled = make_config(**base.model_dump() | {f: given[0] for f, given in lists.items()})
    return make_search(
        settled,
        trials,
        ranges,
        fixed,
        sampler=chosen,
        sampler_seed=sampler_seed,
        head_start=head_start,
    )


def _work(
    begin: "Callable[[SweepRunner, Any], str]",
    storage: str | None,
    scheduler: str | None,
    workers: int | None,
    json: str | None,
    *,
    confirm: bool,
) -> None:
    """Run a sweep to its end, confirm its choice if asked to, and print what was found."""
    from emargin_core.sweeps.report import confirmed_json

    found, status, outcome = _finished(begin, storage, scheduler, workers, confirm=confirm)
    if json is not None:
        settled = None if outcome is None else confirmed_json(*outcome)
        write_json(found.to_json(status) | {"confirmed": settled}, json)
        return
    _print(found, status)
    if outcome is not None:
        print_confirmed(*outcome)


def _finished(
    begin: "Callable[[SweepRunner, Any], str]",
    storage: str | None,
    scheduler: str | None,
    workers: int | None,
    *,
    confirm: bool,
) -> "tuple[SweepReport, SweepStatus, tuple[Confirmation, Comparison] | None]":
    """Run a sweep until it is done; after Ctrl-C it can be resumed."""
    from emargin_core.jobs.address import check_address
    from emargin_core.jobs.facade import Jobs
    from emargin_core.sweeps.sweep import SweepRunner

    if scheduler is not None:
        check_address(scheduler)

    store = RunStore()
    runner = SweepRunner(store, storage)
    jobs = Jobs(store, scheduler, workers)
    name = None
    try:
        name = begin(runner, jobs)
        with ProgressLine() as line:
            while not (status := runner.status(name)).ended:
                line.tell(_words(status))
                time.sleep(POLL_S)
        if status.state == "done":
            found = runner.report(name)
            return found, status, _confirm(found, jobs, store) if confirm else None
    except KeyboardInterrupt:
        if name is None:
            raise
        runner.cancel(name)
        with suppress(KeyboardInterrupt):  # pressed again: do not wait for what is under way
            runner.wait(name)
        to_stderr.print(_how_to_resume(runner.status(name), storage, scheduler), soft_wrap=True)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        jobs.close(wait=False)
    reason = status.message or "it ended unexpectedly"
    raise ExplorerError(
        "{reason}; {status}", reason=reason, status=_how_to_resume(status, storage, scheduler)
    )


def _confirm(
    found: "SweepReport", jobs: "Jobs", store: RunStore
) -> "tuple[Confirmation, Comparison]":
    """Train and test what was chosen, and the baseline, where that is not stored yet."""
    from emargin_core.sweeps.confirmation import plan_confirmation

    name, fingerprint = found.study.spec.base.dataset, found.study.fingerprint
    confirmation = plan_confirmation(found.findings, load_dataset(name), name)
    return confirmation, confirmed_by_training(confirmation, fingerprint, jobs, store)


def confirmed_by_training(
    confirmation: "Confirmation", fingerprint: str, jobs: "Jobs", store: RunStore
) -> "Comparison":
    """Train and test what is not stored yet, and compare."""
    from emargin_core.jobs.wait import wait_for
    from emargin_core.sweeps.confirmation import confirmed

    names = {config.run_id(fingerprint): config for config in confirmation.runs}
    missing = [run_id for run_id in names if store.get(run_id) is None]
    for run_id in missing:
        jobs.submit(names[run_id], run_id)
    with ProgressLine() as line:
        wait_for(
            jobs,
            missing,
            lambda looked: line.tell(
                f"Confirming: {sum(status.state == 'done' for status in looked)} of "
                f"{len(missing)} runs"
            ),
        )
    comparison = confirmed(confirmation, fingerprint, store.get)
    if comparison is None:
        raise StoreError("a result was stored but cannot be read from {home}", home=store.home)
    return comparison


def _words(status: "SweepStatus") -> str:
    words = f"{status.done + status.failed} of {status.total} trials"
    if status.failed:
        words += f" ({status.failed} failed)"
    if status.rate_per_minute is not None and status.seconds_left is not None:
        left = length_words(status.seconds_left)
        words += f", {status.rate_per_minute:.1f} per minute, {left} left"
    return words


def _how_to_resume(status: "SweepStatus", storage: str | None, scheduler: str | None) -> str:
    options_again = "".join(
        f" --{option} {value}"
        for option, value in (
            ("storage", storage and without_secrets(storage)),
            ("scheduler", scheduler),
        )
        if value
    )
    return (
        f"{status.done + status.failed} of {status.total} trials are stored; resume "
        f"with: python -m emargin_core sweep --resume {status.name}{options_again}"
    )


def _check_nothing_else(ctx: typer.Context) -> None:
    given = [p for p in ctx.params if p not in NOT_SETTINGS and _was_given(ctx, p)]
    if given:
        raise InputError(
            "--resume uses the stored settings of the sweep; leave out {given}",
            given=", ".join("--" + name.replace("_", "-") for name in given),
        )


def _was_given(ctx: typer.Context, parameter: str) -> bool:
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name != "DEFAULT"


def _print(found: "SweepReport", status: "SweepStatus") -> None:
    """One row a setting, means over its runs; then what failed, and what to try next."""
    from emargin_core.analysis.recommendation_words import chosen_words, reason
    from emargin_core.analysis.verdict_words import over
    from emargin_core.sweeps.table import origin_of

    better = {judged.point.key for judged in found.beating}
    findings = found.findings
    origins = origin_of(findings.trials)
    varied = [name for name in found.study.spec.varied if name not in TRAININGS]
    table = Table("runs", *varied, "DBI", "Silhouette", "accuracy", "")
    for row in findings.settings.to_dict("records"):
        notes = [
            *(["collapsed"] if row["collapsed"] else []),
            *(["Pareto-optimal"] if row["setting"] in found.front else []),
            *(["better on both"] if row["setting"] in better else []),
        ]
        table.add_row(
            str(row["count"]),
            *(_cell(row[field]) for field in varied),
            *(_cell(row[f"{path}.mean"]) for path in (DAVIES_BOULDIN, SILHOUETTE, ACCURACY)),
            ", ".join(notes),
        )
    console.print(table)
    if origins:
        console.print(f"Tried first: what did best on {', '.join(origins.values())}.", markup=False)
    failed = findings.trials[findings.trials["state"] == "failed"]
    for row in failed.to_dict("records"):
        console.print(f"trial {row['number']} failed: {row['error']}", markup=False)
    advice = findings.recommendation
    console.print(f"{status.done} done, {status.failed} failed. {reason(advice)}")
    if advice.judged is not None:
        evidence = findings.evidence(advice.judged)
        console.print(chosen_words(advice, over(evidence.held_out, evidence.noun)))


def print_confirmed(confirmation: "Confirmation", comparison: "Comparison") -> None:
    """Print the verdict of a choice on groups that had no part in it."""
    from emargin_core.analysis.recommendation_words import agreement_words, confirmed_words
    from emargin_core.analysis.verdict_words import over

    verdict = comparison.verdict
    console.print(f"\n[bold]{verdict.headline}[/bold] {verdict.meaning}\n{verdict.advice}")
    counted = over(comparison.held_out, comparison.evidence.noun)
    console.print(confirmed_words(comparison.differences, counted))
    console.print(
        agreement_words(len(confirmation.chosen), confirmation.n_agreeing, confirmation.n_kept)
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "n/a" if value != value else f"{value:.3g}"  # NaN alone differs from itself
    return str(value)
