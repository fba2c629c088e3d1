"""What refits of the study's own model would have done: one refit a chunk on labels that had arrived, scored on all that came."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import NoResult
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError, UnknownNameError, did_you_mean, listed
from mlops_widgets.lifecycle.retraining.matrix import Plan, Settings, Simulated, Simulation, scored_rows
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.row_losses import choose_loss
from mlops_widgets.lifecycle.retraining.signals import FALSE_ALARM_SHARE, NAMES
from mlops_widgets.lifecycle.retraining.simulate_findings import Made, notes_on, too_short
from mlops_widgets.lifecycle.retraining.windows import Window, first_model, read_windows
from mlops_widgets.lifecycle.stream import Stream, stream_of
from mlops_widgets.study.over_time.drift import chunks_a_year
from mlops_widgets.study.study import Study

_FEWEST_SERVED, _MOST_CHUNKS, _FULL_CHUNK = 2, 110, 100


@strategy("LC-SR")
def simulate_retraining(
    study: Study,
    *,
    chunks: str | int | None = None,
    window: int | str | Sequence[int | str] | None = None,
    label_delay: int | str | None = None,
    deploy_delay: int = 0,
    retrain_cost: float | None = None,
    policies: Sequence[str] | None = None,
    seeds: int = 1,
    max_fit_rows: int = 20_000,
    max_fits: int = 48,
    margin: float | None = None,
    budget_seconds: float | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> RetrainingResult | NoResult:
    """Find out whether retraining would have paid, when, and which trigger would have told.

    Before every chunk of time a clone of the model is fitted on the rows whose labels had arrived; each is scored on every later
    chunk. Policies, costs and delays are then lookups in that matrix: see `RetrainingResult.with_costs`.

    Parameters
    ----------
    study
        The study: a model that can be refitted, and tables with a time.
    chunks
        "day", "week", "month" …, or the most chunks; by default the finest period that gives at most 110
        chunks of 100 labelled rows, else 12 to 60 of 30: more chunks tell policies apart better.
    window
        Newest chunks that a refit learns from; "expanding" for all; several of these as a tuple, each of which takes as many fits;
        by default as many as the study's reference spans.
    label_delay
        Whole chunks, or text such as "90 days", after which labels come; by default what `label_time=` of the study says, else 0.
    deploy_delay
        Whole chunks between a decision and the new model's service, 0 or more.
    retrain_cost
        Of one retrain, in the unit of the losses, 0 or more; by default 0.
    policies
        Triggers to try, of "drift", "label-free", "performance" and "calibration"; by default all that the study has inputs for.
        Schedules and the forecast need no reading and are always there.
    seeds
        Refits of each model with other random states, 1 or more; one is enough where the first two give the same answers.
    max_fit_rows
        Most rows of a refit; more are sampled. 20 or more.
    max_fits
        Most refits on a window, 1 or more: of a longer timeline every second chunk, or fewer, gets one, which stands in for the
        models of the chunks until the next.
    margin
        The largest saving that doesn't matter, above 0, in the unit of the losses; by default 1 % of never's.
    budget_seconds
        Refit more rarely still where the first fit says that all would take longer; by default no limit.
    seed
        Of halves, samples, draws and the bootstrap.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`; a refit is one step.
    clock
        Tells seconds, for `budget_seconds`.

    Returns
    -------
    RetrainingResult or NoResult
        Findings: LC-SR-01 the best policy against never, LC-SR-02 policies that lose, LC-SR-03 regret to the oracle, LC-SR-04
        breakeven, LC-SR-05 false alarms, LC-SR-06 what a model loses by age, LC-SR-07 what waiting for labels costs, LC-SR-08 what
        was refitted and what was left out, LC-SR-00 where a timeline is too short.

    Raises
    ------
    InputError
        If an option is out of its range.

    Notes
    -----
    The delay is that of 95 % of the labels. Model i is trained at the beginning of chunk i + delay, on the rows of its window, all of
    them of chunks before i, whose labels had arrived by then. A row whose label took longer than the delay is in no loss and in no
    reading that needs labels: it wasn't there when its chunk was judged. A reading alarms at 1,
    a level that 5 % of timelines without change reach with any trigger in any chunk: for drift by redrawing the first model's rows in units, for
    means by Student's t with standard errors of units and Bonferroni over chunks.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from sklearn.linear_model import LogisticRegression
    >>> from mlops_widgets import load_study
    >>> rng = np.random.default_rng(0)
    >>> x, day = rng.normal(size=1200), np.arange(1200) // 3
    >>> y = (x * np.where(day < 250, 1, -1) + rng.normal(size=1200) > 0).astype(int)
    >>> rows = pd.DataFrame({"x": x, "y": y, "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")})
    >>> model = LogisticRegression().fit(rows[["x"]][:300], y[:300])
    >>> parts = {"reference": rows[:300], "production": rows[300:]}
    >>> study = load_study(model=model, target="y", time="day", features=["x"], **parts)
    >>> result = simulate_retraining(study, chunks="month")
    >>> totals = result.totals()
    >>> totals["calibration"] <= totals["never"], totals["every 1"] < totals["never"]
    (True, True)
    """
    check_counts(
        seeds=(seeds, 1), max_fit_rows=(max_fit_rows, 20), max_fits=(max_fits, 1), deploy_delay=(deploy_delay, 0)
    )
    if budget_seconds is not None and not budget_seconds > 0:
        raise InputError(f"budget_seconds={budget_seconds}. Pass seconds above 0.")
    settings = Settings(
        seeds=seeds, max_fit_rows=max_fit_rows, max_fits=max_fits, signals=_signals(policies), seed=seed, budget_seconds=budget_seconds, clock=clock,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    study.model.need("refit")
    tell(progress, 0.0, "rows in the order of time")
    stream = stream_of(study, chunks=chunks, label_delay=label_delay, seed=seed, finest=(_MOST_CHUNKS, _FULL_CHUNK))
    windows, last = read_windows(window, stream), stream.labelled_chunks()
    first = first_model(windows, stream)
    if last - first < _FEWEST_SERVED:
        return too_short(stream, first, last)
    runs = _simulated(study, stream, windows, last, settings)
    if not runs:
        return too_short(stream, first, last)
    tell(progress, 0.95, "policies")
    made = Made(
        stream=stream,
        loss=choose_loss(study),
        windows=windows,
        runs=runs,
        chunks=last,
        settings=settings,
        unit=study.unit_name,
    )
    return _judged(study, made, deploy_delay=deploy_delay, retrain_cost=retrain_cost, margin=margin)


def _signals(policies: Sequence[str] | None) -> tuple[str, ...]:
    names = NAMES if policies is None else tuple(policies)
    unknown = [name for name in names if name not in NAMES]
    if isinstance(policies, str) or unknown:
        wrong = policies if isinstance(policies, str) else unknown[0]
        raise UnknownNameError(
            f"policies= names {str(wrong)[:40]!r}. Pass a list of triggers: {listed(NAMES)}.{did_you_mean(str(wrong), NAMES)}"
        )
    return names


def _simulated(
    study: Study, stream: Stream, windows: Sequence[Window], last: int, settings: Settings
) -> tuple[Simulated, ...]:
    """Return the losses window by window; none where no model could be fitted early enough to serve."""
    scored = scored_rows(study, stream, last, settings.seed)
    if not (scored.usable > 0).any():
        raise MissingInputError("labelled rows along time", "Pass tables with labels and a time.")
    found = []
    for index, window in enumerate(windows):
        inside = part(settings.progress, 0.9 * index / len(windows), 0.9 * (index + 1) / len(windows))
        plan = Plan(
            study=study, stream=stream, loss=choose_loss(study), window=window, first=first_model(windows, stream), scored=scored,
            settings=replace(settings, progress=inside),
        )  # fmt: skip
        run = Simulation(plan).run()
        if not run.grid.exists[plan.first]:
            return ()
        found.append(run)
    return tuple(found)


def _judged(
    study: Study, made: Made, *, deploy_delay: int, retrain_cost: float | None, margin: float | None
) -> RetrainingResult:
    stream, runs = made.stream, made.runs
    grids = {window.name: run.grid for window, run in zip(made.windows, runs, strict=True)}
    return RetrainingResult.of(
        runs[0].grid if len(runs) == 1 else grids, labels=stream.chunks.labels[: made.chunks], starts=stream.chunks.starts[: made.chunks],
        by=stream.chunks.by if stream.chunks.are_dates else "chunk", are_dates=stream.chunks.are_dates,
        chunks_a_year=chunks_a_year(stream.chunks), loss_name=made.loss.name,
        retrain_cost=0.0 if retrain_cost is None else retrain_cost, deploy_delay=deploy_delay, margin=margin,
        thresholds=dict.fromkeys(runs[0].grid.signals, (1.0,)), notes=notes_on(made, deploy_delay=deploy_delay), made_how=_method(made),
        rows=int((stream.of_row < made.chunks).sum()), seed=made.settings.seed, synthetic=study.synthetic,
    )  # fmt: skip


def _method(made: Made) -> str:
    stream = made.stream
    late = int((stream.known & ~stream.in_time & (stream.of_row < made.chunks)).sum())
    return (
        f"Refits: a clone of the model before each chunk on its {made.windows[0].name}, as far as labels had arrived "
        f"{stream.delay} chunk{'' if stream.delay == 1 else 's'} later ({late:,} labels that took longer are in no loss). {made.loss.method} Readings are divided by the level that "
        f"{FALSE_ALARM_SHARE:.0%} of timelines without change reach; standard errors by {made.unit}."
    )
