"""Programs that we didn't write read every part of a bundle, of each sample and of awkward studies, and refuse broken ones."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

import mlops_widgets as mw
from mlops_widgets.governance.bundle.export_bundle import export_bundle
from mlops_widgets.governance.policies.policy import Policy
from mlops_widgets.governance.policies.sign_offs import sign_off
from tests import awkward
from tests.governance.bundle.bundled import NOW, keys, signed

VALIDATORS = Path(__file__).parents[3] / ".venv/validators/bin/python"
PROGRAMS = Path(__file__).with_name("foreign_programs.py")
SAMPLES = ("loans", "flights", "census")
AWKWARD = ("odd_names", "logged_predictions", "regression_pipeline", "three_classes")
EVERY = {"bom", "card", "contract", "signature"}


def _edit(path: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return edit


BROKEN: dict[str, tuple[str, Callable[[Path], object]]] = {
    "score of 3": ("bom", _edit("bom.json", '"score": 1', '"score": 3')),
    "field that there isn't": ("bom", _edit("bom.json", '"modelParameters"', '"modelParametres"')),
    "number for text": ("bom", _edit("bom.json", '"value": "2', '"value": 2, "was": "2')),
    "no yaml": ("card", _edit("model_card/README.md", "---\n", "---\n: [\n")),
    "no version": ("contract", _edit("contract.odcs.yaml", "apiVersion: v3.1.0\n", "")),
    "type that there isn't": ("contract", _edit("contract.odcs.yaml", "logicalType: number", "logicalType: numeral")),
    "file added": ("signature", lambda folder: (folder / "more.txt").write_text("more")),
    "file gone": ("signature", lambda folder: (folder / "policy.json").unlink()),
}  # fmt: skip


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Return a folder of signed bundles: of samples, of awkward studies, and broken ones."""
    folder = Path(mkdtemp(prefix="foreign-"))
    shutil.copytree(signed()[0], folder / "signed")
    for name in SAMPLES:
        ada = sign_off("ST-1", by="Ada King", role="owner", on="2026-11-23", statement="Mine.")
        asked = Policy.ready("regulated" if name == "loans" else "small team")
        export_bundle(mw.sample(name), folder / name, policy=asked, sign_offs=[ada], sign_with=keys()[0], now=NOW)
    for name in AWKWARD:
        export_bundle(getattr(awkward, name)().study, folder / name, sign_with=keys()[0])
    for name, (_, spoil) in BROKEN.items():
        shutil.copytree(signed()[0], folder / name)
        spoil(folder / name)
    yield folder
    shutil.rmtree(folder)


@cache
def _told(home: Path) -> dict[str, Any]:
    if not VALIDATORS.is_file():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{VALIDATORS} is missing: make it as .ci/run does.")
        pytest.skip(f"{VALIDATORS} is missing: .ci/run makes it.")
    folders = [str(home / name) for name in ("signed", *SAMPLES, *AWKWARD, *BROKEN)]
    ran = subprocess.run([str(VALIDATORS), str(PROGRAMS), *folders, str(keys()[1])], capture_output=True, text=True, timeout=120, check=False)  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return told


@pytest.mark.parametrize("name", ["signed", *SAMPLES, *AWKWARD])
def test_programs_that_we_did_not_write_accept_every_part(name: str, home: Path) -> None:
    # cyclonedx-python-lib 11.12.0, huggingface_hub 2.4.0, datacontract-cli 1.2.8, model-signing 1.1.1
    assert _told(home)["said"][name] == dict.fromkeys(EVERY, "")


@pytest.mark.parametrize("name", BROKEN)
def test_the_same_programs_refuse_what_was_broken(name: str, home: Path) -> None:
    assert _told(home)["said"][name][BROKEN[name][0]] != ""


def test_the_verifier_of_signatures_names_each_file_of_which_a_bit_was_changed(home: Path) -> None:
    flipped = _told(home)["flipped"]
    assert {*flipped} == {*(each.path for each in signed()[1].files), "MANIFEST.json", "bundle.sig"}
    for path, said in flipped.items():
        assert said != ""
        assert path in said or path == "bundle.sig"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
def test_mlcroissant_reads_the_data_sets_without_a_network_and_the_columns_of_files(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import mlcroissant  # type: ignore[import-untyped]

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name in ("signed", *SAMPLES, *AWKWARD):
        dataset = mlcroissant.Dataset(str(home / name / "croissant.json"))  # mlcroissant 1.1
        assert dataset.metadata.issues.errors == set()
    hostile = awkward.odd_names().study
    hostile.tables["test"].pandas().to_parquet(tmp_path / "test.parquet")
    export_bundle(hostile, tmp_path / "bundle", files={"test": tmp_path / "test.parquet"})
    shutil.copy(tmp_path / "bundle/croissant.json", tmp_path / "croissant.json")
    fields = mlcroissant.Dataset(str(tmp_path / "croissant.json")).metadata.record_sets[0].fields
    assert len(fields) == len([name for name in hostile.tables["test"].columns if name]) > 5
