"""A study whose every name tries to run: columns, classes, values, model, tests, the study itself."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

import mlops_widgets as mw

SCRIPT = "<script>window.pwned='script'</script>"
IMAGE = '"><img src=http://evil.example/x onerror="window.pwned=\'image\'">'
CLOSING = "</script></style></textarea><svg onload=\"window.pwned='svg'\">"
LINK = "[x](javascript:window.pwned='link') $\\href{javascript:window.pwned='tex'}{x}$ `{{7*7}}` ${window.pwned='js'}"
LONG, LEFTWARD = "x" * 500, "\u202eשלום '\"&<b>"


class Hostile(LogisticRegression):
    """A model with a name of its own."""


Hostile.__name__ = Hostile.__qualname__ = IMAGE
rng = np.random.default_rng(5)
X = pd.DataFrame(rng.normal(size=(900, 5)), columns=[SCRIPT, IMAGE, CLOSING, LONG, LEFTWARD])
y = pd.Series(np.where(X[SCRIPT] + rng.normal(size=900) > 0, SCRIPT, IMAGE), name=LINK)
tests = {IMAGE: (X[300:500], y[300:500]), LINK: (X[500:600], y[500:600])}
study = mw.load_study(
    model=Hostile().fit(X[:300], y[:300]), reference=(X[:300], y[:300]), test=tests, production=(X[600:], y[600:]),
    positive=SCRIPT, name=CLOSING,
)  # fmt: skip
