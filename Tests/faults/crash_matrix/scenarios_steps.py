"""Scenarios of orders in their steps: deferred, held, charged, cancelled, refunded."""
from .running import live
from .scenario import Scenario
from .spool import order


class Deferral(Scenario):
    name, title = "deferral", "an order that is deferred twice, then charged (simulated gateway)"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}
    settings = ["payment.gateway=simulated", "retry.base=10ms", "retry.cap=20ms", "retry.limit=100", "retry.breakerThreshold=1000"]

    def before(self, spool):
        spool.drop("a.json", order("PO-1", token="tok_flaky"))

    def recover(self, spool):
        live(self, spool)


class Hold(Scenario):
    name, title = "hold", "an order that is held, beside one that is not; the held one is never charged"
    expected, receipts = {"PO-1": "ON_HOLD", "PO-2": "COMPLETED"}, {"a.json": "accepted", "b.json": "accepted"}
    settings = ["payment.gateway=socket"]
    charges, refunds = 1, 0

    def before(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.drop("b.json", order("PO-2"))


class Charge(Scenario):
    name, title = "charge", "an order is charged by a gateway in another process"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}
    settings = ["payment.gateway=socket"]
    charges, refunds = 1, 0

    def before(self, spool):
        spool.drop("a.json", order("PO-1"))


class Cancel(Scenario):
    name, title = "cancel", "an order that was charged is cancelled by a verb without a daemon"
    settings = ["payment.gateway=socket"]
    expected, receipts, stock = {"PO-1": "CANCELLED"}, {"a.json": "accepted"}, {"PEN": (5, 0)}
    charges, refunds = 1, 1

    def prepare(self, spool):
        spool.orderd_run("stock", "set", "PEN", "5")
        spool.orderd_run("pause", "--step", "fulfil", "--reason", "stocktaking")

    def before(self, spool):
        # Not in the template, so that each copy has a charge of its own at the gateway.
        spool.drop("a.json", order("PO-1"))
        spool.orderd_run("run", "--drain")

    def command(self, spool):
        return ["cancel", spool.identity("PO-1"), "--reason", "late"]

    def again(self, spool):
        spool.orderd_run("cancel", spool.identity("PO-1"), "--reason", "late", allowed=(0, 1))


class Refund(Cancel):
    name, title = "refund", "a cancelled order's charge is given back, its stock released"

    def before(self, spool):
        super().before(spool)
        self.is_cancelled = spool.orderd_run("cancel", spool.identity("PO-1"), "--reason", "late")

    def command(self, spool):
        return ["run", "--drain"]

    def again(self, spool):
        pass


class Declined(Scenario):
    name, title = "declined", "the gateway declines a charge; what was set aside for the order is released"
    settings = ["payment.gateway=socket"]
    expected, receipts, stock = {"PO-1": "REJECTED"}, {"a.json": "accepted"}, {"PEN": (5, 0)}
    charges, refunds = 0, 0

    def prepare(self, spool):
        spool.orderd_run("stock", "set", "PEN", "5")

    def before(self, spool):
        spool.drop("a.json", order("PO-1", token="tok_declined"))


class Unanswered(Scenario):
    name, title = "unanswered", "the gateway charges and closes the connection; it is asked again with the same key"
    live = True
    settings = ["payment.gateway=socket", "retry.base=10ms", "retry.cap=20ms", "retry.limit=100", "retry.breakerThreshold=1000"]
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}
    charges, refunds = 1, 0

    def before(self, spool):
        spool.drop("a.json", order("PO-1", token="tok_drop"))

    def recover(self, spool):
        live(self, spool)
