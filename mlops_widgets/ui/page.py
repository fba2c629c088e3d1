"""The html around a view: what stands there before or without its script, and the page of a saved file."""

from collections.abc import Iterable

from mlops_widgets.core.result import MARKS, Finding
from mlops_widgets.ui.article import ARTICLE_CSS, article
from mlops_widgets.ui.card import Card, Table
from mlops_widgets.ui.escaping import clean
from mlops_widgets.ui.style import ROLES

CSS = """<style>
.jp-OutputArea-child:has(img):has(+ .jp-OutputArea-child [data-mw-on]),
.jp-OutputArea-child:has(+ .jp-OutputArea-child [data-mw]):has(+ .jp-OutputArea-child + .jp-OutputArea-child .mw-live),
.jp-OutputArea-child:has([data-mw]):has(+ .jp-OutputArea-child .mw-live),
.jp-OutputArea-child:has([data-mw]) + .jp-OutputArea-child .jp-OutputArea-output:is(.jupyter-widgets, .lm-Panel):not(:has(*))
{display: none}
</style>"""
"""Hides the picture beside a running view, both beside a live widget, and what Jupyter says of a widget that is
loading or has no kernel.

By css and `:has`, so it survives that Jupyter draws an output again."""

_PAGE_CSS = f"""
:root {{ color-scheme: light dark; --mw-bad: {ROLES["bad"]}; }}
body {{ margin: 0 auto; max-width: 1100px; padding: 24px; box-sizing: border-box;
  font: 14px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); }}
{ARTICLE_CSS}"""
_ROWS = 12
_NO_FORMULAS = "mathjax_ignore tex2jax_ignore"
"""Jupyter typesets what stands between dollar signs; in "price $" and "cost $" they are names."""


def fallback(card: Card) -> str:
    """Return the card in words as plain html: read where scripts don't run, replaced where they do."""
    parts = [f"<p><strong>{clean(card.headline)}</strong></p>"]
    if card.status:
        parts.append(f"<p>{MARKS[card.status]} {card.status.replace('_', ' ')}. {clean(card.summary)}</p>")
    elif card.summary:
        parts.append(f"<p>{clean(card.summary)}</p>")
    if card.document:
        parts.append(article(card.document, level=3))
    parts += [f"<p>{clean(text)}</p>" for text in (card.empty, card.action) if text]
    if card.code:
        parts.append(f"<pre>{clean(card.code)}</pre>")
    parts += _findings(card.findings)
    if card.table:
        parts.append(_table(card.table))
    if card.small:
        parts.append(f"<p><small>{clean(card.small)}</small></p>")
    return f'<div class="{_NO_FORMULAS}">{"".join(parts)}</div>'


def page(title: str, body: str, *, language: str = "en") -> str:
    """Return a whole page that needs nothing else, in light and dark."""
    return (
        f'<!doctype html>\n<html lang="{clean(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{clean(title)}</title>\n<style>{_PAGE_CSS}</style>\n</head>\n<body>\n<main>{body}</main>\n</body>\n</html>\n"
    )


def _findings(findings: Iterable[Finding]) -> list[str]:
    items = [f"<li>{MARKS[f.status]} {f.status.replace('_', ' ')}: {clean(f.claim)}</li>" for f in findings]
    return [f"<ul>{''.join(items)}</ul>"] if items else []


def _table(table: Table) -> str:
    head = "".join(f"<th>{clean(name)}</th>" for name in table.columns)
    body = "".join(f"<tr>{''.join(f'<td>{clean(cell)}</td>' for cell in row)}</tr>" for row in table.rows[:_ROWS])
    caption = f"<caption>{clean(table.caption)}</caption>" if table.caption else ""
    more = len(table.rows) - _ROWS
    rest = f"<p>… and {more} more rows.</p>" if more > 0 else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"
