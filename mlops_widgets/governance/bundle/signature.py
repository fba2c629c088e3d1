"""A signature over all files, in the form that OpenSSF's `model_signing verify key` checks.

A Sigstore bundle (v0.3) around a DSSE envelope around an in-toto statement with one SHA-256 a file (https://model_signing/signature/v1.0).
Keys are elliptic curves: P-256, P-384 or P-521.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops_widgets.errors import InputError
from mlops_widgets.governance.bundle.manifest import SIGNATURE

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

PathLike = str | os.PathLike[str]

_MEDIA = "application/vnd.dev.sigstore.bundle.v0.3+json"
_PAYLOAD = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://model_signing/signature/v1.0"
_CURVES = {"secp256r1": "SHA256", "secp384r1": "SHA384", "secp521r1": "SHA512"}
_MOST_BYTES = 10_000
_HOW = "Make one by: openssl ecparam -name prime256v1 -genkey -noout -out key.pem; openssl ec -in key.pem -pubout -out key.pub.pem"


def read_signing_key(path: PathLike, *, password: str | None = None) -> "EllipticCurvePrivateKey":
    """Return the private key of a PEM file.

    Raises
    ------
    InputError
        If it holds none of a curve that verifiers take, or the password is wrong.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_bytes("sign_with", path), None if password is None else password.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InputError(
            f"sign_with={Path(path).name!r} holds no private key that opens ({str(error)[:80]}). {_HOW}"
        ) from error
    if not isinstance(key, EllipticCurvePrivateKey) or key.curve.name not in _CURVES:
        raise InputError(f"sign_with={Path(path).name!r} holds a key of another kind. Needed: P-256, P-384 or P-521. {_HOW}")  # fmt: skip
    return key


def read_verifying_key(path: PathLike) -> "EllipticCurvePublicKey":
    """Return the public key of a PEM file.

    Raises
    ------
    InputError
        If it holds none of a curve that is used here.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_bytes("public_key", path))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InputError(
            f"public_key={Path(path).name!r} holds no public key. Pass the signer's PEM file, had by another way."
        ) from error
    if not isinstance(key, EllipticCurvePublicKey) or key.curve.name not in _CURVES:
        raise InputError(f"public_key={Path(path).name!r} holds a key of another kind. Needed: P-256, P-384 or P-521.")
    return key


def key_hint(key: "EllipticCurvePublicKey") -> str:
    """Return what names a public key: the SHA-256 of its PEM."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return sha256(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def sign(digests: Mapping[str, str], key: "EllipticCurvePrivateKey", *, name: str) -> bytes:
    """Return a signature over files.

    Parameters
    ----------
    digests
        Path → SHA-256, of every file but the signature.
    key
        The private key.
    name
        What the whole is called.
    """
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    payload = json.dumps(_statement(digests, name), indent=1).encode("ascii")
    public = key.public_key()
    envelope = {
        "payload": b64encode(payload).decode(), "payloadType": _PAYLOAD,
        "signatures": [{"sig": b64encode(key.sign(_framed(payload), ECDSA(_hash_for(public)))).decode(), "keyid": ""}],
    }  # fmt: skip
    told = {
        "mediaType": _MEDIA, "verificationMaterial": {"publicKey": {"hint": key_hint(public)}, "tlogEntries": []}, "dsseEnvelope": envelope,
    }  # fmt: skip
    return (json.dumps(told, indent=1) + "\n").encode("ascii")


def signed_digests(content: bytes, key: "EllipticCurvePublicKey | None" = None) -> dict[str, str]:
    """Return the digests that a signature stands for; with a key, only if it is by that key.

    Raises
    ------
    InputError
        If it is no such signature, or by another key, or what it stands for was changed.
    """
    told, payload, signature = _taken_apart(content)
    if key is not None:
        _check(payload, signature, told, key)
    try:
        statement = json.loads(payload)
        resources = statement["predicate"]["resources"]
        found = {str(each["name"]): str(each["digest"]) for each in resources if each["algorithm"] == "sha256"}
        root = sha256(b"".join(bytes.fromhex(each["digest"]) for each in resources)).hexdigest()
        right = statement["_type"] == _STATEMENT and statement["predicateType"] == _PREDICATE and len(found) == len(resources)  # fmt: skip
        said = statement["subject"][0]["digest"]["sha256"]
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise InputError(
            f"{SIGNATURE} holds a signature over something else than files ({type(error).__name__})."
        ) from error
    if not right or root != said:
        raise InputError(f"{SIGNATURE} holds a signature over something else than a bundle.")
    return found


def _taken_apart(content: bytes) -> tuple[str, bytes, bytes]:
    try:
        plain = json.loads(content)
        envelope = plain["dsseEnvelope"]
        hint = plain["verificationMaterial"]["publicKey"]["hint"]
        right = (
            plain["mediaType"] == _MEDIA and envelope["payloadType"] == _PAYLOAD and len(envelope["signatures"]) == 1
        )
        payload, signature = b64decode(envelope["payload"], validate=True), b64decode(envelope["signatures"][0]["sig"], validate=True)  # fmt: skip
    except (ValueError, KeyError, TypeError, IndexError, RecursionError) as error:
        raise InputError(f"{SIGNATURE} is no signature that can be read ({type(error).__name__}).") from error
    if not right:
        raise InputError(f"{SIGNATURE} is a signature of another kind.")
    return str(hint), payload, signature


def _check(payload: bytes, signature: bytes, hint: str, key: "EllipticCurvePublicKey") -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA

    if hint != key_hint(key):
        raise InputError(f"The signature names another key, {hint[:16]}…, than the one that was given.")
    try:
        key.verify(signature, _framed(payload), ECDSA(_hash_for(key)))
    except InvalidSignature as error:
        raise InputError("The signature isn't by the key that was given, or what it stands for was changed.") from error


def _statement(digests: Mapping[str, str], name: str) -> dict[str, Any]:
    paths = sorted(digests, key=lambda path: path.split("/"))
    root = sha256(b"".join(bytes.fromhex(digests[path]) for path in paths)).hexdigest()
    how = {"method": "files", "hash_type": "sha256", "allow_symlinks": False, "ignore_paths": [SIGNATURE]}
    resources = [{"name": path, "algorithm": "sha256", "digest": digests[path]} for path in paths]
    return {
        "_type": _STATEMENT, "subject": [{"name": name, "digest": {"sha256": root}}], "predicateType": _PREDICATE,
        "predicate": {"serialization": how, "resources": resources},
    }  # fmt: skip


def _framed(payload: bytes) -> bytes:
    """Return what is signed: type and payload, each with its length (DSSE v1.0, pre-authentication encoding)."""
    return f"DSSEv1 {len(_PAYLOAD)} {_PAYLOAD} {len(payload)} ".encode() + payload


def _hash_for(key: "EllipticCurvePublicKey") -> "HashAlgorithm":
    from cryptography.hazmat.primitives import hashes

    found: HashAlgorithm = getattr(hashes, _CURVES[key.curve.name])()
    return found


def _bytes(argument: str, path: PathLike) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(_MOST_BYTES)
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"{argument}={str(path)[:80]!r} can't be read ({type(error).__name__}). Pass the path of a PEM file.") from error  # fmt: skip
