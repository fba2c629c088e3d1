"""How the account looks: a bar a strategy, as shares of the same whole."""

from mlops_widgets.core.display import register
from mlops_widgets.core.words import number
from mlops_widgets.explainability.accounts import AccountResult
from mlops_widgets.ui.card import Axis, Bars, Card, Estimate, Mark, Table
from mlops_widgets.ui.figures import small_print


@register
def card_of_accounts(result: AccountResult) -> Card:
    """Return a bar a strategy, and where enough begins."""
    finding = result.findings[0]
    rows = tuple(
        Estimate(label=each.label, value=each.share, role="good" if each.share >= result.enough else "warning")
        for each in result.accounts
    )
    enough = Mark(value=result.enough, label=f"enough {number(result.enough, 'percent')}")
    axis = Axis(label="share of what moves the answers", form="percent", lower=0.0, upper=1.0)
    cells = tuple((each.said, number(each.share, "percent"), each.missing) for each in result.accounts)
    return Card(
        headline=finding.claim, status=finding.status, action=finding.action, small=small_print(result),
        charts=(Bars(rows=rows, axis=axis, marks=(enough,), title="What is accounted for"),) if rows else (),
        table=Table(columns=("what", "share", "what is missing"), rows=cells) if rows else None,
        empty="" if rows else finding.claim,
    )  # fmt: skip
