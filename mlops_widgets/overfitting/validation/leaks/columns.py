"""A single column that knows the target too well: flagged only where something besides its strength says so."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from mlops_widgets.core.progress import check_cancel
from mlops_widgets.core.result import Status
from mlops_widgets.errors import MissingInputError
from mlops_widgets.measures.column_power import explained, learned_means
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.overfitting.validation.leaks.assay import SIZES, run_assay
from mlops_widgets.overfitting.validation.leaks.cells import levels_of
from mlops_widgets.overfitting.validation.leaks.check import AssayStep, LeakCheck, blank
from mlops_widgets.overfitting.validation.leaks.material import Material, Part

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

NEAR_ALL = 0.9
"""Share of the target's variation from which a column all but gives the target."""
STRONG = 0.3
"""Share from which a column raises a question where all others together know less than a third as much."""
_LEAST_EARLY = 0.05
_LEAST_BESIDE = 0.005
_KEPT = 0.25
_KEPT_BESIDE = 0.5
_NARROWED = 0.5
_FEWEST_ROWS = 50
_DRAWS = 200
_CONTROL = (
    "strength alone never flags: a column must be declared known afterwards, explain 90 % of the target where all others "
    "together leave three times as much open (in regression only a warning), or lose three quarters of what it "
    "knew in later rows while other columns keep half (only a warning where its values narrowed there); bounds hold for all columns at once (Bonferroni)"
)


@dataclass(frozen=True, kw_only=True)
class Power:
    """What one column explains of the target (0 to 1), with bounds that hold for all columns at once.

    `spread` is the standard deviation of what it makes one expect, `filled` the share of its cells that hold something.
    """

    value: float
    lower: float
    upper: float
    spread: float = np.nan
    filled: float = 1.0


@dataclass(frozen=True, kw_only=True, eq=False)
class ColumnPowers:
    """Each column's power where it was trained (out of sample) and in later rows, and its learned guesses."""

    early: dict[str, Power]
    test: dict[str, Power]
    later: dict[str, Power]
    guesses: dict[str, tuple[Floats, Floats]]


@dataclass(frozen=True, kw_only=True)
class Suspect:
    """A column and its sign: "declared", "determines" and "collapses" flag it; "narrows" and "dominates" only ask."""

    column: str
    sign: str
    value: float
    beside: float = np.nan


def find_column_leaks(material: Material, *, known_after: tuple[str, ...]) -> LeakCheck:
    """Return which columns know what they can't know when the model is asked."""
    check = replace(
        blank("columns"), measure="share of the target's variation that one column explains", control=_CONTROL,
        assay_unit="share of the target's variation that the column explains", margin=NEAR_ALL,
    )  # fmt: skip
    declared = tuple(c for c in known_after if c in material.features)
    material.need_reference()
    material.need_features()
    fit, asked = _halves(material)
    y = {"fit": material.targets(fit.y), "asked": material.targets(asked.y)}
    powers = measure_powers(material, fit, asked)
    rest = _Rest(powers.guesses, y["fit"], y["asked"], seed=material.seed)
    suspects = [Suspect(column=c, sign="declared", value=powers.test[c].value) for c in declared]
    suspects += _collapsing(powers, taken=declared)
    overlapping = _overlapping(powers, rest, taken=tuple(suspect.column for suspect in suspects))
    suspects += [suspect for suspect in overlapping if suspect.sign == "determines"]
    hint = next((suspect for suspect in overlapping if suspect.sign == "dominates"), None)
    strongest = max(powers.test, key=lambda name: powers.test[name].value)
    top = powers.test[suspects[0].column if suspects else strongest]
    evidence = _evidence(suspects, strongest, powers, fit, asked)
    if hint is not None:
        evidence |= {"dominates": hint.column, "dominates_explains": hint.value, "dominates_beside": hint.beside}
    found = replace(
        check, status=_status(suspects, material.study.task), value=top.value, lower=top.lower, upper=top.upper,
        columns=tuple(suspect.column for suspect in suspects), evidence=evidence,
    )  # fmt: skip
    return replace(found, assay=_assay(material, y["fit"], y["asked"], rest.without(frozenset(found.columns))))


def _status(suspects: list[Suspect], task: str) -> Status:
    """Fail by any sign; only warn where values merely narrowed, or a number is all but given by another.

    The last value of a slow series gives the next without being a leak.
    """
    if not suspects:
        return "passed"
    asks = {"narrows", "determines"} if task == "regression" else {"narrows"}
    return "warning" if all(each.sign in asks for each in suspects) else "failed"


def _evidence(
    suspects: list[Suspect], strongest: str, powers: ColumnPowers, fit: Part, asked: Part
) -> dict[str, float | int | str | bool | None]:
    evidence: dict[str, float | int | str | bool | None] = {
        "columns": len(powers.test), "strongest": strongest, "strongest_explains": powers.test[strongest].value,
        "learned_rows": fit.rows, "asked_rows": asked.rows,
    }  # fmt: skip
    for place, suspect in enumerate(suspects):
        evidence |= {f"column_{place}": suspect.column, f"sign_{place}": suspect.sign,
                     f"explains_{place}": suspect.value, f"beside_{place}": suspect.beside}  # fmt: skip
    return evidence


def _halves(material: Material) -> tuple[Part, Part]:
    """Return the rows that levels are learned on and the rows that are asked: the test, or half of the reference."""
    reference = material.sampled["reference"]
    asked = material.sampled.get("test")
    if asked is None or asked.rows < _FEWEST_ROWS:
        order = material.rng(21).permutation(reference.rows)
        cut = reference.rows // 2
        reference, asked = reference.take(np.sort(order[:cut])), reference.take(np.sort(order[cut:]))
    if min(reference.rows, asked.rows) < _FEWEST_ROWS or any(_constant(part.y) for part in (reference, asked)):
        raise MissingInputError(
            f"{_FEWEST_ROWS} labelled rows of several outcomes in reference and test", "Pass more labelled rows."
        )
    return reference, asked


def _constant(y: Floats) -> bool:
    return len(np.unique(y)) < 2


def measure_powers(material: Material, fit: Part, asked: Part) -> ColumnPowers:
    """Return what each column explains: learned on `fit`, and asked in `asked`, in later rows, and across `fit` itself."""
    later = material.sampled.get("later")
    if later is not None and (later.rows < _FEWEST_ROWS or _constant(later.y)):
        later = None
    parts = {"fit": fit, "test": asked, **({"later": later} if later is not None else {})}
    y = {name: material.targets(part.y) for name, part in parts.items()}
    half = np.arange(fit.rows) % 2 == 0 if fit.units is None else np.unique(fit.units, return_inverse=True)[1] % 2 == 0
    z = float(stats.norm.ppf(1 - 0.025 / max(1, len(material.features))))
    weights = {name: _weights(part, seed=material.seed) for name, part in parts.items()}
    powers = ColumnPowers(early={}, test={}, later={}, guesses={})
    for name in material.need_features():
        check_cancel(material.cancel)
        columns = [part.table[name] for part in parts.values()]
        codes, levels = levels_of(columns[0], columns[1:])
        by_part = dict(zip(parts, codes, strict=True))
        across = _across(by_part["fit"], y["fit"], half, levels)
        filled = {part: float(column.notna().mean()) for part, column in zip(parts, columns, strict=True)}
        powers.early[name] = _power(across, y["fit"], weights["fit"], z, filled=filled["fit"])
        means = learned_means(by_part["fit"], y["fit"], levels=levels)
        powers.guesses[name] = (across, means[by_part["test"]])
        powers.test[name] = _power(powers.guesses[name][1], y["test"], weights["test"], z, filled=filled["test"])
        if "later" in parts:
            powers.later[name] = _power(
                means[by_part["later"]], y["later"], weights["later"], z, filled=filled["later"]
            )
    return powers


def _across(codes: Integers, y: Floats, half: npt.NDArray[np.bool_], levels: int) -> Floats:
    """Return each row's guess learned on the other half of the units."""
    guess = np.empty_like(y)
    for mine in (half, ~half):
        others = ~mine if (~mine).any() else mine
        guess[mine] = learned_means(codes[others], y[others], levels=levels)[codes[mine]]
    return guess


def _weights(part: Part, *, seed: int) -> Floats:
    resampler = Resampler(part.units, draws=_DRAWS, seed=seed)
    return np.vstack([np.ones((1, part.rows)), *resampler.weights(part.rows)])


def _power(guess: Floats, y: Floats, weights: Floats, z: float, *, filled: float) -> Power:
    draws = explained(guess, y, weights)
    value, error = float(draws[0]), float(draws[1:].std())
    spread = float(np.sqrt(guess.var(axis=0).sum()))
    return Power(
        value=value, lower=max(0.0, value - z * error), upper=min(1.0, value + z * error), spread=spread, filled=filled
    )


class _Rest:
    """What all columns but some explain together: a small boosting on their learned means, each answer kept."""

    def __init__(self, guesses: dict[str, tuple[Floats, Floats]], y_fit: Floats, y_asked: Floats, *, seed: int) -> None:
        self._guesses, self._y_fit, self._y_asked, self._seed = guesses, y_fit, y_asked, seed
        self._known: dict[frozenset[str], float] = {}

    def without(self, names: frozenset[str]) -> float:
        """Return the share of the target's variation that the other columns explain together."""
        if names not in self._known:
            self._known[names] = self._measure([name for name in self._guesses if name not in names])
        return self._known[names]

    def _measure(self, names: list[str]) -> float:
        from sklearn.ensemble import HistGradientBoostingRegressor

        from mlops_widgets.study.threads import one_thread

        if not names:
            return 0.0
        model = HistGradientBoostingRegressor(max_iter=40, learning_rate=0.15, random_state=self._seed)
        guess = np.empty_like(self._y_asked)
        with one_thread():
            for k, target in enumerate(self._y_fit.T):  # each class from what the columns guess of it
                learned, asked = (np.column_stack([self._guesses[n][index][:, k] for n in names]) for index in (0, 1))
                guess[:, k] = model.fit(learned, target).predict(asked)
        return float(explained(guess, self._y_asked, np.ones((1, len(guess))))[0])


def says_too_much(power: Power, rest: float) -> str:
    """Return by which sign a column is suspect beside what all others explain together, or "" where it isn't.

    "determines": it explains 90 % or more for certain, and the others leave three times as much open; the others of a
    clean table share what a strong column knows. "dominates": 30 % or more, three times what all others explain; many
    honest columns do, so it never flags.
    """
    if power.lower >= NEAR_ALL and 1 - rest >= 3 * (1 - power.value):
        return "determines"
    return "dominates" if power.lower >= STRONG and rest < power.lower / 3 else ""


def _overlapping(powers: ColumnPowers, rest: _Rest, *, taken: tuple[str, ...]) -> list[Suspect]:
    """Return the suspects by strength, strongest first; each next one is held against what remains."""
    found: list[Suspect] = []
    gone = frozenset(taken)
    if len(powers.test) < 2:
        return found
    for name in sorted(powers.test, key=lambda name: -powers.test[name].value):
        power = powers.test[name]
        if name in gone or power.lower < STRONG:
            continue
        # One other column that knows as much settles it without asking all of them together.
        best = max((each.value for other, each in powers.test.items() if other not in gone | {name}), default=0.0)
        if not says_too_much(power, best):
            continue
        others = max(best, rest.without(gone | {name}))
        sign = says_too_much(power, others)
        if sign:
            found.append(Suspect(column=name, sign=sign, value=power.value, beside=others))
            gone |= {name}
    return found


def _collapsing(powers: ColumnPowers, *, taken: tuple[str, ...]) -> list[Suspect]:
    """Return the columns that lost in later rows, or in the test, what they knew, while the others kept theirs.

    Where all columns lose, the target has changed, which is drift and no leak.
    """
    found: dict[str, Suspect] = {}
    for after in (powers.later, powers.test):
        lost = {name for name in after if after[name].upper < _KEPT * powers.early[name].lower}
        others = [name for name in after if name not in lost and powers.early[name].lower >= _LEAST_BESIDE]
        if not others or np.median([after[name].value / powers.early[name].value for name in others]) < _KEPT_BESIDE:
            continue
        for name in sorted(lost - set(taken) - set(found), key=lambda name: -powers.early[name].value):
            early = powers.early[name]
            if early.lower >= _LEAST_EARLY:
                sign = "narrows" if _narrowed(early, after[name]) else "collapses"
                found[name] = Suspect(column=name, sign=sign, value=early.value, beside=after[name].value)
    return list(found.values())


def _narrowed(early: Power, after: Power) -> bool:
    """Say whether the column's values merely move less there, as a temperature does in one season: it still is written."""
    return 0 < after.spread < _NARROWED * early.spread and after.filled > early.filled / 2


def _assay(material: Material, y_fit: Floats, y_asked: Floats, others: float) -> tuple[AssayStep, ...]:
    """Put in a column that is the target with noise; its size is the squared correlation with the target."""
    z = float(stats.norm.ppf(1 - 0.025 / len(material.features)))
    ones = np.ones((1, len(y_asked)))
    fit, asked = (y @ np.arange(1.0, y.shape[1] + 1) for y in (y_fit, y_asked))

    def seen(size: float, rng: np.random.Generator) -> bool:
        noise = np.sqrt((1 - size) / size) * fit.std()
        told, shown = (y + noise * rng.normal(size=len(y)) for y in (fit, asked))
        codes, levels = levels_of(pd.Series(told), [pd.Series(shown)])
        value = float(explained(learned_means(codes[0], y_fit, levels=levels)[codes[1]], y_asked, ones)[0])
        # Noise is drawn row by row, so the usual standard error of a squared correlation holds.
        error = 2 * np.sqrt(value) * (1 - value) / np.sqrt(len(y_asked))
        return says_too_much(Power(value=value, lower=value - z * error, upper=1.0), others) == "determines"

    return run_assay(SIZES, seen, rng=material.rng(22), cancel=material.cancel)
