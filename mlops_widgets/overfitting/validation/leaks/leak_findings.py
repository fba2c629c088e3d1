"""What the searches for leaks say, in sentences with a verdict: findings OV-LK-01 to OV-LK-09."""

from collections.abc import Callable, Mapping
from math import isnan

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate as written
from mlops_widgets.core.words import number
from mlops_widgets.errors import listed
from mlops_widgets.overfitting.validation.leaks.check import LeakCheck
from mlops_widgets.study.study import Study

FLAGGED = ("failed", "warning")


def findings_of(study: Study, checks: tuple[LeakCheck, ...], *, ignored: tuple[str, ...]) -> tuple[Finding, ...]:
    """Return the summary and one finding a search, worst first; `ignored` are columns declared late that no model takes."""
    each = [_finding(study, check) for check in checks]
    return (_summary(checks, each, ignored), *sorted(each, key=lambda finding: finding.order))


def _summary(checks: tuple[LeakCheck, ...], findings: list[Finding], ignored: tuple[str, ...]) -> Finding:
    flagged = [check for check in checks if check.status in FLAGGED]
    unsure = [check for check in checks if check.status == "not_enough_data"]
    clear = [check for check in checks if check.status == "passed"]
    ran = len(flagged) + len(clear) + len(unsure)
    evidence = {"searches": ran, "flagged": len(flagged), "unsure": len(unsure), "not_applicable": len(checks) - ran}
    apart = f" The model doesn't take {listed(ignored)}, declared known afterwards." if ignored else ""
    if not ran:
        claim = "No search for leaks could be made: each lacks an input."
        return Finding(code="OV-LK-01", status="not_applicable", claim=claim, evidence=evidence,
                       action=next((c.remedy for c in checks if c.remedy), ""))  # fmt: skip
    if flagged:
        worst = min((f for f in findings if f.status in FLAGGED), key=lambda finding: finding.order)
        names = f" ({listed(check.label for check in flagged)})" if len(flagged) > 1 else ""
        claim = f"{len(flagged)} of {ran} searches for leaks found something{names}. {worst.claim}{apart}"
        return Finding(code="OV-LK-01", status=worst.status, claim=claim, evidence=evidence,
                       action=worst.action)  # fmt: skip
    status: Status = "not_enough_data" if unsure else "passed"
    doubt = f", {len(unsure)} of them can't tell with these rows" if unsure else ""
    alone = "can't tell with these rows" if unsure else "found none"
    found = (
        f"None of {ran} searches for leaks found one{doubt}; each says below how small a leak it would have seen."
        if ran > 1
        else f"The one search for leaks that could be made {alone}; the others lack an input."
    )
    claim = f"{found}{apart}"
    action = "Read what each search would have missed; a leak smaller than that can still be there."
    return Finding(code="OV-LK-01", status=status, claim=claim, evidence=evidence, action=action)


def _finding(study: Study, check: LeakCheck) -> Finding:
    if check.status in {"not_applicable", "not_run"}:
        claim = (
            f"{check.missing.rstrip('.')}: {check.label} couldn't be looked for."
            if check.status == "not_run"
            else f"Not looked for: {check.label}; this study has no {check.missing}."
        )
        return Finding(code=check.code, status=check.status, claim=claim, action=check.remedy)
    claim, action = _SENTENCES[check.name](study, check)
    seen = assay_words(check)
    in_metric = check.name in {"groups", "order", "procedure"} and not isnan(check.lower)
    return Finding(
        code=check.code, status=check.status, claim=f"{claim} {seen}".strip() if check.status in {"passed", "not_enough_data"} else claim,
        action=action, cost=max(check.lower, 0.0) if in_metric and check.status == "failed" else None,
        cost_unit=study.metric.label if in_metric else "", evidence=_evidence(check),
    )  # fmt: skip


def _evidence(check: LeakCheck) -> dict[str, float | int | str | bool | None]:
    return {**check.evidence, "value": check.value, "lower": check.lower, "upper": check.upper, "margin": check.margin,
            "smallest_seen": check.smallest_seen, "largest_missed": check.largest_missed}  # fmt: skip


def assay_words(check: LeakCheck) -> str:
    """Return how small a leak the search sees in these data, in a sentence; "" where every row is counted."""
    if not check.assay:
        return ""
    seen, missed = check.smallest_seen, check.largest_missed
    leak = _PLANTED[check.name]
    if isnan(seen):
        return f"It sees no leak of this kind here: even {leak.format(number(missed, 'percent'))} was missed."
    words = f"It would have seen {leak.format(number(seen, 'percent'))}"
    return words + (f", not always {number(missed, 'percent')}." if not isnan(missed) else ".")


_PLANTED = {
    "columns": "a planted column that explains {} of the target", "gaps": "a gap in {} of the rarer outcome's rows",
    "duplicates": "copies as {} of the test", "near_duplicates": "noisy copies as {} of the test",
    "groups": "a planted group that {} of the test's rows share with training rows",
}  # fmt: skip


def _value(check: LeakCheck, key: str) -> float:
    found = check.evidence.get(key)
    return float(found) if isinstance(found, int | float) else float("nan")


_SIGNS = {
    "declared": "is declared known only after the outcome",
    "determines": "explains {explains} of the target's variation, all other columns together {beside}",
    "collapses": "explained {explains} of the target's variation and {beside} in later rows, while other columns kept theirs",
    "narrows": "explained {explains} of the target's variation and {beside} in later rows, where its values vary less than half as much",
}


def _of_columns(_: Study, check: LeakCheck) -> tuple[str, str]:
    if not check.columns:
        strong, explains = check.evidence.get("strongest"), _value(check, "strongest_explains")
        claim = (
            f"No column knows the target better than it should: the strongest, {str(strong)[:60]}, explains "
            f"{number(explains, 'percent')} of its variation, and nothing else speaks against it."
        )
        if "dominates" in check.evidence:
            alone, others = (number(_value(check, f"dominates_{key}"), "percent") for key in ("explains", "beside"))
            column = str(check.evidence["dominates"])[:60]
            claim += f" {column} explains {alone} where all others together explain {others}: was it known in time?"
            return (
                claim,
                f"Find out when {column} is written. If after the outcome, name it in known_after= and drop it.",
            )
        return claim, "Name columns that are written after the outcome in known_after=: strength alone can't tell them."
    said = []
    for place, column in enumerate(check.columns[:3]):
        sign = _SIGNS[str(check.evidence[f"sign_{place}"])]
        known, others = (number(_value(check, f"{key}_{place}"), "percent") for key in ("explains", "beside"))
        said.append(f"{'the column ' if place == 0 else ''}{column[:60]} {sign.format(explains=known, beside=others)}")
    more = f"; and {len(check.columns) - 3} more" if len(check.columns) > 3 else ""
    claim = "; ".join(said) + more
    action = f"Find out when {listed(check.columns, most=3)} is written. If after the outcome, drop it, refit and score again."
    if all(check.evidence[f"sign_{place}"] == "narrows" for place in range(len(check.columns))):
        action += " A season or another mix does the same to an honest column: then there is nothing to do."
    return f"{claim}.", action


def _of_gaps(_: Study, check: LeakCheck) -> tuple[str, str]:
    if not check.columns:
        count = int(_value(check, "columns_with_gaps"))
        return (
            f"Whether a cell is missing gives no outcome away: {count} of the model's columns have missing cells."
            if count
            else "None of the model's columns has missing cells, so none can give the outcome away."
        ), "Nothing to do."
    late = int(_value(check, "written_late"))
    what = (
        "filled only where the target is known" if late and isnan(check.value) else
        f"missing or not, it fixes the outcome, for {number(check.value, 'percent')} of the rows with that outcome"
    )  # fmt: skip
    return (
        f"A missing cell tells the target in {listed(check.columns, most=3)}: {what}.",
        f"Find out why {listed(check.columns, most=3)} is empty. If it is filled in after the outcome, drop it and refit.",
    )


def _of_twins(kind: str) -> Callable[[Study, LeakCheck], tuple[str, str]]:
    def sentence(_: Study, check: LeakCheck) -> tuple[str, str]:
        share, chance = (number(_value(check, key), "percent") for key in ("twin_share", "chance_share"))
        over = written(check.value, check.lower, check.upper, "percent")
        same = _value(check, "same_label_share")
        label = (
            ""
            if isnan(same) or check.status != "failed"
            else f" Of these, {number(same, 'percent')} have the same label."
        )
        claim = f"{share} of the test's rows are {kind} of training rows"
        if check.status == "failed":
            return (
                f"{claim}; chance explains {chance}, so {over} are copies.{label}",
                "Remove duplicates before the split (keep one row of each), split again, refit and score again.",
            )
        if check.status == "passed":
            return f"{claim}, no more than chance explains ({chance}).", "Nothing to do."
        return (
            f"{claim}; chance explains {chance}, and {over} beyond that can't be told from none.",
            "Pass later rows as production=, or a larger test, to tell innocent twins from copies.",
        )

    return sentence


def _of_groups(study: Study, check: LeakCheck) -> tuple[str, str]:
    if not check.columns:
        count = int(_value(check, "columns_taken_for_groups"))
        found = f"{count} could name a person, machine or series, none shared more than in later rows" if count else (
            "none names a person, machine or series whose rows are alike")  # fmt: skip
        return (
            f"No group stands on both sides of the split: of {int(_value(check, 'columns_searched'))} columns {found}.",
            "Nothing to do.",
        )
    column = check.columns[0][:60]
    known = f"{number(_value(check, 'shared_share'), 'percent')} of the test's rows have a {column} that the model learned from"
    action = (
        f"Split by {column} (entity={column!r}), refit and quote that score, unless production meets the same ones."
    )
    worth = f"knowing them adds {written(check.value, check.lower, check.upper)} {study.metric.label}"
    return {
        "failed": (f"{known}; {worth}, which new ones won't give.", action),
        "passed": (f"{known}, but {worth}, within the margin.", "Nothing to do."),
        "not_enough_data": (f"{known}; {worth}, too uncertain to call.", action),
    }.get(
        check.status,
        (f"{known}; what that adds can't be measured: the model can't be refitted, or too few rows are left.", action),
    )


def _of_order(study: Study, check: LeakCheck) -> tuple[str, str]:
    reversed_share = _value(check, "pairs_reversed_share")
    if check.status == "passed" and isnan(check.value):
        return "The model learned from rows before the test's.", "Nothing to do."
    pairs = f"In {number(reversed_share, 'percent')} of pairs the training row is later than the test row"
    worth = f"knowing later rows adds {written(check.value, check.lower, check.upper)} {study.metric.label}"
    action = "Split by time: train on what came before the test, refit and quote that score."
    return {
        "failed": (f"{pairs}; {worth}, which production won't give.", action),
        "passed": (f"{pairs}, but {worth}, within the margin.", "Nothing to do; splitting by time costs little, too."),
        "not_enough_data": (f"{pairs}; {worth}, too uncertain to call.", action),
    }.get(
        check.status,
        (f"{pairs}; what that adds can't be measured: the model can't be refitted, or too few rows are left.", action),
    )


def _of_dates(_: Study, check: LeakCheck) -> tuple[str, str]:
    if not check.columns:
        return "No date that the model takes lies after its row's own time.", "Nothing to do."
    names = listed(check.columns, most=3)
    return (
        f"{names} lies after the row's own time in up to {number(check.value, 'percent')} of rows: was it known then?",
        f"Drop {names} unless it is planned ahead (a due date, an end of contract); then refit and score again.",
    )


def _of_procedure(study: Study, check: LeakCheck) -> tuple[str, str]:
    gain = written(check.value, check.lower, check.upper)
    tried = f"On shuffled labels your procedure scores {gain} above chance ({study.metric.label} {number(_value(check, 'chance'))})"
    return {
        "failed": (f"{tried}: it looks at labels before it splits.", "Move selecting, encoding and resampling inside the folds: one Pipeline, fitted on training rows only."),
        "passed": (f"{tried}, within the margin; it would have seen {number(_value(check, 'visible'))}.", "Nothing to do."),
    }.get(check.status, (f"{tried}, too uncertain to call.", "Raise shuffles=."))  # fmt: skip


_SENTENCES: Mapping[str, Callable[[Study, LeakCheck], tuple[str, str]]] = {
    "columns": _of_columns, "gaps": _of_gaps, "duplicates": _of_twins("exact twins"),
    "near_duplicates": _of_twins("near twins"), "groups": _of_groups, "order": _of_order, "dates": _of_dates,
    "procedure": _of_procedure,
}  # fmt: skip
