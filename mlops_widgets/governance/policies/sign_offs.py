"""What people sign: their words, their names, the day, and the digest of what lay before them."""

import json
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.core.fields import MOST, only, sections
from mlops_widgets.core.result import JSON_ERRORS, Result, write_atomically
from mlops_widgets.core.statements import day, person, statement, words
from mlops_widgets.core.toml_files import MOST_BYTES, read_toml
from mlops_widgets.errors import InputError, WrongTypeError
from mlops_widgets.governance.policies.digests import digest_of
from mlops_widgets.study.saved.toml_text import write_toml

if TYPE_CHECKING:
    from mlops_widgets.study.study import Study

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class SignOff:
    """What a person signed.

    Parameters
    ----------
    what
        The id of a requirement, or of a document.
    by
        The person.
    role
        In which role: "owner", "author", "approver".
    on
        The day, as 2026-03-31.
    statement
        What the person says.
    digest
        SHA-256 of what was signed; "" where the statement is bound to nothing.

    Raises
    ------
    InputError
        If a name is a placeholder, or a field is empty or of another form.
    """

    what: str
    by: str
    role: str
    on: str
    statement: str
    digest: str = ""

    def __post_init__(self) -> None:
        """Take what was said as it was said, and refuse what says nothing."""
        object.__setattr__(self, "by", person("by", self.by))
        object.__setattr__(self, "on", day("on", self.on))
        for name in ("what", "role", "statement", "digest"):
            read = statement if name == "statement" else words
            object.__setattr__(self, name, read(name, getattr(self, name)))
        empty = [name for name in ("what", "by", "role", "on", "statement") if not getattr(self, name)]
        if empty:
            raise InputError(
                f"{empty[0]}='' says nothing. A sign-off names what, by whom, in which role, on which day, and a statement."
            )
        if self.digest and not _DIGEST.fullmatch(self.digest):
            raise InputError(
                f"digest={self.digest[:70]!r}. Pass a SHA-256 as 64 hex digits: sign_off(evidence=result) makes it."
            )


def signed_words(signed: SignOff) -> str:
    """Return who signed, in which role, when, and what they said, in a sentence."""
    return f"{signed.by} ({signed.role}) signed on {signed.on}: “{signed.statement}”"


def sign_off(
    what: str, *, by: str, role: str, on: str | date, statement: str, evidence: "Result | Study | str" = ""
) -> SignOff:
    """Return what a person signed, bound to what lay before them: a later change of it voids the signature.

    Parameters
    ----------
    what
        The id of the requirement, such as "ST-8".
    by, role
        The person, and in which role.
    on
        The day.
    statement
        What the person says.
    evidence
        What was signed: a Result, an AuditResult (all its evidence but signatures), a Study, or a SHA-256.

    Examples
    --------
    >>> sign_off("ST-1", by="Ada King", role="owner", on="2026-03-31", statement="I answer for this model.").by
    'Ada King'
    """
    signed = evidence if isinstance(evidence, str) else digest_of(evidence)
    return SignOff(what=what, by=by, role=role, on=day("on", on), statement=statement, digest=signed)


def write_sign_offs(sign_offs: Sequence[SignOff], path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
    """Write sign-offs as a .toml or .json file that `read_sign_offs` reads, and return its path.

    Parameters
    ----------
    sign_offs
        What people signed.
    path
        The file.
    overwrite
        Whether a file that is there already may be replaced.
    """
    file = Path(path)
    if file.exists() and not overwrite:
        raise InputError(f"{str(file)[:200]!r} is there already. Pass overwrite=True to replace it.")
    plain = [asdict(each) for each in checked(sign_offs)]
    if file.suffix == ".toml":
        content = "\n".join(f"[[sign_offs]]\n{write_toml(each)}" for each in plain)
    elif file.suffix == ".json":
        content = json.dumps({"sign_offs": plain}, indent=2, ensure_ascii=False)
    else:
        raise InputError(f"write_sign_offs({str(file)[:200]!r}): the name must end in .toml or .json.")
    write_atomically(file, content.encode(errors=JSON_ERRORS))
    return file


def read_sign_offs(path: str | os.PathLike[str]) -> tuple[SignOff, ...]:
    """Return the sign-offs that a .toml or .json file holds.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it can't be read, or holds something else.
    """
    file = Path(path)
    plain = (
        _read_json(file)
        if file.suffix == ".json"
        else read_toml(file, what="file of sign-offs", missing="Write one by write_sign_offs.")
    )
    given = sections(file.name, only(file.name, plain, ("sign_offs",), needed=("sign_offs",))["sign_offs"], "sign_offs")
    known = [each.name for each in fields(SignOff)]
    return tuple(
        SignOff(**only(f"Sign-off {at}", each, known, needed=known[:-1])) for at, each in enumerate(given, start=1)
    )


def checked(given: Any) -> tuple[SignOff, ...]:  # noqa: ANN401 - checked here
    """Return what was passed as `sign_offs=`, if that is what it is."""
    if (
        isinstance(given, SignOff)
        or not isinstance(given, Sequence)
        or not all(isinstance(each, SignOff) for each in given)
    ):
        raise WrongTypeError(
            "sign_offs= holds something else. Pass a list of sign_off(what, by=…, role=…, on=…, statement=…)."
        )
    if len(given) > MOST:
        raise InputError(f"sign_offs= holds {len(given):,}. Pass at most {MOST}.")
    return tuple(given)


def _read_json(file: Path) -> Any:  # noqa: ANN401 - checked by the caller
    try:
        if not file.is_file():
            raise InputError(f"{str(file)[:200]!r}: there is no such file. Write one by write_sign_offs.")
        with file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise InputError(f"{file.name} has more than {MOST_BYTES:,} bytes, too many for a file of sign-offs.")
        return json.loads(content)
    except OSError as error:
        raise InputError(f"{str(file)[:200]!r} can't be read: {error}.") from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{file.name} is no JSON: {str(error)[:200]}.") from error
