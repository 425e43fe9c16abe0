#!/usr/bin/env python3
"""Has one partner flood the daemon, and measures how long another partner's single orders take meanwhile.

files: acme renames many one-order files into place at once. large: acme drops one large file of lines. limit: acme has an intake.rateLimit,
and what is more than it stays in its inbox, where `orderd queue` and the metrics must show it. zenith drops one order after the other all
the time; measured is from its rename to its receipt, and to COMPLETED. With --gateway, orders are charged by the simulated gateway, which
takes 200 ms a call. The control gives both floods to zenith itself, in front of its orders: then they must wait. Exit 0 where no order of
zenith took longer than --bound, 1 where one did, 2 where the trial could not be run.

    fairness.py --orderd .build/release/orderd --files 100000 --megabytes 1000
"""
import argparse, json, os, shutil, sys, tempfile, time

sys.dont_write_bytecode = True
import pages
from daemon import Spool, order, until
from machine import Problem


class Flood:
    def __init__(self, options, folder, settings=()):
        self.options = options
        base = {"intake.rescan": "5s", "publish.metricsInterval": "500ms", "intake.settle": "1s"}
        if options.gateway:
            base.update({"payment.gateway": "simulated", "payment.simulatedDelay": "200ms"})
        self.spool = Spool(options.orderd, folder + "/spool", log=folder + "/log", settings={**base, **dict(settings)}).create()
        self.spool.must("partner", "add", "zenith")
        self.count = 0

    def directory(self, partner, *parts):
        return self.spool.path("partners", partner, *parts)

    def stage(self, partner, name, text):
        with open(self.directory(partner, "orders", "." + name + ".part"), "w") as f:
            f.write(text)

    def deliver(self, partner, name):
        os.rename(self.directory(partner, "orders", "." + name + ".part"), self.directory(partner, "orders", name))

    def single(self, to_the_end=True):
        """One order of zenith: seconds to its receipt, and to its end."""
        self.count += 1
        name = "z%d.json" % self.count
        self.stage("zenith", name, order("Z-%d" % self.count))
        began = time.monotonic()
        self.deliver("zenith", name)
        path = self.directory("zenith", "receipts/orders", name + ".receipt.json")
        until(lambda: os.path.exists(path), 600, "an order of zenith had no receipt")
        receipt = time.monotonic() - began
        if not to_the_end:
            return receipt, None
        with open(path) as f:
            status = self.directory("zenith", "status", json.load(f)["orders"][0]["orderId"] + ".json")

        def is_done():
            try:
                with open(status) as f:
                    return json.load(f)["status"] == "COMPLETED"
            except (OSError, ValueError):
                return False

        until(is_done, 600, "an order of zenith was not completed")
        return receipt, time.monotonic() - began

    def singles(self, limit):
        """Orders of zenith one after the other, until acme's flood is over or the time is."""
        taken, end = [], time.monotonic() + limit
        while time.monotonic() < end and (len(taken) < 5 or self.is_flooding()):
            taken.append(self.single())
            time.sleep(0.02)
        return taken

    def is_flooding(self):
        with os.scandir(self.directory("acme", "orders")) as names:
            if any(not entry.name.startswith(".") for entry in names):
                return True
        with os.scandir(self.spool.path("claimed/acme/orders")) as names:
            return any(True for _ in names)


def files(flood, partner="acme"):
    for number in range(flood.options.files):
        flood.stage(partner, "f%d.json" % number, order("F-%s-%d" % (partner, number)))
    flood.spool.start()
    for number in range(flood.options.files):
        flood.deliver(partner, "f%d.json" % number)


def large(flood, partner="acme"):
    size = flood.options.megabytes * 1_000_000
    with open(flood.directory(partner, "orders", ".all.ndjson.part"), "w") as f:
        number = 0
        while f.tell() < size:
            f.write("".join(order("L-%s-%d" % (partner, number + i)) for i in range(1000)))
            number += 1000
    flood.spool.start()
    flood.deliver(partner, "all.ndjson")


def measured(options, name, begin, settings=()):
    folder = tempfile.mkdtemp(prefix="orderd-fairness-", dir=options.dir)
    flood = None
    try:
        flood = Flood(options, folder, settings)
        begin(flood)
        taken = flood.singles(options.seconds)
        shown = ""
        if name == "limit":
            until(lambda: flood.spool.metric('orderd_rate_limited{partner="acme"}') == 1, 10, "the metrics do not show the limit")
            rows = [json.loads(line) for line in flood.spool.must("queue", "--json").splitlines()]
            inbox = next(row for row in rows if row.get("kind") == "inbox" and row["partner"] == "acme" and row["directory"] == "orders")
            if inbox["files"] == 0 or inbox.get("rateLimit") != 600:
                raise Problem("orderd queue does not show the surplus: %s" % inbox)
            shown = "%d files wait in the inbox, as orderd queue and the metrics say" % inbox["files"]
        return taken, shown
    finally:
        if flood:
            flood.spool.kill()
        shutil.rmtree(folder, ignore_errors=True)


def behind_itself(options):
    """The control: zenith's order waits behind zenith's own flood."""
    folder = tempfile.mkdtemp(prefix="orderd-fairness-", dir=options.dir)
    flood = None
    try:
        flood = Flood(options, folder)
        files(flood, "zenith")
        # Behind a flood that is charged, its end is hours away.
        return flood.single(to_the_end=False)[0]
    finally:
        if flood:
            flood.spool.kill()
        shutil.rmtree(folder, ignore_errors=True)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--orderd", required=True, help="the program")
    p.add_argument("--files", type=int, default=20000, help="files that are dropped at once (default: 20000)")
    p.add_argument("--megabytes", type=int, default=100, help="size of the large file (default: 100)")
    p.add_argument("--seconds", type=float, default=30, help="how long zenith goes on at the most (default: 30)")
    p.add_argument("--bound", type=float, default=2, help="seconds to a receipt that are allowed (default: 2)")
    p.add_argument("--gateway", action="store_true", help="orders are charged, 200 ms a call")
    p.add_argument("--dir", default="/dev/shm" if os.path.isdir("/dev/shm") else None, help="where the spools are made")
    p.add_argument("--write", metavar="PAGE", help="write the table into this page")
    options = p.parse_args()
    options.orderd = os.path.abspath(options.orderd)
    rows, slow = [], []
    try:
        trials = [("files", files, ()), ("large", large, ()), ("limit", files, {"intake.rateLimit": "600", "intake.rateBurst": "10"}.items())]
        for name, begin, settings in trials:
            taken, shown = measured(options, name, begin, settings)
            receipts, ends = sorted(t[0] for t in taken), sorted(t[1] for t in taken)
            middle = len(taken) // 2
            rows.append([name, len(taken), "%.0f" % (receipts[middle] * 1e3), "%.0f" % (receipts[-1] * 1e3), "%.0f" % (ends[middle] * 1e3),
                         "%.0f" % (ends[-1] * 1e3), shown])
            print("%-6s %4d orders: receipt median %s ms, longest %s ms; completed median %s, longest %s ms %s" % tuple(rows[-1]), flush=True)
            if receipts[-1] > options.bound:
                slow.append(name)
        own = behind_itself(options)
        print("control: behind a flood of its own partner %.1f s" % own, flush=True)
    except (Problem, OSError) as problem:
        print("fairness: %s" % problem, file=sys.stderr)
        return 2
    if options.write:
        text = "One partner floods the daemon; measured are the single orders of another. One run, %d files, %d MB, spools on tmpfs, orderd %s%s.\n\n    %s\n\n%s\nControl: behind %d files of its own partner an order had its receipt after %.1f s.\n" % (
            options.files, options.megabytes, pages.version(options.orderd), ", charged at 200 ms a call" if options.gateway else "",
            pages.command(__file__),
            pages.table(["flood", "orders of the other", "receipt, median ms", "longest", "completed, median ms", "longest", ""], rows),
            options.files, own)
        pages.write_section(options.write, "Fairness" + (", with a slow gateway" if options.gateway else ""), text)
    return 1 if slow else 0


if __name__ == "__main__":
    sys.exit(main())
