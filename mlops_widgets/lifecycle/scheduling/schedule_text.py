"""How a schedule is written: as YAML that a person can read and change; what stands at its usual value isn't said."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

FORMAT = 1
_HEAD = """\
# When a model is retrained, reviewed or left alone, and on which evidence.
# A program reads this file: `mlops-widgets pipeline export --schedule` makes a trigger of it. Change start, owner and valid_until
# as you like; next_dates may be left out.
"""
USUAL: Mapping[str, Any] = {
    "signal": "", "threshold": 0.0, "gate": 0, "horizon": 0, "window": "", "chunk": None, "every": 0, "value_unit": "", "owner": "",
    "start": "", "valid_until": "", "saving": math.nan, "saving_lower": math.nan, "saving_upper": math.nan, "seed": None,
    "method": "", "reference": "", "rows": 0, "study_fingerprint": "", "evidence_digest": "", "label_delay": 0, "deploy_delay": 0,
    "retrain_cost": 0.0, "value_per_loss": 1.0, "loss_name": "loss", "judged_chunks": 0, "study": "study",
}  # fmt: skip
"""What a name means that a file doesn't hold."""


def yaml_of(fields: Mapping[str, Any], next_dates: Sequence[str]) -> str:
    """Return a schedule's fields as YAML; what isn't known isn't written."""
    import yaml

    plain = {name: value for name, value in fields.items() if name not in USUAL or _differs(value, USUAL[name])}
    said = {"schedule": FORMAT} | plain | {"next_dates": list(next_dates)}
    text: str = yaml.safe_dump(said, sort_keys=False, allow_unicode=True, width=120)
    return _HEAD + text


def _differs(value: object, usual: object) -> bool:
    missing = isinstance(value, float) and not math.isfinite(value)
    return not missing and value != usual
