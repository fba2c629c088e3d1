"""The gate, live: type who made the model and who signs, and see which requirements are met."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.progress import Cancel, Progress
from mlops_widgets.core.result import Result
from mlops_widgets.governance.policies.audit import audit
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Requirement
from mlops_widgets.governance.policies.sign_offs import SignOff, sign_off
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer, Options

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_AUTHOR = "author"
_TRIED = "Typed in the gate to see what it would say; signed nowhere."


class GateExplorer(Explorer):
    """Try who would have to sign, and see the gate open requirement by requirement; nothing that is typed is kept.

    Parameters
    ----------
    study
        What is audited.
    policy
        The requirements; by default those of a small team.
    results
        Evidence, as `audit` takes it.
    log
        An audit log, as `audit` takes it.
    on
        The day of the signatures, by default today.
    seed
        Seed of what the audit measures itself.

    Examples
    --------
    >>> import mlops_widgets as mw
    >>> gate = GateExplorer(mw.sample("loans"))
    >>> before, after = gate.run().met, gate.run(st_1="Ada King").met
    >>> after - before
    1
    """

    def __init__(
        self, study: "Study", *, policy: Policy | None = None, results: Sequence[Result] = (), log: Any = None,  # noqa: ANN401 - as audit takes it
        on: date | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        asked = Policy.ready("small team") if policy is None else policy
        signed = [each for each in asked.requirements if each.check.kind == "sign_off"]

        def work(options: Options, progress: Progress | None, cancel: Cancel | None) -> Result:
            given: dict[str, Any] = {"results": results, "log": log, "author": str(options[_AUTHOR]), "seed": seed}
            before = audit(study, asked, **given, progress=progress, cancel=cancel)
            names = {each: str(options[_name(each)]).strip() for each in signed}
            tried = [_signed(each, by, before, on or date.today()) for each, by in names.items() if by]  # noqa: DTZ011 - the reader's own day
            return audit(study, asked, **given, sign_offs=tried) if tried else before

        controls = [Control(name=_AUTHOR, label="who made the model?", value="", kind="text")]
        controls += [
            Control(name=_name(each), label=f"{each.id}: who signs as {each.check.role}?", value="", kind="text")
            for each in signed
        ]
        super().__init__(work, controls)


def _name(requirement: Requirement) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in requirement.id.lower())


def _signed(requirement: Requirement, by: str, before: Result, on: date) -> SignOff:
    bound = before if requirement.check.on == "evidence" else ""
    return sign_off(requirement.id, by=by, role=requirement.check.role, on=on, statement=_TRIED, evidence=bound)
