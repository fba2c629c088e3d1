"""Pitfall 3: nobody can show that the model may do what it does.

Rooms: `fairness` (rates of groups), `unequal_people` (the experiment), `alternatives` (models that part people less), `ethics` (guideline
and checklist), `audit_log` and `prediction_log` (what happened, so that a change shows), `cards` (what is written for others),
`policies` (requirements as data, and what the evidence says of each), `registry` (versions, stages, the gate, the inventory), `bundle`
(everything in one folder).
"""

from typing import TYPE_CHECKING

from mlops_widgets.core.exports import lazy

if TYPE_CHECKING:
    pass

__all__: list[str] = []

STRATEGIES: tuple[str, ...] = ()
"""What `run_all` runs."""

__getattr__, __dir__ = lazy(
    __name__,
    {},
)
