"""Whether a call that is about to be made would change anything that outlives the process.

A kill leaves the page cache, so whatever only waits for the disk changes nothing; nor does what makes what is there already. What wakes
another thread of the process does: before it, that thread has surely not begun. A kill before such a call leaves what a kill before the next call of the thread leaves. It is decided at the
call itself, in each run anew: no run is taken for another.
"""
import os, stat, struct

from .calls import NAMES, SYNCS

_WRITES = ("write", "pwrite64", "writev", "pwritev", "sendto", "sendmsg")
_BELOW_CWD = -100


class Effect:
    """Looks at the calls of one process. `log` is the file that its standard error goes to."""

    def __init__(self, pid, log):
        self.pid, self.log = pid, os.path.realpath(log)

    def changes(self, registers):
        """False only where the call surely changes nothing."""
        name = NAMES[registers.number]
        if name in SYNCS:
            return False
        try:
            look = getattr(self, "_" + name, None)
            if look:
                return look(registers)
            return self._is_seen(registers) if name in _WRITES else True
        except (OSError, ValueError):
            return True

    def _is_seen(self, registers):
        # What the log says is nobody's state.
        return os.readlink(self._descriptor(registers.number_at(0))) != self.log

    def _mkdirat(self, registers):
        return not os.path.lexists(self._path(registers, 0, 1))

    def _openat(self, registers):
        flags = registers.arguments[2]
        path = self._path(registers, 0, 1)
        if flags & 0x400000 == 0x400000 or not os.path.lexists(path):
            return True
        return bool(flags & os.O_TRUNC) and os.lstat(path).st_size > 0

    def _unlinkat(self, registers):
        return os.path.lexists(self._path(registers, 0, 1))

    def _renameat2(self, registers):
        return os.path.lexists(self._path(registers, 0, 1))

    def _linkat(self, registers):
        return os.path.lexists(self._path(registers, 0, 1)) and not os.path.lexists(self._path(registers, 2, 3))

    def _ftruncate(self, registers):
        return os.stat(self._descriptor(registers.number_at(0))).st_size != registers.arguments[1]

    def _fchmod(self, registers):
        # The same mode again changes a time, which is looked at where partners write.
        descriptor = self._descriptor(registers.number_at(0))
        if self._is_upload(os.readlink(descriptor)):
            return True
        return stat.S_IMODE(os.stat(descriptor).st_mode) != registers.arguments[1] & 0o7777

    def _fchown(self, registers):
        descriptor = self._descriptor(registers.number_at(0))
        if self._is_upload(os.readlink(descriptor)):
            return True
        found = os.stat(descriptor)
        return (found.st_uid, found.st_gid) != (registers.number_at(1), registers.number_at(2))

    def _connect(self, registers):
        # Where nobody can listen nobody notices: the name service's socket, which libc tries.
        address = self._bytes(registers.arguments[1], registers.arguments[2] & 0xFFFF)
        if len(address) < 3 or struct.unpack("=H", address[:2])[0] != 1 or address[2] == 0:
            return True
        return os.path.lexists(os.path.join("/proc/%d/cwd" % self.pid, address[2:].split(b"\0")[0].decode()))

    @staticmethod
    def _is_upload(path):
        return "/orders/" in path or "/claimed/" in path

    def _descriptor(self, number):
        return "/proc/%d/fd/%d" % (self.pid, number)

    def _path(self, registers, base, name):
        number = registers.number_at(base)
        below = "/proc/%d/cwd" % self.pid if number == _BELOW_CWD else self._descriptor(number)
        return os.path.join(below, self._bytes(registers.arguments[name], 4096).split(b"\0")[0].decode())

    def _bytes(self, address, count):
        # A page at a time: the next one may not be there.
        with open("/proc/%d/mem" % self.pid, "rb", 0) as memory:
            memory.seek(address)
            count = min(count, 4096)
            first = memory.read(min(count, 4096 - address % 4096))
            if len(first) < count and b"\0" not in first:
                first += memory.read(count - len(first))
            return first
