#!/usr/bin/env python3
"""Replays every write to the disk under orderd up to some point of it, starts orderd on what is there, and looks what is missing.

orderd runs on an ext4 file system on a virtual disk that logs each write and each flush (qemu-storage-daemon, blklogwrites, exported by FUSE), with a client
that drops orders and a collector that notes how far the log was when it saw a receipt. Then, for points over the whole log, a copy of the
disk as it was before gets the writes up to there: half of them all writes, half of them with some of the writes since the last flush left
out, as a disk's own cache may do. On each: the start must succeed, `orderd check` find nothing, no order be there twice, and each
receipt that was seen before the point (before its last flush, where writes are left out) be there with the same bytes, its orders too.
Control: a daemon whose syncs do nothing, which must be noticed. Exit 0 where all holds, 1 where it does not, 2 where the trial could not
be run, 77 where the machine cannot (root, loop devices, FUSE, qemu-storage-daemon).

    write-log.py --orderd .build/release/orderd --points 500
"""
import argparse, bisect, os, random, shutil, struct, subprocess, sys, time

sys.dont_write_bytecode = True
import machine, pages
from daemon import Collector, Spool, differences, order, until
from machine import CannotRun, Disk, LoopDevice, Problem

MAGIC, SECTOR, MEGABYTES = 0x6A736677736872, 512, 96
FLUSH, FUA, DISCARD = 1, 2, 4


class LoggedDisk:
    """A disk that is `file` under the log, mounted at `directory`."""

    def __init__(self, folder, file):
        self.log, self.exported, self.directory = folder + "/log", folder + "/exported", folder + "/logged"
        for path in (self.log, self.exported):
            open(path, "w").close()
        os.truncate(self.log, 4 << 30)
        self.process = subprocess.Popen([
            "qemu-storage-daemon", "--blockdev", "driver=file,node-name=data,filename=" + file,
            "--blockdev", "driver=file,node-name=file,filename=" + self.log,
            "--blockdev", "driver=blklogwrites,node-name=top,file=data,log=file,log-super-update-interval=1",
            "--export", "type=fuse,id=export,node-name=top,mountpoint=%s,writable=on" % self.exported], stdin=subprocess.DEVNULL)
        self.device = None
        try:
            until(lambda: os.path.getsize(self.exported) > 0 or self.process.poll() is not None, 10, "no disk is exported")
            self.device = LoopDevice(self.exported)
            os.makedirs(self.directory, exist_ok=True)
            machine.run("mount", self.device.path, self.directory)
        except (Problem, OSError) as error:
            self.close()
            raise CannotRun("qemu-storage-daemon gives no disk: %s" % error)
        self.descriptor = os.open(self.log, os.O_RDONLY)

    def written(self):
        """Bytes of the log so far, rounded up: it is written without holes."""
        return os.lseek(self.descriptor, 0, os.SEEK_HOLE)

    def close(self):
        subprocess.run(["umount", "-l", self.directory], stderr=subprocess.DEVNULL)
        if self.device:
            self.device.close()
        self.process.terminate()
        self.process.wait()


def entries(path):
    """The log: (where in the log it ends, flags, place on the disk, where its data is, length)."""
    found = []
    with open(path, "rb") as log:
        magic, version, _, sector = struct.unpack("<QQQI", log.read(28))
        if magic != MAGIC or sector != SECTOR:
            raise Problem("the log is not as expected: %x, sectors of %d" % (magic, sector))
        at = sector
        while True:
            log.seek(at)
            place, length, flags, _ = struct.unpack("<QQQQ", log.read(32))
            if not length and not flags:
                return found
            data = at + sector
            at = data + (0 if flags & DISCARD else length * sector)
            found.append((at, flags, place * sector, data, length * sector))


class Trial:
    def __init__(self, options, folder, preload=None):
        self.options, self.folder, self.rng = options, folder, random.Random(options.seed)
        self.problems, self.points = [], 0
        base = Disk(folder, MEGABYTES, name="base")
        self.base = folder + "/before"
        try:
            self.spool = self.on(base.directory).create()
            os.mkdir(base.directory + "/staging")
            base.unmount()
            shutil.copyfile(base.file, self.base)
        finally:
            base.close()
        data = folder + "/data"
        shutil.copyfile(self.base, data)
        self.load(data, preload)
        os.unlink(data)
        self.entries = entries(folder + "/log")
        self.flushes = [i for i, entry in enumerate(self.entries) if entry[1] & FLUSH]

    def on(self, directory):
        return Spool(self.options.orderd, directory + "/spool", log=self.folder + "/orderd.log", settings={"intake.resumeDeadline": "0s"})

    def load(self, data, preload):
        disk = LoggedDisk(self.folder, data)
        spool = self.on(disk.directory)
        try:
            if preload:
                spool.environment.update(LD_PRELOAD=preload, WITHOUT="fsync,fdatasync,syncfs")
            collector = Collector(spool)
            collector.mark = disk.written
            collector.start()
            spool.start()
            for i in range(self.options.files):
                count = self.rng.choice([1, 1, 1, 1, 1, 30])
                spool.drop("w%05d.%s" % (i, "json" if count == 1 else "ndjson"), "".join(order("W-%d-%d" % (i, j)) for j in range(count)),
                           disk.directory + "/staging")
                time.sleep(self.rng.choice([0, 0.002, 0.01, 0.03]))
            until(lambda: len(collector.first) == self.options.files or spool.daemon.poll() is not None, 60, "files have no receipt")
            spool.kill()
            collector.stop()
            self.first, self.marks = collector.first, collector.marks
        finally:
            spool.kill()
            disk.close()

    def points_of_log(self, count):
        """Half at flushes, half anywhere."""
        some = self.rng.sample(self.flushes, min(count // 2, len(self.flushes)))
        return sorted(some + [self.rng.randrange(len(self.entries)) for _ in range(count - len(some))])

    def replay(self, point, drops):
        """The disk with the writes up to a point, itself included; the place in the log up to which all is surely there."""
        flush = self.flushes[at - 1] if (at := bisect.bisect_right(self.flushes, point)) else -1
        file = self.folder + "/disk.image"
        shutil.copyfile(self.base, file)
        with open(file, "r+b") as image, open(self.folder + "/log", "rb") as log:
            for i, (_, flags, place, data, length) in enumerate(self.entries[: point + 1]):
                if drops and i > flush and not flags & FUA and self.rng.random() < 0.5:
                    continue
                image.seek(place)
                if flags & DISCARD:
                    image.write(bytes(length))
                elif length:
                    log.seek(data)
                    image.write(log.read(length))
        return self.entries[point if not drops else flush][0] if not drops or flush >= 0 else 0

    def look(self, point, drops):
        sure = self.replay(point, drops)
        first = {identity: content for identity, content in self.first.items() if self.marks[identity] <= sure}
        disk = Disk(self.folder, make=False)
        try:
            spool = self.on(disk.directory)
            code, _, said = spool.run("run", "--drain")
            if code != 0:
                return len(first), ["the start ended with %d: %s" % (code, said[-300:])]
            return len(first), differences(spool, first)
        except Problem as problem:
            return len(first), [str(problem)]
        finally:
            disk.close()

    def run(self, points, stop=False):
        self.receipts = 0
        for number, point in enumerate(self.points_of_log(points)):
            drops = number % 2 == 1
            receipts, problems = self.look(point, drops)
            self.points += 1
            self.receipts += receipts
            if problems:
                self.problems.append("write %d of %d%s: %s" % (
                    point, len(self.entries), ", some since the flush before left out" if drops else "", "; ".join(problems)))
                if stop:
                    break
            if sys.stderr.isatty():
                print("\r%d points, %d problems " % (self.points, len(self.problems)), end="", file=sys.stderr)
        return self


def trial(options):
    machine.leave_mount_namespace()
    began = time.monotonic()
    with machine.scratch("orderd-log-") as folder:
        done = Trial(options, folder).run(options.points)
    print("%d points of a log of %d writes with %d flushes (seed %d), %d files, %d receipts compared: %d problems" % (
        done.points, len(done.entries), len(done.flushes), options.seed, options.files, done.receipts, len(done.problems)), flush=True)
    for problem in done.problems[:10]:
        print("  " + problem[:700])
    control, problems = "Not part of this run.\n", done.problems
    if not options.no_controls:
        with machine.scratch("orderd-log-") as folder:
            blunt = Trial(options, folder, machine.library(folder, "without", machine.WITHOUT)).run(60, stop=True)
        noticed = blunt.problems[0].split(", as ")[0].split(";")[0].replace("\n", " ") if blunt.problems else "NOTHING NOTICED"
        control = "Control, syncs do nothing: after %d points: %s\n" % (blunt.points, noticed)
        print(control, end="")
        if not blunt.problems:
            problems = problems + ["the rig does not notice a daemon whose syncs do nothing"]
    if options.write:
        pages.write_section(options.write, "Write log", PAGE.format(
            date=time.strftime("%Y-%m-%d"), version=pages.version(options.orderd), command=pages.command(__file__), control=control,
            points=done.points, writes=len(done.entries), flushes=len(done.flushes), files=options.files, receipts=done.receipts,
            problems=len(done.problems), seconds=round(time.monotonic() - began)))
    return problems


PAGE = """Each write and flush to the disk under orderd is logged, and replayed up to a point; half of the points are flushes, and at every second one some of the writes since the last flush
are left out. One run: **{date}, orderd {version}, {points} points of {writes} writes with {flushes} flushes, {problems} problems**, {seconds} s. {files} files were dropped; {receipts} receipts
that had been seen before the points were looked for, and their orders. It needs root, FUSE and qemu-storage-daemon.

    {command}

After each: the start succeeds, `orderd check` finds nothing, no order is there twice, each receipt seen before has the same bytes.

{control}"""


def probe():
    machine.needs_disks()
    machine.needs("qemu-storage-daemon")
    if not os.path.exists("/dev/fuse"):
        raise CannotRun("there is no /dev/fuse")


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--points", type=int, default=500)
    p.add_argument("--files", type=int, default=300, help="how many files are dropped while the log is written")
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--no-controls", action="store_true", help="leave out the run that must fail")
    p.add_argument("--write", metavar="PAGE", help="write the result into its section of this page")
    return p


if __name__ == "__main__":
    sys.exit(machine.main(trial, parser(), probe))
