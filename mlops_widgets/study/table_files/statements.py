"""Whether a text is one SQL statement that only reads."""

import re

from mlops_widgets.errors import TableError

_QUIET = re.compile(
    r"""
      '(?:[^']|'')*'              # a text
    | "(?:[^"]|"")*"              # a name
    | `[^`]*`                     # a name in MySQL
    | --[^\n]*                    # the rest of a line
    | /\*.*?\*/                   # a comment
    """,
    re.DOTALL | re.VERBOSE,
)
_WRITES = re.compile(
    r"\b(insert|update|delete|merge|into|drop|alter|create|attach|detach|pragma|copy|install|call|exec|execute|grant|"
    r"revoke|vacuum|(?:truncate|replace)(?!\s*\())\b",
    re.IGNORECASE,
)
_MOST_LETTERS = 1_000_000


def check_statement(sql: str, *, name: str) -> str:
    """Return one statement that begins with SELECT or WITH and holds no word that writes, without its semicolon.

    The check knows no dialect, and functions that write can't be told by their names: it is a belt for queries on a
    connection that may write, beside what the database itself refuses.

    Raises
    ------
    TableError
        If it is something else, or can't be told for sure.

    Examples
    --------
    >>> check_statement("SELECT ';' AS a -- drop table b;", name="test")
    "SELECT ';' AS a -- drop table b"
    """
    if len(sql) > _MOST_LETTERS or "\x00" in sql:
        raise TableError(
            f"{name}= is a query of {len(sql):,} letters that can't be run. Save it as a view in the database."
        )
    loud = _QUIET.sub(lambda found: " x " if found[0][0] in "'\"`" else " ", sql)
    for doubtful, what in (("/*!", "a comment that MySQL runs"), ("\\'", "a backslash before a quotation mark")):
        if doubtful in sql:
            raise TableError(f"{name}=: the query holds {what} ({doubtful}). Write it without.")
    if any(mark in loud for mark in ("/*", "*/", "'", '"', "`")):
        raise TableError(f"{name}=: the query has a comment within a comment, or a quotation mark that isn't closed.")
    body = loud.strip().rstrip(";").strip()
    if ";" in body:
        raise TableError(f"{name}= holds several SQL statements. Pass one SELECT.")
    word = re.match(r"[(\s]*([A-Za-z]*)", body)
    if word is None or word[1].lower() not in {"select", "with"}:
        begins = f"begins with {word[1][:20].upper()}" if word is not None and word[1] else "doesn't begin with a word"
        raise TableError(f"{name}=: the query {begins}. Pass one SELECT (or WITH … SELECT).")
    found = _WRITES.search(body)
    if found is not None:
        raise TableError(
            f"{name}=: the query holds {found[0].upper()}, which writes. Pass one SELECT that only reads; if it is the name "
            'of a column, put it in "…".'
        )
    return sql.strip().rstrip(";")
