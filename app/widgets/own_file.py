"""The user's own file: upload, map, look, add."""


def own_file() -> None:
    """Draw the steps."""
