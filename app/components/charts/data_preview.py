"""A data set as a person would look at it: facts, classes, and a recording with its labels."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from app.components.charts.chart import chart, charts_numbers
from app.components.charts.chart_words import balance_says, labels_says, signal_says
from app.components.charts.signal import CHANNELS, signal_figure
from app.components.plain import chart_text, plain
from emargin_core.datasets.base import UNLABELLED, Dataset, Recording
from emargin_core.datasets.summary import Summary
from emargin_core.report.figures.palette import class_colour
from emargin_core.text.language import gettext as _
from emargin_core.text.language import sentences
from emargin_core.text.numbers import length_words

TITLES_WIDTH = 104
MOST_STRETCHES = 400
LANE_HEIGHT = 34


def facts(dataset: Dataset, summary: Summary) -> None:
    """A row of figures, and in words how it would be split."""
    frames = "n/a" if summary.frames is None else f"{sum(summary.frames):,}"
    rates = ", ".join(f"{rate:g}" for rate in summary.rates)
    with st.container(horizontal=True, gap="small", key="facts"):
        for title, value in (
            (_("Recordings"), f"{summary.n_recordings:,}"),
            (_("Length"), length_words(summary.seconds)),
            (_("Channels"), str(len(dataset.channel_names))),
            (_("Samples per second"), rates),
            (_("Classes"), str(len(dataset.class_names)) if dataset.class_names else _("none")),
            (_("Frames"), frames),
        ):
            st.metric(title, value, border=True, width="stretch", height="stretch")
    split = plain(str(summary.split))
    words = [_("{split}.", split=f"{split[:1].upper()}{split[1:]}")]
    if summary.n_borders:
        words.append(_("{n:,} boundaries that no frame crosses.", n=summary.n_borders))
    st.caption(sentences(*words))
    if dataset.only_class is not None:
        one_class(dataset.only_class)
    elif not dataset.labelled:
        st.info(
            _(
                "Without labels of at least two classes, clusters and geometry can be "
                "measured on this data, but not accuracy. Whether tidier clusters are better "
                "then remains unknown."
            ),
            icon=":material/label_off:",
        )
    for note in dataset.notes:
        st.caption(_("Note: {note}.", note=plain(str(note))))


def one_class(name: str) -> None:
    """Say that there is one class only, and what follows."""
    st.info(
        _(
            "This data has only one class, “{name}”. Clusters can be compared, but decisions "
            "cannot: with a single class, every answer is right. Label at least one more "
            "class.",
            name=plain(name),
        ),
        icon=":material/label_off:",
    )


def balance_chart(dataset: Dataset, summary: Summary, key: str) -> None:
    """How much there is of each class."""
    says = balance_says(dataset.class_names, summary.class_seconds)
    chart(class_balance(dataset, summary), key, says)


def class_balance(dataset: Dataset, summary: Summary) -> go.Figure:
    """Length of each class, longest bar first as they stand in the data."""
    names = [chart_text(name) for name in dataset.class_names]
    seconds = list(summary.class_seconds)
    colours = [class_colour(code) for code in range(len(names))]
    if summary.unlabelled_seconds:
        names.append(_("unlabelled"))
        seconds.append(summary.unlabelled_seconds)
        colours.append(class_colour(UNLABELLED))
    figure = go.Figure(
        go.Bar(
            x=np.round(np.array(seconds) / 60, 2),
            y=names,
            orientation="h",
            marker={"color": colours},
            text=[length_words(value) for value in seconds],
            textposition="auto",
            hovertemplate="%{y}: %{text}<extra></extra>",
        )
    )
    figure.update_layout(
        height=40 + 26 * len(names),
        margin={"l": 0, "r": 4, "t": 0, "b": 0},
        xaxis={"title": _("minutes")},
        yaxis={"autorange": "reversed", "title": None},
    )
    return figure


def recording_preview(dataset: Dataset, recording: Recording, channels: int = CHANNELS) -> None:
    """The signal with its labels under it, on one axis of time; of so many channels at most."""
    lanes = min(channels, len(dataset.channel_names))
    height = max(190, LANE_HEIGHT * lanes)
    signal = signal_figure(dataset, recording, TITLES_WIDTH, height=height, channels=channels)
    labels = label_figure(dataset, recording)
    signal_words = signal_says(dataset, recording, channels)
    labels_words = labels_says(dataset, recording)
    chart(signal, "preview-signal", signal_words, numbers=False)
    chart(labels, "preview-labels", labels_words, numbers=False)
    st.caption(_("Each channel has its own scale. Colours match the list of classes."))
    charts_numbers(
        {_("Signal"): (signal_words, signal), _("Labels"): (labels_words, labels)},
        "preview-numbers",
    )


def label_figure(dataset: Dataset, recording: Recording) -> go.Figure:
    """Stretches of one label, coloured; the first `MOST_STRETCHES` where there are more."""
    ends = np.append(np.flatnonzero(np.diff(recording.labels)) + 1, len(recording.labels))
    begins = np.append(0, ends[:-1])
    shown = min(len(ends), MOST_STRETCHES)
    stretches = pd.DataFrame({"begin": begins[:shown], "end": ends[:shown]})
    stretches["code"] = recording.labels[stretches["begin"]]
    figure = go.Figure()
    for code, rows in stretches.groupby("code"):
        name = _("unlabelled") if int(code) < 0 else dataset.class_names[int(code)]
        figure.add_bar(
            x=np.round((rows["end"] - rows["begin"]) / recording.sampling_rate, 3),
            base=np.round(rows["begin"] / recording.sampling_rate, 3),
            y=[_("label")] * len(rows),
            orientation="h",
            width=0.9,
            marker={"color": class_colour(int(code)), "line": {"width": 0}},
            name=chart_text(name),
            hovertemplate=_("%{fullData.name}, from %{base:.1f} s for %{x:.1f} s")
            + "<extra></extra>",
        )
    figure.update_layout(
        height=70,
        barmode="overlay",
        bargap=0,
        showlegend=False,
        margin={"l": TITLES_WIDTH, "r": 4, "t": 0, "b": 24},
        xaxis={
            "ticksuffix": " s",
            "showgrid": False,
            "zeroline": False,
            "range": [0, len(recording.signal) / recording.sampling_rate],
        },
        yaxis={"title": None, "automargin": False},
    )
    return figure
