"""The inventory: who answers for each model, which tier it is in, and when it is audited next."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sklearn.linear_model import LogisticRegression

from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.registry.inventory import inventory
from mlops_widgets.governance.registry.registry import Registry
from mlops_widgets.governance.registry.tiers import Tier, TierMap, read_tiers
from tests.governance.registry.small_models import ADA, BO, promote, registry_in, study

AUGUST = datetime(2026, 8, 1, tzinfo=UTC)


def _described(folder: Path, **said: str) -> Registry:
    registry = registry_in(folder, 1.0)
    registry.describe(
        "loans", by=ADA, **{"owner": BO, "use": "Offers", "exposure": "high", "purpose": "decides", **said}
    )
    return registry


def test_the_next_audit_is_due_the_tiers_days_after_the_last_one(tmp_path: Path) -> None:
    """31 January and 180 days is 30 July 2026."""
    registry = _described(tmp_path)
    promote(registry)
    line = inventory(registry, now=AUGUST).lines[0]
    assert (line.owner, line.use, line.tier, line.tier_from) == (BO, "Offers", "1", "exposure × purpose")
    assert (line.last_audit, line.last_outcome, line.next_audit) == ("2026-01-31", "passed", "2026-07-30")
    assert (line.state, line.days_late) == ("overdue", 2)
    assert inventory(registry, now=datetime(2026, 7, 30, 23, tzinfo=UTC)).lines[0].state == "in time"


def test_late_audits_of_a_model_in_production_fail_and_others_warn(tmp_path: Path) -> None:
    registry = _described(tmp_path)
    promote(registry, to="staging")
    assert [each.status for each in inventory(registry, now=AUGUST).findings] == ["warning", "warning", "passed"]
    promote(registry, to="production")
    told = inventory(registry, now=AUGUST)
    assert [each.status for each in told.findings] == ["failed", "failed", "passed"]
    assert told.headline == "1 model, 1 in production; 1 with owner, use and tier; 1 with a late audit."
    assert inventory(registry, now=datetime(2026, 2, 1, tzinfo=UTC)).status == "passed"


def test_an_audit_that_failed_is_due_again_at_once(tmp_path: Path) -> None:
    registry = _described(tmp_path)
    promote(registry)
    registry.review("loans", 1, study=study(), by=ADA, reason="Again.")
    line = inventory(registry, now=datetime(2026, 2, 1, tzinfo=UTC)).lines[0]
    assert (line.last_outcome, line.next_audit, line.days_late) == ("refused", "2026-01-31", 1)


def test_without_now_nothing_is_called_late_and_that_is_said(tmp_path: Path) -> None:
    registry = _described(tmp_path)
    promote(registry)
    told = inventory(registry)
    assert (told.lines[0].state, told.status) == ("unknown", "warning")
    assert "without now=" in told.headline
    assert told.findings[1].status == "not_enough_data"


def test_the_version_in_the_highest_stage_counts_and_its_own_audits(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0, 0.1)
    promote(registry)
    assert inventory(registry).lines[0].version == 1
    registry.demote("loans", 1, by=ADA, reason="It errs.")
    line = inventory(registry).lines[0]
    assert (line.version, line.state) == (2, "never audited")


def test_what_nobody_said_stands_as_missing(tmp_path: Path) -> None:
    registry = registry_in(tmp_path, 1.0)
    told = inventory(registry, now=AUGUST)
    assert told.lines[0].missing == ("owner", "use", "tier")
    assert [each.status for each in told.findings] == ["warning", "warning", "warning"]
    registry.describe("loans", by=ADA, tier="9", use="Offers", owner=BO)
    assert inventory(registry).lines[0].missing == ("tier",), "a tier that the map doesn't know is none"
    registry.describe("loans", by=ADA, tier="3")
    assert inventory(registry).lines[0].tier_from == "said"
    assert inventory(Registry(tmp_path / "empty")).headline == "No model is registered."


def test_the_calendar_has_an_entry_a_model_with_its_day_and_its_interval(tmp_path: Path) -> None:
    registry = _described(tmp_path)
    promote(registry)
    registry.register(LogisticRegression(), name="offers; limits", author=ADA)
    with pytest.raises(InputError, match=r"must end in \.ics"):
        inventory(registry).calendar_file(tmp_path / "audits.txt")
    text = inventory(registry, now=AUGUST).calendar_file(tmp_path / "audits.ics").read_bytes().decode()
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VEVENT\r\nEND:VCALENDAR\r\n")
    assert text.count("BEGIN:VEVENT") == 1
    assert "DTSTART;VALUE=DATE:20260730\r\nRRULE:FREQ=DAILY;INTERVAL=180\r\nSUMMARY:Audit of loans\r\n" in text
    with pytest.raises(InputError, match="No model has a day"):
        inventory(registry_in(tmp_path / "other", 1.0)).calendar_file(tmp_path / "none.ics")


def test_the_shipped_tiers_answer_every_cell_and_a_file_of_ones_own_works(tmp_path: Path) -> None:
    tiers = read_tiers()
    found = {cell: level.name for level in tiers.levels for cell in level.cells}
    assert len(found) == 9 == len(tiers.exposures) * len(tiers.purposes)
    assert tiers.source
    assert tiers.last_checked
    path = tmp_path / "own.toml"
    own = 'tiers = 1\nname = "own"\nexposures = ["all"]\npurposes = ["any"]\n[[levels]]\nname = "only"\naudit_days = 30\ncells = ["all / any"]\n'
    path.write_text(own)
    registry = _described(tmp_path / "registry", exposure="all", purpose="any")
    promote(registry)
    told = inventory(registry, tiers=read_tiers(path)).lines[0]
    assert (told.tier, told.next_audit) == ("only", "2026-03-02")
    for old, new in (
        ("tiers = 1", "tiers = 2"),
        ("30", "0"),
        ("all / any", "x / any"),
        ('name = "own"', "name = 1"),
        ("cells", "cell"),
    ):
        path.write_text(own.replace(old, new))
        with pytest.raises(InputError):
            read_tiers(path)


def test_a_map_with_a_hole_or_two_answers_is_refused() -> None:
    one = Tier(name="1", says="", audit_days=1, cells=("a / b",))
    for levels, message in (
        ((one, Tier(name="2", says="", audit_days=1, cells=("a / b",))), "two tiers"),
        ((), "no tier"),
    ):
        with pytest.raises(InputError, match=message):
            TierMap(name="x", exposures=("a",), purposes=("b",), levels=levels)
    with pytest.raises(InputError, match="two have one name"):
        TierMap(
            name="x",
            exposures=("a", "c"),
            purposes=("b",),
            levels=(one, Tier(name="1", says="", audit_days=1, cells=("c / b",))),
        )


def test_an_inventory_is_of_a_registry(tmp_path: Path) -> None:
    with pytest.raises(WrongTypeError, match="takes a Registry"):
        inventory(tmp_path)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(WrongTypeError, match="tiers="):
        inventory(registry_in(tmp_path, 1.0), tiers="x")  # type: ignore[arg-type]  # wrong on purpose
