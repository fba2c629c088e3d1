"""What a tournament found: the luck of its winner, and whether plain models or the truth do better."""

from dataclasses import dataclass, replace

import numpy as np

from mlops_widgets.core.result import Finding, Status
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.errors import listed
from mlops_widgets.measures.contests.selection import lead
from mlops_widgets.measures.contests.standings import Standings
from mlops_widgets.measures.verdicts import Verdict, judge
from mlops_widgets.overfitting.contest.answers import Contest
from mlops_widgets.overfitting.contest.holdouts import Holdouts

Evidence = dict[str, float | int | str | bool | None]

_CHOOSE = "Choose with nested cross-validation and keep one test set that nobody may tune on."


@dataclass(frozen=True, kw_only=True)
class Played:
    """Everything that the findings are made of.

    Parameters
    ----------
    rows, contest, s
        Who learned from what, who took part, and where everybody stands.
    margin
        The largest luck that doesn't matter.
    users_own
        Whether a model of the user's took part; else the findings are about invented models.
    """

    rows: Holdouts
    contest: Contest
    s: Standings
    margin: float
    users_own: bool


def find(played: Played) -> tuple[Finding, ...]:
    """Return the findings, the luck of the winner first; of invented models they warn at most and cost nothing."""
    found = [_luck(played), _against_plain(played)]
    found += [_against_truth(played)] if played.contest.ceiling is not None else []
    found += [_absent(played)] if played.contest.dropped else []
    return tuple(found if played.users_own else map(_invented, found))


def _invented(finding: Finding) -> Finding:
    status: Status = "warning" if finding.status == "failed" else finding.status
    return replace(finding, status=status, cost=None, evidence={**finding.evidence, "users_own": False})


def _luck(played: Played) -> Finding:
    """OV-TO-01: how much of the winner's score is the luck of being picked, whatever production is like."""
    s = played.s
    luck, gap, won = s.redrawn.luck, s.redrawn.gap, s.winner
    verdict = judge(luck.lower, luck.upper, margin=played.margin, n=luck.rows, estimate=luck.value)
    evidence: Evidence = {
        "winner": played.contest.names[won.index], "models": s.k, "test_rows": s.start, "offline": won.offline,
        "later": won.later, "true_rank": won.rank, "by_luck": known(luck.value), "lower": known(luck.lower),
        "upper": known(luck.upper), "margin": played.margin, "redraws": s.redrawn.redraws, "promised_too_much": gap.value,
        "promised_lower": gap.lower, "promised_upper": gap.upper, "by_change": known(s.redrawn.change.value),
        "later_rows": s.later.rows, "train_rows": played.rows.train.rows,
    }  # fmt: skip
    action = _CHOOSE
    if verdict.status == "passed":
        action = (
            f"Look at OV-LG-01: {_others(played)}."
            if _drifted(played)
            else "Keep one test set that nobody may tune on."
        )
    return Finding(
        code="OV-TO-01", status=verdict.status, claim=_luck_claim(played, verdict), evidence=evidence, action=action,
        cost=max(luck.value, 0.0) if np.isfinite(luck.value) else None, cost_unit=s.metric.label,
    )  # fmt: skip


def _others(played: Played) -> str:
    """Return why a model that nobody picks loses too."""
    return "production differs from the test" if played.rows.where == "in production" else "the later rows differ"


def _drifted(played: Played) -> bool:
    """Say whether later rows themselves cost or bring more than the margin, beyond chance."""
    change = played.s.redrawn.change
    return abs(change.value) > played.margin and (change.lower > 0 or change.upper < 0)


def _luck_claim(played: Played, verdict: Verdict) -> str:
    s, where = played.s, played.rows.where
    luck, redraws = s.redrawn.luck, s.redrawn.redraws
    scored = (
        f"{number(s.winner.offline)} ({s.metric.label}) on {s.start:,} test rows and {number(s.winner.later)} {where}"
    )
    learned = f"on {played.rows.train.rows:,} rows"
    if s.k == 1:
        rest = f"; {_change(played)}" if _drifted(played) else ""
        return f"The only model tried, trained anew {learned}, scored {scored}. Nothing was picked, so no luck of picking is in it{rest}."
    first = f"The winner of {s.k:,} models, each trained {learned}, scored {scored}."
    if not np.isfinite(luck.value):
        return (
            f"{first} How much of that is luck can't be told: {s.metric.label} has no value on the test rows left out."
        )
    said = estimate(luck.value, luck.lower, luck.upper)
    again = f"Picked anew on {redraws} such tests" if redraws > 1 else ""
    if _drifted(played) and s.redrawn.gap.value > 0 and s.redrawn.change.value > 0:
        loses = f"Of the {number(s.redrawn.gap.value)} that the winner loses {where}"
        loses += f", picked anew on {redraws} such tests," if again else ","
        rest = f"{loses} {said} is the luck of picking; {_change(played)}."
    else:
        rest = f"{again}, the winner's score is {said} luck on average" if again else f"Of its score, {said} is luck"
        rest += f"; {_change(played)}." if _drifted(played) else "."
    narrow = f" {verdict.sentence}" if verdict.status == "not_enough_data" else ""
    return f"{first} {rest}{narrow}"


def _change(played: Played) -> str:
    change = played.s.redrawn.change.value
    verb = "loses" if change > 0 else "gains"
    return f"a model that nobody picks {verb} {number(abs(change))} too: {_others(played)} (see OV-LG-01)"


def _against_plain(played: Played) -> Finding:
    """OV-TO-02: whether the winner loses to the baseline that nobody tuned."""
    s, where, name = played.s, played.rows.where, played.contest.plain_name
    ahead, share = lead(s.metric, s.later, s.k, s.winner.index, seed=s.seed), s.plain_ahead_share
    status: Status = "not_enough_data"
    if ahead.lower > 0:
        status = "warning"
    elif ahead.upper < played.margin:
        status = "passed"
    size, _, span = estimate(ahead.value, ahead.lower, ahead.upper).partition(" ")
    apart = f"{size} apart {span}".strip()
    if ahead.lower > 0:
        by = estimate(ahead.value, ahead.lower, ahead.upper)
        claim = f"Plain {name}, tuned by nobody, is better than the winner {where}, by {by}."
    elif ahead.upper < 0:
        by = estimate(-ahead.value, -ahead.upper, -ahead.lower)
        claim = f"The winner is better than plain {name} {where}, by {by}."
    elif status == "passed":
        claim = f"Plain {name}, tuned by nobody, is as good as the winner {where}: {apart}."
    else:
        claim = f"Plain {name}, tuned by nobody, can't be told from the winner {where}: {apart}."
    if s.redrawn.redraws > 1:
        claim += f" Plain {name} beats the winner of {number(share, 'percent')} of the redrawn tests."
    evidence: Evidence = {
        "winner_later": s.winner.later, "plain_later": float(s.after[s.k]), "plain_ahead": ahead.value,
        "lower": ahead.lower, "upper": ahead.upper, "margin": played.margin, "plain_ahead_share": share,
    }  # fmt: skip
    return Finding(
        code="OV-TO-02", status=status, claim=claim, evidence=evidence, cost_unit=s.metric.label,
        action="Compare every winner with a plain model on rows that chose neither of them.",
        cost=ahead.value if status == "warning" else 0.0,
    )  # fmt: skip


def _against_truth(played: Played) -> Finding:
    """OV-TO-03: whether the winner's offline score is above what the true probabilities score on the same rows."""
    s, offline = played.s, played.s.winner.offline
    ceiling, share = float(s.here[s.k + 1]), s.above_ceiling_share
    above = bool(s.metric.gain(offline, ceiling) > 0)
    verb, rest = ("is better than", ": the rest is luck, or a leak.") if above else ("isn't better than", ".")
    claim = (
        f"The winner's {number(offline)} on {s.start:,} test rows {verb} {number(ceiling)}, "
        f"what the true probabilities score on the same rows{rest}"
    )
    if s.redrawn.redraws > 1:
        claim += f" In {number(share, 'percent')} of the redrawn tests the winner is better than they are."
    evidence: Evidence = {
        "winner_offline": offline, "ceiling_offline": ceiling, "ceiling_later": s.ceiling[1], "above_ceiling_share": share,
    }  # fmt: skip
    return Finding(
        code="OV-TO-03", status="warning" if above else "passed", claim=claim, evidence=evidence, cost_unit=s.metric.label,
        action="Distrust a score that is better than anything you have seen in production.",
        cost=float(s.metric.gain(offline, ceiling)) if above else 0.0,
    )  # fmt: skip


def _absent(played: Played) -> Finding:
    """OV-TO-04: models of the user's that couldn't take part."""
    gone = played.contest.dropped
    what = "1 of your models" if len(gone) == 1 else f"{len(gone):,} of your models"
    claim = f"{what} couldn't take part: {listed((f'{name} ({why})' for name, why in gone), most=5)}."
    evidence: Evidence = {"dropped": len(gone), "names": listed((f"{name}: {why}" for name, why in gone), most=20)}
    action = f"Fit them on {played.rows.train.rows:,} rows yourself to see the error."
    return Finding(code="OV-TO-04", status="warning", claim=claim, evidence=evidence, action=action)
