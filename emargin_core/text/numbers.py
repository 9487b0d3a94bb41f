"""Numbers as every page, report and terminal writes them, in any language."""

from emargin_core.text.language import gettext as _


def percent(share: float, digits: int = 0) -> str:
    """A share, 0 to 1, as a percentage."""
    return f"{100 * share:.{digits}f} %"


def signed(number: float, digits: int = 0) -> str:
    """A number with its sign; the minus is the typographic one."""
    return f"{number:+.{digits}f}".replace("-", "−")


def length_words(seconds: float) -> str:
    """Say a length of time as people do, roughly."""
    if seconds < 120:
        return _("{n:.0f} s", n=seconds)
    minutes = seconds / 60
    return _("{n:.0f} min", n=minutes) if minutes < 120 else _("{n:.1f} h", n=minutes / 60)
