"""The system calls of x86-64 Linux that are stopped at, and the filter that stops there."""
import ctypes, os, struct

# Calls that change files or speak to others.
CHANGING = {
    "write": 1, "pwrite64": 18, "writev": 20, "connect": 42, "sendto": 44, "sendmsg": 46, "bind": 49, "fsync": 74, "fdatasync": 75,
    "ftruncate": 77, "rename": 82, "mkdir": 83, "rmdir": 84, "link": 86, "unlink": 87, "symlink": 88, "chmod": 90, "fchmod": 91,
    "fchown": 93, "utime": 132, "openat": 257, "mkdirat": 258, "fchownat": 260, "unlinkat": 263, "renameat": 264, "linkat": 265,
    "symlinkat": 266, "fchmodat": 268, "utimensat": 280, "fallocate": 285, "pwritev": 296, "syncfs": 306, "renameat2": 316,
    "copy_file_range": 326,
}
# Calls that change nothing: a kill before one is a kill before the next one that does. They matter where calls fail.
READING = {
    "read": 0, "open": 2, "stat": 4, "fstat": 5, "lstat": 6, "lseek": 8, "pread64": 17, "access": 21, "socket": 41, "accept": 43,
    "recvfrom": 45, "recvmsg": 47, "listen": 50, "fcntl": 72, "flock": 73, "readlink": 89, "fstatfs": 138, "getdents64": 217,
    "inotify_add_watch": 254, "newfstatat": 262, "readlinkat": 267, "accept4": 288, "eventfd2": 290, "epoll_create1": 291, "dup3": 292,
    "inotify_init1": 294, "preadv": 295, "statx": 332, "faccessat2": 439,
}
SYNCS = ("fsync", "fdatasync", "syncfs")
SIGNALFD = 289  # the daemon's first act: what comes before it is the loader's
NAMES = {number: name for name, number in {**CHANGING, **READING}.items()}
CREATING = os.O_CREAT | os.O_TRUNC | 0x400000  # and O_TMPFILE

# Which calls go on failing where an error lasts. A full disk refuses what needs room, no more than a disk that breaks spares a read.
_NAMED = {"open", "openat", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat"}
_WRITING = {"write", "pwrite64", "pwritev", "writev", "fallocate", "copy_file_range"}
LASTING = {
    "ENOSPC": _NAMED | _WRITING | {"inotify_add_watch"},
    "EMFILE": {"open", "openat", "socket", "accept", "accept4", "eventfd2", "epoll_create1", "inotify_init1"},
    "EACCES": _NAMED | {"unlink", "unlinkat", "connect", "bind", "newfstatat", "statx", "stat", "lstat", "fchmod", "fchmodat", "fchown"},
    "EIO": _NAMED | _WRITING | set(SYNCS) | {
        "read", "pread64", "preadv", "getdents64", "ftruncate", "unlink", "unlinkat", "newfstatat", "statx"},
}

LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
LIBC.ptrace.restype = ctypes.c_long
TRACEME, POKEUSER, CONT, GETREGS, SETOPTIONS, GETEVENTMSG = 0, 6, 7, 12, 0x4200, 0x4201
# fork, vfork, clone, exec, seccomp, and: the traced die with the tracer
OPTIONS = 0x2 | 0x4 | 0x8 | 0x10 | 0x80 | 0x100000
WALL = 0x40000000
RAX, ORIG_RAX = 10, 15


def ptrace(request, pid, address=0, data=0):
    """The call; raises OSError where it fails."""
    ctypes.set_errno(0)
    result = LIBC.ptrace(request, pid, address, data)
    if result == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


class Registers:
    """What a thread that stands at a call has in its registers: the call's number and its arguments."""

    def __init__(self, tid):
        block = (ctypes.c_ulonglong * 27)()
        ptrace(GETREGS, tid, 0, ctypes.addressof(block))
        self.number = block[ORIG_RAX]
        self.arguments = (block[14], block[13], block[12], block[7], block[9], block[8])

    def number_at(self, place):
        """An argument that is an int, such as a descriptor."""
        value = self.arguments[place] & 0xFFFFFFFF
        return value - (1 << 32) if value >> 31 else value


def seccomp_filter(reading):
    """The filter's program: stop at CHANGING (openat only where it creates, unless `reading`), let the rest pass."""
    load, equal, has, ret = 0x20, 0x15, 0x45, 0x06
    trace, allow = 0x7FF00000, 0x7FFF0000
    code = [(load, 0, 0, 0)]
    numbers = set(CHANGING.values()) | ({SIGNALFD} | set(READING.values()) if reading else set())
    for number in sorted(numbers):
        if number == CHANGING["openat"] and not reading:
            code += [(equal, 0, 4, number), (load, 0, 0, 16 + 2 * 8), (has, 0, 1, CREATING), (ret, 0, 0, trace), (ret, 0, 0, allow)]
        else:
            code += [(equal, 0, 1, number), (ret, 0, 0, trace)]
    code.append((ret, 0, 0, allow))
    return b"".join(struct.pack("HBBI", *line) for line in code)
