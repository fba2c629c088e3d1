"""What a profile of 20 mixed columns costs, beside other tools: seconds (of clock and of CPU) without imports, and peak memory.

polars and DuckDB are asked for the same statistics as `profile` in their own best terms; the others make their own report, so
their columns say something else. Each tool runs in a process of its own, best of three. Run:
`python benchmarks/profile_rivals.py [rows] [tool=interpreter …]`; a tool whose interpreter isn't named, or lacks it, is skipped.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import parquet

_BATCH = 500_000

_FRAME = """
import json, resource, sys, time
path = sys.argv[1]
{imports}
seconds, used = [], []
for _ in range({times}):
    start, cpu = time.perf_counter(), time.process_time()
    {call}
    seconds.append(time.perf_counter() - start)
    used.append(time.process_time() - cpu)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print("\\n" + json.dumps({{"version": {version}, "seconds": min(seconds), "cpu": min(used), "peak": peak}}))
"""

_POLARS = """
import polars as pl
NUMBER = r"^ *[-+]?(?:[0-9]+(?:,[0-9]{3})*(?:[.,][0-9]*)?|[.,][0-9]+) *$"
def profile(path):
    frame, found = pl.scan_parquet(path), {}
    kinds = frame.collect_schema()
    numbers = [n for n, k in kinds.items() if k.is_numeric() or k.is_temporal()]
    texts = [n for n, k in kinds.items() if k == pl.String]
    asked = [pl.len().alias("rows"), pl.struct(pl.all()).hash().approx_n_unique().alias("different rows")]
    for n in kinds:
        c = pl.col(n)
        asked += [c.null_count().alias(n + "|missing"), c.approx_n_unique().alias(n + "|distinct")]
    for n in numbers:
        c = pl.col(n).to_physical().cast(pl.Float64)
        asked += [e.alias(n + "|" + w) for w, e in {
            "min": c.min(), "max": c.max(), "mean": c.mean(), "sd": c.std(), "skew": c.skew(), "kurtosis": c.kurtosis(),
            "zeros": (c == 0).sum(), "infinite": c.is_infinite().sum(), "whole": (c == c.floor()).all(),
        }.items()]
        asked += [c.quantile(q).alias(f"{n}|{q}") for q in (.05, .25, .5, .75, .95)]
    for n in texts:
        c = pl.col(n)
        size = c.str.len_chars()
        asked += [e.alias(n + "|" + w) for w, e in {
            "shortest": size.min(), "longest": size.max(), "length": size.mean(), "length sd": size.std(),
            "blank": (c.str.strip_chars() == "").sum(), "numbers": c.str.contains(NUMBER).sum(),
        }.items()]
    (all_,) = found["all"] = frame.select(asked).collect(engine="streaming").to_dicts()
    counted = []
    for n in kinds:
        c = pl.col(n).drop_nulls()
        counted.append(frame.select(c).group_by(n).len().top_k(64, by="len"))
        if n in numbers:
            low, high = all_[n + "|min"], all_[n + "|max"]
            part = ((c.to_physical().cast(pl.Float64) - low) / ((high - low) or 1) * 256).floor().cast(pl.Int32)
            counted.append(frame.select(part).group_by(n).len())
        if n in texts:
            shape = (c.str.head(32).str.replace_all("[a-z]+", "a").str.replace_all("[A-Z]+", "A").str.replace_all("[0-9]", "9"))
            counted.append(frame.select(shape).group_by(n).len().top_k(64, by="len"))
    found["counted"] = pl.collect_all(counted, engine="streaming")
    return found
"""

_DUCKDB = """
import duckdb
NUMBER = r"^ *[-+]?(?:[0-9]+(?:,[0-9]{3})*(?:[.,][0-9]*)?|[.,][0-9]+) *$"
def profile(path):
    con = duckdb.connect()
    con.execute(f"create view t as select * from '{path}'")
    kinds = {row[0]: row[1] for row in con.execute("describe t").fetchall()}
    texts = [n for n, k in kinds.items() if k == "VARCHAR"]
    numbers = [n for n, k in kinds.items() if k not in ("VARCHAR", "BOOLEAN")]
    as_number = lambda n: f"epoch({n})" if kinds[n].startswith(("DATE", "TIMESTAMP")) else f"{n}::double"
    asked = ["count(*)", "approx_count_distinct(hash(" + ", ".join(kinds) + "))"]
    for n in kinds:
        asked += [f"count({n})", f"approx_count_distinct({n})"]
    for n in numbers:
        x = as_number(n)
        asked += [f"min({x})", f"max({x})", f"avg({x})", f"stddev({x})", f"skewness({x})", f"kurtosis({x})", f"count_if({x} = 0)",
            f"count_if(isinf({x}))", f"bool_and({x} = floor({x}))", f"approx_quantile({x}, [.05, .25, .5, .75, .95])"]
    for n in texts:
        asked += [f"min(length({n}))", f"max(length({n}))", f"avg(length({n}))", f"stddev(length({n}))", f"count_if(trim({n}) = '')",
            f"count_if(regexp_matches({n}, '{NUMBER}'))"]
    found = {"all": con.execute("select " + ", ".join(asked) + " from t").fetchall()}
    for n in kinds:
        found[n + "|top"] = con.execute(f"select {n}, count(*) as k from t where {n} is not null group by 1 order by 2 desc limit 64").fetchall()
        if n in numbers:
            x = as_number(n)
            low, high = con.execute(f"select min({x}), max({x}) from t").fetchone()
            found[n + "|bins"] = con.execute(
                f"select floor(({x} - ({low})) / {(high - low) or 1} * 256), count(*) from t where {n} is not null group by 1").fetchall()
        if n in texts:
            shape = f"regexp_replace(regexp_replace(regexp_replace(left({n}, 32), '[a-z]+', 'a', 'g'), '[A-Z]+', 'A', 'g'), '[0-9]', '9', 'g')"
            found[n + "|shapes"] = con.execute(f"select {shape}, count(*) as k from t where {n} is not null group by 1 order by 2 desc limit 64").fetchall()
    return found
"""

_GX = """
import logging, os
os.environ["GX_ANALYTICS_ENABLED"] = "false"
import great_expectations as gx, pandas as pd
import great_expectations.expectations as gxe
def profile(path):
    frame, context = pd.read_parquet(path), gx.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("p" + str(time.time()))
    batch = source.add_dataframe_asset("a").add_batch_definition_whole_dataframe("b").get_batch(batch_parameters={"dataframe": frame})
    asked = []
    for n in frame:
        asked += [gxe.ExpectColumnValuesToNotBeNull(column=n), gxe.ExpectColumnUniqueValueCountToBeBetween(column=n, min_value=0)]
        if frame[n].dtype.kind in "if":
            asked += [kind(column=n, min_value=-1e300) for kind in (gxe.ExpectColumnMinToBeBetween, gxe.ExpectColumnMaxToBeBetween,
                gxe.ExpectColumnMeanToBeBetween, gxe.ExpectColumnStdevToBeBetween, gxe.ExpectColumnMedianToBeBetween)]
    return batch.validate(gx.ExpectationSuite(name="s" + str(time.time()), expectations=asked))
"""

TOOLS: dict[str, tuple[str, str, str]] = {
    "mlops-widgets": ("import mlops_widgets, pyarrow.compute, pyarrow.parquet\nfrom mlops_widgets.data_quality import profile",
        "profile(path)", "mlops_widgets.__version__"),
    "polars": (_POLARS, "profile(path)", "pl.__version__"),
    "duckdb": (_DUCKDB, "profile(path)", "duckdb.__version__"),
    "ydata": ("import pandas as pd, ydata_profiling\nfrom ydata_profiling import ProfileReport",
        "ProfileReport(pd.read_parquet(path), minimal=True, progress_bar=False).to_json()",
        "ydata_profiling.__version__ + ', minimal, pandas ' + pd.__version__"),
    "skrub": ("import pandas as pd, skrub", "skrub.TableReport(pd.read_parquet(path), verbose=0).html()", "skrub.__version__ + ', pandas'"),
    "pandera": ("import pandas as pd, pandera\nimport pandera.pandas as pa", "pa.infer_schema(pd.read_parquet(path))",
        "pandera.__version__ + ', infer_schema: types and ranges alone'"),
    "great_expectations": (_GX, "profile(path)", "gx.__version__ + ', nulls, distinct, range, mean, sd, median'"),
}  # fmt: skip


def mixed(rows: int, seed: int, first: int) -> pa.Table:
    """Return 20 columns: eight of numbers, two ids, seven of text, a truth value, two of dates; gaps in ten of them."""
    rng = np.random.default_rng(seed)

    def gaps(cells: object, share: float) -> pa.Array:
        return pa.array(cells, mask=rng.random(rows) < share)

    def levels(count: int) -> "np.typing.NDArray[np.str_]":
        return np.array([f"level {level}" for level in range(count)])[rng.integers(0, count, rows)]

    words = np.array(
        [
            "late",
            "early",
            "paid",
            "returned",
            "customer",
            "asked",
            "about",
            "the",
            "order",
            "and",
            "never",
            "called",
            "back",
            "again",
        ]
    )
    days = np.datetime64("2022-01-01") + rng.integers(0, 900, rows).astype("timedelta64[D]")
    times = np.datetime64("2023-01-01", "us") + rng.integers(0, 6 * 10**13, rows).astype("timedelta64[us]")
    return pa.table({
        **{f"f{i}": gaps(rng.normal(i, 1 + i, rows), 0.05 * (i % 2)) for i in range(4)},
        "amount": gaps(np.exp(rng.normal(7, 1.2, rows)).round(2), 0.02), "age": gaps(rng.integers(18, 95, rows), 0.01),
        "visits": rng.poisson(3, rows), "rate": rng.random(rows).round(3), "flag": rng.random(rows) < 0.3,
        "id": np.arange(first, first + rows), "account": rng.integers(0, 200_000, rows),
        "zip": [f"{code:05}" for code in rng.integers(10_000, 99_999, rows)],
        "email": gaps([f"user{key}@mail{key % 97}.com" for key in rng.integers(0, 5_000_000, rows)], 0.1),
        **{f"category{count}": gaps(levels(count), 0.03) for count in (5, 30, 300)},
        "note": gaps([" ".join(each) for each in words[rng.integers(0, len(words), (rows, 8))]], 0.3),
        "town": np.array(["Oslo", "Bergen", "Bodø", "Tromsø", "Voss"])[rng.integers(0, 5, rows)], "day": days,
        "time": gaps(times, 0.05),
    })  # fmt: skip


def write(path: Path, rows: int) -> None:
    """Write a Parquet file of `rows` rows, in groups of 250,000."""
    with parquet.ParquetWriter(path, mixed(1, 0, 0).schema) as writer:
        for number, first in enumerate(range(0, rows, _BATCH)):
            writer.write_table(mixed(min(_BATCH, rows - first), number, first), row_group_size=250_000)


def measured(tool: str, interpreter: str, path: Path, times: int) -> dict[str, str | float] | None:
    """Return version, seconds and peak megabytes of a tool, or None where it isn't there."""
    imports, call, version = TOOLS[tool]
    code = _FRAME.format(imports=imports, call=call, version=version, times=times)
    if not Path(interpreter).is_file():
        print(f"{tool:20} skipped: no interpreter {interpreter}", flush=True)
        return None
    run = subprocess.run([interpreter, "-c", code, str(path)], capture_output=True, text=True, check=False)
    if run.returncode:
        print(f"{tool:20} skipped: {run.stderr.strip().splitlines()[-1][:110]}", flush=True)
        return None
    found: dict[str, str | float] = json.loads(run.stdout.strip().splitlines()[-1])
    return found


def main() -> None:
    """Print the table; with `--write path rows`, only write the file."""
    if "--write" in sys.argv:
        write(Path(sys.argv[-2]), int(sys.argv[-1]))
        return
    rows = next((int(each) for each in sys.argv[1:] if each.isdigit()), 1_000_000)
    named = dict(each.split("=", 1) for each in sys.argv[1:] if "=" in each)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mixed.parquet"
        # In a process of its own: a process begins with the peak memory of the one that started it.
        subprocess.run([sys.executable, __file__, "--write", str(path), str(rows)], check=True)
        print(f"{rows:,} rows, 20 columns, {path.stat().st_size / 2**20:.0f} MB of Parquet")
        for tool in TOOLS:
            times = 3 if tool in {"mlops-widgets", "polars", "duckdb"} else 1
            found = measured(tool, named.get(tool, sys.executable), path, times)
            if found:
                print(
                    f"{tool:20} {found['seconds']:7.2f} s {found['cpu']:7.2f} s of CPU {found['peak']:7.0f} MB   {found['version']}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
