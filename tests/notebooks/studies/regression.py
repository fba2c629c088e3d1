"""A regression with a column of dates and columns of text, production by date, and a marked row."""

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import mlops_widgets as mw

CANARY = "canary-7f3a"  # in one row of the user's; must stay out of every file
rng = np.random.default_rng(7)
rows = 1_500
sold = pd.Timestamp("2023-01-01") + pd.to_timedelta(np.sort(rng.integers(0, 600, rows)), unit="D")
area, town = rng.gamma(8, 12, rows).round(1), rng.choice(["Aarhus", "Bruges", "Čáslav"], rows)
remark = rng.choice(["", "needs work", "sea view"], rows).astype(object)
remark[[3, rows // 2, -3]] = CANARY
price = 2_000 * area + 30_000 * (town == "Bruges") + rng.normal(0, 25_000, rows)
frame = pd.DataFrame({"sold": sold, "area m²": area, "town": town, "remark": remark, "price": price})

split = pd.Timestamp("2024-02-01")
words = ("words", OneHotEncoder(handle_unknown="ignore"), ["town", "remark"])
days = ("days", "drop", ["sold"])
encoder = ColumnTransformer([days, words, ("numbers", "passthrough", ["area m²"])])
earlier = frame[frame["sold"] < split]
model = make_pipeline(encoder, Ridge()).fit(
    earlier[["sold", "area m²", "town", "remark"]].iloc[:700], earlier["price"].iloc[:700]
)
study = mw.load_study(
    model=model, reference=earlier.iloc[:700], test=earlier.iloc[700:], production=frame[frame["sold"] >= split],
    target="price", time="sold", name="house prices",
)  # fmt: skip
