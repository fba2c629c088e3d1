"""Settings whose value a document keeps back, since their name or form says that it opens a door."""

import re

KEPT_BACK = "kept back: it may be a secret"
_NAMES = re.compile(
    r"(?i)(?<![a-z])(pass(word|wd|phrase)?|pwd|secrets?|token|credentials?|auth|bearer|dsn|connection|conn|api_?key|access_?key|"
    r"private_?key|secret_?key|account_?key)(?![a-z])"
)
_LOGIN = re.compile(r"://[^/\s@]+@|(?i:[?&;](sig|signature|token|key|password|pwd|accountkey)=)")


def told_or_kept(name: str, text: str) -> str:
    """Return the text of a setting, or that it is kept back.

    Examples
    --------
    >>> told_or_kept("max_depth", "3"), told_or_kept("api_key", "sk-1"), told_or_kept("store", "db://me:pw@host/x")
    ('3', 'kept back: it may be a secret', 'kept back: it may be a secret')
    """
    # token_pattern and the like say how a text is cut: only the last word of a name says what its value is
    last = name.rpartition("__")[2]
    return KEPT_BACK if _NAMES.search(last.replace("_pattern", "pattern")) or _LOGIN.search(text) else text
