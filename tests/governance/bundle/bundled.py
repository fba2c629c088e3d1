"""A small study with groups, keys, and bundles of it that tests share."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
import pandas as pd

from mlops_widgets.core.result import Finding, NoResult
from mlops_widgets.governance.bundle.bundle_result import Bundle
from mlops_widgets.governance.bundle.export_bundle import export_bundle
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.requirement import Check, Requirement
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SECRET = "Zebedee Quillfeather"


@cache
def study() -> Study:
    """Return a study of 200 + 200 rows, two groups, and a column of names that no file may hold."""
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(400, 2))
    frame = pd.DataFrame({
        "a": x[:, 0], "b": x[:, 1], "sex": rng.choice(["=F", "M"], 400), "who": [f"{SECRET} {at}" for at in range(400)],
        "y": (x[:, 0] + rng.normal(size=400) > 0).astype(int),
    })  # fmt: skip
    model = LogisticRegression().fit(frame[["a", "b"]][:200], frame["y"][:200])
    return load_study(model=model, reference=frame[:200], test=frame[200:], target="y", features=["a", "b"], groups=["sex"], name="<b>loans</b>")  # fmt: skip


def policy() -> Policy:
    """Return a policy with one requirement a kind of answer."""
    regime = ("eu_ai_act/IV-2-g", "of/mine")
    asked = (
        Requirement(id="T-1<i>", title="Passes.", check=Check(kind="finding", codes=("OV-XX-01",)), regimes=regime, owner="Risk"),
        Requirement(id="T-2", title="Fails.", check=Check(kind="finding", codes=("OV-XX-02",)), regimes=regime[:1]),
        Requirement(id="T-3", title="Is open.", check=Check(kind="finding", codes=("OV-XX-03",))),
        Requirement(id="T-4", title="Is signed.", check=Check(kind="sign_off", role="approver", on="evidence")),
    )  # fmt: skip
    return Policy(name="mine", requirements=asked, version="7")


def looks() -> list[NoResult]:
    """Return findings that pass, fail, and have not enough data."""
    told = (("OV-XX-01", "passed"), ("OV-XX-02", "failed"), ("OV-XX-03", "not_enough_data"))
    return [
        NoResult(findings=(Finding(code=code, status=status, claim="<script>said</script>."),), rows=1, strategy="made_up")  # type: ignore[arg-type]  # statuses that there are
        for code, status in told
    ]  # fmt: skip


@cache
def keys() -> tuple[Path, Path]:
    """Return the files of a private and a public key of P-256."""
    from cryptography.hazmat.primitives.asymmetric import ec

    return write_keys(ec.generate_private_key(ec.SECP256R1()))


def write_keys(key: Any, *, password: bytes | None = None) -> tuple[Path, Path]:
    """Write a key of any kind as PEM files."""
    from cryptography.hazmat.primitives import serialization as form

    home = _folder()
    sealed = form.NoEncryption() if password is None else form.BestAvailableEncryption(password)
    pem, public = form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo
    (home / "key.pem").write_bytes(key.private_bytes(pem, form.PrivateFormat.PKCS8, sealed))
    (home / "key.pub.pem").write_bytes(key.public_key().public_bytes(pem, public))
    return home / "key.pem", home / "key.pub.pem"


@cache
def signed() -> tuple[Path, Bundle]:
    """Return a signed bundle, which no test changes, and what was returned."""
    return made(policy=policy(), results=looks(), sign_with=keys()[0], now=NOW)


def made(**options: Any) -> tuple[Path, Bundle]:
    """Return a bundle of the small study and what was returned."""
    folder = _folder() / "bundle"
    result = export_bundle(study(), folder, **options)
    assert isinstance(result, Bundle)
    return folder, result


def spoiled(change: Callable[[Path], object]) -> Path:
    """Return a copy of the signed bundle after a change."""
    folder = _folder() / "bundle"
    shutil.copytree(signed()[0], folder, symlinks=True)
    change(folder)
    return folder


@cache
def _home() -> Path:
    import atexit

    home = Path(mkdtemp(prefix="bundles-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    return home


def _folder() -> Path:
    return Path(mkdtemp(dir=_home()))


def flip(file: Path) -> None:
    """Change one bit in the middle of a file."""
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(bytes(content))
