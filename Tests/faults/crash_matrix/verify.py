"""What must hold at the end, whatever happened on the way."""
import collections, copy, glob, json, os, subprocess

from .calls import SYNCS
from .running import PATIENCE
from .spool import Problem


def verify(scenario, spool, before):
    """Raises a Problem where the end is not what an undisturbed run gives. `before` is what was published when it was killed."""
    problems = []

    def expect(what, found, expected):
        if found != expected:
            problems.append("%s: expected %s, found %s" % (what, expected, found))

    check = subprocess.run(spool.arguments("check"), capture_output=True, timeout=PATIENCE * 3, stdin=subprocess.DEVNULL)
    if check.returncode != 0:
        problems.append("check ended with %d: %s" % (check.returncode, (check.stdout + check.stderr).decode()[:1500]))
    orders, published = spool.orders(), spool.published()
    found = collections.defaultdict(list)
    for order in orders:
        found[order["reference"]].append(order["status"])
    expect("orders", {reference: " ".join(sorted(statuses)) for reference, statuses in found.items()}, scenario.expected)
    expect("status files", spool.statuses(), scenario.expected)
    receipts = {os.path.basename(p): json.loads(content)["verdict"] for p, content in published.items() if "/receipts/" in p}
    expect("receipts", receipts, {name + ".receipt.json": verdict for name, verdict in scenario.receipts.items()})
    problems += changed(before, published)
    completed = {o["id"] for o in orders if o["status"] == "COMPLETED"}
    expect("pick requests", {os.path.basename(p).split(".")[0] for p in published if "/pick/" in p}, completed)
    left = [p for d in ("claimed/*/*/", "partners/*/orders/") for name in ("*", ".*") for p in glob.glob(spool.path(d + name))]
    expect("files left in claimed/ and the drop directories", [os.path.relpath(p, spool.root) for p in left], [])
    places = ("partners/*/[!o]*/.*", "partners/*/*/*/.*", "queue/*/.*", "metrics/.*", "state/.*")
    hidden = [p for pattern in places for p in spool.files(pattern)]
    expect("temporary files left", [os.path.relpath(p, spool.root) for p in hidden], [])
    told = spool.files("partners/*/status/uploads.json")
    expect("told of uploads that wait, and none does", [os.path.relpath(p, spool.root) for p in told], [])
    problems += repeated(spool)
    if scenario.stock is not None:
        expect("stock", {row["product"]: (row["on_hand"], row["reserved"]) for row in spool.rows("stock")}, scenario.stock)
    if scenario.charges is not None:
        performed = spool.gateway.performed({o["id"] for o in orders})
        expect("charges, refunds at the gateway", (performed["charge"], performed["refund"]), (scenario.charges, scenario.refunds))
        held = spool.gateway.performed({o["id"] for o in orders if o["status"] == "ON_HOLD"})
        expect("charges of held orders", dict(held), {})
    problems += scenario.problems(spool)
    if problems:
        raise Problem("; ".join(problems))


def changed(before, published):
    """What was published and now is not, or differs."""
    return [
        "%s changed after the kill: %r to %r" % (path, content[:200], published.get(path, b"nothing")[:200])
        for path, content in before.items() if published.get(path) != content]


def repeated(spool):
    """An effect may be asked for again, after a "none"; it is settled once. A step is advanced over once, whatever is repeated."""
    once = collections.Counter()
    for event in spool.journal():
        kind, data = event["type"], event["data"]
        if kind in ("orderd.order.accepted", "orderd.order.advanced"):
            once[kind, event["subject"], data.get("step", "")] += 1
        elif kind == "orderd.effect.settled" and data["state"] != "none":
            once[kind, event["subject"], data["effect"]] += 1
    return ["%d times in the journal: %s" % (count, " ".join(key)) for key, count in once.items() if count > 1]


def judge_error(spool, run, ended):
    """Raises a Problem where it took a failed call badly."""
    call = run.hit[1]
    if ended not in ("0", "1", "2"):
        raise Problem("after a failed %s it ended with %s" % (call, ended))
    if ended == "2":
        with open(spool.log, "rb") as log:
            last = log.read().decode(errors="replace").strip().splitlines()[-1:]
        if not last or "orderd: " not in last[0] and "level=critical" not in last[0]:
            raise Problem("it stopped after a failed %s without saying why: %s" % (call, last))
    elif call in SYNCS and not _is_harmless(run):
        raise Problem("it went on after a failed %s of %s" % (call, os.path.basename(run.file)))


def _is_harmless(run):
    """The syncs whose failure SQLite keeps to itself, for nothing depends on them: of the directory that it lies in; of the database, which
    only a checkpoint writes to, and the log stays where that fails; of the log where all of it had been synced before."""
    return run.file.endswith(("/state", "/ledger.sqlite")) or run.file.endswith("/ledger.sqlite-wal") and not run.was_dirty


def as_refused(scenario, spool):
    """The scenario as it is where the daemon had no right to read what was dropped, and says so, by design; else the scenario."""
    refused = {}
    for path, content in spool.published().items():
        if "/receipts/" in path and '"code":"unreadable"' in content.decode():
            refused[os.path.basename(path).removesuffix(".receipt.json")] = "rejected"
    if set(refused) != set(scenario.receipts):
        return scenario
    other = copy.copy(scenario)
    other.expected, other.receipts, other.charges = {}, refused, scenario.charges and 0
    return other
