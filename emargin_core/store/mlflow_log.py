"""Stored runs, logged to MLflow: settings, every defined metric, and where they come from.

MLflow is optional (`requirements-mlflow.txt`) and is imported only when it is used.
"""

import importlib.util
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emargin_core.store.run_list import ListedRun
from emargin_core.text.errors import ExplorerError, InputError

EXPERIMENT = "eMargin Explorer"
TAG = "emargin.run_id"
HOW_TO_GET = "pip install -r requirements-mlflow.txt"
_SETTINGS = {
    "MLFLOW_ALLOW_FILE_STORE": "true",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
}
"""Unless the user set them: a folder is a store, nobody is told of its use, no server is awaited
for minutes."""


@dataclass(frozen=True)
class Logged:
    """run_ids that were logged now, and those that this experiment had already."""

    added: tuple[str, ...]
    present: tuple[str, ...]


def is_installed() -> bool:
    """Whether MLflow can be imported."""
    return importlib.util.find_spec("mlflow") is not None


def tracking_address(home: Path) -> str:
    """Where runs are logged: MLFLOW_TRACKING_URI, else a folder in the store's home."""
    return os.environ.get("MLFLOW_TRACKING_URI") or (home / "mlflow").absolute().as_uri()


def log_runs(runs: Sequence[ListedRun], address: str, experiment: str = EXPERIMENT) -> Logged:
    """Log each run once; one that the experiment has already is left as it is.

    Args:
        address: a folder as file:///..., or a tracking server.

    Raises:
        InputError: MLflow is not installed.
        ExplorerError: it could not be reached or refused; runs logged before that stay logged.
    """
    if not is_installed():
        raise InputError(
            "MLflow is not installed; install it with `{how_to_get}`", how_to_get=HOW_TO_GET
        )
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    logging.getLogger("mlflow").setLevel(logging.ERROR)
    import mlflow

    added, present = [], []
    try:
        client = mlflow.MlflowClient(tracking_uri=address)
        known = client.get_experiment_by_name(experiment)
        place = known.experiment_id if known else client.create_experiment(experiment)
        for run in runs:
            if client.search_runs([place], f"tags.`{TAG}` = '{run.run_id}'", max_results=1):
                present.append(run.run_id)
            else:
                _log(client, place, run)
                added.append(run.run_id)
    except (mlflow.exceptions.MlflowException, OSError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ExplorerError(
            "MLflow at {address} did not accept the runs: {reason}", address=address, reason=reason
        ) from error
    return Logged(tuple(added), tuple(present))


def _log(client: Any, experiment_id: str, run: ListedRun) -> None:
    """Log one run; it is marked as finished last, and taken back if anything fails before."""
    import mlflow
    from mlflow.entities import Metric, Param, RunTag

    tags = {
        TAG: run.run_id,
        "emargin.source": run.source,
        "emargin.origin": run.provenance,
        "emargin.data": str(run.data["title"]),
        "emargin.fingerprint": run.data["fingerprint"],
        "emargin.created": run.created,
        "emargin.collapse": str(run.collapse_reason or ""),
        "mlflow.note.content": run.note,
    }
    metrics = {
        f"{group}.{name}": value
        for group, values in run.metrics.items()
        for name, value in values.items()
        if value is not None
    } | {"seconds": run.seconds}
    name = run.name or f"{run.config['method']}, seed {run.config['seed']}"
    made = client.create_run(experiment_id, run_name=name)
    try:
        client.log_batch(
            made.info.run_id,
            metrics=[
                Metric(path, value, made.info.start_time, 0) for path, value in metrics.items()
            ],
            params=[
                Param(key, str(value)) for key, value in run.config.items() if value is not None
            ],
            tags=[RunTag(key, value) for key, value in tags.items() if value],
        )
        client.set_terminated(made.info.run_id)
    except (mlflow.exceptions.MlflowException, OSError):
        client.delete_run(made.info.run_id)
        raise
