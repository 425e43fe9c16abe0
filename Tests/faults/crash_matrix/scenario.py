"""What a scenario is."""


class Scenario:
    """One story. `prepare` makes the template; `before` is done to each copy, `act` while a daemon runs; `command` is what is traced."""

    name, title = "", ""
    settings = []
    live = False  # a daemon that is stopped when `reached`, instead of a drain
    expected = {}  # reference: status
    receipts = {}  # file name: verdict
    stock = None  # "PRODUCT": (on hand, reserved)
    charges, refunds = None, None  # at the gateway's side

    def prepare(self, spool):
        pass

    def before(self, spool):
        pass

    def command(self, spool):
        return ["run"] if self.live else ["run", "--drain"]

    def act(self, spool):
        pass

    def reached(self, spool):
        return spool.statuses() == self.expected

    def again(self, spool):
        """What a person or partner does after the crash, before the next start."""

    def recover(self, spool):
        spool.orderd_run("run", "--drain")

    def after(self, spool):
        """What else is done before the end is compared."""

    def problems(self, spool):
        """What else does not hold at the end, in words."""
        return []
