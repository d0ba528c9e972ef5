"""`python -m tests.bench.serving`: how long a release takes into PostgreSQL, and what the switch adds.

Needs MinIO and PostgreSQL alone. Marts are made up: many small ones as most are, and one with a million rows.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from lakehouse.storage import ObjectStore
from serving.load import load
from tests.bench.measure import table
from tests.support import minio, postgres
from tests.support.served import Releases

COLUMNS = {"id": "bigint", "text": "string", "money": "decimal(24,2)", "day": "date", "names": "array<string>"}


def main() -> None:
    """Prints a Markdown table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.serving", description=__doc__)
    parser.add_argument("--marts", type=int, default=60)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="smartvest-bench-") as folder, minio.running(Path(folder)) as stack:
        releases = Releases(ObjectStore.for_role(minio.settings_of(stack), "spark"))
        small = {f"mart_{number}": [{"id": one, "text": "x"} for one in range(500)] for number in range(options.marts)}
        large = [{"id": one, "text": f"n{one}", "names": ["a", "b"]} for one in range(options.rows)]
        lines = []
        with postgres.running(stack) as settings:
            for what, marts in {"small marts": small, "and a large one": {**small, "mart_large": large}}.items():
                releases.make(marts, COLUMNS)
                for step in ("load and switch", "again"):
                    begun = time.perf_counter()
                    done = load(settings)
                    lines.append([what, step, f"{done.rows:,}", f"{time.perf_counter() - begun:.1f} s"])
    print(table(["release", "step", "rows", "time"], lines))


if __name__ == "__main__":
    main()
