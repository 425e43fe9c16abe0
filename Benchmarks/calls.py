#!/usr/bin/env python3
"""What an order costs in system calls and instructions: figures that hold still on noisy machines.

Two backlogs are drained, of `--orders` and of three times as many one-order files, and the difference is divided by the difference in orders, so that start and stop do not count.
System calls are those of strace -c -f. Instructions are those of callgrind, in user space, all threads. Beside it stands what a run without tools took: processor seconds in user and
kernel mode, and how often a thread slept or was put to sleep (context switches), by the same difference.
"""

import argparse
import re
import resource
import shutil
import subprocess
import sys

import load
import place
import trial


def drained(arguments, directory, count, *before):
    spool = trial.Spool(directory / "spool", arguments, ORDERD_INTAKE_SETTLE="0s")
    for name, body in load.files(load.made_orders(count, arguments.lines, arguments.seed), arguments.per_file, arguments.seed):
        load.drop(spool.drop, name, body)
    was = resource.getrusage(resource.RUSAGE_CHILDREN)
    run, orders = spool.drain(*before)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert orders == {"done": count}, orders
    spool.remove()
    return {"user": now.ru_utime - was.ru_utime, "kernel": now.ru_stime - was.ru_stime, "switches": now.ru_nvcsw - was.ru_nvcsw + now.ru_nivcsw - was.ru_nivcsw}


def system_calls(arguments, directory, count):
    summary = directory / "strace"
    drained(arguments, directory, count, "strace", "-c", "-f", "-qq", "-o", str(summary))
    calls = {}
    for line in summary.read_text().splitlines():
        if found := re.fullmatch(r"\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)", line):
            if found[2] != "total":
                calls[found[2]] = int(found[1])
    return calls


def instructions(arguments, directory, count):
    # Debian's valgrind gives up on debug information of the version that Swift writes.
    bare = directory / "orderd-without-debug-information"
    subprocess.run(["objcopy", "--strip-debug", arguments.orderd, bare], check=True)
    arguments = argparse.Namespace(**(vars(arguments) | {"orderd": bare}))
    log = directory / "callgrind.log"
    drained(arguments, directory, count, "valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/callgrind.out", f"--log-file={log}")
    found = re.search(r"Collected\s*:\s*(\d+)", log.read_text())
    if not found:
        sys.exit("callgrind:\n" + log.read_text()[-2000:])
    return int(found[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trial.add_options(parser)
    parser.add_argument("--orders", type=int, default=5000, help="of the smaller backlog (default: %(default)s)")
    parser.add_argument("--instruction-orders", type=int, default=1000, help="the same under callgrind, which is 50 times slower; 0 leaves it out (default: %(default)s)")
    parser.add_argument("--lines", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--per-file", type=int, default=1, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    trial.check(arguments)
    count = arguments.orders
    found = {"orders": count, "lines": arguments.lines, "per_file": arguments.per_file}
    with place.place(arguments) as directory:
        trial.say(place.surroundings(directory))
        small, large = drained(arguments, directory, count), drained(arguments, directory, 3 * count)
        found["microseconds"] = {name: (large[name] - small[name]) / (2 * count) * 1e6 for name in ("user", "kernel")}
        found["switches"] = (large["switches"] - small["switches"]) / (2 * count)
        trial.say(f"  an order: {found['microseconds']['user']:.0f} us user, {found['microseconds']['kernel']:.0f} us kernel, {found['switches']:.2f} context switches")
        if shutil.which("strace") and arguments.orders:
            small, large = system_calls(arguments, directory, count), system_calls(arguments, directory, 3 * count)
            calls = {name: (number - small.get(name, 0)) / (2 * count) for name, number in large.items()}
            found["calls"] = dict(sorted(calls.items(), key=lambda call: -call[1]))
            found["calls_total"] = sum(calls.values())
            trial.say(f"  {found['calls_total']:.1f} system calls an order: " + ", ".join(f"{name} {number:.2f}" for name, number in found["calls"].items() if number >= 0.05))
        if shutil.which("valgrind") and arguments.instruction_orders:
            count = arguments.instruction_orders
            small, large = instructions(arguments, directory, count), instructions(arguments, directory, 3 * count)
            found["instructions"] = (large - small) / (2 * count)
            trial.say(f"  {found['instructions']:.0f} instructions an order")
        found["surroundings"] = place.surroundings(directory)
    trial.print_result(arguments, found, f"an order of {arguments.lines} lines: {found.get('calls_total', 0):.1f} system calls, {found.get('instructions', 0):.0f} instructions")


if __name__ == "__main__":
    main()
