#!/usr/bin/env python3
"""From drop to receipt and to COMPLETED, seen from outside.

Drops one-order files by rename at a steady offered rate, whether or not orderd keeps up (open loop), and watches the partner's receipts/ and status/ through
inotify. Times run from the rename to the moment the file was seen with its content: for a status, the first time it said COMPLETED. The files lie ready on the same
file system before, so that dropping is the rename alone. Prints p50, p99 and the longest, in milliseconds.

Without --spool, a fresh spool is made, orderd is run on it, and both are removed afterwards.
"""

import argparse
import ctypes
import json
import os
import pathlib
import select
import shutil
import struct
import sys
import threading
import time

import load
import trial

IN_CLOSE_WRITE, IN_MOVED_TO, IN_Q_OVERFLOW, IN_CLOEXEC = 0x8, 0x80, 0x4000, 0o2000000
libc = ctypes.CDLL(None, use_errno=True)


class Watch:
    """Events of a few directories: `events` gives (directory, name), and (directory, None) where events were lost."""

    def __init__(self, directories):
        self.descriptor = libc.inotify_init1(IN_CLOEXEC)
        self.directories = {}
        for directory in directories:
            number = libc.inotify_add_watch(self.descriptor, os.fsencode(directory), IN_CLOSE_WRITE | IN_MOVED_TO)
            if self.descriptor < 0 or number < 0:
                sys.exit(f"inotify on {directory}: {os.strerror(ctypes.get_errno())}")
            self.directories[number] = directory

    def events(self, seconds):
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return
        data, at = os.read(self.descriptor, 1 << 20), 0
        while at < len(data):
            number, mask, _, length = struct.unpack_from("iIII", data, at)
            name = data[at + 16:at + 16 + length].rstrip(b"\0").decode(errors="surrogateescape")
            at += 16 + length
            if mask & IN_Q_OVERFLOW:
                yield from ((directory, None) for directory in self.directories.values())
            elif not name.startswith("."):
                yield self.directories[number], name


class Observer(threading.Thread):
    """Notes when each receipt and each COMPLETED was first seen."""

    def __init__(self, receipts, status):
        super().__init__(daemon=True)
        self.receipts, self.status, self.watch = receipts, status, Watch([receipts, status])
        self.receipt_at, self.completed_at, self.other = {}, {}, {}
        self.ended = threading.Event()

    def run(self):
        while not self.ended.is_set():
            for directory, name in self.watch.events(0.1):
                for one in [name] if name else os.listdir(directory):
                    self.look(directory, one)

    def look(self, directory, name):
        now = time.monotonic_ns()
        if directory == self.receipts:
            self.receipt_at.setdefault(name.removesuffix(".receipt.json"), now)
            return
        try:
            status = json.loads((directory / name).read_bytes())
        except FileNotFoundError:
            return
        reference = status.get("orderReference")
        if status["status"] == "COMPLETED":
            self.completed_at.setdefault(reference, now)
            self.other.pop(reference, None)
        else:
            self.other[reference] = status["status"]


def percentile(values, share):
    return values[min(len(values) - 1, max(0, -(-len(values) * share // 100) - 1))]


def summary(name, dropped, seen):
    values = sorted((seen[key] - at) / 1e6 for key, at in dropped.items() if key in seen)
    if not values:
        return {"what": name, "count": 0, "missing": len(dropped)}
    return {"what": name, "count": len(values), "missing": len(dropped) - len(values), "p50_ms": round(percentile(values, 50), 1),
            "p99_ms": round(percentile(values, 99), 1), "max_ms": round(values[-1], 1)}


def measure(arguments, spool_path, partner):
    side = spool_path / "partners" / partner
    receipts, status, drop = side / "receipts/orders", side / "status", side / "orders"
    staging = spool_path / ".bench-staging"
    staging.mkdir()
    try:
        orders = load.orders(arguments)
        for name, _, body in orders:
            (staging / f"{name}.json").write_bytes(body)
        observer = Observer(receipts, status)
        observer.start()

        by_name, by_reference, lag = {}, {}, 0.0
        begin = time.monotonic_ns() + 200_000_000
        for index, (name, reference, _) in enumerate(orders):
            planned = begin + int(index * 1e9 / arguments.rate)
            while (wait := planned - time.monotonic_ns()) > 0:
                time.sleep(wait / 1e9)
            at = time.monotonic_ns()
            os.rename(staging / f"{name}.json", drop / f"{name}.json")
            by_name[f"{name}.json"] = by_reference[reference] = at
            lag = max(lag, (at - planned) / 1e6)
        seconds = (time.monotonic_ns() - begin) / 1e9

        deadline = time.monotonic() + arguments.patience
        while time.monotonic() < deadline and (len(observer.receipt_at) < len(orders) or len(observer.completed_at) < len(orders)):
            time.sleep(0.05)
        observer.ended.set()
        observer.join()
    finally:
        shutil.rmtree(staging, ignore_errors=True)

    results = [summary("receipt", by_name, observer.receipt_at), summary("COMPLETED", by_reference, observer.completed_at)]
    return {"orders": len(orders), "offered_per_s": arguments.rate, "dropped_per_s": round(len(orders) / seconds, 1), "dropper_lag_max_ms": round(lag, 1),
            "surroundings": trial.surroundings(spool_path), "results": results, "not_completed": observer.other}


def report(found):
    print(f"{found['orders']} orders offered at {found['offered_per_s']:g}/s, dropped at {found['dropped_per_s']}/s "
          f"(the dropper was at most {found['dropper_lag_max_ms']} ms late); {found['surroundings']}")
    for result in found["results"]:
        if result["count"]:
            print(f"  drop to {result['what']:<10} p50 {result['p50_ms']:8.1f} ms   p99 {result['p99_ms']:8.1f} ms   max {result['max_ms']:8.1f} ms   "
                  f"({result['count']} seen, {result['missing']} missing)")
        else:
            print(f"  drop to {result['what']:<10} none of {result['missing']} seen")
    for status in sorted(set(found["not_completed"].values())):
        print(f"  {sum(1 for other in found['not_completed'].values() if other == status)} were {status} at the end")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    load.add_options(parser, default_orders=6000)
    trial.add_options(parser)
    parser.add_argument("--rate", type=float, default=100, help="orders offered a second (default: %(default)s)")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for the last ones (default: %(default)s)")
    parser.add_argument("--spool", type=pathlib.Path, help="drop into this spool, on which orderd already runs")
    parser.add_argument("--partner", default="acme", help="who drops (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead")
    arguments = parser.parse_args()

    if arguments.spool:
        found = measure(arguments, arguments.spool, arguments.partner)
    else:
        trial.check(arguments)
        with trial.Place(arguments) as place:
            spool = trial.Spool(place / "spool", arguments, partner=arguments.partner)
            spool.start()
            try:
                found = measure(arguments, spool.path, arguments.partner)
            finally:
                spool.stop()
            spool.call("check")
    print(json.dumps(found)) if arguments.json else report(found)
    return 1 if any(result["missing"] for result in found["results"]) else 0


if __name__ == "__main__":
    sys.exit(main())
