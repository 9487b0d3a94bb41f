"""Three sentences to say aloud in a meeting: what was done, what came out, what to do now."""

from emargin_core.comparison import Comparison, mean_metric, metric_interval
from emargin_core.language import retell, say
from emargin_core.report.subject import Subject
from emargin_core.report.words import method_title, percent, points, settings_line
from emargin_core.verdict import ACCURACY, cluster_change

Sentences = tuple[str, str, str]


def of_comparison(comparison: Comparison) -> Sentences:
    """For two methods on the same held-out recordings."""
    before, after = comparison.baseline[0], comparison.candidate[0]
    names = [method_title(before), method_title(after)]
    if names[0] == names[1]:
        names = [f"{method_title(run)}; {settings_line(run)}" for run in (before, after)]
    done = say(
        "On “{data}” we compared “{candidate}” with “{baseline}”, on {n} recordings that neither "
        "had seen in training.",
        data=retell(after.data["title"]), candidate=names[1], baseline=names[0],
        n=after.n_recordings,
    )  # fmt: skip
    return done, _outcome(comparison), _step(comparison)


def of_one(subject: Subject) -> Sentences:
    """For one method that is compared with nothing."""
    first = subject.first
    done = say(
        "On “{data}” we trained “{method}” and tested it on {n} recordings that it had not seen.",
        data=retell(first.data["title"]), method=method_title(first), n=first.n_recordings,
    )  # fmt: skip
    step = say("One method alone cannot be judged: compare it with a baseline before deciding.")
    if any(run.collapsed for run in subject.candidate):
        step = say(
            "Do not use it as it is: give it some spread (the repair) or a weaker margin, and "
            "train it again."
        )
    return done, _found(subject), step


def _found(subject: Subject) -> str:
    if any(run.collapsed for run in subject.candidate):
        return say("Its embedding collapsed, so that its cluster scores mean nothing.")
    accuracy = metric_interval(subject.candidate, ACCURACY)
    if accuracy is None:
        return say("There are no labels, so nobody can say how good decisions on it are.")
    floor = next(
        (level.accuracy.mean for level in (subject.levels.levels if subject.levels else ())
         if level.name == "majority" and level.accuracy is not None), None,
    )  # fmt: skip
    if floor is None:
        return say("A simple classifier on top is right {rate} of the time.",
                   rate=percent(accuracy.mean))  # fmt: skip
    return say(
        "A simple classifier on top is right {rate} of the time; always naming the most frequent "
        "class would be right {floor} of the time.",
        rate=percent(accuracy.mean), floor=percent(floor),
    )  # fmt: skip


def _outcome(comparison: Comparison) -> str:
    if any(run.collapsed for run in comparison.candidate):
        return say("The new method's embedding collapsed, so that its cluster scores mean nothing.")
    before, after = (
        mean_metric(side, ACCURACY) for side in (comparison.baseline, comparison.candidate)
    )
    difference = comparison.differences.get(ACCURACY)
    if before is None or after is None or difference is None:
        return say("There are no labels, so nobody can say which of the two decides better.")
    rates = {"after": percent(after), "before": percent(before)}
    if difference.low is None or difference.high is None:
        return say(
            "A simple classifier on top is right {after} of the time against {before}; how much of "
            "that is chance cannot be told.", **rates,
        )  # fmt: skip
    if difference.sign == 0:
        low, high = points(difference.low, difference.high)
        return say(
            "A simple classifier on top is right {after} of the time against {before}; the "
            "difference ({low} to {high} points) may be chance.", **rates, low=low, high=high,
        )  # fmt: skip
    small, large = sorted((abs(difference.low), abs(difference.high)))
    sizes = {"small": f"{100 * small:.0f}", "large": f"{100 * large:.0f}"}
    if difference.sign > 0:
        return say(
            "A simple classifier on top is right {after} of the time instead of {before}: {small} "
            "to {large} points more, which is more than chance.", **rates, **sizes,
        )  # fmt: skip
    return say(
        "A simple classifier on top is right {after} of the time instead of {before}: {small} to "
        "{large} points less, which is more than chance.", **rates, **sizes,
    )  # fmt: skip


def _step(comparison: Comparison) -> str:
    kind = comparison.verdict.kind
    if kind == "collapsed":
        return say(
            "Do not adopt it as it is: give it some spread (the repair) or a weaker margin, and "
            "compare again."
        )
    if kind == "mismatch" and cluster_change(comparison.differences) > 0:
        return say(
            "Do not adopt it for its prettier clusters: the decisions are what it will be used for."
        )
    if kind == "mismatch":
        return say("Do not turn it down for its untidier clusters: its decisions are better here.")
    if kind == "aligned-gain":
        return say("It is worth a pilot on your own data, judged by clusters and by decisions.")
    if kind == "aligned-loss":
        return say("Keep the baseline.")
    return _undecided(comparison)


def _undecided(comparison: Comparison) -> str:
    if any(run.collapsed for run in comparison.baseline):
        return say("Choose another baseline: this one collapsed, so that beating it proves little.")
    accuracy = comparison.differences.get(ACCURACY)
    if accuracy is None:
        return say("Label some minutes of every class, then compare again.")
    if accuracy.sign > 0:
        return say("Clusters give no clear answer, decisions are better: it is worth a pilot.")
    if accuracy.sign < 0:
        return say("Clusters give no clear answer, decisions are worse: keep the baseline.")
    return say(
        "Keep the baseline for now, and gather more recordings or more repeats: nothing here "
        "speaks clearly for a change in decisions."
    )
