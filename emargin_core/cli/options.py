"""The options that several commands share; help and bounds come from the config model."""

from typing import Annotated, Any

import typer

from emargin_core.config import METHODS, bounds, describe, make_config
from emargin_core.text.errors import InputError

DEFAULTS = make_config()


def _option(field: str, *names: str) -> Any:
    low, high = bounds(field)
    limits = "" if low is None or high is None else f" From {low:g} to {high:g}."
    return typer.Option(*names, help=describe(field) + limits)


_methods = f"One of {', '.join(METHODS)}."

DatasetName = Annotated[str, _option("dataset")]
Method = Annotated[str, typer.Option(help=f"{describe('method')} {_methods}")]
Baseline = Annotated[str, typer.Option(help=f"The baseline method. {_methods}")]
Candidate = Annotated[str, typer.Option(help=f"The candidate method. {_methods}")]
Threshold = Annotated[float, _option("threshold")]
Scale = Annotated[float, _option("scale")]
Temperature = Annotated[float, _option("temperature")]
Uniformity = Annotated[float, _option("uniformity")]
VarianceCovariance = Annotated[float, _option("variance_covariance")]
Iterations = Annotated[int, _option("iterations")]
Seed = Annotated[int, _option("seed")]
Fold = Annotated[int, _option("fold")]
Frame = Annotated[str | None, _option("frame")]
Hop = Annotated[str | None, _option("hop")]
Clusters = Annotated[int | None, _option("clusters")]
EvaluateOn = Annotated[str, _option("evaluate_on")]
Double = Annotated[bool, _option("double", "--double/--single")]
BaselineTemperature = Annotated[
    float | None, typer.Option(help="Temperature of the baseline; default: that of the candidate.")
]
BaselineUniformity = Annotated[float, typer.Option(help="Uniformity weight of the baseline.")]
Folds = Annotated[
    str,
    typer.Option(
        metavar="all|LIST",
        help="Folds of the cross-validation, such as 0,1; all of them settle a verdict.",
    ),
]
Seeds = Annotated[
    str | None,
    typer.Option(
        help="Seeds, such as 0,1,2; both methods are trained with each on every fold. By default "
        "0, and 0,1,2 where the held-out part is fixed."
    ),
]
Workers = Annotated[
    int | None, typer.Option(min=1, help="Workers on this machine; by default one per core.")
]
EqualWithin = Annotated[
    float,
    typer.Option(
        min=0.0, max=50.0, help="Difference in accuracy, in points, that does not matter."
    ),
]


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
    str,
    typer.Option(
        help="Seeds, such as 0,1,2; every setting and the baseline are trained with each."
    ),
]
Range = Annotated[
    str | None,
    typer.Option(metavar="LOW,HIGH", help="Range of the search; by default that of the slider."),
]
JsonTarget = Annotated[
    str | None,
    typer.Option("--json", help="Write one JSON object to this file; - is standard output."),
]


def parse_folds(text: str, n_folds: int) -> list[int]:
    """Read 'all' or '0,1,2' for data with so many folds.

    Raises:
        InputError: not whole numbers, one of them twice, or a fold that the data do not have.
    """
    if text == "all":
        return list(range(n_folds))
    try:
        folds = [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            "--folds is '{text}'; use all, or whole numbers such as 0,1", text=text
        ) from None
    if len(set(folds)) < len(folds):
        raise InputError("--folds is '{text}'; each fold may occur only once", text=text)
    if not all(0 <= fold < n_folds for fold in folds):
        raise InputError(
            "--folds is '{text}'; these data have {n} folds, numbered from 0"
            if n_folds > 1
            else "--folds is '{text}'; the held-out part of these data is fixed, use 0",
            text=text,
            n=n_folds,
        )
    return folds


def parse_seeds(text: str) -> list[int]:
    """Read '0,1,2'.

    Raises:
        InputError: not whole numbers, or one of them twice.
    """
    try:
        seeds = [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            "--seeds is '{text}'; use whole numbers such as 0,1,2", text=text
        ) from None
    if len(set(seeds)) < len(seeds):
        raise InputError("--seeds is '{text}'; each seed may occur only once", text=text)
    return seeds


def parse_names(text: str) -> list[str]:
    """Read 'infonce,emargin'.

    Raises:
        InputError: nothing between two commas, or nothing at all.
    """
    names = [part.strip() for part in text.split(",")]
    if not all(names):
        raise InputError("--method is '{text}'; use names such as infonce,emargin", text=text)
    return names


def parse_numbers(field: str, text: str) -> list[float]:
    """Read '0,0.2,0.4' as values of a field.

    Raises:
        InputError: something that is not a number, or nothing at all.
    """
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise InputError(
            "--{field} is '{text}'; use numbers such as 0.5,1,2", field=field, text=text
        ) from None


def parse_range(field: str, text: str) -> tuple[float, float]:
    """Read 'LOW,HIGH' as a range of a field.

    Raises:
        InputError: not two numbers.
    """
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise InputError(
            "--{field}-range is '{text}'; use LOW,HIGH such as 0.1,2", field=field, text=text
        ) from None
    return low, high
