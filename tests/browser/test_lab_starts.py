import pytest
from playwright.sync_api import Page, expect

from tests.browser.harness import Lab, cells, open_notebook, run_all, save, use_theme

pytestmark = pytest.mark.browser


def test_a_notebook_runs_in_the_browser(page: Page, lab: Lab) -> None:
    lab.write_notebook("smoke.ipynb", ["print(6 * 7)", "1 / 0", "print('never')"])
    open_notebook(page, lab, "smoke.ipynb")

    first, second, third = run_all(page)

    assert (first.count, first.errors) == (1, [])
    assert first.outputs[0]["text"] == "42\n"
    assert second.errors == ["ZeroDivisionError: division by zero"]
    assert third.outputs == []
    expect(page.locator(".jp-OutputArea-output").first).to_contain_text("42")


def test_a_saved_notebook_opens_again_after_its_kernel_ended(page: Page, lab: Lab) -> None:
    lab.write_notebook("again.ipynb", ["print('kept')"])
    open_notebook(page, lab, "again.ipynb")
    run_all(page)
    save(page)
    lab.shut_down_kernels()

    open_notebook(page, lab, "again.ipynb")

    (cell,) = cells(page)
    assert cell.outputs[0]["text"] == "kept\n"


def test_the_theme_turns_dark(page: Page, lab: Lab) -> None:
    lab.write_notebook("dark.ipynb", ["1"])
    open_notebook(page, lab, "dark.ipynb")
    use_theme(page, dark=True)
    expect(page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    use_theme(page, dark=False)  # Lab remembers it for the tests that follow


def test_lab_asks_for_no_news_and_its_settings_were_understood(page: Page, lab: Lab) -> None:
    lab.write_notebook("quiet.ipynb", ["1"])
    open_notebook(page, lab, "quiet.ipynb")
    expect(page.get_by_text("Would you like to get notified about official Jupyter news?")).to_have_count(0)
    assert "lab_config" not in lab.log.read_text()  # a file there that can't be used would be named
    assert "NoDelayConnection" not in lab.log.read_text()
