"""Log what a model answered: the fields are checked, inputs are digested with a key, the batch is written whole."""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.document import sound
from mlops_widgets.errors import InputError, UnknownNameError, WrongTypeError, did_you_mean, listed
from mlops_widgets.governance.prediction_log.batch_files import Batch, digest_of_file
from mlops_widgets.governance.prediction_log.entries import as_rows, entry_table
from mlops_widgets.governance.prediction_log.input_digests import input_digests
from mlops_widgets.governance.prediction_log.keys import LogKey, key_name, read_key
from mlops_widgets.governance.prediction_log.prediction_log import PredictionLog

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from mlops_widgets.study.study import Study

_DIGEST = re.compile(r"[0-9a-f]{64}")
Keep = Iterable[str] | Mapping[str, str]


def log_predictions(
    log: PredictionLog | str | os.PathLike[str],
    *,
    study: "Study | None" = None,
    model_digest: str | os.PathLike[str] | None = None,
    inputs: "pd.DataFrame | Mapping[str, Any] | None" = None,
    scores: Any = None,  # noqa: ANN401 - any cells
    classes: Sequence[Any] | None = None,
    decisions: Any = None,  # noqa: ANN401 - any cells
    threshold: Any = None,  # noqa: ANN401 - a number or one a row
    reasons: Any = None,  # noqa: ANN401 - codes
    overrides: Any = None,  # noqa: ANN401 - decisions, or a mapping
    policy_version: Any = None,  # noqa: ANN401 - a text or one a row
    ids: Any = None,  # noqa: ANN401 - any cells
    at: Any = None,  # noqa: ANN401 - a time or one a row
    key: LogKey | None = None,
    keep: Keep = (),
) -> Batch:
    """Log answers of a model, one an entry, so that a later look can say what was decided, by which model, on which input.

    Nothing of the inputs is written but their digest under a key, and the columns of `keep`. The batch is in the log, whole and flushed to
    disk, when this returns. NaN scores are logged as they are.

    Parameters
    ----------
    log
        The log, or its folder, made if new.
    study
        Whose model answered, where it was loaded from a file; gives the digest and the decision threshold.
    model_digest
        SHA-256 of the model's file as 64 hex digits, or the path of that file.
    inputs
        The rows that the model was asked about: a frame, or a mapping of columns. Each row's cells and column names are digested; see
        `input_digests` for what makes two rows equal.
    scores
        The score of each row; of several classes one column a class.
    classes
        What the columns of `scores` are, where they have no names.
    decisions
        What the model decided: labels, or numbers.
    threshold
        The score at which it decided: one, or one a row.
    reasons
        Codes of why, a list a row; at most 20, of at most 100 characters.
    overrides
        What persons decided instead, None where nobody did; or a mapping of "decision", "by" and "why". Later ones: `PredictionLog.override`.
    policy_version
        Version of the policy in force: one, or one a row.
    ids
        Id of each row, by which labels are joined; by default random ones, which `frame()` shows. Ids that name a person make the log personal.
    at
        When the model answered: one time, or one a row; UTC where it has no zone; by default now.
    key
        The key of the inputs' digests: bytes, the path of a file outside of the log, or "env:NAME". Never written to the log.
    keep
        Columns of `inputs` to keep as they are, for later studies by group or feature; or a mapping of their names to those in the log.
        Everything kept is personal data if the inputs are.

    Returns
    -------
    Batch

    Raises
    ------
    InputError
        If lengths differ, a field can't be read, the key is missing or weak, or neither a score nor a decision is given.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"income": [31_000, 52_000], "sex": ["f", "m"]})
    >>> with tempfile.TemporaryDirectory() as home:
    ...     log = PredictionLog(f"{home}/log")
    ...     batch = log_predictions(
    ...         log,
    ...         model_digest="ab" * 32,
    ...         inputs=rows,
    ...         scores=[0.31, 0.64],
    ...         decisions=["decline", "approve"],
    ...         threshold=0.5,
    ...         reasons=[["R02"], []],
    ...         policy_version="2026-03",
    ...         key=b"sixteen bytes or more",
    ...         keep=["sex"],
    ...     )
    ...     log.frame("decision", "sex").values.tolist()
    [['decline', 'f'], ['approve', 'm']]
    """
    ledger = log if isinstance(log, PredictionLog) else PredictionLog(log)
    given = {
        "scores": scores, "classes": classes, "decisions": decisions, "threshold": threshold, "reasons": reasons, "overrides": overrides,
        "policy_version": policy_version, "ids": ids, "at": at,
    }  # fmt: skip
    table, name = prepared(
        given, study=study, model_digest=model_digest, inputs=inputs, key=key, keep=keep, home=ledger.folder
    )
    return ledger.append(table, key_name=name)


def prepared(
    given: Mapping[str, Any], *, study: "Study | None", model_digest: str | os.PathLike[str] | None,
    inputs: "pd.DataFrame | Mapping[str, Any] | None", key: LogKey | None, keep: Keep, home: Path,
) -> "tuple[pa.Table, str]":  # fmt: skip
    """Return the entries of a call, checked, with digested inputs, and the name of the key."""
    fields = dict(given)
    fields["model"] = model_of(study, model_digest)
    if fields["threshold"] is None and study is not None:
        fields["threshold"] = study.decision_threshold
    if fields["scores"] is None and fields["decisions"] is None:
        raise InputError("Neither scores= nor decisions= is given: there is no answer to log. Pass one or both.")
    frame = None if inputs is None else _frame(inputs)
    rows = _rows(frame, fields)
    if frame is None:
        if keep:
            raise InputError("keep= names columns of inputs=, which isn't given. Pass inputs=.")
        return entry_table(rows, fields, kept={}), ""
    secret = read_key(key, home=home)
    fields["input_hmac"] = input_digests(frame, secret)
    return entry_table(rows, fields, kept=_kept(frame, keep)), key_name(secret)


def model_of(study: "Study | None", model_digest: str | os.PathLike[str] | None) -> str:
    """Return the digest of the model's file.

    Raises
    ------
    InputError
        If none is given, or the study's model isn't from a file.
    """
    if model_digest is not None:
        text = str(model_digest).lower().removeprefix("sha256:")
        return text if isinstance(model_digest, str) and _DIGEST.fullmatch(text) else digest_of_file(Path(model_digest))
    file = None if study is None else study.recipe.get("model")
    if isinstance(file, str) and Path(file).is_file():
        return digest_of_file(Path(file))
    raise InputError(
        "model_digest= is missing"
        + (", and the study's model isn't loaded from a file" if study is not None else "")
        + ". Pass the SHA-256 of the model's file as 64 hex digits, or the path of that file."
    )


def _frame(inputs: Any) -> "pd.DataFrame":  # noqa: ANN401 - checked here
    import narwhals as nw
    import pandas as pd

    if isinstance(inputs, pd.DataFrame):
        return inputs
    if isinstance(inputs, Mapping):
        one = all(as_rows(cell) is None for cell in inputs.values())
        return pd.DataFrame({name: [cell] for name, cell in inputs.items()} if one else dict(inputs))
    try:
        frame: pd.DataFrame = nw.from_native(inputs, eager_only=True).to_pandas()
    except TypeError:
        raise WrongTypeError(
            f"inputs= is {type(inputs).__name__}. Allowed: a frame, or a mapping of columns."
        ) from None
    return frame


def _rows(frame: "pd.DataFrame | None", fields: Mapping[str, Any]) -> int:
    if frame is not None:
        return len(frame)
    counts = [as_rows(fields[name]) for name in ("scores", "decisions", "ids", "at")]
    return next((count for count in counts if count is not None), 1)


def _kept(frame: "pd.DataFrame", keep: Keep) -> dict[str, Any]:
    names = (
        dict(keep)
        if isinstance(keep, Mapping)
        else {str(name): str(name) for name in ([keep] if isinstance(keep, str) else keep)}
    )
    columns = {str(column): position for position, column in enumerate(frame.columns)}
    for name in names:
        if name not in columns:
            raise UnknownNameError(
                f"Unknown column {name[:60]!r} in keep=. Columns of inputs=: {listed(columns)}.{did_you_mean(name, columns)}"
            )
    called = [sound(name) for name in names.values()]
    if len(set(called)) < len(called) or "" in called:
        raise InputError(
            f"keep= calls columns {listed(called)} in the log. Give each a name of its own: keep={{'theirs': 'name in the log'}}."
        )
    return {new: frame.iloc[:, columns[name]] for name, new in zip(names, called, strict=True)}
