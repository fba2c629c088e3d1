"""What programs that we didn't write say of bundles; run by the validators' own Python: folders, then the public key."""

import contextlib
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path


def _bom(folder: Path) -> str:
    from cyclonedx.schema import SchemaVersion  # type: ignore[import-not-found]  # of the validators' environment
    from cyclonedx.validation.json import JsonStrictValidator  # type: ignore[import-not-found]  # of the same

    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str((folder / "bom.json").read_text(encoding="utf-8"))
    return "" if found is None else str(found)[:500]


def _card(folder: Path) -> str:
    from huggingface_hub import ModelCard  # type: ignore[import-not-found]  # of the same

    data = ModelCard.load(folder / "model_card/README.md").data
    return "" if data.eval_results else "no results"


def _contract(folder: Path) -> str:
    from datacontract.data_contract import DataContract  # type: ignore[import-not-found]  # of the same

    with contextlib.redirect_stdout(io.StringIO()):
        run = DataContract(data_contract_file=str(folder / "contract.odcs.yaml")).lint()
    return "" if run.result.value == "passed" else str([check.reason for check in run.checks])[:500]


def _signature(folder: Path) -> str:
    from model_signing import verifying  # type: ignore[import-not-found]  # of the same

    try:
        verifying.Config().use_elliptic_key_verifier(public_key=Path(sys.argv[-1])).verify(
            folder, folder / "bundle.sig"
        )
    except ValueError as error:
        return str(error)[:500]
    return ""


CHECKS: dict[str, tuple[str, Callable[[Path], str]]] = {
    "bom": ("bom.json", _bom), "card": ("model_card/README.md", _card), "contract": ("contract.odcs.yaml", _contract), "signature": ("bundle.sig", _signature),
}  # fmt: skip


def _said(check: Callable[[Path], str], folder: Path) -> str:
    try:
        return check(folder)
    except Exception as error:  # noqa: BLE001 - whatever a validator raises is its answer
        return f"{type(error).__name__}: {error}"[:500]


def _flipped(folder: Path) -> dict[str, str]:
    """Return what the verifier of signatures says after one bit of one file was changed, file by file."""
    told = {}
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = file.read_bytes()
        half = len(content) // 2
        file.write_bytes(content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :])
        told[file.relative_to(folder).as_posix()] = _said(_signature, folder)
        file.write_bytes(content)
    return told


def main() -> None:
    """Print, as JSON, what each program says of each folder, "" where it is content; of the first, also with each file changed."""
    folders = [Path(each) for each in sys.argv[1:-1]]
    told = {
        folder.name: {name: _said(check, folder) for name, (file, check) in CHECKS.items() if (folder / file).exists()}
        for folder in folders
    }
    print(json.dumps({"said": told, "flipped": _flipped(folders[0])}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
