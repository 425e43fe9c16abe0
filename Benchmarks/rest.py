#!/usr/bin/env python3
"""How often orderd wakes while nothing happens.

A fresh daemon is left alone for `--settle` seconds, then watched twice for `--seconds`: voluntary context switches of all its threads, which count waits for disks and locks too, and
processor time; then, by strace, its waits that ended (a wait of more than a millisecond in poll, epoll_wait, futex and their like is a wake-up) and its
other system calls. `--completed` orders are drained beforehand, so that it is no empty spool. Without strace only the first watch is made.
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


WAITS = {"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait", "futex", "nanosleep", "clock_nanosleep", "restart_syscall"}


def traced(pid, seconds):
    """Waits that ended, by thread and call, and all calls, a minute."""
    names = {thread: "main" if thread == str(pid) else open(f"/proc/{pid}/task/{thread}/comm").read().strip() + " " + str(index)
             for index, thread in enumerate(sorted(os.listdir(f"/proc/{pid}/task"), key=int))}
    woken, calls = {}, {}
    with tempfile.NamedTemporaryFile() as log:
        strace = subprocess.Popen(["strace", "-f", "-T", "-qq", "-o", log.name, "-p", str(pid)], stderr=subprocess.DEVNULL)
        begin = time.monotonic()
        time.sleep(seconds)
        strace.send_signal(signal.SIGINT)
        strace.wait()
        minutes = (time.monotonic() - begin) / 60
        for line in open(log.name, errors="replace"):
            # "PID poll(...) = 0 <1.0>", or in two lines, the second "PID <... poll resumed>...".
            found = re.match(r"(\d+)\s+(?:<\.\.\. )?(\w+)", line)
            if not found or "unfinished" in line:
                continue
            calls[found[2]] = calls.get(found[2], 0) + 1
            taken = re.search(r"<([\d.]+)>$", line.rstrip())
            if found[2] in WAITS and taken and float(taken[1]) > 0.001:
                who = f"{names.get(found[1], 'a thread')}: {found[2]}"
                woken[who] = woken.get(who, 0) + 1
    return {"wakeups_a_minute": sum(woken.values()) / minutes, "waits_a_minute": {who: count / minutes for who, count in woken.items()},
            "calls_a_minute": {name: count / minutes for name, count in sorted(calls.items(), key=lambda call: -call[1])}}


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
        found = {"switches_a_minute": sum(woken.values()), "threads": woken, "processor_seconds_an_hour": used / minutes * 60, "seconds": arguments.seconds}
        if shutil.which("strace"):
            found |= traced(run.pid, arguments.seconds)
        run.stop()
        found["surroundings"] = place.surroundings(directory)
    show = lambda counts: ", ".join(f"{name} {count:.0f}" for name, count in counts.items())
    trial.print_result(arguments, found, f"voluntary switches a minute: {found['switches_a_minute']:.1f} ({show(found['threads'])}); {found['processor_seconds_an_hour']:.1f} s of processor an hour" + (
        f"\nwake-ups a minute: {found['wakeups_a_minute']:.1f} ({show(found['waits_a_minute'])})\nsystem calls a minute: {show(found['calls_a_minute'])}"
        if "calls_a_minute" in found else ""))


if __name__ == "__main__":
    main()
