"""Scenarios of what people do: verbs without a daemon, and moves by hand."""
import os

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
