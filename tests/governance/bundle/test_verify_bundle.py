"""Attacks on a bundle, each named by what detects it; and folders that are never overwritten."""

import json
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from mlops_widgets.cli import main
from mlops_widgets.errors import InputError
from mlops_widgets.governance.bundle.bundle_result import BundleVerification
from mlops_widgets.governance.bundle.export_bundle import export_bundle
from mlops_widgets.governance.bundle.folder import check_place, place
from mlops_widgets.governance.bundle.manifest import SIGNATURE, SUMS, read_manifest, sizes, sums, write_manifest
from mlops_widgets.governance.bundle.signature import read_signing_key, sign
from mlops_widgets.governance.bundle.verify_bundle import verify_bundle
from tests.governance.bundle.bundled import NOW, flip, keys, made, signed, spoiled, study, write_keys


def _codes(result: BundleVerification) -> dict[str, str]:
    return {each.code: each.status for each in result.findings}


def test_a_bundle_as_it_was_written_is_intact() -> None:
    folder, result = signed()
    verified = verify_bundle(folder, public_key=keys()[1], digest=result.manifest_sha256)
    assert verified.is_intact
    assert _codes(verified) == {"GV-BU-10": "passed", "GV-BU-11": "passed", "GV-BU-12": "passed"}


def test_a_look_without_anything_from_elsewhere_says_what_it_cannot_see() -> None:
    assert _codes(verify_bundle(signed()[0])) == {"GV-BU-10": "passed", "GV-BU-11": "not_run", "GV-BU-12": "warning"}


def test_a_flipped_bit_in_any_file_names_it() -> None:
    for each in signed()[1].files:
        folder = spoiled(lambda _: None)
        flip(folder / each.path)
        verified = verify_bundle(folder)
        assert verified.changed == (each.path,)
        assert each.path in verified.headline
        assert verified.exit_code == 1


def test_a_flipped_bit_in_the_manifest_is_found_wherever_it_is() -> None:
    content = (signed()[0] / "MANIFEST.json").read_bytes()
    files = {path: (digest, size) for path, (digest, size) in read_manifest(content).items()}
    for at in range(len(content)):
        other = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            assert read_manifest(other) != files
        except InputError:
            continue


def test_a_flipped_bit_in_the_signature_is_found_with_the_key() -> None:
    folder = spoiled(lambda home: flip(home / SIGNATURE))
    verified = verify_bundle(folder, public_key=keys()[1])
    assert (verified.signature, verified.is_intact) == ("wrong", False)


@pytest.mark.parametrize("path", ["audit.json", SIGNATURE])
def test_a_file_that_is_gone_is_named(path: str) -> None:
    verified = verify_bundle(spoiled(lambda folder: (folder / path).unlink()), public_key=keys()[1])
    assert not verified.is_intact
    assert verified.missing == (() if path == SIGNATURE else (path,))


def test_a_file_that_was_not_there_is_named() -> None:
    verified = verify_bundle(spoiled(lambda folder: (folder / "results/x\u202e.html").write_text("")))
    assert verified.added == ("results/x.html",)


def test_a_link_to_the_same_bytes_is_named(tmp_path: Path) -> None:
    def link(folder: Path) -> None:
        (tmp_path / "audit.json").write_bytes((folder / "audit.json").read_bytes())
        (folder / "audit.json").unlink()
        (folder / "audit.json").symlink_to(tmp_path / "audit.json")

    assert verify_bundle(spoiled(link)).changed == ("audit.json",)


def test_a_link_to_a_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "big/file").write_text("")
    assert verify_bundle(spoiled(lambda folder: (folder / "more").symlink_to(tmp_path / "big"))).added == ("more",)


def _rewrite(folder: Path) -> None:
    """Change the audit and everything in the folder that stands for it, as whoever can write there could."""
    text = (folder / "audit.json").read_text(encoding="utf-8").replace('"fail"', '"pass"')
    (folder / "audit.json").write_text(text, encoding="utf-8")
    held = {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in folder.rglob("*")
        if each.is_file() and each.name != SIGNATURE
    }
    del held["MANIFEST.json"]
    listed = {path: content for path, content in held.items() if path not in {SUMS, "index.html"}}
    (folder / SUMS).write_bytes(sums(listed))
    (folder / "MANIFEST.json").write_bytes(write_manifest(sizes({**held, SUMS: sums(listed)})))


def test_a_full_rewrite_without_the_signature_shows_against_a_kept_digest_alone() -> None:
    def rewrite(folder: Path) -> None:
        _rewrite(folder)
        (folder / SIGNATURE).unlink()

    folder = spoiled(rewrite)
    alone = verify_bundle(folder)
    assert alone.is_intact
    assert _codes(alone)["GV-BU-12"] == "warning"
    assert not verify_bundle(folder, digest=signed()[1].manifest_sha256).is_intact
    assert not verify_bundle(folder, public_key=keys()[1]).is_intact


def test_a_full_rewrite_beside_the_old_signature_names_the_file() -> None:
    verified = verify_bundle(spoiled(_rewrite))
    assert "audit.json" in verified.changed
    assert _codes(verified)["GV-BU-11"] == "failed"


def test_a_signature_by_another_key_is_found() -> None:
    other = ec.generate_private_key(ec.SECP256R1())

    def forge(folder: Path) -> None:
        digests = {
            each.relative_to(folder).as_posix(): sha256(each.read_bytes()).hexdigest()
            for each in folder.rglob("*")
            if each.is_file() and each.name != SIGNATURE
        }
        (folder / SIGNATURE).write_bytes(sign(digests, other, name="bundle"))

    folder = spoiled(forge)
    assert verify_bundle(folder, public_key=write_keys(other)[1]).signature == "valid"
    verified = verify_bundle(folder, public_key=keys()[1])
    assert "names another key" in verified.signature_problem

    def rename_key(home: Path) -> None:
        forge(home)
        plain = json.loads((home / SIGNATURE).read_text())
        plain["verificationMaterial"] = json.loads((signed()[0] / SIGNATURE).read_text())["verificationMaterial"]
        (home / SIGNATURE).write_text(json.dumps(plain))

    assert "isn't by the key" in verify_bundle(spoiled(rename_key), public_key=keys()[1]).signature_problem


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"[" * 100_000, b'{"bundle": 1, "files": [7]}', b"\xff", b" " * 6_000_000, b'{"bundle": 1, "files": []} '],
    ids=["empty", "object", "deep", "number", "no text", "large", "space"],
)  # fmt: skip
@pytest.mark.parametrize("file", ["MANIFEST.json", SIGNATURE])
def test_a_manifest_or_signature_of_anything_else_is_a_finding(file: str, content: bytes) -> None:
    verified = verify_bundle(spoiled(lambda folder: (folder / file).write_bytes(content)))
    assert not verified.is_intact


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../b", ".hidden", "a\\b", "", "a//b", "MANIFEST.json"])
def test_a_manifest_names_nothing_outside_its_folder(path: str) -> None:
    with pytest.raises(InputError, match="says what no bundle says"):
        read_manifest(write_manifest({path: ("0" * 64, 1)}))


def test_the_list_of_digests_is_one_that_sha256sum_reads() -> None:
    ran = subprocess.run(["sha256sum", "-c", "--strict", SUMS], cwd=signed()[0], capture_output=True, text=True, check=False)  # noqa: S607 - found on the path, as users do  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told = {line.partition(":")[0] for line in ran.stdout.splitlines()}
    assert told == {each.path for each in signed()[1].files} - {SUMS, "index.html"}
    assert len(told) > 10


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()], ids=lambda curve: curve.name)
def test_each_curve_signs_and_verifies(curve: ec.EllipticCurve) -> None:
    private, public = write_keys(ec.generate_private_key(curve), password=b"secret")
    folder, _ = made(sign_with=private, password="secret", now=NOW)
    assert verify_bundle(folder, public_key=public).signature == "valid"


def test_a_key_that_verifiers_do_not_take_is_refused() -> None:
    for key in (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256K1())):
        private, public = write_keys(key)
        with pytest.raises(InputError, match=r"P-256, P-384 or P-521"):
            read_signing_key(private)
        with pytest.raises(InputError, match=r"P-256, P-384 or P-521"):
            verify_bundle(signed()[0], public_key=public)
    with pytest.raises(InputError, match="holds no private key that opens"):
        read_signing_key(write_keys(ec.generate_private_key(ec.SECP256R1()), password=b"x")[0], password="y")
    with pytest.raises(InputError, match="can't be read"):
        read_signing_key("nowhere.pem")


def test_no_private_key_is_in_the_bundle() -> None:
    held = b"".join(each.read_bytes() for each in signed()[0].rglob("*") if each.is_file())
    assert b"PRIVATE KEY" not in held


def test_a_folder_that_holds_something_is_never_overwritten_unless_all_of_it_is_a_bundles(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="isn't empty"):
        check_place(tmp_path / "mine", overwrite=False)
    with pytest.raises(InputError, match="holds what isn't of a bundle"):
        check_place(tmp_path / "mine", overwrite=True)
    beside = spoiled(lambda folder: (folder / "thesis.txt").write_text("years of work"))
    with pytest.raises(InputError, match=r"'thesis\.txt'.*would be deleted"):
        check_place(beside, overwrite=True)
    check_place(spoiled(lambda _: None), overwrite=True)


@pytest.mark.parametrize("kind", ["link", "file", "no parent", "root"])
def test_a_place_that_is_no_folder_is_refused(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to(tmp_path)
    place_of = {"link": tmp_path / "link", "file": tmp_path / "file", "no parent": tmp_path / "a/b", "root": Path("/")}
    with pytest.raises(InputError, match="folder="):
        check_place(place_of[kind], overwrite=True)


def test_an_export_over_a_bundle_replaces_it_and_leaves_nothing_beside() -> None:
    folder = spoiled(lambda home: (home / SIGNATURE).unlink())
    export_bundle(study(), folder, overwrite=True)
    assert verify_bundle(folder).is_intact
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


def test_a_write_that_fails_leaves_what_was_there() -> None:
    folder = spoiled(lambda _: None)
    with pytest.raises(InputError, match="is there still"):
        place(folder, {"a": b"", "a/b": b""})
    assert verify_bundle(folder, public_key=keys()[1]).is_intact
    assert [each.name for each in folder.parent.iterdir()] == [folder.name]


def test_a_wrong_argument_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        export_bundle(study(), tmp_path / "bundle", sign_with=tmp_path / "none.pem")
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_writes_and_verifies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "bundle"
    assert main(["governance", "bundle", "loans", "--out", str(folder), "--sign-with", str(keys()[0])]) == 0
    digest = capsys.readouterr().out.rpartition(": ")[2].strip()
    words = ["governance", "verify", str(folder), "--public-key", str(keys()[1]), "--digest", digest]
    assert main([*words, "--json", str(tmp_path / "verified.json")]) == 0
    assert json.loads((tmp_path / "verified.json").read_bytes())["signature"] == "valid"
    flip(folder / "bom.json")
    assert main(words) == 1
    assert "bom.json" in capsys.readouterr().out
    assert main(["governance", "verify", str(tmp_path / "none")]) == 2


def _is_intact_after(what: Callable[[Path], object]) -> bool:
    return verify_bundle(spoiled(what), public_key=keys()[1]).is_intact


def test_an_empty_folder_or_another_mode_change_nothing() -> None:
    assert _is_intact_after(lambda folder: (folder / "empty").mkdir())
    assert _is_intact_after(lambda folder: (folder / "audit.json").chmod(0o600))
