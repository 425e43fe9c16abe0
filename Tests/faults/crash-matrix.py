#!/usr/bin/env python3
"""Kills orderd before every system call that changes something, starts it again, and looks whether a promise was broken.

For each scenario a first run counts the calls of each thread. Then, for each thread and each N, a fresh copy of the scenario's spool gets a
run that is killed (SIGKILL) before the Nth such call of that thread, and a normal run after it. With --errors, calls fail as well. Expected is
then exactly what an undisturbed run gives: states, receipts, charges, stock; and a receipt that was there right after the kill has not
changed. Calls are stopped with ptrace and a seccomp filter (x86-64 Linux; no package is needed). Exit 0 where all holds, 1 where something
does not, 2 where the trial could not be run, 77 where the machine does not let a program trace another.

    crash-matrix.py --orderd .build/release/orderd                     all points of all scenarios, pairs sampled
    crash-matrix.py --orderd ... --pairs all                           every pair of kill and kill in recovery too
    crash-matrix.py --orderd ... --sample 10 --seed 7                  some points of each scenario
    crash-matrix.py --orderd ... --only charge --at pipeline:17        one point
    crash-matrix.py --orderd ... --errors EIO,ENOSPC,EMFILE,EACCES     calls that fail instead
"""
import argparse, collections, ctypes, datetime, errno, glob, json, multiprocessing, os, platform, random, shutil, signal, struct, subprocess
import sys, tempfile, threading, time, traceback

# --- Stopping at system calls ---------------------------------------------------------------------------------------------------------

CALLS = {  # x86-64
    "write": 1, "pwrite64": 18, "sendto": 44, "sendmsg": 46, "connect": 42, "fsync": 74, "fdatasync": 75, "ftruncate": 77, "rename": 82,
    "mkdir": 83, "rmdir": 84, "link": 86, "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91, "fchown": 93, "utime": 132,
    "openat": 257, "mkdirat": 258, "fchownat": 260, "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266, "fchmodat": 268,
    "utimensat": 280, "fallocate": 285, "pwritev": 296, "syncfs": 306, "renameat2": 316, "writev": 20, "copy_file_range": 326,
}
# Calls that change nothing: a kill before one is a kill before the next one that does. They matter where calls fail.
READING = {
    "read": 0, "fstat": 5, "lseek": 8, "pread64": 17, "fcntl": 72, "getdents64": 217, "newfstatat": 262, "accept": 43, "accept4": 288,
    "statx": 332, "inotify_add_watch": 254, "fstatfs": 138,
}
SYNCS = ("fsync", "fdatasync", "syncfs")
SIGNALFD = 289  # the daemon's first act: what comes before it is the loader's
NAMES = {number: name for name, number in {**CALLS, **READING}.items()}
CREATING = os.O_CREAT | os.O_TRUNC | 0x400000  # and O_TMPFILE
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
TRACEME, PEEKUSER, POKEUSER, CONT, SETOPTIONS, GETEVENTMSG = 0, 3, 6, 7, 0x4200, 0x4201
# fork, vfork, clone, exec, seccomp, and: the traced die with the tracer
OPTIONS = 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
WALL = 0x40000000
ORIG_RAX, RAX, RDI = 15 * 8, 10 * 8, 14 * 8


def ptrace(request, pid, address=0, data=0):
    ctypes.set_errno(0)
    result = LIBC.ptrace(request, pid, address, data)
    if result == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def seccomp_filter(reading):
    """The filter's program: stop at CALLS (openat only where it creates, unless `reading`), let the rest pass."""
    load, equal, has, ret = 0x20, 0x15, 0x45, 0x06
    trace, allow = 0x7FF00000, 0x7FFF0000
    code = [(load, 0, 0, 0)]
    numbers = set(CALLS.values()) | ({SIGNALFD} | set(READING.values()) if reading else set())
    for number in sorted(numbers):
        if number == CALLS["openat"] and not reading:
            code += [(equal, 0, 4, number), (load, 0, 0, 16 + 2 * 8), (has, 0, 1, CREATING), (ret, 0, 0, trace), (ret, 0, 0, allow)]
        else:
            code += [(equal, 0, 1, number), (ret, 0, 0, trace)]
    code.append((ret, 0, 0, allow))
    return b"".join(struct.pack("HBBI", *line) for line in code)


class Traced:
    """A run of a program that stops before each of the calls. Threads are named by who made them: main, main.1, main.2, main.1.1, ..."""

    def __init__(self, arguments, log, reading=False):
        self.counts, self.seen, self.comms = collections.Counter(), [], {}
        self.names, self.children, self.early = {}, collections.Counter(), {}
        self.hit, self.status = None, None
        self.file, self.after = "", set()  # where a sync failed, and what was written after that
        self.armed = not reading
        program = seccomp_filter(reading)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                os.setpgid(0, 0)
                out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.dup2(out, 1)
                os.dup2(out, 2)
                os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
                ptrace(TRACEME, 0)
                os.kill(os.getpid(), signal.SIGSTOP)
                buffer = ctypes.create_string_buffer(program)
                bpf = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
                LIBC.prctl(38, 1, 0, 0, 0)
                if LIBC.prctl(22, 2, ctypes.c_char_p(bpf), 0, 0) == 0:
                    os.execv(arguments[0], arguments)
            finally:
                os._exit(126)
        try:
            os.setpgid(self.pid, self.pid)
        except OSError:
            pass
        self.names[self.pid] = "main"
        _, status = os.waitpid(self.pid, WALL)
        if not os.WIFSTOPPED(status):
            raise PermissionError("a traced process could not be started")
        ptrace(SETOPTIONS, self.pid, 0, OPTIONS)
        ptrace(CONT, self.pid)

    def run(self, target=None, error=0):
        """Runs to the end. At `target`, (thread, n), it is killed, or the call fails with `error`. Returns the wait status."""
        while True:
            try:
                tid, status = os.waitpid(-self.pid, WALL)
            except ChildProcessError:
                return self.status
            if os.WIFEXITED(status) or os.WIFSIGNALED(status):
                if tid == self.pid:
                    self.status = status
                    return status
                continue
            try:
                self.stopped(tid, status, target, error)
            except ProcessLookupError:
                pass  # killed meanwhile

    def stopped(self, tid, status, target, error):
        number, event = os.WSTOPSIG(status), status >> 16
        if event in (1, 2, 3):
            message = ctypes.c_ulong()
            ptrace(GETEVENTMSG, tid, 0, ctypes.addressof(message))
            parent = self.names[tid]
            self.children[parent] += 1
            self.names[message.value] = "%s.%d" % (parent, self.children[parent])
            if self.early.pop(message.value, None):
                ptrace(CONT, message.value)
            ptrace(CONT, tid)
        elif event == 7:
            self.call(tid, target, error)
        elif event:
            ptrace(CONT, tid)
        elif number == signal.SIGSTOP:
            # A new thread's first stop, which may come before its maker's event.
            if tid in self.names:
                ptrace(CONT, tid)
            else:
                self.early[tid] = True
        else:
            ptrace(CONT, tid, 0, 0 if number == signal.SIGTRAP else number)

    def call(self, tid, target, error):
        number = ptrace(PEEKUSER, tid, ORIG_RAX)
        if number == SIGNALFD:
            self.armed = True
        elif self.armed and self.hit is None:
            thread = self.names[tid]
            self.counts[thread] += 1
            name = NAMES[number]
            self.seen.append((thread, name))
            if target == (thread, self.counts[thread]):
                self.hit = (thread, self.counts[thread], name)
                if not error:
                    os.kill(self.pid, signal.SIGKILL)
                    return
                if name in SYNCS:
                    self.file = self.described(tid)
                ptrace(POKEUSER, tid, ORIG_RAX, ctypes.c_void_p(-1))
                ptrace(POKEUSER, tid, RAX, ctypes.c_void_p(-error))
        elif self.file and number in (CALLS["write"], CALLS["pwrite64"]):
            self.after.add(self.described(tid))
        ptrace(CONT, tid)

    def described(self, tid):
        try:
            return os.readlink("/proc/%d/fd/%d" % (self.pid, ptrace(PEEKUSER, tid, RDI) & 0xFFFFFFFF))
        except OSError:
            return ""

    def roles(self):
        """What each thread is for, as far as its calls tell."""
        roles = {}
        for thread, name in self.seen:
            roles.setdefault(thread, "pipeline" if thread == "main" else "other")
            if name == "syncfs":
                roles[thread] = "followers"
            elif name in ("connect", "sendto", "sendmsg") and thread != "main":
                roles[thread] = "gateway"
        return roles


# --- A spool and what is looked at in it ----------------------------------------------------------------------------------------------


def order(reference, product="PEN", quantity=2, price="1.50", total=None, token=None):
    total = total or "%.2f" % (quantity * float(price))
    more = ',"payment":{"method":"card","token":"%s"}' % token if token else ""
    return (
        '{"customerId":"c1","orderReference":"%s","items":[{"productId":"%s","quantity":%d,"price":%s}],"totalAmount":%s%s}'
        % (reference, product, quantity, price, total, more)
    )


class Spool:
    """A scenario's spool, and orderd as it is run on it."""

    def __init__(self, orderd, folder, gateway):
        self.orderd, self.folder, self.gateway = orderd, folder, gateway
        self.root, self.log = folder + "/spool", folder + "/log"
        self.settings = []

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def arguments(self, *words):
        settings = ["intake.settle=0s", "intake.diskReserve=0B"] + self.settings
        return [self.orderd, *words, "--spool", self.root, "--config", "/dev/null"] + [w for s in settings for w in ("--set", s)]

    def orderd_run(self, *words, allowed=(0,)):
        done = subprocess.run(self.arguments(*words), capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        with open(self.log, "ab") as log:
            log.write(b"$ " + " ".join(words).encode() + b"\n" + done.stdout + done.stderr)
        if done.returncode not in allowed:
            raise Problem("orderd %s ended with %d: %s" % (" ".join(words), done.returncode, (done.stdout + done.stderr).decode()[-1500:]))
        return done.stdout.decode()

    def drop(self, name, content, partner="acme", in_place=False):
        path = self.path("partners", partner, "orders", name)
        with open(path if in_place else path + ".part", "w") as f:
            f.write(content)
        if not in_place:
            os.rename(path + ".part", path)

    def orders(self):
        return [json.loads(line) for line in self.orderd_run("list", "--json").splitlines()]

    def identity(self, reference):
        return next(o["orderId"] for o in self.orders() if o["orderReference"] == reference)

    def files(self, pattern):
        """Files that match; hidden ones only where the pattern's last part begins with a dot."""
        return sorted(p for p in glob.glob(self.path(pattern)) if os.path.isfile(p))

    def published(self):
        """What partners can see that never changes: receipts and pick requests, with their content."""
        content = {}
        for pattern in ("partners/*/receipts/*/*", "partners/*/pick/*"):
            for path in self.files(pattern):
                if not os.path.basename(path).startswith("."):
                    with open(path, "rb") as f:
                        content[os.path.relpath(path, self.root)] = f.read()
        return content

    def statuses(self):
        """By reference, from the partners' status files."""
        found = {}
        for path in glob.glob(self.path("partners/*/status/*.json")):
            with open(path, "rb") as f:
                content = json.loads(f.read())
            found[content["orderReference"]] = content["status"]
        return found

    def journal(self):
        events = []
        for path in sorted(glob.glob(self.path("journal/*/*.ndjson"))):
            with open(path, "rb") as f:
                events += [json.loads(line) for line in f]
        return events


class Problem(Exception):
    pass


class Gateway:
    """Tests/Support/test-gateway.py, and what it counts at its side."""

    def __init__(self, folder):
        self.socket, self.log = folder + "/gateway", folder + "/gateway.log"
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Support/test-gateway.py")
        self.process = subprocess.Popen(
            [sys.executable, program, "--socket", self.socket, "--log", self.log], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def performed(self, ids):
        with open(self.log) as f:
            entries = [json.loads(line) for line in f]
        return collections.Counter(e["verb"] for e in entries if e["event"] == "performed" and e["orderId"] in ids)

    def forget(self):
        # The gateway appends: what is cut off stays cut off, and its memory of keys stays.
        os.truncate(self.log, 0)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


# --- Scenarios ------------------------------------------------------------------------------------------------------------------------


class Scenario:
    """One story. `prepare` makes the template; `before` is done to each copy, `act` while a daemon runs; `command` is what is traced."""

    name, title = "", ""
    settings = []
    live = False  # a daemon that is stopped when `reached`, instead of a drain
    expected = {}  # reference: status
    receipts = {}  # file name: verdict
    stock = None  # "PRODUCT": (on hand, reserved)
    charges, refunds = None, None  # at the gateway's side

    def prepare(self, spool):
        pass

    def before(self, spool):
        pass

    def command(self, spool):
        return ["run"] if self.live else ["run", "--drain"]

    def act(self, spool):
        pass

    def reached(self, spool):
        return spool.statuses() == self.expected

    def again(self, spool):
        """What a person or partner does after the crash, before the next start."""

    def recover(self, spool):
        spool.orderd_run("run", "--drain")

    def after(self, spool):
        """What else is done before the end is compared."""


class Single(Scenario):
    name, title = "single", "one order, found at the start, drained"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def before(self, spool):
        spool.drop("a.json", order("PO-1"))


class Renamed(Scenario):
    name, title = "renamed", "one order, renamed into place while the daemon runs"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def act(self, spool):
        spool.drop("a.json", order("PO-1"))


class Closed(Scenario):
    name, title = "closed", "one order, written in place and closed while the daemon runs"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def act(self, spool):
        spool.drop("a.json", order("PO-1"), in_place=True)


class Slices(Scenario):
    name, title = "slices", "a file of 5 MB with 8 orders, one a line, taken in 4 slices"
    settings = ["intake.sliceOrders=2"]
    expected, receipts = {"PO-%d" % i: "COMPLETED" for i in range(8)}, {"all.ndjson": "accepted"}

    def before(self, spool):
        spool.drop("all.ndjson", "".join(order("PO-%d" % i) + "\n" * 650_000 for i in range(8)))


class Verdicts(Scenario):
    name, title = "verdicts", "a duplicate, a conflict, a rejected file, a file of which a part is good"
    expected = {"PO-1": "COMPLETED", "PO-4": "COMPLETED"}
    receipts = {
        "a.json": "accepted", "b.json": "duplicate", "c.json": "conflict", "d.json": "rejected", "e.ndjson": "partial",
        "f.json": "rejected",
    }

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1"))
        spool.orderd_run("run", "--drain")

    def before(self, spool):
        spool.drop("b.json", order("PO-1"))
        spool.drop("c.json", order("PO-1", quantity=3))
        spool.drop("d.json", order("PO-2", total="9.99"))
        spool.drop("e.ndjson", order("PO-3", total="9.99") + "\n" + order("PO-4") + "\n" + order("PO-1") + "\n")
        spool.drop("f.json", "[1, 2")

    def __init__(self):
        # What breaks off waits for its resume; here it is judged at once.
        self.settings = ["intake.resumeDeadline=0s"]


class Deferral(Scenario):
    name, title = "deferral", "an order that is deferred twice, then charged (simulated gateway)"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}
    settings = ["payment.gateway=simulated", "retry.base=10ms", "retry.cap=20ms", "retry.limit=100", "retry.breakerThreshold=1000"]

    def before(self, spool):
        spool.drop("a.json", order("PO-1", token="tok_flaky"))

    def recover(self, spool):
        live(self, spool, None)


class Hold(Scenario):
    name, title = "hold", "an order that is held, beside one that is not; the held one is never charged"
    expected, receipts = {"PO-1": "ON_HOLD", "PO-2": "COMPLETED"}, {"a.json": "accepted", "b.json": "accepted"}
    settings = ["payment.gateway=socket"]
    charges, refunds = 1, 0

    def before(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.drop("b.json", order("PO-2"))


class Release(Scenario):
    name, title = "release", "a held order is released by a verb without a daemon"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.orderd_run("run", "--drain")

    def command(self, spool):
        return ["release", spool.identity("PO-1"), "--reason", "agreed"]

    def again(self, spool):
        # 1 where the first had done it.
        spool.orderd_run("release", spool.identity("PO-1"), "--reason", "agreed", allowed=(0, 1))


class Charge(Scenario):
    name, title = "charge", "an order is charged by a gateway in another process"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}
    settings = ["payment.gateway=socket"]
    charges, refunds = 1, 0

    def before(self, spool):
        spool.drop("a.json", order("PO-1"))


class Cancel(Scenario):
    name, title = "cancel", "an order that was charged is cancelled by a verb without a daemon"
    settings = ["payment.gateway=socket"]
    expected, receipts, stock = {"PO-1": "CANCELLED"}, {"a.json": "accepted"}, {"PEN": (5, 0)}
    charges, refunds = 1, 1

    def prepare(self, spool):
        spool.orderd_run("stock", "set", "PEN", "5")
        spool.orderd_run("pause", "--step", "fulfil", "--reason", "stocktaking")

    def before(self, spool):
        # Not in the template, so that each copy has a charge of its own at the gateway.
        spool.drop("a.json", order("PO-1"))
        spool.orderd_run("run", "--drain")

    def command(self, spool):
        return ["cancel", spool.identity("PO-1"), "--reason", "late"]

    def again(self, spool):
        spool.orderd_run("cancel", spool.identity("PO-1"), "--reason", "late", allowed=(0, 1))


class Refund(Cancel):
    name, title = "refund", "a cancelled order's charge is given back, its stock released"

    def before(self, spool):
        super().before(spool)
        self.is_cancelled = spool.orderd_run("cancel", spool.identity("PO-1"), "--reason", "late")

    def command(self, spool):
        return ["run", "--drain"]

    def again(self, spool):
        pass


class HandBefore(Scenario):
    name, title = "hand-before", "a held order's file is moved to a step by hand before a start"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.orderd_run("run", "--drain")

    def before(self, spool):
        self.move(spool)

    def move(self, spool):
        name = spool.identity("PO-1") + ".json"
        if os.path.exists(spool.path("queue/hold", name)):
            os.rename(spool.path("queue/hold", name), spool.path("queue/1-validate", name))

    def after(self, spool):
        # After an unclean stop the ledger wins: the file is back in hold/, and the person moves it again after the clean stop.
        if spool.statuses()["PO-1"] == "ON_HOLD":
            self.move(spool)
            spool.orderd_run("run", "--drain")


class HandLive(HandBefore):
    name, title = "hand-live", "the same while the daemon runs"
    live = True
    settings = ["intake.rescan=100ms"]

    def before(self, spool):
        pass

    def act(self, spool):
        self.move(spool)


class Stock(Scenario):
    name, title = "stock", "three orders for two pieces each, five in stock: one is held"
    receipts, stock = {"all.ndjson": "accepted"}, {"PEN": (1, 0)}
    expected = {"PO-1": "COMPLETED", "PO-2": "COMPLETED", "PO-3": "ON_HOLD"}

    def prepare(self, spool):
        spool.orderd_run("stock", "set", "PEN", "5")

    def before(self, spool):
        spool.drop("all.ndjson", "".join(order("PO-%d" % i) + "\n" for i in (1, 2, 3)))


class Partner(Scenario):
    name, title = "partner", "a partner is added by a verb without a daemon"
    expected, receipts = {"PO-9": "COMPLETED"}, {"z.json": "accepted"}

    def command(self, spool):
        return ["partner", "add", "zenith"]

    def again(self, spool):
        spool.orderd_run("partner", "add", "zenith", allowed=(0, 1))

    def after(self, spool):
        spool.drop("z.json", order("PO-9"), partner="zenith")
        spool.orderd_run("run", "--drain")


SCENARIOS = [
    c() for c in (
        Single, Renamed, Closed, Slices, Verdicts, Deferral, Hold, Release, Charge, Cancel, Refund, HandBefore, HandLive, Stock, Partner)
]

# --- One point ------------------------------------------------------------------------------------------------------------------------


def traced(scenario, spool, target, error=0, reading=False, words=None):
    """Runs the scenario's command to its end, or to its kill."""
    run = Traced(spool.arguments(*(words or scenario.command(spool))), spool.log, reading)
    is_over = threading.Event()
    state = {}
    is_live = scenario.live and not words
    # A thread of its own: the kernel answers only the thread that traces.
    driver = threading.Thread(target=drive, args=(scenario, spool, run.pid, is_over, state, is_live))
    driver.start()
    try:
        run.run(target, error)
    finally:
        is_over.set()
        driver.join()
    if "hung" in state:
        raise Problem("it did not come to its end within 20 s")
    if is_live and "acted" not in state:
        scenario.act(spool)
    return run


def live(scenario, spool, act):
    """The same without tracing: runs the daemon until the end is reached."""
    with open(spool.log, "ab") as log:
        process = subprocess.Popen(spool.arguments("run"), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        is_over, state = threading.Event(), {"acted": True}
        driver = threading.Thread(target=drive, args=(scenario, spool, process.pid, is_over, state, True))
        driver.start()
        code = process.wait()
        is_over.set()
        driver.join()
    if "hung" in state or code != 0:
        raise Problem("the run after the kill ended with %s%s" % (code, ", for it did not come to its end" if "hung" in state else ""))


def drive(scenario, spool, pid, is_over, state, is_live):
    deadline = time.monotonic() + 20
    marker = b"msg=running pid=%d " % pid
    while not is_over.wait(0.002):
        if time.monotonic() > deadline:
            state["hung"] = True
            os.kill(pid, signal.SIGKILL)
            return
        if not is_live or "stopped" in state:
            continue
        if "running" not in state:
            with open(spool.log, "rb") as log:
                if marker not in log.read():
                    continue
            state["running"] = True
        if "acted" not in state:
            scenario.act(spool)
            state["acted"] = True
        try:
            if scenario.reached(spool):
                os.kill(pid, signal.SIGTERM)
                state["stopped"] = True
        except (OSError, ValueError, Problem):
            pass


def verify(scenario, spool, before):
    """Raises a Problem where the end is not what an undisturbed run gives."""
    problems = []

    def expect(what, found, expected):
        if found != expected:
            problems.append("%s: expected %s, found %s" % (what, expected, found))

    check = subprocess.run(spool.arguments("check"), capture_output=True, timeout=60)
    if check.returncode != 0:
        problems.append("check ended with %d: %s" % (check.returncode, (check.stdout + check.stderr).decode()[:1500]))
    orders = spool.orders()
    found = collections.defaultdict(list)
    for o in orders:
        found[o["orderReference"]].append(o["status"])
    expect("orders", dict(found), {reference: [status] for reference, status in scenario.expected.items()})
    expect("status files", spool.statuses(), scenario.expected)
    receipts, published = {}, spool.published()
    for path, content in published.items():
        if "/receipts/" in path:
            receipts[os.path.basename(path)] = json.loads(content)["verdict"]
    expect("receipts", receipts, {name + ".receipt.json": verdict for name, verdict in scenario.receipts.items()})
    for path, content in before.items():
        if published.get(path) != content:
            problems.append("%s changed after the kill: %r to %r" % (path, content[:200], published.get(path, b"nothing")[:200]))
    completed = {o["orderId"] for o in orders if o["status"] == "COMPLETED"}
    picks = {os.path.basename(p).split(".")[0] for p in published if "/pick/" in p}
    expect("pick requests", picks, completed)
    left = [p for d in ("claimed/*/*/", "partners/*/orders/") for name in ("*", ".*") for p in spool.files(d + name)]
    expect("files left in claimed/ and the drop directories", [os.path.relpath(p, spool.root) for p in left], [])
    places = ("partners/*/[!o]*/.*", "partners/*/*/*/.*", "queue/*/.*", "metrics/.*", "state/.*")
    hidden = [p for pattern in places for p in spool.files(pattern)]
    expect("temporary files left", [os.path.relpath(p, spool.root) for p in hidden], [])
    once = collections.Counter()
    for event in spool.journal():
        # An effect may be asked for again, after a "none"; it is settled once. A step is advanced over once, whatever is repeated.
        kind, data = event["type"], event["data"]
        if kind in ("orderd.order.accepted", "orderd.order.advanced"):
            once[kind, event["subject"], data.get("step", "")] += 1
        elif kind == "orderd.effect.settled" and data["state"] != "none":
            once[kind, event["subject"], data["effect"]] += 1
    for key, count in once.items():
        if count > 1:
            problems.append("%d times in the journal: %s" % (count, " ".join(key)))
    if scenario.stock is not None:
        stock = [json.loads(line) for line in spool.orderd_run("stock", "list", "--json").splitlines()]
        expect("stock", {s["productId"]: (s["onHand"], s["reserved"]) for s in stock}, scenario.stock)
    if scenario.charges is not None:
        performed = spool.gateway.performed({o["orderId"] for o in orders})
        expect("charges, refunds at the gateway", (performed["charge"], performed["refund"]), (scenario.charges, scenario.refunds))
        held = spool.gateway.performed({o["orderId"] for o in orders if o["status"] == "ON_HOLD"})
        expect("charges of held orders", dict(held), {})
    if problems:
        raise Problem("; ".join(problems))


def fresh(scenario, spool, template):
    shutil.rmtree(spool.folder, ignore_errors=True)
    os.makedirs(spool.folder)
    # cp keeps times, modes and sparse files, and is quicker than a loop here.
    subprocess.run(["cp", "-a", template, spool.root], check=True)
    socket = ["payment.socket=" + spool.gateway.socket] if "payment.gateway=socket" in scenario.settings else []
    spool.settings = scenario.settings + socket
    spool.gateway.forget()
    scenario.before(spool)


# What is done to the spool right after the kill, to see that the rig notices.
CONTROLS = {
    "claimed": "whatever lies in claimed/ or a drop directory is deleted after the kill",
    "wal": "the ledger's write-ahead log is deleted after the kill",
    "receipts": "a receipt that was published before the kill gets another byte",
    "charge": "every charge comes to the gateway under a second key as well",
}


def doctor(control, spool):
    if control == "claimed":
        for path in spool.files("claimed/*/*/*") + spool.files("partners/*/orders/*"):
            os.unlink(path)
    elif control == "wal":
        for path in spool.files("state/ledger.sqlite-wal"):
            os.unlink(path)
    elif control == "receipts":
        for path in spool.files("partners/*/receipts/*/*.json"):
            with open(path, "ab") as f:
                f.write(b" ")
    elif control == "charge":
        with open(spool.gateway.log, "r+") as f:
            again = "".join(line for line in f.read().splitlines(True) if '"performed"' in line and '"charge"' in line)
            f.write(again)


def point(scenario, spool, template, job):
    """Does one job: (target, second target, error, control). Returns (what was hit first, what second, how it ended, problem)."""
    target, second, error, control = job
    hits, ended = [None, None], ""
    try:
        fresh(scenario, spool, template)
        reading = bool(error)
        run = traced(scenario, spool, target, error, reading)
        hits[0] = run.hit
        ended = describe(run.status)
        if error and run.hit:
            judge_error(spool, run)
        elif not run.hit and run.status != 0:
            raise Problem("undisturbed, it ended with %s" % ended)
        if not run.hit and not error and target:
            return hits, ended, None  # there is no such call
        before = spool.published()
        if control:
            doctor(control, spool)
        if second:
            other = traced(scenario, spool, second, words=["run", "--drain"])
            hits[1] = other.hit
            for path, content in before.items():
                if spool.published().get(path) != content:
                    raise Problem("%s changed in the recovery" % path)
            before = spool.published()
        scenario.again(spool)
        scenario.recover(spool)
        scenario.after(spool)
        if control == "charge":
            doctor(control, spool)
        if error:
            patiently(scenario, spool, before)
        else:
            verify(scenario, spool, before)
    except (Problem, subprocess.TimeoutExpired) as problem:
        return hits, ended, str(problem)
    except Exception:
        return hits, ended, "the rig failed: " + traceback.format_exc()
    return hits, ended, None


def patiently(scenario, spool, before):
    """What could not be published is tried again after a second by design; a start right away finds it not due yet."""
    for _ in range(4):
        try:
            return verify(scenario, spool, before)
        except Problem:
            time.sleep(1.1)
            spool.orderd_run("run", "--drain")
    verify(scenario, spool, before)


def describe(status):
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else str(os.WEXITSTATUS(status))


def judge_error(spool, run):
    ended = describe(run.status)
    call = run.hit[2]
    if ended not in ("0", "1", "2"):
        raise Problem("after a failed %s it ended with %s" % (call, ended))
    if ended == "2":
        with open(spool.log, "rb") as log:
            last = log.read().decode(errors="replace").strip().splitlines()[-1:]
        if not last or "orderd: " not in last[0] and "level=critical" not in last[0]:
            raise Problem("it stopped after a failed %s without saying why: %s" % (call, last))
    elif call in SYNCS and not is_harmless(run):
        raise Problem("it went on after a failed %s of %s" % (call, os.path.basename(run.file)))


def is_harmless(run):
    """The syncs whose failure SQLite keeps to itself: of the directory that it lies in, and of its checkpoint when it is closed, where all
    that is committed was synced before and the log stays. Nothing is recorded after the latter."""
    recorded = [f for f in run.after if f.endswith("-wal") or "/journal/" in f]
    return run.file.endswith("/state") or "ledger.sqlite" in run.file and not recorded


# --- All of them ----------------------------------------------------------------------------------------------------------------------


def worker(orderd, folder, jobs, results, keep):
    # A process that traces must not be asked to do it from two threads; so each worker is a process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.makedirs(folder)
    gateway = Gateway(folder)
    spool = Spool(orderd, folder + "/point", gateway)
    try:
        while (item := jobs.get()) is not None:
            index, template, job = item
            scenario = SCENARIOS[index]
            outcome = point(scenario, spool, template, job)
            if outcome[2] and keep and not job[3]:
                keep_failure(keep, scenario, job, spool, outcome)
            results.put((index, job, outcome))
    finally:
        gateway.close()


def keep_failure(keep, scenario, job, spool, outcome):
    place = "%s/%s-%s" % (keep, scenario.name, "-".join("%s%d" % t for t in job[:2] if t) + (errno.errorcode[job[2]] if job[2] else ""))
    if len(glob.glob(keep + "/*")) < 20 and not os.path.exists(place):
        shutil.copytree(spool.folder, place, symlinks=True, ignore=shutil.ignore_patterns("control"))
        with open(place + "/problem", "w") as f:
            f.write("%s\n%s\n" % (outcome[0], outcome[2]))


class Matrix:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.rng = random.Random(options.seed)
        self.jobs, self.results = multiprocessing.Queue(), multiprocessing.Queue()
        self.workers = [
            multiprocessing.Process(target=worker, args=(options.orderd, "%s/%d" % (folder, i), self.jobs, self.results, options.keep))
            for i in range(options.parallel)
        ]
        for process in self.workers:
            process.start()
        self.gateway = Gateway(folder)
        self.problems = []

    def close(self):
        for _ in self.workers:
            self.jobs.put(None)
        for process in self.workers:
            process.join()
        self.gateway.close()

    def run(self, index, template, jobs):
        """Has the workers do the jobs, and returns (job, outcome) of each."""
        for job in jobs:
            self.jobs.put((index, template, job))
        done = []
        for number in range(len(jobs)):
            _, job, outcome = self.results.get()
            done.append((job, outcome))
            if sys.stderr.isatty():
                print("\r  %s %d/%d " % (SCENARIOS[index].name, number + 1, len(jobs)), end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        return done

    def template(self, scenario):
        path = "%s/template-%s" % (self.folder, scenario.name)
        spool = Spool(self.options.orderd, path, self.gateway)
        os.makedirs(path)
        spool.settings = scenario.settings + ["payment.socket=" + self.gateway.socket]
        subprocess.run([self.options.orderd, "init", spool.root, "--config", "/dev/null"], check=True, capture_output=True)
        spool.orderd_run("partner", "add", "acme")
        scenario.prepare(spool)
        return spool

    def reference(self, scenario, template, reading):
        """An undisturbed run: how many calls each thread makes, and what for. It must pass by itself."""
        spool = Spool(self.options.orderd, self.folder + "/reference", self.gateway)
        fresh(scenario, spool, template)
        run = traced(scenario, spool, None, 0, reading)
        if run.status != 0:
            raise Problem("%s: undisturbed, it ended with %s" % (scenario.name, describe(run.status)))
        if scenario.name != "partner":
            scenario.again(spool)
        scenario.recover(spool)
        scenario.after(spool)
        verify(scenario, spool, {})
        return run

    def points(self, scenario, index, template, error=0):
        run = self.reference(scenario, template, bool(error))
        sample = (self.options.error_sample or self.options.sample) if error else self.options.sample
        if scenario.name in self.options.all_of.split(",") and not error:
            sample = 0
        targets = [(thread, n) for thread, count in sorted(run.counts.items()) for n in range(1, count + 1)]
        total = len(targets)
        if self.options.at:
            roles = {role: thread for thread, role in run.roles().items()}
            thread, n = self.options.at.rsplit(":", 1)
            targets = [(roles.get(thread, thread), int(n))]
        elif sample and sample < total:
            targets = sorted(self.rng.sample(targets, sample))
        done = self.run(index, template, [(target, None, error, self.options.doctor) for target in targets])
        # Runs differ a little: go on until no thread has an Nth call any more.
        reached = {thread: count for thread, count in run.counts.items()}
        while not sample and not self.options.at and reached:
            reached = {t: n for t, n in reached.items() if any(o[0][0] for j, o in done if j[0][0] == t and j[0][1] >= n - 1)}
            more = [((thread, n + i), None, error, None) for thread, n in reached.items() for i in (1, 2)]
            if not more:
                break
            done += self.run(index, template, more)
            reached = {thread: n + 2 for thread, n in reached.items()}
        return run, total, done

    def pairs(self, scenario, index, template, first):
        """A second kill in the recovery, for kills at each first point."""
        run = self.reference(scenario, template, False)
        targets = [(t, n) for (t, n), hit in ((j[0], o[0][0]) for j, o in first) if hit]
        seconds = [(t, n) for t, count in sorted(run.counts.items()) for n in range(1, count + 6)]
        every = [(a, b) for a in targets for b in seconds]
        wanted = every if self.options.pairs == "all" else self.rng.sample(every, min(len(every), int(self.options.pairs)))
        return run, len(every), self.run(index, template, [(a, b, 0, None) for a, b in wanted])


def tally(run, done, which=0):
    """(role, call): [points, failures], of what was hit."""
    roles, table = run.roles(), collections.defaultdict(lambda: [0, 0])
    for _, outcome in done:
        hit = outcome[0][which]
        if hit:
            cell = table[roles.get(hit[0], "other"), hit[2]]
            cell[0] += 1
            cell[1] += outcome[2] is not None
    return table


def why_not():
    """Why calls cannot be stopped here, or nothing."""
    if platform.machine() != "x86_64" or not sys.platform.startswith("linux"):
        return "the numbers of the system calls are those of x86-64 Linux"
    try:
        run = Traced(["/bin/sh", "-c", "echo > /dev/null"], "/dev/null")
        run.run()
    except OSError as error:
        return "a program may not trace another (%s)" % error
    return "" if run.status == 0 and run.seen else "a traced program was not stopped at its calls"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orderd", help="the program")
    parser.add_argument("--probe", action="store_true", help="only say whether this machine can do it: 0, or 77")
    parser.add_argument("--only", help="scenarios, with commas (default: all)")
    parser.add_argument("--sample", type=int, default=0, help="this many points of each scenario (default: all)")
    parser.add_argument("--all-of", default="", help="scenarios of which --sample spares none, with commas")
    parser.add_argument("--pairs", default="400", help="how many pairs of kill and kill in recovery, or all, or 0")
    parser.add_argument("--errors", default="", help="error names, with commas: in single, charge and refund, calls fail with them too")
    parser.add_argument("--error-sample", type=int, default=0, help="this many points of each error (default: all)")
    parser.add_argument("--no-kills", action="store_true", help="only what --errors asks for")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--at", help="one point, THREAD:N")
    parser.add_argument("--dir", help="where the spools are made (default: /dev/shm where there is one)")
    parser.add_argument("--keep", help="a directory for the spools of up to 20 failures")
    parser.add_argument("--doctor", choices=sorted(CONTROLS), help="one of the controls at every point: this must fail")
    parser.add_argument("--no-controls", action="store_true", help="leave out the runs that must fail")
    parser.add_argument("--note", default="", help="a sentence for the page: how the program was built")
    parser.add_argument("--write", metavar="PAGE", help="write the tables into this page")
    options = parser.parse_args()
    if reason := why_not():
        print("this machine cannot do it: " + reason, file=sys.stderr)
        return 77
    if options.probe:
        return 0
    if not options.orderd:
        parser.error("--orderd is needed: the program")
    options.orderd = os.path.abspath(options.orderd)
    names = options.only.split(",") if options.only else [s.name for s in SCENARIOS]
    if unknown := set(names) - {s.name for s in SCENARIOS}:
        parser.error("no scenario %s; there are %s" % (", ".join(sorted(unknown)), ", ".join(s.name for s in SCENARIOS)))
    folder = tempfile.mkdtemp(prefix="orderd-crash-", dir=options.dir or ("/dev/shm" if os.path.isdir("/dev/shm") else None))
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    matrix = Matrix(options, folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        return examine(options, matrix, names)
    except (Problem, subprocess.CalledProcessError, OSError) as error:
        print("the trial could not be run: %s" % error, file=sys.stderr)
        return 2
    except (KeyboardInterrupt, SystemExit):
        # What they trace ends with them, and so does their gateway.
        for process in matrix.workers:
            process.terminate()
        raise
    finally:
        matrix.close()
        shutil.rmtree(folder, ignore_errors=True)


def examine(options, matrix, names):
    report = Report(options)
    started = time.monotonic()
    for index, scenario in enumerate(SCENARIOS):
        if scenario.name not in names:
            continue
        template = matrix.template(scenario).root
        if scenario.name in ("single", "charge", "refund"):
            for name in options.errors.split(",") if options.errors else []:
                run, total, done = matrix.points(scenario, index, template, getattr(errno, name))
                report.add(scenario.name, scenario.title, run, total, done, error=name)
        if options.no_kills:
            continue
        run, total, done = matrix.points(scenario, index, template)
        report.add(scenario.name, scenario.title, run, total, done)
        if scenario.name == "single" and options.pairs != "0" and not options.at:
            run, total, pairs = matrix.pairs(scenario, index, template, done)
            report.add("single, twice", "the same, and a second kill in the recovery", run, total, pairs, which=1)
        reached = [job[0] for job, outcome in done if outcome[0][0]]
        some = sorted(matrix.rng.sample(reached, min(len(reached), options.sample or 120)))
        if not options.no_controls and not options.at and scenario.name in ("single", "charge"):
            for control in CONTROLS if scenario.name == "single" else []:
                if control != "charge":
                    report.control(control, matrix.run(index, template, [(t, None, 0, control) for t in some]))
            if scenario.name == "charge":
                report.control("charge", matrix.run(index, template, [(t, None, 0, "charge") for t in some[:40]]))
    report.finish(time.monotonic() - started)
    if options.write:
        with open(options.write, "w") as f:
            f.write(report.page())
    return 1 if report.failures or report.blunt else 0


Row = collections.namedtuple("Row", "name title error table reached total failed")
PAGE = """# Crash matrix

<!-- Written by Tests/faults/crash-matrix.py --write. Run it again rather than edit it. -->

orderd is killed (SIGKILL) before a system call that changes something, then started again, and everything is compared with what an undisturbed run
gives. One run of this trial: **{date}, orderd {version}, {points} points, {failures} failures**, {minutes} minutes on {cores} cores, spools on tmpfs. {note}

    make release
    make faults                                                                       # everything, hours
    Tests/faults/crash-matrix.py --orderd .build/release/orderd --sample 10 --seed 7  # some points
    Tests/faults/crash-matrix.py --orderd .build/release/orderd --only charge --at pipeline:17

This page was written by: `{command}`

## What a point is

A first run counts the calls of each thread. Point N of a thread is a fresh copy of the scenario's spool, a run that is stopped before the Nth call of that
thread and killed there, and normal runs after it. Counted are calls that change files or talk to others: write, rename, unlink, link, truncate, sync, make, change of owner
or mode, connect, send, and open where it creates. A kill before a call that only reads leaves the same as a kill before the next one that does not. Threads are told apart, so that the
followers' third rename is a point as well as the pipeline's. In "at all" stands how many an undisturbed run makes; runs differ by a few calls.

After each point must hold: the start succeeds; `orderd check` finds nothing; each order is there once, in its expected state, in the ledger and in its status file; each file has
its expected receipt; receipts and pick requests that were there right after the kill have the same bytes; nothing lies in `claimed/`, in a drop directory or under a temporary name; no step stands twice in the
journal; stock is as expected; a gateway in another process has counted the expected charges and refunds, none for a held order.

## Killed

{kills}
{pairs}
## Calls that fail

{errors}
## Runs that must fail

A trial that cannot fail shows nothing. After the kill, the spool is doctored, and the same comparison must notice it. Not every point can be noticed: where the kill came before there was
something to doctor, or after it had served, nothing is lost.

{controls}
## What it does not show

A kill leaves what was written in the page cache: lost caches (power cuts) are another trial. `mmap` writes (SQLite's shared index, made again at each start) are no calls. Other threads go on until
the kill reaches them, so the order of calls of different threads is as it happens. Scenarios with a daemon that is stopped by a signal include the stop.
"""


class Report:
    def __init__(self, options):
        self.options, self.rows, self.failures, self.controls, self.blunt = options, [], [], [], []
        self.version = subprocess.run([options.orderd, "--version"], capture_output=True).stdout.decode().strip()

    def add(self, name, title, run, total, done, which=0, error=""):
        table = tally(run, done, which)
        reached = sum(cell[0] for cell in table.values())
        failed = [(job, outcome) for job, outcome in done if outcome[2]]
        # A failure at a point that was not reached is one too.
        self.failures += [(name, job, outcome) for job, outcome in failed]
        self.rows.append(Row(name, title, error, table, reached, total, len(failed)))
        print("%-22s %5d points of about %d, %d failures" % ((name + " " + error).strip(), reached, total, len(failed)), flush=True)
        roles = run.roles()
        for job, (hits, ended, problem) in failed[:10]:
            place = ", then ".join("%s:%d %s" % (roles.get(h[0], h[0]), h[1], h[2]) for h in hits if h) or "not reached %s" % (job,)
            print("    %s (ended with %s): %s" % (place, ended, problem), flush=True)

    def control(self, name, done):
        bitten = sum(1 for _, outcome in done if outcome[2])
        self.controls.append((name, len(done), bitten))
        if not bitten:
            self.blunt.append(name)
        print("control %-14s %5d points, %d noticed%s" % (name, len(done), bitten, "" if bitten else ": THE RIG DOES NOT BITE"), flush=True)

    def finish(self, seconds):
        self.seconds = seconds
        reached = sum(row.reached for row in self.rows)
        print("%d points, %d failures, %d s" % (reached, len(self.failures), seconds), flush=True)

    def page(self):
        def extent(row):
            return "all" if row.reached >= row.total - 5 else "sampled"

        def grid(rows):
            calls = sorted({call for row in rows for _, call in row.table})
            lines = ["| scenario | thread | %s | points | failures |" % " | ".join(calls), "|---|---|%s---|---|" % ("---|" * len(calls))]
            for row in rows:
                for role in sorted({role for role, _ in row.table}, key=lambda r: (r != "pipeline", r)):
                    cells = [row.table.get((role, call), (0, 0)) for call in calls]
                    lines.append("| %s | %s | %s | %d | %d |" % (
                        (row.name + " " + row.error).strip(), role, " | ".join(str(c[0]) if c[0] else "" for c in cells),
                        sum(c[0] for c in cells), sum(c[1] for c in cells)))
            return "\n".join(lines) + "\n"

        def summary(rows):
            lines = ["| scenario | | points | at all | | failures |", "|---|---|---|---|---|---|"]
            for row in rows:
                lines.append("| %s | %s | %d | %d | %s | %d |" % (
                    (row.name + " " + row.error).strip(), row.title, row.reached, row.total, extent(row), row.failed))
            return "\n".join(lines) + "\n"

        pairs = [row for row in self.rows if row.name.endswith("twice")]
        errors = [row for row in self.rows if row.error]
        kills = [row for row in self.rows if row not in pairs and row not in errors]
        fill = {
            "date": datetime.date.today().isoformat(), "version": self.version, "points": sum(row.reached for row in self.rows),
            "failures": len(self.failures), "minutes": round(self.seconds / 60), "cores": os.cpu_count(), "note": self.options.note,
            "command": " ".join(["Tests/faults/crash-matrix.py"] + without_paths(sys.argv[1:])),
            "kills": summary(kills) + "\n" + grid(kills) if kills else "Not part of this run.\n",
            "pairs": "### Killed again in the recovery\n\n" + summary(pairs) + "\n" + grid(pairs) if pairs else "",
            "errors": ERRORS + summary(errors) + "\n" + grid(errors) if errors else "Not part of this run.\n",
            "controls": "| after the kill | points | noticed |\n|---|---|---|\n" + "".join(
                "| %s | %d | %d |\n" % (CONTROLS[name], points, bitten) for name, points, bitten in self.controls)
            if self.controls else "Not part of this run.\n",
        }
        return PAGE.format(**fill)


ERRORS = """The Nth call returns an error instead, those that only read too, from the daemon's first act on. It must go on, or end with code 2 and say why; never by a trap; a
failed fsync, fdatasync or syncfs must end it (but for two that SQLite keeps to itself: of the directory that it lies in, and of its checkpoint as it is closed, after the
last record). Then it is started again and compared as above; what could not be published is given a few seconds to be tried again.

"""


def without_paths(words):
    """The arguments for the page: no place of this machine."""
    shown, skips = [], False
    for word in words:
        if skips:
            skips = False
        elif word in ("--dir", "--keep", "--note"):
            skips = True
        else:
            shown.append("PROGRAM" if shown[-1:] == ["--orderd"] else "PAGE" if shown[-1:] == ["--write"] else word)
    return shown


if __name__ == "__main__":
    sys.exit(main())
