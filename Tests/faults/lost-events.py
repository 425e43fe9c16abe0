#!/usr/bin/env python3
"""Takes inotify's events away from orderd in several ways, and looks whether each dropped file is still found, within one rescan.

overflow: while the daemon stands still (SIGSTOP) more happens than the kernel's queue holds, then files are renamed into place, whose events
are lost; it must look through the directory at once. many: so many files at once that their own events overflow. replaced: a drop
directory is renamed away and made again, while it runs and while it does not. watches, instances: the user may have no more watches, or no
inotify at all (in a user namespace). behind, fuse: the spool lies on overlayfs, or on FUSE (bindfs), and files are renamed in the layer
below, so that no event ever comes. Control: where nothing is watched and the rescan is an hour away, nothing is found, which must be noticed. Exit 0 where
all holds, 1 where it does not, 2 where the trial could not be run, 77 where the machine cannot.

    lost-events.py --orderd .build/release/orderd --files 100000
"""
import argparse, os, shutil, subprocess, signal, sys, time

sys.dont_write_bytecode = True
import machine, pages
from daemon import Spool, differences, order, until
from machine import CannotRun, Problem

RESCAN = 2.0
LATE = 3.0  # seconds that a busy machine may need beside the rescan


class Trial:
    def __init__(self, options, folder, name):
        self.options, self.folder, self.name = options, folder, name
        self.root = "%s/%s" % (folder, name)
        self.problems, self.files, self.slowest, self.limit, self.note = [], 0, 0.0, 0.0, ""
        self.references, self.spool = [], None

    def make(self, root=None, rescan="%dms" % (RESCAN * 1000)):
        self.spool = Spool(self.options.orderd, root or self.root, log=self.root + ".log", settings={"intake.rescan": rescan}).create()
        self.staging = self.root + ".staging"
        os.mkdir(self.staging)
        return self.spool

    def stage(self, count, prefix):
        names = []
        for i in range(count):
            self.references.append("%s-%06d" % (prefix, i))
            names.append("%s.json" % self.references[-1])
            with open(os.path.join(self.staging, names[-1]), "w") as f:
                f.write(order(self.references[-1]))
        return names

    def deliver(self, names, directory=None):
        for name in names:
            os.rename(os.path.join(self.staging, name), os.path.join(directory or self.spool.drop_directory, name))

    def found(self, names, limit, per_file=0.003):
        """Waits for the receipts of these files; what is missing after the limit, and time to work on so many, is a problem."""
        began, wanted = time.monotonic(), {name + ".receipt.json" for name in names}
        self.files += len(names)
        # The last receipt comes after the work on all; the first says when they were found.
        first = None
        while True:
            there = wanted.intersection(os.listdir(self.spool.receipt_directory))
            passed = time.monotonic() - began
            if there and first is None:
                first = passed
            if len(there) == len(wanted):
                self.slowest = max(self.slowest, first)
                return
            if (first is None and passed > limit) or passed > limit + len(names) * per_file * 4:
                self.problems.append("%d of %d files are not found after %.1f s" % (len(wanted) - len(there), len(wanted), passed))
                return
            time.sleep(0.01 if len(names) < 1000 else 0.2)

    def saw(self, text):
        if text not in self.spool.said():
            self.problems.append("the log does not say: " + text)

    def finish(self):
        if self.spool.daemon.poll() is not None:
            self.problems.append("it ended by itself with %d: %s" % (self.spool.daemon.returncode, self.spool.said()[-300:]))
        elif self.spool.stop(120) != 0:
            self.problems.append("it did not stop cleanly")
        self.problems += differences(self.spool, {}, self.references)


def queued():
    with open("/proc/sys/fs/inotify/max_queued_events") as f:
        return int(f.read())


def stand_still(process):
    """Stops every thread: the signal alone leaves them running for a moment."""
    process.send_signal(signal.SIGSTOP)
    tasks = "/proc/%d/task" % process.pid
    state = lambda task: open("%s/%s/stat" % (tasks, task)).read().rsplit(")", 1)[1].split()[0]
    until(lambda: all(state(task) == "T" for task in os.listdir(tasks)), 20, "the daemon does not stand still")


def overflow(trial):
    """the queue is full when files are renamed into place; the rescan is an hour away"""
    spool = trial.make(rescan="1h")
    names = trial.stage(200, "O")
    spool.start()
    stand_still(spool.daemon)
    # Two changes in turn, for the kernel takes equal ones in a row as one.
    marks = [os.path.join(spool.drop_directory, name) for name in (".one.part", ".two.part")]
    for mark in marks:
        open(mark, "w").close()
    for i in range(queued() // 2 + 10):
        for mark in marks:
            os.chmod(mark, 0o600 + i % 2 * 0o40)
    trial.deliver(names)
    spool.daemon.send_signal(signal.SIGCONT)
    trial.limit = LATE
    trial.found(names, LATE)
    trial.saw("events were lost")
    trial.finish()


def many(trial):
    """more files at once than the queue holds; the rescan is an hour away"""
    spool = trial.make(rescan="1h")
    names = trial.stage(trial.options.files, "M")
    spool.start()
    stand_still(spool.daemon)
    trial.deliver(names)
    spool.daemon.send_signal(signal.SIGCONT)
    # A window of 65,536 of them is looked at before the first is taken.
    trial.limit = 20
    began = time.monotonic()
    trial.found(names, trial.limit)
    trial.note = "all after %.0f s" % (time.monotonic() - began)
    if trial.options.files > queued():
        trial.saw("events were lost")
    trial.finish()


def replaced(trial):
    """the drop directory is renamed away and made again, while it runs, and while it does not"""
    spool = trial.make()
    spool.start()
    trial.limit = RESCAN + LATE
    for round in range(3):
        before = os.stat(spool.drop_directory)
        os.rename(spool.drop_directory, trial.root + ".away%d" % round)
        os.mkdir(spool.drop_directory)
        os.chmod(spool.drop_directory, before.st_mode & 0o7777)
        names = trial.stage(5, "R%d" % round)
        trial.deliver(names)
        trial.found(names, trial.limit)
        # And by an event, once it is watched again.
        names = trial.stage(5, "S%d" % round)
        trial.deliver(names)
        trial.found(names, trial.limit)
        if round == 1:
            spool.stop()
            os.rename(spool.drop_directory, trial.root + ".away-stopped")
            os.mkdir(spool.drop_directory)
            spool.start()
    trial.finish()


def bounded(trial, key, number, rescan="%dms" % (RESCAN * 1000)):
    trial.make(rescan=rescan)
    script = "echo %d > /proc/sys/user/%s && exec \"$@\"" % (number, key)
    prefix = ["unshare", "--user", "--map-root-user", "sh", "-c", script, "sh"]
    if subprocess.run(prefix + ["true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
        raise CannotRun("there are no user namespaces, or they cannot limit inotify")
    trial.spool.start(prefix=prefix)
    trial.limit = RESCAN + LATE
    for turn in range(3):
        names = trial.stage(5, "W%d" % turn)
        trial.deliver(names)
        trial.found(names, trial.limit)


def watches(trial):
    """the limit of watches (max_inotify_watches) is none"""
    bounded(trial, "max_inotify_watches", 0)
    trial.saw("cannot be watched")
    trial.finish()


def instances(trial):
    """the limit of instances (max_inotify_instances) is none"""
    bounded(trial, "max_inotify_instances", 0)
    trial.note = next((line.split('msg="')[1].split('"')[0] for line in trial.spool.said().splitlines() if "watch" in line), "")
    if not trial.note:
        trial.problems.append("the log does not say that nothing is watched")
    trial.finish()


def behind(trial):
    """the spool lies on overlayfs, and files are renamed in the layer below"""
    if os.geteuid() != 0:
        raise CannotRun("only root can mount")
    real, work = trial.root + ".real", trial.root + ".work"
    for directory in (real, work, trial.root + ".lower", trial.root):
        os.mkdir(directory)
    machine.run("mount", "-t", "overlay", "overlay", "-o", "lowerdir=%s.lower,upperdir=%s,workdir=%s" % (trial.root, real, work), trial.root)
    try:
        unseen(trial, real)
        trial.finish()
    finally:
        unmount(trial)


def fuse(trial):
    """the same on FUSE (bindfs)"""
    if not shutil.which("bindfs") or not os.path.exists("/dev/fuse") or os.geteuid() != 0:
        raise CannotRun("there is no bindfs, no /dev/fuse, or this is not root")
    real = trial.root + ".real"
    os.mkdir(real)
    os.mkdir(trial.root)
    machine.run("bindfs", real, trial.root)
    try:
        unseen(trial, real)
        trial.saw("lies on a file system without events; it is looked through instead")
        trial.note = "says so in the log"
        trial.finish()
    finally:
        unmount(trial)


def unmount(trial):
    if trial.spool:
        trial.spool.kill()
    machine.run("umount", trial.root)


def unseen(trial, real):
    trial.make(root=trial.root + "/spool")
    shutil.rmtree(trial.staging)
    trial.staging = real + "/staging"
    os.mkdir(trial.staging)
    trial.spool.start()
    trial.limit = RESCAN + LATE
    for turn in range(3):
        names = trial.stage(5, "B%d" % turn)
        trial.deliver(names, real + "/spool/partners/acme/orders")
        trial.found(names, trial.limit)


def unwatched(trial):
    """nothing is watched, and the rescan is an hour away"""
    bounded(trial, "max_inotify_watches", 0, rescan="1h")
    trial.spool.kill()


SCENARIOS = {s.__name__: s for s in (overflow, many, replaced, watches, instances, behind, fuse)}


def play(options, scenario):
    with machine.scratch("orderd-events-") as folder:
        trial = Trial(options, folder, scenario.__name__)
        try:
            scenario(trial)
        except Problem as problem:
            trial.problems.append(str(problem))
        finally:
            if trial.spool:
                trial.spool.kill()
                if trial.problems and options.keep:
                    shutil.copy(trial.spool.log, options.keep)
        return trial


def trial(options):
    if os.geteuid() == 0:
        machine.leave_mount_namespace()
    rows, problems, control = [], [], "Not part of this run.\n"
    for name in options.only.split(",") if options.only else SCENARIOS:
        try:
            done = play(options, SCENARIOS[name])
        except CannotRun as reason:
            rows.append((name, SCENARIOS[name].__doc__, "", "", "", "left out: %s" % reason, ""))
            print("%-9s left out: %s" % (name, reason), flush=True)
            continue
        rows.append((name, SCENARIOS[name].__doc__, done.files, "%.1f" % done.limit, "%.1f" % done.slowest, done.note, len(done.problems)))
        print("%-9s %6d files, first found after %.1f s at most; %s; %d problems" % (name, done.files, done.slowest, done.note, len(done.problems)), flush=True)
        for problem in done.problems[:10]:
            print("  " + problem)
        problems += done.problems
    if not options.no_controls:
        done = play(options, unwatched)
        control = "Control, %s: %s\n" % (unwatched.__doc__, done.problems[0] if done.problems else "NOTHING NOTICED")
        print(control, end="")
        if not done.problems:
            problems.append("the rig does not notice files that are never found")
    if options.write:
        pages.write_section(options.write, "Lost events", PAGE.format(
            date=time.strftime("%Y-%m-%d"), version=pages.version(options.orderd), command=pages.command(__file__), control=control,
            table=pages.table(["scenario", "", "files", "allowed, s", "first found after, s", "", "problems"], rows)))
    return problems


PAGE = """Events of the file system are hints; here they are lost. One run: **{date}, orderd {version}**. `intake.rescan` is 2 s where nothing else is said; 3 s are allowed for a busy machine.

    {command}

{table}
All files of each scenario have their receipt, each order is there once, `orderd check` finds nothing.

{control}"""


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--files", type=int, default=100_000, help="files of the scenario many")
    p.add_argument("--only", help="scenarios, with commas: %s (default: all)" % ", ".join(SCENARIOS))
    p.add_argument("--no-controls", action="store_true", help="leave out the run that must fail")
    p.add_argument("--keep", help="a directory for the log of a failure")
    p.add_argument("--write", metavar="PAGE", help="write the result into its section of this page")
    return p


if __name__ == "__main__":
    sys.exit(machine.main(trial, parser()))
