"""The options that several commands share; help and bounds come from the config model."""

from typing import Annotated, Any

import typer

from emargin_core.config import bounds, describe, make_config
from emargin_core.errors import InputError
from emargin_core.methods import METHODS

DEFAULTS = make_config()


def _option(field: str, *names: str) -> Any:
    low, high = bounds(field)
    limits = "" if low is None or high is None else f" From {low:g} to {high:g}."
    return typer.Option(*names, help=describe(field) + limits)


_methods = f"One of {', '.join(METHODS)}."

DatasetName = Annotated[str, _option("dataset")]
Method = Annotated[str, typer.Option(help=f"{describe('method')} {_methods}")]
Baseline = Annotated[str, typer.Option(help=f"The method to beat. {_methods}")]
Candidate = Annotated[str, typer.Option(help=f"The method in question. {_methods}")]
Threshold = Annotated[float, _option("threshold")]
Scale = Annotated[float, _option("scale")]
Temperature = Annotated[float, _option("temperature")]
Uniformity = Annotated[float, _option("uniformity")]
VarianceCovariance = Annotated[float, _option("variance_covariance")]
Iterations = Annotated[int, _option("iterations")]
Seed = Annotated[int, _option("seed")]
Clusters = Annotated[int | None, _option("clusters")]
EvaluateOn = Annotated[str, _option("evaluate_on")]
Double = Annotated[bool, _option("double", "--double/--single")]
BaselineTemperature = Annotated[
    float | None,
    typer.Option(help="Temperature of the baseline, if it is to differ from the candidate's."),
]
BaselineUniformity = Annotated[float, typer.Option(help="Spread weight of the baseline.")]
Seeds = Annotated[str, typer.Option(help="Seeds, such as 0,1,2; both methods run with each.")]


def _list_option(field: str) -> Any:
    """Several values of a field, as text: '0.2' or '0,0.2,0.4'."""
    low, high = bounds(field)
    limits = "" if low is None or high is None else f" From {low:g} to {high:g}."
    return typer.Option(metavar="LIST", help=f"{describe(field)}{limits} Several: 0.5,1,2.")


MethodList = Annotated[
    str, typer.Option(metavar="LIST", help=f"{describe('method')} {_methods} Several: a,b.")
]
ThresholdList = Annotated[str, _list_option("threshold")]
ScaleList = Annotated[str, _list_option("scale")]
TemperatureList = Annotated[str, _list_option("temperature")]
UniformityList = Annotated[str, _list_option("uniformity")]
SweepSeeds = Annotated[
    str, typer.Option(help="Seeds, such as 0,1,2; each cell, and the baseline, runs with each.")
]
Range = Annotated[
    str | None,
    typer.Option(metavar="LOW,HIGH", help="What a search covers; by default the slider's range."),
]
JsonTarget = Annotated[
    str | None,
    typer.Option("--json", help="Write one JSON object here; - is standard output."),
]


def parse_seeds(text: str) -> list[int]:
    """Read '0,1,2'.

    Raises:
        InputError: not whole numbers, or one of them twice.
    """
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--seeds is '{text}'; use whole numbers such as 0,1,2") from None
    if len(set(seeds)) < len(seeds):
        raise InputError(f"--seeds is '{text}'; each seed may stand once")
    return seeds


def parse_names(text: str) -> list[str]:
    """Read 'infonce,emargin'.

    Raises:
        InputError: nothing between two commas, or nothing at all.
    """
    names = [part.strip() for part in text.split(",")]
    if not all(names):
        raise InputError(f"--method is '{text}'; use names such as infonce,emargin")
    return names


def parse_numbers(field: str, text: str) -> list[float]:
    """Read '0,0.2,0.4' as values of a field.

    Raises:
        InputError: something that is not a number, or nothing at all.
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--{field} is '{text}'; use numbers such as 0.5,1,2") from None


def parse_range(field: str, text: str) -> tuple[float, float]:
    """Read 'LOW,HIGH' as a range of a field.

    Raises:
        InputError: not two numbers.
    """
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(f"--{field}-range is '{text}'; use LOW,HIGH such as 0.1,2") from None
    return low, high
