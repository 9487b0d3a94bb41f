"""Stage 3: the classifiers' mistakes, and their agreement with independent labels."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app import session
from app.components.charts.chart import chart
from app.components.plain import chart_text, plain
from app.views.decide.decisions import change, keep_labels, labels_of, widget_key
from emargin_core.analysis.comparison import Comparison, mean_metric
from emargin_core.analysis.decide.agreement import Agreement, LabelCheck, check_labels
from emargin_core.analysis.decide.amounts import share_interval
from emargin_core.analysis.decide.independent_labels import (
    MAX_FILE_BYTES,
    match,
    read_independent_labels,
)
from emargin_core.analysis.decide.plan_state import DecisionPlan
from emargin_core.analysis.decide.reasons import FAIR_KAPPA
from emargin_core.datasets.tables.read.limits import SUFFIXES
from emargin_core.evaluation.metric_table import ACCURACY
from emargin_core.store.result import Result
from emargin_core.text.csv_text import safe_csv
from emargin_core.text.errors import ExplorerError
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.numbers import percent
from emargin_core.text.units import counted

EXAMPLE_ROWS = 12
SHADES = {"light": ("#eef3f8", "#7fb0dc", "#15202b"), "dark": ("#1a222c", "#1f5f96", "#e8edf2")}
"""Colours of a share of 0 and of 100 %, and of the numbers on them, readable in both themes."""


def checked(plan: DecisionPlan, comparison: Comparison) -> LabelCheck | None:
    """Compare both sides with the independent labels of the decision; None without any.

    Raises:
        InputError: they cannot be read, or speak of none of these recordings.
    """
    labels = labels_of(plan)
    if labels is None:
        return None
    matched = match(labels, comparison.candidate)
    return check_labels(matched, comparison.baseline, comparison.candidate)


def rollout(plan: DecisionPlan, comparison: Comparison) -> None:
    """Draw the stage: confusion matrices, and agreement with independent labels."""
    names = comparison.candidate[0].data["class_names"]
    if not names or comparison.candidate[0].details["confusion"] is None:
        st.warning(
            _(
                "This data has no labels of two or more classes, so there is no "
                "classifier to check. Label a few minutes of every class."
            ),
            icon=":material/label_off:",
        )
        return
    for place, (side, runs) in zip(
        st.columns(2, gap="small"),
        (("baseline", comparison.baseline), ("candidate", comparison.candidate)),
        strict=True,
    ):
        with place, st.container(border=True, gap=None):
            _confusion(side, runs)
    with st.container(border=True):
        _labels(plan, comparison)


def _confusion(side: str, runs: Sequence[Result]) -> None:
    """The decisions of all runs together."""
    counts = np.sum([run.details["confusion"] for run in runs], axis=0)
    names = runs[0].data["class_names"]
    title = _("Without the method") if side == "baseline" else _("With the method")
    accuracy = mean_metric(runs, ACCURACY)
    right = "n/a" if accuracy is None else percent(accuracy)
    st.markdown(_("**{title}** :small[:gray[accuracy {right}]]", title=title, right=right))
    worst = _worst(counts, names)
    chart(
        confusion_figure(counts, names),
        f"decide-confusion-{side}",
        worst,
        _confusion_table(counts, names),
    )
    st.caption(plain(worst))


def _worst(counts: NDArray[np.int64], names: list[str]) -> str:
    """A sentence on the most frequent mistake."""
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return _("No class was mistaken for another.")
    true, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return _(
        "Most frequent mistake: '{true}' is labelled '{said}' in {n} of its {all} moments.",
        true=names[true],
        said=names[said],
        n=f"{wrong[true, said]:,}",
        all=f"{counts[true].sum():,}",
    )


def confusion_figure(counts: NDArray[np.int64], names: list[str]) -> go.Figure:
    """Confusion matrix: percent of each true class (rows) labelled as each class (columns)."""
    sizes = counts.sum(axis=1, keepdims=True)
    shares = np.full(counts.shape, np.nan)
    np.divide(100.0 * counts, sizes, out=shares, where=sizes > 0)
    titles = [chart_text(name) for name in names]
    text = [["" if np.isnan(v) or v < 0.5 else f"{v:.0f}" for v in row] for row in shares]
    faint, full, ink = SHADES["dark" if st.context.theme.type == "dark" else "light"]
    figure = go.Figure(
        go.Heatmap(
            z=np.round(shares, 1),
            x=titles,
            y=titles,
            text=text,
            texttemplate="%{text}",
            textfont={"color": ink},
            colorscale=[[0.0, faint], [1.0, full]],
            zmin=0,
            zmax=100,
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate="%{y} → %{x}: %{z:.0f} %<extra></extra>",
        )
    )
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 4, "t": 0, "b": 0},
        xaxis={
            "title": _("labelled as, %"),
            "tickangle": -35,
            "automargin": True,
            "showgrid": False,
        },
        yaxis={
            "title": _("true class"),
            "autorange": "reversed",
            "automargin": True,
            "showgrid": False,
        },
    )
    return figure


def _confusion_table(counts: NDArray[np.int64], names: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(counts, columns=pd.Index(names))
    table.insert(0, _("true class"), names, allow_duplicates=True)
    return table.loc[:, ~table.columns.duplicated()]


def _labels(plan: DecisionPlan, comparison: Comparison) -> None:
    st.markdown(
        _("**Independent labels** :small[:gray[the same recordings, labelled by somebody else]]")
    )
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        _upload(plan, comparison)
    with right:
        try:
            check = checked(plan, comparison)
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        if check is None:
            st.info(
                _(
                    "No independent labels yet. The verdict works without them and says "
                    "that they are missing. With them, it also checks whether the "
                    "classifier agrees with whoever gave them."
                ),
                icon=":material/assignment:",
            )
        else:
            _agreement(check, comparison.evidence.noun)


def _upload(plan: DecisionPlan, comparison: Comparison) -> None:
    runs = comparison.candidate
    upload = st.file_uploader(
        _("File with the columns recording, time, label"),
        type=[suffix.lstrip(".") for suffix in SUFFIXES],
        key=widget_key("labels"),
        max_upload_size=MAX_FILE_BYTES // 1024**2,
    )
    sources = sorted({name for run in runs for name in run.data["sources"]})
    st.caption(
        _(
            "One row per moment; time in seconds from the start of the recording, names as they "
            "are listed here."
        )
    )
    with st.expander(_("Names of the recordings ({n})", n=len(sources))):
        st.code("\n".join(sources), language=None, height="content" if len(sources) <= 10 else 240)
    st.download_button(
        _("Example file"),
        lambda: safe_csv(example(runs)),
        file_name="independent-labels.csv",
        mime="text/csv",
        icon=":material/download:",
        key=widget_key("labels-example"),
    )
    kept = st.session_state.get("decide_upload")
    if upload is not None and upload.file_id != kept:
        _take(upload, comparison)
    if plan.label_file is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_("Saved: {file}", file=plain(plan.label_file)))
            st.button(
                _("Remove"),
                icon=":material/delete:",
                key=widget_key("labels-remove"),
                on_click=change,
                kwargs={"label_file": None, "label_empty": 0},
            )


def _take(upload: Any, comparison: Comparison) -> None:
    """Read, check and save an uploaded file; its name is never used as a path."""
    suffix = Path(upload.name).suffix.lower()
    with tempfile.TemporaryDirectory(dir=_uploads()) as folder:
        path = Path(folder) / f"labels{suffix if suffix in SUFFIXES else '.csv'}"
        path.write_bytes(upload.getvalue())
        runs = comparison.candidate
        try:
            labels = read_independent_labels(path, runs[0].data["class_names"])
            match(labels, runs)
            keep_labels(labels, Path(upload.name).name)
        except ExplorerError as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
    st.session_state.decide_upload = upload.file_id
    st.rerun()


def _uploads() -> Path:
    folder = session.run_store().home / "decisions"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def example(runs: Sequence[Result]) -> pd.DataFrame:
    """An example file: some moments of this data with their labels."""
    parts = [_labelled(run) for run in {run.fold: run for run in runs}.values()]
    rows = pd.concat(parts, ignore_index=True)
    return rows.iloc[np.linspace(0, len(rows) - 1, EXAMPLE_ROWS).astype(int)].drop_duplicates()


def _labelled(run: Result) -> pd.DataFrame:
    """The labelled frames of a run as rows of a file of labels."""
    frames = run.frames[run.frames["label"] >= 0]
    sources = np.array(run.data.get("sources", run.data["recordings"]), dtype=object)
    return pd.DataFrame(
        {
            "recording": sources[frames["recording"]],
            "time": frames["time"].to_numpy(),
            "label": np.array(run.data["class_names"], dtype=object)[frames["label"]],
        }
    )


def _agreement(check: LabelCheck, noun: str) -> None:
    matched = check.matched
    st.markdown(
        _(
            "{n} of {rows} labels were matched to moments of the data, of {units}.",
            n=f"{matched.count:,}",
            rows=f"{matched.rows:,}",
            units=counted(noun, check.held_out.n_units),
        )
    )
    st.dataframe(
        pd.DataFrame(
            [
                _row(_("Without the method"), check.baseline),
                _row(_("With the method"), check.candidate),
            ]
        ),
        hide_index=True,
    )
    lost = _lost(check)
    if lost:
        st.caption(sentences(*lost))
    if check.own_kappa is not None and check.own_agreement is not None:
        words = {"share": percent(check.own_agreement), "kappa": f"{check.own_kappa:.2f}"}
        if check.own_kappa < FAIR_KAPPA:
            st.warning(
                _(
                    "The independent labels and the labels of the data agree in only "
                    "{share} of these moments (kappa {kappa}). First find out which "
                    "are right.",
                    **words,
                ),
                icon=":material/rule:",
            )
        else:
            st.caption(
                _(
                    "The independent labels and the labels of the data agree in {share} of "
                    "these moments (kappa {kappa}).",
                    **words,
                )
            )


def _row(title: str, found: Agreement) -> dict[str, str]:
    return {
        _("classifier"): title,
        _("agreement with independent labels"): percent(found.accuracy.mean, 1),
        _("how sure"): share_interval(found.accuracy),
        _("kappa"): "n/a" if found.kappa is None else f"{found.kappa:.2f}",
    }


def _lost(check: LabelCheck) -> list[str]:
    """Sentences on why labels were not matched."""
    matched = check.matched
    found = []
    if matched.elsewhere:
        found.append(
            _(
                "{n} belong to recordings that were not held out, such as {name}.",
                n=f"{matched.elsewhere:,}",
                name=plain(matched.unknown[0][:60]),
            )
        )
    if matched.off_time:
        found.append(_("{n} have a time at which there is no frame.", n=f"{matched.off_time:,}"))
    if matched.doubled:
        found.append(_("{n} fall on a frame that has a nearer label.", n=f"{matched.doubled:,}"))
    return found
