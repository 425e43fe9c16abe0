"""An SFTP client that says exactly what it is told: every request of the protocol, and OpenSSH's own, whatever sense it makes.

It speaks over `ssh -s`, so that nothing but OpenSSH is needed. The usual clients refuse to send much of what a partner with ill will would.
"""
import struct, subprocess

INIT, OPEN, CLOSE, READ, WRITE, LSTAT, SETSTAT, FSETSTAT, OPENDIR, READDIR = 1, 3, 4, 5, 6, 7, 9, 10, 11, 12
REMOVE, MKDIR, RMDIR, REALPATH, STAT, RENAME, READLINK, SYMLINK, EXTENDED = 13, 14, 15, 16, 17, 18, 19, 20, 200
STATUS, HANDLE, DATA, NAME = 101, 102, 103, 104
FOR_READING, FOR_WRITING, APPEND, CREATE, TRUNCATE, EXCLUSIVE = 1, 2, 4, 8, 16, 32
WORDS = {0: "done", 1: "end", 2: "no such file", 3: "permission denied", 4: "failure", 5: "bad message", 8: "unsupported"}


class Refused(Exception):
    """The server said no; `word` is one of WORDS."""

    def __init__(self, code):
        super().__init__(WORDS.get(code, f"status {code}"))
        self.word = str(self)


class Gone(Exception):
    """The connection ended, or there never was one."""


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return struct.pack(">I", len(value)) + value


def attributes(size=None, owner=None, mode=None, times=None):
    flags = (1 if size is not None else 0) | (2 if owner else 0) | (4 if mode is not None else 0) | (8 if times else 0)
    return (struct.pack(">I", flags) + (struct.pack(">Q", size) if size is not None else b"") + (struct.pack(">II", *owner) if owner else b"")
            + (struct.pack(">I", mode) if mode is not None else b"") + (struct.pack(">II", *times) if times else b""))


class Session:
    """One login."""

    def __init__(self, account, key, known_hosts, port, host="127.0.0.1"):
        self.process = subprocess.Popen(
            ["ssh", "-F", "none", "-i", key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "UserKnownHostsFile=" + known_hosts,
             "-o", "ConnectTimeout=10", "-p", str(port), "-s", f"{account}@{host}", "sftp"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.number = 0
        try:
            self._write(bytes([INIT]) + struct.pack(">I", 3))
            self._packet()
        except Gone:
            told = self.process.stderr.read().decode(errors="replace").strip()
            self.close()
            raise Gone(told.splitlines()[-1] if told else "no connection") from None

    def close(self):
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                stream.close()
            except OSError:
                pass
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # --- Packets -----------------------------------------------------------------------------------------------------------------------

    def _write(self, packet):
        try:
            self.process.stdin.write(struct.pack(">I", len(packet)) + packet)
            self.process.stdin.flush()
        except OSError as error:
            raise Gone(str(error)) from None

    def _read(self, count):
        found = self.process.stdout.read(count)
        if len(found) < count:
            raise Gone("the server closed the connection")
        return found

    def _packet(self):
        packet = self._read(struct.unpack(">I", self._read(4))[0])
        return packet[0], packet[1:]

    def send(self, kind, *parts):
        """A request that is answered later: its number."""
        self.number += 1
        self._write(bytes([kind]) + struct.pack(">I", self.number) + b"".join(parts))
        return self.number

    def answer(self):
        """The next answer: its number, kind and content. Raises what the server refused."""
        kind, content = self._packet()
        return struct.unpack(">I", content[:4])[0], kind, content[4:]

    def ask(self, kind, *parts):
        """A request and its answer's content, of what is no status."""
        self.send(kind, *parts)
        _, kind, content = self.answer()
        if kind == STATUS:
            code = struct.unpack(">I", content[:4])[0]
            if code != 0:
                raise Refused(code)
            return b""
        return content

    # --- Requests ----------------------------------------------------------------------------------------------------------------------

    def open(self, path, flags, mode=None):
        content = self.ask(OPEN, text(path), struct.pack(">I", flags), attributes(mode=mode))
        return content[4:]

    def shut(self, handle):
        self.ask(CLOSE, text(handle))

    def read(self, path, count=65536):
        handle = self.open(path, FOR_READING)
        try:
            return self.ask(READ, text(handle), struct.pack(">QI", 0, count))[4:]
        except Refused as error:
            if error.word == "end":
                return b""
            raise
        finally:
            self.shut(handle)

    def write(self, path, content, flags=FOR_WRITING | CREATE | TRUNCATE, mode=None, offset=0):
        handle = self.open(path, flags, mode)
        try:
            for start in range(0, len(content), 32768):
                self.ask(WRITE, text(handle), struct.pack(">Q", offset + start), text(content[start:start + 32768]))
        finally:
            self.shut(handle)

    def list(self, path):
        handle = self.ask(OPENDIR, text(path))[4:]
        names = []
        try:
            while True:
                content = self.ask(READDIR, text(handle))
                count, at = struct.unpack(">I", content[:4])[0], 4
                for _ in range(count):
                    for part in range(2):
                        size = struct.unpack(">I", content[at:at + 4])[0]
                        if part == 0:
                            names.append(content[at + 4:at + 4 + size].decode(errors="replace"))
                        at += 4 + size
                    flags = struct.unpack(">I", content[at:at + 4])[0]
                    at += 4 + (8 if flags & 1 else 0) + (8 if flags & 2 else 0) + (4 if flags & 4 else 0) + (8 if flags & 8 else 0)
        except Refused as error:
            if error.word != "end":
                raise
        finally:
            self.shut(handle)
        return sorted(name for name in names if name not in (".", ".."))

    def remove(self, path):
        self.ask(REMOVE, text(path))

    def make_directory(self, path, mode=0o755):
        self.ask(MKDIR, text(path), attributes(mode=mode))

    def remove_directory(self, path):
        self.ask(RMDIR, text(path))

    def rename(self, old, new, posix=True):
        if posix:
            self.ask(EXTENDED, text("posix-rename@openssh.com"), text(old), text(new))
        else:
            self.ask(RENAME, text(old), text(new))

    def symlink(self, target, path):
        self.ask(SYMLINK, text(target), text(path))

    def hard_link(self, old, new):
        self.ask(EXTENDED, text("hardlink@openssh.com"), text(old), text(new))

    def set(self, path, **values):
        self.ask(SETSTAT, text(path), attributes(**values))

    def set_link(self, path, **values):
        self.ask(EXTENDED, text("lsetstat@openssh.com"), text(path), attributes(**values))

    def set_open(self, path, flags=FOR_READING, **values):
        handle = self.open(path, flags)
        try:
            self.ask(FSETSTAT, text(handle), attributes(**values))
        finally:
            self.shut(handle)

    def copy_data(self, source, target):
        first, second = self.open(source, FOR_READING), None
        try:
            second = self.open(target, FOR_WRITING | CREATE)
            self.ask(EXTENDED, text("copy-data"), text(first), struct.pack(">QQ", 0, 0), text(second), struct.pack(">Q", 0))
        finally:
            self.shut(first)
            if second:
                self.shut(second)

    def real_path(self, path):
        content = self.ask(REALPATH, text(path))
        size = struct.unpack(">I", content[4:8])[0]
        return content[8:8 + size].decode(errors="replace")

    def exists(self, path):
        self.ask(LSTAT, text(path))
