#!/usr/bin/env python3
"""Fills the disk under a running orderd, below its reserve and to the last block, and looks what it does, and what is left afterwards.

reserve: below `intake.diskReserve` intake must pause, with a critical log line and the metric orderd_disk_low at 1; orders in hand must go
on to their end; with room again, intake must go on by itself. full: with no reserve the disk is filled to within a few blocks while files
come in; orderd may go on or stop with exit code 2 and a message, must not die otherwise; with room again, and started again where it
stopped, every receipt says what it first said and every order is there once. inodes: the same where files cannot be made. Controls must
fail: no reserve; an upload that somebody deletes. Exit 0 where all holds, 1 where it does not, 2 where the trial could not be run, 77
where the machine cannot (root, loop devices, ext4).

    disk-full.py --orderd .build/release/orderd --fills 30
"""
import argparse, os, random, sys, time

sys.dont_write_bytecode = True
import machine, pages
from daemon import Collector, Spool, differences, order, until
from machine import Disk, Problem

MEGABYTE = 1 << 20


class Trial:
    def __init__(self, options, folder, megabytes=256):
        self.options, self.rng = options, random.Random(options.seed)
        self.disk = Disk(folder, megabytes)
        self.problems, self.counts = [], {}
        self.spool = Spool(options.orderd, self.disk.directory + "/spool", log=folder + "/log", settings={
            "payment.gateway": "simulated", "retry.base": "1s", "retry.cap": "1s", "retry.breakerThreshold": "1000", "retry.limit": "100",
            "intake.rescan": "1s", "publish.metricsInterval": "200ms"}).create()
        self.ballast, self.staging = self.disk.directory + "/ballast", self.disk.directory + "/staging"
        os.mkdir(self.staging)

    def free(self):
        at = os.statvfs(self.disk.directory)
        return at.f_bavail * at.f_frsize

    def fill(self, leave):
        """All but so many bytes; root's reserve of blocks is for nobody here (it is taken off by tune2fs)."""
        with open(self.ballast, "ab") as f:
            more = self.free() - leave
            if more > 0:
                try:
                    os.posix_fallocate(f.fileno(), f.tell(), more)
                except OSError:
                    pass

    def empty(self):
        if os.path.exists(self.ballast):
            os.unlink(self.ballast)

    def stage(self, name, text):
        with open(os.path.join(self.staging, name), "w") as f:
            f.write(text)

    def deliver(self, name):
        os.rename(os.path.join(self.staging, name), os.path.join(self.spool.drop_directory, name))

    def has_receipt(self, name):
        return os.path.exists(os.path.join(self.spool.receipt_directory, name + ".receipt.json"))

    def wanted(self, condition, limit, problem):
        try:
            return until(condition, limit, problem)
        except Problem as error:
            self.problems.append(str(error))
            return limit

    def close(self):
        self.spool.kill()
        self.disk.close()


def reserve(trial, reserve="24MiB"):
    """below the reserve, then room again"""
    spool = trial.spool
    spool.settings["intake.diskReserve"] = reserve
    spool.start()
    # In hand: refused by the gateway twice, a second apart.
    spool.drop("hand.ndjson", "".join(order("H-%d" % i, token="tok_flaky") for i in range(20)))
    until(lambda: trial.has_receipt("hand.ndjson"), 10, "no receipt though there is room")
    trial.stage("later.json", order("L-1"))
    trial.fill(16 * MEGABYTE)
    low = trial.wanted(lambda: "level=critical" in spool.said() and "disk is nearly full" in spool.said(), 4, "no critical log line")
    trial.deliver("later.json")
    trial.wanted(lambda: spool.metric("orderd_disk_low") == 1, 4, "orderd_disk_low is not 1 while the disk is low")
    done = trial.wanted(lambda: {o["status"] for o in spool.orders() if o["orderReference"].startswith("H-")} == {"COMPLETED"}, 15,
                        "orders in hand did not go on while the disk was low")
    if trial.has_receipt("later.json"):
        trial.problems.append("a file was taken while the disk was low")
    code, why, _ = spool.run("why", "later.json")
    if "disk" not in why:
        trial.problems.append("`orderd why` does not name the disk: %s" % why.strip())
    trial.empty()
    again = trial.wanted(lambda: trial.has_receipt("later.json"), 5, "intake did not go on by itself")
    trial.wanted(lambda: spool.metric("orderd_disk_low") == 0, 5, "orderd_disk_low is not 0 with room again")
    # With nothing to do, the alert must be there too.
    time.sleep(0.5)
    trial.fill(16 * MEGABYTE)
    trial.wanted(lambda: spool.metric("orderd_disk_low") == 1, 5, "orderd_disk_low is not 1 where an idle daemon's disk becomes low")
    trial.empty()
    if spool.stop() != 0:
        trial.problems.append("it did not stop cleanly")
    trial.problems += differences(spool, {}, ["H-%d" % i for i in range(20)] + ["L-1"])
    trial.counts = {"paused after": "%.1f s" % low, "orders in hand done after": "%.1f s" % done, "intake on again after": "%.1f s" % again}


def full(trial, fills=None, doctor=False):
    """to the last blocks, room again, again and again"""
    spool, references, files, stops, first = trial.spool, [], 0, 0, {}
    spool.start()
    for fill in range(fills or trial.options.fills):
        names = []
        for i in range(trial.rng.randint(5, 60)):
            files += 1
            count = trial.rng.choice([1] * 9 + [30])
            texts = [order("F-%d-%d" % (files, j)) for j in range(count)]
            names.append("f%05d.%s" % (files, "json" if count == 1 else "ndjson"))
            trial.stage(names[-1], "".join(texts))
            references += ["F-%d-%d" % (files, j) for j in range(count)]
        collector = Collector(spool)
        collector.names = set(os.listdir(spool.receipt_directory))
        collector.start()
        early = trial.rng.random() < 0.5
        if early:
            trial.fill(trial.rng.choice([0, 0, 4096, 16384, 65536, 300000]))
        for i, name in enumerate(names):
            if not early and i == len(names) // 2:
                trial.fill(0)
            try:
                trial.deliver(name)
            except OSError:
                # No block for the directory's entry: the partner's client hears of it, and comes again.
                trial.empty()
                trial.deliver(name)
                trial.fill(0)
        time.sleep(trial.rng.uniform(0.05, 0.4))
        if doctor:
            for name in os.listdir(spool.drop_directory):
                os.unlink(os.path.join(spool.drop_directory, name))
        trial.empty()
        for _ in range(2):
            # What it began while the disk was full may still fail a moment later.
            time.sleep(0.05)
            code = spool.daemon.poll()
            if code is not None:
                stops += 1
                if code != 2 or "level=critical" not in spool.said() or "space" not in spool.said():
                    trial.problems.append("it ended with %d: %s" % (code, spool.said()[-300:]))
                spool.start(wait=False)
        trial.wanted(lambda: spool.daemon.poll() is not None or all(trial.has_receipt(name) for name in names), 10, "files have no receipt")
        if spool.daemon.poll() is not None:
            trial.problems.append("with room again it ended with %d: %s" % (spool.daemon.returncode, spool.said()[-300:]))
            break
        collector.stop()
        first.update(collector.first)
        if trial.problems:
            break
    # What could not be published is tried again after at most some seconds here.
    trial.wanted(lambda: spool.daemon.poll() is not None or not spool.check(), 20, "it does not add up 20 s after there is room again")
    if spool.daemon.poll() is None and spool.stop() != 0:
        trial.problems.append("it did not stop cleanly")
    trial.problems += differences(spool, first, references)
    trial.counts = {"fills": fill + 1, "files": files, "stops with code 2": stops}


SCENARIOS = {"reserve": reserve, "full": full}
CONTROLS = {
    "reserve": ("no reserve is set", lambda trial: reserve(trial, "0B")),
    "full": ("what waits in the drop directory is deleted while the disk is full", lambda trial: full(trial, fills=6, doctor=True)),
}


def play(options, scenario):
    with machine.scratch("orderd-full-") as folder:
        trial = Trial(options, folder)
        try:
            machine.run("tune2fs", "-m", "0", trial.disk.device.path)
            scenario(trial)
        except Problem as problem:
            trial.problems.append(str(problem))
        finally:
            if trial.problems and options.keep:
                machine.run("cp", folder + "/log", options.keep)
            trial.close()
        return trial


def trial(options):
    machine.leave_mount_namespace()
    rows, controls, problems = [], [], []
    for name, scenario in SCENARIOS.items():
        done = play(options, scenario)
        counts = ", ".join("%s: %s" % item for item in done.counts.items())
        rows.append((name, scenario.__doc__, counts, len(done.problems)))
        print("%-8s %s; %d problems" % (name, counts, len(done.problems)), flush=True)
        for problem in done.problems[:10]:
            print("  " + problem)
        problems += done.problems
    for name, (title, scenario) in CONTROLS.items() if not options.no_controls else ():
        done = play(options, scenario)
        controls.append((title, done.problems[0].split(", as ")[0] if done.problems else "nothing"))
        print("control, %s: %s" % (title, done.problems[0] if done.problems else "nothing noticed"), flush=True)
        if not done.problems:
            problems.append("the rig does not notice that " + title)
    if options.write:
        pages.write_section(options.write, "Disk full", PAGE.format(
            date=time.strftime("%Y-%m-%d"), version=pages.version(options.orderd), command=pages.command(__file__),
            table=pages.table(["scenario", "", "seen", "problems"], rows),
            controls=pages.table(["control", "noticed"], controls) if controls else "Not part of this run.\n"))
    return problems


PAGE = """An ext4 file system of 256 MB is filled under the running daemon. One run: **{date}, orderd {version}**. It needs root.

    {command}

{table}
- Below `intake.diskReserve`: a log line at level critical, `orderd_disk_low 1` (of an idle daemon too), nothing is taken, `orderd why` names the disk, orders in hand come to their end; with room again intake
  goes on by itself.
- To the last block, without a reserve: it goes on, or stops with code 2 and says that there is no space. With room again, started again where it stopped, each receipt says what it first said, each
  order that was dropped is there once, `orderd check` finds nothing.

{controls}"""


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--fills", type=int, default=30, help="how often the disk is filled to its end")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--no-controls", action="store_true", help="leave out the runs that must fail")
    p.add_argument("--keep", help="a directory for the log of a failure")
    p.add_argument("--write", metavar="PAGE", help="write the result into its section of this page")
    return p


if __name__ == "__main__":
    sys.exit(machine.main(trial, parser(), machine.needs_disks))
