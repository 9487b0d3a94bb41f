"""A length of time as people write it: seconds, or a number of samples."""

import re
from dataclasses import dataclass

from emargin_core.text.errors import InputError
from emargin_core.text.plain_text import shown

_FORM = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(s|samples?)?\s*")
_LONGEST = 1e9


@dataclass(frozen=True)
class Length:
    """A length in seconds, or in samples; see `parse_length`."""

    value: float
    in_samples: bool = False

    def seconds(self, rate: float) -> float:
        """Return the seconds at a sampling rate in Hz."""
        return self.value / rate if self.in_samples else self.value

    def __str__(self) -> str:
        return f"{self.value:.10g} samples" if self.in_samples else f"{self.value:.10g}"


def parse_length(text: str) -> Length:
    """Read '30', '30 s' or '128 samples'.

    Raises:
        InputError: it is none of these, or no length.
    """
    found = _FORM.fullmatch(text)
    if found is None or not 0 < float(found[1]) <= _LONGEST:
        raise InputError(
            "is '{text}'; use seconds such as 2.5, or samples such as '128 samples'",
            text=shown(text),
        )
    return Length(float(found[1]), (found[2] or "s").startswith("sample"))
