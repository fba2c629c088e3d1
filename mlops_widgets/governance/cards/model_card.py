"""Write a model card: every figure with rows, interval and hash, every statement with its author, every gap a failed finding."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.document import Document, Grid, Paragraph, Points, Section, Statement
from mlops_widgets.core.markdown import markdown
from mlops_widgets.core.options import check_counts
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.said_files import read_said
from mlops_widgets.core.strategy import strategy
from mlops_widgets.core.words import estimate, known, number
from mlops_widgets.errors import InputError, listed
from mlops_widgets.governance.fairness.assess_fairness import assess_fairness
from mlops_widgets.governance.fairness.fairness_result import FairnessResult, GroupLine
from mlops_widgets.study.scoring import score_tables
from mlops_widgets.study.study import Study

if TYPE_CHECKING:
    import pandas as pd

FIELDS = (
    "owner", "license", "intended use", "out of scope use", "training procedure", "ethical considerations", "caveats",
)  # fmt: skip
"""What only a person can say."""

_TASKS = {
    "binary": "tabular-classification",
    "multiclass": "tabular-classification",
    "regression": "tabular-regression",
}


@dataclass(frozen=True, kw_only=True)
class CardMetric:
    """A score on one table: the metric's name and label, value, both ends of its 95 % interval (NaN without), labelled rows, the table's hash."""

    table: str
    metric: str
    label: str
    value: float
    lower: float
    upper: float
    n: int
    data_hash: str


@dataclass(frozen=True, kw_only=True)
class ModelCard(Result):
    """A model card.

    Parameters
    ----------
    document
        The text.
    name, task, library
        The model's name, task, and the library that it was made with ("" if unknown).
    metrics
        Scores, one a table with labels.
    statements
        What people said, by field.
    groups
        Groups compared, with rows and whether their rates are suppressed.
    command
        What reproduces the figures.
    unmeasured
        What wasn't measured and why.
    fingerprint
        Of the study.
    synthetic
        Whether the data were made up.
    """

    document: Document
    name: str
    task: str
    library: str
    metrics: tuple[CardMetric, ...]
    statements: Mapping[str, Statement]
    groups: tuple[str, ...]
    command: str
    unmeasured: tuple[str, ...]
    fingerprint: str
    synthetic: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that nobody has filled with words, name and day."""
        return tuple(name for name, each in self.statements.items() if each.source == "missing")

    @property
    def complete(self) -> bool:
        """Whether no finding failed: no field is empty and something was measured."""
        return all(each.status != "failed" for each in self.findings)

    def frame(self) -> "pd.DataFrame":
        """Return one row a score."""
        import pandas as pd

        names = ["table", "metric", "value", "lower", "upper", "n", "data_hash"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.metrics], columns=names)

    def to_huggingface(self) -> str:
        """Return the text of a README.md as Hugging Face reads it: YAML with a model index, then Markdown."""
        import yaml

        licence = self.statements["license"].value
        results = [
            {
                "task": {"type": _TASKS[self.task]},
                "dataset": {"name": f"{self.name}: {each.table}", "type": "tabular", "split": each.table},
                "metrics": [{"type": each.metric, "value": known(each.value), "name": each.metric}],
            }
            for each in self.metrics
        ]
        front: dict[str, Any] = {"license": licence} if licence else {}
        front |= {"tags": ["tabular", self.task], **({"library_name": self.library} if self.library else {})}
        front |= {"model-index": [{"name": self.name, "results": results}]} if results else {}
        # No line but the front matter's own may be "---": escapes keep names in one line, in any script.
        return f"---\n{yaml.safe_dump(front, sort_keys=False, allow_unicode=False, width=10_000)}---\n\n{markdown(self.document)}"


@strategy("GV-MC")
def write_model_card(
    study: Study, *, statements: "str | PathLike[str] | Mapping[str, Any] | None" = None, results: Sequence[Result] = (),
    command: str | None = None, draws: int = 200, seed: int = 0,
) -> ModelCard:  # fmt: skip
    """Write a model card: what is computed, with rows, interval, hash and command, and what people said, with name and day.

    Parameters
    ----------
    study
        The study.
    statements
        Field → {"text": …, "by": …, "on": …}, or the path of a TOML file of this form. Fields: owner, license, intended use, out of
        scope use, training procedure, ethical considerations, caveats. A field without words, name or day counts as empty.
    results
        Looks at the same study; their headlines are quoted, and a FairnessResult of the same study lends its groups.
    command
        What reproduces the figures; by default a call of this function on the study as it was opened, or on the one of its fingerprint.
    draws, seed
        Bootstrap draws, 50 or more, and their seed.

    Returns
    -------
    ModelCard or NoResult
        Findings: GV-MC-01 empty fields, GV-MC-02 whether the metrics have intervals, GV-MC-03 groups.

    Raises
    ------
    InputError
        If an option or a statement can't be used.

    References
    ----------
    Mitchell et al. (2019), Model Cards for Model Reporting, FAT* '19.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> card = write_model_card(mw.sample("loans"), draws=50)
    >>> card.complete, card.missing[0], card.metrics[0].n
    (False, 'owner', 3996)
    """
    check_counts(draws=(draws, 50), seed=(seed, 0))
    if any(not isinstance(each, Result) for each in results):
        raise InputError("results= holds something other than Results. Pass what strategies of mlops_widgets returned.")
    told = read_said("statements", statements, FIELDS)
    metrics, without = _metrics(study, draws, seed)
    fair = _fairness(study, results, seed)
    groups = (
        ()
        if not isinstance(fair, FairnessResult)
        else tuple(f"{each.attribute} = {each.group}" for each in fair.groups)
    )
    command = (
        command or f"{_opened(study)}; mlops_widgets.governance.write_model_card(study, draws={draws}, seed={seed})"
    )
    method = f"{study.metric.label} on each table but the training rows, 95 % bootstrap intervals of {draws} draws by {study.unit_name}"
    return ModelCard(
        findings=_find(told, metrics, without, fair), rows=sum(each.n for each in metrics), seed=seed, name=study.name, task=study.task,
        method=method,
        reference="Mitchell et al. (2019), Model Cards for Model Reporting", library=_library(study), metrics=metrics, statements=told,
        groups=groups, command=command, unmeasured=without, fingerprint=study.fingerprint, synthetic=study.synthetic,
        document=_document(study, told=told, metrics=metrics, without=without, fair=fair, results=results, command=command, method=method),
    )  # fmt: skip


def _metrics(study: Study, draws: int, seed: int) -> tuple[tuple[CardMetric, ...], tuple[str, ...]]:
    found, without = score_tables(study, draws=draws, seed=seed)
    metrics = tuple(
        CardMetric(
            table=name, metric=study.metric.name, label=study.metric.label, value=at.value, lower=at.lower, upper=at.upper, n=rows.n,
            data_hash=study.tables[name].fingerprint,
        )
        for name, (rows, at) in found.items()
    )  # fmt: skip
    return metrics, tuple(
        f"{name}: not measured, there is no {error.missing}. {error.remedy}" for name, error in without.items()
    )


def _fairness(study: Study, results: Sequence[Result], seed: int) -> Result:
    return next(
        (each for each in results if isinstance(each, FairnessResult) and each.fingerprint == study.fingerprint), None
    ) or assess_fairness(study, seed=seed)


def _opened(study: Study) -> str:
    """Return the call that gives this study, as far as it knows where it is from."""
    if study.file is not None:
        return f"study = mlops_widgets.open_study({study.file.name!r})"
    name = study.recipe.get("sample")
    flags = "".join(f", {key}={value!r}" for key, value in study.recipe.items() if key != "sample" and value)
    if isinstance(name, str):
        return f"study = mlops_widgets.sample({name!r}{flags})"
    return f"study = …, whose fingerprint is {study.fingerprint}"


def _library(study: Study) -> str:
    model = getattr(study.model, "model", None)
    room = type(model).__module__.partition(".")[0]
    return "" if model is None or room in {"builtins", "mlops_widgets", "__main__"} else room


def _find(
    told: Mapping[str, Statement], metrics: tuple[CardMetric, ...], without: tuple[str, ...], fair: Result
) -> tuple[Finding, ...]:
    empty = [name for name, each in told.items() if each.source == "missing"]
    claim = f"{len(empty)} of {len(told)} fields that only a person can fill are empty: {listed(empty)}."
    fields = Finding(
        code="GV-MC-01", status="failed" if empty else "passed", claim=claim if empty else f"All {len(told)} fields that only a person can fill are filled.",
        evidence={"empty": len(empty), "fields": len(told)}, action="Pass statements={field: {'text': …, 'by': …, 'on': …}}.",
    )  # fmt: skip
    return fields, _metric_finding(metrics, without), _group_finding(fair)


def _metric_finding(metrics: tuple[CardMetric, ...], without: tuple[str, ...]) -> Finding:
    if not metrics:
        return Finding(
            code="GV-MC-02", status="failed", claim="The card has no figure: no table but the training rows has labels.",
            action=listed(without) or "Pass test= with the rows that the model was tested on.",
        )  # fmt: skip
    first = metrics[0]
    sure = known(first.lower) is not None and known(first.upper) is not None
    return Finding(
        code="GV-MC-02", status="passed" if sure else "not_enough_data",
        claim=f"{first.label} is {estimate(first.value, first.lower, first.upper)} on {first.n:,} rows of {first.table}.",
        evidence={"value": known(first.value), "lower": known(first.lower), "upper": known(first.upper), "n": first.n},
        action="" if sure else "Collect more labelled rows: these give no interval.",
    )  # fmt: skip


def _group_finding(fair: Result) -> Finding:
    first = fair.findings[0]
    if not isinstance(fair, FairnessResult):
        return Finding(code="GV-MC-03", status=first.status, claim=first.claim, action=first.action)
    hidden = sum(each.suppressed for each in fair.groups)
    return Finding(
        code="GV-MC-03", status=first.status,
        claim=f"{len(fair.groups)} groups and intersections are told apart, {hidden} of them by their number alone. {first.claim}",
        evidence={"groups": len(fair.groups), "suppressed": hidden}, action=first.action,
    )  # fmt: skip


def _document(
    study: Study, *, told: Mapping[str, Statement], metrics: tuple[CardMetric, ...], without: tuple[str, ...], fair: Result,
    results: Sequence[Result], command: str, method: str,
) -> Document:  # fmt: skip
    scores = tuple(
        (each.table, each.label, estimate(each.value, each.lower, each.upper), f"{each.n:,}", each.data_hash)
        for each in metrics
    )
    looks = tuple(
        f"{each.findings[0].code} ({each.findings[0].status.replace('_', ' ')}): {each.headline}"
        for each in results
        if not each.holds_cells
    )
    about = (
        Statement(label="Model", value=study.name), Statement(label="Task", value=study.task), Statement(label="Predicts", value=study.outcome.target),
        Statement(label="Takes", value=listed(study.model.features, most=100) or "unknown columns"), told["owner"], told["license"],
    )  # fmt: skip
    measured = (
        Grid(columns=("table", "metric", "value, 95 % interval", "rows", "data hash"), rows=scores),
        Statement(label="Method", value=method),
        Statement(label="Reproduced by", value=command),
    )
    return Document(
        title=f"Model card: {study.name}", lead=f"{len(metrics)} {'table is' if len(metrics) == 1 else 'tables are'} scored. Every figure is computed; what people said has their name.",
        sections=(
            Section(title="Model details", blocks=about), Section(title="Intended use", blocks=(told["intended use"], told["out of scope use"])),
            Section(title="Metrics", blocks=(*measured, *(Paragraph(text=each, tone="warning") for each in without))),
            Section(title="Groups", blocks=_groups(fair)), Section(title="Evaluation data", blocks=_tables(study, reference=False)),
            Section(title="Training data", blocks=(*_tables(study, reference=True), told["training procedure"])),
            Section(title="Ethical considerations", blocks=(told["ethical considerations"],)),
            Section(title="Caveats", blocks=(told["caveats"], *((Points(items=looks),) if looks else ()))),
        ), small=f"Study {study.fingerprint}{', synthetic data' if study.synthetic else ''}.",
    )  # fmt: skip


def _groups(fair: Result) -> tuple[Paragraph | Grid, ...]:
    if not isinstance(fair, FairnessResult):
        return (Paragraph(text=f"{fair.headline} {fair.findings[0].action}"),)
    rows = tuple((each.attribute, each.group, f"{each.n:,}", *_rates(each)) for each in fair.groups)
    return (Grid(columns=("column", "group", "rows", "selected", "rightly"), rows=rows),)


def _rates(line: GroupLine) -> tuple[str, str]:
    if line.suppressed:
        return "too few rows", "too few rows"
    return _rate(line, "selection_rate"), _rate(line, "accuracy")


def _rate(line: GroupLine, name: str) -> str:
    if name not in line.rates:
        return "–"
    value, lower, upper = line.rates[name]
    return estimate(value, lower, upper, "percent")


def _tables(study: Study, *, reference: bool) -> tuple[Grid | Paragraph, ...]:
    chosen = [table for name, table in study.tables.items() if (name == "reference") == reference]
    if not chosen:
        return (Paragraph(text="No such table was passed.", tone="warning"),)
    rows = tuple((each.name, number(each.rows, "integer"), str(len(each.columns)), each.fingerprint) for each in chosen)
    return (Grid(columns=("table", "rows", "columns", "hash"), rows=rows),)
