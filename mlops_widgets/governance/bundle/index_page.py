"""The first page of a bundle: one file, no script, nothing from a network; every text of the user's is escaped."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import TYPE_CHECKING

from mlops_widgets.core.document import sound
from mlops_widgets.governance.bundle.contents import HOLDS, holds
from mlops_widgets.governance.bundle.declarations import counting
from mlops_widgets.governance.bundle.manifest import INDEX, MANIFEST, SIGNATURE, SUMS
from mlops_widgets.governance.policies.audit_result import MARKS, Answer
from mlops_widgets.governance.policies.sign_offs import signed_words

if TYPE_CHECKING:
    from mlops_widgets.governance.bundle.parts import Parts
    from mlops_widgets.governance.policies.audit_result import Outcome

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --line: #dfe3e8; --panel: #f5f6f8; --soft: #5c646e; --link: #0063a6;
  --pass: #00694f; --fail: #b3261e; --open: #805300; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ed; --paper: #16191d; --line: #3a424b; --panel: #1f2429; --soft: #a5aeb8;
  --link: #7cc0ff; --pass: #4cc9a0; --fail: #ff8f86; --open: #e5b45a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 4rem; color: var(--ink); background: var(--paper);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
.lead { font-size: 1.1rem; margin: 0 0 1rem; } .soft { color: var(--soft); font-size: .9rem; }
a { color: var(--link); } a:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.note { border-left: 4px solid var(--open); background: var(--panel); padding: .5rem .8rem; margin: .8rem 0; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .4rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem .45rem 0; border-bottom: 1px solid var(--line); }
th { font-size: .85rem; color: var(--soft); font-weight: 600; }
.outcome { white-space: nowrap; font-weight: 600; color: var(--open); } .outcome.pass { color: var(--pass); } .outcome.fail { color: var(--fail); }
.size { text-align: right; white-space: nowrap; padding-right: 1.2rem; font-variant-numeric: tabular-nums; }
.digest { white-space: nowrap; } .file { overflow-wrap: anywhere; min-width: 13rem; } .evidence { font-size: .9rem; margin: .25rem 0 0; } code { font: .82rem/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: var(--panel); padding: .7rem .8rem; border-radius: 4px; white-space: pre-wrap; margin: .3rem 0 1rem; overflow-wrap: anywhere; }
ul { padding-left: 1.2rem; margin: .4rem 0; } dl { margin: 0; } dt { color: var(--soft); font-size: .9rem; margin-top: .5rem; } dd { margin: 0; }
@media (max-width: 40rem) {
  table, tbody, tr, td, caption { display: block; } thead { position: absolute; clip-path: inset(50%); height: 1px; width: 1px; overflow: hidden; }
  tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } td { border: 0; padding: .1rem 0; } .size { text-align: left; }
}
@media print { a { color: inherit; } .note { border: 1px solid; } }
"""
_BOM = (
    'python -c "from cyclonedx.schema import SchemaVersion; from cyclonedx.validation.json import JsonStrictValidator; '
    "print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(open('bom.json').read()))\""
)
_CHECKS: tuple[tuple[str, str, str], ...] = (
    (SUMS, "Every file is as it was (Linux; on macOS: shasum -a 256 -c SHA256SUMS; this page isn’t on that list)", "sha256sum -c SHA256SUMS"),
    ("bom.json", "Is it CycloneDX 1.6? (cyclonedx-python-lib, by OWASP; None is right)", _BOM),
    ("contract.odcs.yaml", "Is the contract one? (datacontract-cli)", "datacontract lint contract.odcs.yaml"),
    ("croissant.json", "Are the data sets described as MLCommons asks? (mlcroissant)", "mlcroissant validate --jsonld croissant.json"),
    ("model_card/README.md", "Is the card read by Hugging Face? (huggingface_hub)", "python -c \"from huggingface_hub import ModelCard; print(ModelCard.load('model_card/README.md').data)\""),
)  # fmt: skip
_SIGNED = (
    "Who signed? (model_signing, by OpenSSF; the public key must come by another way)",
    f"model_signing verify key . --signature {SIGNATURE} --public_key key.pub.pem",
)
_OWN = ("Everything at once (mlops-widgets)", "mlops-widgets governance verify . --public-key key.pub.pem")


def write_index(parts: "Parts", files: Mapping[str, tuple[str, int]], *, contents_sha256: str, signed_by: str) -> bytes:
    """Return the page.

    Parameters
    ----------
    parts
        What the bundle is made of.
    files
        Path → SHA-256 and bytes of every file that is told of.
    contents_sha256
        Of SHA256SUMS.
    signed_by
        SHA-256 of the public key; "" where nobody signs.
    """
    style = b64encode(sha256(_STYLE.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"
    title = f"{_text(parts.study.name)}: what is known, and what is asked"
    body = "".join((_head(parts, title), _requirements(parts), _gaps(parts), _people(parts), _files(files), _checking(files, contents_sha256, signed_by)))  # fmt: skip
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>\n'
    )
    return page.encode()


def _text(text: str) -> str:
    return escape(sound(text))


def _head(parts: "Parts", title: str) -> str:
    made_up = '<p class="note"><strong>▲ Synthetic data.</strong> The numbers are about made-up rows.</p>' if parts.study.synthetic else ""  # fmt: skip
    when = f" Made at {_text(parts.at)}." if parts.at else ""
    return (
        f'<h1 dir="auto">{title}</h1><p class="lead">{_text(parts.audit.headline)}</p>{made_up}'
        f'<p class="soft">Model <bdi>{_text(parts.study.model.name)}</bdi>, study <bdi>{_text(parts.study.name)}</bdi>, fingerprint <code>{_text(parts.study.fingerprint)}</code>, '
        f"policy <bdi>{_text(parts.policy.name)}</bdi>.{when} It says which requirement has which evidence; whether that meets a law, a lawyer says. "
        f"It holds no row of the data.</p>"
    )


def _requirements(parts: "Parts") -> str:
    rows = "".join(map(_requirement, parts.audit.outcomes))
    head = "<thead><tr><th scope=col>outcome</th><th scope=col>requirement, evidence, what to do</th></tr></thead>"
    return f'<h2>Requirement by requirement</h2><table><caption>In full: <a href="audit.html">audit.html</a>. What isn’t answered isn’t met.</caption>{head}<tbody>{rows}</tbody></table>'


def _requirement(outcome: "Outcome") -> str:
    mark, kind = MARKS[outcome.outcome], _KINDS[outcome.outcome]
    owner = f' <span class="soft">(<bdi>{_text(outcome.owner)}</bdi>)</span>' if outcome.owner else ""
    action = f'<p class="evidence"><strong>To do:</strong> {_text(outcome.action)}</p>' if outcome.action else ""
    return (
        f'<tr><td class="outcome {kind}">{mark} {_text(outcome.outcome)}</td><td dir="auto"><strong>{_text(outcome.requirement)}</strong> {_text(outcome.title)}{owner}'
        f'<p class="evidence">{_text(" ".join(outcome.evidence)) or "No evidence."}</p>{action}<p class="evidence soft">Evidence <code>{_text(outcome.digest[:16])}…</code></p></td></tr>'
    )


_KINDS: dict[Answer, str] = {"pass": "pass", "fail": "fail", "not enough data": "open", "missing human input": "open"}


def _gaps(parts: "Parts") -> str:
    if not parts.left_out:
        return ""
    return f"<h2>What isn’t in this bundle</h2><ul>{_items(parts.left_out)}</ul>"


def _people(parts: "Parts") -> str:
    good = counting(parts)
    told = [
        f"{'● counts' if each in good else '○ doesn’t count'}: {each.what}, {signed_words(each)}"
        for each in parts.sign_offs
    ]
    words = f"<ul>{_items(told)}</ul>" if told else "<p>Nobody has signed anything.</p>"
    return f'<h2>What people signed</h2>{words}<p class="soft">A signature counts where a requirement asks for it, the person may give it, and what was signed is what is here.</p>'


def _items(texts: Iterable[str]) -> str:
    return "".join(f'<li dir="auto">{_text(each)}</li>' for each in texts)


def _files(files: Mapping[str, tuple[str, int]]) -> str:
    told = [path for path in HOLDS if path in files] + [path for path in files if path not in HOLDS]
    rows = "".join(
        f'<tr><td class="file"><a href="{escape(path)}">{escape(path)}</a></td><td>{escape(holds(path))}</td><td class="size">{files[path][1]:,} bytes</td><td class="digest"><code>{files[path][0][:12]}…</code></td></tr>'
        for path in told
        if path != INDEX
    )
    head = "<thead><tr><th scope=col>file</th><th scope=col>holds</th><th scope=col>size</th><th scope=col>SHA-256 begins</th></tr></thead>"
    return f'<h2>Files</h2><table><caption>All digests in full: <a href="{SUMS}">{SUMS}</a>, and with this page <a href="{MANIFEST}">{MANIFEST}</a>.</caption>{head}<tbody>{rows}</tbody></table>'


def _checking(files: Mapping[str, tuple[str, int]], contents_sha256: str, signed_by: str) -> str:
    checks = [(words, command) for path, words, command in _CHECKS if path in files or path == SUMS]
    checks += [_SIGNED] if signed_by else []
    own = _OWN if signed_by else (_OWN[0], "mlops-widgets governance verify .")
    lines = "".join(f"<dt>{escape(words)}</dt><dd><pre>{escape(command)}</pre></dd>" for words, command in [*checks, own])  # fmt: skip
    signed = f"Signed with the key <code>{signed_by}</code> (SHA-256 of its PEM)." if signed_by else "Nobody signed this bundle: whoever can write to the folder can make another in its place."  # fmt: skip
    return (
        f"<h2>How to check it, with programs that somebody else wrote</h2><p>SHA-256 of {SUMS}: <code>{contents_sha256}</code></p><p>{signed}</p>"
        f"<p class=soft>Run these in this folder. No digest shows whether what is said is true.</p><dl>{lines}</dl>"
    )
