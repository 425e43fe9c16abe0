"""orderd as the fault rigs run it: a spool, the daemon on it, and what is looked at from outside."""
import glob, json, os, select, signal, subprocess, threading, time

from machine import Problem


def order(reference, product="PEN", quantity=2, price="1.50", token=None):
    """The text of an order, on one line."""
    more = ',"payment":{"method":"card","token":"%s"}' % token if token else ""
    return '{"customerId":"c1","orderReference":"%s","items":[{"productId":"%s","quantity":%d,"price":%s}],"totalAmount":%.2f%s}\n' % (
        reference, product, quantity, price, quantity * float(price), more)


class Spool:
    """A spool with the partner acme."""

    def __init__(self, orderd, root, settings=(), log=None):
        self.orderd, self.root, self.log = orderd, root, log or root + ".log"
        self.settings = {"intake.settle": "0s", "intake.diskReserve": "0B", **dict(settings)}
        self.environment, self.daemon, self.prefix = dict(os.environ), None, []

    def create(self):
        self.must("init", self.root, bare=True)
        self.must("partner", "add", "acme")
        return self

    def path(self, *parts):
        return os.path.join(self.root, *parts)

    @property
    def drop_directory(self):
        return self.path("partners/acme/orders")

    @property
    def receipt_directory(self):
        return self.path("partners/acme/receipts/orders")

    def words(self, *words, bare=False):
        if bare:
            return [self.orderd, *words]
        return [self.orderd, *words, "--spool", self.root, "--config", "/dev/null"] + [
            w for k, v in self.settings.items() for w in ("--set", "%s=%s" % (k, v))]

    def run(self, *words, bare=False, prefix=(), timeout=1800):
        """A verb to its end: exit code, output, errors."""
        done = subprocess.run(
            [*prefix, *self.words(*words, bare=bare)], capture_output=True, stdin=subprocess.DEVNULL, timeout=timeout, env=self.environment)
        with open(self.log, "ab") as log:
            log.write(b"$ orderd " + " ".join(words).encode() + b"\n" + done.stdout + done.stderr)
        return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")

    def must(self, *words, **options):
        code, out, err = self.run(*words, **options)
        if code != 0:
            raise Problem("orderd %s ended with %d: %s" % (" ".join(words), code, (out + err)[-1500:]))
        return out

    # --- the daemon ---

    def start(self, *options, prefix=(), wait=True):
        with open(self.log, "ab") as log:
            log.write(b"$ orderd run\n")
            log.flush()
            self.began = log.tell()
            self.daemon = subprocess.Popen(
                [*prefix, *self.words("run", *options)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment)
        if wait:
            until(lambda: "msg=running" in self.said() or self.daemon.poll() is not None, 20, "the daemon did not start")
        return self.daemon

    def said(self):
        """What the running daemon has logged since its start."""
        with open(self.log, "rb") as log:
            log.seek(self.began)
            return log.read().decode(errors="replace")

    def kill(self):
        if self.daemon and self.daemon.poll() is None:
            self.daemon.send_signal(signal.SIGKILL)
            self.daemon.wait()
        self.daemon = None

    def stop(self, limit=30):
        """A clean stop: the exit code."""
        self.daemon.send_signal(signal.SIGTERM)
        try:
            code = self.daemon.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Problem("the daemon did not stop within %d s" % limit)
        self.daemon = None
        return code

    # --- what is there ---

    def drop(self, name, content, staging=None):
        """As a careful client does: under another name, then renamed."""
        temporary = os.path.join(staging or self.drop_directory, "." + name + ".part")
        with open(temporary, "w") as f:
            f.write(content)
        os.rename(temporary, os.path.join(self.drop_directory, name))

    def receipts(self):
        """By drop id: the bytes of every receipt."""
        found = {}
        for name in os.listdir(self.receipt_directory):
            if not name.startswith("."):
                with open(os.path.join(self.receipt_directory, name), "rb") as f:
                    content = f.read()
                try:
                    found[json.loads(content)["dropId"]] = content
                except (ValueError, KeyError):
                    found["unreadable " + name] = content
        return found

    def orders(self):
        return [json.loads(line) for line in self.must("list", "--json").splitlines()]

    def journal(self):
        events = []
        for path in sorted(glob.glob(self.path("journal/*/*.ndjson")), key=lambda p: (p.split("/")[-2], int(p.split("/")[-1][:-7]))):
            with open(path, "rb") as f:
                events += [json.loads(line) for line in f]
        return events

    def metric(self, name):
        try:
            with open(self.path("metrics/orderd.prom")) as f:
                return next((float(line.split()[-1]) for line in f if line.startswith(name + " ")), None)
        except OSError:
            return None

    def check(self):
        """What `orderd check` finds: an empty text where all adds up."""
        code, out, err = self.run("check")
        return "" if code == 0 else (out + err).strip()[:1500]


def differences(spool, first, references=None):
    """What is not as it must be after a fault: receipts that were seen before it, orders that they accepted, orders that were dropped."""
    problems, there = [], spool.receipts()
    if changed := [identity for identity, content in first.items() if there.get(identity) != content]:
        problems.append("%d of %d receipts are gone or changed, as %s" % (len(changed), len(first), changed[0]))
    found = {}
    for order in spool.orders():
        found.setdefault(order["orderReference"], []).append(order["orderId"])
    if twice := [reference for reference, ids in found.items() if len(ids) > 1]:
        problems.append("%d orders are there twice, as %s" % (len(twice), twice[0]))
    for content in first.values():
        for entry in json.loads(content)["orders"]:
            if entry["verdict"] == "accepted" and found.get(entry["orderReference"]) != [entry["orderId"]]:
                problems.append("order %s was acknowledged and is lost" % entry["orderId"])
    if references is not None and set(found) != set(references):
        problems.append("%d orders were dropped, %d are there" % (len(set(references)), len(found)))
    if text := spool.check():
        problems.append("check: " + text)
    return problems


class Collector:
    """Looks on from outside and keeps each receipt's bytes as soon as it is published: what the partner was told."""

    def __init__(self, spool):
        self.directory, self.first, self.changed = spool.receipt_directory, {}, []
        self.names, self.ended, self.marks = set(), threading.Event(), {}
        self.mark = lambda: 0
        self.thread = threading.Thread(target=self.look, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.ended.set()
        self.thread.join()

    def look(self):
        while not self.ended.is_set():
            self.pass_once()
            time.sleep(0.001)

    def pass_once(self):
        try:
            names = os.listdir(self.directory)
        except OSError:
            return
        for name in names:
            if name.startswith(".") or name in self.names:
                continue
            try:
                with open(os.path.join(self.directory, name), "rb") as f:
                    content = f.read()
                identity = json.loads(content)["dropId"]
            except (OSError, ValueError, KeyError):
                continue
            self.names.add(name)
            self.marks[identity] = self.mark()
            if self.first.setdefault(identity, content) != content:
                self.changed.append(name)


def until(condition, limit, problem):
    """Waits for a condition; after `limit` seconds raises the problem. Returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > limit:
            raise Problem(problem)
        time.sleep(0.005)
    return time.monotonic() - began
