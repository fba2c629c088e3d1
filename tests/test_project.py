"""Facts about the repository itself."""

import importlib
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

import mlops_widgets

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
HEAVY = (
    "shap", "lime", "numba", "matplotlib", "sklearn", "scipy", "pandas", "ipywidgets", "anywidget", "pyarrow", "narwhals",
)  # fmt: skip
MADE = {
    ".git", ".venv", ".hypothesis", ".import_linter_cache", ".ipynb_checkpoints", ".mypy_cache", ".pytest_cache",
    ".ruff_cache", "__pycache__", "build", "dist", "htmlcov", "node_modules", "shots", "workspace",
}  # fmt: skip
"""Folders that are made by using the repository."""
PLACES = re.compile(r"""(?<![\w.~}/])/(?:home|root|Users|work|mnt)/\w""")
HOSTS = (
    "registry." + "npmjs",
    "files." + "pythonhosted",
    "unpkg" + ".com",
    "jsdelivr" + ".net",
    "cdnjs" + ".cloudflare",
)


def files() -> Iterator[Path]:
    """Yield every file that belongs to the repository."""
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not MADE.intersection(parts) and parts[0] != "report" and path.name != ".coverage":
            yield path


def texts() -> Iterator[tuple[str, str]]:
    """Yield name and content of every text file that belongs to the repository."""
    for path in files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a table


def pins(path: str) -> dict[str, str]:
    """Return package → version; a line of any other form fails."""
    lines = [line for line in (ROOT / path).read_text().splitlines() if not line.startswith("#")]
    matches = [re.fullmatch(r"([A-Za-z0-9._-]+)==([A-Za-z0-9.+!]+)", line) for line in lines]
    assert all(matches), f"not name==version: {[line for line, match in zip(lines, matches, strict=True) if not match]}"
    return {canonical(match[1]): match[2] for match in matches if match}


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(requirements: list[str]) -> set[str]:
    return {canonical(re.split(r"[<>=!~\[; ]", each)[0]) for each in requirements}


def test_the_top_level_is_what_the_documents_say() -> None:
    expected = {
        "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "benchmarks", "binder", "constraints",
        "docs", "mlops_widgets", "notebooks", "package-lock.json", "package.json", "pyproject.toml", "tests",
        "tsconfig.json",
    }  # fmt: skip
    found = {path.relative_to(ROOT).parts[0] for path in files()}
    assert {name for name in found if not name.startswith(".")} == expected


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert [name for name, text in texts() if PLACES.search(text)] == []


def test_no_file_names_a_package_registry_or_a_content_network() -> None:
    assert [(name, host) for name, text in texts() for host in HOSTS if host in text] == []


def test_the_lock_of_the_javascript_packages_has_no_addresses_but_digests() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_the_version_is_the_same_everywhere() -> None:
    version = PROJECT["project"]["version"]
    assert mlops_widgets.__version__ == version
    assert version in (ROOT / "CHANGELOG.md").read_text()


def test_everything_that_is_declared_is_pinned() -> None:
    project = PROJECT["project"]
    tested = pins("constraints/tested.txt")
    assert required(project["dependencies"]) | required(project["optional-dependencies"]["dev"]) <= set(tested)


def test_binder_installs_the_tested_versions_and_no_tools_for_tests() -> None:
    tested, binder = pins("constraints/tested.txt"), pins("binder/requirements.txt")
    assert {name: tested.get(name) for name in binder} == binder
    assert required(PROJECT["project"]["dependencies"]) <= set(binder)
    assert not {"pytest", "mypy", "playwright"} & set(binder)


def test_the_badges_open_notebooks_that_exist() -> None:
    opened = re.findall(r"urlpath=lab/tree/([\w./]+)", (ROOT / "README.md").read_text())
    assert [ROOT / path for path in opened] == NOTEBOOKS[:2]


def test_binder_hands_over_to_the_command_that_it_was_given() -> None:
    assert (ROOT / "binder" / "start").read_text().rstrip().endswith('exec "$@"')
    assert (ROOT / "binder" / "runtime.txt").read_text().strip() == "python-3.11"


@pytest.mark.parametrize("module", ["mlops_widgets", "mlops_widgets.errors", "mlops_widgets.explainability"])
def test_importing_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(HEAVY) == set()


def test_every_public_name_exists() -> None:
    missing = [name for name in mlops_widgets.__all__ if not hasattr(mlops_widgets, name)]
    assert missing == []


def test_every_module_imports_on_its_own() -> None:
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((ROOT / "mlops_widgets").rglob("*.py"))
    ]
    for name in names:
        importlib.import_module(name)
    assert len(names) > 10


def test_the_guide_has_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS][:2] == ["00_start_here.ipynb", "01_overfitting.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebook:
    @staticmethod
    def cells(path: Path, kind: str = "") -> list[Any]:
        notebook = nbformat.read(path, as_version=4)
        return [cell for cell in notebook.cells if not kind or cell.cell_type == kind]

    def test_is_valid(self, path: Path) -> None:
        nbformat.validate(nbformat.read(path, as_version=4))

    def test_is_committed_without_outputs_and_counts(self, path: Path) -> None:
        assert [cell.id for cell in self.cells(path, "code") if cell.outputs or cell.execution_count is not None] == []

    def test_has_a_name_for_every_cell_that_never_changes(self, path: Path) -> None:
        ids = [cell.id for cell in self.cells(path)]
        assert len(set(ids)) == len(ids)
        assert [each for each in ids if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f-]+)?", each)] == []  # made up by a program

    def test_is_thin(self, path: Path) -> None:
        code = {cell.id: cell.source for cell in self.cells(path, "code")}
        assert [name for name, source in code.items() if len(source.splitlines()) > 12] == []
        assert [
            name for name, source in code.items() if re.search(r"^\s*(def|class|async def)\b", source, re.MULTILINE)
        ] == []

    def test_holds_no_metadata_of_the_machine_that_wrote_it(self, path: Path) -> None:
        metadata = nbformat.read(path, as_version=4).metadata
        assert set(metadata) <= {"kernelspec", "language_info"}
        assert "version" not in metadata.get("language_info", {})
