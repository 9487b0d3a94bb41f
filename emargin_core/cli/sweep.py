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
from emargin_core.errors import ExplorerError, InputError
from emargin_core.store import RunStore
from emargin_core.sweep_space import Sampler, SweepSpec, make_grid, make_search

if TYPE_CHECKING:
    from emargin_core.sweep import SweepRunner
    from emargin_core.sweep_report import SweepReport
    from emargin_core.sweep_status import SweepStatus

POLL_S = 0.2
INTERRUPTED = 130
NOT_SETTINGS = frozenset({"json", "storage", "scheduler", "workers", "resume", "ctx"})


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
    seeds: options.SweepSeeds = "0",
    evaluate_on: options.EvaluateOn = options.DEFAULTS.evaluate_on,
    search: Annotated[
        int | None,
        typer.Option(
            help="Search with this many trials, instead of a grid, for high probe accuracy, low "
            "Davies-Bouldin and high Silhouette at once. Every setting that the method reads is "
            "searched, unless an option fixes it."
        ),
    ] = None,
    sampler: Annotated[str, typer.Option(help="How a search proposes: tpe or nsga2.")] = "tpe",
    sampler_seed: Annotated[int, typer.Option(min=0, help="Seed of the proposals.")] = 0,
    threshold_range: options.Range = None,
    scale_range: options.Range = None,
    temperature_range: options.Range = None,
    uniformity_range: options.Range = None,
    baseline: options.Baseline = "infonce",
    baseline_temperature: options.BaselineTemperature = None,
    baseline_uniformity: options.BaselineUniformity = 0.0,
    name: Annotated[
        str | None,
        typer.Option(help="Name of the sweep; by default one made from its settings and data."),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(help="Go on with the stored sweep of this name, as it was defined."),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            help="Where sweeps are kept: an SQLAlchemy address, such as "
            "postgresql://user@host/name. By default SQLite beside the results."
        ),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="A Dask scheduler, tcp:// or tls://host:port; by default this machine."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Workers on this machine; by default one a core.")
    ] = None,
    json: options.JsonTarget = None,
) -> None:
    """Train and measure many settings; finished trials are kept, and the same command goes on."""
    if resume is not None:
        _check_nothing_else(ctx)
        _work(lambda runner, jobs: runner.resume(resume, jobs), storage, scheduler, workers, json)
        return
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
            raise InputError(f"--{next(iter(ranges))}-range is for a search; add --search TRIALS")
        spec = make_grid(base, lists)
    else:
        spec = _search(ctx, base, lists, ranges, search, sampler, sampler_seed)
    changes: dict[str, Any] = {"method": baseline, "uniformity": baseline_uniformity}
    if baseline_temperature is not None:
        changes["temperature"] = baseline_temperature
    spec = spec.model_copy(update={"baseline": make_config(**spec.baseline.model_dump() | changes)})
    _work(lambda runner, jobs: runner.start(spec, jobs, name), storage, scheduler, workers, json)


def _search(
    ctx: typer.Context,
    base: ExperimentConfig,
    lists: dict[str, list[Any]],
    ranges: dict[str, tuple[float, float]],
    trials: int,
    sampler: str,
    sampler_seed: int,
) -> SweepSpec:
    for field, given in lists.items():
        if len(given) > 1:
            wanted = (
                "a search runs one; confirm what it finds with a grid over seeds"
                if field == "seed"
                else "a search takes one method"
                if field == "method"
                else f"use --{field}-range LOW,HIGH in a search"
            )
            option = "seeds" if field == "seed" else field
            raise InputError(f"--{option} has {len(given)} values; {wanted}")
        if field in ranges and _was_given(ctx, field):
            raise InputError(f"--{field} fixes what --{field}-range searches; give one of them")
    if sampler not in ("tpe", "nsga2"):
        raise InputError(f"--sampler is '{sampler}'; use tpe or nsga2")
    chosen: Sampler = "nsga2" if sampler == "nsga2" else "tpe"
    fixed = [field for field in lists if _was_given(ctx, field)]
    settled = make_config(**base.model_dump() | {f: given[0] for f, given in lists.items()})
    return make_search(settled, trials, ranges, fixed, sampler=chosen, sampler_seed=sampler_seed)


def _work(
    begin: "Callable[[SweepRunner, Any], str]",
    storage: str | None,
    scheduler: str | None,
    workers: int | None,
    json: str | None,
) -> None:
    """Run a sweep to its end and say what it found."""
    found, status = _finished(begin, storage, scheduler, workers)
    if json is not None:
        write_json(found.to_json(status), json)
    else:
        _print(found, status)


def finished_sweep(begin: "Callable[[SweepRunner, Any], str]") -> "SweepReport":
    """Run a sweep to its end on this machine, showing how far it is."""
    return _finished(begin, None, None, None)[0]


def _finished(
    begin: "Callable[[SweepRunner, Any], str]",
    storage: str | None,
    scheduler: str | None,
    workers: int | None,
) -> "tuple[SweepReport, SweepStatus]":
    """Work at a sweep until it is done; Ctrl-C leaves it to be resumed."""
    from emargin_core.jobs import Jobs
    from emargin_core.jobs.address import check_address
    from emargin_core.sweep import SweepRunner

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
            return runner.report(name), status
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
    raise ExplorerError(f"{reason}; {_how_to_resume(status, storage, scheduler)}")


def _words(status: "SweepStatus") -> str:
    words = f"{status.done + status.failed} of {status.total} trials"
    if status.failed:
        words += f" ({status.failed} failed)"
    if status.rate_per_minute is not None and status.seconds_left is not None:
        words += f", {status.rate_per_minute:.1f} a minute, {_duration(status.seconds_left)} left"
    return words


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 120 else f"{minutes / 60:.1f} h"


def _how_to_resume(status: "SweepStatus", storage: str | None, scheduler: str | None) -> str:
    from emargin_core.sweep_storage import readable

    options_again = "".join(
        f" --{option} {value}"
        for option, value in (("storage", storage and readable(storage)), ("scheduler", scheduler))
        if value
    )
    return (
        f"{status.done + status.failed} of {status.total} trials are kept, nothing is lost; go on "
        f"with: python -m emargin_core sweep --resume {status.name}{options_again}"
    )


def _check_nothing_else(ctx: typer.Context) -> None:
    given = [p for p in ctx.params if p not in NOT_SETTINGS and _was_given(ctx, p)]
    if given:
        raise InputError(
            f"--resume takes the sweep's settings as they were stored; leave out "
            f"{', '.join('--' + name.replace('_', '-') for name in given)}"
        )


def _was_given(ctx: typer.Context, parameter: str) -> bool:
    source = ctx.get_parameter_source(parameter)
    return source is not None and source.name != "DEFAULT"


def _print(found: "SweepReport", status: "SweepStatus") -> None:
    front = {point.key for point in found.front}
    beating = {better.point.key for better in found.beating}
    varied = found.study.spec.varied
    table = Table("run", *varied, "DBI", "Silhouette", "accuracy", "")
    for row in found.findings.trials.to_dict("records"):
        notes = [
            *(["collapsed"] if row["collapsed"] else []),
            *(["front"] if row["run_id"] in front else []),
            *(["beats the baseline"] if row["run_id"] in beating else []),
            *([row["error"]] if row["error"] else []),
        ]
        paths = ("clustering.davies_bouldin", "clustering.silhouette", "probe.accuracy")
        table.add_row(
            row["run_id"] or "-",
            *(_cell(row[field]) for field in varied),
            *(_cell(row[path]) for path in paths),
            ", ".join(notes),
        )
    console.print(table)
    console.print(
        f"{status.done} done, {status.failed} failed. {found.findings.recommendation.reason}"
    )


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "n/a" if value != value else f"{value:.3g}"  # NaN alone differs from itself
    return str(value)
