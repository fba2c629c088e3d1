"""Read a finished report back and compare what it claims with the numbers: what disagrees, a sentence each."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

import numpy as np

from mlops_widgets.core.document import Document, sound
from mlops_widgets.core.result import MARKS
from mlops_widgets.core.words import number, rounded
from mlops_widgets.explainability.attribution.explanation import Explanation
from mlops_widgets.explainability.stakeholders.report import sentences as s
from mlops_widgets.explainability.stakeholders.report.claims import SENTENCES, Claim, claims_of, read_amount
from mlops_widgets.explainability.stakeholders.report.facts import Facts, Quoted, Related
from mlops_widgets.explainability.stakeholders.report.letters import (
    FAVOURED,
    about,
    check_cells,
    made,
    number_cells,
    plainly,
    reading_grade,
    uncertainty,
)  # fmt: skip
from mlops_widgets.study.wording import Wording


def check_text(
    text: str | Document, explanation: Explanation, *, words: Wording | None = None, related: Sequence[Related] | None = None,
    quoted: Sequence[Quoted] | None = None,
) -> tuple[str, ...]:  # fmt: skip
    """Return what a finished report says that the explanation doesn't, or leaves out; empty where all agrees.

    The text is read sentence by sentence into slots, and every slot is compared: direction, order, size as rounded, answer,
    average, cell. A sentence that can't be read back counts as a problem, so nothing can be added either.

    Parameters
    ----------
    text
        The document, or its text in Markdown or HTML.
    explanation
        The numbers.
    words
        Labels of columns and cells.
    related
        Columns that go together; None where that isn't known: then their caveat isn't asked for.
    quoted
        Headlines that may be quoted; None where that isn't known.
    """
    checker = _Checker(text, Facts(explanation=explanation, words=words or Wording()), related, quoted)
    return tuple(checker.problems())


class _Checker:
    """Compares claims with facts."""

    def __init__(
        self, text: str | Document, facts: Facts, related: Sequence[Related] | None, quoted: Sequence[Quoted] | None
    ) -> None:
        self.text, self.facts, self.related, self.quoted = text, facts, related, quoted
        self.claims = claims_of(text)
        self.found: list[str] = []

    def problems(self) -> list[str]:
        """Return all problems, in the order of the text, what is left out at the end."""
        checks: dict[str, Callable[[Claim], None]] = {
            "heading": self._heading, "row": self._row, "prediction": self._prediction,
            "mean_prediction": self._mean_prediction, "move": self._move, "rest": self._rest,
            "rest_nothing": self._rest_nothing, "nothing": self._nothing, "driver": self._driver, "related": self._related, "related_many": self._related,
            "failed": self._failed, "unsure": self._uncertainty, "exact": self._uncertainty, "unknown": self._uncertainty,
            "rows": self._rows, "cut": self._cut, "written": self._written, "drivers_row": self._drivers_row,
            "numbers_row": self._numbers_row, "checks_row": self._checks_row, "statement": self._statement,
        }  # fmt: skip
        for claim in self.claims:
            checks.get(claim.kind, self._nothing_to_compare)(claim)
        self._moves_complete()
        self._drivers_complete()
        self._said_once()
        self._there()
        return self.found

    def _of(self, *kinds: str) -> list[Claim]:
        return [claim for claim in self.claims if claim.kind in kinds]

    def _expect(self, fine: bool, claim: Claim, why: str) -> None:  # noqa: FBT001 - a condition
        if not fine:
            self.found.append(f"{why}: {claim.text[:300]!r}")

    def _nothing_to_compare(self, claim: Claim) -> None:
        self._expect(claim.kind in {*SENTENCES, "title", "table"}, claim, "A sentence that can't be read back")

    @cached_property
    def _audience(self) -> s.Audience | None:
        titles = [claim.text for claim in self._of("title")]
        return next((audience for audience, title in s.TITLES.items() if titles == [title]), None)

    # sentences

    def _heading(self, claim: Claim) -> None:
        self._expect(claim.text in s.HEADINGS, claim, "A heading that no report has")

    def _row(self, claim: Claim) -> None:
        fine = claim.row < len(self.facts.rows) and claim.slots["row"] == self.facts.row_name(claim.row)
        self._expect(fine, claim, "Not the row that comes here")

    def _prediction(self, claim: Claim) -> None:
        if self._is_row(claim):
            row, facts = claim.row, self.facts
            self._answer(
                claim, facts.prediction(row), facts.base(row), facts.digits(row), {facts.terms.whats[facts.output(row)]}
            )

    def _mean_prediction(self, claim: Claim) -> None:
        facts = self.facts
        whats = {facts.terms.whats[facts.output(row)] for row in facts.rows}
        mean, base = (float(np.mean([of(row) for row in facts.rows])) for of in (facts.prediction, facts.base))
        self._answer(claim, mean, base, self._driver_digits, whats if len(whats) == 1 else {FAVOURED})
        self._expect(claim.slots["count"] == f"{len(facts.rows):,}", claim, "Another number of rows")

    def _answer(self, claim: Claim, value: float, base: float, digits: int, whats: set[str]) -> None:
        slots = claim.slots
        self._expect(slots["what"] in whats, claim, "Another outcome than the one explained")
        self._expect(self._is(slots["amount"], value, digits), claim, f"The model's answer is {value:.6g}")
        self._expect(self._is(slots["average"], base, digits), claim, f"The average answer is {base:.6g}")
        same = slots["amount"] == slots["average"]
        side = "about the same as" if same else "above" if value > base else "below"
        self._expect(slots["side"] == side, claim, f"The answer is {side} the average")

    def _move(self, claim: Claim) -> None:
        column = self.facts.terms.place(claim.slots["label"])
        if column is None or not self._is_row(claim):
            self._expect(column is not None, claim, "No column is called so")
            return
        value = float(self.facts.values(claim.row)[column])
        self._expect(claim.slots["way"] == ("up" if value > 0 else "down"), claim, f"Its contribution is {value:.6g}")
        self._expect(claim.slots["way"] == claim.way, claim, "It doesn't stand under its direction")
        fine = self._is(claim.slots["size"], abs(value), self.facts.digits(claim.row), "points")
        self._expect(fine, claim, f"Its contribution is {value:.6g}")
        self._expect(
            claim.slots["cell"] == sound(self.facts.cell(claim.row, column)), claim, "The row has another value"
        )
        lower, upper = (float(end[column]) for end in self.facts.interval(claim.row))
        self._expect(lower > 0 or upper < 0, claim, "Its interval holds 0, so its direction isn't known")

    def _rest(self, claim: Claim) -> None:
        if self._is_row(claim):
            rest, way = self._left(claim.row), claim.slots["way"]
            self._expect(way == ("up" if rest > 0 else "down"), claim, f"The rest comes to {rest:.6g}")
            fine = self._is(claim.slots["size"], abs(rest), self.facts.digits(claim.row), "points")
            self._expect(fine, claim, f"The rest comes to {rest:.6g}")

    def _rest_nothing(self, claim: Claim) -> None:
        if self._is_row(claim):
            rest, digits = self._left(claim.row), self.facts.digits(claim.row)
            self._expect(rounded(rest * self._scale("points"), digits) == 0, claim, f"The rest comes to {rest:.6g}")

    def _left(self, row: int) -> float:
        named = {self.facts.terms.place(claim.slots["label"]) for claim in self._of("move") if claim.row == row}
        return float(sum(value for column, value in enumerate(self.facts.values(row)) if column not in named))

    def _nothing(self, claim: Claim) -> None:
        if self._is_row(claim):
            self._expect(not self.facts.moved(claim.row, claim.slots["way"]), claim, "Some did")

    def _driver(self, claim: Claim) -> None:
        column = self.facts.terms.place(claim.slots["label"])
        if column is None:
            self._expect(False, claim, "No column is called so")
            return
        size = float(self._sizes[column])
        self._expect(
            self._is(claim.slots["size"], size, self._driver_digits, "points"), claim, f"On average {size:.6g}"
        )
        rank = 1 + int((self._sizes > size).sum() + (self._sizes[:column] == size).sum())
        self._expect(claim.slots["rank"] == f"{rank}", claim, f"Its rank is {rank}")
        self._expect(claim.slots["of"] == f"{len(self._sizes):,}", claim, f"There are {len(self._sizes)} columns")

    def _related(self, claim: Claim) -> None:
        places = [self.facts.terms.place(claim.slots[slot]) for slot in ("label", "other")]
        self._expect(None not in places and places[0] != places[1], claim, "No two columns are called so")

    def _failed(self, claim: Claim) -> None:
        names = {f"“{check.name}”" for check in self.facts.explanation.checks if check.status == "failed"}
        self._expect(claim.slots["check"] in names, claim, "No check of that name failed")

    def _uncertainty(self, claim: Claim) -> None:
        self._expect(claim.text == uncertainty(self.facts), claim, f"It should say {uncertainty(self.facts)!r}")

    def _rows(self, claim: Claim) -> None:
        self._expect(claim.slots["count"] == f"{len(self.facts.rows):,}", claim, "Another number of rows")

    def _cut(self, claim: Claim) -> None:
        fine = (
            claim.slots["count"] == f"{len(self._of('drivers_row')):,}"
            and claim.slots["of"] == f"{len(self.facts.rows):,}"
        )
        self._expect(fine, claim, "Another number of rows")

    def _written(self, claim: Claim) -> None:
        self._expect(claim.slots["audience"] == self._audience, claim, "Written for someone else")
        if self._audience:
            self._expect(claim.slots["row"] == sound(about(self.facts, self._audience)), claim, "About something else")
        measured = number(reading_grade(self.text), digits=1)
        self._expect(claim.slots["grade"] == measured, claim, f"The reading grade is {measured}")

    # tables and statements

    def _drivers_row(self, claim: Claim) -> None:
        if not self._is_row(claim):
            return
        row, facts, cells = claim.row, self.facts, list(claim.slots.values())
        self._expect(cells[0] == facts.row_name(row), claim, "Not the row that comes here")
        self._expect(self._is(cells[1], facts.prediction(row), facts.digits(row)), claim, "Another answer")
        self._expect(cells[2] == facts.terms.whats[facts.output(row)], claim, "Another outcome")
        for way, cell in zip(("up", "down"), cells[3:], strict=True):
            self._strongest(claim, way, cell)

    def _strongest(self, claim: Claim, way: str, cell: str) -> None:
        moved = self.facts.moved(claim.row, way)
        slots = s.MOVE.read(cell)
        if slots is None:
            self._expect(
                cell == s.NOTHING.say(way=way) and not moved, claim, f"What moved it {way} most is something else"
            )
            return
        self._move(Claim(kind="move", text=cell, slots=slots, row=claim.row, way=way))
        fine = bool(moved) and self.facts.terms.place(slots["label"]) == moved[0]
        self._expect(fine, claim, f"What moved it {way} most is something else")

    def _numbers_row(self, claim: Claim) -> None:
        if not self._is_row(claim):
            return
        column = self.facts.terms.place(claim.slots["column"])
        if column is None:
            self._expect(False, claim, "No column is called so")
            return
        sizes = np.abs(self.facts.values(claim.row))
        rank = 1 + int((sizes > sizes[column]).sum() + (sizes[:column] == sizes[column]).sum())
        cells = tuple(map(sound, number_cells(self.facts, claim.row, column, rank)))
        self._expect(tuple(claim.slots.values()) == cells, claim, f"The numbers are {' | '.join(cells)}")

    def _checks_row(self, claim: Claim) -> None:
        rows = {tuple(map(sound, check_cells(check))) for check in self.facts.explanation.checks}
        self._expect(tuple(claim.slots.values()) in rows, claim, "No check said that")

    def _statement(self, claim: Claim) -> None:
        label, value = claim.slots["label"], claim.slots.get("value", "")
        if label == s.ASK_TITLE:
            return
        known = {(sound(a), sound(b)) for a, b in self._statements()}
        unknown = self.quoted is None and self._audience == "manager"
        self._expect((label, value) in known or unknown, claim, "A statement that nothing supports")
        self._expect(claim.slots.get("origin") == "computed", claim, "It was computed, nobody said it")

    def _statements(self) -> Iterable[tuple[str, str]]:
        if self._audience == "regulator":
            yield from made(self.facts).items()
            return
        for check in self.facts.explanation.checks:
            yield check.name, f"{MARKS[check.status]} {check.status.replace('_', ' ')}: {plainly(check)}"
        for each in self.quoted or ():
            yield each.label, each.claim

    # what is left out

    def _moves_complete(self) -> None:
        if self._audience == "regulator" or (self._audience == "manager" and len(self.facts.rows) > 1):
            return
        for row in self.facts.rows:
            said = [self.facts.terms.place(claim.slots["label"]) for claim in self._of("move") if claim.row == row]
            right = [column for way in ("up", "down") for column in self.facts.moved(row, way)]
            ways = [(claim.kind, claim.slots["way"]) for claim in self._of("most", "nothing") if claim.row == row]
            wanted = [("most" if self.facts.moved(row, way) else "nothing", way) for way in ("up", "down")]
            if said != right or ways != wanted:
                names = ", ".join(self.facts.terms.labels[column] for column in right) or "none"
                self.found.append(f"{self.facts.row_name(row)}: the columns to name are, in this order: {names}")

    def _drivers_complete(self) -> None:
        ranks = [claim.slots["rank"] for claim in self._of("driver")]
        wanted = (
            min(s.MOST_DRIVERS, len(self._sizes)) if self._audience == "manager" and len(self.facts.rows) > 1 else 0
        )
        if ranks != [f"{rank}" for rank in range(1, wanted + 1)]:
            self.found.append(f"The {wanted} strongest columns over all rows are to be named, in their order")

    def _said_once(self) -> None:
        twice = [claim for claim, count in Counter(map(_key, self.claims)).items() if count > 1]
        self.found += [f"Said twice: {text[:300]!r}" for _, _, text in twice]

    def _there(self) -> None:
        for text, least in self._wanted():
            if not least:
                self.found.append(f"Left out: {text}")

    def _wanted(self) -> Iterable[tuple[str, bool]]:
        kinds = Counter(claim.kind for claim in self.claims)
        rows, single = len(self.facts.rows), len(self.facts.rows) == 1
        yield "the title", self._audience is not None
        yield "for whom it is written, and its reading grade", kinds["written"] == 1
        yield "whom to ask", any(claim.slots["label"] == s.ASK_TITLE for claim in self._of("statement"))
        for place, caveat in enumerate(s.CAVEATS):
            yield caveat.text, kinds[f"caveat_{place}"] == 1
        for check in self.facts.explanation.checks:
            warned = [claim.slots["check"] for claim in self._of("failed")]
            yield (
                f"the warning that the check {check.name} failed",
                check.status != "failed" or f"“{check.name}”" in warned,
            )
        yield "a warning before what it warns of", self._warned_first()
        yield from self._together()
        yield "a statement that belongs there", self._audience == "customer" or self._stated()
        table = self._audience == "manager" and not single
        yield "the answer for each row", table or kinds["prediction"] == rows
        yield "the average answer", not table or kinds["mean_prediction"] == 1
        yield "a row of the table for each row", not table or kinds["drivers_row"] == min(rows, s.MOST_ROWS)
        yield "that the table is cut", not table or (kinds["cut"] == 1) == (rows > s.MOST_ROWS)
        yield "how many rows it is about", self._audience == "manager" or single or kinds["rows"] == 1
        if self._audience == "regulator":
            yield from self._record_complete(kinds)
        elif not table:
            yield "all other facts together", kinds["rest"] + kinds["rest_nothing"] == rows
        yield "how far the sizes may be off", kinds["unsure"] + kinds["exact"] + kinds["unknown"] == 1

    def _record_complete(self, kinds: Counter[str]) -> Iterable[tuple[str, bool]]:
        ranks = [(claim.row, claim.slots["rank"]) for claim in self._of("numbers_row")]
        wanted = [(row, f"{k + 1}") for row in self.facts.rows for k in range(len(self.facts.explanation.columns))]
        yield "numbers of each column, in their order", ranks == wanted
        yield "checks", kinds["checks_row"] == len(self.facts.explanation.checks)

    def _stated(self) -> bool:
        said = {(claim.slots["label"], claim.slots["value"]) for claim in self._of("statement")}
        return {(sound(label), sound(value)) for label, value in self._statements() if value} <= said

    def _warned_first(self) -> bool:
        kinds = [claim.kind for claim in self.claims]
        return "failed" not in kinds or not {"move", "driver", "rest"} & set(kinds[: kinds.index("failed")])

    def _together(self) -> Iterable[tuple[str, bool]]:
        place, columns = self.facts.terms.place, self.facts.explanation.columns
        said = {
            (place(claim.slots["label"]), place(claim.slots["other"]), claim.slots.get("count", "0"))
            for claim in self._of("related", "related_many")
        }
        wanted = {
            (columns.index(each.column), columns.index(each.other), f"{each.more:,}") for each in self.related or ()
        }
        if self.related is not None:
            yield "which columns go together, and no others", said == wanted

    # numbers

    def _is_row(self, claim: Claim) -> bool:
        there = claim.row < len(self.facts.rows)
        self._expect(there, claim, "There is no such row")
        return there

    def _is(self, text: str, value: float, digits: int, unit: str = "%") -> bool:
        """Say whether a text is the value, rounded to these digits and in the right unit."""
        if not np.isfinite(value):
            return text == number(value)
        read = read_amount(text)
        share = self.facts.terms.share
        return (
            read is not None
            and read.unit == (unit if share else "")
            and read.digits == digits
            and read.value == rounded(value * self._scale(unit), digits)
        )

    def _scale(self, _unit: str) -> float:
        return 100.0 if self.facts.terms.share else 1.0

    @cached_property
    def _sizes(self) -> "np.ndarray[tuple[int, ...], np.dtype[np.float64]]":
        values = [self.facts.explanation.values[row, :, self.facts.output(row)] for row in self.facts.rows]
        return np.asarray(np.abs(np.array(values)).mean(axis=0))

    @property
    def _driver_digits(self) -> int:
        return self.facts.terms.digits(self._sizes.tolist())


_OF_A_ROW = frozenset(
    {"move", "rest", "rest_nothing", "prediction", "most", "nothing", "table", "numbers_row", "drivers_row"}
)


def _key(claim: Claim) -> tuple[int, str, str]:
    """Return what two claims have in common that say the same of the same."""
    return claim.row if claim.kind in _OF_A_ROW else 0, claim.table, claim.text
