"""Rules as data: read back as they were written, and refused by name where they are wrong."""

from dataclasses import replace
from pathlib import Path

import pytest

import mlops_widgets as mw
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.lifecycle.retirement.policy import RetirementPolicy, RetirementRule, read_policy

RULE = RetirementRule(name="no skill", signal="skill", comparator="below", bound=0.03, owner="Ada King")


def test_a_policy_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    others = (
        RULE,
        RetirementRule(name='a "gap"', signal="group gap", comparator="above", bound=0.1, of="sex=F", action="warn"),
        RetirementRule(
            name="old library", signal="dependency age", comparator="above", bound=90, of="2026-01-31", k=1, n=1
        ),
    )
    policy = RetirementPolicy(rules=others, name="loans", running_cost=12.5)
    assert read_policy(policy.save(tmp_path / "p.toml")) == policy


def test_the_limit_is_by_default_the_one_that_makes_a_firing_certain() -> None:
    assert RULE.limit == "upper"
    assert replace(RULE, comparator="above", limit="").limit == "lower"
    assert replace(RULE, limit="lower").limit == "lower"


@pytest.mark.parametrize(
    "wrong",
    [
        {"bound": float("nan")}, {"k": 0}, {"k": 4}, {"n": 1.5}, {"minimum_labels": -1}, {"of": "x" * 200},
        {"signal": "dependency age", "of": "soon"}, {"signal": "group gap"}, {"owner": 3},
    ],
)  # fmt: skip
def test_a_wrong_field_is_refused_and_the_rule_named(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="Rule 'no skill'"):
        replace(RULE, **wrong)  # type: ignore[arg-type]  # that is the test


def test_an_unknown_signal_is_refused_with_the_one_that_was_meant() -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'skill'"):
        replace(RULE, signal="skil")  # type: ignore[arg-type]  # that is the test


def test_two_rules_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="'no skill'"):
        RetirementPolicy(rules=(RULE, RULE))


def test_a_file_that_is_no_policy_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text('retirement_policy = 1\n[[rules]]\nname = "x"\nsignal = "skill"\ncomparator = "under"\nbound = 1\n')
    with pytest.raises(UnknownNameError, match="Rule 'x': comparator='under'"):
        read_policy(file)
    file.write_text('retirement_policy = 1\n[[rules]]\nname = "x"\nsignal = "skill"\nbond = 1\n')
    with pytest.raises(InputError, match=r"Rule 'x' holds 'bond'.*Did you mean 'bound'"):
        read_policy(file)
    file.write_text('retirement_policy = 1\n[[rules]]\nname = "x"\nsignal = "skill"\n')
    with pytest.raises(InputError, match=r"Rule 'x' lacks comparator, bound"):
        read_policy(file)
    file.write_text("a = 1\n")
    with pytest.raises(InputError, match="retirement_policy"):
        read_policy(file)


def test_a_policy_is_not_written_over_another(tmp_path: Path) -> None:
    policy = RetirementPolicy(rules=(RULE,))
    policy.save(tmp_path / "p.toml")
    with pytest.raises(InputError, match="overwrite"):
        policy.save(tmp_path / "p.toml")


def test_default_rules_follow_from_the_study() -> None:
    rules = RetirementPolicy.default(mw.sample("census"), owner="Ada King").rules
    assert [rule.signal for rule in rules[:3]] == ["skill", "metric", "calibration"]
    assert {rule.owner for rule in rules} == {"Ada King"}
    assert "value" not in {rule.signal for rule in rules}


@pytest.mark.parametrize(
    "lines",
    [
        "bound = 1" + "0" * 400,
        "bound = 0x" + "f" * 5000,
        "bound = 0\nk = 0x" + "f" * 5000,
        "bound = nan",
        'bound = 0\nowner = "a\\n::error::b"',
        'bound = 0\nowner = "\\u202eb"',
        'bound = 0\nname = "\\u001b[31m"',
    ],
)
def test_a_hostile_policy_is_refused_in_words(tmp_path: Path, lines: str) -> None:
    name = "" if "name" in lines else 'name = "r"\n'
    file = tmp_path / "retirement.toml"
    file.write_text(f'retirement_policy = 1\n[[rules]]\n{name}signal = "skill"\ncomparator = "below"\n{lines}\n')
    with pytest.raises(InputError):
        read_policy(file)


@pytest.mark.parametrize("notes", ["[1]", '["a\\nb"]', '"text"', str(["n"] * 21)])
def test_notes_are_few_lines_of_text(tmp_path: Path, notes: str) -> None:
    file = tmp_path / "retirement.toml"
    rule = '[[rules]]\nname = "r"\nsignal = "skill"\ncomparator = "below"\nbound = 0'
    file.write_text(f"retirement_policy = 1\nnotes = {notes}\n{rule}\n")
    with pytest.raises(InputError, match="notes="):
        read_policy(file)
