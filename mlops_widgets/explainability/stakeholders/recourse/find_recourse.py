"""Recourse for one row: near, valid and possible changes after which the model would answer as wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.explainability.attribution.chosen_rows import Row, home_of
from mlops_widgets.explainability.stakeholders.recourse.aim import Wanted
from mlops_widgets.explainability.stakeholders.recourse.blocked import find_blocks
from mlops_widgets.explainability.stakeholders.recourse.case import (
    Case,
    case_of,
    changes_of,
    fixed_columns,
    free_columns,
    rule_gaps,
)
from mlops_widgets.explainability.stakeholders.recourse.constraints import Given as Constraints
from mlops_widgets.explainability.stakeholders.recourse.firming import FIRM_SHARE
from mlops_widgets.explainability.stakeholders.recourse.likeness import USUAL_SHARE, Likeness, learn_likeness
from mlops_widgets.explainability.stakeholders.recourse.proposal_choice import choose
from mlops_widgets.explainability.stakeholders.recourse.proposals import Proposal
from mlops_widgets.explainability.stakeholders.recourse.recourse_findings import find
from mlops_widgets.explainability.stakeholders.recourse.recourse_result import RecourseResult
from mlops_widgets.explainability.stakeholders.recourse.robustness import (
    MOST_FIT_ROWS,
    NOISE,
    refits_holding,
    refitted,
)
from mlops_widgets.explainability.stakeholders.recourse.rules import Given as RuleGiven
from mlops_widgets.explainability.stakeholders.recourse.search import Search, search
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.study import Study


@strategy("EX-RE")
def find_recourse(
    study: Study,
    row: Row = 0,
    constraints: Constraints = None,
    *,
    wanted: Wanted = None,
    rules: Mapping[str, RuleGiven] | None = None,
    table: str | None = None,
    most_changes: int = 3,
    most_proposals: int = 5,
    most_rows: int = 15_000,
    draws: int = 50,
    refits: int = 3,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> RecourseResult:
    """Find out which near and possible changes to a row would bring the model to the answer that is wanted.

    A grid over one to three columns is put to the model, the nearest changes are refined, and every proposal is verified:
    the model answers as wanted, and no part of the changes does alone. What changes the model's answer needn't change the
    outcome.

    Parameters
    ----------
    study
        With a model that can be asked.
    row
        Position in the table, or one row as a mapping or frame of the model's columns; by default the first.
    constraints
        Column → "free", "immutable", "increase", "decrease", or a map with any of change, lower, upper, step, cost (weight,
        1 by default) and allowed (a list); or the path of a TOML file with sections [columns.<name>] and [rules]. By
        default fixed: ids, time, entity, groups, dates, and columns whose name or label says that they tell who somebody is
        (age, sex, race …); all others are free between the reference's 1 % and 99 % quantiles.
    wanted
        A class, or `(lower, upper)` of the positive class's probability or of a predicted number, None for an open end. By
        default another decision than the model's; a study that predicts numbers needs a range.
    rules
        Column → how it follows from others: a function of the changed rows (and, with a second parameter, of the row as it
        was), or an expression such as "before(debt_to_income) * before(income) / income"; False where it follows from
        nothing. A column that others determine and that has no rule isn't changed.
    table
        Name of the table that positions count in; by default the test, else production, else the reference.
    most_changes
        Most columns changed at once, 1 to 3.
    most_proposals
        Most proposals, 1 or more.
    most_rows
        Most rows of the grid, 100 or more.
    draws
        Noisy copies that each proposal is tried on, 0 or more; one that breaks in more than a fifth of them is taken further.
    refits
        Models fitted again on resampled reference rows that each proposal is tried on, 0 or more.
    seed
        Seed of samples, noise and refits.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    RecourseResult or NoResult
        Findings: EX-RE-01 what would do, EX-RE-02 columns that follow from others, EX-RE-03 plausibility, EX-RE-04 whether it
        holds under noise and refits, EX-RE-05 what stands in the way, EX-RE-06 columns free by default.

    Raises
    ------
    InputError
        If the row, a constraint, a rule or an option can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> from sklearn.linear_model import LogisticRegression
    >>> table = mw.sample("loans").test.pandas()[["income", "credit_score", "defaulted"]]
    >>> model = LogisticRegression(max_iter=500).fit(table[["income", "credit_score"]], table["defaulted"])
    >>> study = mw.load_study(model=model, test=table, target="defaulted", decision_threshold=0.3)
    >>> result = find_recourse(study, {"income": 20_000, "credit_score": 620}, {"income": "immutable"}, wanted=0)
    >>> [change.column for change in result.proposals[0].changes]
    ['credit_score']
    """
    check_counts(
        most_changes=(most_changes, 1), most_proposals=(most_proposals, 1), most_rows=(most_rows, 100), draws=(draws, 0),
        refits=(refits, 0), seed=(seed, 0),
    )  # fmt: skip
    if most_changes > 3:
        raise InputError(f"most_changes={most_changes}. Pass 1, 2 or 3.")
    if not isinstance(study.model, EstimatorPredictor):
        raise MissingInputError(
            "model that can be asked", "Pass model= or predict=: logged answers can't be asked again."
        )
    case = case_of(study, row, table, constraints, rules=rules, wanted=wanted, cancel=cancel, seed=seed)
    options = _Options(most_changes, most_proposals, most_rows, draws, refits)
    result = _searched(study, case, options, progress)
    return replace(result, findings=find(result))


@dataclass(frozen=True)
class _Options:
    most_changes: int
    most_proposals: int
    most_rows: int
    draws: int
    refits: int


def _searched(study: Study, case: Case, options: _Options, progress: Progress | None) -> RecourseResult:
    asker = case.asker
    now = asker.ask(np.full((1, len(asker.moves)), np.nan))
    likeness = learn_likeness(home_of(study), study.model.features, case.rng)
    own = float(likeness.distances(asker.row)[0])
    result = RecourseResult(
        findings=(), rows=len(case.reference), seed=case.seed, method=_method(options, study), reference=_REFERENCE,
        row_name=case.name, aim=asker.aim.text, present=asker.aim.present, scale=asker.aim.scale, limit=asker.aim.limit,
        shown=float(now.shown[0]), reached=bool(now.reached[0]), proposals=(), fixed=fixed_columns(study, case),
        free=free_columns(study, case), following=case.following, rule_gap=rule_gaps(case), tried=0,
        most_changes=options.most_changes, columns_tried=(), usual_distance=likeness.limit, own_distance=own,
        draws=options.draws, refits=0, synthetic=study.synthetic,
    )  # fmt: skip
    if result.reached:
        return result
    found = search(
        asker, most_changes=options.most_changes, most_rows=options.most_rows, progress=part(progress, 0.0, 0.7)
    )
    result = replace(result, tried=found.tried, columns_tried=found.columns)
    if not len(found.found):
        return _unreached(study, case, result, found, part(progress, 0.7, 1.0))
    return _proposed(study, case, result, found, likeness=likeness, options=options)


def _proposed(
    study: Study, case: Case, result: RecourseResult, found: Search, *, likeness: Likeness, options: _Options
) -> RecourseResult:
    """Return the result with its proposals."""
    asker = case.asker
    chosen = choose(
        case, found.found, likeness, own_distance=result.own_distance, most=options.most_proposals, draws=options.draws
    )
    shown = asker.ask(chosen.codes).shown
    models = refitted(study, fits=options.refits, rng=case.rng, asker=asker)
    agreeing = refits_holding(asker, chosen.codes, models)
    proposals = tuple(
        Proposal(
            changes=changes_of(study, asker, chosen.codes[k]), cost=float(chosen.cost[k]), shown=float(shown[k]),
            distance=float(chosen.distance[k]), like_rows=int(chosen.like_rows[k]), plausible=bool(chosen.plausible[k]),
            holding_share=float(chosen.holding_share[k]), refits_holding=int(agreeing[k]),
        )
        for k in range(len(chosen.codes))
    )  # fmt: skip
    return replace(result, proposals=proposals, refits=len(models))


def _unreached(
    study: Study, case: Case, result: RecourseResult, found: Search, progress: Progress | None
) -> RecourseResult:
    tied = {each.column: "it follows from others" for each in case.following if not each.rule}
    blocks = find_blocks(case.asker, case.constraints, tied, case.reference, words=study.words, progress=progress)
    miss = () if np.isnan(found.miss).all() else changes_of(study, case.asker, found.miss)
    return replace(result, miss=miss, miss_shown=found.miss_shown, blocks=blocks)


_REFERENCE = "Wachter, Mittelstadt & Russell 2017 (units); Ustun, Spangher & Liu 2019; Karimi et al. 2021 (causality)"


def _method(options: _Options, study: Study) -> str:
    home = home_of(study).name
    return (
        f"Grid over 1 to {options.most_changes} columns, in units of the median distance of {home}'s rows from their median; refined by "
        f"halving, stripped of changes that aren't needed, and taken further until {number(FIRM_SHARE, 'percent')} of {options.draws} "
        f"noisy copies hold ({number(NOISE)} units); each proposal verified by the model. Plausible: five rows of {home} or more with such "
        f"values, and no farther from its nearest five rows than {number(USUAL_SHARE, 'percent')} of its own rows are from theirs. "
        f"Refits on {MOST_FIT_ROWS:,} resampled rows at most"
    )
