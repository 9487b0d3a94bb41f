"""Stage 3, the rollout check: the classifier that would be used, held out and in the field."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from numpy.typing import NDArray

from app import background
from app.decisions import change, field_of, keep_field, widget_key
from app.widgets.chart import chart
from app.widgets.plain import chart_text, plain
from emargin_core.comparison import Comparison
from emargin_core.csv_text import safe_csv
from emargin_core.datasets.tables import SUFFIXES
from emargin_core.decide.agreement import Agreement, FieldCheck, field_check
from emargin_core.decide.field_labels import MAX_FILE_BYTES, match, read_field_labels
from emargin_core.decide.plan_state import DecisionPlan
from emargin_core.decide.wording import FAIR_KAPPA, percent, share_interval
from emargin_core.errors import ExplorerError
from emargin_core.language import retell, say
from emargin_core.result import Result

EXAMPLE_ROWS = 12
SHADES = {
    "light": ("#eef3f8", "#7fb0dc", "#15202b"),
    "dark": ("#1a222c", "#1f5f96", "#e8edf2"),
}
"""Colours of a share of 0 and of 100 %, and of the numbers on them, readable in both themes."""


def checked(plan: DecisionPlan, comparison: Comparison) -> FieldCheck | None:
    """Both sides against the field labels kept with the decision; None while there are none.

    Raises:
        InputError: they cannot be read, or speak of none of these recordings.
    """
    field = field_of(plan)
    if field is None:
        return None
    matched = match(field, comparison.candidate[0])
    return field_check(matched, comparison.baseline, comparison.candidate)


def rollout(plan: DecisionPlan, comparison: Comparison) -> None:
    """Draw the stage: what each classifier mistakes for what, and agreement with the field."""
    names = comparison.candidate[0].data["class_names"]
    if not names or comparison.candidate[0].details["confusion"] is None:
        st.warning(
            say("There are no labels of two or more classes in this data, so there is no "
                "classifier to check. Label some minutes of every class."),
            icon=":material/label_off:",
        )  # fmt: skip
        return
    for place, (side, run) in zip(
        st.columns(2, gap="small"),
        (("baseline", comparison.baseline[0]), ("candidate", comparison.candidate[0])),
        strict=True,
    ):
        with place, st.container(border=True, gap=None):
            _confusion(side, run)
    with st.container(border=True):
        _field(plan, comparison)


def _confusion(side: str, run: Result) -> None:
    counts = np.array(run.details["confusion"])
    names = run.data["class_names"]
    title = say("Without the method") if side == "baseline" else say("With the method")
    accuracy = run.metric("probe.accuracy")
    right = "n/a" if accuracy is None else percent(accuracy)
    st.markdown(
        say("**{title}** :small[:gray[right {right} of the time, in the first training]]",
            title=title, right=right)
    )  # fmt: skip
    worst = _worst(counts, names)
    chart(confusion_figure(counts, names), f"decide-confusion-{side}", worst,
          _confusion_table(counts, names))  # fmt: skip
    st.caption(plain(worst))


def _worst(counts: NDArray[np.int64], names: list[str]) -> str:
    """The most frequent mistake, in words."""
    wrong = counts - np.diag(np.diag(counts))
    if not wrong.any():
        return say("Nothing was mistaken for anything else.")
    true, said = np.unravel_index(int(wrong.argmax()), wrong.shape)
    return say(
        "Most frequent mistake: '{true}' is called '{said}' in {n} of its {all} moments.",
        true=names[true], said=names[said], n=f"{wrong[true, said]:,}",
        all=f"{counts[true].sum():,}",
    )  # fmt: skip


def confusion_figure(counts: NDArray[np.int64], names: list[str]) -> go.Figure:
    """Share of each true class (rows) that is called each class (columns), in percent."""
    sizes = counts.sum(axis=1, keepdims=True)
    shares = np.full(counts.shape, np.nan)
    np.divide(100.0 * counts, sizes, out=shares, where=sizes > 0)
    titles = [chart_text(name) for name in names]
    text = [["" if np.isnan(v) or v < 0.5 else f"{v:.0f}" for v in row] for row in shares]
    faint, full, ink = SHADES["dark" if st.context.theme.type == "dark" else "light"]
    figure = go.Figure(
        go.Heatmap(
            z=np.round(shares, 1), x=titles, y=titles, text=text, texttemplate="%{text}",
            textfont={"color": ink},
            colorscale=[[0.0, faint], [1.0, full]],
            zmin=0, zmax=100, showscale=False, xgap=1, ygap=1,
            hovertemplate="%{y} → %{x}: %{z:.0f} %<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(
        height=300,
        margin={"l": 0, "r": 4, "t": 0, "b": 0},
        xaxis={"title": say("called, %"), "tickangle": -35, "automargin": True, "showgrid": False},
        yaxis={
            "title": say("really"),
            "autorange": "reversed",
            "automargin": True,
            "showgrid": False,
        },
    )
    return figure


def _confusion_table(counts: NDArray[np.int64], names: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(counts, columns=pd.Index(names))
    table.insert(0, say("really"), names, allow_duplicates=True)
    return table.loc[:, ~table.columns.duplicated()]


def _field(plan: DecisionPlan, comparison: Comparison) -> None:
    st.markdown(
        say("**Labels from the field** :small[:gray[what people on the spot said was going on]]")
    )
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        _upload(plan, comparison)
    with right:
        try:
            check = checked(plan, comparison)
        except ExplorerError as error:
            st.error(plain(retell(str(error))), icon=":material/error:")
            return
        if check is None:
            st.info(
                say("No labels from the field yet. The verdict can be read without them, and says "
                    "so. With them, it also asks whether the classifier agrees with your people."),
                icon=":material/assignment:",
            )  # fmt: skip
        else:
            _agreement(check)


def _upload(plan: DecisionPlan, comparison: Comparison) -> None:
    first = comparison.candidate[0]
    upload = st.file_uploader(
        say("File with the columns recording, time, label"),
        type=[suffix.lstrip(".") for suffix in SUFFIXES],
        key=widget_key("field"),
        max_upload_size=MAX_FILE_BYTES // 1024**2,
    )
    st.caption(
        say("One row a moment; time in seconds from the start of the recording. Recordings: "
            "{names}.", names=plain(", ".join(dict.fromkeys(first.data["sources"]))[:200]))
    )  # fmt: skip
    st.download_button(
        say("Example file"), lambda: safe_csv(example(first)), file_name="field-labels.csv",
        mime="text/csv", icon=":material/download:", key=widget_key("field-example"),
    )  # fmt: skip
    kept = st.session_state.get("decide_upload")
    if upload is not None and upload.file_id != kept:
        _take(upload, comparison)
    if plan.field_file is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(say("Kept: {file}", file=plain(plan.field_file)))
            st.button(say("Remove"), icon=":material/delete:", key=widget_key("field-remove"),
                      on_click=change, kwargs={"field_file": None, "field_empty": 0})  # fmt: skip


def _take(upload: Any, comparison: Comparison) -> None:
    """Read, check and keep an uploaded file; the name it came with is never a path."""
    suffix = Path(upload.name).suffix.lower()
    with tempfile.TemporaryDirectory(dir=_uploads()) as folder:
        path = Path(folder) / f"field-labels{suffix if suffix in SUFFIXES else '.csv'}"
        path.write_bytes(upload.getvalue())
        first = comparison.candidate[0]
        try:
            field = read_field_labels(path, first.data["class_names"])
            match(field, first)
            keep_field(field, Path(upload.name).name)
        except ExplorerError as error:
            st.error(plain(retell(str(error))), icon=":material/error:")
            return
    st.session_state.decide_upload = upload.file_id
    st.rerun()


def _uploads() -> Path:
    folder = background.run_store().home / "decisions"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def example(run: Result) -> pd.DataFrame:
    """What such a file looks like: some moments of this data with its own labels."""
    frames = run.frames[run.frames["label"] >= 0]
    rows = frames.iloc[np.linspace(0, len(frames) - 1, EXAMPLE_ROWS).astype(int)]
    sources = np.array(run.data.get("sources", run.data["recordings"]), dtype=object)
    return pd.DataFrame(
        {
            "recording": sources[rows["recording"]],
            "time": rows["time"].to_numpy(),
            "label": np.array(run.data["class_names"], dtype=object)[rows["label"]],
        }
    ).drop_duplicates()


def _agreement(check: FieldCheck) -> None:
    matched = check.matched
    st.markdown(
        say("{n} of {rows} labels were matched to a moment of the data, in {recordings} "
            "recordings.", n=f"{len(matched.frames):,}", rows=f"{matched.rows:,}",
            recordings=check.recordings)
    )  # fmt: skip
    st.dataframe(
        pd.DataFrame(
            [
                _row(say("Without the method"), check.baseline),
                _row(say("With the method"), check.candidate),
            ]
        ),
        hide_index=True,
    )
    lost = _lost(check)
    if lost:
        st.caption(" ".join(lost))
    if check.own_kappa is not None and check.own_agreement is not None:
        words = {"share": percent(check.own_agreement), "kappa": f"{check.own_kappa:.2f}"}
        if check.own_kappa < FAIR_KAPPA:
            st.warning(
                say("The field and the data's own labels name the same class in only {share} of "
                    "these moments (kappa {kappa}). First find out which are right.", **words),
                icon=":material/rule:",
            )  # fmt: skip
        else:
            st.caption(say("The field and the data's own labels name the same class in {share} of "
                           "these moments (kappa {kappa}).", **words))  # fmt: skip


def _row(title: str, found: Agreement) -> dict[str, str]:
    return {
        say("classifier"): title,
        say("agrees with the field"): percent(found.accuracy.mean, 1),
        say("how sure"): share_interval(found.accuracy),
        say("kappa"): "n/a" if found.kappa is None else f"{found.kappa:.2f}",
    }


def _lost(check: FieldCheck) -> list[str]:
    """Why labels were not matched, one sentence a reason."""
    matched = check.matched
    found = []
    if matched.elsewhere:
        found.append(
            say("{n} are of recordings that were not held out, such as {name}.",
                n=f"{matched.elsewhere:,}", name=plain(matched.unknown[0][:60]))
        )  # fmt: skip
    if matched.off_time:
        found.append(say("{n} are at times of which there is no frame.", n=f"{matched.off_time:,}"))
    if matched.doubled:
        found.append(say("{n} fall on a frame to which another is nearer.",
                         n=f"{matched.doubled:,}"))  # fmt: skip
    return found
