"""Policies, regimes and sign-offs as files: what is read is what was written, and what is wrong is named."""

import re
from pathlib import Path

import pytest

from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError
from mlops_widgets.governance.policies.policy import READY, Policy, read_policy_file
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.governance.policies.sign_offs import SignOff, read_sign_offs, sign_off, write_sign_offs
from mlops_widgets.governance.rulebooks.regime import COVERAGES, read_regime, regimes

OWNER = sign_off("ST-1", by="Ada King", role="owner", on="2026-03-31", statement="I answer for it.")
HEAD = 'policy = 1\nname = "mine"\n'
ONE = '[[requirements]]\nid = "A"\ntitle = "T."\n'


@pytest.mark.parametrize(("name", "count"), [("small team", 8), ("regulated", 40)])
def test_a_ready_policy_asks_for_as_much_as_it_says_and_comes_back_from_its_file(
    name: str, count: int, tmp_path: Path
) -> None:
    policy = Policy.ready(name)  # type: ignore[arg-type]  # one of the two
    assert len(policy.requirements) == count
    assert read_policy_file(policy.write(tmp_path / "policy.toml")) == policy


@pytest.mark.parametrize("name", READY)
def test_each_requirement_of_a_ready_policy_points_at_an_item_that_exists(name: str) -> None:
    known = {f"{regime}/{item.id}" for regime in regimes() for item in read_regime(regime).items}
    said = [each for requirement in Policy.ready(name).requirements for each in requirement.regimes]  # type: ignore[arg-type]  # of READY
    assert said
    assert set(said) <= known


def test_every_subcategory_of_the_ai_rmf_is_there_once() -> None:
    # NIST AI 100-1, tables 1 to 4: how many subcategories each category has.
    sizes = {
        "GOVERN": (7, 3, 2, 3, 2, 2), "MAP": (6, 3, 5, 2, 2), "MEASURE": (3, 13, 3, 3), "MANAGE": (4, 4, 2, 3),
    }  # fmt: skip
    expected = [
        f"{name} {at}.{number}"
        for name, each in sizes.items()
        for at, size in enumerate(each, start=1)
        for number in range(1, size + 1)
    ]
    assert [item.id for item in read_regime("nist_ai_rmf").items] == expected
    assert len(expected) == 72


def test_annex_iv_has_nine_points_and_its_letters() -> None:
    ids = [item.id for item in read_regime("eu_ai_act").items]
    letters = {point: "".join(each[-1] for each in ids if re.fullmatch(rf"IV-{point}-[a-z]", each)) for point in (1, 2)}
    assert letters == {1: "abcdefgh", 2: "abcdefgh"}
    assert {f"IV-{point}" for point in range(3, 10)} <= set(ids)


@pytest.mark.parametrize("name", regimes())
def test_a_regime_says_when_it_applies_from_which_source_and_when_that_was_read(name: str) -> None:
    regime = read_regime(name)
    assert regime.in_force_from
    assert regime.source
    assert regime.last_checked >= "2026-11-01"
    assert {item.coverage for item in regime.items} <= set(COVERAGES)
    assert all(item.evidence for item in regime.items if item.coverage == "computed")
    assert all(item.paraphrase for item in regime.items)
    assert list(regime.frame()["id"]) == [item.id for item in regime.items]


def test_no_regime_whose_text_was_not_read_claims_to_be_verified() -> None:
    secondary = [read_regime(name) for name in regimes() if "econdary" in read_regime(name).source]
    assert {each.regime for each in secondary} == {"sr_26_2", "us_reg_b"}
    assert not any(each.verified for each in secondary)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "lacks policy, name"),
        ('policy = 2\nname = "x"\n' + ONE + 'check = "log"\n', "policy=2"),
        (HEAD + "requirements = []\n", "no list of 1 to"),
        (HEAD + ONE + 'check = "lgo"\n', "Did you mean 'log'"),
        (HEAD + ONE + 'check = "log"\nowners = "x"\n', "Did you mean 'owner'"),
        (HEAD + ONE + 'check = "finding"\n', "needs codes"),
        (
            HEAD + ONE + 'check = "finding"\ncodes = ["A"]\nallowed = ["not_enough_data"]\n',
            "Allowed: passed, warning, failed",
        ),
        (HEAD + ONE + 'check = "finding"\ncodes = "OV"\n', "Allowed: a list of texts"),
        (HEAD + ONE + 'check = "metric"\ncodes = ["A"]\nnumber = "x"\n', "one of the two"),
        (HEAD + ONE + 'check = "metric"\ncodes = ["A"]\nnumber = "x"\nat_most = nan\n', "finite number"),
        (HEAD + ONE + 'check = "log"\ndays = true\n', "whole number"),
        (HEAD + ONE + 'check = "sign_off"\nrole = "owner"\nindependent = 1\n', "true or false"),
        (HEAD + 2 * (ONE + 'check = "log"\n'), "the id 'A'"),
        (HEAD + ONE.replace("T.", "x" * 700) + 'check = "log"\n', "700 characters"),
        (HEAD + '[[requirements]]\ntitle = "T"\ncheck = "log"\n', "Requirement 1 lacks id"),
        ("x" * 1_000_001, "too many"),
    ],
)
def test_a_wrong_policy_file_is_refused_and_says_where(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(message)):
        Policy.read(file)


def test_a_file_that_is_there_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    policy = Policy.ready("small team")
    file = policy.write(tmp_path / "policy.toml")
    with pytest.raises(InputError, match="overwrite=True"):
        policy.write(file)
    assert policy.write(file, overwrite=True) == file


def test_a_policy_that_asks_for_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="none would be met"):
        Policy(name="empty", requirements=())


@pytest.mark.parametrize("suffix", [".toml", ".json"])
def test_sign_offs_come_back_from_their_file(suffix: str, tmp_path: Path) -> None:
    said = (
        OWNER,
        sign_off(
            "ST-8", by="Bó <b>Lee</b>", role="approver", on="2026-04-01", statement='He said "yes"', evidence="a" * 64
        ),
    )
    assert read_sign_offs(write_sign_offs(said, tmp_path / f"signed{suffix}")) == said


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"by": "tbd"}, "names nobody"),
        ({"by": ""}, "by='' says nothing"),
        ({"on": "yesterday"}, "2026-03-31"),
        ({"statement": " "}, "statement='' says nothing"),
        ({"digest": "abc"}, "64 hex digits"),
        ({"role": ""}, "role='' says nothing"),
    ],
)
def test_a_sign_off_that_says_nothing_is_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        SignOff(**{**vars(OWNER), **change})


@pytest.mark.parametrize(
    "content", ["[", "{}", '{"sign_offs": [1]}', '{"sign_offs": [{"what": "A", "who": "B"}]}', "[" * 100_000]
)
def test_a_wrong_file_of_sign_offs_is_refused(content: str, tmp_path: Path) -> None:
    file = tmp_path / "signed.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(MlopsWidgetsError):
        read_sign_offs(file)


def test_a_regime_of_ones_own_is_read_and_a_wrong_one_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "house.toml"
    good = (
        'regime = "house"\ntitle = "House rules"\nversion = "1"\nin_force_from = "2026-01-01"\nsource = "intranet"\n'
        'last_checked = "2026-01-01"\nverified = true\n[[items]]\nid = "H-1"\nparaphrase = "Say it"\ncoverage = "human"\n'
    )
    file.write_text(good, encoding="utf-8")
    assert read_regime(file).items[0].id == "H-1"
    file.write_text(good.replace("human", "certified"), encoding="utf-8")
    with pytest.raises(InputError, match="Allowed: computed, half, human"):
        read_regime(file)
    with pytest.raises(UnknownNameError, match="eu_ai_act"):
        read_regime("eu_ai_akt")


def test_no_shipped_text_says_that_something_complies_or_that_point_eight_is_the_law() -> None:
    folder = Path(read_policy_file.__code__.co_filename).parent
    texts = [file.read_text(encoding="utf-8") for file in [*folder.rglob("*.toml"), *folder.glob("*.py")]]
    assert not [text for text in texts if re.search(r"complian|complies|\.80 is|0\.8 is", text)]


def test_a_check_takes_only_what_its_kind_uses_of_limits() -> None:
    with pytest.raises(InputError, match="every other kind none"):
        Requirement(id="A", title="T", check=Check(kind="log", at_most=1.0))
