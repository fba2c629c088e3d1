"""The form as plain data, as the browser draws it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from mlops_widgets.measures.metrics import METRICS
from mlops_widgets.study.guessing import ROLES
from mlops_widgets.study.personal.masks import Personal
from mlops_widgets.study.samples.catalogue import SAMPLES
from mlops_widgets.study.tables import Table
from mlops_widgets.ui.loader.form import OWN, SETTINGS, SLOTS, Field, Form, Slot
from mlops_widgets.ui.loader.namespace import Found

_LONGEST_CELL = 40
_MOST_CELLS = 8
_MOST_COLUMNS = 200

_WORDS: Mapping[Slot, tuple[str, str]] = {
    "model": ("Model", "Fitted; or none, where a table holds its answers."),
    "test": ("Test", "Rows with labels that the model didn't learn from."),
    "reference": ("Reference", "What the model learned from (optional)."),
    "production": ("Production", "Later rows, as they came (optional)."),
}
_SETTING_WORDS = {"task": "Task", "positive": "Positive label", "metric": "Metric that counts"}
_LINES = {
    "loans": "24,000 made-up loan applications: the truth behind them is known.",
    "flights": "60,000 flights from New York in 2013: will one be late?",
    "census": "20,000 people in Massachusetts: the control, where nothing drifts.",
}


def form_state(form: Form, models: Sequence[Found], tables: Sequence[Found]) -> dict[str, Any]:
    """Return the form as it stands.

    Parameters
    ----------
    form
        What was entered.
    models, tables
        What the notebook holds.
    """
    live = {slot: (models if slot == "model" else tables) for slot in SLOTS}
    return {
        "chosen": form.chosen,
        "choices": [
            *({"value": name, "label": name, "line": _LINES[name]} for name in SAMPLES),
            {
                "value": OWN,
                "label": "your own",
                "line": "A model and tables: from this notebook, a file, or an upload.",
            },
        ],
        "fields": [_field(form.fields[slot], live[slot]) for slot in SLOTS] if form.chosen == OWN else [],
        "browser": _browser(form),
        "columns": _columns(form) if form.chosen == OWN else [],
        "roles": list(ROLES),
        "rows": _rows(form.tables) if form.chosen == OWN else None,
        "settings": _settings(form) if form.chosen == OWN and form.tables else [],
        "columns_error": form.columns_error,
        "error": form.error,
    }


def _field(field: Field, live: Sequence[Found]) -> dict[str, Any]:
    label, hint = _WORDS[field.slot]
    look = field.look
    question = field.question
    return {
        "slot": field.slot,
        "label": label,
        "hint": hint,
        "live": [{"name": each.name, "said": each.said} for each in live],
        "chosen": field.live.name if field.live is not None else "",
        "path": field.path,
        "said": look.said if look is not None else "",
        "error": field.error or field.complaint,
        "question": {**asdict(question), "trusted": list(field.trust)} if question is not None else None,
    }


def _browser(form: Form) -> dict[str, Any] | None:
    if form.browser is None:
        return None
    slot, listing = form.browser
    return {"slot": slot, **asdict(listing)}


def _columns(form: Form) -> list[dict[str, Any]]:
    """Return a line a column: what it holds and what it may mean; those that a person should look at first."""
    tables, lines = form.tables, []
    personal = Personal(tables.values())
    for guess in form.guesses:
        cells = next(table[guess.column] for table in tables.values() if guess.column in table)
        role = form.role(guess)
        lines.append({
            "name": guess.column,
            "type": _type(cells),
            "cells": [_cell(cell, personal, guess.column) for cell in cells.iloc[:_MOST_CELLS]],
            "role": role,
            "reason": guess.reason if role == guess.role and guess.column not in form.roles else "",
            "said": guess.column in form.roles,
            "first": guess.role not in {"feature", "not used"},
        })  # fmt: skip
    lines.sort(key=lambda line: not line["first"])
    return lines[:_MOST_COLUMNS]


def _rows(tables: Mapping[str, Table]) -> dict[str, Any] | None:
    """Return the first rows of the first table."""
    for name, table in tables.items():
        frame = table.pandas().iloc[:_MOST_CELLS, :12]
        more = len(table.columns) - frame.shape[1]
        caption = f"{name}, without {more:,} more columns" if more else name
        personal = Personal([table])
        rows = [
            [_cell(cell, personal, column) for column, cell in zip(frame.columns, row, strict=True)]
            for row in frame.itertuples(index=False, name=None)
        ]
        return {"columns": [str(column) for column in frame.columns], "rows": rows, "caption": caption}
    return None


def _settings(form: Form) -> list[dict[str, Any]]:
    options = {
        "task": ["binary", "multiclass", "regression"],
        "positive": [str(value) for value in form.labels()],
        "metric": list(METRICS),
    }
    return [
        {"name": name, "label": _SETTING_WORDS[name], "value": form.settings.get(name, ""), "options": options[name]}
        for name in SETTINGS
        if options[name]
    ]


def _type(cells: "pd.Series[Any]") -> str:
    kind = cells.dtype
    if pd.api.types.is_bool_dtype(kind):
        return "yes/no"
    if pd.api.types.is_numeric_dtype(kind):
        return "whole numbers" if pd.api.types.is_integer_dtype(kind) else "numbers"
    if isinstance(kind, pd.CategoricalDtype):
        return "categories"
    return "dates" if pd.api.types.is_datetime64_any_dtype(kind) else "text"


def _cell(cell: object, personal: Personal, column: str) -> str:
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and math.isnan(cell)):
        return "–"
    text = personal.masked(column, f"{cell:.6g}" if isinstance(cell, float) else str(cell).removesuffix(" 00:00:00"))
    return text if len(text) <= _LONGEST_CELL else text[: _LONGEST_CELL - 1] + "…"


def sendable(value: Any) -> Any:  # noqa: ANN401 - plain data
    """Return plain data whose texts can be sent: halves of characters, in a column's or a file's name, become "?"."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: sendable(each) for key, each in value.items()}
    return [sendable(each) for each in value] if isinstance(value, list | tuple) else value
