"""A strip draws a stretch for as long as a code stays the same and time runs on."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from app.components.charts.strip import Row, row_spans


def test_stretch_ends_where_the_code_changes_or_time_has_a_gap():
    times = [0.5, 1.0, 1.5, 2.0, 8.0, 8.5, 0.5]
    frames = pd.DataFrame({"recording": [0, 0, 0, 0, 0, 0, 1], "time": times})
    row = Row("class", np.array([3, 3, -2, 1, 1, 1, 3]), {1: "one", 3: "three"}, {})
    spans = row_spans(SimpleNamespace(frames=frames), 0, row)
    assert spans == [(0.25, 1.0, 3), (1.75, 0.5, 1), (7.75, 1.0, 1)]
