"""What the test would have promised if its rows were mixed as production's, or as the user says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.overfitting.representative.mixes import Mix, mix_grids
from mlops_widgets.overfitting.representative.pair import Pair, pair_of
from mlops_widgets.overfitting.representative.reweighting_findings import reasons_against, reweighting_findings
from mlops_widgets.overfitting.representative.targets import Target, production_mix, user_mix
from mlops_widgets.overfitting.representative.weighted_scores import reweighted
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
PRODUCTION = "production"


@dataclass(frozen=True, kw_only=True)
class ReweightResult(Result):
    """The test's score under another mix of rows, with what speaks for and against believing it.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    mix
        The mix in words.
    assumption
        What must hold for the reweighted score to be production's.
    value, lower, upper
        The score under the mix, with its 95 % interval.
    unweighted, unweighted_lower, unweighted_upper
        The score on the test as it is.
    realised, realised_lower, realised_upper
        Production's score on its labelled rows; NaN without any, or under a mix of the user's.
    harm, harm_lower, harm_upper
        How much worse the mix makes it, in the metric's unit.
    margin
        The largest loss that doesn't matter.
    effective_rows, effective_share
        How many equally weighted rows the weights leave, and as a share of what the test has (Kish 1965).
    unsupported_share
        Share of the mix where the test has hardly a row.
    pareto_k, pareto_limit
        Shape of the weights' tail and its limit (Vehtari et al. 2024); NaN where the weights take few values.
    imbalance_before, imbalance_after
        How far the most different column is from the mix, before and after weighting, 0 to 1; NaN under a mix of the
        user's, which is hit exactly.
    reasons
        Why the reweighted score can't be trusted: "unsupported", "few effective rows", "heavy tail", "unbalanced".
    mixes, grid_values, grid_lower, grid_upper
        What sliders show: columns with their levels, and for each level of each in turn the score and interval at 41
        shares from 0 to 1, shape (levels, 41).
    test_rows
        Labelled rows of the test.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    mix: str
    assumption: str
    value: float
    lower: float
    upper: float
    unweighted: float
    unweighted_lower: float
    unweighted_upper: float
    realised: float
    realised_lower: float
    realised_upper: float
    harm: float
    harm_lower: float
    harm_upper: float
    margin: float
    effective_rows: float
    effective_share: float
    unsupported_share: float
    pareto_k: float
    pareto_limit: float
    imbalance_before: float
    imbalance_after: float
    reasons: tuple[str, ...]
    mixes: tuple[Mix, ...]
    grid_values: Floats
    grid_lower: Floats
    grid_upper: Floats
    test_rows: int
    synthetic: bool

    @property
    def trusted(self) -> bool:
        """Whether nothing speaks against the reweighted score."""
        return not self.reasons

    def frame(self) -> "pd.DataFrame":
        """Return one row a score: the test as it is, under the mix, and production's own."""
        import pandas as pd

        rows = [
            ("test", self.unweighted, self.unweighted_lower, self.unweighted_upper),
            (f"test under {self.mix}", self.value, self.lower, self.upper),
            (PRODUCTION, self.realised, self.realised_lower, self.realised_upper),
        ]
        return pd.DataFrame(
            rows if np.isfinite(self.realised) else rows[:2], columns=["score", "value", "lower", "upper"]
        )


@strategy("OV-RW")
def reweight_metric(
    study: Study,
    *,
    to: Any = PRODUCTION,  # noqa: ANN401 - a name, or a mapping of the user's
    margin: float | None = None,
    draws: int = 1000,
    max_fit_rows: int = 8000,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ReweightResult:
    """Find out what the test would have promised if its rows were mixed as production's, or as you say.

    Under production's mix each test row counts as much as rows like it are more frequent in production: a density ratio
    from a classifier that tells the tables apart. That is right if only the features moved and outcomes follow from them
    as before (covariate shift). A mix of the target assumes that rows of each class look as before (label shift); a mix of
    a column, that the score within each of its levels stays.

    Parameters
    ----------
    study
        Needs a labelled test; for production's mix a production table too, labelled or not.
    to
        "production"; or one column with shares of its levels, `{"area": {"south": 0.4}}`; or with shares of its quantile
        bins from low to high, `{"income": [0.1, 0.2, 0.3, 0.4]}`; "target" means the labels. Levels that aren't named
        keep their proportions.
    margin
        The largest loss that doesn't matter, in the metric's unit, above 0; by default the study's, else the metric's.
    draws
        Bootstrap draws, 100 or more.
    max_fit_rows
        Most rows of either table that the classifiers learn from, 100 or more; all test rows are weighted.
    seed
        Seed of samples, folds and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ReweightResult or NoResult
        Findings: OV-RW-01 the score under the mix, OV-RW-02 what of the loss in production the mix explains, OV-RW-03
        whether the weights can be trusted.

    Raises
    ------
    InputError
        If an option is out of its range, or `to` isn't such a mix.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.overfitting.reweight_metric(mw.sample("census"), to={"target": {1: 0.5}}, draws=100)
    >>> abs(result.unweighted - result.value) < 1e-9  # ROC AUC doesn't move with the share of positives
    True
    """
    check_margin(margin)
    check_counts(draws=(draws, 100), max_fit_rows=(max_fit_rows, 100), seed=(seed, 0))
    if isinstance(to, str) and to != PRODUCTION:
        raise InputError(f'to={to!r}. Pass "production", or a column with shares: {{"target": {{…: 0.3}}}}.')
    test = study.measure(study.need("test"))
    pair = _pair(study, needed=isinstance(to, str))
    if pair is not None and to == PRODUCTION:
        target = production_mix(study, test, pair, max_fit_rows=max_fit_rows, seed=seed, cancel=cancel)
    else:
        target = user_mix(study, test, to)
    tell(progress, 0.5, "weights")
    found = reweighted(study, test, target.reweigh, draws=draws, seed=seed, cancel=cancel)
    tell(progress, 0.7, "the score under them")
    grids = mix_grids(study, test, pair, seed=seed, cancel=cancel)
    tell(progress, 1.0, "what the sliders show")
    limit = study.accepted_loss(found.before.value, margin)
    reasons = reasons_against(found, target)
    return ReweightResult(
        findings=reweighting_findings(study, found, target, margin=limit), rows=test.n if pair is None else len(pair.later),
        seed=seed, method=_method(study, target, draws=draws, margin=limit), reference=_REFERENCE, metric=study.metric.name,
        metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better, mix=target.words,
        assumption=target.assumption, value=found.after.value, lower=found.after.lower, upper=found.after.upper,
        unweighted=found.before.value, unweighted_lower=found.before.lower, unweighted_upper=found.before.upper,
        **_realised(target), harm=found.harm.value, harm_lower=found.harm.lower, harm_upper=found.harm.upper, margin=limit,
        effective_rows=found.effective_rows, effective_share=found.effective_share, pareto_k=found.pareto_k,
        pareto_limit=found.pareto_limit, unsupported_share=target.unsupported_share, reasons=reasons,
        imbalance_before=target.imbalance_before, imbalance_after=target.imbalance_after, mixes=grids.mixes,
        grid_values=grids.values, grid_lower=grids.lower, grid_upper=grids.upper, test_rows=test.n, synthetic=study.synthetic,
    )  # fmt: skip


_REFERENCE = "Sugiyama et al. 2012; Kish 1965; Vehtari et al. 2024; Zhang & Stephens 2009"


def _pair(study: Study, *, needed: bool) -> Pair | None:
    """Return test and production side by side; None where they aren't needed and can't be."""
    if study.production is None:
        if needed:
            raise MissingInputError(
                "production table", 'Pass production=, or name a mix: to={"target": {label: share}}.'
            )
        return None
    try:
        return pair_of(study, study.need("test"), study.production)
    except MissingInputError:
        if needed:
            raise
        return None


def _realised(target: Target) -> dict[str, Any]:
    e = target.realised
    values = (np.nan,) * 3 if e is None else (e.value, e.lower, e.upper)
    return dict(zip(("realised", "realised_lower", "realised_upper"), values, strict=True))


def _method(study: Study, target: Target, *, draws: int, margin: float) -> str:
    parts = [
        f"{target.how}. Self-normalised weights; bootstrap by {study.unit_name}, {draws:,} draws, 95 % intervals; margin {number(margin)}",
        f"Assumes {target.assumption}",
        "Sliders: exact at 41 shares, their intervals interpolated from draws at fewer",
    ]
    if study.metric.whole_weights:
        parts.append("The metric takes no weights, so it is scored on rows drawn in proportion to them")
    if study.roles.weights is not None:
        parts.append("Row weights count in scores and in the mix")
    return ". ".join(parts)
