"""What the figures of a report do not say."""

from emargin_core.language import say, say_many
from emargin_core.methods import METHODS
from emargin_core.report.subject import Subject
from emargin_core.report.words import method_title


def limits(subject: Subject) -> tuple[str, ...]:
    """One sentence for each thing to keep in mind, made from the runs themselves."""
    return (*_of_the_data(subject), *_of_the_runs(subject), *_of_every_report())


def _of_the_data(subject: Subject) -> list[str]:
    first = subject.first
    found = []
    if first.n_recordings < 2:
        found.append(
            say(
                "Only one recording was held out: nothing can be said about other recordings, and "
                "no interval stated."
            )
        )
    else:
        found.append(
            say(
                "{n} recordings were held out: the intervals say how far the figures would move "
                "with other recordings of the same kind, not with another kind of data.",
                n=first.n_recordings,
            )
        )
    if not first.data["class_names"]:
        found.append(
            say("The data has no labels: how good decisions are was not measured at all.")
        )  # fmt: skip
    elif len(first.data["class_names"]) == 1:
        found.append(
            say("The data has one class only: how good decisions are was not measured at all.")
        )
    if first.config["evaluate_on"] == "validation":
        found.append(
            say(
                "All this was measured on validation recordings, which are for choosing settings; "
                "confirm it on the test recordings."
            )
        )
    return found


def _of_the_runs(subject: Subject) -> list[str]:
    n_seeds = len(subject.candidate)
    found = []
    if n_seeds == 1:
        found.append(
            say(
                "Each method was trained once: luck in training is not in the intervals. More "
                "repeats (seeds) would put it there."
            )
        )
    else:
        found.append(
            say_many(
                "Each method was trained {n} time; the intervals count luck in training too.",
                "Each method was trained {n} times; the intervals count luck in training too.",
                n_seeds,
            )
        )
    methods = {run.config["method"]: method_title(run) for run in subject.runs}
    readers = {title for name, title in methods.items() if _reads_labels(name)}
    found += [
        say(
            "“{method}” reads the labels while it trains: an upper bound, not a rival.", method=name
        )
        for name in sorted(readers)
    ]
    if len({tuple(sorted(run.versions.items())) for run in subject.runs}) > 1:
        found.append(
            say(
                "The runs were made by different versions of the software (see below); part of a "
                "small difference may come from there."
            )
        )
    elsewhere = [run for run in subject.runs if run.precomputed or run.imported]
    if elsewhere:
        found.append(
            say_many(
                "{n} of the runs was not computed on this machine (see below).",
                "{n} of the runs were not computed on this machine (see below).",
                len(elsewhere),
            )
        )
    return found


def _reads_labels(name: str) -> bool:
    method = METHODS.get(name)
    return method is not None and method.reads_labels


def _of_every_report() -> list[str]:
    return [
        say(
            "If these settings were chosen because they did well on these very recordings, the "
            "figures are too kind: check them on fresh ones."
        ),
        say(
            "A map is a sketch: neighbours on it are alike, but distances between far groups, and "
            "how large the groups look, mean little."
        ),
    ]
