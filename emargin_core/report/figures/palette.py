"""Colours: one per class everywhere, told apart by colour-blind eyes (Okabe and Ito 2008)."""

CLASSES = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#CC79A7",
    "#56B4E9",
    "#D55E00",
    "#7A7A7A",
    "#B8A800",
    "#7F3C8D",
    "#1B9E9E",
    "#A6761D",
    "#5E81AC",
)
UNLABELLED = "#9AA5B1"
BASELINE = "#5B6B7F"
CANDIDATE = "#B3461E"
BETTER = "#18794E"
WORSE = "#B3461E"
LINE = "#8A94A3"
"""Reference lines: seen on light and on dark."""
FORECAST = "#8B6FD8"
"""What is expected and not measured, always hollow: seen on light and on dark."""


def class_colour(code: int) -> str:
    """Colour of a class, cluster or recording by its number; -1 is unlabelled."""
    return UNLABELLED if code < 0 else CLASSES[code % len(CLASSES)]
