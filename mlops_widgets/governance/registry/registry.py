"""The registry: versions of models, who made them, and the only way by which one comes to production."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.codec import to_plain
from mlops_widgets.core.people import named
from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.core.statements import day, statement, words
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.policies.audit_result import AuditResult
from mlops_widgets.governance.policies.digests import digest
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.sign_offs import SignOff, checked
from mlops_widgets.governance.registry.entries import (
    MOVE,
    RULE,
    SAID,
    VERSION,
    Action,
    ModelMetric,
    ModelVersion,
    Move,
    MoveEntry,
    RuleEntry,
    SaidEntry,
    plain,
)
from mlops_widgets.governance.registry.gate import Asked, GateRefused, examine
from mlops_widgets.governance.registry.registration import new_entry
from mlops_widgets.governance.registry.registry_reader import RegistryReader
from mlops_widgets.governance.registry.replay import State, made_by
from mlops_widgets.governance.registry.stages import GATED, Stage, is_down, is_up, stage_of
from mlops_widgets.records import Record
from mlops_widgets.study.model_files.trust import Trust

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

STATEMENTS = ("owner", "use", "tier", "exposure", "purpose")
"""What can be said of a model."""


class Registry(RegistryReader):
    """Versions of models with their stages, kept in a store of records to which is only added.

    A stage isn't stored: it follows from the records, read in order. An entry counts only where it was allowed: a promotion by
    somebody who didn't make the version, with an audit whose every requirement is met. Others move nothing, and `verify` names them.
    Whoever may write the files can write all of them anew; a checkpoint that is kept elsewhere shows that.

    Parameters
    ----------
    path
        A folder, made if new, for `registry.db` and `models/`; or the file of a store (.db), such as a pipeline's `records.db`, beside
        which `models/` lies. Models that a pipeline registered there are versions in stage "none".
    clock
        What says the time of what is recorded.

    Examples
    --------
    >>> import tempfile
    >>> import mlops_widgets as mw
    >>> study = mw.sample("census")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     registry = Registry(folder)
    ...     first = registry.register(study.model.model, name="jobs", author="Ada King")
    ...     first.id, first.stage, registry.verify().status
    ('jobs/1', 'none', 'passed')
    """

    def register(
        self, model: Any = None, *, name: str, author: str, study: "Study | None" = None,  # noqa: ANN401 - any model
        metrics: Sequence[ModelMetric] | None = None, parents: Sequence[int | str] = (), lineage: Mapping[str, str] | None = None,
        signature: bool = True, note: str = "", aliases: Sequence[str] = (), tags: Mapping[str, str] | None = None,
        trust: Trust = None, draws: int = 200, seed: int = 0,
    ) -> ModelVersion:  # fmt: skip
        """Keep a model as a new version in stage "none".

        Parameters
        ----------
        model
            A live model, or the path of a model's file, whose bytes are copied and not loaded; by default the study's.
        name
            What the model is called.
        author
            Who made it. Nobody approves a version of their own.
        study
            Its signature, lineage and metrics are kept; its model must be this one.
        metrics
            Numbers from elsewhere, in the place of those that are measured.
        parents
            Versions that it was made from: numbers, or "name/number".
        lineage
            What else is known of where it comes from, such as {"commit": "…"}.
        signature
            Whether columns and their types are kept.
        note
            What the author says.
        aliases, tags
            Names and words of another registry; they move nothing.
        trust
            What the caller vouches for, should a file have to be opened to compare it with the study's model.
        draws, seed
            Of the metrics' intervals.

        Raises
        ------
        InputError
            If the author is a placeholder, no file can hold the model, the study holds another model, or these bytes are a version.
        """
        entry = new_entry(
            self.state(), self.models, model, study, name=name, author=author, note=note, metrics=metrics, parents=parents,
            lineage=lineage, signature=signature, aliases=aliases, tags=tags, trust=trust, draws=draws, seed=seed,
        )  # fmt: skip
        self._append(VERSION, plain(entry))
        made = next(each for each in self.state().of(entry.name) if each.digest == entry.digest)
        if made.author != entry.author:
            raise InputError(
                f"{made.author} registered these bytes as {made.id} at the same time. A version is registered once."
            )
        return made

    def describe(
        self, name: str, *, by: str, owner: str = "", use: str = "", tier: str = "", exposure: str = "", purpose: str = "",
        on: str | date | None = None,
    ) -> dict[str, SaidEntry]:  # fmt: skip
        """Record what somebody says of a model, and return what is said of it now.

        Parameters
        ----------
        name
            The model.
        by
            Who says it.
        owner, use, tier, exposure, purpose
            What is said; what is left out stays as it was. The inventory takes the tier from exposure and purpose where nobody names it.
        on
            The day, by default today's.
        """
        given = {"owner": owner, "use": use, "tier": tier, "exposure": exposure, "purpose": purpose}
        said = {key: text for key, value in given.items() if (text := words(key, value))}
        if not said:
            raise InputError(f"Nothing was said of {name[:80]!r}. Pass one of {', '.join(STATEMENTS)}.")
        self.state().of(name)
        if "owner" in said:
            said["owner"] = named("owner", owner)
        told = day("on", on) or self._clock().date().isoformat()
        self._append(SAID, plain(SaidEntry(name=name, said=said, by=named("by", by), on=told)))
        return dict(self.state().said[name])

    def require(self, policy: Policy, *, to: Stage = "production", by: str, reason: str, name: str = "") -> None:
        """Set the policy that counts for a stage from now on: promotions by another one are refused.

        Parameters
        ----------
        policy
            The policy.
        to
            The stage.
        by, reason
            Who sets it, and why.
        name
            Of one model, in the place of the one for all; by default for all that have none of their own. Whoever made a version of it
            sets none.
        """
        if not isinstance(policy, Policy):
            raise WrongTypeError(
                f"policy= is {type(policy).__name__}. Pass a Policy: Policy.ready('small team'), or Policy.read(path)."
            )
        told = to_plain(policy)
        stage = stage_of("to", to, GATED)
        state = self.state()
        if name and state.of(name) and made_by(state, name, by):
            raise InputError(
                f"by={by[:60]!r} made a version of {name[:60]!r}, and sets no policy for it. Somebody else must."
            )
        self._append(
            RULE,
            plain(
                RuleEntry(
                    name=name, stage=stage, policy=told, digest=digest(told), by=named("by", by), reason=_reason(reason)
                )
            ),
        )

    def promote(
        self, name: str, version: int, *, to: Stage, study: "Study", policy: Policy | None = None, approver: str, reason: str,
        results: Sequence[Result] = (), sign_offs: Sequence[SignOff] = (), documents: Sequence[Result] = (), log: Any = None,  # noqa: ANN401 - as audit takes it
        trust: Trust = None, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
    ) -> Move:  # fmt: skip
        """Bring a version to a higher stage, if the gate lets it: the audit is run here, and both answers are recorded.

        Parameters
        ----------
        name, version
            Of the model.
        to
            "candidate", "staging" or "production". A version that was in production before is archived.
        study
            What is audited; its model must be this version: equal bytes, equal content, or equal answers to all rows of the study.
        policy
            The requirements; by default those that `require` set for the stage, else those of a small team.
        approver, reason
            Who approves, and why. Nobody who made the version does.
        results, sign_offs, documents, log
            Evidence, as `audit` takes it.
        trust
            What you vouch for, should the version's file have to be opened.
        seed, progress, cancel
            As everywhere.

        Returns
        -------
        Move
            The decision, as it was recorded.

        Raises
        ------
        GateRefused
            If it is refused, with every reason.
        InputError
            If an argument can't be used; then nothing is recorded.
        """
        stage = stage_of("to", to, GATED)
        options = {"documents": documents, "log": log, "registry": self, "seed": seed}
        entry, found, record = self._examined(
            name, version, to=stage, study=study, policy=policy, by=named("approver", approver), reason=reason, results=results,
            sign_offs=sign_offs, options=options, trust=trust, progress=progress, cancel=cancel,
        )  # fmt: skip
        if entry.outcome == "refused":
            raise GateRefused(f"{name}/{version}", stage, entry.reasons, audit=found, number=record.number)
        return self._done(record, found)

    def review(
        self, name: str, version: int, *, study: "Study", policy: Policy | None = None, by: str, reason: str,
        results: Sequence[Result] = (), sign_offs: Sequence[SignOff] = (), documents: Sequence[Result] = (), log: Any = None,  # noqa: ANN401 - as audit takes it
        trust: Trust = None, seed: int = 0, progress: Progress | None = None, cancel: Cancel | None = None,
    ) -> AuditResult | None:  # fmt: skip
        """Audit a version again and record what came of it; its stage stays, also where the audit fails.

        Parameters
        ----------
        name, version, study, policy, by, reason, results, sign_offs, documents, log, trust, seed, progress, cancel
            As of `promote`; by default the policy of the version's stage.

        Returns
        -------
        AuditResult or None
            The audit; None where the study holds another model, which is recorded too.
        """
        options = {"documents": documents, "log": log, "registry": self, "seed": seed}
        _, found, _ = self._examined(
            name, version, to=None, study=study, policy=policy, by=named("by", by), reason=reason, results=results,
            sign_offs=sign_offs, options=options, trust=trust, progress=progress, cancel=cancel,
        )  # fmt: skip
        return found

    def demote(self, name: str, version: int, *, to: Stage = "archived", by: str, reason: str) -> Move:
        """Take a version to a lower stage; anybody who says their name and why may, at once and without a gate.

        Raises
        ------
        InputError
            If that isn't lower, or no name or reason is given.
        """
        state = self.state()
        found, stage = state.version(name, version), stage_of("to", to)
        if not is_down(found.stage, stage):
            raise InputError(f"to={to!r}: {found.id} is in stage {found.stage}. Pass a lower one; promote goes up.")
        return self._moved(found, state, "demote", to=stage, by=named("by", by), reason=_reason(reason))

    def roll_back(self, name: str, *, to: int, by: str, reason: str, stage: Stage = "production") -> Move:
        """Put an earlier version back into a stage that it came to through the gate before; the one there now is archived.

        Parameters
        ----------
        name
            The model.
        to
            The number of the earlier version.
        by, reason
            Who does it, and why; anybody may, at once.
        stage
            The stage.

        Raises
        ------
        InputError
            If that version never came to the stage through the gate, or is there.
        """
        state = self.state()
        found, wanted = state.version(name, to), stage_of("stage", stage, GATED)
        if not is_up(found.stage, wanted) or not state.was_in(found, wanted):
            why = "is there, or higher" if not is_up(found.stage, wanted) else "never came there through the gate"
            raise InputError(
                f"to={to}: {found.id} {why} (stage {wanted}). Promote it, or name a version that was there."
            )
        return self._moved(found, state, "roll back", to=wanted, by=named("by", by), reason=_reason(reason))

    def _examined(
        self, name: str, version: int, *, to: Stage | None, study: "Study", policy: Policy | None, by: str, reason: str,
        results: Sequence[Result], sign_offs: Sequence[SignOff], options: Mapping[str, Any], trust: Trust,
        progress: Progress | None, cancel: Cancel | None,
    ) -> tuple[MoveEntry, AuditResult | None, Record]:  # fmt: skip
        state = self.state()
        found = state.version(name, version)
        stage = found.stage if to is None else to
        rule = state.rule(name, stage)
        if not callable(getattr(study, "measure", None)):
            raise WrongTypeError(f"study= is {type(study).__name__}. Pass mw.load_study(model=…, test=…, target=…).")
        chosen = policy or (rule.policy if rule is not None else Policy.ready("small team"))
        if not isinstance(chosen, Policy):
            raise WrongTypeError(
                f"policy= is {type(chosen).__name__}. Pass a Policy: Policy.ready('small team'), or Policy.read(path)."
            )
        asked = Asked(
            version=found, to=stage, study=study, policy=chosen, approver=by, reason=_reason(reason), results=results,
            sign_offs=checked(sign_offs), options=options, trust=trust,
        )  # fmt: skip
        entry, audited = examine(
            asked,
            state,
            self.models,
            action="audit" if to is None else "promote",
            now=self._clock(),
            progress=progress,
            cancel=cancel,
        )
        return entry, audited, self._append(MOVE, plain(entry))

    def _moved(self, found: ModelVersion, state: State, action: Action, *, to: Stage, by: str, reason: str) -> Move:
        entry = MoveEntry(
            name=found.name, version=found.version, digest=found.digest, action=action, outcome="passed", before=found.stage, to=to,
            by=by, reason=reason, seen=state.last,
        )  # fmt: skip
        return self._done(self._append(MOVE, plain(entry)), None)

    def _done(self, record: Record, audited: AuditResult | None) -> Move:
        """Return the decision as the records have it: somebody else may have been faster."""
        move = next(each for each in self.state().moves if each.number == record.number)
        if move.outcome == "passed":
            return move
        if move.action == "promote":
            raise GateRefused(f"{move.name}/{move.version}", move.to, move.reasons, audit=audited, number=move.number)
        raise InputError(
            f"{move.name}/{move.version} wasn't moved: {' '.join(move.reasons)} Look at the history, and try again."
        )

    def _append(self, kind: str, payload: Mapping[str, Any]) -> Record:
        return self.records.append(kind, payload, at=self._clock())


def _reason(given: Any) -> str:  # noqa: ANN401 - checked here
    reason = statement("reason", given)
    if not reason:
        raise InputError("reason='' says nothing. Say why, in a sentence.")
    return reason
