"""Scenarios of what people do: verbs, with and without a daemon, and changes by hand."""
import os, shutil

from .scenario import Scenario
from .spool import order


class Release(Scenario):
    name, title = "release", "a held order is released by a verb without a daemon"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.orderd_run("run", "--drain")

    def command(self, spool):
        return ["release", spool.identity("PO-1"), "--reason", "agreed"]

    def again(self, spool):
        # 1 where the first had done it.
        spool.orderd_run("release", spool.identity("PO-1"), "--reason", "agreed", allowed=(0, 1))


class HandBefore(Scenario):
    name, title = "hand-before", "a held order's file is moved to a step by hand before a start"
    expected, receipts = {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.orderd_run("run", "--drain")

    def before(self, spool):
        self.move(spool)

    def move(self, spool):
        name = spool.identity("PO-1") + ".json"
        if os.path.exists(spool.path("queue/hold", name)):
            os.rename(spool.path("queue/hold", name), spool.path("queue/1-validate", name))

    def after(self, spool):
        # After an unclean stop the ledger wins: the file is back in hold/, and the person moves it again after the clean stop.
        if spool.statuses()["PO-1"] == "ON_HOLD":
            self.move(spool)
            spool.orderd_run("run", "--drain")


class HandLive(HandBefore):
    name, title = "hand-live", "the same while the daemon runs"
    live = True
    settings = ["intake.rescan=100ms"]

    def before(self, spool):
        pass

    def act(self, spool):
        self.move(spool)


class Partner(Scenario):
    name, title = "partner", "a partner is added by a verb without a daemon"
    expected, receipts = {"PO-9": "COMPLETED"}, {"z.json": "accepted"}

    def command(self, spool):
        return ["partner", "add", "zenith"]

    def again(self, spool):
        spool.orderd_run("partner", "add", "zenith", allowed=(0, 1))

    def after(self, spool):
        spool.drop("z.json", order("PO-9"), partner="zenith")
        spool.orderd_run("run", "--drain")


class Asked(Scenario):
    name, title = "asked", "a held order is released by a verb that asks the daemon"
    live, expected, receipts = True, {"PO-1": "COMPLETED"}, {"a.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.orderd_run("run", "--drain")

    def act(self, spool):
        # Where the daemon is killed meanwhile, the verb may fail in any way; who asked asks again.
        spool.orderd_run("release", spool.identity("PO-1"), "--reason", "agreed", allowed=(0, 1, 2))

    def again(self, spool):
        spool.orderd_run("release", spool.identity("PO-1"), "--reason", "agreed", allowed=(0, 1))


class HandCancel(Scenario):
    name, title = "hand-cancel", "the file of an order that was charged is moved to compensate/ by hand while the daemon runs"
    live = True
    settings = ["payment.gateway=socket", "intake.rescan=100ms"]
    expected, receipts, stock = {"PO-1": "CANCELLED"}, {"a.json": "accepted"}, {"PEN": (5, 0)}
    charges, refunds = 1, 1

    def prepare(self, spool):
        spool.orderd_run("stock", "set", "PEN", "5")
        spool.orderd_run("pause", "--step", "fulfil", "--reason", "stocktaking")

    def before(self, spool):
        spool.drop("a.json", order("PO-1"))
        spool.orderd_run("run", "--drain")

    def act(self, spool):
        for path in spool.files("queue/4-fulfil/ord_*.json"):
            os.rename(path, spool.path("queue/compensate", os.path.basename(path)))

    def after(self, spool):
        # As in hand-before: put back after an unclean stop, and moved again.
        if spool.statuses()["PO-1"] != "CANCELLED":
            self.act(spool)
            spool.orderd_run("run", "--drain")


class SecondFile(Scenario):
    name, title = "second-file", "a second file of a held order and one of no order are found by the rescan, and set aside"
    live = True
    settings = ["intake.rescan=100ms"]
    expected, receipts = {"PO-1": "ON_HOLD"}, {"a.json": "accepted"}
    stranger = "ord_01hzzzzzzzzzzzzzzzzzzzzzzz.json"

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.orderd_run("run", "--drain")

    def act(self, spool):
        name = spool.identity("PO-1") + ".json"
        for copy in ("queue/3-charge/" + name, "queue/1-validate/" + self.stranger):
            # Whole when it gets its name, as a move is.
            shutil.copyfile(spool.path("queue/hold", name), spool.path("state/copy"))
            os.rename(spool.path("state/copy"), spool.path(copy))

    def reached(self, spool):
        return not spool.files("queue/[1-5]-*/*.json") and spool.statuses() == self.expected

    def problems(self, spool):
        kept = spool.files("rejected/*/*")
        return [] if len(kept) == 2 else ["not both are in rejected/: %s" % kept]


class Deleted(Scenario):
    name, title = "deleted", "of two held orders' files, one is deleted and one changed by hand; both are written again"
    live = True
    settings = ["intake.rescan=100ms"]
    expected, receipts = {"PO-1": "ON_HOLD", "PO-2": "ON_HOLD"}, {"a.json": "accepted", "b.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1", price="0"))
        spool.drop("b.json", order("PO-2", price="0"))
        spool.orderd_run("run", "--drain")

    def act(self, spool):
        os.unlink(spool.path("queue/hold", spool.identity("PO-1") + ".json"))
        with open(spool.path("queue/hold", spool.identity("PO-2") + ".json"), "ab") as f:
            f.write(b" ")

    def reached(self, spool):
        sizes = [os.path.getsize(path) for path in spool.files("queue/hold/ord_*[a-z0-9].json") if ".reason" not in path]
        return len(sizes) == 2 and all(size == len(order("PO-1", price="0")) for size in sizes)


class Rebuild(Scenario):
    name, title = "rebuild", "a ledger that was lost is made again from the journal, and files that were lost from it"
    expected, receipts = {"PO-1": "COMPLETED", "PO-2": "ON_HOLD"}, {"a.json": "accepted", "b.json": "accepted"}

    def prepare(self, spool):
        spool.drop("a.json", order("PO-1"))
        spool.drop("b.json", order("PO-2", price="0"))
        spool.orderd_run("run", "--drain")
        for path in spool.files("state/ledger.sqlite*") + spool.files("partners/*/status/*") + spool.files("queue/hold/*"):
            os.unlink(path)

    def command(self, spool):
        return ["rebuild"]

    def again(self, spool):
        spool.orderd_run("rebuild")
