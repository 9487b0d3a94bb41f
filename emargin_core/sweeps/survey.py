"""Settings varied widely enough to test which metric ranks models as their accuracy does."""

from typing import Any

from emargin_core.config import ExperimentConfig, make_config

_SETTINGS: tuple[dict[str, Any], ...] = (
    {"method": "infonce", "temperature": 0.5},
    {"method": "emargin", "threshold": 0.4, "scale": 5.0},
    {"method": "emargin", "threshold": 0.4, "scale": 1.0, "uniformity": 0.1},
    {"method": "infonce", "temperature": 1.0},
    {"method": "emargin", "threshold": 0.4, "scale": 1.0},
    {"method": "random"},
    {"method": "soft"},
    {"method": "emargin", "threshold": 0.0, "scale": 5.0},
    {"method": "fixed-margin", "scale": 5.0},
    {"method": "emargin", "threshold": 0.4, "scale": 5.0, "uniformity": 0.2},
    {"method": "infonce", "temperature": 0.1},
    {"method": "emargin", "threshold": 0.8, "scale": 2.0},
)


def survey_configs(dataset: str, iterations: int | None = None) -> list[ExperimentConfig]:
    """Twelve configs of different method, margin, temperature and uniformity; one seed each."""
    shared = {"dataset": dataset} | ({} if iterations is None else {"iterations": iterations})
    return [make_config(**shared, **settings) for settings in _SETTINGS]
