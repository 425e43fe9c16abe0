#!/usr/bin/env python3
"""Every figure of docs/performance.md: runs the other programs of this directory, one after the other, and writes what they found into the page.

  all.py                        about an hour on two quiet cores; progress on standard error
  all.py --quick                a few minutes, for a look: the figures are rough, and the page is not written
  all.py --only drain peers     some parts; the others on the page stay as they are
  all.py --list                 the parts

Each part has a section of its own between markers in the page, with its date, its commit and its surroundings. What each found is kept as JSON in .build/bench/. The table of aims is made
from these. Nothing else should run meanwhile: the load is printed with each figure. As root it measures on ext4 in memory, else on tmpfs.
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys
import time

import page
import place
import trial

HERE = pathlib.Path(__file__).resolve().parent


class Parts:
    """The programs with their arguments, by part: each run has a name."""

    def __init__(self, arguments):
        self.quick, self.real = arguments.quick, ["--real", str(arguments.real)]
        self.orderd = ["--orderd", str(arguments.orderd)] + [word for setting in arguments.settings for word in ("--set", setting)]
        self.floor = ["--floor", str(arguments.floor)]
        self.quiet = "ext4" if place.can_mount() else "tmpfs"
        self.disk = ["--dir", str(arguments.disk)]
        self.ten_million = arguments.ten_million
        # A short look needs no image that fits a million orders.
        self.small = ["--megabytes", "3000"] if self.quick else []

    def sized(self, full, quick):
        return str(quick if self.quick else full)

    def drain(self):
        pairs, orders = ["--pairs", self.sized(7, 2)], ["--orders", self.sized(30_000, 2_000)]
        common = ["backlog.py", *self.orderd, *self.floor, *pairs]
        yield f"{self.quiet}, 2 lines", [*common, *orders, "--on", self.quiet]
        yield f"{self.quiet}, real orders", [*common, *orders, "--on", self.quiet, *self.real]
        if self.quiet != "tmpfs":
            yield "tmpfs, 2 lines", [*common, *orders, "--on", "tmpfs"]
            yield "tmpfs, real orders", [*common, *orders, "--on", "tmpfs", *self.real]
        yield "disk, 2 lines", [*common, *orders, *self.disk]
        yield "disk, real orders", [*common, "--orders", self.sized(10_000, 2_000), *self.disk, *self.real]

    def latency(self):
        common = ["drop-latency.py", *self.orderd, "--seconds", self.sized(20, 3), "--idle-orders", self.sized(100, 10)]
        yield self.quiet, [*common, "--on", self.quiet, "--rate", "0", "100", "500", "1000", "2000"]
        yield "disk", [*common, *self.disk, "--rate", "0", "500"]

    def peers(self):
        common = ["peers.py", *self.orderd, "--orders", self.sized(20_000, 1_000), "--messages", self.sized(5_000, 500),
                  "--script-orders", self.sized(5_000, 300), "--rounds", self.sized(5, 2)]
        yield self.quiet, [*common, "--on", self.quiet]
        yield "disk", [*common, *self.disk, "--script-orders", self.sized(2_000, 100)]

    def reader(self):
        program = ["--program", str(pathlib.Path(self.orderd[1]).parent / "read-benchmark")]
        size = ["--rounds", self.sized(9, 3), "--seconds", self.sized(0.5, 0.2)]
        yield "made orders", ["reader.py", *program, *size]
        yield "real orders", ["reader.py", *program, *size, *self.real]

    def cost(self):
        common = ["calls.py", *self.orderd, "--on", self.quiet]
        yield "2 lines", [*common, "--orders", self.sized(5_000, 500), "--instruction-orders", self.sized(1_000, 100)]
        yield "2 lines, NDJSON", [*common, "--per-file", "1000", "--orders", self.sized(5_000, 1_000), "--instruction-orders", self.sized(2_000, 0)]

    def rest(self):
        yield "idle", ["rest.py", *self.orderd, "--on", self.quiet, "--seconds", self.sized(60, 10), "--settle", self.sized(35, 5)]

    def memory(self):
        yield "memory", ["memory.py", *self.orderd, "--on", self.quiet, "--files", self.sized(1_000_000, 20_000), "--seconds", self.sized(20, 3),
                         "--sizes", *(["5"] if self.quick else ["100", "1000"]), *self.small]

    def start(self):
        yield "start", ["start.py", *self.orderd, "--on", self.quiet, "--starts", self.sized(5, 2),
                        "--queued", *(["0", "5000"] if self.quick else ["0", "100000", "1000000"]), *self.small]

    def history(self):
        common = ["large-ledger.py", *self.orderd, "--files", self.sized(20_000, 1_000), "--pairs", self.sized(7, 2), "--maker", str(pathlib.Path(self.orderd[1]).parent / "make-history")]
        yield "1 million", [*common, "--orders", self.sized(1_000_000, 20_000), "--on", self.quiet, *self.small]
        if self.ten_million:
            yield "10 million", [*common, "--orders", "10000000", *self.disk]


NAMES = ["drain", "latency", "peers", "reader", "cost", "rest", "memory", "start", "history"]


def run_part(name, runs, kept, versions, quick):
    """Runs the programs of a part; what they found, by run."""
    found = {}
    for run, (program, *words) in runs:
        trial.say(f"== {name}: {run}  ({program} {' '.join(map(str, words))})")
        begin = time.monotonic()
        done = subprocess.run([sys.executable, HERE / program, *words, "--json"], stdout=subprocess.PIPE, text=True)
        if not done.stdout.strip():
            # The others are worth having all the same.
            trial.say(f"   gave {done.returncode} and no figures")
            continue
        found[run] = json.loads(done.stdout.splitlines()[-1]) | {"took": round(time.monotonic() - begin), "program": program}
        trial.say(f"   {found[run]['took']} s")
    if found:
        part = {"part": name, "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), "quick": quick, "versions": versions, "runs": found}
        kept.mkdir(parents=True, exist_ok=True)
        (kept / f"{name}.json").write_text(json.dumps(part, indent=1))
    return bool(found)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="PART", help="some parts, in this order")
    parser.add_argument("--list", action="store_true", help="name the parts and their commands, and end")
    parser.add_argument("--quick", action="store_true", help="small counts; the page is not written unless --write is given")
    parser.add_argument("--ten-million", action="store_true", help="also throughput with ten million orders in the ledger: about half an hour and 60 GB of --disk")
    parser.add_argument("--orderd", type=pathlib.Path, default=trial.ROOT / ".build/release/orderd", help="default: %(default)s")
    parser.add_argument("--set", action="append", default=[], metavar="VARIABLE=VALUE", dest="settings", help="an environment variable for orderd; may be repeated")
    parser.add_argument("--floor", type=pathlib.Path, default=trial.ROOT / "../shared/bench/floor.c", help="the floor's source (default: %(default)s)")
    full = trial.ROOT / "../shared/data/online-retail/orders.ndjson.xz"
    parser.add_argument("--real", type=pathlib.Path, default=full if full.exists() else trial.ROOT / "samples/online-retail-500.ndjson", help="real orders (default: %(default)s)")
    parser.add_argument("--disk", type=pathlib.Path, default=trial.ROOT / ".build", help="a directory of the real disk (default: %(default)s)")
    parser.add_argument("--write", type=pathlib.Path, metavar="PAGE", help="default: docs/performance.md; none with --quick")
    parser.add_argument("--page-only", action="store_true", help="write the page from what was found before")
    arguments = parser.parse_args()
    parts = Parts(arguments)
    if arguments.list:
        for name in arguments.only:
            for run, words in getattr(parts, name)():
                print(f"{name:<8} {run:<20} {' '.join(map(str, words))}")
        return 0
    trial.check(arguments)
    target = arguments.write or (None if arguments.quick else trial.ROOT / "docs/performance.md")
    kept = trial.ROOT / (".build/bench-quick" if arguments.quick else ".build/bench")
    versions = place.versions(arguments.orderd)
    complete = True
    for name in arguments.only if not arguments.page_only else []:
        complete = run_part(name, getattr(parts, name)(), kept, versions, arguments.quick) and complete
        if target:
            page.write(target, kept)
    if arguments.page_only and target:
        page.write(target, kept)
    print(page.text(kept, arguments.only))
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
