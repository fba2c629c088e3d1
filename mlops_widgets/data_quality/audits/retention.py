"""Which files and records have been kept longer than their rule allows; and, when told, delete the files."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mlops_widgets.core.result import Finding, Result
from mlops_widgets.core.words import number, short
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.records import Records, open_records

if TYPE_CHECKING:
    import pandas as pd

DELETED = "retention deletion"
_MOST_DAYS = 36_500
_MOST_FILES = 100_000
_MOST_DEPTH = 40


@dataclass(frozen=True, kw_only=True)
class RetentionRule:
    """How long files of a name may be kept.

    Parameters
    ----------
    pattern
        Names within the folder, as `raw/*.csv` or `*.parquet`: `*` is any letters, also across folders.
    keep_days
        Days from the last change of a file until it is due, 0 or more.
    why
        On what basis: a law, a contract, a promise.
    owner
        Who answers for it.
    """

    pattern: str
    keep_days: int
    why: str
    owner: str

    def __post_init__(self) -> None:
        """Refuse a rule that nobody answers for, or whose pattern leaves the folder."""
        for name in ("pattern", "why", "owner"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip() or len(value) > 400 or "\0" in value:
                raise InputError(
                    f"{name}={value!r:.60}. Pass a text of 1 to 400 characters: a rule that nobody answers for deletes nothing."
                )
        if (
            isinstance(self.keep_days, bool)
            or not isinstance(self.keep_days, int)
            or not 0 <= self.keep_days <= _MOST_DAYS
        ):
            raise InputError(f"keep_days={self.keep_days!r}. Pass a whole number of days, 0 to {_MOST_DAYS:,}.")
        parts = PurePosixPath(self.pattern).parts
        if ".." in parts or self.pattern.startswith(("/", "~")) or "\\" in self.pattern or ":" in self.pattern:
            raise InputError(
                f"pattern={self.pattern!r:.80} leaves the folder. Pass a name within it, such as 'raw/*.csv'."
            )


@dataclass(frozen=True, kw_only=True)
class DueFile:
    """A file and what its rule says.

    Parameters
    ----------
    path
        Within the folder, with `/`.
    rule
        Pattern of the rule: the first that fits.
    age_days
        Days since it was changed.
    over_days
        By how many days that is over what the rule allows.
    size_bytes
        Its size.
    deleted
        Whether it was deleted here.
    """

    path: str
    rule: str
    age_days: float
    over_days: float
    size_bytes: int
    deleted: bool = False


@dataclass(frozen=True, kw_only=True)
class RetentionResult(Result):
    """What is due, and what was deleted.

    Parameters
    ----------
    folder
        Name of the folder.
    due
        The files that are due, the longest overdue first.
    kept, unruled
        Files that a rule lets stay, and files that no rule speaks of.
    links
        Links that were passed by: they are never followed or deleted.
    deleted
        Whether files were deleted, rather than listed.
    """

    folder: str
    due: tuple[DueFile, ...]
    kept: int
    unruled: int
    links: int
    deleted: bool

    def frame(self) -> "pd.DataFrame":
        """Return one row a file that is due."""
        import pandas as pd

        names = ["path", "rule", "age_days", "over_days", "size_bytes", "deleted"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.due], columns=names)


def apply_retention(
    folder: str | os.PathLike[str],
    rules: Sequence[RetentionRule],
    *,
    now: datetime,
    records: Records | str | os.PathLike[str] | None = None,
    delete: bool = False,
) -> RetentionResult:
    """List the files that were kept longer than their rule allows; with `delete=True`, delete them.

    Only files within the folder are looked at. Links are never followed and never deleted, nor is a store of records or its
    journal. Each deletion is recorded first: name, size, age, rule, basis and owner.

    Parameters
    ----------
    folder
        Where to look, folders within it too.
    rules
        The rules; of several that fit a file the first counts.
    now
        What time it is, UTC where it has no zone.
    records
        A store of records, or its path, outside of what is deleted; needed to delete.
    delete
        Delete what is due; by default it is listed.

    Returns
    -------
    RetentionResult
        Findings: DQ-RT-01 what is due or was deleted, DQ-RT-02 one a rule, DQ-RT-03 files that no rule speaks of, DQ-RT-04 links.

    Raises
    ------
    InputError
        If the folder can't be read, there is no rule, or records are missing where files are to be deleted.
    WrongTypeError
        If a rule is none.

    Examples
    --------
    >>> import os, tempfile
    >>> rule = RetentionRule(pattern="*.csv", keep_days=30, why="contract with the bureau", owner="A. Meier")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "old.csv")
    ...     _ = path.write_text("a")
    ...     os.utime(path, (0, 0))
    ...     result = apply_retention(folder, [rule], now=datetime(1970, 3, 2))
    ...     [(each.path, each.over_days) for each in result.due], path.exists()
    ([('old.csv', 30.0)], True)
    """
    root, moment, store = _checked(folder, rules, now, records, delete=delete)
    own = _own_files(store)
    due: list[DueFile] = []
    kept = unruled = links = 0
    for path, is_link in _files(root):
        rule = None if is_link or path in own else _rule_of(path.relative_to(root).as_posix(), rules)
        links += is_link
        if rule is None:
            unruled += not is_link and path not in own
            continue
        found = _aged(path, root, rule, moment)
        if found.over_days > 0:
            due.append(found)
        else:
            kept += 1
    due.sort(key=lambda each: (-each.over_days, each.path))
    done = _deleted(root, due, rules, store, moment) if delete and store is not None else due
    return RetentionResult(
        findings=tuple(_find(root.name, done, rules, counts=(kept, unruled, links), delete=delete)), rows=0, folder=root.name,
        due=tuple(done), kept=kept, unruled=unruled, links=links, deleted=delete,
        method="The age of a file is the time since its last change, as the file system tells it",
    )  # fmt: skip


def _checked(
    folder: str | os.PathLike[str], rules: Sequence[RetentionRule], now: datetime, records: Records | str | os.PathLike[str] | None, *,
    delete: bool,
) -> tuple[Path, datetime, Records | None]:  # fmt: skip
    if not rules:
        raise InputError("rules= is empty. Pass at least one RetentionRule(pattern=, keep_days=, why=, owner=).")
    for rule in rules:
        if not isinstance(rule, RetentionRule):
            raise WrongTypeError(
                f"rules= holds {type(rule).__name__}. Pass RetentionRule(pattern=, keep_days=, why=, owner=)."
            )
    if not isinstance(now, datetime):
        raise WrongTypeError(f"now={str(now)[:60]!r}. Pass a moment such as datetime.now(UTC).")
    try:
        root = Path(folder).resolve(strict=True)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"folder={str(folder)[:80]!r} can't be read: {error}.") from error
    if not root.is_dir() or root == Path(root.anchor) or root == Path.home().resolve():
        raise InputError(
            f"folder={str(folder)[:80]!r} is no folder, or a whole disk or home. Pass the folder that holds the data."
        )
    store = open_records(records) if isinstance(records, str | os.PathLike) else records
    if delete and store is None:
        raise InputError("delete=True needs records=: each deletion is written down before it is done.")
    return root, now if now.tzinfo is not None else now.replace(tzinfo=UTC), store


def _own_files(store: Records | None) -> frozenset[Path]:
    if store is None:
        return frozenset()
    return frozenset(
        {
            store.path,
            store.journal,
            store.path.with_name(f"{store.path.name}.lock"),
            store.path.with_name(f"{store.path.name}-journal"),
        }
    )


def _files(root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the files within a folder, and whether each is a link; what a link names is never entered."""
    waiting, seen = [(root, 0)], 0
    while waiting:
        folder, depth = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise InputError(f"{folder.name} can't be read: {error.strerror}. Nothing was deleted.") from error
        for entry in entries:
            seen += 1
            if seen > _MOST_FILES:
                raise InputError(
                    f"folder= holds more than {_MOST_FILES:,} files. Pass a folder within it. Nothing was deleted."
                )
            if entry.is_symlink() or entry.is_junction() if hasattr(entry, "is_junction") else entry.is_symlink():
                yield Path(entry.path), True
            elif entry.is_dir(follow_symlinks=False) and depth < _MOST_DEPTH:
                waiting.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path), False


def _rule_of(name: str, rules: Sequence[RetentionRule]) -> RetentionRule | None:
    return next((rule for rule in rules if fnmatchcase(name, rule.pattern)), None)


def _aged(path: Path, root: Path, rule: RetentionRule, now: datetime) -> DueFile:
    told = path.lstat()
    age = (now - datetime.fromtimestamp(told.st_mtime, UTC)) / timedelta(days=1)
    return DueFile(
        path=path.relative_to(root).as_posix(), rule=rule.pattern, age_days=age, over_days=age - rule.keep_days, size_bytes=told.st_size
    )  # fmt: skip


def _deleted(
    root: Path, due: Sequence[DueFile], rules: Sequence[RetentionRule], store: Records, now: datetime
) -> list[DueFile]:
    """Record and delete each file; one that isn't what was listed any more is left."""
    by_pattern = {rule.pattern: rule for rule in reversed(rules)}
    done = []
    for each in due:
        rule = by_pattern[each.rule]
        store.append(DELETED, {
            "folder": root.name, "path": each.path.encode("utf-8", "backslashreplace").decode(), "size_bytes": each.size_bytes,
            "age_days": round(each.age_days, 3), "keep_days": rule.keep_days, "rule": rule.pattern, "why": rule.why, "owner": rule.owner,
        }, at=now)  # fmt: skip
        done.append(DueFile(**{**vars(each), "deleted": _unlink(root, each)}))
    return done


def _unlink(root: Path, each: DueFile) -> bool:
    """Delete one file, walking from the folder by open handles, so that no link put in between leads elsewhere."""
    *folders, name = PurePosixPath(each.path).parts
    flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
    if os.unlink not in os.supports_dir_fd:
        path = root / each.path
        if path.is_symlink() or path.resolve() != path:
            return False
        path.unlink()
        return True
    handles = [os.open(root, flags)]
    try:
        for folder in folders:
            handles.append(os.open(folder, flags, dir_fd=handles[-1]))
        os.unlink(name, dir_fd=handles[-1])
    except OSError:
        return False
    finally:
        for handle in handles:
            os.close(handle)
    return True


def _find(
    folder: str, due: Sequence[DueFile], rules: Sequence[RetentionRule], *, counts: tuple[int, int, int], delete: bool
) -> Iterator[Finding]:
    kept, unruled, links = counts
    left = [each for each in due if not each.deleted]
    evidence = {
        "due": len(due),
        "deleted": len(due) - len(left),
        "kept": kept,
        "bytes": sum(each.size_bytes for each in due),
    }
    longest = f", the longest by {number(due[0].over_days, digits=0)} days" if due else ""
    if not due:
        claim = f"No file of {short(folder)} is kept longer than its rule allows; {kept:,} may stay."
        yield Finding(code="DQ-RT-01", status="passed", claim=claim, evidence=evidence)
    elif left:
        action = (
            "Look at what holds them and try again."
            if delete
            else "Look at result.due, then pass delete=True and records=."
        )
        undone = " could not be deleted and" if delete else ""
        claim = f"{len(left):,} files of {short(folder)}{undone} are kept longer than their rule allows{longest}."
        yield Finding(code="DQ-RT-01", status="failed", claim=claim, evidence=evidence, action=action)
    else:
        claim = f"{len(due):,} files of {short(folder)} that were due are deleted and recorded{longest}."
        yield Finding(code="DQ-RT-01", status="passed", claim=claim, evidence=evidence)
    for rule in rules:
        mine = [each for each in left if each.rule == rule.pattern]
        if mine:
            claim = f"{short(rule.pattern)}: {len(mine):,} files are due after {rule.keep_days:,} days ({short(rule.why, 80)}); {short(rule.owner)} answers for it."
            yield Finding(
                code="DQ-RT-02",
                status="failed",
                claim=claim,
                action="Ask its owner whether anything holds them back.",
                evidence={"pattern": rule.pattern, "due": len(mine), "keep_days": rule.keep_days},
            )
    if unruled:
        claim = f"{unruled:,} files of {short(folder)} have no rule, so nobody said how long they may stay."
        yield Finding(
            code="DQ-RT-03",
            status="warning",
            claim=claim,
            action="Write a rule for them, with its basis and owner.",
            evidence={"files": unruled},
        )
    if links:
        claim = f"{links:,} links were passed by: what they name is neither followed nor deleted."
        yield Finding(code="DQ-RT-04", status="passed", claim=claim, evidence={"links": links})
