"""shap compiles its permutation explainer with numba on first use, which takes six seconds and isn't what is tested here."""

import os

os.environ.setdefault("NUMBA_DISABLE_JIT", "1")
