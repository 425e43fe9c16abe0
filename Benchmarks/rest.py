#!/usr/bin/env python3
"""How often orderd wakes while nothing happens.

A fresh daemon is left alone for `--settle` seconds, then watched for `--seconds`: voluntary context switches of all its threads (each sleep that ended was a
wake-up), system calls of a second watch by strace -f -c, and processor time. `--completed` orders are drained beforehand, so that it is no empty spool.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

import load
import place
import trial


def switches(pid):
    """Voluntary context switches of each thread: its name, its count."""
    counts = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as status:
            text = status.read()
        name = re.search(r"^Name:\s*(.*)$", text, re.MULTILINE)[1]
        counts[f"{name} {thread}"] = int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", text, re.MULTILINE)[1])
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trial.add_options(parser)
    parser.add_argument("--seconds", type=float, default=120, help="default: %(default)s")
    parser.add_argument("--settle", type=float, default=35, help="default: %(default)s")
    parser.add_argument("--completed", type=int, default=1000, help="default: %(default)s")
    arguments = parser.parse_args()
    trial.check(arguments)
    with place.place(arguments) as directory:
        spool = trial.Spool(directory / "spool", arguments)
        for name, body in load.files(load.made_orders(arguments.completed, 2, 1), 1, 1):
            load.drop(spool.drop, name, body)
        run = spool.start()
        time.sleep(arguments.settle)
        before, used = switches(run.pid), run.processor()
        begin = time.monotonic()
        time.sleep(arguments.seconds)
        after, used = switches(run.pid), run.processor() - used
        minutes = (time.monotonic() - begin) / 60
        woken = {thread: (count - before.get(thread, 0)) / minutes for thread, count in after.items() if count != before.get(thread, 0)}
        found = {"wakeups_a_minute": sum(woken.values()), "threads": woken, "processor_seconds_an_hour": used / minutes * 60, "seconds": arguments.seconds}
        if shutil.which("strace"):
            with tempfile.NamedTemporaryFile() as summary:
                strace = subprocess.Popen(["strace", "-f", "-c", "-qq", "-o", summary.name, "-p", str(run.pid)], stderr=subprocess.DEVNULL)
                begin = time.monotonic()
                time.sleep(arguments.seconds)
                strace.send_signal(signal.SIGINT)
                strace.wait()
                minutes = (time.monotonic() - begin) / 60
                text = open(summary.name).read()
            calls = {name: int(number) / minutes for number, name in re.findall(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$", text, re.MULTILINE) if name != "total"}
            found["calls_a_minute"] = calls
        run.stop()
        found["surroundings"] = place.surroundings(directory)
    trial.print_result(arguments, found, f"{found['wakeups_a_minute']:.1f} wake-ups a minute {woken}, {found['processor_seconds_an_hour']:.1f} s of processor an hour; "
                       f"system calls a minute: {found.get('calls_a_minute')}")


if __name__ == "__main__":
    main()
