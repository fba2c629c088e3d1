"""Models that passed the gate: a folder of files named by digest, and an entry in the records for each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlops_widgets.pipeline.artefacts import write_bytes
from mlops_widgets.pipeline.ledger import Ledger
from mlops_widgets.pipeline.products import StoredModel


class ModelFolder:
    """Where models are registered.

    Parameters
    ----------
    folder
        Of the files.
    ledger
        Of the entries.
    """

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder = folder
        self.ledger = ledger

    def add(self, model: StoredModel, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Copy the file and append its entry; a model that is there already is there once.

        Parameters
        ----------
        model
            The model.
        facts
            Plain JSON: metrics, lineage.

        Raises
        ------
        InputError
            If the file isn't what was trained: it is registered under no digest but its own.
        """
        file = f"{model.digest}{model.path.suffix}"
        write_bytes(self.folder / file, model.content())
        self.ledger.register({"digest": model.digest, "file": file, **facts})
        return {"digest": model.digest, "file": file, **facts}
