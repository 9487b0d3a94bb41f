"""A recommendation in words, with what it was chosen on and what was confirmed elsewhere."""

from collections.abc import Mapping

from emargin_core.analysis.recommendation import Recommendation
from emargin_core.evaluation.metric_table import ACCURACY, DAVIES_BOULDIN, SILHOUETTE
from emargin_core.evaluation.uncertainty import Estimate
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext, sentences
from emargin_core.text.numbers import signed


def reason(found: Recommendation) -> str:
    """Why this setting, or why none."""
    n = found.n_judged
    if found.basis == "none":
        return _(
            "No setting to recommend: every trial collapsed, failed or has an undefined score."
        )
    if found.basis == "old-protocol":
        return _(
            "These runs are of an older version, whose protocol and numbers differ. Nothing is "
            "claimed of them; sweep again for a recommendation."
        )
    if found.basis == "no-baseline":
        return _(
            "There is no baseline to compare with; this setting comes closest to the best value "
            "of every metric. Nothing is claimed of it."
        )
    if found.basis == "first-look":
        if found.point is None:
            return ngettext(
                "The only setting neither keeps the baseline's accuracy nor its effective rank. No "
                "interval can be stated, so nothing is claimed.",
                "None of the {n} settings keeps the baseline's accuracy and effective rank. No "
                "interval can be stated, so nothing is claimed.",
                n,
            )
        return ngettext(
            "The only setting keeps the baseline's accuracy and effective rank. No interval can be "
            "stated, so nothing is claimed.",
            "Of the {n} settings that were tried, it has the tidiest clusters among those that "
            "keep the baseline's accuracy and effective rank. No interval can be stated, so "
            "nothing is claimed.",
            n,
        )
    if found.basis == "none-better":
        return sentences(
            ngettext(
                "The only setting cannot be told to be better than the baseline.",
                "None of the {n} settings can be told to be better than the baseline.",
                n,
            ),
            _lossy(found.n_lossy),
        )
    if found.basis == "clusters-better":
        return sentences(
            _(
                "None of the {n} settings is shown to be better on both indices at equal accuracy. "
                "Of those with tidier clusters and no shown loss of accuracy, this one is the most "
                "accurate.",
                n=n,
            ),
            _lossy(found.n_lossy),
        )
    return ngettext(
        "Better on both cluster indices at no loss of accuracy: the only one of {all} settings.",
        "Better on both cluster indices at no loss of accuracy: the most accurate of {n} such "
        "settings, of {all} in all.",
        found.n_better,
        all=n,
    )


def _lossy(n: int) -> str:
    if n == 0:
        return ""
    return ngettext(
        "{n} has tidier clusters and worse accuracy.",
        "{n} have tidier clusters and worse accuracy.",
        n,
    )


def chosen_words(found: Recommendation, over: str) -> str:
    """What the setting differs by on the groups that chose it; over: those groups, counted."""
    if found.judged is None:
        return ""
    return ngettext(
        "Chosen as the only setting ({over}): {changes}.",
        "Chosen as the best of {n} settings, on the groups that chose it ({over}): {changes}.",
        found.n_judged,
        over=over,
        changes=change_words(found.judged.differences),
    )


def confirmed_words(differences: Mapping[str, Estimate | None], over: str) -> str:
    """What the choice differs by on groups that had no part in it."""
    return _(
        "Confirmed on groups that had no part in the choice ({over}): {changes}.",
        over=over,
        changes=change_words(differences),
    )


def agreement_words(n_folds: int, n_agreeing: int, n_kept: int) -> str:
    """Whether the folds chose the same setting.

    n_agreeing: folds that chose the setting which most of them chose; n_kept: folds in which none
    passed, so that the baseline was kept.
    """
    if n_folds == 1:
        return ""
    if n_agreeing == n_folds:
        return _("All {n} folds chose the same setting.", n=n_folds)
    differ = (
        _("No two folds chose the same setting.")
        if n_agreeing == 1
        else _("{k} of {n} folds chose the same setting.", k=n_agreeing, n=n_folds)
        if n_agreeing
        else ""
    )
    kept = ngettext(
        "In {n} fold no setting passed, and the baseline was kept.",
        "In {n} folds no setting passed, and the baseline was kept.",
        n_kept,
    )
    what = _("What was confirmed is this way of choosing, not one setting.")
    return sentences(differ, kept if n_kept else "", what)


def change_words(differences: Mapping[str, Estimate | None]) -> str:
    """Candidate minus baseline: both indices, then accuracy in points, with their intervals."""
    return _(
        "Davies–Bouldin {overlap}, Silhouette {separation}, accuracy {accuracy} points",
        overlap=_change(differences.get(DAVIES_BOULDIN), 1.0, 2),
        separation=_change(differences.get(SILHOUETTE), 1.0, 2),
        accuracy=_change(differences.get(ACCURACY), 100.0, 1),
    )


def _change(found: Estimate | None, factor: float, digits: int) -> str:
    if found is None:
        return _("n/a")
    mean = signed(factor * found.mean, digits)
    if found.low is None or found.high is None:
        return mean
    return _(
        "{mean} ({low} to {high})",
        mean=mean,
        low=signed(factor * found.low, digits),
        high=signed(factor * found.high, digits),
    )
