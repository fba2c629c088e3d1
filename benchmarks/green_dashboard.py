"""Made-up desks: is a calibration alarm non-inferior to retraining every month, and how often do alarms err without a shock?

Run: python benchmarks/green_dashboard.py [desks]
"""

import sys
from functools import partial

import numpy as np

from mlops_widgets.lifecycle.green_dashboard.made_up import LIVE, MadeUpDesk, make_desk
from mlops_widgets.lifecycle.green_dashboard.on_desks import ROWS
from mlops_widgets.lifecycle.green_dashboard.policies import DIALS, FIRST, POLICIES, Played, play_desks
from mlops_widgets.measures.clustered_mean import clustered_mean

MARGIN = 0.25
"""Millions over the fifteen months that count as no loss: about half of what one good month earns."""
QUIET = 3
"""Times as many desks without a shock."""


def make(shock: bool, at: int) -> MadeUpDesk:  # noqa: FBT001 - bound by `partial`
    """Return a desk that no other run of the package draws."""
    return make_desk(rows=ROWS, shock=shock, seed=900_000 + at)


def totals(plays: list[Played]) -> np.ndarray:
    """Return what each desk earned, in millions."""
    return np.array([each.dials[DIALS.index("money"), LIVE - FIRST :].sum() for each in plays])


def main(desks: int) -> None:
    """Play the desks and print what came of it."""
    names = ("never", "monthly", "monthly recent", "drift alarm", "calibration alarm")
    policies = [policy for policy in POLICIES if policy.name in names]
    played = play_desks(partial(make, True), desks=desks, policies=policies, progress=None, cancel=None)
    for policy in policies:
        plays = played[policy.name]
        gain, lower, upper = clustered_mean(totals(plays) - totals(played["never"]), np.arange(desks))
        retrains = np.mean([len(each.retrained) for each in plays])
        print(f"{policy.name:18s} {retrains:5.1f} retrainings, {gain:.3f} M [{lower:.3f}, {upper:.3f}] more than never")
    for other in ("monthly", "monthly recent"):
        ahead, lower, upper = clustered_mean(
            totals(played["calibration alarm"]) - totals(played[other]), np.arange(desks)
        )
        verdict = "non-inferior" if lower > -MARGIN else "not shown to be non-inferior"
        print(f"calibration alarm less {other}: {ahead:.3f} M [{lower:.3f}, {upper:.3f}]: {verdict} by {MARGIN} M")
    alarms = [policy for policy in policies if policy.is_alarm]
    quiet = play_desks(partial(make, False), desks=QUIET * desks, policies=alarms, progress=None, cancel=None)
    for name, plays in quiet.items():
        fired = sum(bool(each.retrained) for each in plays)
        print(f"without a shock the {name} fired on {fired} of {len(plays)} desks")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
