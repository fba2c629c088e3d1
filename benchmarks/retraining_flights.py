"""How long a year of weekly refits takes, and what they find: `sample("flights")`, its own model refitted on the last eight weeks.

Prints seconds by the clock and of CPU, refits, totals over the whole timeline, and the verdicts on its second half.

Run: `python benchmarks/retraining_flights.py`.
"""

import time

import mlops_widgets as mw
from mlops_widgets.lifecycle.retraining.result import RetrainingResult
from mlops_widgets.lifecycle.retraining.simulate import simulate_retraining

WINDOW = 8


def main() -> None:
    """Print what was found."""
    study = mw.sample("flights")
    began, worked = time.perf_counter(), time.process_time()
    result = simulate_retraining(study, chunks="week", window=WINDOW)
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    if not isinstance(result, RetrainingResult):
        raise SystemExit(str(result.findings[0]))
    fits = next(finding.evidence["fits"] for finding in result.findings if finding.code == "LC-SR-08")
    print(f"{fits} refits, {len(result.chunk_labels)} weeks, {result.rows:,} rows: {seconds:.1f} s, {cpu:.1f} s of CPU")
    print(
        result.frame()[["name", "retrains", "total", "difference", "lower", "upper", "verdict"]].to_string(index=False)
    )
    for finding in result.findings:
        print(f"{finding.code} {finding.status}: {finding.claim}")


if __name__ == "__main__":
    main()
