"""Which extra brings the library that reads a model file."""

from collections.abc import Iterator
from contextlib import contextmanager

from mlops_widgets.errors import ModelFileError


@contextmanager
def needs(package: str, *, extra: str, argument: str) -> Iterator[None]:
    """Turn a failed import into an error that says what to install.

    Raises
    ------
    ModelFileError
        If the import inside fails.
    """
    try:
        yield
    except ImportError as error:
        raise ModelFileError(
            f"{argument}= needs {package}, which can't be imported ({error}). "
            f'Install it: pip install "mlops-widgets[{extra}]".'
        ) from error
