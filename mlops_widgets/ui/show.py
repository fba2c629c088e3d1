"""Notebook outputs and files that show a card wherever they are opened.

Output 1 is a picture with words, for readers that run no script. Output 2 is a fragment of html that carries the view's
code and data, needs no kernel, no network and no other output, and hides output 1 once it runs. Its script is constant:
everything that comes from the user sits in attributes and texts, escaped.
"""

import base64
import gzip
import hashlib
import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.display import Bundle
from mlops_widgets.core.result import Result
from mlops_widgets.ui.alt import alt_text, charts_in_words
from mlops_widgets.ui.article import article
from mlops_widgets.ui.card import Card, Control, Floats
from mlops_widgets.ui.escaping import clean
from mlops_widgets.ui.page import CSS, fallback, page

if TYPE_CHECKING:
    from mlops_widgets.ui.pictures import Picture

STATIC = Path(__file__).parent / "static"
JSON_MIME = "application/vnd.mlops-widgets.result+json"
_LARGE = 1e6
"""Above it a 32-bit float is off by a sixteenth or more; dates in milliseconds would lose hours."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """The view's program: its text, the name that the text's hash gives it, its packed form, and the boot script."""

    module: str
    key: str
    packed: str
    boot: str


@cache
def program(folder: Path = STATIC) -> Program:
    """Return the built program in `folder`; the same text always has the same packed form."""
    raw = (folder / "mlops_widgets.js").read_bytes()
    return Program(
        module=raw.decode(),
        key=hashlib.sha256(raw).hexdigest()[:12],
        packed=base64.b64encode(gzip.compress(raw, 9, mtime=0)).decode(),
        boot=(folder / "boot.js").read_text(encoding="utf-8").strip(),
    )


def message(card: Card, controls: Sequence[Control] = ()) -> dict[str, Any]:
    """Return `card` as the browser takes it: JSON types, with every array apart as bytes.

    Returns
    -------
    dict
        `card` (arrays replaced by `{"$array": name}`), `arrays` (name → little-endian bytes), `types` (name → `"f4"`, or
        `"f8"` for magnitudes over a million), `controls`.
    """
    arrays: dict[str, Floats] = {}
    plain = _plain(card, arrays)
    types = {name: _type(array) for name, array in arrays.items()}
    packed = {name: np.ascontiguousarray(array, f"<{types[name]}").tobytes() for name, array in arrays.items()}
    return {"card": plain, "arrays": packed, "types": types, "controls": [to_plain(control) for control in controls]}


def portable_html(card: Card, *, code: bool = True) -> str:
    """Return `card` as one fragment of html that runs without kernel and network.

    Parameters
    ----------
    card
        What to show.
    code
        Whether the fragment carries the program; without, `shared_code` must stand once in the document.
    """
    built = program()
    data = message(card)
    data["arrays"] = {name: base64.b64encode(raw).decode() for name, raw in data["arrays"].items()}
    view = html.escape(json.dumps(data, allow_nan=False, separators=(",", ":")))
    carried = f' data-mw-code="{built.packed}"' if code else ""
    return (
        f'<div class="mw-output" data-mw="{built.key}"{carried} data-mw-view="{view}">{fallback(card)}</div>'
        f"<script>{built.boot}</script>"
    )


def shared_code() -> str:
    """Return the element that carries the program once for all fragments of a document."""
    built = program()
    return f'<script type="application/gzip" id="mw-code-{built.key}">{built.packed}</script>'


def bundles(result: Result, card: Card) -> tuple[Bundle, Bundle]:
    """Return the outputs that show `card` of `result`: picture, words and findings; then the interactive fragment."""
    return card_bundles(card, words=str(result), more={JSON_MIME: findings_and_scalars(result)})


def card_bundles(card: Card, *, words: str, more: Mapping[str, Any] | None = None) -> tuple[Bundle, Bundle]:
    """Return the outputs that show `card`; `words` is its plain text, `more` goes into the first output."""
    image = _picture(card)
    first = {"image/png": base64.b64encode(image.png).decode(), "text/plain": words, **(more or {})}
    size = {"alt": alt_text(card), "width": image.width, "height": image.height}
    return Bundle(first, {"image/png": size}), Bundle({"text/html": CSS + portable_html(card)})


def findings_and_scalars(result: Result) -> dict[str, Any]:
    """Return `result.to_dict()` without its arrays and tables, which a saved notebook has no use for.

    The names of the fields that were left out stand under `left_out`; `result.save("….json")` keeps them.
    """
    plain = result.to_dict()
    kept = {name: value for name, value in plain.items() if name == "findings" or not isinstance(value, list | dict)}
    return kept | {"left_out": sorted(set(plain) - set(kept))}


def file_bytes(card: Card, suffix: str) -> bytes:
    """Return `card` as the bytes of a `.png`, `.html` or `.pdf` file; each needs no other file and no network.

    The page of a document needs no script either: it is to be read, printed and kept.
    """
    if suffix == ".png":
        return _picture(card).png
    if suffix == ".pdf":
        from mlops_widgets.ui.paper import pdf  # with matplotlib, which takes longer to load than all else here

        return pdf(card)
    if card.document is not None:
        return page(
            card.document.title, article(card.document, figure=_charts(card)), language=card.document.language
        ).encode()
    return page(card.headline, portable_html(card)).encode()


def _charts(card: Card) -> str:
    """Return the charts of a card as an image inside the page."""
    if not card.charts:
        return ""
    from mlops_widgets.ui.pictures import charts_png  # with matplotlib

    image = base64.b64encode(charts_png(card)).decode()
    return (
        f'<figure tabindex="0"><img alt="{clean(charts_in_words(card))}" src="data:image/png;base64,{image}"></figure>'
    )


def _picture(card: Card) -> "Picture":
    from mlops_widgets.ui.pictures import picture  # with matplotlib, which takes longer to load than all else here

    return picture(card)


def _type(array: Floats) -> str:
    sizes = np.abs(array[np.isfinite(array)])
    return "f8" if sizes.size and sizes.max() > _LARGE else "f4"


def _plain(value: Any, arrays: dict[str, Floats]) -> Any:  # noqa: ANN401 - whatever a card holds
    """Do as `to_plain` does, moving arrays to `arrays`."""
    if isinstance(value, np.ndarray):
        name = f"a{len(arrays)}"
        arrays[name] = value
        return {"$array": name}
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name), arrays) for each in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item, arrays) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item, arrays) for item in value]
    return to_plain(value)
