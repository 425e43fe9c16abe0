"""Scenarios of dropped files: what intake makes of them."""
import os

from .scenario import Scenario
from .spool import order

CARD = "4111111111111111"


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


class Resumed(Scenario):
    name, title = "resumed", "half an order, resumed once its partner is told that it waits"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}
    whole = order("PO-1")

    def act(self, spool):
        spool.drop("a.json", self.whole[:40], in_place=True)

    def reached(self, spool):
        if spool.files("partners/acme/status/uploads.json"):
            self.again(spool)
            return False
        return super().reached(spool)

    def again(self, spool):
        path = spool.path("partners/acme/orders/a.json")
        if os.path.exists(path) and os.path.getsize(path) == 40:
            with open(path, "a") as f:
                f.write(self.whole[40:])


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


class Masked(Scenario):
    name, title = "masked", "a file with a card number is rejected; what is kept of it is masked"
    expected, receipts = {}, {"a.json": "rejected"}

    def before(self, spool):
        spool.drop("a.json", order("PO-1").replace("c1", "card " + CARD))

    def problems(self, spool):
        return ["%s holds the card number" % path for path in spool.everything() if CARD.encode() in spool.read(path)]


class MaskedLines(Masked):
    name, title = "masked-lines", "the same in one line of a file of 5 MB, of which the rest is good"
    settings = ["intake.sliceOrders=2"]
    expected, receipts = {"PO-0": "COMPLETED", "PO-2": "COMPLETED"}, {"all.ndjson": "partial"}

    def before(self, spool):
        lines = [order("PO-%d" % i) for i in range(3)]
        lines[1] = lines[1].replace("c1", "card " + CARD)
        spool.drop("all.ndjson", "".join(line + "\n" * 1_700_000 for line in lines))


class PossibleDuplicate(Scenario):
    name, title = "possible-twin", "an order without a reference comes again under another name, and is held"
    expected, receipts = {None: "COMPLETED ON_HOLD"}, {"a.json": "accepted", "b.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("").replace('"orderReference":"",', ""))
        spool.orderd_run("run", "--drain")

    def before(self, spool):
        spool.drop("b.json", order("").replace('"orderReference":"",', ""))


class Strange(Scenario):
    name, title = "strange", "a directory, a pipe, a link, an empty file and one of no kind are refused, each with a receipt"
    expected = {}
    receipts = dict.fromkeys(("d.json", "f.json", "l.json", "empty.json", "a.txt"), "rejected")
    settings = ["intake.resumeDeadline=0s"]

    def before(self, spool):
        orders = spool.path("partners/acme/orders")
        os.mkdir(orders + "/d.json")
        os.mkfifo(orders + "/f.json")
        os.symlink("/etc/hostname", orders + "/l.json")
        spool.drop("empty.json", "")
        spool.drop("a.txt", "good morning")


class Gone(Scenario):
    name, title = "gone", "a partner's directory for receipts is gone for a while: the receipt waits, and comes when it is back"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def before(self, spool):
        os.rename(spool.path("partners/acme/receipts"), spool.path("partners/acme/away"))
        spool.drop("a.json", order("PO-1"))

    def again(self, spool):
        # Published means in a partner's hands: the directory comes back when the daemon has found it missing.
        spool.orderd_run("run", "--drain")

    def recover(self, spool):
        if os.path.isdir(spool.path("partners/acme/away")):
            os.rename(spool.path("partners/acme/away"), spool.path("partners/acme/receipts"))
        spool.drain_patiently()
