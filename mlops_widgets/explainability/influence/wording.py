"""Names at a length that a sentence can bear."""

_MOST_LETTERS = 40


def short(name: str) -> str:
    """Return a column's name at a length that a sentence can bear."""
    return name if len(name) <= _MOST_LETTERS else name[: _MOST_LETTERS - 1] + "…"
