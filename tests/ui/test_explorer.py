from typing import Any

import pytest

from mlops_widgets.core.display import Bundle
from mlops_widgets.core.result import Finding, Result
from mlops_widgets.errors import InputError, UnknownNameError
from mlops_widgets.ui import explorer as module
from mlops_widgets.ui.card import Control
from mlops_widgets.ui.explorer import Explorer
from tests.ui.conftest import FakeScreen, Front

CONTROLS = (
    Control(name="n_models", label="models tried", value=200, lower=1, upper=500, step=1, unit="models"),
    Control(name="metric", label="metric", value="roc_auc", kind="choice", options=("roc_auc", "brier")),
)


def work(options: Any, progress: Any, cancel: Any) -> Result:
    claim = f"{options['n_models']} models by {options['metric']}"
    return Result(findings=(Finding(code="T-1", status="passed", claim=claim),), rows=10)


def explorer(**options: Any) -> Explorer:
    return Explorer(work, CONTROLS, **options)


def texts(outputs: list[Bundle]) -> str:
    return str(outputs[0]["text/plain"])


def test_a_script_runs_with_options_and_keeps_the_result() -> None:
    one = explorer()
    assert one.result is None
    assert one.run(n_models=50).headline == "50 models by roc_auc"
    assert one.result is not None


def test_it_calls_itself_by_its_kind_and_what_it_found() -> None:
    one = explorer()
    assert repr(one) == "Explorer: not run yet"
    one.run(n_models=50)
    assert repr(one) == "Explorer: 50 models by roc_auc"


def test_unknown_option_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        UnknownNameError, match=r"Unknown option 'n_model'\. Options: n_models, metric\. Did you mean 'n_models'\?"
    ):
        explorer().run(n_model=5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_models": 0}, "n_models=0. Allowed: numbers from 1 to 500."),
        ({"n_models": "many"}, "n_models='many'. Allowed: numbers from 1 to 500."),
        ({"n_models": float("nan")}, "n_models=nan. Allowed: numbers from 1 to 500."),
        ({"n_models": [1]}, "n_models=[1]. Allowed: numbers from 1 to 500."),
        ({"n_models": 10**400}, f"n_models={'1' + '0' * 58}…. Allowed: numbers from 1 to 500."),
        ({"n_models": None}, "n_models=None. Allowed: numbers from 1 to 500."),
        ({"n_models": 1.5}, "n_models=1.5. Allowed: whole numbers from 1 to 500."),
        ({"metric": ["roc_auc"]}, "metric=['roc_auc']. Allowed: roc_auc, brier. Did you mean 'roc_auc'?"),
        ({"metric": {}}, "metric={}. Allowed: roc_auc, brier."),
        ({"metric": "x" * 900}, f"metric='{'x' * 58}…. Allowed: roc_auc, brier."),
        ({"metric": "briar"}, "metric='briar'. Allowed: roc_auc, brier. Did you mean 'brier'?"),
    ],
)
def test_values_that_are_not_allowed_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        explorer().run(**options)
    assert str(caught.value) == words


def test_a_typed_text_is_taken_as_it_is_and_has_an_end() -> None:
    def sign(options: Any, *_: Any) -> Result:
        return Result(findings=(Finding(code="T-1", status="passed", claim=f"Signed by {options['name']}"),), rows=0)

    one = Explorer(sign, (Control(name="name", label="name", value="", kind="text"),))
    assert one.run(name="<b>Ada</b>").headline == "Signed by <b>Ada</b>"
    for wrong in (7, "x" * 1001, None):
        with pytest.raises(InputError, match=r"Allowed: a text of at most 1000 characters\."):
            one.run(name=wrong)  # type: ignore[arg-type]  # what a page may send


def test_a_seed_has_the_end_that_generators_have() -> None:
    seed = Control(name="seed", label="seed", value=0, kind="number", lower=0, step=1)
    with pytest.raises(InputError, match=r"seed=1e\+300. Allowed: numbers from 0 to 4,294,967,295."):
        Explorer(work, (*CONTROLS, seed)).run(seed=1e300)


def test_whole_numbers_from_the_browser_stay_whole() -> None:
    assert explorer().run(n_models=50.0).headline.startswith("50 models")


def test_where_nobody_looks_no_widget_is_made(
    front: Front, screen: FakeScreen, static: None, capsys: pytest.CaptureFixture[str]
) -> None:
    one = explorer(screen=screen)
    one._ipython_display_()
    assert front.opened == 0
    assert screen.widgets == []
    assert one.result is not None
    assert "200 models by roc_auc" in capsys.readouterr().out


def test_live_it_starts_at_once_and_the_saved_outputs_follow(front: Front, screen: FakeScreen, live: None) -> None:
    one = explorer(screen=screen)
    one._ipython_display_()
    (widget,) = screen.widgets
    widget.join(10)
    assert widget.job["state"] == "done"
    assert widget.message["card"]["headline"] == "200 models by roc_auc"
    assert "200 models by roc_auc" in texts(screen.shown[0])
    front.send(widget, kind="run", options={"n_models": 9, "metric": "brier"})
    widget.join(10)
    assert "9 models by brier" in texts(screen.shown[0])
    assert one.result is not None
    assert one.result.headline == "9 models by brier"


def test_live_with_a_result_it_shows_that_first(front: Front, screen: FakeScreen, live: None) -> None:
    one = explorer(screen=screen, result=work({"n_models": 1, "metric": "x"}, None, None))
    one._ipython_display_()
    assert screen.widgets[0].job["state"] == "idle"
    assert screen.widgets[0].message["card"]["headline"] == "1 models by x"


def test_live_it_can_wait_for_the_button(front: Front, screen: FakeScreen, live: None) -> None:
    explorer(screen=screen, start=False)._ipython_display_()
    assert screen.widgets[0].job["state"] == "idle"
    assert texts(screen.shown[0]) == "Not run yet."
    assert "Press Run" in screen.shown[0][1]["text/html"]


def test_a_wrong_option_from_the_browser_is_shown_in_the_same_words(
    front: Front, screen: FakeScreen, live: None
) -> None:
    explorer(screen=screen, start=False)._ipython_display_()
    widget = screen.widgets[0]
    front.send(widget, kind="run", options={"n_model": 5})
    widget.join(10)
    assert widget.job["text"] == "Unknown option 'n_model'. Options: n_models, metric. Did you mean 'n_models'?"


def test_importing_it_loads_no_widget_toolkit() -> None:
    import subprocess
    import sys

    code = "import sys, mlops_widgets.ui.explorer; print([m for m in ('anywidget', 'ipywidgets', 'shap', 'lime') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
    assert module.__doc__


def test_importing_a_card_loads_neither_matplotlib_nor_a_widget_toolkit() -> None:
    import subprocess
    import sys

    code = "import sys, mlops_widgets.ui.card, mlops_widgets.core.display; print([m for m in ('anywidget', 'matplotlib') if m in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
