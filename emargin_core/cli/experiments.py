"""`run` and `compare`: the experiments."""

import itertools
from collections.abc import Collection, Sequence
from typing import Any

import typer
from rich.table import Table

from emargin_core.analysis.protocol import default_seeds
from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.cli import options
from emargin_core.cli.output import ProgressBars, console, write_json
from emargin_core.config import ExperimentConfig, make_config
from emargin_core.datasets.registry import load_dataset
from emargin_core.datasets.splits import count_folds
from emargin_core.store.gallery.gallery import known_reference_scores, load_gallery
from emargin_core.store.reference_scores import ReferenceScores, has_other_frames
from emargin_core.store.result import Result
from emargin_core.store.run_store import RunStore
from emargin_core.text.errors import StoreError


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
    fold: options.Fold = options.DEFAULTS.fold,
    clusters: options.Clusters = options.DEFAULTS.clusters,
    frame: options.Frame = options.DEFAULTS.frame,
    hop: options.Hop = options.DEFAULTS.hop,
    evaluate_on: options.EvaluateOn = options.DEFAULTS.evaluate_on,
    json: options.JsonTarget = None,
) -> None:
    """Train one encoder and measure its embedding; a stored result is used again."""
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
        fold=fold,
        clusters=clusters,
        frame=frame,
        hop=hop,
        evaluate_on=evaluate_on,
    )
    store = RunStore()
    result = store.get(config.run_id(load_dataset(config.dataset).fingerprint))
    if result is None:
        from emargin_core.experiment.run import run_experiment

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
    folds: options.Folds = "all",
    seeds: options.Seeds = None,
    clusters: options.Clusters = options.DEFAULTS.clusters,
    frame: options.Frame = options.DEFAULTS.frame,
    hop: options.Hop = options.DEFAULTS.hop,
    evaluate_on: options.EvaluateOn = options.DEFAULTS.evaluate_on,
    equal_within: options.EqualWithin = 100 * EQUAL_WITHIN,
    json: options.JsonTarget = None,
) -> None:
    """Compare two methods on the same data, folds and seeds, with a verdict."""
    from emargin_core.analysis.comparison import compare as compare_runs
    from emargin_core.analysis.explanation import against_raw, for_scale

    shared = {
        "dataset": dataset,
        "threshold": threshold,
        "scale": scale,
        "double": double,
        "iterations": iterations,
        "clusters": clusters,
        "frame": frame,
        "hop": hop,
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
    n_folds = count_folds(load_dataset(dataset), evaluate_on)
    held_out = options.parse_folds(folds, n_folds)
    trainings = options.parse_seeds(seeds) if seeds else default_seeds(n_folds)
    configs = {
        side: [
            make_config(**settings, fold=fold, seed=seed)
            for fold, seed in itertools.product(held_out, trainings)
        ]
        for side, settings in sides.items()
    }
    results, reference_scores = all_results(
        [config for side in configs.values() for config in side]
    )
    found = {side: [results[config] for config in configs[side]] for side in configs}
    comparison = compare_runs(found["baseline"], found["candidate"], equal_within / 100)
    if json is not None:
        levels = reference_scores.to_json()["levels"] if reference_scores else []
        write_json(comparison.to_json() | {"reference_scores": levels}, json)
        return
    print_metrics({f"{side}: {configs[side][0].method}": found[side] for side in found})
    verdict = comparison.verdict
    console.print(f"\n[bold]{verdict.headline}[/bold] {verdict.meaning}\n{verdict.advice}")
    if reference_scores is not None:
        console.print(against_raw(comparison, reference_scores))
        console.print(for_scale(comparison, reference_scores))


def all_results(
    configs: Sequence[ExperimentConfig],
) -> tuple[dict[ExperimentConfig, Result], ReferenceScores | None]:
    """Results of all configs, and the reference scores of their data.

    What is missing is computed side by side. No reference scores for other frames than the data's
    own.
    """
    store = RunStore()
    fingerprint = load_dataset(configs[0].dataset).fingerprint
    names = {config: config.run_id(fingerprint) for config in configs}
    missing = {names[config]: config for config in configs if store.get(names[config]) is None}
    wanted = not has_other_frames(configs[0].canonical())

    shipped = load_gallery() if wanted else None

    def scores() -> ReferenceScores | None:
        part = configs[0].evaluate_on
        return known_reference_scores(store.home, shipped, fingerprint, part) if wanted else None

    measure = wanted and scores() is None
    if missing or measure:
        store.check_writable()
        _compute(missing, configs[0] if measure else None, fingerprint, store)
    reference_scores = scores()
    results = {config: store.get(name) for config, name in names.items()}
    if (wanted and reference_scores is None) or None in results.values():
        raise StoreError("a result was stored but cannot be read from {home}", home=store.home)
    found = {config: result for config, result in results.items() if result is not None}
    return found, reference_scores


def _compute(
    wanted: dict[str, ExperimentConfig],
    scores_of: ExperimentConfig | None,
    fingerprint: str,
    store: RunStore,
) -> None:
    """Run the configs, by run_id, and measure the reference scores of one config's data."""
    from emargin_core.jobs.facade import Jobs
    from emargin_core.jobs.status import JobStatus
    from emargin_core.jobs.wait import wait_for

    jobs = Jobs(store)
    names = {}
    try:
        for run_id, config in wanted.items():
            name = f"{config.method}, fold {config.fold}, seed {config.seed}"
            names[jobs.submit(config, run_id).key] = name
        if scores_of is not None:
            part = scores_of.evaluate_on
            job = jobs.submit_reference_scores(scores_of.dataset, fingerprint, part)
            names[job.key] = "reference scores"
        with ProgressBars() as bars:

            def tell(looked: Collection[JobStatus]) -> None:
                for status in looked:
                    bars.tell(names[status.key], status.progress)

            wait_for(jobs, names, tell)
    finally:
        jobs.close(wait=False)


def print_metrics(sides: dict[str, list[Any]]) -> None:
    """Print every metric of each side with its interval."""
    from emargin_core.analysis.comparison import metric_interval
    from emargin_core.evaluation.metric_table import METRICS

    table = Table("metric", *sides)
    for path, metric in METRICS.items():
        table.add_row(
            str(metric.title), *(_cell(metric_interval(runs, path)) for runs in sides.values())
        )
    console.print(table)


def _cell(interval: Any) -> str:
    if interval is None:
        return "n/a"
    if interval.low is None:
        return f"{interval.mean:.3g}"
    return f"{interval.mean:.3g}  ({interval.low:.3g} to {interval.high:.3g})"
