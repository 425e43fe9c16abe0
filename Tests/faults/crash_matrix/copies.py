"""Copies of a template, one for each point: made and removed with as few calls as can be, for they are a good part of what a point costs."""
import os, stat, subprocess

_remembered = {}  # template: what there is in it


def copy(template, target):
    """Makes `target` a copy of the template, with modes, times and contents. A template does not change once it was copied."""
    if template not in _remembered:
        _remembered[template] = _entries(template)
    entries = _remembered[template]
    if entries is None:
        subprocess.run(["cp", "-a", template, target], check=True)
        return
    mask = os.umask(0)
    try:
        for path, mode, _, content in entries:
            if content is None:
                os.mkdir(target + path, mode)
                continue
            descriptor = os.open(target + path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
            os.write(descriptor, content)
            os.close(descriptor)
    finally:
        os.umask(mask)
    # What was made in a directory has changed its times.
    for path, _, times, _ in reversed(entries):
        os.utime(target + path, ns=times)


def remove(folder):
    """Removes a directory and all in it, if it is there."""
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if entry.is_dir(follow_symlinks=False):
                    remove(entry.path)
                else:
                    os.unlink(entry.path)
    except FileNotFoundError:
        return
    os.rmdir(folder)


def _entries(template):
    """(path, mode, times, content) of each directory and file, a directory before what is in it; nothing where there is more to keep."""
    entries, pending = [], [""]
    while pending:
        path = pending.pop()
        status = os.lstat(template + path)
        content = None
        if os.listxattr(template + path) or status.st_uid != os.geteuid() or status.st_gid != os.getegid():
            return None
        if stat.S_ISDIR(status.st_mode):
            pending += ["%s/%s" % (path, name) for name in os.listdir(template + path)]
        elif stat.S_ISREG(status.st_mode) and status.st_nlink == 1 and status.st_size < 1 << 20:
            with open(template + path, "rb") as f:
                content = f.read()
        else:
            return None
        entries.append((path, stat.S_IMODE(status.st_mode), (status.st_atime_ns, status.st_mtime_ns), content))
    return entries
