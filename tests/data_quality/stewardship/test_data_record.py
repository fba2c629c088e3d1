"""A record is complete when somebody said everything, knows its table again, and is read by foreign tools."""

import json
import socket
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mlops_widgets as mw
from mlops_widgets.data_quality import DataRecord, Lineage, read_record
from mlops_widgets.data_quality.stewardship.accountable import TASKS
from mlops_widgets.errors import InputError, UnknownNameError

SAID: dict[str, Any] = {
    "owner": "Credit risk", "purpose": "Decide on loans", "source": "Branch offices", "licence": "internal use", "retention": "six years",
    "said_by": "Ada King", "said_on": "2026-03-31", "accountable": dict.fromkeys(TASKS, "Bo Ng"),
    "sensitivity": {"*": "public", "mail": "personal"},
}  # fmt: skip


def raw() -> pd.DataFrame:
    return pd.DataFrame({
        "age": [31, -999, 52], "mail": ["a@example.org", "b@example.org", None], "born in": ["Ely", "Rye", "Ely"],
        "day": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]), "ok": [True, False, True], "rate": [0.1, np.nan, 0.3],
    })  # fmt: skip


def clean() -> pd.DataFrame:
    return raw()[raw()["age"] > 0]


def record(**options: Any) -> DataRecord:
    found = mw.data_quality.record_data(options.pop("table", clean()), **options)
    assert isinstance(found, DataRecord)
    return found


@cache
def full() -> DataRecord:
    lineage = Lineage()
    lineage.step("drop sentinels", inputs={"raw": raw()}, outputs={"clean": clean()}, code="clean.py@3f2a")
    return record(lineage=lineage, name="clean", **SAID)


def statuses(result: DataRecord) -> dict[str, str]:
    return {finding.code: finding.status for finding in result.findings}


def test_an_empty_record_fails_and_names_all_that_is_missing() -> None:
    empty = record()
    assert statuses(empty) == {"DQ-DR-01": "failed", "DQ-DR-02": "warning", "DQ-DR-03": "not_run", "DQ-DR-04": "passed"}
    assert len(empty.missing) == 7 + len(TASKS) + 1


@pytest.mark.parametrize("gone", [*(name for name in SAID if name not in {"accountable", "sensitivity"})])
def test_a_record_fails_while_one_thing_is_missing(gone: str) -> None:
    lacking = record(**{**SAID, gone: ""})
    assert (lacking.status, lacking.missing) == ("failed", (gone,))


def test_a_record_fails_while_a_task_or_a_column_has_nobody() -> None:
    assert record(**{**SAID, "accountable": {**SAID["accountable"], "deletion": ""}}).missing == (
        "accountable: deletion",
    )
    assert record(**{**SAID, "accountable": {**SAID["accountable"], "archive": ""}}).missing == (
        "accountable: archive",
    )
    assert record(**{**SAID, "sensitivity": {"mail": "personal"}}).missing == ("sensitivity of 5 columns",)


def test_a_full_record_passes() -> None:
    assert statuses(full()) == dict.fromkeys(["DQ-DR-01", "DQ-DR-02", "DQ-DR-03", "DQ-DR-04"], "passed")
    assert full().missing == ()


@pytest.mark.parametrize(
    "name", ["TBD", "n/a", "N.A.", "me", "owner", "?", "-", "x", "The team", "data owner", "nobody", "TODO"]
)
def test_a_placeholder_is_nobody(name: str) -> None:
    with pytest.raises(InputError, match=r"names nobody|says nothing"):
        record(owner=name)
    with pytest.raises(InputError, match=r"names nobody|says nothing"):
        record(accountable={"quality": name})


def test_wrong_words_are_refused_by_name() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'deletion'"):
        record(accountable={"deletions": "Bo Ng"})
    with pytest.raises(UnknownNameError, match=r"sensitivity\['age'\]"):
        record(sensitivity={"age": "secret"})
    with pytest.raises(UnknownNameError, match="isn't in the table"):
        record(sensitivity={"agee": "public"})
    with pytest.raises(InputError, match="said_on='soon'"):
        record(said_on="soon")


def test_a_personal_column_that_is_called_public_fails() -> None:
    wrong = record(**{**SAID, "sensitivity": {"*": "public"}})
    assert statuses(wrong)["DQ-DR-02"] == "failed"
    assert "mail (public)" in str(wrong)


def test_a_table_is_known_again_and_what_changed_in_it_is_named(tmp_path: Path) -> None:
    back = read_record(full().save(tmp_path / "record.json"))
    assert back.to_dict() == full().to_dict()
    assert back.compare(clean()).status == "passed"
    other = back.compare(clean().assign(age=[31, 53], new=1).drop(columns="ok"))
    assert (other.status, other.changed, other.gone, other.new) == ("failed", ("age",), ("ok",), ("new",))
    assert back.compare(clean().iloc[::-1]).status == "failed"
    assert back.compare(clean()[["mail", "age", *clean().columns[2:]]]).changed == ()
    assert back.compare(clean()[["mail", "age", *clean().columns[2:]]]).status == "failed"


def test_steps_that_do_not_lead_to_the_table_fail() -> None:
    gap = Lineage()
    gap.step("read", inputs={}, outputs={"raw": raw()})
    gap.step("clean", inputs={"raw": raw().assign(age=1)}, outputs={"clean": clean()})
    assert "'clean' took 'raw' in another version" in record(lineage=gap).findings[2].claim
    other = Lineage()
    other.step("read", inputs={}, outputs={"raw": raw()})
    assert "made another table than this one" in record(lineage=other).findings[2].claim


def test_a_saved_record_holds_no_cell_and_shows_what_is_missing(tmp_path: Path) -> None:
    for suffix in (".json", ".md", ".html"):
        text = record(owner="Ada King").save(tmp_path / f"record{suffix}").read_text()
        assert "example.org" not in text
        assert "Rye" not in text
        if suffix != ".json":
            assert "nobody has said this yet" in text


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_croissant_reads_the_record_and_the_rows_without_a_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlcroissant  # type: ignore[import-untyped]

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    clean().to_csv(tmp_path / "clean.csv", index=False)
    path = full().to_croissant(tmp_path / "clean.json", file=tmp_path / "clean.csv")
    dataset = mlcroissant.Dataset(str(path))  # mlcroissant 1.1
    assert dataset.metadata.issues.errors == set()
    assert [each for each in map(str, dataset.metadata.issues.warnings) if "citeAs" not in each] == []  # of a paper
    assert dataset.metadata.license == ["internal use"]
    assert [row["rows/age"] for row in dataset.records("rows")] == [31, 52]
    assert json.loads(path.read_text())["rai:personalSensitiveInformation"] == ["mail"]


def test_a_croissant_of_another_file_is_refused(tmp_path: Path) -> None:
    clean().drop(columns="ok").to_csv(tmp_path / "other.csv", index=False)
    with pytest.raises(InputError, match="other columns than were recorded: ok"):
        full().to_croissant(tmp_path / "clean.json", file=tmp_path / "other.csv")
    with pytest.raises(InputError, match="no file that ends in"):
        full().to_croissant(tmp_path / "clean.json", file=tmp_path / "none.csv")


def test_openlineage_reads_every_event(tmp_path: Path) -> None:
    from openlineage.client.event_v2 import Job, OutputDataset, Run, RunEvent, RunState  # openlineage-python 1.54
    from openlineage.client.generated.dataset_version_dataset import DatasetVersionDatasetFacet
    from openlineage.client.generated.ownership_dataset import Owner, OwnershipDatasetFacet
    from openlineage.client.generated.schema_dataset import SchemaDatasetFacet, SchemaDatasetFacetFields

    start, complete = (
        json.loads(path.read_text()) for path in full().to_openlineage(tmp_path / "events", namespace="credit")
    )
    assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
    assert start["run"] == complete["run"]
    event = RunEvent(
        eventType=RunState[complete["eventType"]], eventTime=complete["eventTime"], run=Run(runId=complete["run"]["runId"]),
        job=Job(namespace=complete["job"]["namespace"], name=complete["job"]["name"]), producer=complete["producer"],
    )  # fmt: skip
    assert event.schemaURL == complete["schemaURL"]
    (output,) = complete["outputs"]
    read = OutputDataset(namespace=output["namespace"], name=output["name"])
    assert (read.namespace, read.name) == ("credit", "clean")
    facets = output["facets"]
    version = DatasetVersionDatasetFacet(facets["version"]["datasetVersion"])
    owner = OwnershipDatasetFacet(owners=[Owner(**each) for each in facets["ownership"]["owners"]])
    schema = SchemaDatasetFacet(fields=[SchemaDatasetFacetFields(**each) for each in facets["schema"]["fields"]])
    assert version.datasetVersion == full().version.version
    for name, facet in (("version", version), ("ownership", owner), ("schema", schema)):
        assert facets[name]["_schemaURL"] == facet._schemaURL


def test_events_need_a_step_and_a_time_and_overwrite_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no step"):
        record().to_openlineage(tmp_path, namespace="credit")
    full().to_openlineage(tmp_path, namespace="credit")
    with pytest.raises(InputError, match="already"):
        full().to_openlineage(tmp_path, namespace="credit")
    with pytest.raises(InputError, match="at='today'"):
        full().to_openlineage(tmp_path / "b", namespace="credit", at="today")


def test_awkward_tables_are_recorded(tmp_path: Path) -> None:
    odd = pd.DataFrame({"a b/ü": [[1], {"x": 2}], "": ["\ud800", None], "a b-ü": [2.0**70, np.inf]}, dtype=object)
    odd_record = record(table=odd)
    assert odd_record.compare(odd).status == "passed"
    assert odd_record.save(tmp_path / "odd.json").exists()


def test_a_record_names_what_each_spill_changed_and_raises_no_alarm_over_new_rows() -> None:
    rows = pd.DataFrame(
        {"price": [float(100 + 7 * at % 900) for at in range(120)], "paid": [at % 3 > 0 for at in range(120)]}
    )
    noticed = mw.data_quality.notice_spills(rows, record(table=rows), roles={"target": "paid"})
    assert isinstance(noticed, mw.data_quality.NoticeResult)
    assert noticed.after == 0
    said = {each.spill: each.said for each in noticed.notices if each.watcher == "the record"}
    assert set(said) == set(noticed.spills)
    assert "price" in said["unit"]
