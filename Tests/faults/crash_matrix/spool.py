"""A spool that orderd runs on, and what is looked at in it."""
import collections, contextlib, glob, json, os, sqlite3, subprocess, time


class Problem(Exception):
    """What does not hold, in words."""


# By where an order rests.
STATUS = {"done": "COMPLETED", "hold": "ON_HOLD", "failed": "FAILED", "cancelled": "CANCELLED", "rejected": "REJECTED"}


def order(reference, product="PEN", quantity=2, price="1.50", total=None, token=None):
    total = total or "%.2f" % (quantity * float(price))
    more = ',"payment":{"method":"card","token":"%s"}' % token if token else ""
    return (
        '{"customerId":"c1","orderReference":"%s","items":[{"productId":"%s","quantity":%d,"price":%s}],"totalAmount":%s%s}'
        % (reference, product, quantity, price, total, more)
    )


class Spool:
    """A scenario's spool, and orderd as it is run on it."""

    def __init__(self, orderd, folder, gateway):
        self.orderd, self.folder, self.gateway = orderd, folder, gateway
        self.root, self.log = folder + "/spool", folder + "/log"
        self.settings = []

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    def arguments(self, *words):
        settings = ["intake.settle=0s", "intake.diskReserve=0B"] + self.settings
        return [self.orderd, *words, "--spool", self.root, "--config", "/dev/null"] + [w for s in settings for w in ("--set", s)]

    def orderd_run(self, *words, allowed=(0,)):
        done = subprocess.run(self.arguments(*words), capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
        with open(self.log, "ab") as log:
            log.write(b"$ " + " ".join(words).encode() + b"\n" + done.stdout + done.stderr)
        if done.returncode not in allowed:
            raise Problem("orderd %s ended with %d: %s" % (" ".join(words), done.returncode, (done.stdout + done.stderr).decode()[-1500:]))
        return done.stdout.decode()

    def drop(self, name, content, partner="acme", in_place=False):
        path = self.path("partners", partner, "orders", name)
        with open(path if in_place else path + ".part", "w") as f:
            f.write(content)
        if not in_place:
            os.rename(path + ".part", path)

    def rows(self, table, where="1"):
        """Rows of the ledger, read by another hand than orderd's. Not while it runs."""
        # Read-only, it leaves the log where it is for orderd's next start.
        with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % self.path("state/ledger.sqlite"), uri=True)) as ledger:
            ledger.row_factory = sqlite3.Row
            return [dict(row) for row in ledger.execute("SELECT * FROM %s WHERE %s" % (table, where))]

    def orders(self):
        """Each with `id`, `reference`, `status`."""
        return [{"id": o["id"], "reference": o["reference"], "status": STATUS.get(o["stage"], "PROCESSING")} for o in self.rows("orders")]

    def identity(self, reference):
        return self.rows("orders", "reference = '%s'" % reference)[0]["id"]

    def drain_patiently(self):
        """Drains until nothing waits to be published, and no order for its next attempt: what could not be done is tried again after a
        moment by design."""
        self.orderd_run("run", "--drain")
        deadline = time.monotonic() + 20
        while due := [row["next_at"] for row in self.rows("deliveries") + self.rows("orders", "stage = 'deferred' AND next_at IS NOT NULL")]:
            if time.monotonic() > deadline:
                raise Problem("not published, or still deferred, after 20 s: %s" % self.rows("deliveries"))
            time.sleep(max(0.0, min(2.0, max(due) / 1000 - time.time() + 0.01)))
            self.orderd_run("run", "--drain")

    def files(self, pattern):
        """Files that match; hidden ones only where the pattern's last part begins with a dot."""
        return sorted(p for p in glob.glob(self.path(pattern)) if os.path.isfile(p))

    def published(self):
        """What partners can see that never changes: receipts and pick requests, with their content."""
        content = {}
        for pattern in ("partners/*/receipts/*/*", "partners/*/pick/*"):
            for path in self.files(pattern):
                if not os.path.basename(path).startswith("."):
                    with open(path, "rb") as f:
                        content[os.path.relpath(path, self.root)] = f.read()
        return content

    def everything(self):
        """Every file in it, below its root."""
        return [os.path.relpath(os.path.join(folder, name), self.root)
                for folder, _, names in os.walk(self.root) for name in names if os.path.isfile(os.path.join(folder, name))]

    def statuses(self):
        """By reference, from the partners' status files; of several orders of one reference all of them, in order."""
        found = collections.defaultdict(list)
        for path in glob.glob(self.path("partners/*/status/ord_*.json")):
            with open(path, "rb") as f:
                content = json.loads(f.read())
            found[content.get("orderReference")].append(content["status"])
        return {reference: " ".join(sorted(statuses)) for reference, statuses in found.items()}

    def journal(self):
        events = []
        for path in sorted(glob.glob(self.path("journal/*/*.ndjson"))):
            with open(path, "rb") as f:
                events += [json.loads(line) for line in f]
        return events

    def read(self, path):
        with open(self.path(path), "rb") as f:
            return f.read()
