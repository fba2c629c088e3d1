"""Equal accuracy, unequal people in numbers; how often find_alternatives finds what isn't there, and what is.

The experiment: means over sets of made-up loans. Null: groups independent of everything, and every column noise or skill; each "better"
of the chosen candidate is a false alarm. Half null: unequal, but no candidate can help (the skill itself differs between groups).
Power: a column that tells of the group and that the recorded label leans on. Coverage: a rule's interval against its ratio on 400,000
rows. Run: `python benchmarks/equal_accuracy.py [seeds]`.
"""

import sys
import time
from collections import Counter

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from mlops_widgets.governance.alternatives.alternatives_result import AlternativesResult
from mlops_widgets.governance.alternatives.disparity import draw_disparity
from mlops_widgets.governance.alternatives.find_alternatives import find_alternatives
from mlops_widgets.governance.fairness.people import Grouping
from mlops_widgets.governance.unequal_people.equal_accuracy import run_equal_accuracy
from mlops_widgets.governance.unequal_people.equal_accuracy_result import EqualAccuracyResult
from mlops_widgets.measures.resampling import Resampler
from mlops_widgets.study.loading import load_study
from mlops_widgets.study.study import Study

COLUMNS = ["skill", "proxy", *(f"noise {place}" for place in range(4))]


def frame(rows: int, *, seed: int, proxy: float, tells: float, apart: float) -> pd.DataFrame:
    """Rows of two groups: `tells` of the group in a column, `proxy` its weight in the label, `apart` the groups' skills."""
    rng = np.random.default_rng(seed)
    group = (rng.random(rows) < 0.35).astype(int)
    skill = rng.normal(size=rows) - apart * group
    found = pd.DataFrame(
        {
            "skill": skill + rng.normal(0, 0.3, rows),
            "proxy": (rng.random(rows) < 0.5 + tells * (group - 0.5)).astype(int),
        }
    )
    for name in COLUMNS[2:]:
        found[name] = rng.normal(size=rows)
    found["y"] = (skill - proxy * found["proxy"] + rng.normal(0, 1.2, rows) > 0).astype(int)
    return found.assign(g=np.where(group, "b", "a"))


def study(rows: int, *, seed: int, **settings: float) -> Study:
    whole = frame(rows, seed=seed, **settings)
    learned, tested = whole[: rows // 2], whole[rows // 2 :].reset_index(drop=True)
    model = LogisticRegression().fit(learned[COLUMNS], learned["y"])
    return load_study(model=model, reference=learned, test=tested, target="y", groups="g", features=COLUMNS)


def searched(name: str, seeds: int, rows: int, **settings: float) -> None:
    start, verdicts, alone, tried = time.process_time(), Counter[str](), 0, 0
    for seed in range(seeds):
        result = find_alternatives(
            study(rows, seed=seed, **settings), selection_share=0.5, reference_group="a", draws=200, seed=seed
        )
        assert isinstance(result, AlternativesResult)
        verdicts[result.findings[0].status] += 1
        alone += sum(each.verdict == "better" for each in result.alternatives[1:])
        tried += len(result.alternatives) - 1
    print(
        f"{name:<44} {rows // 4:>5} rows a half: {verdicts['warning'] / seeds:.1%} find one; {dict(verdicts)}; of all candidates alone {alone / tried:.1%} 'better'; {time.process_time() - start:.0f} s"
    )


def coverage(rows: int, share: float, seeds: int) -> None:
    rng, held, true = np.random.default_rng(1), 0, 0.3 / 0.5
    for seed in range(seeds):
        group = (rng.random(rows) < share).astype(np.int64)
        selected = rng.random(rows) < np.where(group == 1, 0.3, 0.5)
        people = Grouping(column="g", levels=("a", "b"), codes=group, reference=0, declared=True)
        drawn = draw_disparity(
            [selected], np.ones(rows), [people], weights=None, drawing=Resampler(draws=200, seed=seed), smallest=5
        )
        _, lower, upper = drawn.ratio_span(0)
        held += bool(lower <= true <= upper)
    print(f"{rows} rows, {share:.0%} in the smaller group: its 95 % interval holds the ratio .60 in {held / seeds:.1%}")


def main() -> None:
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    start = time.process_time()
    result = run_equal_accuracy(seeds=24)
    assert isinstance(result, EqualAccuracyResult)
    for place, each in enumerate(result.variants):
        print(
            f"{each.name:<24}",
            {
                name: tuple(round(end, 4) for end in result.of(name, place))
                for name in ("ratio", "accuracy", "accuracy_loss", "true_accuracy", "true_gain", "true_auc")
            },
        )
    print(f"control: {result.control.round(4).tolist()}; {time.process_time() - start:.1f} s")
    for rows in (2000, 8000):
        searched("null: groups independent of everything", seeds, rows, proxy=0.0, tells=0.0, apart=0.0)
    searched("half null: skill differs, nothing can help", seeds, 4000, proxy=0.0, tells=0.0, apart=0.5)
    for proxy in (0.2, 0.35, 0.5):
        searched(f"power: a proxy of weight {proxy}", seeds // 4, 8000, proxy=proxy, tells=0.7, apart=0.0)
    for rows, share in ((200, 0.2), (500, 0.1), (500, 0.5), (2000, 0.3)):
        coverage(rows, share, seeds * 3)


if __name__ == "__main__":
    main()
