"""Three classes with labels of text on 300 rows, one of them rare, and a marked row."""

import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

import mlops_widgets as mw

CANARY = "canary-7f3a"  # in one row of the user's; must stay out of every file
rng = np.random.default_rng(3)
kind = rng.choice(["ill", "not sure", "well"], 300, p=[0.3, 0.1, 0.6])
level = rng.normal(0, 1, 300) + 1.5 * (kind == "ill") - 0.5 * (kind == "well")
ward = rng.choice(["north", "south"], 300).astype(object)
ward[[5, 250]] = CANARY
frame = pd.DataFrame({"level": level, "ward": ward, "kind": kind})
encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
model = make_pipeline(encoder, RandomForestClassifier(30, random_state=0, max_depth=4))
model.fit(frame[["level", "ward"]][:200], frame["kind"][:200])
study = mw.load_study(model=model, reference=frame[:200], test=frame[200:], target="kind", name="ward round")
