"""Commands that compute stored runs again, checked against the settings of the runs."""

import itertools
import shlex
from collections.abc import Sequence
from typing import Any

from emargin_core.analysis.verdict import EQUAL_WITHIN
from emargin_core.config import make_config
from emargin_core.store.result import Result

PROGRAM = "python -m emargin_core"
_CUT = ("clusters", "frame", "hop", "evaluate_on")
_SHARED = ("dataset", "threshold", "scale", "double", "iterations", *_CUT)
_CANDIDATE = ("temperature", "uniformity", "variance_covariance")
_RUN = ("dataset", "method", *_SHARED[1:], *_CANDIDATE, "fold", "seed")


def compare_command(
    baseline: Sequence[Result], candidate: Sequence[Result], equal_within: float = EQUAL_WITHIN
) -> str:
    """One `compare` that gives both sides; a `run` for each where no such command could.

    The sides are paired: the same folds and seeds in the same order.
    """
    before, after = baseline[0].config, candidate[0].config
    shared = {n: after.get(n) if after.get(n) is not None else before.get(n) for n in _SHARED}
    values = _given(shared | {name: after[name] for name in _CANDIDATE})
    own = _given({name: before[name] for name in ("temperature", "uniformity")})
    folds = list(dict.fromkeys(run.fold for run in candidate))
    seeds = list(dict.fromkeys(int(run.config["seed"]) for run in candidate))
    whole = list(itertools.product(folds, seeds)) == [
        (run.fold, run.config["seed"]) for run in candidate
    ]
    rebuilt = [
        _canonical(values | {"method": after["method"]}, run) == _settings(run) for run in candidate
    ] + [
        _canonical(
            {n: v for n, v in values.items() if n not in _CANDIDATE}
            | {"method": before["method"]}
            | own,
            run,
        )
        == _settings(run)
        for run in baseline
    ]
    if not whole or not all(rebuilt):
        return run_commands([*baseline, *candidate])
    words = [f"--dataset {shlex.quote(values.pop('dataset'))}"]
    words.append(f"--baseline {before['method']} --candidate {after['method']}")
    words += _options(values)
    words += [
        f"--baseline-{name} {_number(value)}"
        for name, value in own.items()
        if name == "temperature" or value
    ]
    if equal_within != EQUAL_WITHIN:
        words.append(f"--equal-within {_number(round(100 * equal_within, 6))}")
    words.append("--folds " + ("all" if len(folds) == candidate[0].n_folds else _listed(folds)))
    return f"{PROGRAM} compare {' '.join(words)} --seeds {_listed(seeds)}"


def run_commands(runs: Sequence[Result]) -> str:
    """A `run` for each, one a line; one that the command line cannot name is said so instead."""
    lines = []
    for run in runs:
        values = _given({name: run.config.get(name) for name in _RUN})
        if _canonical(values, run) == _settings(run):
            lines.append(f"{PROGRAM} run {' '.join(_options(values))}")
        else:
            lines.append(f"# {run.run_id}: its settings cannot be given on the command line")
    return "\n".join(lines)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _canonical(values: dict[str, Any], run: Result) -> dict[str, Any]:
    return make_config(**values | {"fold": run.fold, "seed": run.config["seed"]}).canonical()


def _settings(run: Result) -> dict[str, Any]:
    """The settings of a run; those that it was made too early to know have their default."""
    return make_config(**_given(run.config)).canonical()


def _options(values: dict[str, Any]) -> list[str]:
    """Options as they are typed; what is the default anyway stands there only where it matters."""
    words = []
    for name, value in values.items():
        if name in ("uniformity", "variance_covariance") and value == 0.0:
            continue
        if name == "double":
            words += ["--single"] * (not value)
        elif name == "fold" and value == 0:
            continue
        elif name == "evaluate_on":
            words += [f"--evaluate-on {value}"] * (value != "test")
        elif isinstance(value, str):
            words.append(f"--{name} {shlex.quote(value)}")
        else:
            words.append(f"--{name.replace('_', '-')} {_number(value)}")
    return words


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(map(str, numbers))


def _number(value: float) -> str:
    """A number as short as it can be without becoming another one."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)
