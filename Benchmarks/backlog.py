#!/usr/bin/env python3
"""Draining a backlog, as a ratio to the floor.

The floor is a C program that does the file and SQL work of the design and nothing else (--floor FILE.c). It is compiled here, tried three times with at most 10,000 orders at batches of 256, 512 and
1024, and then run at the best of them in pairs with `orderd run --drain` on the same file system, the order within a pair changing each time. Each run has a fresh directory,
and the same dirty pages are written out before it (`sync`); after each drain every order must be COMPLETED, and after the last `orderd check` must be clean.

Two rates of orderd are counted. `whole`: from the start of the process to its end, with what the floor's clock leaves out: loading the program, opening the ledger, making
tables, watches, the clean stop with its checkpoint and the reading of counts. `drain`: from its line "running" to its line "stopped cleanly", which still has the clean
stop; the floor's clock runs from its first batch to its last syncfs. The ratio is that of `whole` unless it says otherwise. intake.settle is 0s: the files have lain there for long.
"""

import argparse
import pathlib
import re
import subprocess
import sys

import load
import place
import trial


def run_floor(floor, directory, orders, batch, lines):
    directory = directory / "floor"
    directory.mkdir(exist_ok=True)
    done = subprocess.run([floor, directory, str(orders), str(batch), str(lines)], capture_output=True, text=True)
    rate = re.search(r"floor: ([0-9.]+) orders/s", done.stdout)
    if done.returncode != 0 or not rate:
        sys.exit(f"the floor gave {done.returncode}:\n{done.stdout}{done.stderr}")
    subprocess.run(["rm", "-rf", directory], check=True)
    subprocess.run(["sync", "--file-system", directory.parent], check=True)
    return float(rate[1])


def run_orderd(arguments, directory, files, count, check=False):
    """Rates of one drain, and its memory."""
    spool = trial.Spool(directory / "spool", arguments, ORDERD_INTAKE_SETTLE="0s")
    for name, body in files:
        load.drop(spool.drop, name, body)
    subprocess.run(["sync", "--file-system", directory], check=True)
    run, orders = spool.drain()
    if orders != {"done": count}:
        sys.exit(f"of {count} orders {orders}; the figure would mean nothing")
    if check:
        spool.call("check")
    spool.remove()
    subprocess.run(["sync", "--file-system", directory], check=True)
    return {"whole": count / run.seconds, "drain": count / run.working, "memory": run.peak}


def compile_floor(source, directory):
    if not source.exists():
        sys.exit(f"{source} is not there: give --floor")
    subprocess.run(["cc", "-O2", str(source), "-lsqlite3", "-o", str(directory / "floor-program")], check=True)
    return directory / "floor-program"


def add_floor_option(parser):
    parser.add_argument("--floor", type=pathlib.Path, default=trial.ROOT / "../shared/bench/floor.c", help="its source (default: %(default)s)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    load.add_options(parser, default_orders=30_000)
    trial.add_options(parser)
    add_floor_option(parser)
    parser.add_argument("--per-file", type=int, default=1, metavar="N", help="NDJSON files of N orders instead of one file an order")
    parser.add_argument("--batches", type=int, nargs="+", default=[256, 512, 1024], help="batches to try the floor at (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=7, help="default: %(default)s; fewer say little about the spread")
    arguments = parser.parse_args()
    trial.check(arguments)
    if arguments.real and arguments.orders is None:
        arguments.orders = arguments.default_orders
    say = trial.say
    orders = list(load.orders(arguments))
    count, lines = len(orders), load.mean_lines(orders)
    files = list(load.files(orders, arguments.per_file, arguments.seed))
    del orders

    with place.place(arguments) as directory:
        floor = compile_floor(arguments.floor, directory)
        say(f"{count} orders in {len(files)} files, mean {lines} lines; {place.surroundings(directory)}")
        tried = {batch: trial.median([run_floor(floor, directory, min(count, 10_000), batch, lines) for _ in range(3)]) for batch in arguments.batches}
        best = max(tried, key=tried.get)
        say("floor: " + ", ".join(f"{rate:.0f}/s at {batch}" for batch, rate in tried.items()) + f"; taken: {best}")

        pairs = []
        for index in range(arguments.pairs):
            last = index == arguments.pairs - 1
            runs = [("floor", lambda: run_floor(floor, directory, count, best, lines)),
                    ("orderd", lambda: run_orderd(arguments, directory, files, count, check=last))]
            got = {name: run() for name, run in (runs if index % 2 == 0 else runs[::-1])}
            pair = {"floor": got["floor"], **got["orderd"]}
            pair |= {"ratio": pair["whole"] / pair["floor"], "drain_ratio": pair["drain"] / pair["floor"]}
            pairs.append(pair)
            say(f"  pair {index + 1}: floor {pair['floor']:6.0f}/s   orderd {pair['whole']:6.0f}/s whole, {pair['drain']:6.0f}/s drain   "
                f"ratio {pair['ratio']:.3f} whole, {pair['drain_ratio']:.3f} drain   {pair['memory'] / 1e6:.0f} MB")
        found = {"orders": count, "files": len(files), "lines": lines, "real": bool(arguments.real), "batch": best, "pairs": pairs,
                 "surroundings": place.surroundings(directory)}
    for name in ("ratio", "drain_ratio", "floor", "whole", "drain", "memory"):
        found[name] = trial.spread([pair[name] for pair in pairs])
    trial.print_result(arguments, found, "\n".join([
        f"orderd / floor, whole process: {trial.shown(found['ratio'], 3)}, quartiles {found['ratio']['quartiles'][0]:.3f} to {found['ratio']['quartiles'][1]:.3f}",
        f"orderd / floor, drain alone:   {trial.shown(found['drain_ratio'], 3)}",
        f"orderd {trial.shown(found['whole'], 0)} orders/s, floor {trial.shown(found['floor'], 0)}"]))


if __name__ == "__main__":
    main()
