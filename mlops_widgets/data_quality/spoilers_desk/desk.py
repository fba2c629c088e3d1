"""The spoiler's desk: six spills, how much of each, and what the dials of the team and of production show then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import Form
from mlops_widgets.data_quality.spills import Spill
from mlops_widgets.data_quality.spoilers_desk.desk_findings import find
from mlops_widgets.data_quality.spoilers_desk.game import Game, checked_shares, chosen_spills
from mlops_widgets.data_quality.spoilers_desk.made_up import made_up_desk
from mlops_widgets.data_quality.spoilers_desk.own_study import study_desk
from mlops_widgets.data_quality.spoilers_desk.play import Desk
from mlops_widgets.data_quality.spoilers_desk.repairs import REPAIRS
from mlops_widgets.data_quality.spoilers_desk.rounds import Rounds
from mlops_widgets.errors import MissingInputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.study.scoring import no_value
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]

_SHARES = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4)
_OWN_SHARES = (0.0, 0.1, 0.4)
_ROUNDS, _OWN_ROUNDS = 5, 3
_MARGIN = 0.03
_MOST_NAMED = 2
_TEAM_ROWS, _LIVE_ROWS = 2400, 3600
_OWN_TEAM_ROWS, _OWN_LIVE_ROWS = 1000, 1500
_REFERENCE = "Natarajan et al. 2013 (wrong labels); Elkan & Noto 2008 (labels that are late)"


@dataclass(frozen=True, kw_only=True)
class Dial:
    """A number that is watched: its name, what it is called, how it is written, and its ends where it has any."""

    name: str
    label: str
    form: Form = "number"
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, kw_only=True)
class SpoilersDeskResult(Result):
    """What each spill does to each dial, by the share of rows that it hits, before and after its repair.

    Parameters
    ----------
    spills, labels, shorts, repairs
        The spills: names, what they are called in a sentence and on a button, and how each is repaired; shape (k,).
    columns
        The columns that each hits, in words; empty where all or none.
    shares
        Shares of rows hit, 0 first, shape (s,).
    dials
        What is watched, shape (d,).
    values, lower, upper
        Means over the rounds with their 95 % intervals, shape (k, s, 2, d): the third axis is before and after the repair.
    change, change_lower, change_upper
        The same of the differences from the clean rows.
    metric_label, greater_is_better
        What the scores are, and whether more of it is better.
    rounds, team_rows, live_rows
        Rounds played, and rows in each: of the team, and later ones.
    start
        The spill and the share that are shown first, as positions.
    left_out
        Spills that these rows can't have, each with its reason.
    synthetic
        Whether the data were made up.
    """

    spills: tuple[str, ...]
    labels: tuple[str, ...]
    shorts: tuple[str, ...]
    repairs: tuple[str, ...]
    columns: tuple[str, ...]
    shares: tuple[float, ...]
    dials: tuple[Dial, ...]
    values: Floats
    lower: Floats
    upper: Floats
    change: Floats
    change_lower: Floats
    change_upper: Floats
    metric_label: str
    greater_is_better: bool
    rounds: int
    team_rows: int
    live_rows: int
    start: tuple[int, int]
    left_out: tuple[str, ...] = ()
    synthetic: bool = False

    def first_reading(self, dial: str) -> float:
        """Return what a dial reads at the spill that is shown first, before its repair.

        Raises
        ------
        UnknownNameError
            If there is no such dial.
        """
        names = [each.name for each in self.dials]
        if dial not in names:
            raise UnknownNameError(f"Unknown dial {dial!r}. Dials: {listed(names)}.{did_you_mean(dial, names)}")
        return float(self.values[(*self.start, 0, names.index(dial))])

    def frame(self) -> "pd.DataFrame":
        """Return one row a spill, share and state: the dials with their intervals."""
        import pandas as pd

        rows = []
        for k, s, r in product(range(len(self.spills)), range(len(self.shares)), range(2)):
            row: dict[str, object] = {"spill": self.spills[k], "share": self.shares[s], "repaired": bool(r)}
            for d, dial in enumerate(self.dials):
                row |= {dial.name: self.values[k, s, r, d], f"{dial.name}_lower": self.lower[k, s, r, d],
                        f"{dial.name}_upper": self.upper[k, s, r, d]}  # fmt: skip
            rows.append(row)
        return pd.DataFrame(rows)


def run_spoilers_desk(
    study: Study | None = None,
    *,
    spills: Sequence[str] | None = None,
    shares: Sequence[float] | None = None,
    rounds: int | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> SpoilersDeskResult | NoResult:
    """Spill something into the rows of a desk, and see which dial moves: the team's score, or what production gets.

    Six spills: near-duplicates before the split, wrong labels, outcomes not booked yet, missing cells written as a number in
    training, another unit at serving, a bad join at serving. What the team learns from and tests on is spoilt by the first
    four, so its own score is measured on spoilt rows; production is always judged by the labels that are right. After each
    spill the repair that somebody could make is made, and measured too.

    Parameters
    ----------
    study
        A study: its rows and its model, learned anew from spoilt rows where that is possible. None for made-up loans (a
        logistic regression; a forest for the near-duplicates, because it remembers rows).
    spills
        Names of the spills, of "near_duplicates", "flipped_labels", "late_labels", "sentinel", "unit" and "bad_join"; by default
        all.
    shares
        Shares of rows that are hit, 0 to 1; by default 0, 1, 5, 10, 20 and 40 %, of a study 0, 10 and 40 %.
    rounds
        How often it is played with other rows, 2 or more; by default 5, of a study 3. Intervals are over rounds.
    seed
        Seed of rows, spills and models.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    SpoilersDeskResult or NoResult
        Findings: DQ-SD-01 a spill that makes the team's score better, DQ-SD-02 one that the score doesn't show, DQ-SD-03 what
        no repair gives back, DQ-SD-04 what little of it costs, DQ-SD-05 spills that these rows can't have.

    Raises
    ------
    WrongTypeError
        If `study` is something else.
    UnknownNameError
        If there is no such spill.
    InputError
        If a share or a count is out of its range.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> desk = mw.data_quality.run_spoilers_desk(shares=(0, 0.4), rounds=2)
    >>> flattered = desk.change[desk.spills.index("near_duplicates"), 1, 0]
    >>> bool(flattered[0] > 0.1), bool(abs(flattered[1]) < 0.05)
    (True, True)
    """
    if study is not None and not isinstance(study, Study):
        raise WrongTypeError(f"study={type(study).__name__}. Pass a Study (mw.load_study), or None for made-up loans.")
    usual = (_OWN_SHARES, _OWN_ROUNDS) if study else (_SHARES, _ROUNDS)
    count = usual[1] if rounds is None else rounds
    check_counts(rounds=(count, 2), seed=(seed, 0))
    game = Game(
        spills=chosen_spills(spills), shares=checked_shares(usual[0] if shares is None else shares), rounds=count, seed=seed,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    if study is None:
        return _on_loans(game)
    found = _on_study(study, game)
    return replace(found, strategy="run_spoilers_desk") if isinstance(found, NoResult) else found


def _on_loans(game: Game) -> SpoilersDeskResult:
    def made(at: int) -> Desk:
        return made_up_desk(team_rows=_TEAM_ROWS, live_rows=_LIVE_ROWS, seed=game.seed_of(at))

    first = made(0)
    played = game.play(lambda at: made(at) if at else first, game.spills)
    dials = (
        *_scores("ROC AUC"),
        Dial(name="approved", label="loans approved", form="percent", lower=0, upper=1),
        Dial(name="bad_rate", label="bad rate of the approved", form="percent", lower=0, upper=1),
        Dial(name="profit", label="earned per 100 applications"),
    )
    method = (
        f"{game.rounds} rounds of {_TEAM_ROWS:,} made-up loans (75 % learned from, 25 % tested on) and {_LIVE_ROWS:,} later ones; approved below a "
        "probability of 15 %, where a repaid 100 earns 15 and a lost one costs 85; intervals: t over rounds"
    )
    return _result(
        played, game, game.spills, first, dials, metric_label="ROC AUC", greater_is_better=True, margin=_MARGIN, method=method,
        synthetic=True,
    )  # fmt: skip


@strategy("DQ-SD")
def _on_study(study: Study, game: Game) -> SpoilersDeskResult:
    def made(at: int) -> Desk:
        more = {"team_rows": _OWN_TEAM_ROWS, "live_rows": _OWN_LIVE_ROWS, "seed": game.seed_of(at)}
        return study_desk(study, **more, places=places).desk if at else first.desk

    first = study_desk(study, team_rows=_OWN_TEAM_ROWS, live_rows=_OWN_LIVE_ROWS, seed=game.seed_of(0))
    places = first.desk.places
    spills = tuple(spill for spill in game.spills if spill.name in places)
    if not spills:
        raise MissingInputError("column or label that can be spilled", f"Here {_reasons(game, first.left_out)[0]}.")
    played = game.play(made, spills)
    score = float(played.draws[:, :, 0, 0, 1].mean())
    if not np.isfinite(score):
        raise no_value(study, f"on rows drawn from {first.live_table}")
    method = (
        f"{game.rounds} rounds of rows drawn from {first.team_table} (75 % learned from, 25 % tested on) and {first.live_table}; "
        f"{study.model.name} learned anew in each; intervals: t over rounds"
    )
    return _result(
        played, game, spills, first.desk, (*_scores(study.metric.label), *_decisions(study)), metric_label=study.metric.label,
        greater_is_better=study.metric.greater_is_better, margin=study.accepted_loss(score), method=method,
        synthetic=study.synthetic, left_out=_reasons(game, first.left_out),
    )  # fmt: skip


def _reasons(game: Game, left_out: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(f"{spill.label}: {left_out[spill.name]}" for spill in game.spills if spill.name in left_out)


def _scores(metric: str) -> tuple[Dial, Dial]:
    return Dial(name="team", label=f"{metric} that the team sees"), Dial(
        name="production", label=f"{metric} in production"
    )


def _decisions(study: Study) -> tuple[Dial, Dial]:
    if study.task == "regression":
        return Dial(name="mean", label="mean answer"), Dial(name="error", label="mean error", lower=0)
    called = "positive decisions" if study.task == "binary" else "answers of the commonest class"
    return (
        Dial(name="decided", label=called, form="percent", lower=0, upper=1),
        Dial(name="rate", label="right among these", form="percent", lower=0, upper=1),
    )


def _result(
    played: Rounds, game: Game, spills: Sequence[Spill], desk: Desk, dials: tuple[Dial, ...], *, metric_label: str,
    greater_is_better: bool, margin: float, method: str, synthetic: bool, left_out: tuple[str, ...] = (),
) -> SpoilersDeskResult:  # fmt: skip
    team_rows, live_rows = len(desk.team), len(desk.live)
    hit = [desk.places[spill.name] for spill in spills]
    columns = tuple(", ".join(names) if len(names) <= _MOST_NAMED else "" for names in hit)
    values, lower, upper = played.bounds([(dial.lower, dial.upper) for dial in dials])
    change, change_lower, change_upper = played.changes()
    result = SpoilersDeskResult(
        findings=(), rows=played.rounds * (team_rows + live_rows), seed=game.seed, method=method, reference=_REFERENCE,
        spills=tuple(spill.name for spill in spills), labels=tuple(spill.label for spill in spills),
        shorts=tuple(spill.short for spill in spills), repairs=tuple(REPAIRS[spill.name] for spill in spills), columns=columns,
        shares=game.shares, dials=dials, values=values, lower=lower, upper=upper, change=change, change_lower=change_lower,
        change_upper=change_upper, metric_label=metric_label, greater_is_better=greater_is_better, rounds=played.rounds,
        team_rows=team_rows, live_rows=live_rows, start=(0, len(game.shares) - 1), left_out=left_out, synthetic=synthetic,
    )  # fmt: skip
    findings = find(result, margin=margin)
    place = findings[0].evidence.get("place")
    start = divmod(int(place), len(game.shares)) if isinstance(place, int) else result.start
    return replace(result, findings=findings, start=start)
