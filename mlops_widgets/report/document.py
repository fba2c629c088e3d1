"""From an executed notebook to one page: its texts and views, without its code.

Views are recognised by their exact form. Everything else that is html is sanitised, and the page's policy forbids to load
or run anything more.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from mlops_widgets.report.chapter import CHAPTER_MIME
from mlops_widgets.report.template import meta_line, verdict_line, whole_page
from mlops_widgets.ui.escaping import clean
from mlops_widgets.ui.page import CSS
from mlops_widgets.ui.show import JSON_MIME, program

MOST_BYTES = 2_900_000
"""Of a page with its pictures; over it, pictures that a running view replaces are left out."""

_SKIPPED = frozenset({"parameters", "injected-parameters", "no-report"})
_STORY = "story"
"""Tag of a cell about a sample that teaches: it is shown, and what it finds says nothing about the study."""
_NO_VERDICTS = frozenset({"study.StudyDescription", "ui.GuessResult", "core.ExerciseResult"})
"""Results whose finding isn't one about the model: what was loaded, and what the reader answered."""
_WIDGET = "application/vnd.jupyter.widget-view+json"
_HEADING = re.compile(r"^#\s+(.+?)\s*#*$", re.MULTILINE)
_STYLE_ELEMENT = re.compile(r"<style\b.*?</style\s*>", re.DOTALL | re.IGNORECASE)
_ANCHOR = re.compile(r'<a class="anchor-link"[^>]*>[^<]*</a>')
_NOTEBOOK_LINK = re.compile(r'href="(?:\./)?(\d\d_\w+)\.ipynb(#[^"]*)?"')
_TAGS = (
    "a", "abbr", "b", "blockquote", "br", "caption", "code", "dd", "del", "details", "div", "dl", "dt", "em", "h1", "h2", "h3",
    "h4", "h5", "h6", "hr", "i", "kbd", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub", "summary", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Executed:
    """What a report takes out of an executed notebook.

    Parameters
    ----------
    title
        Its first heading.
    about
        What its chapter said of the study: name, fingerprint, seed; empty where it said nothing.
    results
        The JSON form of each result shown, in order, each once.
    blocks
        What is shown.
    """

    title: str
    about: Mapping[str, Any]
    results: tuple[Mapping[str, Any], ...]
    blocks: tuple["Block", ...]

    @property
    def findings(self) -> list[Mapping[str, Any]]:
        """The verdicts on the study, each with the result it comes from."""
        return [
            {"result": result["type"], **finding}
            for result in self.results
            if result["type"] not in _NO_VERDICTS
            for finding in result["findings"]
        ]


@dataclass(frozen=True, kw_only=True)
class Block:
    """One piece of a page: html, already safe, or a picture, or a view with the picture for readers without script."""

    html: str = ""
    picture: str = ""
    is_view: bool = False

    def written(self, *, pictures: bool) -> str:
        """Return the html, with or without the picture that a running view replaces."""
        if not self.is_view:
            return self.html or f'<figure class="look">{self.picture}</figure>'
        if not self.picture or not pictures:
            return f'<figure class="look">{self.html}</figure>'
        return f'<figure class="look pictured">{self.html}<noscript>{self.picture}</noscript></figure>'


def read_executed(notebook: Any) -> Executed:  # noqa: ANN401 - nbformat's node, a dict with attributes
    """Return what a report takes out of `notebook`."""
    cells = [cell for cell in notebook["cells"] if not _SKIPPED & _tags(cell)]
    results: list[Mapping[str, Any]] = []
    for found in _with_mime(_outputs(cell for cell in notebook["cells"] if _STORY not in _tags(cell)), JSON_MIME):
        if found not in results:
            results.append(found)
    prose = "\n".join(cell["source"] for cell in cells if cell["cell_type"] == "markdown")
    heading = _HEADING.search(prose)
    return Executed(
        title=re.sub(r"[*_`]", "", heading[1]) if heading else "Report",
        about=next(iter(_with_mime(_outputs(notebook["cells"]), CHAPTER_MIME)), {}),
        results=tuple(results),
        blocks=tuple(block for cell in cells for block in _blocks(cell)),
    )


def write_page(executed: Executed, *, facts: Sequence[str], footer: str, chapters: Iterable[str] = ()) -> str:
    """Return the report as one page that works without network.

    Parameters
    ----------
    executed
        What it shows.
    facts
        The line at the top.
    footer
        The line at the end.
    chapters
        Names of the chapters that have a page beside this one, without suffix; links to others become text.
    """
    head = meta_line(facts) + verdict_line([str(finding["status"]) for finding in executed.findings])
    runs = any(block.is_view for block in executed.blocks)

    def page(*, pictures: bool) -> str:
        body = "\n".join(block.written(pictures=pictures) for block in executed.blocks)
        return whole_page(executed.title, head + "\n" + _relink(body, set(chapters)), footer=footer, runs=runs)

    whole = page(pictures=True)
    return whole if len(whole.encode()) <= MOST_BYTES else page(pictures=False)


def _tags(cell: Any) -> set[str]:  # noqa: ANN401 - nbformat's node
    return set(cell.get("metadata", {}).get("tags", ()))


def _outputs(cells: Iterable[Any]) -> list[Any]:
    return [output for cell in cells for output in cell.get("outputs", ())]


def _with_mime(outputs: Iterable[Any], mime: str) -> list[Mapping[str, Any]]:
    return [output["data"][mime] for output in outputs if mime in output.get("data", {})]


def _blocks(cell: Any) -> list[Block]:  # noqa: ANN401 - nbformat's node
    if cell["cell_type"] == "markdown":
        return [Block(html=f'<div class="text">{_prose(cell["source"])}</div>')]
    found: list[Block] = []
    for output in cell.get("outputs", ()):
        block = _block(output)
        if block is None:
            continue
        if block.is_view and found and found[-1].picture and not found[-1].is_view:
            block = replace(block, picture=found.pop().picture)  # the pair of outputs that show one result
        found.append(block)
    return found


def _block(output: Any) -> Block | None:  # noqa: ANN401 - nbformat's node
    kind = output["output_type"]
    if kind == "stream":
        return None if output["name"] == "stderr" else Block(html=f'<pre dir="auto">{clean(output["text"])}</pre>')
    if kind == "error":
        return Block(html=f'<div class="error" role="alert">{clean(output["ename"])}: {clean(output["evalue"])}</div>')
    return _displayed(output["data"], output.get("metadata", {}))


def _displayed(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> Block | None:
    if CHAPTER_MIME in data:
        return None  # stands in the line at the top
    html = data.get("text/html", "")
    if html:
        view = _view(html)
        return Block(html=view, is_view=True) if view else Block(html=f'<div class="look wide">{_safe(html)}</div>')
    if "image/png" in data:
        return Block(picture=_image(data, metadata.get("image/png", {})))
    words = data.get("text/plain", "")
    return Block(html=f'<pre dir="auto">{clean(words)}</pre>') if words and _WIDGET not in data else None


def _image(data: Mapping[str, Any], size: Mapping[str, Any]) -> str:
    alt = clean(str(size.get("alt") or data.get("text/plain", "")))
    sides = "".join(f' {side}="{int(size[side])}"' for side in ("width", "height") if side in size)
    encoded = re.sub(r"[^A-Za-z0-9+/=]", "", data["image/png"])
    return f'<img src="data:image/png;base64,{encoded}" alt="{alt}"{sides}>'


def _view(html: str) -> str | None:
    """Return one of our views without the parts that the page carries once; None if `html` is none.

    Exact: `ui.show` writes nothing else, and a view of another version keeps its own code out of the page as well.
    """
    built = program()
    pattern = (
        rf'(?:{re.escape(CSS)})?<div class="mw-output" data-mw="{built.key}"(?: data-mw-code="[A-Za-z0-9+/=]*")?'
        rf' data-mw-view="([^"<>]*)">(.*)</div><script>{re.escape(built.boot)}</script>'
    )
    match = re.fullmatch(pattern, html, re.DOTALL)
    return (
        f'<div class="mw-output" data-mw="{built.key}" data-mw-view="{match[1]}">{_safe(match[2])}</div>'
        if match
        else None
    )


def _prose(markdown: str) -> str:
    from nbconvert.filters import markdown2html

    return _ANCHOR.sub("", _safe(markdown2html(markdown)))


def _safe(html: str) -> str:
    """Return `html` with nothing that loads, runs or restyles the page."""
    return str(_sanitiser().sanitize_html_tags(_STYLE_ELEMENT.sub("", html)))


@cache
def _sanitiser() -> Any:  # noqa: ANN401 - untyped
    from nbconvert.preprocessors.sanitize import SanitizeHTML

    attributes = {"*": ["class", "dir", "id", "lang", "title", "scope", "open", "colspan", "rowspan"], "a": ["href"]}
    make: Any = SanitizeHTML  # untyped
    return make(tags=list(_TAGS), attributes=attributes, styles=[], strip=True)


def _relink(body: str, chapters: set[str]) -> str:
    """Point links between notebooks to the pages beside this one; what isn't there is named without a link."""
    return _NOTEBOOK_LINK.sub(
        lambda match: f'href="{match[1]}.html{match[2] or ""}"' if match[1] in chapters else 'role="note"', body
    )
