"""Errors of known kind and place, put into a copy of a table: what is spilled, priced, and looked for in tests."""

from mlops_widgets.data_quality.damage.damaging import KINDS, OF_LABELS, Damaged, damage

__all__ = ["KINDS", "OF_LABELS", "Damaged", "damage"]
