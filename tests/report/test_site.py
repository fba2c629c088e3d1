import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from mlops_widgets.core import display
from mlops_widgets.errors import InputError, MlopsWidgetsError, UnknownNameError
from mlops_widgets.report import document
from mlops_widgets.report.site import write_report
from mlops_widgets.study.samples.catalogue import sample
from mlops_widgets.ui.show import program
from tests.report.fakes import finding, scored

REPOSITORY = Path(__file__).parents[2]
CANARY = "canary-7f3a"
HOSTILE = '"><script>alert(1)</script></script><img src=http://evil.example/x onerror=alert(1)>🎈'
LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "xlink:href"}


class Reader(HTMLParser):
    """What a page would load or run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.loads: list[str] = []
        self.scripts: list[dict[str, str | None]] = []
        self.views: list[dict[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.loads += [str(value) for name, value in attrs if name in LOADING and not str(value).startswith("data:")]
        self.loads += (
            [f"{tag} {named.get('href')}"] if tag in {"link", "base", "iframe", "object", "embed", "use"} else []
        )
        self.loads += [name for name in named if name.startswith("on")]
        if tag == "script":
            self.scripts.append(named)
        if named.get("data-mw-view"):
            self.views.append(json.loads(str(named["data-mw-view"])))


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.loads += re.findall(r"@import|url\((?!data:)", page.partition("<style>")[2].partition("</style>")[0])
    return reader


def shown(result: Any) -> list[Any]:
    return [new_output("display_data", data=dict(b), metadata=b.metadata) for b in display.bundles(result)]


def fake_notebook(*outputs: Any, title: str = "A tiny chapter") -> Any:
    cells = [
        new_markdown_cell(f"# {title}\n\nProse with a [paper](https://doi.org/10.1000/x) and [next](02_next.ipynb)."),
        new_code_cell("secret_parameter = 1", metadata={"tags": ["parameters"]}),
        new_code_cell("print('code is hidden')", outputs=list(outputs)),
        new_code_cell(
            "x", outputs=[new_output("stream", name="stdout", text="left out")], metadata={"tags": ["no-report"]}
        ),
    ]
    return new_notebook(cells=cells)


def fake_report(out: Path, *outputs: Any, chapters: Sequence[int] = (1,), title: str = "A tiny chapter") -> list[Path]:
    notebooks = out.parent / "notebooks"
    notebooks.mkdir(exist_ok=True)
    for name in ("01_tiny.ipynb", "02_next.ipynb"):
        (notebooks / name).write_text("{}")

    def execute(path: Path, parameters: Mapping[str, Any]) -> Any:
        return fake_notebook(*outputs, title=title)

    return write_report("loans", chapters, out=out, notebooks=notebooks, today=date(2026, 1, 31), execute=execute)


def test_a_report_is_notebook_page_and_findings(tmp_path: Path) -> None:
    result = scored(finding("failed", "F", 0.2), finding("passed", "P"))
    paths = fake_report(tmp_path / "out", *shown(result), *shown(result))
    assert [path.name for path in paths] == ["01_tiny.ipynb", "01_tiny.html", "findings.json"]
    nbformat.read(paths[0], as_version=4)
    written = json.loads(paths[2].read_text())
    assert [(f["chapter"], f["code"], f["status"]) for f in written["findings"]] == [
        (1, "F", "failed"),
        (1, "P", "passed"),
    ]
    page = paths[1].read_text()
    assert "2026-01-31" in page
    assert "■ 1 failed" in page


def test_what_a_story_finds_is_no_finding_about_the_study() -> None:
    story, own = scored(finding("failed", "S")), scored(finding("passed", "P"))
    cells = [
        new_code_cell("x", outputs=shown(story), metadata={"tags": ["story"]}),
        new_code_cell("x", outputs=shown(own)),
    ]
    executed = document.read_executed(new_notebook(cells=cells))
    assert [each["code"] for each in executed.findings] == ["P"]
    assert len(executed.blocks) == 2


def test_what_was_loaded_is_no_verdict() -> None:
    outputs = shown(sample("loans").describe())
    executed = document.read_executed(new_notebook(cells=[new_code_cell("x", outputs=outputs)]))
    assert len(executed.results) == 1
    assert executed.findings == []


def test_a_page_loads_nothing_and_runs_only_our_boot(tmp_path: Path) -> None:
    page = fake_report(tmp_path / "out", *shown(scored(finding("failed"))))[1].read_text()
    reader = read(page)
    assert reader.loads == []
    assert len(reader.views) == 1
    assert [script.get("type") for script in reader.scripts] == ["application/gzip", None]
    assert page.count(program().packed) == 1
    assert "default-src 'none'" in page
    assert "unsafe-inline' blob" not in page
    assert "code is hidden" not in page
    assert "secret_parameter" not in page
    assert "left out" not in page


def test_many_views_share_one_program_and_stay_small(tmp_path: Path) -> None:
    outputs = shown(scored(*(finding("failed", f"F{n}") for n in range(8)))) * 40
    page = fake_report(tmp_path / "out", *outputs)[1]
    assert page.stat().st_size < 3_000_000
    assert len(read(page.read_text()).views) == 40


def test_pictures_that_a_view_replaces_go_first_when_a_page_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    executed = document.read_executed(fake_notebook(*shown(scored(finding("failed")))))
    assert "<noscript><img" in document.write_page(executed, facts=[], footer="")
    monkeypatch.setattr(document, "MOST_BYTES", 1000)
    page = document.write_page(executed, facts=[], footer="")
    assert "<img" not in page
    assert "data-mw-view" in page


def test_hostile_text_is_inert_wherever_it_stands(tmp_path: Path) -> None:
    frame = pd.DataFrame({HOSTILE: [HOSTILE]})
    outputs = [
        *shown(scored(finding("failed", claim=HOSTILE))),
        new_output("stream", name="stdout", text=HOSTILE),
        new_output("stream", name="stderr", text="of no interest"),
        new_output("error", ename=HOSTILE, evalue=HOSTILE, traceback=[]),
        new_output("display_data", data={"text/html": frame.to_html(escape=False), "text/plain": "x"}),
        new_output("display_data", data={"text/plain": HOSTILE}),
        new_output("display_data", data={"image/png": 'AAAA" onerror="x', "text/plain": HOSTILE}),
    ]
    page = fake_report(tmp_path / "out", *outputs, title=HOSTILE)[1].read_text()
    reader = read(page)
    assert reader.loads == []
    assert [script.get("type") for script in reader.scripts] == ["application/gzip", None]
    assert reader.views[0]["card"]["findings"][0]["claim"] == HOSTILE
    assert "of no interest" not in page


def test_an_imitated_view_is_shown_as_harmless_text(tmp_path: Path) -> None:
    imitation = f'<div class="mw-output" data-mw="{program().key}" data-mw-view="{{}}">x</div><script>alert(1)</script>'
    page = fake_report(tmp_path / "out", new_output("display_data", data={"text/html": imitation}))[1].read_text()
    assert read(page).views == []
    assert read(page).scripts == []


def test_several_chapters_get_an_index_and_links_between_them(tmp_path: Path) -> None:
    paths = fake_report(tmp_path / "out", *shown(scored(finding("failed"))), chapters=(1, 2))
    assert paths[-1].name == "index.html"
    assert 'href="02_next.html"' in (tmp_path / "out" / "01_tiny.html").read_text()
    assert 'href="01_tiny.html"' in paths[-1].read_text()
    alone = fake_report(tmp_path / "alone")[1].read_text()
    assert "02_next" not in alone
    assert 'href="https://doi.org/10.1000/x"' in alone


def test_a_live_study_cant_be_handed_to_another_kernel(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="path of a script"):
        write_report(sample("loans"), out=tmp_path)  # type: ignore[arg-type]  # what a person may try


def test_out_must_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="is a file"):
        fake_report(tmp_path / "out")


def tiny_notebook(folder: Path, *lines: str) -> Path:
    cells = [
        new_markdown_cell("# Tiny\n\nA chapter of the tests' own."),
        new_code_cell('study = "loans"\nguess = None\nseed = 0', metadata={"tags": ["parameters"]}),
        new_code_cell("import mlops_widgets as mw\nchapter = mw.open_chapter(study=study, guess=guess, seed=seed)"),
        new_code_cell(
            f"import sys\nsys.path.insert(0, {str(REPOSITORY)!r})\nfrom tests.report.fakes import finding, scored\n"
            'scored(finding("failed", "F", 0.2), finding("passed", "P"))'
        ),
        *(new_code_cell(line) for line in lines),
    ]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(new_notebook(cells=cells, metadata=kernel), folder / "01_tiny.ipynb")
    return folder


@pytest.mark.notebook
def test_papermill_runs_a_chapter_on_the_users_own_table(tmp_path: Path) -> None:
    rows = pd.DataFrame({"y": [0, 1] * 30, "score": [0.2, 0.8] * 30, "note": [CANARY] * 60})
    rows.to_csv(tmp_path / "log.csv", index=False)
    given = {"test": str(tmp_path / "log.csv"), "target": "y", "scores": "score", "seed": 5}
    paths = write_report(
        None,
        out=tmp_path / "out",
        parameters=given,
        notebooks=tiny_notebook(tmp_path, "chapter.takeaways(scored(finding('failed')))"),
    )
    page = (tmp_path / "out" / "01_tiny.html").read_text()
    assert "Study yours" in page
    assert "seed 5" in page
    assert len(read(page).views) == 2
    assert json.loads((tmp_path / "out" / "findings.json").read_text())["findings"][0]["code"] == "F"
    for path in paths:
        assert CANARY not in path.read_text()
    executed = json.loads((tmp_path / "out" / "01_tiny.ipynb").read_text())
    assert "widgets" not in executed["metadata"]
    assert "input_path" not in executed["metadata"]["papermill"]


@pytest.mark.notebook
def test_a_chapters_own_error_is_its_message_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(MlopsWidgetsError) as caught:
        write_report("loanz", out=tmp_path / "out", notebooks=tiny_notebook(tmp_path))
    assert str(caught.value).endswith("Samples: loans, flights, census. Did you mean 'loans'?")
    assert not (tmp_path / "out").exists()


@pytest.mark.notebook
def test_papermill_alone_fails_in_the_first_cell_on_a_misspelt_parameter(tmp_path: Path) -> None:
    import papermill

    notebook = tiny_notebook(tmp_path) / "01_tiny.ipynb"
    with pytest.raises(papermill.PapermillExecutionError) as caught:
        papermill.execute_notebook(str(notebook), None, parameters={"gues": 0.5}, progress_bar=False)
    assert caught.value.ename == "UnknownNameError"
    assert "study, table, trust, guess, answers, seed, budget_seconds, render" in caught.value.evalue
    assert "Did you mean 'guess'?" in caught.value.evalue


@pytest.mark.notebook
def test_another_error_names_chapter_and_cell(tmp_path: Path) -> None:
    with pytest.raises(MlopsWidgetsError, match="Chapter 01_tiny stopped in its cell 5: ZeroDivisionError"):
        write_report("loans", out=tmp_path / "out", notebooks=tiny_notebook(tmp_path, "1 / 0"))


def test_a_misspelt_parameter_is_found_before_a_kernel_starts(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Did you mean 'budget_seconds'"):
        write_report("loans", out=tmp_path, parameters={"budget_second": 3}, notebooks=tmp_path)


def test_what_was_trusted_is_in_no_file_of_a_report(tmp_path: Path) -> None:
    def execute(path: Path, parameters: Mapping[str, Any]) -> Any:
        assert parameters["trust"] == [CANARY]
        cell = new_code_cell(f'# Parameters\nstudy = "x.toml"\ntrust = ["{CANARY}"]')
        cell.metadata["tags"] = ["injected-parameters"]
        noted = {"papermill": {"parameters": dict(parameters)}}
        return new_notebook(cells=[new_markdown_cell("# A chapter"), cell], metadata=noted)

    nbformat.write(new_notebook(), tmp_path / "01_a.ipynb")
    out = tmp_path / "out"
    write_report("x.toml", [1], out=out, parameters={"trust": [CANARY]}, notebooks=tmp_path, execute=execute)
    assert {file.suffix for file in out.iterdir()} == {".ipynb", ".html", ".json"}
    assert not [file.name for file in out.iterdir() if CANARY in file.read_text()]
    assert "trust = None  # given in the call, never saved" in (out / "01_a.ipynb").read_text()
