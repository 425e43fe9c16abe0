"""Where a measurement writes: an ext4 image in memory, tmpfs, or a directory of a disk. And what a figure must be read with."""

import contextlib
import ctypes
import os
import pathlib
import platform
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MEMORY = pathlib.Path("/dev/shm")
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000
KINDS = ["ext4", "tmpfs", "disk"]


def add_options(parser):
    parser.add_argument("--on", choices=KINDS, default="ext4" if can_mount() else "tmpfs",
                        help="ext4: an image in memory, on a loop mount of this process alone (root); tmpfs: /dev/shm; disk: --dir (default: %(default)s)")
    parser.add_argument("--dir", type=pathlib.Path, help="with --on disk: where (default: a temporary directory beside the build)")
    parser.add_argument("--megabytes", type=int, default=6000, help="with --on ext4: the image's size (default: %(default)s)")


def can_mount():
    return os.geteuid() == 0 and os.path.exists("/dev/loop-control") and shutil.which("mkfs.ext4") is not None and MEMORY.is_dir()


def available_megabytes():
    return next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemAvailable")) // 1000


# Daemons that were started and may still run.
children = []


def end_children():
    for child in children:
        if child.poll() is None:
            child.kill()
            child.wait()
    children.clear()


def leave(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sys.exit("ended")


@contextlib.contextmanager
def place(arguments):
    """A fresh directory on the file system that the options ask for; gone at the end, with the image."""
    # An end from outside takes the same way out, once.
    signal.signal(signal.SIGTERM, leave)
    on = "disk" if arguments.dir else arguments.on
    if on == "ext4" and arguments.megabytes > 8000 and arguments.megabytes > 0.75 * available_megabytes():
        print(f"an image of {arguments.megabytes} MB does not fit the {available_megabytes()} MB of free memory: on disk instead", file=sys.stderr)
        on = "disk"
    if on == "ext4":
        with ext4(arguments.megabytes) as directory:
            try:
                yield directory
            finally:
                end_children()
        return
    parent = MEMORY if on == "tmpfs" else arguments.dir or ROOT / ".build"
    parent.mkdir(parents=True, exist_ok=True)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="orderd-bench-", dir=parent))
    try:
        yield directory
    finally:
        end_children()
        subprocess.run(["rm", "-rf", directory], check=False)


@contextlib.contextmanager
def ext4(megabytes):
    if not can_mount():
        sys.exit("an ext4 image needs root, /dev/loop-control, mkfs.ext4 and /dev/shm; try --on tmpfs or --on disk")
    # The mount is this process's and its children's, so that it goes with them, however they end.
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None):
        sys.exit(f"a mount namespace: {os.strerror(ctypes.get_errno())}")
    with tempfile.TemporaryDirectory(prefix="orderd-bench-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        image, directory = pathlib.Path(folder) / "image", pathlib.Path(folder) / "mount"
        directory.mkdir()
        with open(image, "wb") as stream:
            stream.truncate(megabytes * 1_000_000)
        # An inode for every 4 KiB: a spool is small files. Nothing is left for the kernel to make ready later, while something is measured.
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", "-i", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", image], check=True)
        subprocess.run(["mount", "-o", "loop", image, directory], check=True)
        try:
            yield directory
        finally:
            subprocess.run(["umount", "--lazy", directory], check=False)


def file_system(path):
    kind = subprocess.run(["findmnt", "--noheadings", "--output", "FSTYPE,SOURCE,OPTIONS", "--target", str(path)], capture_output=True, text=True).stdout.split()
    if not kind:
        return "unknown"
    name = kind[0] + (" on a loop mount in memory" if kind[1].startswith("/dev/loop") else "")
    telling = [option for option in kind[2].split(",") if option.startswith(("data=", "barrier", "nobarrier", "commit=", "sync", "ro"))]
    return name + (f" ({','.join(telling)})" if telling else "")


def surroundings(path=None):
    """One line that each figure is quoted with."""
    words = [f"{os.cpu_count()} cores", f"load {os.getloadavg()[0]:.1f}", f"kernel {os.uname().release}"]
    return ", ".join(([file_system(path)] if path else []) + words)


def versions(orderd):
    """What does not change within a session."""
    def first(*command):
        try:
            done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
            return (done.stdout + done.stderr).splitlines()[0].strip()
        except (OSError, IndexError):
            return "unknown"

    changed = subprocess.run(["git", "status", "--porcelain", "--untracked-files=no"], capture_output=True, text=True, cwd=ROOT).stdout.strip()
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    memory = next(int(line.split()[1]) for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    release = next((line.split("=", 1)[1].strip().strip('"') for line in open("/etc/os-release") if line.startswith("PRETTY_NAME")), "unknown")
    return {"orderd": first(orderd, "--version"), "commit": first("git", "rev-parse", "--short=12", "HEAD") + (" with changes" if changed else ""),
            "system": f"{release}, kernel {os.uname().release}", "machine": f"{os.cpu_count()} cores ({model}), {memory / 1e6:.0f} GB",
            "swift": first("swift", "--version"), "sqlite": first("sqlite3", "--version").split(" ")[0], "script sqlite": sqlite3.sqlite_version,
            "python": platform.python_version(), "cc": first("cc", "--version")}
