"""Contracts of other tools: what we write, the tools' own verdict on it, and what we read, without running any of it."""

import ast
import os
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest
import yaml

from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.study.contract.checking import check
from mlops_widgets.study.contract.columns import ColumnRules
from mlops_widgets.study.contract.contract import Contract, Freshness, Key
from mlops_widgets.study.contract.exchange.exported import Exported
from tests.study.contract.dirty_tables import DAMAGES, clean, contract

LINT = Path(__file__).parents[3] / ".venv/validators/bin/datacontract"
HOSTILE = [
    "'''\nimport os\nos.system('x')\n'''",
    '"""',
    "\\",
    "a'b",
    "{x}",
    "\u202e",
    "\ud800",
    "__import__('os')",
    "# x\n",
    "%s",
    "🙂",
]


@cache
def _schema() -> Any:
    found: dict[str, Any] = {}
    exec(contract().to_pandera(), found)  # noqa: S102 - our own script, run as a user runs it
    return found["schema"]


def _keeps(schema: Any, frame: pd.DataFrame) -> bool:
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors:
        return False
    return True


@cache
def _we_say(damage: str) -> bool:
    return not any(each.beyond for each in check(DAMAGES[damage](clean()), contract()).outcomes)


@pytest.mark.parametrize("damage", DAMAGES)
def test_pandera_says_of_our_script_what_we_say(damage: str) -> None:
    assert _keeps(_schema(), DAMAGES[damage](clean())) == _we_say(damage)


def test_the_damages_are_both_kept_and_broken() -> None:
    kept = [_we_say(damage) for damage in DAMAGES]
    assert (len(kept), sum(kept)) == (34, 7)


def test_a_script_is_read_back_as_the_contract_that_it_was() -> None:
    promised = contract().set_severity("age: range", "warning").set_severity("rows", "warning")
    script = promised.to_pandera()
    back = Contract.from_pandera(script)
    assert (back, back.lost) == (promised, ())
    assert Contract.from_pandera(back.to_pandera()) == promised


def test_yaml_is_what_pandera_reads_and_comes_back_with_what_it_can_say() -> None:
    plain = ("id", "age", "city", "code", "paid", "shop", "region", "end")
    promised = Contract(
        name="orders",
        version="2.1.0",
        columns=tuple(replace(contract()[name], missing_share=0) for name in plain),
        closed=True,
        keys=contract().keys,
    )
    written = promised.to_pandera_yaml()
    assert Contract.from_pandera(written) == promised
    schema = pa.DataFrameSchema.from_yaml(written)
    frame = clean()[list(plain)]
    assert _keeps(schema, frame)
    for column, cell in (("age", -999), ("city", "Basel"), ("code", "x"), ("id", 3)):
        assert not _keeps(schema, frame.assign(**{column: frame[column].where(frame.index != 5, cell)})), column


def test_what_yaml_loses_is_said() -> None:
    lost = " ".join(contract().set_severity("age: range", "off").to_pandera_yaml().lost)
    for said in (
        "age: range is off",
        "rows: pandera",
        "order: start ≤ end: pandera",
        "price: missing: any share",
        "weight: range tolerates",
    ):
        assert said in lost


def test_pandera_yaml_of_its_own_making_is_read() -> None:
    schema = pa.DataFrameSchema({
        "a": pa.Column("int64", [pa.Check.in_range(0, 5, include_max=False), pa.Check.isin([1, 2])], unique=True),
        "b": pa.Column(str, [pa.Check.str_matches("[A-Z]"), pa.Check.str_length(1, 5), pa.Check.str_startswith("x")], nullable=True),
        "c": pa.Column("datetime64[ns]", pa.Check.ge(pd.Timestamp("2020-01-01"), raise_warning=True)), "d": pa.Column(required=False),
    }, strict=True, name="mine", unique=["a", "b"])  # fmt: skip
    found = Contract.from_pandera(str(schema.to_yaml()))
    assert found["a"] == ColumnRules(
        name="a", type="integer", missing_share=0, unique=True, lower=0, upper=5, upper_inclusive=False, allowed=(1, 2)
    )
    assert found["b"].pattern == r"(?:[A-Z])(?:.|\n)*"
    assert (found["c"].lower, found.severities) == ("2020-01-01", {"c: range": "warning"})
    assert (found.name, found.closed, found.keys, found["d"].required) == (
        "mine",
        True,
        (Key(columns=("a", "b")),),
        False,
    )
    assert found.lost == ("b: str_startswith has no rule here.",)


SCRIPT = """
import pandera.pandas as pa
import pandas as pd
schema = pa.DataFrameSchema({{"a": pa.Column(int, checks={0}, nullable=True)}})
"""


def test_a_script_in_the_way_of_pandera_is_read() -> None:
    found = Contract.from_pandera(SCRIPT.format("[pa.Check.ge(-3), pa.Check.less_than(max_value=float(7))]"))
    assert found["a"] == ColumnRules(name="a", type="integer", lower=-3, upper=7.0, upper_inclusive=False)


@pytest.mark.parametrize(("check_text", "said"), [
    ("pa.Check(lambda column: column > 0)", "calls"), ("pa.Check(within, lower=0)", "calls 'within'"), ("open('/etc/passwd')", "calls 'open'"),
    ("__import__('os').system('x')", "isn't known here and is never run"), ("pa.Check.anything(3)", "has the check 'anything'"),
    ("[x for x in ()]", "ListComp"), ("pa.Check.ge(**{})", r"\*\*"), ("f'{1}'", "JoinedStr"), ("1 + 1", "BinOp"),
])  # fmt: skip
def test_what_a_script_calls_is_refused_by_name(check_text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Contract.from_pandera(SCRIPT.format(check_text))


def test_a_function_that_only_has_our_name_is_not_taken_for_ours() -> None:
    script = contract().to_pandera().replace("return column.isin(allowed)", "return print(column)")
    with pytest.raises(InputError, match="calls 'one_of'"):
        Contract.from_pandera(script)


@pytest.mark.parametrize(
    "text",
    [
        "import os",
        "def (",
        "(" * 5000 + "import",
        "columns: 3",
        "- a",
        "&a [*a]",
        "x: !!python/object/apply:os.system [x]",
        "columns:\n  a: 3",
        "columns: {}\nfoo: 1",
        "import x\n" + "-" * 20_000 + "1",
    ],
)
def test_what_is_no_schema_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Contract.from_pandera(text)


def _hostile() -> Contract:
    columns = tuple(
        ColumnRules(name=text, type="string", allowed=(text,), missing_share=0, description=text) for text in HOSTILE
    )
    return Contract(
        name=HOSTILE[0],
        version=HOSTILE[1],
        description=HOSTILE[0],
        columns=columns,
        keys=(Key(columns=tuple(HOSTILE)),),
    )


def test_names_and_values_stay_literals_in_a_script() -> None:
    script = _hostile().to_pandera()
    calls = {ast.unparse(each.func) for each in ast.walk(ast.parse(script).body[-1]) if isinstance(each, ast.Call)}
    assert calls == {"pa.DataFrameSchema", "pa.Column", "pa.Check"}
    assert Contract.from_pandera(script) == _hostile()


def test_names_and_values_stay_texts_in_yaml() -> None:
    for written, read in (
        (_hostile().to_pandera_yaml(), Contract.from_pandera),
        (_hostile().to_odcs(), Contract.from_odcs),
    ):
        assert read(written) == _hostile()


def test_odcs_comes_back_as_the_contract_that_it_was() -> None:
    promised = replace(contract(), freshness=Freshness(column="end", hours=36)).set_severity("city: allowed", "warning")
    written = promised.to_odcs()
    back = Contract.from_odcs(written)
    assert (back, back.lost, written.lost) == (promised, (), ())


def test_what_odcs_loses_is_said() -> None:
    lost = " ".join(contract().set_severity("age: range", "warning").set_severity("rows", "off").to_odcs().lost)
    assert "age: range only warns" in lost
    assert "rows is off" in lost


def test_a_foreign_contract_is_read_with_what_it_says_in_other_ways() -> None:
    document = {
        "apiVersion": "v3.0.2", "kind": "DataContract", "id": "x", "version": "1", "status": "active",
        "schema": [{"name": "orders", "properties": [
            {"name": "a", "logicalType": "integer", "required": True, "primaryKey": True, "logicalTypeOptions": {"exclusiveMinimum": 0, "multipleOf": 2}},
            {"name": "b", "logicalType": "object", "quality": [{"metric": "nullValues", "mustBeLessThan": 5}]},
        ], "quality": [{"metric": "rowCount", "mustBeGreaterThan": 9}, {"type": "sql", "query": "select 1"}]}, {"name": "others"}],
        "slaProperties": [{"property": "retention", "value": 3, "unit": "y"}],
    }  # fmt: skip
    found = Contract.from_odcs(yaml.safe_dump(document), schema="orders")
    assert (found["a"].lower, found["a"].lower_inclusive, found["a"].missing_share, found.least_rows) == (
        0,
        False,
        0,
        10,
    )
    assert len(found.lost) == 6
    with pytest.raises(InputError, match="Name one by schema="):
        Contract.from_odcs(yaml.safe_dump(document))
    with pytest.raises(UnknownNameError, match="Did you mean 'orders'"):
        Contract.from_odcs(yaml.safe_dump(document), schema="order")


@pytest.mark.parametrize(
    "text",
    [
        "a: [",
        "3",
        "kind: Other",
        "kind: DataContract\napiVersion: v2.2.2",
        "kind: DataContract\napiVersion: v3.1.0",
        "kind: DataContract\napiVersion: v3.1.0\nschema: 3",
        "kind: DataContract\napiVersion: v3.1.0\nschema: [{properties: [{}]}]",
        "!!python/object/apply:os.system [x]",
    ],
)
def test_what_is_no_odcs_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        Contract.from_odcs(text)


def test_datacontract_accepts_what_we_write(tmp_path: Path) -> None:
    if not LINT.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{LINT} is missing: make it as .ci/run does.")
        pytest.skip(f"{LINT} is missing: .ci/run makes it.")
    promised = replace(contract(), freshness=Freshness(column="end", hours=36), description=HOSTILE[0])
    file = tmp_path / "contract.odcs.yaml"
    file.write_text(promised.to_odcs(), encoding="utf-8")
    said = subprocess.run([str(LINT), "lint", str(file)], capture_output=True, text=True, timeout=120, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    assert "Data contract is valid" in said.stdout


def test_a_text_knows_what_it_lost_once() -> None:
    assert Exported("x", ("a", "b", "a")).lost == ("a", "b")
