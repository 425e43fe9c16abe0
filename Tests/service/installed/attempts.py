"""What a partner with ill will tries by SFTP, and what must come of it.

Each attempt is one request, or a few, of a fresh set of names. Its outcome is the server's word. Beside the word a snapshot of all that the partner
may not touch, before and after, is compared: what the server says is not believed.
"""
from . import machine
from .raw_sftp import APPEND, CREATE, EXCLUSIVE, FOR_READING, FOR_WRITING, TRUNCATE, Gone, Refused

READS = ("receipts/orders", "status", "answers", "pick")
MUST, MAY_NOT, FREE = "works", "refused", "harmless"


class Attempt:
    """`where` and `what` name it in the table; `must` is MUST (work), MAY_NOT (be refused), or FREE: either, as long as nothing of others changes."""

    def __init__(self, where, what, must, act):
        self.where, self.what, self.must, self.act = where, what, must, act


def word(session, act):
    """What came of it, in a word: `works`, or why not."""
    try:
        told = act(session)
    except Refused as error:
        return error.word
    except Gone as error:
        return f"disconnected: {error}"
    if isinstance(told, (list, bytes, str)) and told is not None:
        return MUST if told else "works, nothing in it"
    return MUST


def on_a_file(where, path, name, mine):
    """Attempts on a file that may only be read. `mine` is a directory in which the partner may make names."""
    file = f"{path}/{name}"
    other = f"{mine}/.tried"
    yield Attempt(where, "read the file", MUST, lambda s: s.read(file))
    yield Attempt(where, "write over the file", MAY_NOT, lambda s: s.write(file, b"x"))
    yield Attempt(where, "open the file for writing", MAY_NOT, lambda s: s.shut(s.open(file, FOR_WRITING)))
    yield Attempt(where, "append to the file", MAY_NOT, lambda s: s.shut(s.open(file, FOR_WRITING | APPEND)))
    yield Attempt(where, "truncate the file (open)", MAY_NOT, lambda s: s.shut(s.open(file, FOR_READING | FOR_WRITING | TRUNCATE)))
    yield Attempt(where, "truncate the file (setstat)", MAY_NOT, lambda s: s.set(file, size=0))
    yield Attempt(where, "chmod 666 the file", MAY_NOT, lambda s: s.set(file, mode=0o666))
    yield Attempt(where, "chown the file", MAY_NOT, lambda s: s.set(file, owner=s.ids))
    yield Attempt(where, "set the file's times", MAY_NOT, lambda s: s.set(file, times=(1, 1)))
    yield Attempt(where, "chmod the file through an open handle", MAY_NOT, lambda s: s.set_open(file, mode=0o666))
    yield Attempt(where, "truncate the file through an open handle", MAY_NOT, lambda s: s.set_open(file, size=0))
    yield Attempt(where, "chmod the file (lsetstat)", MAY_NOT, lambda s: s.set_link(file, mode=0o666))
    yield Attempt(where, "chown the file (lsetstat)", MAY_NOT, lambda s: s.set_link(file, owner=s.ids))
    yield Attempt(where, "remove the file", MAY_NOT, lambda s: s.remove(file))
    yield Attempt(where, "rename the file there", MAY_NOT, lambda s: s.rename(file, f"{path}/renamed", posix=False))
    yield Attempt(where, "rename the file into a drop directory", MAY_NOT, lambda s: s.rename(file, other))
    yield Attempt(where, "rename another file over the file", MAY_NOT, lambda s: with_file(s, other, lambda: s.rename(other, file)))
    yield Attempt(where, "hard link to the file in a drop directory", MAY_NOT, lambda s: s.hard_link(file, other))
    yield Attempt(where, "copy another file's content into the file", MAY_NOT, lambda s: with_file(s, other, lambda: s.copy_data(other, file)))
    yield Attempt(where, "write to the file through a symbolic link", MAY_NOT, lambda s: through_link(s, file, other, lambda: s.write(other, b"x")))
    yield Attempt(where, "chmod the file through a symbolic link", MAY_NOT, lambda s: through_link(s, file, other, lambda: s.set(other, mode=0o666)))


def on_a_directory(where, path, mine, listed=True):
    """Attempts on a directory in which the partner may make nothing."""
    other = f"{mine}/.tried"
    if listed:
        yield Attempt(where, "list the directory", MUST, lambda s: (s.list(path), None)[1])
    yield Attempt(where, "make a file in it", MAY_NOT, lambda s: s.write(f"{path}/new", b"x", FOR_WRITING | CREATE | EXCLUSIVE))
    yield Attempt(where, "make a directory in it", MAY_NOT, lambda s: s.make_directory(f"{path}/new"))
    yield Attempt(where, "make a symbolic link in it", MAY_NOT, lambda s: s.symlink("/orders", f"{path}/new"))
    yield Attempt(where, "hard link into it", MAY_NOT, lambda s: with_file(s, other, lambda: s.hard_link(other, f"{path}/new")))
    yield Attempt(where, "rename a file into it", MAY_NOT, lambda s: with_file(s, other, lambda: s.rename(other, f"{path}/new")))
    yield Attempt(where, "rename it", MAY_NOT, lambda s: s.rename(path, path + "-2"))
    yield Attempt(where, "rename it into a drop directory", MAY_NOT, lambda s: s.rename(path, other))
    yield Attempt(where, "remove it", MAY_NOT, lambda s: s.remove_directory(path))
    yield Attempt(where, "chmod 777 it", MAY_NOT, lambda s: s.set(path, mode=0o777))
    yield Attempt(where, "chown it", MAY_NOT, lambda s: s.set(path, owner=s.ids))
    yield Attempt(where, "set its times", MAY_NOT, lambda s: s.set(path, times=(1, 1)))


def in_drop_directories(mine):
    """What a partner does with its own drop directories."""
    where, file = "its own drop directory", f"{mine}/.part"
    yield Attempt(where, "list, write, read, rename, remove", MUST, lambda s: everyday(s, mine))
    yield Attempt(where, "make and remove a directory in it", MUST, lambda s: (s.make_directory(f"{mine}/.d"), s.remove_directory(f"{mine}/.d"))[1])
    yield Attempt(where, "symbolic link out of it, then list through it", MAY_NOT,
                  lambda s: through_link(s, "/../../../..", f"{mine}/.tried", lambda: beyond(s, f"{mine}/.tried")))
    yield Attempt(where, "give a file to somebody else", MAY_NOT, lambda s: with_file(s, file, lambda: s.set(file, owner=(0, 0))))
    yield Attempt(where, "set-id bits on a file", FREE, lambda s: with_file(s, file, lambda: s.set(file, mode=0o6777)))
    yield Attempt(where, "rename it", MAY_NOT, lambda s: s.rename(mine, mine + "-2"))
    yield Attempt(where, "rename another drop directory over it", MAY_NOT, lambda s: s.rename("/requests", mine))
    yield Attempt(where, "remove an empty one", MAY_NOT, lambda s: s.remove_directory("/questions"))
    yield Attempt(where, "chmod it", MAY_NOT, lambda s: s.set(mine, mode=0o777))
    yield Attempt(where, "chown it", MAY_NOT, lambda s: s.set(mine, owner=s.ids))
    yield Attempt(where, "chmod it (lsetstat)", MAY_NOT, lambda s: s.set_link(mine, mode=0o700))


def on_the_root():
    """The chroot itself, and the socket to which sshd logs."""
    where = "its root"
    yield Attempt(where, "list it", MUST, lambda s: s.list("/"))
    yield from (one for one in on_a_directory(where, "/", "/orders", listed=False) if one.what not in ("rename it", "remove it", "rename it into a drop directory"))
    where = "the log socket"
    yield Attempt(where, "open it", MAY_NOT, lambda s: s.shut(s.open("/dev/log", FOR_WRITING)))
    yield Attempt(where, "remove it", MAY_NOT, lambda s: s.remove("/dev/log"))
    yield Attempt(where, "chmod it", MAY_NOT, lambda s: s.set("/dev/log", mode=0))
    yield Attempt(where, "rename a file over it", MAY_NOT, lambda s: with_file(s, "/orders/.tried", lambda: s.rename("/orders/.tried", "/dev/log")))


def on_others(other, name, ways, mine="/orders"):
    """The tree of another partner. `ways`: how it is reached to its path."""
    tried = mine + "/.tried"

    for way, path in ways.items():
        where = f"another partner, by {way}"
        yield Attempt(where, "list its orders", MAY_NOT, lambda s, p=path: s.list(p + "/orders"))
        yield Attempt(where, "read its receipt", MAY_NOT, lambda s, p=path: s.read(f"{p}/receipts/orders/{name}"))
        yield Attempt(where, "drop a file for it", MAY_NOT, lambda s, p=path: s.write(p + "/orders/x.json", b"x"))
        yield Attempt(where, "rename a file to it", MAY_NOT, lambda s, p=path: with_file(s, tried, lambda: s.rename(tried, p + "/orders/x.json")))
        yield Attempt(where, "remove its receipt", MAY_NOT, lambda s, p=path: s.remove(f"{p}/receipts/orders/{name}"))
        yield Attempt(where, "chmod its directory", MAY_NOT, lambda s, p=path: s.set(p + "/orders", mode=0o777))
        yield Attempt(where, "chown its directory", MAY_NOT, lambda s, p=path: s.set(p + "/orders", owner=s.ids))
        yield Attempt(where, "hard link to its receipt", MAY_NOT, lambda s, p=path: s.hard_link(f"{p}/receipts/orders/{name}", tried))
        yield Attempt(where, "symbolic link, and read through it", MAY_NOT,
                      lambda s, p=path: through_link(s, f"{p}/receipts/orders/{name}", tried, lambda: s.read(tried)))
        yield Attempt(where, "symbolic link, and write through it", MAY_NOT,
                      lambda s, p=path: through_link(s, p + "/orders", tried, lambda: s.write(tried + "/x.json", b"x")))


def ways_to(other, spool=machine.SPOOL):
    """Every way that might lead to another partner's tree."""
    return {"..": f"/../{other}", "many ..": f"/../../../../../..{spool}/partners/{other}", ".. behind a directory": f"/orders/../../{other}",
            "the path on the machine": f"{spool}/partners/{other}"}


def above_the_chroot(spool=machine.SPOOL):
    where = "above the chroot"
    yield Attempt(where, "`..` of the root is the root", MUST, lambda s: s.real_path("/../..") == "/" or _refuse())
    yield Attempt(where, "list the machine's root by ..", MAY_NOT, lambda s: beyond(s, "/../../../.."))
    for file in ("/etc/passwd", "/etc/orderd/orderd.yaml", "/proc/self/environ", f"{spool}/state/ledger.sqlite"):
        yield Attempt(where, f"read {file}", MAY_NOT, lambda s, f=file: s.read(f))
        yield Attempt(where, f"read {file} by ..", MAY_NOT, lambda s, f=file: s.read("/../../../.." + f))
        yield Attempt(where, f"read {file} by a symbolic link", MAY_NOT, lambda s, f=file: through_link(s, "/../../../.." + f, "/orders/.tried", lambda: s.read("/orders/.tried")))
    yield Attempt(where, "write /etc/orderd/authorized_keys.d/x", MAY_NOT, lambda s: s.write("/../../../../etc/orderd/authorized_keys.d/x", b"x"))


def _refuse():
    raise Refused(3)


def beyond(session, path):
    """A listing that shows more than the chroot's own: else the path led nowhere else."""
    if {"orders", "receipts"} <= set(session.list(path)):
        raise Refused(3)


def everyday(session, mine):
    session.write(f"{mine}/.a", b"x")
    if ".a" not in session.list(mine) or session.read(f"{mine}/.a") != b"x":
        raise Refused(4)
    session.rename(f"{mine}/.a", f"{mine}/.b")
    session.set(f"{mine}/.b", mode=0o640)
    session.set(f"{mine}/.b", times=(1, 1))
    session.remove(f"{mine}/.b")


def with_file(session, path, act):
    """Does it with a file that is gone afterwards."""
    session.write(path, b"planted")
    try:
        return act()
    finally:
        clean(session, path)


def through_link(session, target, path, act):
    session.symlink(target, path)
    try:
        return act()
    finally:
        clean(session, path)


def clean(session, path):
    try:
        session.remove(path)
    except Refused:
        pass


def all_of(session_names, other_names, other):
    """Every attempt of one partner. `session_names`: a read directory to the name of a file in it; `other_names`: a receipt of the other."""
    yield from in_drop_directories("/orders")
    for path in READS:
        where = f"its own {path}/"
        if session_names.get(path):
            yield from on_a_file(where, "/" + path, session_names[path], "/orders")
        yield from on_a_directory(where, "/" + path, "/orders")
    yield from on_the_root()
    yield from on_others(other, other_names, ways_to(other))
    yield from above_the_chroot()
