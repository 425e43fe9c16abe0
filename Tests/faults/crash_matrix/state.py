"""What a kill left, in a form in which two runs can be compared.

Equal forms mean that the next start finds the same: the same tree with the same modes and contents, the same rows in the ledger once SQLite
has read its log, the same charges at the gateway; but for ids, times, hashes and inode numbers, which stand for the same things in the same
places. SQLite's files are compared by what they say, not by their bytes: of a transaction that was not committed nothing is left to read.
Anything else that differs makes two states of it, and only costs another run.
"""
import contextlib, hashlib, os, re, shutil, sqlite3, stat, tempfile

# Written whole by each start, and read by none; the log belongs to the rig, the lock's content is a process's number.
_UNREAD = ("state/status.json", "state/lock", "metrics/orderd.prom")
_TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z|(?<![0-9a-f])\d{12,19}(?![0-9a-f])")
_NAME = re.compile(rb"[a-z]{2,6}_[0-9a-z]{26}|(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![0-9a-f])")
_INODE = re.compile(rb'"inode":(\d+)')
_IN_HAND = re.compile(rb"^((?:alone|with) -?\d+ file \S+ \S+ )(\d+)", re.MULTILINE)  # as state/in-hand names an upload

_ANSWER = re.compile(rb"\b(charge|refund)-\d+\b")  # the gateway's own numbers, which go on from point to point


class _Names:
    """Replaces what differs between runs by what it stands for: the first id, the second, and so on."""

    def __init__(self):
        self.known, self.inodes = {}, {}

    def plain(self, content):
        content = _INODE.sub(lambda m: b'"inode":' + self.inode(int(m.group(1))), content)
        content = _IN_HAND.sub(lambda m: m.group(1) + self.inode(int(m.group(2))), content)
        content = _NAME.sub(self._numbered, content)
        return _TIME.sub(b"T", _ANSWER.sub(rb"\1", content))

    def _numbered(self, match):
        return self.known.setdefault(match.group(), b"<%d>" % len(self.known))

    def inode(self, number):
        return self.inodes.get(number, b"gone")


def normal_form(spool):
    """A digest of it. The spool is not changed, and no orderd may be at work on it."""
    names, digest = _Names(), hashlib.sha256()
    entries = sorted(_entries(spool.root))
    # An upload is told by its inode, which the ledger notes: what counts is where it lies now, and whether it is the same.
    for path, status in entries:
        if path.startswith(("partners/", "claimed/", "done/", "rejected/")) and stat.S_ISREG(status.st_mode):
            names.inodes[status.st_ino] = re.sub(rb"[a-z]{2,6}_[0-9a-z]{26}", b"<>", path.encode())
    for line in _rows(spool, names):
        digest.update(line + b"\n")
    listed = [(names.plain(path.encode()), path, status) for path, status in entries]
    for plain, path, status in sorted(listed, key=lambda entry: entry[0]):
        digest.update(b"%s %o %d\n" % (plain, status.st_mode, status.st_nlink if stat.S_ISREG(status.st_mode) else 0))
        if stat.S_ISREG(status.st_mode) and path not in _UNREAD:
            content = spool.read(path)
            # So large are only uploads, in which there is nothing to replace.
            digest.update(hashlib.sha256(names.plain(content) if len(content) < 1 << 20 else content).digest())
    digest.update(names.plain(spool.gateway.told()))
    return digest.hexdigest()


def _entries(root):
    pending = [""]
    while pending:
        folder = pending.pop()
        with os.scandir(os.path.join(root, folder)) as found:
            for entry in found:
                path = os.path.join(folder, entry.name)
                if path.startswith("state/ledger.sqlite"):
                    continue
                yield path, entry.stat(follow_symlinks=False)
                if entry.is_dir(follow_symlinks=False):
                    pending.append(path)


def _rows(spool, names):
    # A copy: reading it brings its log into it. The shared index is left behind, as a start does.
    with tempfile.TemporaryDirectory(dir=spool.folder) as folder:
        for name in ("ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-journal"):
            if os.path.exists(spool.path("state", name)):
                shutil.copyfile(spool.path("state", name), os.path.join(folder, name))
        if not os.path.exists(folder + "/ledger.sqlite"):
            yield b"no ledger"
            return
        with contextlib.closing(sqlite3.connect(folder + "/ledger.sqlite")) as ledger:
            tables = [row[0] for row in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            tables.sort(key=lambda name: name != "events")  # ids are met in the order in which they came to be
            for table in tables:
                cursor = ledger.execute("SELECT * FROM %s" % table)
                columns = [column[0] for column in cursor.description]
                for row in cursor:
                    yield b"|".join([table.encode()] + [_value(names, *pair) for pair in zip(columns, row)])


def _value(names, column, value):
    if column == "inode":
        return names.inode(value)
    if column == "device":
        return b""
    if isinstance(value, bytes):
        # Hashes as the journal and the receipts write them, so that the same one is the same here and there.
        value = value.hex() if len(value) in (16, 32) else value
    return names.plain(value if isinstance(value, bytes) else str(value).encode())
