"""How what labels taught looks: what they changed, precision and recall on judged rows, before and after."""

from mlops_widgets.core.words import number
from mlops_widgets.data_quality.detection.labelling import Taught
from mlops_widgets.data_quality.detection.taught_findings import GOOD
from mlops_widgets.measures.shares import Share
from mlops_widgets.ui.card import Axis, Dots, Estimate, Mark


def taught_charts(taught: Taught | None) -> tuple[Dots, ...]:
    """Return a chart of both shares where judged rows give any."""
    if taught is None:
        return ()
    pairs = [
        ("suspected cells that are wrong (precision)", taught.precision, taught.precision_before),
        ("wrong cells that are found (recall)", taught.recall, taught.recall_before),
    ]
    known = [(label, after, before) for label, after, before in pairs if after.rows]
    if not known:
        return ()
    both = all(before.rows for _, _, before in known)
    return (
        Dots(
            rows=tuple(_estimate(label, after) for label, after, _ in known),
            others=tuple(_estimate(label, before) for label, _, before in known) if both else (),
            labels=("with labels", "detectors alone") if both else ("", ""), marks=(Mark(value=GOOD, label="good"),),
            axis=Axis(label="share of cells on judged rows", form="percent", lower=0.0, upper=1.0),
            title="On judged rows, each looked at with what the others taught",
        ),
    )  # fmt: skip


def taught_words(taught: Taught | None) -> tuple[str, ...]:
    """Return what labels changed in a few words, where there are any."""
    if taught is None:
        return ()
    added, cleared = (number(count, "integer") for count in (taught.only_labels, taught.cleared))
    return (f"{number(taught.judged, 'integer')} judged rows added {added} and cleared {cleared}",)


def _estimate(label: str, share: Share) -> Estimate:
    return Estimate(label=label, value=share.value, lower=share.lower, upper=share.upper, n=share.rows)
