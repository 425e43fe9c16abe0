"""The payment gateway beside it."""
import collections, json, os, subprocess, sys


class Gateway:
    """Tests/Support/test-gateway.py, and what it counts at its side."""

    def __init__(self, folder):
        self.socket, self.log = folder + "/gateway", folder + "/gateway.log"
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../Support/test-gateway.py")
        self.process = subprocess.Popen(
            [sys.executable, program, "--socket", self.socket, "--log", self.log], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdout.readline()

    def performed(self, ids):
        with open(self.log) as f:
            entries = [json.loads(line) for line in f]
        return collections.Counter(e["verb"] for e in entries if e["event"] == "performed" and e["orderId"] in ids)

    def told(self):
        """What it knows since it was last told to forget: bytes, but for its own numbers."""
        with open(self.log) as f:
            entries = [json.loads(line) for line in f]
        return "\n".join(" ".join(str(e.get(k)) for k in ("event", "verb", "key", "amount")) for e in entries).encode()

    def forget(self):
        # The gateway appends: what is cut off stays cut off, and its memory of keys stays.
        os.truncate(self.log, 0)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
