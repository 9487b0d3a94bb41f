"""`run` and `compare`: the experiments."""

import time
from collections.abc import Sequence
from typing import Any

import typer
from rich.table import Table

from emargin_core.cli import options
from emargin_core.cli.output import ProgressBars, console, write_json
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets import load_dataset
from emargin_core.errors import ExplorerError, StoreError
from emargin_core.levels import ReferenceLevels, read_levels
from emargin_core.result import Result
from emargin_core.store import RunStore

POLL_S = 0.1


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("run")(run)
    app.command("compare")(compare)


def run(
    dataset: options.DatasetName = options.DEFAULTS.dataset,
    method: options.Method = options.DEFAULTS.method,
    threshold: options.Threshold = options.DEFAULTS.threshold,
    scale: options.Scale = options.DEFAULTS.scale,
    temperature: options.Temperature = options.DEFAULTS.temperature,
    uniformity: options.Uniformity = options.DEFAULTS.uniformity,
    variance_covariance: options.VarianceCovariance = options.DEFAULTS.variance_covariance,
    double: options.Double = options.DEFAULTS.double,
    iterations: options.Iterations = options.DEFAULTS.iterations,
    seed: options.Seed = options.DEFAULTS.seed,
    clusters: options.Clusters = options.DEFAULTS.clusters,
    evaluate_on: options.EvaluateOn = options.DEFAULTS.evaluate_on,
    json: options.JsonTarget = None,
) -> None:
    """Train one encoder and measure its embedding; a result that exists is not computed again."""
    config = make_config(
        dataset=dataset,
        method=method,
        threshold=threshold,
        scale=scale,
        temperature=temperature,
        uniformity=uniformity,
        variance_covariance=variance_covariance,
        double=double,
        iterations=iterations,
        seed=seed,
        clusters=clusters,
        evaluate_on=evaluate_on,
    )
    store = RunStore()
    result = store.get(config.run_id(load_dataset(config.dataset).fingerprint))
    if result is None:
        from emargin_core.experiment import run_experiment

        with ProgressBars() as bars:
            name = f"{method}, seed {seed}"
            result = run_experiment(config, lambda p: bars.tell(name, p), store=store)
    if json is not None:
        write_json(result.to_json(), json)
        return
    print_metrics({method: [result]})
    if result.collapse_reason:
        console.print(f"Collapsed: {result.collapse_reason}.")


def compare(
    baseline: options.Baseline = "infonce",
    candidate: options.Candidate = "emargin",
    dataset: options.DatasetName = options.DEFAULTS.dataset,
    threshold: options.Threshold = options.DEFAULTS.threshold,
    scale: options.Scale = options.DEFAULTS.scale,
    temperature: options.Temperature = options.DEFAULTS.temperature,
    uniformity: options.Uniformity = options.DEFAULTS.uniformity,
    variance_covariance: options.VarianceCovariance = options.DEFAULTS.variance_covariance,
    baseline_temperature: options.BaselineTemperature = None,
    baseline_uniformity: options.BaselineUniformity = 0.0,
    double: options.Double = options.DEFAULTS.double,
    iterations: options.Iterations = options.DEFAULTS.iterations,
    seeds: options.Seeds = "0",
    clusters: options.Clusters = options.DEFAULTS.clusters,
    evaluate_on: options.EvaluateOn = options.DEFAULTS.evaluate_on,
    json: options.JsonTarget = None,
) -> None:
    """Compare two methods on the same data, seeds and held-out recordings, with a verdict."""
    from emargin_core.comparison import compare as compare_runs
    from emargin_core.explanation import for_scale

    shared = {
        "dataset": dataset,
        "threshold": threshold,
        "scale": scale,
        "double": double,
        "iterations": iterations,
        "clusters": clusters,
        "evaluate_on": evaluate_on,
    }
    sides: dict[str, dict[str, Any]] = {
        "baseline": shared
        | {
            "method": baseline,
            "temperature": temperature if baseline_temperature is None else baseline_temperature,
            "uniformity": baseline_uniformity,
        },
        "candidate": shared
        | {
            "method": candidate,
            "temperature": temperature,
            "uniformity": uniformity,
            "variance_covariance": variance_covariance,
        },
    }
    chosen = options.parse_seeds(seeds)
    configs = {
        side: [make_config(**settings, seed=seed) for seed in chosen]
        for side, settings in sides.items()
    }
    results, levels = all_results([config for side in configs.values() for config in side])
    found = {side: [results[config] for config in configs[side]] for side in configs}
    comparison = compare_runs(found["baseline"], found["candidate"])
    if json is not None:
        write_json(comparison.to_json() | {"reference_levels": levels.to_json()["levels"]}, json)
        return
    print_metrics({f"{side}: {configs[side][0].method}": found[side] for side in found})
    verdict = comparison.verdict
    console.print(f"\n[bold]{verdict.headline}[/bold] {verdict.meaning}\n{verdict.advice}")
    console.print(for_scale(levels))


def all_results(
    configs: Sequence[ExperimentConfig],
) -> tuple[dict[ExperimentConfig, Result], ReferenceLevels]:
    """Results of all configs, and the floors and ceiling of their data.

    What is missing is computed side by side.
    """
    store = RunStore()
    fingerprint = load_dataset(configs[0].dataset).fingerprint
    names = {config: config.run_id(fingerprint) for config in configs}
    missing = {names[config]: config for config in configs if store.get(names[config]) is None}
    levels = read_levels(store.home, fingerprint, configs[0].evaluate_on)
    if missing or levels is None:
        store.check_writable()
        _compute(missing, configs[0] if levels is None else None, fingerprint, store)
    levels = levels or read_levels(store.home, fingerprint, configs[0].evaluate_on)
    results = {config: store.get(name) for config, name in names.items()}
    if levels is None or None in results.values():
        raise StoreError(f"a result was stored and cannot be read back from {store.home}")
    return {config: result for config, result in results.items() if result is not None}, levels


def _compute(
    wanted: dict[str, ExperimentConfig],
    levels_of: ExperimentConfig | None,
    fingerprint: str,
    store: RunStore,
) -> None:
    """Run the configs, by their run_id, and measure the levels of a config's data, if asked."""
    from emargin_core.jobs import Jobs

    jobs = Jobs(store)
    waiting = {}
    try:
        for run_id, config in wanted.items():
            waiting[jobs.submit(config, run_id).key] = f"{config.method}, seed {config.seed}"
        if levels_of is not None:
            part = levels_of.evaluate_on
            job = jobs.submit_levels(levels_of.dataset, fingerprint, part)
            waiting[job.key] = "floors and ceiling"
        with ProgressBars() as bars:
            while waiting:
                time.sleep(POLL_S)
                for key, name in list(waiting.items()):
                    status = jobs.status(key)
                    assert status is not None
                    bars.tell(name, status.progress)
                    if status.state in ("failed", "cancelled"):
                        raise ExplorerError(status.message or "a run was cancelled")
                    if status.state == "done":
                        del waiting[key]
    finally:
        jobs.close(wait=False)


def print_metrics(sides: dict[str, list[Any]]) -> None:
    """Print every metric of each side with its interval."""
    from emargin_core.comparison import metric_interval
    from emargin_core.evaluation.metric_table import METRICS

    table = Table("metric", *sides)
    for path, metric in METRICS.items():
        table.add_row(
            metric.title, *(_cell(metric_interval(runs, path)) for runs in sides.values())
        )
    console.print(table)


def _cell(interval: Any) -> str:
    if interval is None:
        return "n/a"
    if interval.low is None:
        return f"{interval.mean:.3g}"
    return f"{interval.mean:.3g}  ({interval.low:.3g} to {interval.high:.3g})"
