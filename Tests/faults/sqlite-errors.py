#!/usr/bin/env python3
"""Lets SQLite fail under a running orderd: locked, full, unreadable, unwritable, overwritten, cut. Each must end well.

Well is: it goes on; or it stops with exit code 2 and says why, and its next start recovers, or is refused with the command that rebuilds,
and that command works. At the end every receipt says what it first said, every order that was dropped is there once, and `orderd check`
finds nothing. Calls on the ledger's files are made to fail by strace; locks are another process's; the database is overwritten while
orderd is stopped, and while it runs. Control: what the commands say is not done, which must be noticed. Exit 0 where all holds, 1
where it does not, 2 where the trial could not be run, 77 where the machine cannot.

    sqlite-errors.py --orderd .build/release/orderd --rounds 5
"""
import argparse, collections, os, random, re, shutil, sqlite3, subprocess, sys, time

sys.dont_write_bytecode = True
import machine, pages
from daemon import Collector, Spool, differences, order, until
from machine import CannotRun, Problem

PAGE_SIZE = 4096


class Trial:
    """A spool with some history, a client, and what came of the fault."""

    def __init__(self, options, folder, name, number):
        self.options, self.rng = options, random.Random("%d %s %d" % (options.seed, name, number))
        self.spool = Spool(options.orderd, folder + "/spool", log=folder + "/log", settings={"intake.rescan": "1s"}).create()
        self.references, self.outcome, self.problems, self.files = [], [], [], 0
        self.ledger = self.spool.path("state/ledger.sqlite")
        self.spool.start()
        self.drop(20)
        self.wait()
        self.collector = Collector(self.spool).start()

    def drop(self, files):
        for _ in range(files):
            self.files += 1
            texts = []
            for i in range(self.rng.choice([1, 1, 1, 20])):
                self.references.append("Q-%d-%d" % (self.files, i))
                texts.append(order(self.references[-1]))
            self.spool.drop("q%05d.%s" % (self.files, "json" if len(texts) == 1 else "ndjson"), "".join(texts))

    def all_received(self):
        return sum(not n.startswith(".") for n in os.listdir(self.spool.receipt_directory)) >= self.files

    def wait(self, limit=15):
        until(lambda: self.all_received() or self.spool.daemon.poll() is not None, limit, "files have no receipt after %d s" % limit)

    def work(self, seconds=1.0):
        """Drops for a while, or until it has stopped."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.spool.daemon.poll() is None:
            self.drop(1)
            time.sleep(0.01)

    def start_failing(self, call, error, path, when):
        if self.spool.daemon.poll() is None:
            self.spool.stop()
        inject = "inject=%s:error=%s:when=%s" % (call, error, when)
        self.spool.start(wait=False, prefix=[
            "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "signal=none", "-P", path, "-e", "trace=" + call, "-e", inject])

    def overwrite(self, path, pages=1, first=0):
        """Random bytes over some pages of a file."""
        size = os.path.getsize(path)
        with open(path, "r+b") as f:
            for _ in range(pages):
                f.seek(self.rng.randrange(first, max(first + 1, size // PAGE_SIZE)) * PAGE_SIZE)
                f.write(self.rng.randbytes(PAGE_SIZE))

    # --- what it does, and what is to be done ---

    def settle(self):
        """Sees whether it goes on; where it has stopped, does what it says, until it runs and all adds up."""
        self.note_end("goes on")
        for _ in range(6):
            if self.spool.daemon is None:
                if self.options.idle:
                    raise Problem("it has stopped, and nobody does what it says")
                self.spool.start()
            try:
                self.wait()
            except Problem as problem:
                self.problems.append(str(problem))
                break
            if self.spool.daemon.poll() is not None:
                self.note_end("")
                continue
            found = self.checked()
            if not found:
                break
            self.follow(found)
        else:
            self.problems.append("it never came to its end: %s" % self.outcome)
        self.collector.stop()
        if self.spool.daemon and self.spool.daemon.poll() is None and self.spool.stop() != 0:
            self.problems.append("it did not stop cleanly")
        self.problems += differences(self.spool, self.collector.first, self.references)

    def note_end(self, otherwise):
        code = self.spool.daemon.poll()
        if code is None:
            self.outcome.append(otherwise)
            return
        said = self.spool.said()
        if code != 2:
            self.problems.append("it ended with %d: %s" % (code, said[-300:]))
        last = next((line for line in reversed(said.splitlines()) if line.startswith("orderd: ")), "")
        if not last:
            self.problems.append("it says nothing as it ends: %s" % said[-300:])
        self.spool.daemon = None
        self.outcome.append("stops")
        if named := re.findall(r"orderd rebuild(?: --ledger| --content)?", last):
            self.rebuild(named[0])

    def checked(self):
        """What check finds beside the running daemon, once it has had time to publish again what failed."""
        end = time.monotonic() + 5
        while (found := self.spool.check()) and time.monotonic() < end and self.spool.daemon.poll() is None:
            time.sleep(0.3)
        return found

    def follow(self, found):
        """docs/operate.md: what is to be done about a finding."""
        self.outcome.append("check finds it")
        code = self.spool.stop() if self.spool.daemon.poll() is None else self.spool.daemon.poll()
        self.spool.daemon = None
        if code not in (0, 2):
            self.problems.append("it ended with %d after a finding" % code)
        if named := re.search(r"orderd rebuild(?: --ledger| --content)?", found):
            self.rebuild(named[0])
        elif re.search(r"^ledger", found, re.MULTILINE):
            self.rebuild("orderd rebuild --ledger")
        else:
            self.rebuild("orderd rebuild --content")

    def rebuild(self, command):
        self.outcome.append("`%s`" % command)
        if self.options.idle:
            return
        code, out, err = self.spool.run(*command.split()[1:])
        if code != 0:
            named = re.search(r"orderd rebuild(?: --ledger| --content)?", err)
            if not named or named[0] == command:
                raise Problem("%s ended with %d: %s" % (command, code, (out + err)[-300:]))
            self.outcome.append("which says")
            self.rebuild(named[0])
        if command.endswith("--ledger"):
            self.rebuild("orderd rebuild --content")


# --- faults ---------------------------------------------------------------------------------------------------------------------------


def lock(trial, seconds):
    other = sqlite3.connect(trial.ledger, isolation_level=None, timeout=10)
    try:
        other.execute("BEGIN IMMEDIATE")
        trial.work(seconds)
        other.execute("ROLLBACK")
    finally:
        other.close()


def busy_short(trial):
    """another process holds the write lock for 1 s"""
    lock(trial, 1)


def busy_long(trial):
    """another process holds the write lock for 8 s, longer than orderd waits"""
    lock(trial, 8)


def busy_start(trial):
    """the same while it starts"""
    trial.spool.stop()
    other = sqlite3.connect(trial.ledger, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        trial.spool.start(wait=False)
        try:
            trial.spool.daemon.wait(7)
        except subprocess.TimeoutExpired:
            pass
    finally:
        other.close()


def failing(call, error, file):
    def fault(trial):
        # A pass of the log into the database, and reads from it, come seldom: from the first on.
        first = trial.rng.randint(1, 40) if file.endswith("-wal") else 1
        trial.start_failing(call, error, trial.spool.path(file), "%d+" % first)
        trial.work(1.5)
        if trial.spool.daemon.poll() is None:
            # Its end does what seldom comes: it copies the log into the database.
            trial.spool.daemon.terminate()
            trial.spool.daemon.wait(30)
            if trial.spool.daemon.returncode == 0:
                trial.spool.start()
    fault.__doc__ = "%s of `%s` fails with %s, from some call on" % (call, file, error)
    return fault


def sync_at_start(trial):
    """the sync of what a kill has left in the log fails while it starts: it must end with words, and write nothing into the database"""
    trial.spool.daemon.kill()
    trial.spool.daemon.wait()
    with open(trial.ledger, "rb") as f:
        before = f.read()
    trial.start_failing("fdatasync", "EIO", trial.spool.path(WAL), "1")
    try:
        trial.spool.daemon.wait(20)
    except subprocess.TimeoutExpired:
        trial.problems.append("it goes on after a failed sync")
        return
    if trial.spool.daemon.returncode != 2 or "wal_checkpoint" not in trial.spool.said():
        trial.problems.append("it ended with %d: %s" % (trial.spool.daemon.returncode, trial.spool.said()[-200:]))
    with open(trial.ledger, "rb") as f:
        if f.read() != before:
            trial.problems.append("the database was written behind a failed sync")


def overwritten_stopped(trial):
    """a page of the database is overwritten while it is stopped"""
    trial.spool.stop()
    trial.overwrite(trial.ledger)
    trial.spool.start(wait=False)


def many_overwritten_stopped(trial):
    """twenty pages of the database are overwritten while it is stopped"""
    trial.spool.stop()
    trial.overwrite(trial.ledger, 20, first=1)
    trial.spool.start(wait=False)


def overwritten_running(trial):
    """ten pages of the database are overwritten while it runs"""
    trial.overwrite(trial.ledger, 10)
    trial.work(1)


def log_overwritten(trial):
    """pages of the write-ahead log are overwritten after a kill"""
    trial.work(0.5)
    trial.spool.kill()
    trial.overwrite(trial.ledger + "-wal", 2)
    trial.spool.start(wait=False)


def cut_off(trial):
    """the database is cut to half its size while it is stopped"""
    trial.spool.stop()
    os.truncate(trial.ledger, os.path.getsize(trial.ledger) // 2)
    trial.spool.start(wait=False)


def emptied(trial):
    """the database is cut to nothing while it is stopped"""
    trial.spool.stop()
    os.truncate(trial.ledger, 0)
    trial.spool.start(wait=False)


WAL, MAIN = "state/ledger.sqlite-wal", "state/ledger.sqlite"
FAULTS = {
    "busy": busy_short, "busy-long": busy_long, "busy-start": busy_start,
    "full": failing("pwrite64", "ENOSPC", WAL), "write": failing("pwrite64", "EIO", WAL), "sync": failing("fdatasync", "EIO", WAL),
    "sync-start": sync_at_start,
    "read": failing("pread64", "EIO", WAL), "full-database": failing("pwrite64", "ENOSPC", MAIN),
    "write-database": failing("pwrite64", "EIO", MAIN), "sync-database": failing("fdatasync", "EIO", MAIN),
    "read-database": failing("pread64", "EIO", MAIN),
    "page": overwritten_stopped, "pages": many_overwritten_stopped, "pages-running": overwritten_running,
    "log": log_overwritten, "half": cut_off, "nothing": emptied,
}


def play(options, name, number):
    with machine.scratch("orderd-sqlite-") as folder:
        trial = None
        try:
            trial = Trial(options, folder, name, number)
            FAULTS[name](trial)
            if trial.spool.daemon and trial.spool.daemon.poll() is None:
                until(lambda: "msg=running" in trial.spool.said() or trial.spool.daemon.poll() is not None, 20, "it does not start")
            trial.settle()
            return " → ".join(o for o in trial.outcome if o), trial.problems
        except Problem as problem:
            return "not well", (trial.problems if trial else []) + [str(problem)]
        finally:
            if trial:
                trial.collector.stop()
                if options.keep and trial.problems:
                    shutil.copy(trial.spool.log, "%s/%s-%d.log" % (options.keep, name, number))
                trial.spool.kill()


def trial(options):
    names = options.only.split(",") if options.only else list(FAULTS)
    if not shutil.which("strace") and any(FAULTS[name].__name__ == "fault" for name in names):
        raise CannotRun("there is no strace")
    rows, problems = [], []
    for name in names:
        outcomes, found = collections.Counter(), []
        for number in range(1 if name.startswith("busy") else options.rounds):
            outcome, wrong = play(options, name, number)
            outcomes[outcome] += 1
            found += ["%s, round %d: %s" % (name, number, w) for w in wrong]
        told = "; ".join("%s (%d)" % item for item in outcomes.most_common())
        rows.append((name, FAULTS[name].__doc__, told, len(found)))
        print("%-16s %s: %d problems" % (name, told, len(found)), flush=True)
        for problem in found[:5]:
            print("  " + problem[:700])
        problems += found
    control = "Not part of this run.\n"
    if not options.no_controls:
        options.idle = True
        _, noticed = play(options, "nothing", 0)
        control = "Control, the database is cut to nothing and nobody does what orderd says: %s\n" % (noticed[0] if noticed else "NOTHING NOTICED")
        print(control, end="")
        if not noticed:
            problems.append("the rig does not notice a ledger that is not rebuilt")
    if options.write:
        pages.write_section(options.write, "SQLite", PAGE.format(
            date=time.strftime("%Y-%m-%d"), version=pages.version(options.orderd), command=pages.command(__file__), control=control,
            table=pages.table(["fault", "", "what came of it (rounds)", "problems"], rows)))
    return problems


PAGE = """SQLite fails under the running daemon, or finds its file damaged. One run: **{date}, orderd {version}**.

    {command}

{table}
*stops* is with exit code 2 and a reason, and a start follows; a command in the table is the one that orderd named or that `docs/operate.md` gives for a finding of `orderd check`. At the end of each
round each receipt says what it first said, each order that was dropped is there once, `orderd check` finds nothing.

{control}"""


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", help="faults, with commas: %s (default: all)" % ", ".join(FAULTS))
    p.add_argument("--rounds", type=int, default=5, help="of each fault")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--no-controls", action="store_true", help="leave out the run that must fail")
    p.add_argument("--keep", help="a directory for the logs of failures")
    p.add_argument("--write", metavar="PAGE", help="write the result into its section of this page")
    p.set_defaults(idle=False)
    return p


if __name__ == "__main__":
    sys.exit(machine.main(trial, parser()))
