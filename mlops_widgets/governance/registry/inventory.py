"""Which models there are, who answers for each, how much hangs on it, and which audits are late."""

from datetime import UTC, date, datetime, timedelta

from mlops_widgets.core.calendars import with_zone
from mlops_widgets.core.result import Finding, Status
from mlops_widgets.errors import WrongTypeError, listed
from mlops_widgets.governance.registry.entries import ModelVersion, Move
from mlops_widgets.governance.registry.inventory_result import InventoryLine, InventoryResult
from mlops_widgets.governance.registry.registry_reader import RegistryReader
from mlops_widgets.governance.registry.replay import State
from mlops_widgets.governance.registry.stages import height
from mlops_widgets.governance.registry.tiers import Tier, TierMap, read_tiers

_METHOD = (
    "The version that counts is the one in the highest stage, of several the newest; its last audit is the latest decision with one that counts; "
    "the next is due after the days of its tier"
)


def inventory(
    registry: RegistryReader, *, tiers: TierMap | None = None, now: datetime | None = None
) -> InventoryResult:
    """Say which models there are, who answers for each, and which audits are late.

    Parameters
    ----------
    registry
        The registry.
    tiers
        Which exposure and purpose make which tier, and the days between audits; by default `read_tiers()`.
    now
        By which moment audits are late; without it, none is called late.

    Returns
    -------
    InventoryResult
        Findings: GV-IN-01 all models, GV-IN-02 audits that are late or were never made, GV-IN-03 what nobody has said.

    Examples
    --------
    >>> import tempfile
    >>> from sklearn.linear_model import LogisticRegression
    >>> from mlops_widgets.governance.registry.registry import Registry
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     registry = Registry(folder)
    ...     first = registry.register(LogisticRegression().fit([[0], [1]], [0, 1]), name="loans", author="Ada King")
    ...     said = registry.describe(
    ...         "loans", owner="Bo Lee", use="Offers", exposure="high", purpose="decides", by="Bo Lee"
    ...     )
    ...     inventory(registry).frame()[["name", "owner", "tier", "state"]].to_numpy().tolist()
    [['loans', 'Bo Lee', '1', 'never audited']]
    """
    if not isinstance(registry, RegistryReader):
        raise WrongTypeError(
            f"inventory takes a Registry, not {type(registry).__name__}: pass mw.governance.Registry(folder)."
        )
    chosen = read_tiers() if tiers is None else tiers
    if not isinstance(chosen, TierMap):
        raise WrongTypeError(f"tiers= is {type(chosen).__name__}. Pass a TierMap: read_tiers(path).")
    moment, state = with_zone(now), registry.state()
    lines = tuple(_line(state, name, chosen, moment) for name in state.versions)
    return InventoryResult(
        findings=_find(lines, judged=moment is not None), rows=0, method=_METHOD, reference=chosen.source, lines=lines,
        tiers=f"{chosen.name} {chosen.version}".strip(), judged_at="" if moment is None else moment.isoformat(),
    )  # fmt: skip


def _line(state: State, name: str, tiers: TierMap, now: datetime | None) -> InventoryLine:
    version = _counting(state.versions[name])
    said = {key: each.said[key] for key, each in state.said.get(name, {}).items()}
    tier, tier_from = _tier(said, tiers)
    last = _last_audit(state, version)
    due = _due(last, tier)
    left = None if now is None or due is None else (due - now.astimezone(UTC).date()).days
    where = "never audited" if last is None else "unknown" if left is None else "overdue" if left < 0 else "in time"
    told = {"owner": said.get("owner", ""), "use": said.get("use", ""), "tier": tier.name if tier else ""}
    return InventoryLine(
        name=name, version=version.version, stage=version.stage, **told, tier_from=tier_from, last_audit="" if last is None else last.at[:10],
        last_outcome="" if last is None else last.outcome, next_audit="" if due is None else due.isoformat(),
        audit_days=tier.audit_days if tier else 0, days_left=left, state=where, missing=tuple(key for key, text in told.items() if not text),
    )  # fmt: skip


def _counting(versions: list[ModelVersion]) -> ModelVersion:
    return max(versions, key=lambda each: (height(each.stage), each.version))


def _tier(said: dict[str, str], tiers: TierMap) -> tuple[Tier | None, str]:
    """Return the tier that somebody said, else the one of exposure and purpose; a word that the map doesn't know is no tier."""
    if "tier" in said:
        return (found, "said") if (found := tiers.tier(said["tier"])) else (None, "")
    found = tiers.of(said.get("exposure", ""), said.get("purpose", ""))
    return found, "exposure × purpose" if found else ""


def _last_audit(state: State, version: ModelVersion) -> Move | None:
    """Return the latest decision with an audit of this version; a refusal counts too, as somebody looked."""
    own = [each for each in state.moves if each.name == version.name and each.version == version.version]
    return next((each for each in reversed(own) if each.asked and each.outcome != "ignored"), None)


def _due(last: Move | None, tier: Tier | None) -> date | None:
    """Return the day of the next audit: after the tier's days; at once where the last one didn't pass."""
    if last is None or tier is None:
        return None
    done = datetime.fromisoformat(last.at).astimezone(UTC).date()
    return done + timedelta(days=tier.audit_days) if last.outcome == "passed" else done


def _find(lines: tuple[InventoryLine, ...], *, judged: bool) -> tuple[Finding, ...]:
    if not lines:
        claim = "No model is registered."
        return (
            Finding(
                code="GV-IN-01", status="not_run", claim=claim, evidence={"models": 0}, action="registry.register(…)"
            ),
        )
    return (_headline(lines, judged=judged), _late(lines, judged=judged), _unsaid(lines))


def _headline(lines: tuple[InventoryLine, ...], *, judged: bool) -> Finding:
    live = [each for each in lines if each.stage == "production"]
    late = [each for each in lines if each.state == "overdue"]
    lacking = [each for each in lines if each.missing]
    whole = len(lines) - len(lacking)
    claim = (
        f"{len(lines)} model{'' if len(lines) == 1 else 's'}, {len(live)} in production; {whole} with owner, use and tier; "
        + (f"{len(late)} with a late audit." if judged else "whether audits are late can't be said without now=.")
    )
    bad = [each for each in live if each.missing or each.state in {"overdue", "never audited"}]
    evidence = {
        "models": len(lines),
        "production": len(live),
        "described": whole,
        "late": len(late) if judged else None,
    }
    status: Status = "failed" if bad else "warning" if late or lacking or not judged else "passed"
    first = bad[0] if bad else None
    action = (
        f"Begin with {first.name}, which is in production."
        if first
        else ""
        if status == "passed"
        else "See the next findings."
    )
    return Finding(code="GV-IN-01", status=status, claim=claim, evidence=evidence, action=action)


def _late(lines: tuple[InventoryLine, ...], *, judged: bool) -> Finding:
    late = sorted((each for each in lines if each.state == "overdue"), key=lambda each: -each.days_late)
    never = [each for each in lines if each.state == "never audited"]
    evidence = {"late": len(late) if judged else None, "never": len(never)}
    told = (
        [f"late: {listed(f'{each.name} by {each.days_late} days (tier {each.tier})' for each in late)}"] if late else []
    )
    told += [f"never audited: {listed(each.name for each in never)}"] if never else []
    if told:
        live = any(each.stage == "production" for each in (*late, *never))
        return Finding(
            code="GV-IN-02", status="failed" if live else "warning", claim=f"Audits {'; '.join(told)}.", evidence=evidence,
            action="registry.review(name, version, study=…, by=…, reason=…) audits again and records it.",
        )  # fmt: skip
    unknown = [each.name for each in lines if each.state == "unknown"]
    if unknown:
        claim = f"When the next audit is due, or whether it is late, can't be said of {listed(unknown)}."
        action = "Say the tier by registry.describe, and pass now=."
        return Finding(code="GV-IN-02", status="not_enough_data", claim=claim, evidence=evidence, action=action)
    first = min(lines, key=lambda each: each.next_audit)
    claim = f"No audit is late; the next is due on {first.next_audit}, of {first.name}."
    return Finding(code="GV-IN-02", status="passed", claim=claim, evidence=evidence)


def _unsaid(lines: tuple[InventoryLine, ...]) -> Finding:
    told = [f"{each.name} ({', '.join(each.missing)})" for each in lines if each.missing]
    if not told:
        return Finding(
            code="GV-IN-03",
            status="passed",
            claim="Owner, use and tier of every model were said.",
            evidence={"missing": 0},
        )
    return Finding(
        code="GV-IN-03", status="failed" if any(each.missing and each.stage == "production" for each in lines) else "warning",
        claim=f"Nobody has said everything of {listed(told)}.", evidence={"missing": len(told)},
        action="registry.describe(name, owner=…, use=…, exposure=…, purpose=…, by=…)",
    )  # fmt: skip
