import sys; sys.path.insert(0,'/work/main')
from tests.browser.conftest import *
from tests.browser.harness import *
from tests.browser.stories import run_story
from tests.browser.views import shown
import pytest
C="import mlops_widgets as mw, pandas as pd\nt=pd.read_csv('/work/shared/data/raha/flights/dirty.csv',dtype=str,keep_default_na=False)\nmw.data_quality.ErrorLabeller(t)"
def test_x(page, lab):
    run_story(page, lab, C, name='s.ipynb')
    v=shown(page,'.mw-card:has(.mw-cells)'); v.locator('.mw-cells .mw-slice').nth(3).focus(timeout=20000); page.keyboard.press('x'); page.keyboard.press('j')
    v.screenshot(path='/tmp/lbl/a.png')
    page.keyboard.press('Enter'); page.wait_for_timeout(3000); v.screenshot(path='/tmp/lbl/b.png')
    use_theme(page,dark=True); page.set_viewport_size({'width':420,'height':1200}); page.wait_for_timeout(1500); v.screenshot(path='/tmp/lbl/c.png')
