"""How many of six spills would be noticed, by whom."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlops_widgets.core.display import card_of
from mlops_widgets.core.result import NoResult, Result
from mlops_widgets.data_quality import audit_batches, find_errors, infer_contract, notice_spills
from mlops_widgets.data_quality.cleaning.recipe import CleaningRecipe
from mlops_widgets.data_quality.cleaning.steps import Step
from mlops_widgets.data_quality.labels.label_errors import find_label_errors
from mlops_widgets.data_quality.notices.notices import NoticeResult
from mlops_widgets.data_quality.notices.sightings import Batch, Sighting
from mlops_widgets.data_quality.notices.watchers import Sightings, watched_by
from mlops_widgets.errors import InputError, TableError, WrongTypeError
from mlops_widgets.study.loading import load_study

ROLES = {"target": "paid", "ids": ["order"]}


@cache
def orders(rows: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({
        "order": np.arange(rows), "weight": rng.normal(20, 4, rows).round(2), "price": rng.normal(400, 40, rows).round(2),
        "shop": rng.choice(["north", "south", "east"], rows),
    })  # fmt: skip
    return frame.assign(paid=(frame["weight"] + rng.normal(0, 2, rows) > 20).astype(int))


def noticed(*results: Any, data: Any = None, **options: Any) -> NoticeResult:
    result = notice_spills(orders() if data is None else data, *results, **{"roles": ROLES} | options)
    assert isinstance(result, NoticeResult)
    return result


@cache
def with_contract() -> NoticeResult:
    return noticed(infer_contract(orders(), roles=ROLES))


def test_without_anything_nothing_is_noticed() -> None:
    result = noticed()
    assert (result.before, result.after, len(result.spills)) == (0, 0, 6)
    assert result.watchers == ("nothing",)
    assert result.findings[0].status == "warning"
    assert result.findings[0].claim.startswith("0 of 6 spills")


def test_a_contract_notices_what_leaves_its_bounds_and_names_the_rule() -> None:
    result = with_contract()
    by = {each.spill: each for each in result.notices if each.watcher == "the contract"}
    assert by["sentinel"].noticed
    assert by["sentinel"].said.startswith("weight: range")
    assert by["sentinel"].share == 1.0
    assert by["near_duplicates"].said == "order: unique"
    assert not by["flipped_labels"].noticed
    assert not by["bad_join"].noticed
    assert result.before == 0 < result.after < 6


def test_a_rule_that_the_rows_break_anyway_notices_nothing() -> None:
    strict = infer_contract(orders()[orders()["weight"].between(19, 21)], roles=ROLES)
    by = {each.spill: each for each in noticed(strict).notices if each.watcher == "the contract"}
    assert "weight: range" not in by["sentinel"].said


def test_errors_are_looked_for_in_each_copy() -> None:
    result = noticed(find_errors(orders(), roles=ROLES))
    by = {each.spill: each for each in result.notices if each.watcher == "find_errors"}
    assert by["sentinel"].noticed
    assert by["sentinel"].others < 0.01
    assert not by["flipped_labels"].noticed


def test_an_audit_notices_what_the_next_batch_would_break() -> None:
    audit = audit_batches([orders()[:250], orders()[250:]], learn="nothing")
    by = {each.spill: each for each in noticed(audit).notices if each.watcher == "the audit"}
    assert by["sentinel"].noticed
    assert by["near_duplicates"].said.startswith("order: unique")
    assert not by["flipped_labels"].noticed


def test_a_recipe_notices_what_it_cleans() -> None:
    step = Step(kind="void_numbers", columns=("weight",), parameters={"values": [9999]})
    by = {each.spill: each for each in noticed(CleaningRecipe((step,))).notices if each.watcher == "the recipe"}
    assert [name for name, each in by.items() if each.noticed] == ["sentinel"]


def test_a_model_that_refuses_the_rows_notices() -> None:
    def answer(frame: pd.DataFrame) -> Any:
        if frame["weight"].max() > 1000:
            raise ValueError("a scale that goes to 100")
        return (frame["weight"] > 20).astype(int)

    study = load_study(predict=answer, test=orders(), target="paid", features=["weight", "price"])
    result = notice_spills(study)
    assert isinstance(result, NoticeResult)
    assert (result.before, [each.said for each in result.by("sentinel")]) == (1, ["it raises ValueError"])


def test_a_result_that_couldnt_be_measured_is_passed_over() -> None:
    assert noticed(NoResult(findings=(), rows=0, strategy="find_errors")).watchers == ("nothing",)


def test_labels_that_surprise_need_a_study() -> None:
    p = np.full(500, 0.5)
    found = find_label_errors(orders()["paid"].to_numpy(), probabilities=p)
    result = notice_spills(orders(), found, roles=ROLES)
    assert isinstance(result, NoResult)
    assert result.missing == "study"


def test_another_kind_of_result_joins_by_registering() -> None:
    class Hash:
        """Notices any change."""

    def by_hash(_: Hash, batch: Batch) -> tuple[str, Sightings]:
        return "a hash", {
            name: Sighting(hits=0, of=1, others=0, others_of=1, said="another content", alarm=True)
            for name in batch.spilt
        }

    watched_by.register(Hash, by_hash)
    result = noticed(Hash())
    assert (result.after, result.status) == (6, "passed")
    assert result.findings[0].claim == "6 of 6 spills in 5\u202f% of your own rows would be noticed with a hash."


def test_what_isnt_known_is_named() -> None:
    with pytest.raises(WrongTypeError, match="takes no int"):
        noticed(3)
    with pytest.raises(InputError, match="other columns"):
        noticed(find_errors(pd.DataFrame({"a": range(30)})))


@pytest.mark.parametrize("options", [{"share": 0}, {"share": True}, {"least": 1.5}, {"max_rows": 10}])
def test_wrong_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=f"{next(iter(options))}="):
        noticed(**options)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": [None] * 60}),
        pd.DataFrame({"a": [np.inf, -np.inf, 1e308, 2**62] * 20}), pd.DataFrame({"a": [[1], [2]] * 30, "b": range(60)}),
        pd.DataFrame({"": range(60), "b": pd.Series(["x\ud800"] * 60, dtype=object)}),
    ],
    ids=["one row", "all missing", "infinite", "nested", "halves of characters"],
)  # fmt: skip
def test_hostile_tables_get_an_answer(frame: pd.DataFrame) -> None:
    result = noticed(data=frame, roles=None)
    assert result.findings[0].claim
    assert card_of(result).headline


def test_a_table_without_rows_is_refused_in_words() -> None:
    with pytest.raises(TableError, match="no rows"):
        noticed(data=pd.DataFrame({"a": []}), roles=None)


def test_cells_stay_out_of_the_file() -> None:
    frame = orders().assign(shop="a secret shop", price=123456.789)
    assert "secret" not in str(noticed(find_errors(frame, roles=ROLES), data=frame).to_dict())


def test_the_card_draws_and_the_result_survives_json() -> None:
    result = with_contract()
    assert isinstance(result, Result)
    assert Result.from_dict(result.to_dict()).findings == result.findings
    assert [chart.kind for chart in card_of(result).charts] == ["beforeafter", "heatmap"]


def test_more_rows_are_sampled_and_the_same_seed_gives_the_same() -> None:
    first, second = (noticed(max_rows=60, seed=3) for _ in range(2))
    assert first.rows == 60
    assert first.frame().equals(second.frame())
