"""Checks of what a study needs over its life: refits, files, a score that is reproduced, time and entities that fit."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mlops_widgets.core.words import number
from mlops_widgets.errors import InputError, MissingInputError, UnsafeModelError
from mlops_widgets.study.saved.study_file import open_study
from mlops_widgets.study.study import Study
from mlops_widgets.study.tables import Table, cap_rows, read_table
from mlops_widgets.testing.bench import Bench, Verdict, different_rows

_REFIT_ROWS = 300


def check_refit(bench: Bench) -> Verdict:
    """The model can be trained anew on few rows, and training a copy leaves the model itself as it is."""
    study = bench.study
    study.model.need("refit")
    rows = cap_rows(study.need("reference"), max_rows=_REFIT_ROWS, by=study.outcome.target, seed=bench.seed)
    before, refitted = bench.base, study.learner.refit(rows)
    refitted.predictions(bench.draw(bench.sample))
    differ = different_rows(bench.ask(bench.inputs(), "after a copy was trained"), before)
    if not differ:
        return Verdict(status="passed", claim=f"A copy of the model was trained on {rows.rows} rows and answers.")
    return Verdict(
        status="failed", claim=f"Training a copy on {rows.rows} rows changed the model itself, in {differ} answers.",
        action="Make in fit whatever fit changes: what __init__ was given is shared between copies.",
        evidence={"rows": rows.rows, "different": differ},
    )  # fmt: skip


def check_expected(bench: Bench) -> Verdict:
    """The score that the user expects is the one found on the test."""
    study = bench.study
    if study.expected is None:
        raise MissingInputError(
            "expected score", "Pass expected=, the score that you believe the model has on the test."
        )
    found = study.measure(study.need("test")).score
    margin = study.accepted_loss(study.expected)
    said = f"{study.metric.label} {number(found)} on the test, where you expect {number(study.expected)}"
    evidence = {"found": found, "expected": study.expected, "margin": margin}
    if abs(found - study.expected) <= margin:
        return Verdict(status="passed", claim=f"{said}: within the margin of {number(margin)}.", evidence=evidence)
    return Verdict(
        status="failed", claim=f"{said}: beyond the margin of {number(margin)}.", evidence=evidence,
        action="Find out which rows, metric or model version the expected score is from before you go on.",
    )  # fmt: skip


def check_fingerprint(bench: Bench) -> Verdict:
    """The same study, put together again, has the same fingerprint."""
    study = bench.study
    again = replace(
        study, reference=_again(study.reference), production=_again(study.production),
        tests={name: _anew(table) for name, table in study.tests.items()},
    )  # fmt: skip
    if again.fingerprint == study.fingerprint:
        return Verdict(
            status="passed", claim=f"Put together again, the study has the same fingerprint {study.fingerprint}."
        )
    return Verdict(
        status="failed", claim="Put together again, the same study has another fingerprint.",
        action="Make the model answer the same rows alike: reports are told apart by this number.",
    )  # fmt: skip


def _again(table: Table | None) -> Table | None:
    return None if table is None else _anew(table)


def _anew(table: Table) -> Table:
    return table.take(np.arange(table.rows))


def check_reading(bench: Bench) -> Verdict:
    """A table that was read and is read again is the same table."""
    changed = [
        name for name, table in bench.study.tables.items()
        if read_table(table.pandas(), name=table.name).fingerprint != table.fingerprint
    ]  # fmt: skip
    if not changed:
        return Verdict(status="passed", claim="Tables read a second time are the same tables.")
    return Verdict(status="failed", claim=f"Read a second time, other tables come out: {', '.join(changed)}.",
                   action="Give each column one type: cells of several types are read anew each time.")  # fmt: skip


def check_saving(bench: Bench) -> Verdict:
    """Saved to a folder and opened again, it is the same study."""
    with TemporaryDirectory(prefix="mlops-widgets-") as folder:
        try:
            saved = bench.study.save(Path(folder) / "study.toml")
        except InputError as error:
            return Verdict(status="not_applicable", claim=f"Can't be saved: {error}")
        try:
            opened = open_study(saved.path)
        except UnsafeModelError:
            # Opening it would need trust in types of the user's own, which nobody but the user gives.
            return Verdict(
                status="not_applicable", claim="Saved, but opened only with trust=.", action=" ".join(saved.notes)
            )
    if opened.fingerprint == bench.study.fingerprint:
        return Verdict(status="passed", claim="Saved and opened again, it is the same study.")
    return Verdict(status="failed", claim="Saved and opened again, it is another study: its fingerprint differs.",
                   action="Compare the two with describe(); a type that Parquet doesn't hold is the usual cause.")  # fmt: skip


def check_time(bench: Bench) -> Verdict:
    """Times can be read, and the reference lies before test and production."""
    study = bench.study
    if study.roles.time is None:
        raise MissingInputError("time column", "Pass time=, the column of when a row happened.")
    times = {name: found for name, table in study.tables.items() if (found := study.times(table)) is not None}
    unread = sum(int(np.isnan(found).sum()) for found in times.values())
    rows = sum(len(found) for found in times.values())
    if unread:
        return Verdict(
            status="failed" if unread == rows else "warning", evidence={"rows": rows, "unread": unread},
            claim=f"{unread:,} of {rows:,} times in {study.roles.time!r} are missing or can't be read.",
            action="Write times as ISO dates (2024-08-31), and say why a row has none.",
        )  # fmt: skip
    swapped = _out_of_order(study, {name: float(np.median(found)) for name, found in times.items()})
    if swapped:
        return Verdict(status="failed", claim=f"In {study.roles.time!r} most of {swapped[1]} lies before {swapped[0]}.",
                       action="Check which table was passed as which: a model is tested on what came later.")  # fmt: skip
    return Verdict(
        status="passed",
        claim=f"All {rows:,} times in {study.roles.time!r} can be read, and the tables follow each other.",
    )


def _out_of_order(study: Study, middles: dict[str, float]) -> tuple[str, str] | None:
    """Return the first two tables of which the later one lies before the earlier one; tests have no order among them."""
    steps = [["reference"], list(study.tests), ["production"]]
    pairs = [
        (one, other) for i, step in enumerate(steps) for one in step for later in steps[i + 1 :] for other in later
    ]
    known = [(one, other) for one, other in pairs if one in middles and other in middles]
    return next(((one, other) for one, other in known if middles[other] < middles[one]), None)


def check_entities(bench: Bench) -> Verdict:
    """The test holds entities that the model didn't learn from."""
    study, entity = bench.study, bench.study.roles.entity
    if entity is None:
        raise MissingInputError("entity column", "Pass entity=, the customer, patient or machine that rows belong to.")
    reference, test = study.need("reference"), study.need("test")
    tested = test[entity].dropna().unique()
    both = int(np.isin(tested.astype(str), reference[entity].dropna().unique().astype(str)).sum())
    kept = f"{reference.rows:,} of {reference.source_rows:,} rows were kept" if reference.kept < 1 else ""
    if not both:
        of = f", of which {kept}" if kept else ""
        return Verdict(status="passed", claim=f"None of the test's {len(tested):,} {entity!r} is in the reference{of}.")
    least, of = ("At least ", f", of which {kept}") if kept else ("", "")
    return Verdict(
        status="warning", claim=f"{least}{both:,} of the test's {len(tested):,} {entity!r} are in the reference too{of}.",
        action="Test on entities that the model never met, if production will bring such.",
        evidence={"entities": len(tested), "in_both": both},
    )  # fmt: skip
