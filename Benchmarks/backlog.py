#!/usr/bin/env python3
"""Draining a backlog, as a ratio to the floor.

The floor is a C program that does the file and SQL work of the design and nothing else. It is compiled here, tried at batches of 256, 512 and 1024, and then run at
the best of them in pairs with `orderd run --drain` on the same file system, the order within a pair changing each time. Printed are both rates of each pair, and the median,
the quartiles and the range of the ratios. Each run has a fresh directory; after each drain every order must be COMPLETED and `orderd check` clean.

orderd's time is that of the whole process, start and stop included; intake.settle is 0s, since the files have lain there for long.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import load
import trial


def run_floor(floor, place, orders, batch, lines):
    directory = place / "floor"
    directory.mkdir(exist_ok=True)
    done = subprocess.run([floor, directory, str(orders), str(batch), str(lines)], capture_output=True, text=True)
    rate = re.search(r"floor: ([0-9.]+) orders/s", done.stdout)
    if done.returncode != 0 or not rate:
        sys.exit(f"the floor gave {done.returncode}:\n{done.stdout}{done.stderr}")
    subprocess.run(["rm", "-rf", directory], check=True)
    return float(rate[1])


def run_orderd(arguments, place, orders):
    spool = trial.Spool(place / "spool", arguments, ORDERD_INTAKE_SETTLE="0s")
    for name, _, body in orders:
        (spool.drop / f".{name}.part").write_bytes(body)
        os.rename(spool.drop / f".{name}.part", spool.drop / f"{name}.json")
    os.sync()
    begin = time.monotonic()
    spool.call("run", "--drain")
    seconds = time.monotonic() - begin
    if (completed := spool.completed()) != len(orders):
        sys.exit(f"{completed} of {len(orders)} orders are COMPLETED; the figure would mean nothing")
    spool.call("check")
    subprocess.run(["rm", "-rf", spool.path], check=True)
    return len(orders) / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    load.add_options(parser, default_orders=10_000)
    trial.add_options(parser)
    parser.add_argument("--floor", type=pathlib.Path, default=trial.ROOT / "../shared/bench/floor.c", help="its source (default: %(default)s)")
    parser.add_argument("--batches", type=int, nargs="+", default=[256, 512, 1024], help="batches to try the floor at (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=7, help="default and least: %(default)s")
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end instead of text")
    arguments = parser.parse_args()
    if arguments.pairs < 7:
        parser.error("fewer than 7 pairs say nothing about the spread")
    trial.check(arguments)
    if not arguments.floor.exists():
        sys.exit(f"{arguments.floor} is not there: give --floor")
    orders = load.orders(arguments)
    lines = load.mean_lines(orders)
    say = (lambda *_: None) if arguments.json else print

    with trial.Place(arguments) as place:
        floor = place / "floor-program"
        subprocess.run(["cc", "-O2", str(arguments.floor), "-lsqlite3", "-o", str(floor)], check=True)
        say(f"{len(orders)} one-order files, mean {lines} lines; {trial.surroundings(place)}")
        tried = {batch: statistics.median(run_floor(floor, place, len(orders), batch, lines) for _ in range(3)) for batch in arguments.batches}
        best = max(tried, key=tried.get)
        say("floor: " + ", ".join(f"{rate:.0f}/s at {batch}" for batch, rate in tried.items()) + f"; taken: {best}")

        pairs = []
        for index in range(arguments.pairs):
            runs = [("floor", lambda: run_floor(floor, place, len(orders), best, lines)), ("orderd", lambda: run_orderd(arguments, place, orders))]
            rates = {name: run() for name, run in (runs if index % 2 == 0 else runs[::-1])}
            pairs.append(rates | {"ratio": rates["orderd"] / rates["floor"]})
            say(f"  pair {index + 1}: floor {rates['floor']:6.0f}/s   orderd {rates['orderd']:6.0f}/s   ratio {pairs[-1]['ratio']:.3f}")

        ratios = sorted(pair["ratio"] for pair in pairs)
        quartiles = statistics.quantiles(ratios, n=4, method="inclusive")
        found = {"orders": len(orders), "lines": lines, "batch": best, "pairs": pairs, "median_ratio": quartiles[1], "quartiles": [quartiles[0], quartiles[2]],
                 "range": [ratios[0], ratios[-1]], "surroundings": trial.surroundings(place)}
    if arguments.json:
        print(json.dumps(found))
    else:
        print(f"orderd to floor: median {quartiles[1]:.3f}, quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f}, range {ratios[0]:.3f} to {ratios[-1]:.3f}; "
              f"median rate {statistics.median(pair['orderd'] for pair in pairs):.0f} orders/s")


if __name__ == "__main__":
    main()
