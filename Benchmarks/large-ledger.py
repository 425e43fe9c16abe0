#!/usr/bin/env python3
"""Makes a spool with a long history, and measures throughput in it against an empty one.

  large-ledger.py --orders 1000000 --keep DIR     makes the spool DIR with a million completed orders, and ends
  large-ledger.py --from DIR                      measures in that spool, on its own file system; it is gone afterwards
  large-ledger.py --orders 1000000                makes one, and drains `--files` one-order files in it and in a fresh spool, in `--pairs` pairs

make-history (swift build -c release --product make-history) records the history by the ledger's own verbs: tables, journal and hash chain are what orderd writes, on the days up to
yesterday. The files of these ended orders (done/, status/, receipts/) are not made, as after the end of a retention, so that ten million orders fit a disk: about 3 KB of ledger and
3 KB of journal each. `orderd audit verify` and `orderd check --quick`, which leaves ended orders out, must find nothing before anything is measured.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import time

import load
import place
import trial


def make(arguments, path):
    """A spool with `arguments.orders` completed orders."""
    if not os.access(arguments.maker, os.X_OK):
        sys.exit(f"{arguments.maker} is not there: swift build -c release --product make-history")
    needed, free = arguments.orders * 7000 // 1_000_000, shutil.disk_usage(path.parent).free // 1_000_000
    if needed > free:
        sys.exit(f"{arguments.orders} orders need about {needed} MB, and {path.parent} has {free} MB left")
    begin = time.monotonic()
    maker = subprocess.Popen([arguments.maker, path, str(arguments.orders), str(arguments.days)], stdout=subprocess.PIPE, text=True)
    for line in maker.stdout:
        made = int(line.split()[0])
        trial.say(f"  {made} of {arguments.orders} made, {made / (time.monotonic() - begin):.0f}/s")
    if maker.wait() != 0:
        sys.exit(f"make-history gave {maker.returncode}")
    return trial.Spool(path, arguments, make=False), time.monotonic() - begin


def sizes(path):
    ledger = sum(file.stat().st_size for file in path.glob("state/ledger.sqlite*"))
    journal = sum(file.stat().st_size for file in path.glob("journal/*/*"))
    return {"ledger": ledger, "journal": journal}


def drained(spool, directory, seed, count, before):
    for name, body in load.files(load.made_orders(count, 2, seed), 1, seed):
        load.drop(spool.drop, name, body)
    subprocess.run(["sync", "--file-system", directory], check=True)
    run, orders = spool.drain()
    assert orders == {"done": count + before}, orders
    return {"whole": count / run.seconds, "drain": count / run.working, "memory": run.peak}


def compare(arguments, directory, large, before):
    large.call("partner", "add", "acme")
    acme = trial.Spool(large.path, arguments, make=False, ORDERD_INTAKE_SETTLE="0s")
    # Not counted: the first writes into a file that is new to the page cache.
    drained(acme, directory, 99, arguments.files, before)
    before += arguments.files
    pairs = []
    for index in range(arguments.pairs):
        seed = 100 + index

        def in_large():
            return drained(acme, directory, seed, arguments.files, before + index * arguments.files)

        def in_empty():
            spool = trial.Spool(directory / "fresh", arguments, ORDERD_INTAKE_SETTLE="0s")
            found = drained(spool, directory, seed, arguments.files, 0)
            spool.remove()
            return found

        runs = [("large", in_large), ("empty", in_empty)]
        got = {name: run() for name, run in (runs if index % 2 == 0 else runs[::-1])}
        pair = got | {"ratio": got["large"]["whole"] / got["empty"]["whole"], "drain_ratio": got["large"]["drain"] / got["empty"]["drain"]}
        pairs.append(pair)
        trial.say(f"  pair {index + 1}: large {pair['large']['whole']:.0f}/s whole, {pair['large']['drain']:.0f}/s drain   "
                  f"empty {pair['empty']['whole']:.0f}/s, {pair['empty']['drain']:.0f}/s   ratio {pair['ratio']:.3f}, {pair['drain_ratio']:.3f}")
    return {name: trial.spread([pair[name] for pair in pairs]) for name in ("ratio", "drain_ratio")} | {
        "large": trial.spread([pair["large"]["whole"] for pair in pairs]), "empty": trial.spread([pair["empty"]["whole"] for pair in pairs])}


def verified(arguments, spool):
    """Seconds that the checks took; they must hold."""
    taken = {}
    for words in (["check", "--quick"], ["audit", "verify"]):
        begin = time.monotonic()
        spool.call(*words)
        taken[" ".join(words)] = time.monotonic() - begin
        trial.say(f"  orderd {' '.join(words)}: clean, {taken[' '.join(words)]:.0f} s")
    return taken


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trial.add_options(parser)
    parser.add_argument("--orders", type=int, default=1_000_000, help="in the history (default: %(default)s)")
    parser.add_argument("--files", type=int, default=20_000, help="drained in each run (default: %(default)s)")
    parser.add_argument("--pairs", type=int, default=7, help="default: %(default)s")
    parser.add_argument("--days", type=int, default=365, help="that the history is spread over (default: %(default)s)")
    parser.add_argument("--maker", type=pathlib.Path, default=trial.ROOT / ".build/release/make-history", help="default: %(default)s")
    parser.add_argument("--unverified", action="store_true", help="leave out orderd check and audit verify")
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIR", help="make the spool there, and end")
    parser.add_argument("--from", type=pathlib.Path, metavar="DIR", dest="made", help="measure in a spool that --keep made of --orders orders, and remove it: a long making needs no quiet machine")
    # Room for the history, and for what each drain leaves: below its reserve of free space orderd takes nothing.
    parser.set_defaults(megabytes=13_500)
    arguments = parser.parse_args()
    trial.check(arguments)
    if arguments.made:
        # Both sides of a pair on one file system.
        arguments.on, arguments.dir = "disk", arguments.made.parent
    if arguments.keep:
        spool, seconds = make(arguments, arguments.keep)
        found = {"orders": arguments.orders, "seconds": seconds, **sizes(arguments.keep)}
        if not arguments.unverified:
            found["verified"] = verified(arguments, spool)
        trial.print_result(arguments, found, f"{arguments.orders} orders in {seconds:.0f} s; {found}")
        return
    with place.place(arguments) as directory:
        trial.say(place.surroundings(directory))
        if arguments.made:
            large, seconds = trial.Spool(arguments.made, arguments, make=False), None
        else:
            large, seconds = make(arguments, directory / "large")
        found = {"orders": arguments.orders, "files": arguments.files, "made_seconds": seconds, **sizes(large.path)}
        trial.say(f"  ledger {found['ledger'] / arguments.orders:.0f} bytes an order, journal {found['journal'] / arguments.orders:.0f}")
        if not arguments.unverified:
            found["verified"] = verified(arguments, large)
        found |= compare(arguments, directory, large, arguments.orders)
        found["surroundings"] = place.surroundings(directory)
        large.remove()
    trial.print_result(arguments, found, f"{arguments.orders} orders in the ledger / none: {trial.shown(found['ratio'], 3)} whole, {trial.shown(found['drain_ratio'], 3)} drain; "
                       f"{found['large']['median']:.0f}/s and {found['empty']['median']:.0f}/s")


if __name__ == "__main__":
    main()
