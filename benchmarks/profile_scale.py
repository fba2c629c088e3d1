"""What a profile costs as a table grows: seconds and peak memory over Parquet, and of adding profiles up.

Each size runs in a process of its own, which reads the file in batches and never holds it. Run:
`python benchmarks/profile_scale.py [rows …]`; 10 million rows take 1 GB of disk meanwhile.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

_RIVALS = Path(__file__).with_name("profile_rivals.py")

_RUN = """
import json, resource, sys, time
import pyarrow.compute, pyarrow.parquet
from mlops_widgets.data_quality import Profile, compare_profiles, profile
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
start, cpu = time.perf_counter(), time.process_time()
found = profile(sys.argv[1])
seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
text = json.dumps(found.to_dict())
start = time.perf_counter()
read = Profile.from_dict(json.loads(text))
merged = read.merge(read)
joined = time.perf_counter() - start
start = time.perf_counter()
compare_profiles(read, merged)
compared = time.perf_counter() - start
print(f"{found.rows:>12,} rows {seconds:7.2f} s ({cpu:.2f} s of CPU), peak {peak:.0f} MB (imports {before:.0f}); JSON {len(text) / 1000:.0f} kB, "
      f"read and merged in {joined:.2f} s, compared in {compared:.2f} s")
"""


def main() -> None:
    """Print one line a size."""
    for rows in [int(each) for each in sys.argv[1:]] or [100_000, 1_000_000, 10_000_000]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "mixed.parquet"
            subprocess.run([sys.executable, str(_RIVALS), "--write", str(path), str(rows)], check=True)
            subprocess.run([sys.executable, "-c", _RUN, str(path)], check=True)


if __name__ == "__main__":
    main()
