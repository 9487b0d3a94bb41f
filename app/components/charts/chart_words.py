"""What each chart shows, in one sentence, from the numbers that it is drawn from.

For those who do not see the picture; plain text, a user's names unescaped.
"""

from collections.abc import Sequence, Set

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.components.charts.strip import Row
from app.components.maps.embedding_map import Groups
from emargin_core.analysis.importance import Importance
from emargin_core.analysis.trust.trust import MetricTrust
from emargin_core.datasets.base import Dataset, Recording
from emargin_core.evaluation.indicator import share_marked
from emargin_core.evaluation.metric_table import Headline
from emargin_core.store.result import Result
from emargin_core.text.language import gettext as _
from emargin_core.text.language import ngettext
from emargin_core.text.numbers import percent

FAR = 10
"""The direction at which the two spectra are compared in words."""


def map_says(title: str, layout: NDArray[np.float64], groups: Groups) -> str:
    """An embedding map."""
    return _(
        "Map of {n} held-out frames by {title}. Frames that the encoder treats as similar lie "
        "close together. Colours: {names}.",
        n=f"{int(np.isfinite(layout[:, 0]).sum()):,}",
        title=title,
        names=_listed(groups.names.values()),
    )


def spectrum_says(baseline: Result, candidate: Result) -> str:
    """The spectra of two embeddings."""
    return _(
        "Strength of each direction of the embedding, relative to the strongest: direction "
        "{k} has {before} in the baseline and {after} in the candidate.",
        k=FAR,
        before=_relative_strength(baseline),
        after=_relative_strength(candidate),
    )


def _relative_strength(result: Result) -> str:
    strengths = result.spectrum
    if len(strengths) < FAR or strengths[0] <= 0:
        return _("n/a")
    return percent(float(strengths[FAR - 1] / strengths[0]), 1)


def strip_says(result: Result, recording: int, rows: Sequence[Row]) -> str:
    """Rows of one recording over time."""
    inside = result.frames["recording"].to_numpy() == recording
    parts = [
        ngettext(
            "{title}: {n} stretch",
            "{title}: {n} stretches",
            _n_stretches(row.codes[inside]),
            title=row.title,
        )
        for row in rows
    ]
    return _(
        "Recording {name} over time. {rows}.",
        name=result.data["recordings"][recording],
        rows=_("; ").join(parts),
    )


def _n_stretches(codes: NDArray[np.int64]) -> int:
    """Unbroken stretches of one code; -2 is nothing drawn."""
    begins = np.append(True, codes[1:] != codes[:-1]) if len(codes) else np.zeros(0, bool)
    return int((begins & (codes > -2)).sum())


def signal_says(dataset: Dataset, recording: Recording, n_shown: int) -> str:
    """The signal of one recording."""
    return _(
        "Signal of recording {name}: {shown} of {n} channels over {seconds} seconds, each on "
        "its own scale.",
        name=recording.id,
        shown=min(n_shown, len(dataset.channel_names)),
        n=len(dataset.channel_names),
        seconds=f"{len(recording.signal) / recording.sampling_rate:,.0f}",
    )


def labels_says(dataset: Dataset, recording: Recording) -> str:
    """The labels of one recording over time."""
    present = [dataset.class_names[code] for code in np.unique(recording.labels) if code >= 0]
    return _(
        "Labels of recording {name} over time: {names}.",
        name=recording.id,
        names=_listed(present) or _("none"),
    )


def balance_says(names: Sequence[str], seconds: Sequence[float]) -> str:
    """How much there is of each class."""
    if not len(names):
        return _("The data has no labels.")
    most, least = int(np.argmax(seconds)), int(np.argmin(seconds))
    return _(
        "Minutes of each class: {most} has the most, {long}, and {least} the least, {short}.",
        most=names[most],
        long=f"{seconds[most] / 60:.1f}",
        least=names[least],
        short=f"{seconds[least] / 60:.1f}",
    )


def indicator_says(cosines: NDArray[np.float64], threshold: float) -> str:
    """How alike neighbouring frames are, and where the threshold cuts."""
    share = share_marked(cosines, threshold)
    if share is None:
        return _("Too few frames to tell.")
    return _(
        "Histogram of the similarity of each frame to the next, from -1 to 1: {share} of {n} "
        "frames are at or below the threshold {threshold}.",
        share=percent(share),
        n=f"{len(cosines):,}",
        threshold=f"{threshold:g}",
    )


def points_say(names: Sequence[str], before: Sequence[str], after: Sequence[str]) -> str:
    """Several accuracies of both sides, named one by one."""
    parts = [
        _("{name}: baseline {before}, candidate {after}", name=name, before=left, after=right)
        for name, left, right in zip(names, before, after, strict=True)
    ]
    return _("Held-out frames classified correctly. {parts}.", parts=_("; ").join(parts))


def silhouettes_say(title: str, result: Result) -> str:
    """The silhouette values, cluster by cluster."""
    values = result.frames["silhouette"].to_numpy()
    clusters = result.frames["cluster"].to_numpy()
    return _(
        "Silhouette values of the {title} in {k} clusters; {share} of its frames are closer "
        "to another cluster than to their own.",
        title=title,
        k=len(np.unique(clusters)),
        share=percent(float((values < 0).mean())),
    )


def ranking_says(ranking: Sequence[MetricTrust]) -> str:
    """How each score orders the settings."""
    verdicts = [trust.verdict for trust in ranking if trust.rho is not None]
    return _(
        "Rank correlation of {n} metrics with accuracy: {good} rank models as accuracy does, "
        "{bad} rank them the other way round, and {unclear} cannot be told from chance.",
        n=len(verdicts),
        good=verdicts.count("with"),
        bad=verdicts.count("against"),
        unclear=verdicts.count("unclear"),
    )


def scatter_says(title: str, trust: MetricTrust) -> str:
    """One score against accuracy."""
    rho = _("n/a") if trust.rho is None else f"{trust.rho.mean:.2f}"
    return _(
        "{title} on the x axis, accuracy on the y axis, {n} points; rank correlation {rho}.",
        title=title,
        n=trust.n_runs,
        rho=rho,
    )


def tiles_say(part: pd.DataFrame, metric: Headline) -> str:
    """One metric over a grid of settings."""
    usable = part[~part["collapsed"].astype(bool)].dropna(subset=[f"{metric.path}.mean"])
    if usable.empty:
        return _("{title}: undefined at every setting.", title=str(metric.label))
    means = usable[f"{metric.path}.mean"]
    best = means.idxmin() if metric.lower_is_better else means.idxmax()
    worst = means.idxmax() if metric.lower_is_better else means.idxmin()
    return _(
        "{title} at {n} settings: best {best} at {where}, worst {worst} at {there}.",
        title=str(metric.label),
        n=len(usable),
        best=metric.text(means[best]),
        where=usable.loc[best, "words"],
        worst=metric.text(means[worst]),
        there=usable.loc[worst, "words"],
    )


def tradeoff_says(settings: pd.DataFrame, front: Set[str]) -> str:
    """Clusters against accuracy, over all settings."""
    return _(
        "Cluster index on the x axis, accuracy on the y axis, one point for each of {n} "
        "settings; {k} of them are Pareto-optimal.",
        n=len(settings),
        k=len(front),
    )


def importance_says(importance: Importance, words: Sequence[str]) -> str:
    """Which setting matters most."""
    shares = (
        f"{name} {percent(share.mean)}"
        for name, share in zip(words, importance.shares.values(), strict=True)
    )
    return _("Share of the variation: {shares}.", shares=_listed(shares))


def _listed(names: object) -> str:
    return _(", ").join(names)  # type: ignore[arg-type]
