"""A document as html: headings, lists and tables that a screen reader finds, without a script, escaped."""

from collections.abc import Iterable

from mlops_widgets.core.document import Block, Document, Grid, Paragraph, Points, Statement
from mlops_widgets.ui.escaping import clean

ARTICLE_CSS = """
.mw-article { max-width: 44em; margin: 0 auto; overflow-wrap: break-word; }
.mw-article h1 { font-size: 1.7em; line-height: 1.25; margin: 0 0 12px; }
.mw-article h2 { font-size: 1.2em; margin: 28px 0 6px; break-after: avoid; }
.mw-article p, .mw-article ul, .mw-article ol, .mw-article dl { margin: 8px 0; }
.mw-article dt { font-weight: 600; }
.mw-article dd { margin: 0 0 6px; }
.mw-article .mw-lead { font-size: 1.1em; }
.mw-article .mw-warns { padding: 6px 12px; border: 1px solid; border-inline-start: 4px solid var(--mw-bad, currentColor); }
.mw-article .mw-origin { font-size: .857em; opacity: .8; }
.mw-article .mw-nobody { font-style: italic; border: 1px dashed; padding: 0 4px; opacity: 1; }
.mw-article .mw-scroll { overflow-x: auto; }
.mw-article table:has(th:nth-child(4)) { min-width: 38em; }
.mw-article table:has(th:nth-child(3)):not(:has(th:nth-child(4))) td:nth-child(2) { min-width: 9em; }
.mw-article caption { text-align: start; padding: 4px 0; }
.mw-article th, .mw-article td { vertical-align: top; }
.mw-article figure { margin: 16px 0; overflow-x: auto; }
.mw-article img { width: 100%; min-width: 600px; height: auto; background: #fff; border-radius: 4px; }
.mw-article footer { margin-top: 28px; padding-top: 8px; border-top: 1px solid; font-size: .857em; opacity: .8; }
@media print {
  @page { size: A4; margin: 18mm; }
  body { padding: 0; } .mw-article { max-width: none; font-size: 10.5pt; color: #000; background: #fff; }
  .mw-article tr, .mw-article li, .mw-article dd, .mw-article figure { break-inside: avoid; }
  .mw-article img, .mw-article table:has(th:nth-child(4)) { min-width: 0; }
  .mw-article thead { display: table-header-group; } .mw-article .mw-scroll { overflow: visible; }
}
"""
"""The style of an article in a page of its own."""


def article(document: Document, *, figure: str = "", level: int = 1) -> str:
    """Return `document` as an element of html.

    Parameters
    ----------
    document
        What to write out.
    figure
        Html that stands between lead and first section.
    level
        Level of the title's heading, 1 to 5; sections are one below.
    """
    parts = [f'<h{level} dir="auto">{clean(document.title)}</h{level}>']
    if document.lead:
        parts.append(f'<p class="mw-lead" dir="auto">{clean(document.lead)}</p>')
    parts.append(figure)
    for section in document.sections:
        heading = f'<h{level + 1} dir="auto">{clean(section.title)}</h{level + 1}>' if section.title else ""
        parts.append(f"<section>{heading}{''.join(map(_block, section.blocks))}</section>")
    if document.small:
        parts.append(f'<footer dir="auto">{clean(document.small)}</footer>')
    return f'<article class="mw-article" lang="{clean(document.language)}">{"".join(parts)}</article>'


def _block(block: Block) -> str:
    match block:
        case Paragraph():
            warns = block.tone == "warning"
            return f'<p dir="auto"{_WARNS if warns else ""}>{_MARK if warns else ""}{clean(block.text)}</p>'
        case Points():
            tag = "ol" if block.numbered else "ul"
            return f"<{tag}>{_each('li', block.items)}</{tag}>"
        case Grid():
            return _table(block)
        case Statement():
            kind = ' class="mw-origin mw-nobody"' if block.source == "missing" else ' class="mw-origin"'
            said = f"{clean(block.value)} <span{kind}>({clean(block.origin)})</span>".lstrip()
            return f'<dl><dt dir="auto">{clean(block.label)}</dt><dd dir="auto">{said}</dd></dl>'


_WARNS = ' class="mw-warns" role="note"'
_MARK = "<strong>▲ Warning.</strong> "


def _table(grid: Grid) -> str:
    caption = f'<caption dir="auto">{clean(grid.caption)}</caption>' if grid.caption else ""
    head = "".join(f'<th scope="col" dir="auto">{clean(name)}</th>' for name in grid.columns)
    body = "".join(f"<tr>{_each('td', row)}</tr>" for row in grid.rows)
    table = f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="mw-scroll" tabindex="0">{table}</div>'


def _each(tag: str, texts: Iterable[str]) -> str:
    return "".join(f'<{tag} dir="auto">{clean(text)}</{tag}>' for text in texts)
