"""What each chart shows, in one sentence, from the numbers that it is drawn from.

For those who do not see the picture; plain text, a user's names unescaped.
"""

from collections.abc import Sequence, Set

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.widgets.embedding_map import Groups
from app.widgets.strip import Row
from app.widgets.tile_maps import TileMetric
from emargin_core.datasets.base import Dataset, Recording
from emargin_core.evaluation.trust import MetricTrust
from emargin_core.importance import Importance
from emargin_core.indicator import share_marked
from emargin_core.language import say, say_many
from emargin_core.result import Result

FAR = 10
"""The direction at which the two spectra are compared in words."""


def map_says(title: str, layout: NDArray[np.float64], groups: Groups) -> str:
    """An embedding map."""
    return say(
        "Map of {n} held-out frames by {title}; frames that the encoder finds alike lie near each "
        "other. Colours: {names}.",
        n=f"{int(np.isfinite(layout[:, 0]).sum()):,}",
        title=title,
        names=_listed(groups.names.values()),
    )


def spectrum_says(baseline: Result, candidate: Result) -> str:
    """The spectra of two embeddings."""
    return say(
        "How strong each direction of the embedding is, against its own strongest: the {k}th has "
        "{before} in the baseline and {after} in the candidate.",
        k=FAR,
        before=_relative_strength(baseline),
        after=_relative_strength(candidate),
    )


def _relative_strength(result: Result) -> str:
    strengths = result.spectrum
    if len(strengths) < FAR or strengths[0] <= 0:
        return say("n/a")
    return f"{100 * float(strengths[FAR - 1] / strengths[0]):.1f} %"


def strip_says(result: Result, recording: int, rows: Sequence[Row]) -> str:
    """Rows of one recording over time."""
    inside = result.frames["recording"].to_numpy() == recording
    parts = [
        say_many(
            "{title}: {n} stretch",
            "{title}: {n} stretches",
            _n_stretches(row.codes[inside]),
            title=row.title,
        )
        for row in rows
    ]
    return say(
        "Recording {name} over time. {rows}.",
        name=result.data["recordings"][recording],
        rows=say("; ").join(parts),
    )


def _n_stretches(codes: NDArray[np.int64]) -> int:
    """Unbroken stretches of one code; -2 is nothing drawn."""
    begins = np.append(True, codes[1:] != codes[:-1]) if len(codes) else np.zeros(0, bool)
    return int((begins & (codes > -2)).sum())


def signal_says(dataset: Dataset, recording: Recording, n_shown: int) -> str:
    """The signal of one recording."""
    return say(
        "Signal of recording {name}: {shown} of {n} channels over {seconds} seconds, each on a "
        "scale of its own.",
        name=recording.id,
        shown=min(n_shown, len(dataset.channel_names)),
        n=len(dataset.channel_names),
        seconds=f"{len(recording.signal) / recording.sampling_rate:,.0f}",
    )


def labels_says(dataset: Dataset, recording: Recording) -> str:
    """The labels of one recording over time."""
    present = [dataset.class_names[code] for code in np.unique(recording.labels) if code >= 0]
    return say(
        "Labels of recording {name} over time: {names}.",
        name=recording.id,
        names=_listed(present) or say("none"),
    )


def balance_says(names: Sequence[str], seconds: Sequence[float]) -> str:
    """How much there is of each class."""
    if not len(names):
        return say("The data has no labels.")
    most, least = int(np.argmax(seconds)), int(np.argmin(seconds))
    return say(
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
        return say("Too few frames to tell.")
    return say(
        "Histogram of how alike a frame and the next are, from -1 to 1: {share} of {n} frames lie "
        "at or below the threshold {threshold}.",
        share=f"{100 * share:.0f} %",
        n=f"{len(cosines):,}",
        threshold=f"{threshold:g}",
    )


def points_say(names: Sequence[str], before: Sequence[str], after: Sequence[str]) -> str:
    """Several accuracies of both sides, named one by one."""
    parts = [
        say("{name}: baseline {before}, candidate {after}", name=name, before=left, after=right)
        for name, left, right in zip(names, before, after, strict=True)
    ]
    return say("Held-out frames classified correctly. {parts}.", parts=say("; ").join(parts))


def blades_say(title: str, result: Result) -> str:
    """The silhouette values, cluster by cluster."""
    values = result.frames["silhouette"].to_numpy()
    clusters = result.frames["cluster"].to_numpy()
    return say(
        "Silhouette values of the {title} in {k} clusters; {share} of its frames lie nearer to "
        "another cluster than to their own.",
        title=title,
        k=len(np.unique(clusters)),
        share=f"{100 * float((values < 0).mean()):.0f} %",
    )


def ranking_says(ranking: Sequence[MetricTrust]) -> str:
    """How each score orders the runs."""
    verdicts = [trust.verdict for trust in ranking if trust.rho is not None]
    return say(
        "Rank correlation of {n} scores with accuracy: {good} order with it, {bad} against it, and "
        "of {unclear} it cannot be told from chance.",
        n=len(verdicts),
        good=verdicts.count("with"),
        bad=verdicts.count("against"),
        unclear=verdicts.count("unclear"),
    )


def scatter_says(title: str, trust: MetricTrust) -> str:
    """One score against accuracy."""
    rho = say("n/a") if trust.rho is None else f"{trust.rho.mean:.2f}"
    return say(
        "{title} across and accuracy up, a point for each of {n} runs; rank correlation {rho}.",
        title=title,
        n=trust.n_runs,
        rho=rho,
    )


def tiles_say(part: pd.DataFrame, metric: TileMetric) -> str:
    """One metric over a grid of settings."""
    usable = part[~part["collapsed"].astype(bool)].dropna(subset=[f"{metric.path}.mean"])
    if usable.empty:
        return say("{title}: undefined at every setting.", title=say(metric.title))
    means = usable[f"{metric.path}.mean"]
    best = means.idxmin() if metric.lower_is_better else means.idxmax()
    worst = means.idxmax() if metric.lower_is_better else means.idxmin()
    return say(
        "{title} at {n} settings: best {best} at {where}, worst {worst} at {there}.",
        title=say(metric.title),
        n=len(usable),
        best=metric.text(means[best]),
        where=usable.loc[best, "words"],
        worst=metric.text(means[worst]),
        there=usable.loc[worst, "words"],
    )


def tradeoff_says(settings: pd.DataFrame, front: Set[str]) -> str:
    """Clusters against accuracy, over all settings."""
    return say(
        "Tidiness of clusters across and accuracy up, a point for each of {n} settings; {k} of "
        "them are beaten by no other.",
        n=len(settings),
        k=len(front),
    )


def importance_says(importance: Importance, words: Sequence[str]) -> str:
    """Which setting matters most."""
    shares = (f"{name} {100 * share.mean:.0f} %" for name, share in
              zip(words, importance.shares.values(), strict=True))  # fmt: skip
    return say("Share of what varies: {shares}.", shares=_listed(shares))


def _listed(names: object) -> str:
    return say(", ").join(names)  # type: ignore[arg-type]
