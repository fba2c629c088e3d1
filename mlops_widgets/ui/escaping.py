"""The one door through which texts come into html."""

import html


def clean(text: str) -> str:
    """Return `text` ready to stand in html, and encodable: lone surrogates and controls become a replacement mark."""
    sound = text.encode("utf-8", "replace").decode()
    return html.escape("".join("\N{REPLACEMENT CHARACTER}" if ord(c) < 32 and c not in "\t\n\r" else c for c in sound))
