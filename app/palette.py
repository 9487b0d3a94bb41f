"""The colours of the pages: those of `emargin_core.palette`, which the reports use as well."""

from emargin_core.palette import (
    BASELINE,
    BETTER,
    CANDIDATE,
    CLASSES,
    LINE,
    UNLABELLED,
    WORSE,
    class_colour,
)

__all__ = (
    "BASELINE", "BETTER", "CANDIDATE", "CLASSES", "LINE", "UNLABELLED", "WORSE", "class_colour",
)  # fmt: skip
