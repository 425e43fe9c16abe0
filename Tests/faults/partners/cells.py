"""One client doing one thing: what it said, what orderd did with it, and whether that holds."""
import datetime, hashlib, json, os, signal, subprocess, time

from . import sshd, world
from .lane import Lane

# Each action: what the client is told at first, and whether its line stands still in the middle.
ACTIONS = {
    "plain": "upload",
    "rename-posix": "temporary name, then rename (posix-rename)",
    "rename-old": "temporary name, then rename (old style)",
    "times": "upload, times kept",
    "chmod": "upload, then chmod",
    "overwrite": "upload, at once upload again",
    "replace": "upload, again once that is taken",
    "killed": "killed in the middle",
    "resumed": "killed in the middle, then resumed",
    "half-open": "stopped in the middle for longer than the settle time, then finished",
    "killed-lines": "killed at a line's end",
    "resumed-lines": "killed at a line's end, then resumed",
    "half-open-lines": "stopped at a line's end for longer than the settle time, then finished",
}
BROKEN = ("killed", "resumed", "half-open")
SIZE = 600_000


def order(reference, padding=0):
    """An order of a known size, or the smallest."""
    text = json.dumps({"customerId": "c1", "orderReference": reference, "items": [{"productId": "PEN", "quantity": 2, "price": 1.50}],
                       "totalAmount": 3.00, "padding": ""}, separators=(",", ":"))
    return (text[:-2] + "x" * max(0, padding - len(text)) + '"}').encode()


class Cell:
    """`problems` is empty where all promises held."""

    def __init__(self, client, action, place, options, log_socket):
        self.client, self.action, self.place, self.log_socket = client, action, place, log_socket
        self.settle, self.deadline = options.settle, options.deadline
        self.kind = action.removesuffix("-lines")
        self.lines = action.endswith("-lines")
        self.file = f"{client.name}-{action}" + (".ndjson" if self.lines else ".json")
        self.remote = "/orders/" + self.file
        self.errors, self.problems, self.receipts, self.skipped, self.cut = [], [], [], None, None
        self.halves, self.weak_halves, self.again, self.broke_at = 0, 0, 0, None

    def run(self):
        base = self.kind if self.kind not in (*BROKEN, "replace") else "plain"
        folder = f"{world.ROOT}/home/{self.client.name}-{self.action}"
        os.makedirs(folder)
        self.local, second = f"{folder}/{self.file}", f"{folder}/second-{self.file}"
        self.whole = [self._content("A")]
        if self.kind in ("overwrite", "replace"):
            self.whole.append(self._content("B"))
            with open(second, "wb") as file:
                file.write(self.whole[1])
        with open(self.local, "wb") as file:
            file.write(self.whole[0])
        os.utime(self.local, (1_700_000_000, 1_700_000_000))
        commands = self._commands(base, sshd.PORT, second if self.kind == "overwrite" else None)
        if self.kind == "resumed" and commands and not isinstance(self.client.commands("resume", 1, self.local, self.remote), list):
            commands, self.skipped = None, self.client.commands("resume", 1, self.local, self.remote)
        if commands is None:
            return self
        if self.kind in BROKEN:
            self._broken()
        else:
            self._all(commands)
            if self.kind == "replace":
                self._await(self.whole[0])
                self.local = second
                self._all(self._commands("plain", sshd.PORT, None))
        self._await(self.whole[-1] if self.kind != "killed" else None)
        self._judge()
        return self

    def _content(self, mark):
        if not self.lines:
            return order(f"{self.file}-{mark}", SIZE if self.kind in BROKEN else 0)
        return b"".join(order(f"{self.file}-{mark}-{i}", self.client.lines - 1) + b"\n" for i in range(SIZE // self.client.lines))

    def _commands(self, action, port, second):
        commands = self.client.commands(action, port, self.local, self.remote, second)
        if isinstance(commands, list):
            return commands
        self.skipped = commands
        return None

    def _start(self, words, text):
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
                                   env={"PATH": os.environ["PATH"], "HOME": self.client.home, "LC_ALL": "C.UTF-8"})
        process.stdin.write(text.encode())
        process.stdin.close()
        process.stdin = None
        return process

    def _end(self, process):
        try:
            told, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            told, _ = process.communicate()
            told += b" (did not end within 60 s)"
        if process.returncode:
            self.errors.append(f"exit {process.returncode}: {told.decode(errors='replace').strip()[-300:]}")

    def _all(self, commands):
        for words, text in commands:
            self._end(self._start(words, text))

    def _broken(self):
        """The line stands still when half of the file is up; then the client is killed, or stopped for a while."""
        lane = Lane((sshd.HOST, sshd.PORT), SIZE // 2)
        (words, text), = self._commands("plain", lane.port, None)
        process, path = self._start(words, text), self.place.drop("acme", self.file)
        try:
            if not world.wait(lambda: process.poll() is not None or lane.full and os.path.exists(path) and self._still(path), 60) or process.poll() is not None:
                self._end(process)
                self.problems.append("the upload did not begin")
                return
            self.broke_at = os.stat(path).st_size
            self.cut = time.time()
            if self.kind == "half-open":
                os.killpg(process.pid, signal.SIGSTOP)
                time.sleep(self.settle * 2 + 1)
                os.killpg(process.pid, signal.SIGCONT)
                lane.open()
                self._end(process)
                return
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            lane.cut()
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
            lane.cut()
        # Nothing tells a file of lines that broke off at a line's end from a whole one, without sshd's log.
        if not self.lines or self.log_socket:
            if not world.wait(lambda: self.file in self.place.waiting("acme"), self.deadline * 0.7):
                self.problems.append("its partner is not told that it waits for its resume")
        if self.kind == "resumed":
            time.sleep(self.settle * 2 + 0.5)  # it has been looked at by then, and must have been left
            there = os.path.exists(path)
            self._all(self._commands("resume", sshd.PORT, None))
            if self.errors and not there and self.lines and not self.log_socket:
                # Taken as whole, so that there is nothing to resume: its partner sends all again.
                self.errors, self.again = [], 1
                self._all(self._commands("plain", sshd.PORT, None))

    def _still(self, path):
        before = os.stat(path).st_size
        time.sleep(0.3)
        return os.path.exists(path) and 0 < before == os.stat(path).st_size

    def _await(self, content):
        """Waits for the receipt of a content, or for any receipt."""
        digest = content and hashlib.sha256(content).hexdigest()
        world.wait(lambda: any(digest in (None, one["sha256"]) for one in self.place.receipts("acme", self.file)),
                   self.settle + 3 if self.errors else self.deadline + 20)

    def _judge(self):
        self.receipts = self.place.receipts("acme", self.file)
        whole = [hashlib.sha256(one).hexdigest() for one in self.whole]
        for receipt in self.receipts:
            if receipt["sha256"] not in whole:
                self._judge_half(receipt)
            elif receipt["verdict"] != "accepted" and not self.weak_halves:
                self.problems.append(f"a whole file is {receipt['verdict']}: {receipt['errors'] or receipt['orders'][:1]}")
            elif self.log_socket and not self.kind.startswith("rename") and receipt["completeness"] != "sshd-close":
                self.problems.append(f"sshd told that it was closed, but its receipt says {receipt['completeness']}")
        if not self.receipts:
            self.problems.append("no receipt")
        elif self.kind != "killed" and whole[-1] not in [one["sha256"] for one in self.receipts]:
            self.problems.append("no receipt of the whole file")
        taken = sum(one["verdict"] == "accepted" for receipt in self.receipts for one in receipt["orders"])
        if self.lines and self.kind != "killed" and taken != len(self.whole[0]) // self.client.lines:
            self.problems.append(f"{taken} of {len(self.whole[0]) // self.client.lines} orders were accepted")
        if self.lines and self.kind in ("killed", "resumed") and self.broke_at and self.broke_at % self.client.lines:
            self.problems.append(f"it broke off within a line, at {self.broke_at}")
        self.problems += ["the client: " + error for error in self.errors]

    def _judge_half(self, receipt):
        at = datetime.datetime.fromisoformat(receipt["receivedAt"].replace("Z", "+00:00")).timestamp()
        waited = self.kind == "killed" and at - self.cut > self.deadline * 0.8
        if waited and (receipt["verdict"] == "rejected" or receipt["completeness"] == "weak"):
            return  # nobody had resumed it until the deadline
        if receipt["completeness"] == "weak" and not self.log_socket:
            self.weak_halves += 1  # nothing tells a whole file of lines from one that broke off at a line's end
            return
        self.halves += 1
        self.problems.append(f"a half is judged: {receipt['verdict']}, {receipt['completeness']}, {receipt['size']} bytes")

    @property
    def told(self):
        """What orderd did, in a few words."""
        if self.skipped:
            return "–"
        return ", ".join(f"{one['verdict']}, {one['completeness']}" for one in self.receipts) or "nothing"
