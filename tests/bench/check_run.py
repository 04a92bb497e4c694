#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""check_run.py RUN BUILD: bench/run measures everything once and writes JSON that others can read. No time is asserted."""
import json
import pathlib
import subprocess
import sys
import tempfile

# Parts of names that docs/performance.md quotes.
ROWS = ("sign 1 MiB", "verify 1 MiB", "inspect 1 MiB", "sign 1 MiB MBN, RSA", "verify 1 MiB MBN, P-384",
        "verify a 10 MiB MBN, version 7", "sign 4 MiB container, peak", "inspect 4 MiB MBN, wall", "4 MiB in 4 segments")


def check_row(row):
    assert row["name"] and "unit" in row, row
    if "value" in row:
        return
    assert row["better"] in ("low", "high") and isinstance(row["goal"], (int, float)), row
    assert len(row["ours"]) == len(row["reference"]) >= 1, row
    assert all(v > 0 for v in row["ours"] + row["reference"]), row
    assert row["ratio"]["min"] <= row["ratio"]["median"] <= row["ratio"]["max"], row


def main():
    run, build = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="corewarden-bench-test.") as d:
        out = pathlib.Path(d) / "numbers.json"
        p = subprocess.run([sys.executable, "-B", run, "--build", build, "--quick", "--json", out], capture_output=True,
                           text=True, stdin=subprocess.DEVNULL)
        assert p.returncode == 0, f"{p.returncode}\n{p.stdout}{p.stderr}"
        numbers = json.loads(out.read_text(encoding="utf-8"))
    assert numbers["machine"]["cpus"] >= 1, numbers["machine"]
    for row in numbers["rows"]:
        check_row(row)
    names = [row["name"] for row in numbers["rows"]]
    for wanted in ROWS:
        assert any(wanted in n for n in names), f"no row '{wanted}'"
    # A measure that does not exist is refused, not forgotten.
    p = subprocess.run([sys.executable, "-B", run, "--build", build, "nothing"], capture_output=True, text=True)
    assert p.returncode == 2 and "nothing" in p.stderr, p.stderr
    print(f"{len(names)} rows")


if __name__ == "__main__":
    main()
