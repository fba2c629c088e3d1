"""What a step gives to the next: a value, known by the digest of what was kept of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from mlops_widgets.errors import InputError
from mlops_widgets.study.model_files.door import read_model
from mlops_widgets.study.model_files.trust import Trust

State = Literal["there", "skipped", "failed", "not known"]


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """What a step returns that has nothing to do this time.

    Parameters
    ----------
    why
        Why, in a sentence.
    """

    why: str


@dataclass(frozen=True, kw_only=True)
class Made:
    """What a step returns that has something to say of its value.

    Parameters
    ----------
    value
        The value.
    facts
        Plain JSON, kept in the ledger beside the digest: which rows a model learned from.
    """

    value: Any
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StoredModel:
    """A model as a file: what steps after the one that trained it are given.

    Parameters
    ----------
    path
        The file, in a format that is opened without running code.
    digest
        SHA-256 of its bytes, as hex digits.
    facts
        What was said of it when it was made.
    trust
        What the caller vouches for; never read from a file.
    """

    path: Path
    digest: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    trust: Trust = None

    def content(self) -> bytes:
        """Return its bytes, those of its digest.

        Raises
        ------
        InputError
            If the file is gone or holds others.
        """
        try:
            content = self.path.read_bytes()
        except OSError as error:
            raise InputError(
                f"The model {self.digest[:16]}… can't be read: {error.strerror}. Run the pipeline again."
            ) from error
        if sha256(content).hexdigest() != self.digest:
            raise InputError(f"The model {self.digest[:16]}… was changed since it was trained. Run the pipeline again.")
        return content

    def open(self) -> Any:  # noqa: ANN401 - any model
        """Return the model.

        Raises
        ------
        UnsafeModelError
            If it holds types that neither we reviewed nor `trust=` of the pipeline names.
        InputError
            If the file is gone or was changed.
        """
        self.content()
        return read_model(self.path, trust=self.trust, argument="model").model


@dataclass(frozen=True, kw_only=True, eq=False)
class Product:
    """The value of a step or an input, as the graph hands it on.

    Parameters
    ----------
    digest
        What it is known by in the keys of later steps; "" where there is none.
    read
        Gives the value.
    state
        Whether there is a value; in a dry run that of a step that would run isn't known.
    """

    digest: str
    read: Callable[[], Any] = lambda: None
    state: State = "there"
