"""The steps of a model's life after training, in one command that can be killed at any moment and run again."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Self, cast

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.options import check_counts, check_margin
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.pipeline.artefacts import Artefacts
from mlops_widgets.pipeline.engine import check_graph, run_graph
from mlops_widgets.pipeline.event_log import EventLog
from mlops_widgets.pipeline.keys import code_digest, digest_of
from mlops_widgets.pipeline.ledger import Ledger, Run, open_ledger
from mlops_widgets.pipeline.pipeline_findings import find
from mlops_widgets.pipeline.pipeline_result import PipelineResult, StepOutcome, Verdict
from mlops_widgets.pipeline.products import Product
from mlops_widgets.pipeline.registry import ModelFolder
from mlops_widgets.pipeline.report_files import ReportFolder
from mlops_widgets.pipeline.run_lock import only_run
from mlops_widgets.pipeline.runner import Runner
from mlops_widgets.pipeline.steps import INPUTS, STEPS, Step, decision_of, read_step
from mlops_widgets.report.sources import find_study
from mlops_widgets.study.contract.contract import Contract
from mlops_widgets.study.contract.files import plain_contract
from mlops_widgets.study.model_files.trust import Trust, read_trust
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    from mlops_widgets.lifecycle import RetirementPolicy

_METHOD = (
    "each step is known by the SHA-256 of its code, the versions of its libraries and the digests of what it is given; a step of a "
    "known key isn't run again"
)
_LONGEST_NAME = 80
_NO_LOG = EventLog(None)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the steps are told beside the study; the arguments of `Pipeline`."""

    contract: Contract | None = None
    policy: "RetirementPolicy | None" = None
    calendar: int | None = None
    chunks: str | None = None
    window_days: float | None = None
    holdout: float = 0.25
    margin: float | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Check what can be checked without a study."""
        if self.contract is not None and not isinstance(self.contract, Contract):
            raise WrongTypeError(f"contract={type(self.contract).__name__}. Pass a Contract: read_contract(path).")
        check_margin(self.margin)
        check_counts(seed=(self.seed, 0), calendar=(self.calendar if self.calendar is not None else 1, 1))
        if not _is_number(self.holdout) or not 0 < self.holdout < 1:
            raise InputError(
                f"holdout={self.holdout!r}. Pass the share of rows that judge a new model, between 0 and 1."
            )
        if self.window_days is not None and (
            not _is_number(self.window_days) or not 0 < self.window_days < float("inf")
        ):
            raise InputError(f"window_days={self.window_days!r}. Pass a number of days above 0, or None for all rows.")
        if self.chunks is not None and not isinstance(self.chunks, str):
            raise InputError(f"chunks={self.chunks!r}. Pass a word such as 'week' or 'month'.")

    def products(self) -> dict[str, Product]:
        """Return the inputs that they make, each known by its digest."""
        given = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: _input(value, _plain(value)) for name, value in given.items()}


class Pipeline:
    """A model's life after training as steps: load, validate, score, review, drift, decide, rows, retrain, compare, gate, register, report.

    A step that was done before on the same inputs, by the same code, isn't done again; so a run that was killed goes on where it
    was. What steps make lies in `out/artefacts`, registered models in `out/models`, what there is to read in `out/report`, and
    what happened in the records.

    Parameters
    ----------
    study
        A Study, the path of a `study.toml`, or a sample.
    name
        What to call the pipeline in the records, which several may share.
    out
        Folder of its files; made if it doesn't exist.
    records
        Store of records; by default `records.db` in `out`.
    contract
        What the data must keep; None checks nothing.
    policy
        By which rules the model is kept, retrained or retired; None for the usual ones.
    calendar
        Days between reviews, or None.
    chunks
        How reviews cut time, such as "week"; None for the review's own default.
    window_days
        Learn only from so many days before the rows that judge; None learns from all.
    holdout
        Share of the labelled rows of test and production, the newest, that judge a new model and that it doesn't learn from.
    margin
        Largest loss that doesn't matter when a new model is compared; None for the study's, else the metric's.
    seed
        Seed of everything random.
    notebooks
        Numbers of chapters that are executed by papermill and written to the report; they need a study that has a name or a file.
    steps
        Functions that replace or add steps, by name; what their arguments name they are given: earlier steps and inputs. None leaves
        a step out.
    trust
        What you vouch for of model files; given in the call, never read from a file.

    Raises
    ------
    InputError
        If an option is out of its range, or steps need what there isn't, or each other in a circle.

    Examples
    --------
    >>> import tempfile, mlops_widgets as mw
    >>> steps = {"validate": lambda study: {"rows": study.production.rows}, "decide": lambda validate: "keep"}
    >>> steps |= dict.fromkeys(("score", "review", "drift", "rows", "retrain", "compare", "gate", "register", "report"))
    >>> pipeline = mw.lifecycle.Pipeline(mw.sample("census"), steps=steps, out=tempfile.mkdtemp())
    >>> first, second = pipeline.run(), pipeline.run()
    >>> first.verdict, first.step("validate").status, second.step("validate").status
    ('keep', 'ran', 'cached')
    """

    def __init__(
        self, study: Study | str | os.PathLike[str], *, name: str = "pipeline", out: str | os.PathLike[str] = "pipeline",
        records: str | os.PathLike[str] | None = None, contract: Contract | None = None, policy: "RetirementPolicy | None" = None,
        calendar: int | None = None, chunks: str | None = None, window_days: float | None = None, holdout: float = 0.25,
        margin: float | None = None, seed: int = 0, notebooks: Sequence[int] = (),
        steps: Mapping[str, Callable[..., Any] | None] | None = None, trust: Trust = None,
    ) -> None:  # fmt: skip
        if not str(name).strip() or len(str(name)) > _LONGEST_NAME or not str(name).isprintable():
            raise InputError(f"name={str(name)[:60]!r}. Pass a text of 1 to {_LONGEST_NAME} characters on one line.")
        if not isinstance(notebooks, list | tuple) or not all(_is_whole(each) for each in notebooks):
            raise InputError(f"notebooks={notebooks!r:.80}. Pass numbers of chapters, such as (1, 2).")
        read_trust(trust)
        self.study, self.name, self.trust, self.notebooks = study, name, trust, tuple(notebooks)
        self.out = Path(out)
        self.records = Path(records) if records is not None else self.out / "records.db"
        self.options = Options(
            contract=contract, policy=policy, calendar=calendar, chunks=chunks, window_days=window_days, holdout=holdout, margin=margin,
            seed=seed,
        )  # fmt: skip
        self.steps = _read_steps(steps or {})

    @classmethod
    def from_file(cls, path: str | os.PathLike[str] = "pipeline.toml", *, trust: Trust = None) -> Self:
        r"""Return the pipeline that a `pipeline.toml` describes; what it names lies in its own folder.

        Parameters
        ----------
        path
            The file: `study` (a path, or a sample), `name`, `out`, `records`, `contract`, `policy`, `calendar`, `chunks`, `seed`,
            `notebooks`, and the tables `[retrain]` (`window_days`, `holdout`) and `[gate]` (`margin`). It names no code.
        trust
            What you vouch for of model files.

        Raises
        ------
        InputError, UnknownNameError
            If it can't be read, holds an unknown name or a value that can't be used, or leads out of its folder.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> file = Path(tempfile.mkdtemp()) / "pipeline.toml"
        >>> _ = file.write_text('study = "loans+shock"\n[gate]\nmargin = 0.01\n')
        >>> Pipeline.from_file(file).options.margin
        0.01
        """
        from mlops_widgets.pipeline.pipeline_file import read_pipeline_file

        return cls(**read_pipeline_file(Path(path)), trust=trust)

    def graph(self) -> dict[str, tuple[str, ...]]:
        """Return the steps in order, and what each needs: earlier steps and inputs."""
        return {"load": (), **{name: step.needs for name, step in self.steps.items()}}

    def status(self) -> Run | None:
        """Return the latest run as the records tell it, or None; nothing is written."""
        ledger = open_ledger(self.records, self.name, writing=False)
        last = None if ledger is None else ledger.last()
        if last is None:
            return None
        order = {name: place for place, name in enumerate(self.graph())}
        known = sorted(last.steps, key=lambda name: order.get(name, len(order)))
        return replace(last, steps={name: last.steps[name] for name in known})

    def run(
        self, *, dry_run: bool = False, now: datetime | None = None, log: str | os.PathLike[str] | None = None,
        progress: Progress | None = None, cancel: Cancel | None = None, clock: Callable[[], float] = perf_counter,
    ) -> PipelineResult:  # fmt: skip
        """Do what isn't done yet, and say what the model is to do.

        Parameters
        ----------
        dry_run
            Whether only to say what would run and what was done before; nothing is written.
        now
            The moment that steps are told, UTC where it has no zone; by default that of the run that was cut off, else the clock's.
        log
            File that gets a line of JSON an event; by default `log.jsonl` in `out`.
        progress, cancel
            Callbacks: see `mlops_widgets.core.progress`.
        clock
            Gives seconds, for how long steps take.

        Returns
        -------
        PipelineResult
            Findings: LC-PI-01 the verdict, LC-PI-02 a step that failed, LC-PI-03 the gate, LC-PI-04 a run that was continued,
            LC-PI-05 records that were recovered, LC-PI-06 an artefact that was gone or changed.

        Raises
        ------
        InputError
            If another run is at work, or a file can't be written; what was finished stays, and the next run goes on.
        """
        if now is not None and not isinstance(now, datetime):
            raise WrongTypeError(f"now={now!r:.60} is {type(now).__name__}. Pass a datetime.")
        start = clock()
        study = find_study(self.study, seed=self.options.seed, trust=self.trust)
        seconds = round(clock() - start, 3)
        told = None if now is None else now if now.tzinfo else now.replace(tzinfo=UTC)
        if dry_run:
            ledger = open_ledger(self.records, self.name, writing=False)
            return self._go(study, ledger, told, _NO_LOG, (progress, cancel, clock), dry=True, loading=seconds)
        with only_run(self.out):
            ledger = open_ledger(self.records, self.name, writing=True)
            events = EventLog(Path(log) if log is not None else self.out / "log.jsonl")
            return self._go(study, ledger, told, events, (progress, cancel, clock), dry=False, loading=seconds)

    def _go(
        self, study: Study, ledger: Ledger | None, told: datetime | None, events: EventLog, calls: Any, *, dry: bool, loading: float  # noqa: ANN401 - callbacks
    ) -> PipelineResult:  # fmt: skip
        subject = self._subject(study)
        last = None if ledger is None else ledger.last()
        cut_off = (
            last
            if last and not last.verdict and last.subject == subject and told in {None, _moment(last.now)}
            else None
        )
        now = told or (_moment(cut_off.now) if cut_off else datetime.now(UTC).replace(microsecond=0))
        number = cut_off.run if cut_off else (last.run if last else 0) + 1
        progress, cancel, clock = calls
        if ledger is not None and not dry and cut_off is None:
            ledger.write("run started", number, subject=subject, now=now.isoformat(), study=study.fingerprint)
        events.write("run started", run=number, pipeline=self.name, continued=cut_off is not None)
        artefacts = Artefacts(self.out / "artefacts", trust=self.trust)
        runner = Runner(
            steps=self.steps, artefacts=artefacts, ledger=None if ledger is None else ledger, number=number, log=events, clock=clock,
            dry=dry, progress=progress, cancel=cancel,
        )  # fmt: skip
        run_graph({name: step.needs for name, step in self.steps.items()}, runner, self._inputs(study, now, ledger))
        if runner.stopped is not None:
            events.write("run stopped", run=number)
            raise runner.stopped
        loaded = StepOutcome(
            name="load", status="ran", seconds=loading, key=study.fingerprint, digest=study.fingerprint
        )
        outcomes = (loaded, *(runner.outcomes[name] for name in self.steps))
        verdict, why = ("dry run", "") if dry else _verdict(runner)
        gate, model = _gate_of(runner), _model_of(runner)
        result = PipelineResult(
            findings=find(
                verdict, why, outcomes, gate=gate, promoted=bool(model), recovered=() if ledger is None else ledger.records.recovered,
                continued=cut_off is not None,
            ),
            rows=sum(table.rows for table in study.tables.values()), seed=self.options.seed, method=_METHOD, pipeline=self.name,
            run=0 if dry else number, verdict=cast("Verdict", verdict), promoted=bool(model), continued=cut_off is not None, now=now.isoformat(), steps=outcomes,
            model=model,
        )  # fmt: skip
        if ledger is not None and not dry:
            ledger.write(
                "run finished",
                number,
                verdict=verdict,
                promoted=bool(model),
                steps={each.name: each.status for each in outcomes},
            )
            events.write("run finished", run=number, verdict=verdict, exit_code=result.exit_code)
        return result

    def _subject(self, study: Study) -> str:
        """Return what a run is about: one that was cut off goes on only with the same."""
        code = {name: code_digest(step.function) for name, step in self.steps.items()}
        options = {name: each.digest for name, each in self.options.products().items()}
        return digest_of(
            {"study": study.fingerprint, "steps": code, "options": options, "notebooks": list(self.notebooks)}
        )

    def _inputs(self, study: Study, now: datetime, ledger: Ledger | None) -> dict[str, Product]:
        site = ReportFolder(self.out / "report", chapters=self.notebooks, trust=self.trust)
        registry = None if ledger is None else ModelFolder(self.out / "models", ledger)
        today = datetime.combine(now.date(), time(), now.tzinfo)
        return {
            **self.options.products(), "study": Product(digest=study.fingerprint, read=lambda: study), "now": _input(now, now.isoformat()),
            "today": _input(today, today.isoformat()), "registry": Product(digest="registry", read=lambda: registry),
            "site": Product(digest=site.digest, read=lambda: site),
        }  # fmt: skip


def _read_steps(given: Mapping[str, Callable[..., Any] | None]) -> dict[str, Step]:
    wrong = [
        name for name in given if not str(name).isidentifier() or str(name).startswith("_") or name in {*INPUTS, "load"}
    ]
    if wrong:
        raise InputError(
            f"steps= names {wrong[0]!r}. Pass a name of its own that is no input ({', '.join(INPUTS)}) and not 'load'."
        )
    functions = {name: each for name, each in {**STEPS, **given}.items() if each is not None}
    known = (*functions, *INPUTS)
    steps = {name: read_step(name, function, known) for name, function in functions.items()}
    check_graph({name: step.needs for name, step in steps.items()})
    return steps


def _verdict(runner: Runner) -> tuple[str, str]:
    failed = [each for each in runner.outcomes.values() if each.status == "failed"]
    if failed:
        return "failed", f"Step {failed[0].name!r} failed: {failed[0].why}"
    decided = runner.outcomes.get("decide")
    if decided is None or not decided.file:
        return "not enough data", decided.why if decided else "There is no step decide."
    return decision_of(runner.value("decide"))


def _gate_of(runner: Runner) -> Mapping[str, Any] | None:
    return runner.value("gate") if runner.has("gate") else None


def _model_of(runner: Runner) -> str:
    found = runner.value("register") if runner.has("register") else {}
    return str(found.get("digest", "")) if isinstance(found, Mapping) else ""


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _input(value: object, plain: object) -> Product:
    return Product(digest=digest_of(plain), read=lambda: value)


def _plain(value: Any) -> Any:  # noqa: ANN401 - an option
    if isinstance(value, Contract):
        return plain_contract(value)
    return to_plain(value) if is_dataclass(value) else value


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
