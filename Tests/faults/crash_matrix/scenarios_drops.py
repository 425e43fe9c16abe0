"""Scenarios of dropped files: what intake makes of them."""
from .scenario import Scenario
from .spool import order


class Single(Scenario):
    name, title = "single", "one order, found at the start, drained"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def before(self, spool):
        spool.drop("a.json", order("PO-1"))


class Renamed(Scenario):
    name, title = "renamed", "one order, renamed into place while the daemon runs"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def act(self, spool):
        spool.drop("a.json", order("PO-1"))


class Closed(Scenario):
    name, title = "closed", "one order, written in place and closed while the daemon runs"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def act(self, spool):
        spool.drop("a.json", order("PO-1"), in_place=True)


class Slices(Scenario):
    name, title = "slices", "a file of 5 MB with 8 orders, one a line, taken in 4 slices"
    settings = ["intake.sliceOrders=2"]
    expected, receipts = {"PO-%d" % i: "COMPLETED" for i in range(8)}, {"all.ndjson": "accepted"}

    def before(self, spool):
        spool.drop("all.ndjson", "".join(order("PO-%d" % i) + "\n" * 650_000 for i in range(8)))


class Verdicts(Scenario):
    name, title = "verdicts", "a duplicate, a conflict, a rejected file, a file of which a part is good"
    expected = {"PO-1": "COMPLETED", "PO-4": "COMPLETED"}
    receipts = {
        "a.json": "accepted", "b.json": "duplicate", "c.json": "conflict", "d.json": "rejected", "e.ndjson": "partial",
        "f.json": "rejected",
    }

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1"))
        spool.orderd_run("run", "--drain")

    def before(self, spool):
        spool.drop("b.json", order("PO-1"))
        spool.drop("c.json", order("PO-1", quantity=3))
        spool.drop("d.json", order("PO-2", total="9.99"))
        spool.drop("e.ndjson", order("PO-3", total="9.99") + "\n" + order("PO-4") + "\n" + order("PO-1") + "\n")
        spool.drop("f.json", "[1, 2")

    def __init__(self):
        # What breaks off waits for its resume; here it is judged at once.
        self.settings = ["intake.resumeDeadline=0s"]


class Stock(Scenario):
    name, title = "stock", "three orders for two pieces each, five in stock: one is held"
    receipts, stock = {"all.ndjson": "accepted"}, {"PEN": (1, 0)}
    expected = {"PO-1": "COMPLETED", "PO-2": "COMPLETED", "PO-3": "ON_HOLD"}

    def prepare(self, spool):
        spool.orderd_run("stock", "set", "PEN", "5")

    def before(self, spool):
        spool.drop("all.ndjson", "".join(order("PO-%d" % i) + "\n" for i in (1, 2, 3)))
