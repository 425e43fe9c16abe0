"""A run of a program that stops before each of the calls, where it can be killed or the call made to fail."""
import collections, ctypes, errno, os, platform, signal, struct, sys

from .calls import (
    CHANGING, CONT, GETEVENTMSG, LASTING, LIBC, NAMES, OPTIONS, ORIG_RAX, POKEUSER, RAX, SETOPTIONS, SIGNALFD, SYNCS, TRACEME, WALL,
    Registers, ptrace, seccomp_filter)
from .effect import Effect


_TRACKED = (*SYNCS, "write", "pwrite64", "ftruncate")


class Traced:
    """One run. Threads are named by who made them: main, main.1, main.2, main.1.1, ...

    `counts` holds how many points there were by thread and call; `still` how many calls each thread made that change nothing, which are
    no points unless `full`. With `reading`, for calls that fail, all calls count, from the daemon's first act on; for an error that lasts,
    those that it can meet. Calls are counted by name, since runs differ in how often SQLite asks for a lock, and in what order directories
    are read: of all calls together the Nth is not the same one in each run.
    """

    def __init__(self, arguments, log, reading=False, full=False):
        self.counts, self.still, self.seen = collections.Counter(), collections.Counter(), []
        self.made = collections.Counter()  # all points of each thread
        self.left_out = 0  # points that are taken in another scenario
        self.starting = None  # `counts` when it began to listen: what comes before is its start
        self.names, self.children, self.early = {}, collections.Counter(), {}
        self.hit, self.status = None, None
        self.changes = None  # whether the call that was hit changes anything
        self.dirty, self.file = set(), ""  # what was written since its last sync; where a sync failed
        self.was_dirty = False  # whether there was anything that the last sync had to bring to disk
        self.reading, self.full, self.armed = reading, full, not reading
        self.lasting = None  # the calls that go on failing
        program = seccomp_filter(reading)
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._become(arguments, log, program)
            finally:
                os._exit(126)
        try:
            os.setpgid(self.pid, self.pid)
        except OSError:
            pass
        self.names[self.pid] = "main"
        self.effect = Effect(self.pid, log)
        _, status = os.waitpid(self.pid, WALL)
        if not os.WIFSTOPPED(status):
            raise PermissionError("a traced process could not be started")
        ptrace(SETOPTIONS, self.pid, 0, OPTIONS)
        ptrace(CONT, self.pid)

    @staticmethod
    def _become(arguments, log, program):
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

    def run(self, target=None, error=0, lasts=False):
        """Runs to the end. At `target`, (thread, call, n), it is killed, or the call fails with `error`; where that `lasts`, so does each
        later call that such an error can meet. Without a call, n counts all of the thread's. Returns the wait status."""
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
                self._stopped(tid, status, target, error, lasts)
            except ProcessLookupError:
                pass  # killed meanwhile

    def _stopped(self, tid, status, target, error, lasts):
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
            self._call(tid, target, error, lasts)
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

    def _call(self, tid, target, error, lasts):
        # Reading registers costs; after the one call there is mostly nothing to look at.
        if self.hit is None or self.lasting:
            registers = Registers(tid)
            if self._is_to_stop(tid, registers, target, error, lasts):
                os.kill(self.pid, signal.SIGKILL)
                return
        ptrace(CONT, tid)

    def _is_to_stop(self, tid, registers, target, error, lasts):
        number = registers.number
        if number == SIGNALFD:
            self.armed = True
        elif self.armed and self.hit is None:
            thread, name = self.names[tid], NAMES[number]
            self.seen.append((thread, name))
            if name == "bind" and self.starting is None:
                self.starting = dict(self.counts)
            if lasts and name not in LASTING[errno.errorcode[error]]:
                return False
            if not self.reading and not self.full and not self.effect.changes(registers):
                self.still[thread] += 1
                return False
            self.counts[thread, name] += 1
            self.made[thread] += 1
            if error and name in _TRACKED:
                self._note(name, self.described(registers))
            if target in ((thread, name, self.counts[thread, name]), (thread, "", self.made[thread])):
                self.hit = (thread, name, self.counts[thread, name])
                if self.full:
                    self.changes = self.effect.changes(registers)
                if not error:
                    return True
                if name in SYNCS:
                    self.file = self.described(registers)
                if lasts:
                    self.lasting = {_number(n) for n in LASTING[errno.errorcode[error]]}
                self._fail(tid, error)
        elif self.lasting:
            # It still hears signals, and its last words can be read.
            if number in self.lasting and not (NAMES[number] in ("read", "write") and self._is_its_own(registers)):
                self._fail(tid, error)
        return False

    def _note(self, name, file):
        if name in SYNCS:
            self.was_dirty = file in self.dirty
            self.dirty.discard(file)
        else:
            self.dirty.add(file)

    def _is_its_own(self, registers):
        return registers.number_at(0) in (1, 2) or not self.described(registers).startswith("/")

    @staticmethod
    def _fail(tid, error):
        ptrace(POKEUSER, tid, ORIG_RAX * 8, ctypes.c_void_p(-1))
        ptrace(POKEUSER, tid, RAX * 8, ctypes.c_void_p(-error))

    def described(self, registers):
        """The file that the call's descriptor is open on."""
        try:
            return os.readlink("/proc/%d/fd/%d" % (self.pid, registers.number_at(0)))
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


def _number(name):
    return next(number for number, known in NAMES.items() if known == name)


def why_not():
    """Why calls cannot be stopped here, or nothing."""
    if platform.machine() != "x86_64" or not sys.platform.startswith("linux"):
        return "the numbers of the system calls are those of x86-64 Linux"
    try:
        run = Traced(["/bin/sh", "-c", "echo > /dev/null"], "/dev/null", full=True)
        run.run()
    except OSError as error:
        return "a program may not trace another (%s)" % error
    return "" if run.status == 0 and run.seen else "a traced program was not stopped at its calls"
