"""How a look through a log looks: what was found, and which means shows what."""

from shlex import quote

from mlops_widgets.core.display import register
from mlops_widgets.core.document import Document, Grid, Section
from mlops_widgets.core.words import number
from mlops_widgets.governance.audit_log.log_verification import LogVerification
from mlops_widgets.ui.card import Card
from mlops_widgets.ui.figures import small_print

_MOST_PROBLEMS = 50


@register
def card_of_log(result: LogVerification) -> Card:
    """Return what was found, a line for each thing that somebody can do to a log, and the root to keep."""
    worst = next((each for each in result.findings if each.action), result.findings[0])
    text = Document(title=f"Log “{result.name}”", lead=_lead(result), sections=_sections(result))
    return Card(
        headline=result.findings[0].claim, status=result.findings[0].status, findings=result.findings[1:], action=worst.action,
        code=f"mlops-widgets log verify {quote(result.name)} --root {result.root}" if result.is_intact and result.rows else "",
        small=small_print(result), reference=result.reference, document=text,
    )  # fmt: skip


def _lead(result: LogVerification) -> str:
    noun = "record" if result.rows == 1 else "records"
    return f"{number(result.rows, 'integer')} {noun}, root {result.root}."


def _sections(result: LogVerification) -> tuple[Section, ...]:
    rows = tuple(
        (f"{'–' if looked.startswith('no') else '✓'} {looked}", what, how)
        for what, how, looked in result.frame().itertuples(index=False)
    )
    means = Grid(columns=("looked for", "what somebody can do", "what shows it"), rows=rows)
    found = Section(title="Which means shows what", blocks=(means,))
    if not result.problems:
        return (found,)
    shown = tuple((each,) for each in result.problems[:_MOST_PROBLEMS])
    more = len(result.problems) - len(shown)
    wrong = Grid(columns=("what is wrong",), rows=shown, caption=f"{more:,} more aren't shown." if more else "")
    return Section(title="What is wrong", blocks=(wrong,)), found
