"""Write a model down: what can be computed, what people said and when, and what nobody has said yet."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.document import Document
from mlops_widgets.core.options import check_counts
from mlops_widgets.core.progress import Cancel, Progress, part, tell
from mlops_widgets.core.result import Result
from mlops_widgets.core.strategy import strategy
from mlops_widgets.errors import InputError, MissingInputError
from mlops_widgets.explainability.documentation import computed
from mlops_widgets.explainability.documentation.computed import Fact
from mlops_widgets.explainability.documentation.influences import Influences, measure_influences
from mlops_widgets.explainability.documentation.limits import Limit, limits_of
from mlops_widgets.explainability.documentation.model_document_findings import find
from mlops_widgets.explainability.documentation.other_results import Others, measured_pairs, others_of, with_others
from mlops_widgets.explainability.documentation.outside_records import Known, Ledger, known_elsewhere
from mlops_widgets.explainability.documentation.rationale import Rationale, read_rationale, write_form
from mlops_widgets.explainability.documentation.sections import written_document
from mlops_widgets.study.study import Study
from mlops_widgets.study.wording import Wording

if TYPE_CHECKING:
    import pandas as pd

_REFERENCE = (
    "Mitchell et al. 2019, Model Cards for Model Reporting; Lundberg & Lee 2017 (SHAP); Friedman & Popescu 2008 (H)"
)


@dataclass(frozen=True, kw_only=True)
class ModelDocument(Result):
    """A model written down.

    Parameters
    ----------
    document
        The text.
    facts
        Computed facts by name ("test.score"), with rows and interval.
    facts_hash
        SHA-256 of the facts, 64 hex digits: two documents of the same facts have the same.
    rationale
        What people said.
    influences
        How the columns move the answers; None where there is no model that can be asked.
    without
        What wasn't measured and why, a sentence each.
    limits
        What the training rows hold, and what lies outside elsewhere.
    others
        What other looks found.
    looks
        Distinct answers that were scored on the test; None where nobody counted.
    newest_training
        Last day of the training rows as an ISO date, or "".
    margin_outside
        The largest share of rows outside the training rows' range that doesn't matter.
    score_margin
        The largest loss of the metric that doesn't matter; NaN without a score.
    metric_harm
        How much worse the metric is in production than in the test, with both ends; None where one has none.
    synthetic
        Whether the data were made up.
    """

    document: Document
    facts: Mapping[str, Fact]
    facts_hash: str
    rationale: Rationale
    influences: Influences | None
    without: tuple[str, ...]
    limits: tuple[Limit, ...]
    others: Others
    looks: int | None
    newest_training: str
    margin_outside: float
    score_margin: float
    metric_harm: tuple[float, float, float] | None
    synthetic: bool = False

    def frame(self) -> "pd.DataFrame":
        """Return one row a fact: name, value, interval, rows, unit."""
        import pandas as pd

        names = ["value", "lower", "upper", "n", "unit"]
        rows = [{"fact": key, **{name: getattr(fact, name) for name in names}} for key, fact in self.facts.items()]
        return pd.DataFrame(rows, columns=["fact", *names])


@strategy("EX-DO")
def document_model(
    study: Study, *, results: Sequence[Result] = (), rationale: "str | Path | Mapping[str, Any] | None" = None,
    ledger: Ledger | None = None, margin_outside: float = 0.01, explained_rows: int = 300, draws: int = 200, seed: int = 0,
    progress: Progress | None = None, cancel: Cancel | None = None,
) -> ModelDocument:  # fmt: skip
    """Write a model down: how its columns move the answers, its data, scores and limits, and why it may be used at all.

    The numbers are computed. What only a person can say is taken from a file that a person fills, each statement with name and
    date; what nobody said stays empty and is counted.

    Parameters
    ----------
    study
        The study. Without a model that can be asked, what is known is written all the same.
    results
        Looks at the same study: their headlines are quoted; weak slices, effects and interactions are taken over.
    rationale
        The file that `write_rationale_form` wrote and a person filled, or a mapping of its form.
    ledger
        Of `mw.overfitting.open_ledger`: how many answers were scored on the test.
    margin_outside
        The largest share of rows beyond what the training rows hold that doesn't matter, between 0 and 1.
    explained_rows
        Most rows whose contributions are computed, 20 or more.
    draws
        Bootstrap draws, 50 or more.
    seed
        Of rows and draws.
    progress, cancel
        Callbacks: see `mlops_widgets.core.progress`.

    Returns
    -------
    ModelDocument or NoResult
        Findings: EX-DO-01 what drives the model, EX-DO-02 how many rationale fields are filled, EX-DO-03 whether the score in
        the test still holds in production, EX-DO-04 rows outside what the model was trained on, EX-DO-05 known weak slices,
        EX-DO-06 statements older than the training rows. `save` writes .md, .html, .pdf, .json or .png.

    Raises
    ------
    InputError
        If an option, the file or a result can't be used.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> said = {"owner": {"text": "Credit risk", "author": "Ada", "date": "2026-03-01"}}
    >>> written = mw.explainability.document_model(mw.sample("loans"), rationale=said, explained_rows=20, draws=50)
    >>> written.rationale.of("owner").author, len(written.rationale.empty)
    ('Ada', 25)
    """
    check_counts(explained_rows=(explained_rows, 20), draws=(draws, 50), seed=(seed, 0))
    _check_share(margin_outside)
    others, known = others_of(results), known_elsewhere(study, ledger)
    said = read_rationale(rationale, study.model.features).filled_by(known.said)
    tell(progress, 0.0, "what the data hold")
    scored, unscored = computed.scores(study, draws=draws, seed=seed)
    influences, why = _influences(
        study,
        results,
        most_rows=explained_rows,
        draws=draws,
        seed=seed,
        progress=part(progress, 0.3, 1.0),
        cancel=cancel,
    )
    facts = computed.model_facts(study) | computed.table_facts(study) | computed.score_facts(study, scored)
    facts |= _influence_facts(influences) | _looked(known)
    result = ModelDocument(
        findings=(), rows=sum(table.rows for table in study.tables.values()), seed=seed, reference=_REFERENCE,
        method=influences.how if influences else "Facts counted on all rows",
        document=Document(title="", lead="", sections=()), facts=facts, facts_hash=_hash(facts), rationale=said,
        influences=influences, without=(*why, *unscored), limits=limits_of(study), others=others, looks=known.looks,
        newest_training=computed.newest_day(study), margin_outside=float(margin_outside),
        score_margin=computed.score_margin(study, scored), metric_harm=computed.harm_of(study, scored), synthetic=study.synthetic,
    )  # fmt: skip
    result = replace(result, findings=find(result))
    words = study.words.among([*study.model.features, study.outcome.target])
    return replace(result, document=_written(study, result, known, words))


def write_rationale_form(study: Study, path: "str | Path") -> Path:
    """Write the file in which people say why a model may be used, or bring one that they began up to date.

    What somebody filled in stays as it is; new columns get fields of their own, and statements on columns that are gone move
    to [former_columns]. MLflow fills fields where a run names its user and its tags say so; what nobody is named for becomes a
    comment.

    Parameters
    ----------
    study
        The study.
    path
        A .toml file; made if it isn't there.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If there is a file that isn't such a form.

    Examples
    --------
    >>> import tempfile
    >>> import mlops_widgets as mw
    >>> form = mw.explainability.write_rationale_form(mw.sample("loans"), Path(tempfile.mkdtemp()) / "notes.toml")
    >>> form.read_text().count("author = ")
    26
    """
    path = Path(path)
    before = read_rationale(path if path.exists() else None, study.model.features, gone=True)
    known = known_elsewhere(study, None)
    filled = before.filled_by(known.said)
    return write_form(path, filled, {name: text for name, text in known.hints.items() if name in filled.empty})


def _check_share(margin_outside: Any) -> None:  # noqa: ANN401 - what was passed
    if isinstance(margin_outside, bool) or not isinstance(margin_outside, int | float) or not 0 < margin_outside < 1:
        raise InputError(f"margin_outside={margin_outside!r}. Pass a share of rows, between 0 and 1.")


def _influences(
    study: Study, results: Sequence[Result], *, most_rows: int, draws: int, seed: int, progress: Progress | None, cancel: Cancel | None,
) -> tuple[Influences | None, tuple[str, ...]]:  # fmt: skip
    """Return how the columns move the answers, or why that isn't known."""
    table = study.test or study.production or study.need("reference")
    try:
        found = measure_influences(
            study, table, most_rows=most_rows, draws=draws, seed=seed, pairs=not measured_pairs(results), progress=progress,
            cancel=cancel,
        )  # fmt: skip
    except MissingInputError as error:
        return None, (f"How the columns move the answers: not measured, there is no {error.missing}. {error.remedy}",)
    return with_others(found, results), ()


def _influence_facts(found: Influences | None) -> dict[str, Fact]:
    if found is None:
        return {}
    facts: dict[str, Fact] = {}
    for each in found.columns:
        facts[f"columns.{each.column}.share"] = Fact(
            value=each.share, lower=each.lower, upper=each.upper, n=found.rows, unit="share"
        )
        facts[f"columns.{each.column}.rank"] = Fact(value=each.rank, n=found.rows)
        facts[f"columns.{each.column}.shape"] = Fact(value=each.shape, n=found.rows)
    return facts


def _looked(known: Known) -> dict[str, Fact]:
    return {} if known.looks is None else {"test.looks": Fact(value=known.looks, unit="answers")}


def _hash(facts: Mapping[str, Fact]) -> str:
    return sha256(json.dumps(to_plain(facts), sort_keys=True).encode()).hexdigest()


def _written(study: Study, result: ModelDocument, known: Known, words: Wording) -> Document:
    return written_document(study, result, stated=known.stated, hints=known.hints, words=words)
