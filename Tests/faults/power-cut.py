#!/usr/bin/env python3
"""Cuts the power under orderd, page cache lost, and looks whether a promise to a partner was broken.

orderd works on an ext4 file system in a file. Beside it, a client drops orders (files renamed into place, files of lines renamed and written
in place, real orders among them), and a collector outside keeps each receipt as soon as it is published. At a random moment, or just when
the Nth receipt is seen, the file system is shut down without a flush of its log (FS_IOC_SHUTDOWN): what was not synced is gone. Then it is
mounted again, orderd started, and compared: no order whose acceptance a receipt told is missing, none is there twice, each receipt says
what it first said, `orderd check` and `orderd audit verify` find nothing. What has no receipt the client drops again; at the end every order
is there once. Controls run with syncs that do nothing, and must fail. Exit 0 where all of that holds, 1 where it does not (or a control
does not fail), 2 where the trial could not be run, 77 where the machine cannot (root, loop devices, ext4; for controls a C compiler).

    power-cut.py --orderd .build/release/orderd --cuts 200
    power-cut.py --orderd ... --cuts 5 --seed 7 --no-controls
    power-cut.py --orderd ... --cuts 20 --without fsync,fdatasync,syncfs     one of the controls: this must fail
"""
import argparse, json, os, random, sys, threading, time

sys.dont_write_bytecode = True
import machine, pages
from daemon import Collector, Spool, order
from machine import Disk, Problem

HERE = os.path.dirname(os.path.abspath(__file__))
CONTROLS = {  # what does nothing: (what that stands for, cuts)
    "fsync,fdatasync,syncfs": ("nothing is ever synced", 20),
    "fsync,fdatasync": ("neither ledger nor journal is synced, what is published is", 20),
    "syncfs": ("ledger and journal are synced, what is published is not", 20),
}


class Client:
    """Drops orders without end, and remembers what has no receipt yet."""

    def __init__(self, rng, spool, staging, lines, small):
        self.rng, self.spool, self.staging, self.lines = rng, spool, staging, lines
        self.made, self.files, self.waiting, self.sent = 0, 0, {}, {}
        self.sizes = [1] * 30 + [3, 3, 3] + ([] if small else [40, 40, 400])
        os.makedirs(staging, exist_ok=True)

    def orders(self, count):
        """Real ones first, then made ones, of which some are refused by the gateway at first."""
        taken = [self.lines.pop() for _ in range(min(count, len(self.lines)))] if self.rng.random() < 0.3 else []
        while len(taken) < count:
            self.made += 1
            token = self.rng.choice([None, None, None, "tok_flaky", "tok_late", "tok_declined"])
            taken.append(order("R-%06d" % self.made, quantity=self.rng.randint(1, 9), token=token))
        return taken

    def work(self, ended):
        """Until told to end, or until the disk is gone."""
        try:
            while not ended.is_set():
                self.drop(self.orders(self.rng.choice(self.sizes)))
                time.sleep(self.rng.choice([0, 0.001, 0.003, 0.01]))
        except OSError:
            pass

    def drop(self, texts):
        self.files += 1
        for text in texts:
            self.waiting[json.loads(text)["orderReference"]] = text
        self.sent.update((reference, True) for reference in self.waiting)
        in_place = self.rng.random() < 0.2
        name = "f%06d.%s" % (self.files, "json" if len(texts) == 1 else "ndjson")
        first = os.path.join(self.spool.drop_directory if in_place else self.staging, name)
        with open(first, "w") as f:
            f.writelines(texts)
            # Some clients sync what they upload.
            if self.rng.random() < 0.3:
                f.flush()
                os.fsync(f.fileno())
        if not in_place:
            os.rename(first, os.path.join(self.spool.drop_directory, name))

    def answered(self, receipts):
        """Takes note of receipts: what they accepted needs no second drop."""
        for content in receipts.values():
            for entry in json.loads(content)["orders"]:
                if entry["verdict"] in ("accepted", "duplicate"):
                    self.waiting.pop(entry.get("orderReference"), None)

    def drop_again(self):
        texts = list(self.waiting.values())
        for start in range(0, len(texts), 200):
            self.drop(texts[start : start + 200])


class Trial:
    """Cuts, on a fresh disk every few of them."""

    def __init__(self, options, folder, without="", preload=None):
        self.options, self.folder, self.without, self.preload = options, folder, without, preload
        self.rng = random.Random("%d %s" % (options.seed, without))
        self.counts = dict.fromkeys(("cuts", "acknowledged", "receipts", "receipts gone", "uploads dropped again", "orders"), 0)
        self.problems = []

    def run(self, cuts):
        while self.counts["cuts"] < cuts:
            self.disk = Disk(self.folder, 256, options="commit=%d" % self.rng.choice([1, 5, 60]))
            try:
                self.life(min(self.options.per_disk, cuts - self.counts["cuts"]))
            finally:
                self.spool.kill()
                self.disk.close()
            if self.without and self.problems:
                break
        return self

    def life(self, cuts):
        with open(os.path.join(HERE, "../../samples/online-retail-500.ndjson")) as f:
            lines = f.readlines()
        self.spool = Spool(self.options.orderd, self.disk.directory + "/spool", log=self.folder + "/log", settings={
            "intake.resumeDeadline": "0s", "payment.gateway": "simulated", "retry.base": "50ms", "retry.cap": "200ms"}).create()
        self.client = Client(self.rng, self.spool, self.disk.directory + "/staging", lines, self.options.small)
        # The client's directory too: a cut right after the start would take it away.
        os.sync()
        if self.without:
            self.spool.environment.update(LD_PRELOAD=self.preload, WITHOUT=self.without)
        self.first = {}
        for _ in range(cuts):
            self.cut()
            self.counts["cuts"] += 1
            if self.has_problems(self.recover):
                return
            self.progress()
        self.has_problems(self.end)

    def has_problems(self, look):
        try:
            problems = look()
        except Problem as problem:
            problems = [str(problem)]
        if problems:
            self.report(problems)
        return bool(problems)

    def cut(self):
        ended = threading.Event()
        collector = Collector(self.spool)
        collector.names = set(os.listdir(self.spool.receipt_directory))
        collector.start()
        work = threading.Thread(target=self.client.work, args=(ended,), daemon=True)
        if self.rng.random() < 0.5:
            # From the first moment on, so that a cut finds the start and its recovery too.
            self.spool.start(wait=False)
            work.start()
            time.sleep(self.rng.uniform(0, self.options.longest))
        else:
            wanted, deadline = self.rng.randint(1, 60), time.monotonic() + 10
            self.spool.start(wait=False)
            work.start()
            while len(collector.first) < wanted and time.monotonic() < deadline and self.spool.daemon.poll() is None:
                time.sleep(0.0005)
        self.disk.cut()
        died = self.spool.daemon.poll()
        self.spool.kill()
        ended.set()
        work.join()
        collector.stop()
        self.first.update(collector.first)
        self.counts["receipts"] += len(collector.first)
        self.disk.unmount()
        self.disk.mount()
        if died not in (None, 2):
            self.problems.append("the daemon ended with %d before the cut" % died)

    def recover(self):
        there = self.spool.receipts()
        self.counts["receipts gone"] += sum(1 for identity, content in self.first.items() if there.get(identity) != content)
        code, _, said = self.spool.run("run", "--drain")
        if code != 0:
            return ["the start ended with %d: %s" % (code, said[-500:])]
        problems = self.compare()
        if problems:
            return problems
        self.client.answered(self.spool.receipts())
        self.counts["uploads dropped again"] += len(self.client.waiting)
        self.client.drop_again()
        return []

    def compare(self):
        problems, there = [], self.spool.receipts()
        changed = [identity for identity, content in self.first.items() if there.get(identity) != content]
        if changed:
            problems.append("%d of %d receipts are gone or changed, as %s: %r" % (
                len(changed), len(self.first), changed[0], there.get(changed[0], b"")[:200]))
        if unreadable := [name for name in there if name.startswith("unreadable")]:
            problems.append("receipts that cannot be read: %s" % unreadable[:3])
        identities, references = {}, {}
        for found in self.spool.orders():
            identities[found["orderId"]] = found["orderReference"]
            references.setdefault(found["orderReference"], []).append(found["orderId"])
        acknowledged, lost = 0, []
        for content in self.first.values():
            for entry in json.loads(content)["orders"]:
                if entry["verdict"] == "accepted":
                    acknowledged += 1
                    if identities.get(entry["orderId"]) != entry["orderReference"]:
                        lost.append(entry["orderId"])
        self.acknowledged = acknowledged
        if lost:
            problems.append("%d of %d acknowledged orders are lost, as %s" % (len(lost), acknowledged, lost[0]))
        if twice := [reference for reference, ids in references.items() if len(ids) > 1]:
            problems.append("%d orders are there twice, as %s" % (len(twice), twice[0]))
        if found := self.spool.check():
            problems.append("check: " + found)
        return problems

    def end(self):
        """Everything that was ever dropped is there once, and the history is whole."""
        code, _, said = self.spool.run("run", "--drain")
        if code != 0:
            return ["the last start ended with %d: %s" % (code, said[-500:])]
        problems = self.compare()
        references = [found["orderReference"] for found in self.spool.orders()]
        self.counts["orders"] += len(references)
        self.counts["acknowledged"] += self.acknowledged
        if set(references) != set(self.client.sent):
            problems.append("%d orders were dropped, %d are there" % (len(self.client.sent), len(set(references))))
        steps = [(e["subject"], e["data"]["step"]) for e in self.spool.journal() if e["type"] == "orderd.order.advanced"]
        if len(steps) != len(set(steps)):
            problems.append("%d steps were done twice" % (len(steps) - len(set(steps))))
        code, out, err = self.spool.run("audit", "verify")
        if code != 0:
            problems.append("audit verify: " + (out + err)[-500:])
        if self.spool.run("run", "--drain")[0] != 0 or self.spool.check():
            problems.append("one more start changes what adds up")
        return problems

    def report(self, problems):
        self.problems += problems
        if not self.without:
            print("\nafter cut %d (seed %d):" % (self.counts["cuts"], self.options.seed))
            for problem in problems:
                print("  " + problem, flush=True)
            if self.options.keep:
                machine.run("cp", "-r", self.disk.directory, "%s/cut-%d" % (self.options.keep, self.counts["cuts"]))
                machine.run("cp", self.folder + "/log", "%s/cut-%d.log" % (self.options.keep, self.counts["cuts"]))

    def progress(self):
        if sys.stderr.isatty():
            print("\r%d cuts, %d receipts, %d problems " % (self.counts["cuts"], self.counts["receipts"], len(self.problems)), end="", file=sys.stderr)


PAGE = """# Power cut

<!-- Written by Tests/faults/power-cut.py --write. Run it again rather than edit it. -->

The power is cut under orderd at random moments, page cache lost: `FS_IOC_SHUTDOWN` without a flush of the log on an ext4 file system in a file, then mounted again and
started. One run: **{date}, orderd {version}, {cuts} cuts, {problems} problems**, {seconds} s on {cores} cores. It needs root.

    {command}

{table}
Half of the cuts come at a random time after the start of the program, recovery from the cut before included; the other half at the moment when a client outside has seen
the Nth receipt. Every tenth cut begins a new disk. After each must hold: the start succeeds; each receipt that was ever seen is there with the same bytes; each order that a
receipt called accepted is in the ledger, and no order twice; `orderd check` finds nothing. The client drops again what has no receipt: in the end each order is there once, no
step was done twice, `orderd audit verify` finds nothing.

- An *upload* that was not synced by its client can be lost with the page cache, cut off or empty: then it has no receipt, or one that refuses it, and is to be dropped again.
- A *receipt* is published before it is synced: it can be gone right after a cut, and the start publishes it again with the same bytes. Nothing is
  published before its events are in the ledger and in the journal, on disk.

## Controls

The same with system calls that do nothing; each must be noticed.

{controls}"""


def trial(options):
    machine.leave_mount_namespace()
    began, missed, controls = time.monotonic(), [], []
    with machine.scratch("orderd-power-") as folder:
        preload = None
        if options.without or not options.no_controls:
            preload = machine.library(folder, "without", machine.WITHOUT)
        main = Trial(options, folder, options.without, preload).run(options.cuts)
        seconds = time.monotonic() - began
        print("%d cuts (seed %d): %s; %d problems" % (
            main.counts["cuts"], options.seed, ", ".join("%d %s" % (v, k) for k, v in main.counts.items() if k != "cuts"), len(main.problems)))
        if options.without:
            print("\n".join("  " + p for p in main.problems))
            return main.problems
        for without, (title, cuts) in CONTROLS.items() if not options.no_controls else ():
            control = Trial(options, folder, without, preload).run(cuts)
            noticed = control.problems[0].split(", as ")[0].split(";")[0].replace("\n", " ") if control.problems else "nothing"
            controls.append(("`%s`" % without, title, control.counts["cuts"], noticed))
            print("control, %s: after %d cuts: %s" % (title, control.counts["cuts"], noticed), flush=True)
            if not control.problems:
                missed.append("the rig does not notice that " + title)
    print("\n".join(missed), end="\n" if missed else "")
    if options.write:
        rows = [(k, main.counts[k]) for k in main.counts] + [("acknowledged orders lost, doubled, or told otherwise", len(main.problems))]
        names = {
            "receipts": "receipts seen before their cut", "receipts gone": "of them gone from the disk after it, and published again",
            "acknowledged": "orders that these receipts called accepted", "uploads dropped again": "orders dropped again, for no receipt was there",
            "orders": "orders in all, each there once"}
        with open(options.write, "w") as f:
            f.write(PAGE.format(
                date=time.strftime("%Y-%m-%d"), version=pages.version(options.orderd), cuts=main.counts["cuts"], problems=len(main.problems),
                seconds=round(seconds), cores=os.cpu_count(), command=pages.command(__file__),
                table=pages.table(["", ""], [(names.get(k, k), v) for k, v in rows]),
                controls=pages.table(["does nothing", "so", "cuts until noticed", "noticed"], controls) if controls else "Not part of this run.\n"))
    return main.problems + missed


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--cuts", type=int, default=200)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--per-disk", type=int, default=10, help="cuts before a new disk is made")
    p.add_argument("--longest", type=float, default=0.5, help="seconds from the start to a cut, at most")
    p.add_argument("--small", action="store_true", help="no file of more than three orders")
    p.add_argument("--without", default="", choices=["", *CONTROLS], help="calls that do nothing: one of the controls, which must fail")
    p.add_argument("--no-controls", action="store_true", help="leave out the runs that must fail")
    p.add_argument("--keep", help="a directory for what a failure leaves")
    p.add_argument("--write", metavar="PAGE", help="write the result into this page")
    return p


if __name__ == "__main__":
    sys.exit(machine.main(trial, parser(), machine.needs_disks))
