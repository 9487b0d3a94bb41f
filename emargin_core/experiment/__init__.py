"""The one pipeline that page, command line and sweeps call."""

from emargin_core.experiment.run import run_experiment

__all__ = ["run_experiment"]
