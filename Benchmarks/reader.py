#!/usr/bin/env python3
"""The strict reader against JSONDecoder and SQLite's JSON functions, on orders of about 1 KB, in one process, in rounds.

The others do less: they take the members of a well-formed order and check nothing. JSONDecoder is run with Double (its fastest, wrong for money) and with Decimal; ratios to it are
to the faster of the two in that round. `make bench` builds the program: swift build -c release --product read-benchmark.
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import load
import place
import trial


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, default=trial.ROOT / ".build/release/read-benchmark", help="default: %(default)s")
    parser.add_argument("--real", type=pathlib.Path, metavar="FILE", help="orders of this NDJSON file instead of made ones of 15 lines, about 1 KB")
    parser.add_argument("--orders", type=int, default=2000, help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=9, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each engine in a round (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    if not os.access(arguments.program, os.X_OK):
        sys.exit(f"{arguments.program} is not there: swift build -c release --product read-benchmark")
    orders = load.file_orders(arguments.real, arguments.orders) if arguments.real else load.made_orders(arguments.orders, 15, 1)
    with tempfile.NamedTemporaryFile(suffix=".ndjson") as file:
        file.write(b"".join(body + b"\n" for _, _, body in orders))
        file.flush()
        done = subprocess.run([arguments.program, file.name, str(arguments.rounds), str(arguments.seconds)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"read-benchmark gave {done.returncode}: {done.stderr[-2000:]}")
    rates = {}
    for line in done.stdout.splitlines():
        one = json.loads(line)
        rates.setdefault(one["engine"], []).append(one["megabytes_per_second"])
    fastest = [max(pair) for pair in zip(rates["JSONDecoder-Double"], rates["JSONDecoder-Decimal"])]
    found = {"orders": one["orders"], "mean_bytes": one["bytes"] / one["orders"], "real": bool(arguments.real), "surroundings": place.surroundings(),
             "rates": {name: trial.spread(values) for name, values in rates.items()},
             "to_decoder": trial.spread([ours / other for ours, other in zip(rates["orderd"], fastest)]),
             "to_sqlite": trial.spread([ours / other for ours, other in zip(rates["orderd"], rates["SQLite"])])}
    trial.print_result(arguments, found, "\n".join([f"{found['orders']} orders of {found['mean_bytes']:.0f} bytes on average"] + [
        f"  {name:<20} {trial.shown(rate, 1)} MB/s" for name, rate in found["rates"].items()] + [
        f"orderd / JSONDecoder {trial.shown(found['to_decoder'], 1)}", f"orderd / SQLite      {trial.shown(found['to_sqlite'], 1)}"]))


if __name__ == "__main__":
    main()
