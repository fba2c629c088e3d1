"""How the scorecard, a chapter's takeaways and its commands look."""

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.display import register
from mlops_widgets.report.scorecard import Scorecard, in_words
from mlops_widgets.report.takeaways import ChapterCommands, Takeaways
from mlops_widgets.ui.card import Card, View

_LEAD = 3


@register
def show_scorecard(result: Scorecard) -> Card:
    """Return the card of a scorecard: three findings lead, the rest fold; chips filter by status."""
    note = f"Study {result.study!r}, fingerprint {result.fingerprint}; seed {result.seed}; {result.rows:,} rows."
    state = {
        "findings": [to_plain(finding) for finding in result.findings],
        "lead": _LEAD,
        "counts": result.counts,
        "note": "",
    }
    worst = result.findings[0] if result.findings else None
    return Card(
        headline=result.headline,
        status=worst.status if worst else None,
        summary=in_words(result.counts) + ".",
        view=View(name="scorecard", state=state),
        findings=result.findings,
        action=next((f.action for f in result.findings if f.action and f.status != "passed"), ""),
        small=note,
    )


@register
def show_takeaways(result: Takeaways) -> Card:
    """Return the card of three sentences: what came first, how the rest stands, what to do."""
    first, second, action = result.sentences
    return Card(headline=first, status=result.status, summary=second, action=action, small=result.method)


@register
def show_commands(result: ChapterCommands) -> Card:
    """Return the card of the commands, with a copy button."""
    code = f"{result.command_line}\n\n# or by papermill alone:\n{result.papermill}"
    return Card(headline=result.headline, summary=result.note, code=code)
