"""What a run leaves to read: each result as data, documents as text and pages, and chapters as executed notebooks."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from mlops_widgets.core.document import document_of
from mlops_widgets.core.result import Result
from mlops_widgets.errors import InputError
from mlops_widgets.pipeline.artefacts import write_bytes
from mlops_widgets.pipeline.keys import digest_of
from mlops_widgets.report.site import write_report
from mlops_widgets.report.sources import name_of
from mlops_widgets.study.model_files.trust import Trust
from mlops_widgets.study.study import Study


class ReportFolder:
    """Where a run's report is written.

    Parameters
    ----------
    folder
        The folder.
    chapters
        Numbers of the chapters that are executed on the study, by papermill.
    trust
        What the caller vouches for of the study's model files: handed on, and not written.
    """

    def __init__(self, folder: Path, *, chapters: Sequence[int] = (), trust: Trust = None) -> None:
        self.folder = folder
        self.chapters = tuple(chapters)
        self.trust = trust

    @property
    def digest(self) -> str:
        """What the report depends on beside what was found."""
        return digest_of(list(self.chapters))

    def write(self, study: Study, found: Mapping[str, Any]) -> dict[str, Any]:
        """Write the files and return the digest of each, by name.

        Parameters
        ----------
        study
            The study, for the chapters.
        found
            Step → what it returned.
        """
        files = {name: content for step, each in found.items() for name, content in _contents(step, each)}
        for name, content in files.items():
            write_bytes(self.folder / name, content)
        digests = {name: sha256(content).hexdigest() for name, content in files.items()}
        return {"files": digests | self._write_chapters(study)}

    def _write_chapters(self, study: Study) -> dict[str, str]:
        if not self.chapters:
            return {}
        source, first = name_of(study, seed=study.seed)
        if first:
            raise InputError(
                f"notebooks= run in their own process and can't be handed a live study. {first} Then pass its path as study=."
            )
        parameters = {"seed": study.seed} | ({} if self.trust is None else {"trust": self.trust})
        paths = write_report(source, self.chapters, out=self.folder, parameters=parameters)
        return {path.name: sha256(path.read_bytes()).hexdigest() for path in paths}


def _contents(step: str, found: Any) -> list[tuple[str, bytes]]:  # noqa: ANN401 - what a step returned
    if not isinstance(found, Result):
        return []
    suffixes = [".json", *([".md", ".html"] if document_of(found) is not None else [])]
    return [(f"{step}{suffix}", found.contents(suffix)) for suffix in suffixes]
