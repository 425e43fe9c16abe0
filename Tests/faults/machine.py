"""What the fault rigs share of the machine: a mount namespace of their own, disks in memory that can lose power, preloaded libraries.

Everything made here goes when the rig's process ends, however it ends: mounts with the namespace, loop devices with their last descriptor.
"""
import contextlib, ctypes, errno, fcntl, os, shutil, signal, struct, subprocess, sys, tempfile

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
SHUTDOWN, WITHOUT_LOG_FLUSH = 0x8004587D, 2
LOOP_SET_FD, LOOP_CLR_FD, LOOP_SET_STATUS64, LOOP_CTL_GET_FREE, AUTOCLEAR = 0x4C00, 0x4C01, 0x4C04, 0x4C82, 4


class CannotRun(Exception):
    """The machine cannot do it: exit code 77, with this reason."""


class Problem(Exception):
    """The trial itself went wrong: exit code 2."""


def leave_mount_namespace():
    """From here on mounts are seen by this process and its children alone."""
    if LIBC.unshare(CLONE_NEWNS) != 0 or LIBC.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise CannotRun("mounts need root: %s" % os.strerror(ctypes.get_errno()))


def needs(*programs):
    for program in programs:
        if not shutil.which(program):
            raise CannotRun("there is no %s" % program)


def needs_disks():
    """Root, loop devices and ext4."""
    if os.geteuid() != 0:
        raise CannotRun("only root can mount")
    needs("mkfs.ext4", "mount", "umount")
    if not os.path.exists("/dev/loop-control"):
        raise CannotRun("there are no loop devices here")


@contextlib.contextmanager
def scratch(prefix, memory=True):
    """A directory, in memory where there is such; gone at the end."""
    folder = tempfile.mkdtemp(prefix=prefix, dir="/dev/shm" if memory and os.access("/dev/shm", os.W_OK) else None)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class LoopDevice:
    """A file as a block device. It goes when this object's descriptor is closed and nothing has it mounted."""

    def __init__(self, file):
        with open("/dev/loop-control", "rb") as control, open(file, "r+b") as image:
            for _ in range(100):
                self.path = "/dev/loop%d" % fcntl.ioctl(control, LOOP_CTL_GET_FREE)
                try:
                    self.descriptor = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
                    fcntl.ioctl(self.descriptor, LOOP_SET_FD, image.fileno())
                    break
                except OSError as error:
                    # Somebody else was faster.
                    if error.errno not in (errno.EBUSY, errno.ENOENT, errno.ENXIO):
                        raise
            else:
                raise CannotRun("there is no free loop device")
            information = bytearray(232)
            struct.pack_into("I", information, 52, AUTOCLEAR)
            fcntl.ioctl(self.descriptor, LOOP_SET_STATUS64, bytes(information))

    def close(self):
        os.close(self.descriptor)


class Disk:
    """An ext4 file system in a file, whose power can be cut. With `make` false the file is there."""

    def __init__(self, folder, megabytes=96, options="", name="disk", make=True):
        self.file, self.directory, self.options = "%s/%s.image" % (folder, name), "%s/%s" % (folder, name), options
        if make:
            with open(self.file, "wb") as image:
                image.truncate(megabytes << 20)
            run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0,nodiscard", self.file)
        os.mkdir(self.directory)
        self.device = None
        self.mount()

    def mount(self):
        # A device of its own each time: one that stayed would keep blocks in memory that were changed and never written.
        self.device = LoopDevice(self.file)
        run("mount", "-t", "ext4", *(["-o", self.options] if self.options else []), self.device.path, self.directory)

    def unmount(self):
        if self.device:
            run("umount", self.directory)
            self.device.close()
            self.device = None

    def cut(self):
        """The power goes: what is not on the device by now never will be, and every later write fails."""
        descriptor = os.open(self.directory, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", WITHOUT_LOG_FLUSH))
        finally:
            os.close(descriptor)

    def close(self):
        if self.device:
            subprocess.run(["umount", "-l", self.directory], stderr=subprocess.DEVNULL)
            self.device.close()
        os.unlink(self.file)
        os.rmdir(self.directory)


def run(*words, **options):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options)
    if done.returncode != 0:
        raise Problem("%s: %s" % (" ".join(words), done.stdout.decode(errors="replace").strip()))
    return done.stdout.decode(errors="replace")


def needs_compiler():
    found = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if not found:
        raise CannotRun("there is no C compiler")
    return found


def library(folder, name, source):
    """Compiles a few lines of C to be preloaded; its path."""
    path = "%s/%s.so" % (folder, name)
    with open(path + ".c", "w") as f:
        f.write(source)
    run(needs_compiler(), "-shared", "-fPIC", "-O1", "-o", path, path + ".c")
    return path


# Calls that do nothing, by the names in the variable WITHOUT.
WITHOUT = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
static int none(const char *name) {
  const char *list = getenv("WITHOUT"), *at = list;
  size_t n = strlen(name);
  while (at && (at = strstr(at, name))) {
    if ((at == list || at[-1] == ',') && (!at[n] || at[n] == ',')) return 1;
    at += n;
  }
  return 0;
}
#define CALL(NAME) int NAME(int fd) { \\
  static int (*real)(int); \\
  if (none(#NAME)) return 0; \\
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #NAME); \\
  return real(fd); }
CALL(fsync) CALL(fdatasync) CALL(syncfs)
long syscall(long number, ...) {
  static long (*real)(long, ...);
  long a[6];
  va_list list;
  if (number == SYS_syncfs && none("syncfs")) return 0;
  va_start(list, number);
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  return real(number, a[0], a[1], a[2], a[3], a[4], a[5]); }
"""


def main(trial, parser, probe=lambda: None):
    """Runs a rig's trial: exit code 0 where all holds, 1 where something does not, 2 where it could not be run, 77 with a reason where
    the machine cannot. `trial` takes the options and returns the problems found."""
    parser.add_argument("--orderd", help="the program")
    parser.add_argument("--probe", action="store_true", help="only say whether this machine can do it: 0, or 77")
    options = parser.parse_args()

    def ended(number, _):
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, ended)
    signal.signal(signal.SIGHUP, ended)
    try:
        probe()
        if options.probe:
            return 0
        if not options.orderd:
            parser.error("--orderd is needed: the program")
        options.orderd = os.path.abspath(options.orderd)
        return 1 if trial(options) else 0
    except CannotRun as reason:
        print("this machine cannot do it: %s" % reason, file=sys.stderr)
        return 77
    except (Problem, subprocess.SubprocessError, OSError) as error:
        print("the trial could not be run: %s" % error, file=sys.stderr)
        return 2
