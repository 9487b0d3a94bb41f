"""Forecasts on disk: one JSON file for each data set and question, replaced as runs come in."""

import hashlib
import json
import logging
from pathlib import Path

from emargin_core.analysis.forecast.forecast import Forecast, forecast_from_json
from emargin_core.datasets.drafts import write_file
from emargin_core.text.errors import StoreError

log = logging.getLogger(__name__)


def forecast_path(home: Path, fingerprint: str, question: str) -> Path:
    """Where the forecast is kept that answers a `samples.question` on a data set."""
    name = hashlib.sha256(question.encode()).hexdigest()[:16]
    return home / "forecasts" / f"{fingerprint}-{name}.json"


def read_forecast(path: Path) -> Forecast | None:
    """Return the one that is kept, whichever runs it was fitted on; None if there is none."""
    try:
        return forecast_from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        log.warning("forecast %s is unreadable and will be fitted again: %s", path.name, error)
        return None


def write_forecast(path: Path, forecast: Forecast) -> None:
    """Write to a temporary file and rename it.

    Raises:
        StoreError: it could not be written; the message says why.
    """
    try:
        write_file(path, json.dumps(forecast.to_json(), allow_nan=False).encode())
    except OSError as error:
        raise StoreError(
            "the forecast could not be written to {parent}: {error}; free some space or set "
            "EMARGIN_HOME to a folder that can be written",
            parent=path.parent,
            error=error,
        ) from error
