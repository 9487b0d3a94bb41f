"""Numbers as every page, report and terminal writes them, in any language."""


def percent(share: float, digits: int = 0) -> str:
    """A share, 0 to 1, as a percentage."""
    return f"{100 * share:.{digits}f} %"


def signed(number: float, digits: int = 0) -> str:
    """A number with its sign; the minus is the typographic one."""
    return f"{number:+.{digits}f}".replace("-", "−")
