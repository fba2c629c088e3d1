"""The page of a report: its style, its frame, and the policy that keeps it from loading or running anything else."""

import base64
from collections.abc import Sequence
from hashlib import sha256

from mlops_widgets.core.result import MARKS, STATUSES, Status
from mlops_widgets.ui.escaping import clean
from mlops_widgets.ui.show import program, shared_code

STYLE = """
:root { color-scheme: light dark; --fg: #1b1f24; --bg: #ffffff; --soft: #5c646e; --line: #dfe3e8; --panel: #f5f6f8;
  --link: #0063a6; --bad: #b3261e; --good: #00694f; --warning: #805300; }
@media screen and (prefers-color-scheme: dark) { :root { --fg: #e8eaed; --bg: #111418; --soft: #a5adb8; --line: #343b44;
  --panel: #1b2027; --link: #6db9ff; --bad: #ff8a80; --good: #52d6b0; --warning: #f2c14b; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--bg); color: var(--fg); font: 17px/1.6 Charter, "Bitstream Charter", "Sitka Text",
  Cambria, Georgia, serif; font-variant-numeric: lining-nums; overflow-wrap: break-word; }
.page { max-width: 860px; margin: 0 auto; padding: 40px 28px 72px; }
h1, h2, h3, .meta, .verdicts, footer, table, .look, pre, .error { font-family: system-ui, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; }
.meta { display: flex; flex-wrap: wrap; gap: 2px 18px; margin: 0 0 8px; padding: 0 0 10px; border-bottom: 1px solid var(--line);
  color: var(--soft); font-size: 13px; list-style: none; font-variant-numeric: tabular-nums; }
.verdicts { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 28px; padding: 0; list-style: none; font-size: 14px;
  font-weight: 600; color: var(--soft); }
.verdicts .failed { color: var(--bad); } .verdicts .warning { color: var(--warning); } .verdicts .passed { color: var(--good); }
h1, h2, h3 { line-height: 1.22; letter-spacing: -0.012em; text-wrap: balance; }
h1 { font-size: 34px; margin: 0.5em 0 0.45em; } h2 { font-size: 24px; margin: 2.1em 0 0.5em; } h3 { font-size: 18px; margin: 1.7em 0 0.4em; }
.text { max-width: 41em; } .text > :first-child { margin-top: 0; } .text h1:first-child { margin-top: 0.5em; }
.text h2:first-child { margin-top: 1.8em; } .text h3:first-child { margin-top: 1.5em; }
p, ul, ol { margin: 0 0 0.9em; } a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 2px; }
code { font: 0.86em/1.4 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--panel); border-radius: 4px;
  padding: 0.1em 0.3em; }
pre { background: var(--panel); border-radius: 6px; padding: 12px 14px; overflow-x: auto; white-space: pre-wrap;
  font: 13px/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre code { background: none; padding: 0; font-size: inherit; }
blockquote { margin: 0 0 0.9em; padding-left: 16px; border-left: 3px solid var(--line); color: var(--soft); }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; margin: 0 0 1em; }
th, td { text-align: left; padding: 4px 16px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
caption { text-align: left; color: var(--soft); padding-bottom: 4px; }
.look { margin: 20px 0 30px; font-size: 14px; line-height: 1.5; --jp-content-font-size1: 14px; }
.look img { display: block; max-width: 100%; height: auto; border-radius: 6px; }
.wide { overflow-x: auto; }
.error { margin: 20px 0; padding: 10px 14px; border-left: 3px solid var(--bad); color: var(--bad); }
.chapters { padding: 0; list-style: none; } .chapters li { padding: 14px 0; border-bottom: 1px solid var(--line); }
.chapters a { font-size: 21px; } .chapters .verdicts { margin: 4px 0 0; }
footer { margin-top: 56px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--soft); font-size: 13px; }
@media (max-width: 560px) { .page { padding: 24px 18px 48px; } h1 { font-size: 28px; } h2 { font-size: 22px; } }
@media print { body { font-size: 11pt; } .page { max-width: none; padding: 0; } h1, h2, h3 { break-after: avoid; }
  .look, table, blockquote { break-inside: avoid; } a { color: inherit; } @page { margin: 18mm 16mm; } }
"""

_NO_SCRIPT = "<noscript><style>.pictured > .mw-output { display: none; }</style></noscript>"
"""Without scripts a figure shows its picture, whose alternative text says the same in words."""


def policy(script: str) -> str:
    """Return the content security policy of a report: nothing is loaded, and only `script` and the program run."""
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; font-src data:; "
        f"script-src 'sha256-{digest}' blob:; base-uri 'none'; form-action 'none'"
    )


def whole_page(title: str, body: str, *, footer: str, runs: bool) -> str:
    """Return a page that needs no other file and no network.

    Parameters
    ----------
    title
        The document's title.
    body
        Html, already safe.
    footer
        Text under the page.
    runs
        Whether the page holds views, so that it needs their program, once.
    """
    built = program() if runs else None
    boot = built.boot if built else ""
    script = f"{shared_code()}\n<script>{boot}</script>\n" if runs else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy(boot)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{clean(title)}</title>\n<style>{STYLE}</style>\n{_NO_SCRIPT}\n</head>\n<body>\n"
        f'<main class="page">\n{body}\n<footer>{clean(footer)}</footer>\n</main>\n{script}</body>\n</html>\n'
    )


def meta_line(parts: Sequence[str]) -> str:
    """Return the line at the top: which study, fingerprint, parameters, date."""
    return f'<ul class="meta">{"".join(f"<li>{clean(part)}</li>" for part in parts)}</ul>' if parts else ""


def verdict_line(statuses: Sequence[str]) -> str:
    """Return how many findings have each status, as shape, number and word."""
    order: tuple[Status, ...] = ("failed", "warning", "not_enough_data", "passed", "not_applicable", "not_run")
    items = [
        f'<li class="{status}">{MARKS[status]} {statuses.count(status)} {status.replace("_", " ")}</li>'
        for status in order
        if status in STATUSES and status in statuses
    ]
    return f'<ul class="verdicts" aria-label="Findings">{"".join(items)}</ul>' if items else ""
