"""What each kind of error in the data costs the user's own model, and what more of it would."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.data_quality.damage import KINDS
from mlops_widgets.data_quality.detection.errors import ErrorsResult
from mlops_widgets.data_quality.pricing.bench import Options, ServingBill, TrainingBill, price_serving, price_training
from mlops_widgets.data_quality.pricing.cases import in_order
from mlops_widgets.data_quality.pricing.injections import SERVING, kinds_for
from mlops_widgets.data_quality.pricing.price_findings import find
from mlops_widgets.data_quality.pricing.prices import Noise, Price
from mlops_widgets.data_quality.pricing.training import Budget
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.study.predictor import EstimatorPredictor
from mlops_widgets.study.row_weights import weighting
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class PriceResult(Result):
    """Cost of the errors that were found, and sensitivity to more of each kind, in the study's metric and in others.

    Parameters
    ----------
    metric, metric_label, greater_is_better
        The study's metric.
    score
        The metric on the rows that the model was asked about as they are.
    margin
        The largest loss that doesn't matter, in its unit.
    prices
        One a question, kind, place and metric: cost before sensitivity, in each metric the largest lower limit first.
    noise
        One a metric: what no damage makes; empty where there were no refits.
    share
        How much of each kind was put in, 0 to 1.
    splits, train_rows, test_rows
        Pairs of refits, and the rows of each; 0 without refits.
    serving_table, serving_rows
        Rows that the model was asked about at serve time.
    not_trained
        Why there were no refits, in a sentence; "" where there were.
    left_out
        Kinds that no column can have.
    skipped
        Kinds that there was no time to refit for.
    unrepaired
        Found errors for which nobody knows what belongs there.
    synthetic
        Whether the data were made up.
    """

    metric: str
    metric_label: str
    greater_is_better: bool
    score: float
    margin: float
    prices: tuple[Price, ...]
    noise: tuple[Noise, ...]
    share: float
    splits: int
    train_rows: int
    test_rows: int
    serving_table: str
    serving_rows: int
    not_trained: str = ""
    left_out: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    unrepaired: int = 0
    synthetic: bool = False

    def of(self, question: str, place: str = "", metric: str = "") -> tuple[Price, ...]:
        """Return the prices of "cost" or "sensitivity", in one place or all, in the study's metric or another."""
        wanted = metric or self.metric
        return tuple(
            price for price in self.prices
            if price.question == question and place in {"", price.place} and price.metric == wanted
        )  # fmt: skip

    def frame(self) -> "pd.DataFrame":
        """Return one row a question, place, kind and metric: loss with its interval, margin, verdict, how much was wrong."""
        import pandas as pd

        return pd.DataFrame([vars(price) for price in self.prices], columns=list(Price.__dataclass_fields__))


@strategy("DQ-PI", takes_data=True)
def price_issues(
    study: Any,  # noqa: ANN401 - a study; a table is told that a model is missing
    *, errors: ErrorsResult | None = None, kinds: Sequence[str] | None = None, share: float = 0.1,
    splits: int = 5, max_fit_rows: int = 4000, max_test_rows: int = 4000, margin: float | None = None, draws: int = 300,
    budget_seconds: float = 120.0, seed: int = 0, clock: Callable[[], float] = time.monotonic,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> PriceResult:  # fmt: skip
    """Find out which errors in the data cost the model most: what to fix first.

    Two questions are kept apart. *Cost*: the errors that were found are repaired, kind by kind, and the metric is compared with
    that on the rows as they are. *Sensitivity*: more of each kind is put in, `share` of the cells it can hit, and the metric is
    compared with that without.

    At serve time the user's own model is asked about the same rows in both states. In training, clones are refitted on the same
    random splits of the reference, with and without, and asked about rows as they are; beside them stands what no damage makes.

    Parameters
    ----------
    study
        With a model that can be asked and labelled rows. A reference and a model that can be refitted give prices in training.
    errors
        What `find_errors(study)` found in the reference, with a person's labels perhaps; by default it is run here.
    kinds
        Kinds of error that are put in, of `damage.KINDS`; () for none: cost alone. By default all but those that only write a
        text otherwise: at serve time "typo" stands for them, and in training they are left out, since refits take time.
    share
        How much of each is put in, above 0 up to 1: of the cells a kind can hit, of rows or of labels.
    splits
        Pairs of refits, 3 or more.
    max_fit_rows, max_test_rows
        Most rows that a refit learns from (half as many are held out), and that the model is asked about at serve time; whole
        units are sampled.
    margin
        The largest loss that doesn't matter, in the metric's unit; by default the study's, else the metric's.
    draws
        Bootstrap draws, 100 or more.
    budget_seconds
        What there is no time for is "not run", but for one kind on two splits; above 0.
    seed
        Seed of rows, splits, errors, refits and draws.
    clock
        Gives the time in seconds.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    PriceResult or NoResult
        Findings: DQ-PI-01 what to fix first, DQ-PI-02 what repairing each kind gains, DQ-PI-03 and DQ-PI-04 what more errors
        would cost at serve time and in training, DQ-PI-05 what the model refuses, DQ-PI-06 what chance alone makes, DQ-PI-07
        why nothing was refitted, DQ-PI-08 what only another metric shows, DQ-PI-09 what there was no time for.

    Raises
    ------
    InputError
        If an option is out of its range, or `errors` is of another table.
    UnknownNameError
        If there is no such kind.

    References
    ----------
    Nadeau & Bengio (2003), Inference for the generalization error, section 4.2.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> result = mw.data_quality.price_issues(
    ...     mw.sample("census"), kinds=["missing", "labels"], splits=3, max_fit_rows=200, max_test_rows=300, draws=100
    ... )
    >>> [price.kind for price in result.of("sensitivity", "serving")]
    ['missing']
    """
    if not isinstance(study, Study):
        raise MissingInputError("model", "Pass a study instead of a table: mw.load_study(model=…, test=…, target=…).")
    check_margin(margin)
    check_counts(splits=(splits, 3), max_fit_rows=(max_fit_rows, 20), max_test_rows=(max_test_rows, 20))
    check_counts(draws=(draws, 100), seed=(seed, 0))
    served_kinds, training_kinds = kinds_for(study, _check_options(kinds, share, budget_seconds))
    if not isinstance(study.model, EstimatorPredictor):
        raise MissingInputError(
            "model that can be asked", "Pass model= or predict=: logged answers can't be asked again."
        )
    options = Options(
        kinds=served_kinds, training_kinds=training_kinds, share=share, splits=splits, max_fit_rows=max_fit_rows, max_test_rows=max_test_rows, margin=margin,
        draws=draws, seed=seed,
    )  # fmt: skip
    budget = Budget(clock=clock, ends=clock() + budget_seconds)
    served = price_serving(study, options, progress=part(progress, 0.0, 0.2), cancel=cancel)
    trained = price_training(study, options, errors, budget=budget, progress=part(progress, 0.2, 1.0), cancel=cancel)
    tell(progress, 1.0, "priced")
    return _result(study, options, served, trained)


def _result(study: Study, options: Options, served: ServingBill, trained: TrainingBill) -> PriceResult:
    placed = served.placed | trained.placed
    tried = dict.fromkeys([
        *(kind for kind in options.kinds if kind in SERVING), *(options.training_kinds if trained.splits else ()),
    ])  # fmt: skip
    result = PriceResult(
        findings=(), rows=served.asked.table.rows + trained.pool_rows, seed=options.seed,
        method=_method(study, options, served, trained),
        reference="Nadeau & Bengio (2003), Machine Learning 52, section 4.2; Efron 1979; Field & Welsh 2007 for whole units.",
        metric=study.metric.name, metric_label=study.metric.label, greater_is_better=study.metric.greater_is_better,
        score=served.score, margin=study.accepted_loss(served.score, options.margin),
        prices=in_order([*trained.prices, *served.prices]), noise=trained.noise, share=options.share,
        splits=trained.splits, train_rows=trained.train_rows, test_rows=trained.test_rows,
        serving_table=served.asked.table.name, serving_rows=served.asked.table.rows, not_trained=trained.why_not,
        left_out=tuple(kind for kind in tried if kind not in placed | {*trained.skipped}), skipped=trained.skipped, synthetic=study.synthetic,
        unrepaired=trained.unrepaired if trained.splits else served.unrepaired,
    )  # fmt: skip
    return replace(result, findings=find(result))


def _method(study: Study, options: Options, served: ServingBill, trained: TrainingBill) -> str:
    serving = (
        f"At serve time: the user's own model on {served.asked.table.rows:,} labelled rows of {served.asked.table.name}; paired "
        f"scores, bootstrap by {study.unit_name}, {options.draws:,} draws, Student's t"
    )
    if not trained.splits:
        return f"{serving}. 95 % intervals, each for itself"
    weights = f". {weighting(study)}" if study.roles.weights else ""
    return (
        f"{serving}. In training: {trained.splits} pairs of refits on random splits of the reference by {study.unit_name}, about "
        f"{trained.train_rows:,} rows to learn from and {trained.test_rows:,} held out as they are; Nadeau and Bengio's corrected "
        f"t. 95 % intervals, each for itself{weights}"
    )


def _check_options(kinds: Sequence[str] | None, share: float, budget_seconds: float) -> tuple[str, ...] | None:
    if not 0 < share <= 1:
        raise InputError(f"share={share}. Pass how much of each kind is put in, above 0 up to 1.")
    if not budget_seconds > 0:
        raise InputError(f"budget_seconds={budget_seconds}. Pass seconds above 0.")
    if kinds is None:
        return None
    names = [kinds] if isinstance(kinds, str) else kinds
    for name in names:
        if name not in KINDS:
            raise UnknownNameError(
                f"Unknown kind {str(name)[:60]!r} in kinds=. Kinds: {listed(KINDS, most=12)}.{did_you_mean(str(name), KINDS)}"
            )
    return tuple(kind for kind in KINDS if kind in names)
