"""What exporting and verifying a bundle return."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mlops_widgets.core.document import Document, Grid, Paragraph, Points, Section
from mlops_widgets.core.result import Result

if TYPE_CHECKING:
    import pandas as pd

Signature = Literal["valid", "wrong", "unchecked", "none"]


@dataclass(frozen=True, kw_only=True)
class BundleFile:
    """A file of a bundle: its path inside, what it holds, its bytes and their SHA-256."""

    path: str
    holds: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Bundle(Result):
    """What was written into a folder for an auditor.

    Parameters
    ----------
    name
        Of the folder.
    study, fingerprint
        What it is about.
    policy, met, asked
        The policy, how many requirements are met with evidence, and of how many.
    files
        Every file but the manifest and the signature.
    contents_sha256
        Of SHA256SUMS, which has a line for every file but the index, the manifest and the signature; the index prints it.
    manifest_sha256
        Of MANIFEST.json, which names every file but itself and the signature. Keep it elsewhere.
    evidence_digest
        What an approver signs: `sign_off(…, evidence=bundle)`.
    signed_by
        SHA-256 of the public key that the signature belongs to; "" where nobody signed.
    left_out
        What isn't in it, and why.
    synthetic
        Whether the data were made up.
    """

    name: str
    study: str
    fingerprint: str
    policy: str
    met: int
    asked: int
    files: tuple[BundleFile, ...]
    contents_sha256: str
    manifest_sha256: str
    evidence_digest: str
    signed_by: str = ""
    left_out: tuple[str, ...] = ()
    synthetic: bool = False

    def frame(self) -> "pd.DataFrame":
        """Return one row a file."""
        import pandas as pd

        names = ["path", "holds", "bytes", "sha256"]
        return pd.DataFrame([{name: getattr(each, name) for name in names} for each in self.files], columns=names)

    @property
    def document(self) -> Document:
        """What is in the folder, and how to see later that it is as it was."""
        rows = tuple((each.path, each.holds, f"{each.bytes:,}", each.sha256[:12]) for each in self.files)
        gaps = (Section(title="What isn't in it", blocks=(Points(items=self.left_out),)),) if self.left_out else ()
        keep = (
            f"SHA-256 of MANIFEST.json: {self.manifest_sha256}",
            f"SHA-256 of SHA256SUMS, printed on the index page: {self.contents_sha256}",
            f"Signed with the key {self.signed_by}." if self.signed_by else "Nobody signed it.",
        )
        return Document(
            title=f"Bundle of {self.study}", lead=f"{self.headline} Open index.html in the folder {self.name}.",
            sections=(
                Section(title="Files", blocks=(Grid(columns=("file", "holds", "bytes", "SHA-256 begins"), rows=rows),)), *gaps,
                Section(title="Keep this elsewhere", blocks=(Paragraph(text="Whoever can rewrite the folder can rewrite its manifest."), Points(items=keep))),
            ), small=f"Study {self.fingerprint}, policy {self.policy}{', synthetic data' if self.synthetic else ''}.",
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BundleVerification(Result):
    """Whether a bundle is as it was written.

    Parameters
    ----------
    name
        Of the folder.
    changed, missing, added
        Paths whose bytes are others, that are gone, and that weren't there.
    problems
        What is wrong with the manifest, or against the digest that was kept, in sentences.
    signature
        "valid", "wrong", "unchecked" (there is one, and no key was given), or "none".
    signature_problem
        What is wrong with the signature; "" where nothing is.
    manifest_sha256
        Of MANIFEST.json as it is now; "" where there is none.
    given
        What it was compared with, besides its own manifest.
    """

    name: str
    changed: tuple[str, ...]
    missing: tuple[str, ...]
    added: tuple[str, ...]
    problems: tuple[str, ...]
    signature: Signature
    signature_problem: str = ""
    manifest_sha256: str
    given: tuple[str, ...] = ()

    @property
    def is_intact(self) -> bool:
        """Whether nothing of what was looked at speaks against it."""
        return not (self.changed or self.missing or self.added or self.problems or self.signature_problem)

    @property
    def exit_code(self) -> int:
        """0 where it is as it was written, else 1."""
        return 0 if self.is_intact else 1

    def frame(self) -> "pd.DataFrame":
        """Return one row a file that isn't as it was."""
        import pandas as pd

        told = {"changed": self.changed, "missing": self.missing, "added": self.added}
        rows = [{"path": path, "what": what} for what, paths in told.items() for path in paths]
        return pd.DataFrame(rows, columns=["path", "what"])
