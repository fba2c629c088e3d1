"""Which files and records have been kept longer than their rule allows; and, when told, delete the files."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mlops_widgets.core.calendars import with_zone
from mlops_widgets.core.result import Result
from mlops_widgets.data_quality.audits.retention_findings import find
from mlops_widgets.data_quality.audits.retention_rules import DueFile, RetentionRule
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.records import Records, open_records

if TYPE_CHECKING:
    import pandas as pd

DELETED, NOT_DELETED = "retention deletion", "retention deletion undone"
_MOST_FILES = 100_000
_MOST_DEPTH = 40


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
    folder: str | os.PathLike[str] | Records,
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
        Where to look, folders within it too; or a store of records, whose kinds the patterns then name: what is due there is
        listed and never deleted, since a chain that lost a link proves nothing.
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
    if isinstance(folder, Records):
        return _of_records(folder, rules, now, delete=delete)
    root, moment, store = _checked(folder, rules, now, records, delete=delete)
    due: list[DueFile] = []
    kept = unruled = links = 0
    for path, is_link in _files(root):
        own = _is_own(path, store)
        rule = None if is_link or own else _rule_of(path.relative_to(root).as_posix(), rules)
        links += is_link
        if rule is None:
            unruled += not (is_link or own)
            continue
        found = _aged(path, root, rule, moment)
        if found.over_days > 0:
            due.append(found)
        else:
            kept += 1
    due.sort(key=lambda each: (-each.over_days, each.path))
    done = _deleted(root, due, rules, store, moment) if delete and store is not None else due
    return RetentionResult(
        findings=tuple(find(root.name, done, rules, counts=(kept, unruled, links), delete=delete)), rows=0, folder=root.name,
        due=tuple(done), kept=kept, unruled=unruled, links=links, deleted=delete,
        method="The age of a file is the time since its last change, as the file system tells it",
    )  # fmt: skip


def _of_records(store: Records, rules: Sequence[RetentionRule], now: datetime, *, delete: bool) -> RetentionResult:
    """List the records that are due, by number and kind."""
    _check_rules(rules)
    if delete:
        raise InputError(
            "delete=True with records: one record can't leave a chain. Write down its head, begin a new store, and delete the old files."
        )
    moment = _with_zone(now)
    due, kept, unruled = [], 0, 0
    for record in store.read():
        rule = _rule_of(record.kind, rules)
        if rule is None:
            unruled += 1
            continue
        age = (moment - datetime.fromisoformat(record.at)) / timedelta(days=1)
        if age <= rule.keep_days:
            kept += 1
            continue
        due.append(DueFile(
            path=f"record {record.number} ({record.kind})", rule=rule.pattern, age_days=age, over_days=age - rule.keep_days,
            size_bytes=len(record.line()),
        ))  # fmt: skip
    due.sort(key=lambda each: -each.over_days)
    return RetentionResult(
        findings=tuple(find(store.path.name, due, rules, counts=(kept, unruled, 0), delete=False)), rows=0, folder=store.path.name,
        due=tuple(due), kept=kept, unruled=unruled, links=0, deleted=False, method="The age of a record is the time since it was written",
    )  # fmt: skip


def _check_rules(rules: Sequence[RetentionRule]) -> None:
    if not rules:
        raise InputError("rules= is empty. Pass at least one RetentionRule(pattern=, keep_days=, why=, owner=).")
    for rule in rules:
        if not isinstance(rule, RetentionRule):
            raise WrongTypeError(
                f"rules= holds {type(rule).__name__}. Pass RetentionRule(pattern=, keep_days=, why=, owner=)."
            )


def _with_zone(now: datetime) -> datetime:
    moment = with_zone(now)
    if moment is None:
        raise WrongTypeError("now=None. Pass a moment such as datetime.now(UTC).")
    return moment


def _checked(
    folder: str | os.PathLike[str], rules: Sequence[RetentionRule], now: datetime, records: Records | str | os.PathLike[str] | None, *,
    delete: bool,
) -> tuple[Path, datetime, Records | None]:  # fmt: skip
    _check_rules(rules)
    moment = _with_zone(now)
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
    return root, moment, store


def _is_own(path: Path, store: Records | None) -> bool:
    """Say whether a file is the store, its journal, or what was kept of a damaged one."""
    return store is not None and path.parent == store.path.parent and path.name.startswith(store.path.name)


def _files(root: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the files within a folder, and whether each is a link; what a link names is never entered."""
    waiting, seen = [(root, 0)], 0
    while waiting:
        folder, depth = waiting.pop()
        if depth > _MOST_DEPTH:
            raise InputError(
                f"folder= holds folders more than {_MOST_DEPTH} deep. Pass one within it. Nothing was deleted."
            )
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: entry.name)
        except OSError as error:
            raise InputError(f"{folder.name} can't be read: {error.strerror}. Nothing was deleted.") from error
        for entry in entries:
            seen += 1
            if seen > _MOST_FILES:
                raise InputError(
                    f"folder= holds more than {_MOST_FILES:,} files. Pass a folder within it. Nothing was deleted."
                )
            if entry.is_symlink() or (sys.version_info >= (3, 12) and entry.is_junction()):
                yield Path(entry.path), True
            elif entry.is_dir(follow_symlinks=False):
                waiting.append((Path(entry.path), depth + 1))
            elif entry.is_file(follow_symlinks=False):
                yield Path(entry.path), False


def _rule_of(name: str, rules: Sequence[RetentionRule]) -> RetentionRule | None:
    return next((rule for rule in rules if fnmatchcase(name, rule.pattern)), None)


def _aged(path: Path, root: Path, rule: RetentionRule, now: datetime) -> DueFile:
    told = path.lstat()
    age = _age(told, now)
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
        rule, name = by_pattern[each.rule], each.path.encode("utf-8", "backslashreplace").decode()
        store.append(DELETED, {
            "folder": root.name, "path": name, "size_bytes": each.size_bytes,
            "age_days": round(each.age_days, 3), "keep_days": rule.keep_days, "rule": rule.pattern, "why": rule.why, "owner": rule.owner,
        }, at=now)  # fmt: skip
        gone = _unlink(root, each, now)
        if not gone:
            store.append(NOT_DELETED, {"folder": root.name, "path": name, "rule": rule.pattern}, at=now)
        done.append(DueFile(**{**vars(each), "deleted": gone}))
    return done


def _unlink(root: Path, each: DueFile, now: datetime) -> bool:
    """Delete one file, walking from the folder by open handles, so that no link put in between leads elsewhere.

    A file that was changed since it was listed, or is none any more, stays.
    """
    *folders, name = PurePosixPath(each.path).parts
    flags = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
    if os.unlink not in os.supports_dir_fd:
        path = root / each.path
        if path.resolve() != path or not _is_same(path.lstat(), each, now):
            return False
        path.unlink()
        return True
    handles: list[int] = []
    try:
        handles.append(os.open(root, flags))
        for folder in folders:
            handles.append(os.open(folder, flags, dir_fd=handles[-1]))
        if not _is_same(os.stat(name, dir_fd=handles[-1], follow_symlinks=False), each, now):
            return False
        os.unlink(name, dir_fd=handles[-1])
    except OSError:
        return False
    finally:
        for handle in handles:
            os.close(handle)
    return True


def _is_same(told: os.stat_result, each: DueFile, now: datetime) -> bool:
    return stat.S_ISREG(told.st_mode) and (told.st_size, _age(told, now)) == (each.size_bytes, each.age_days)


def _age(told: os.stat_result, now: datetime) -> float:
    return (now - datetime.fromtimestamp(told.st_mtime, UTC)) / timedelta(days=1)
