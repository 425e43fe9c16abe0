"""Orders offered at an even rate by rename, whoever takes them or not, and how long each waited for its receipt."""
import os, time

from daemon import order, until



class Offer:
    """Offers `rate` files a second, one order each, for `seconds`; `at` are seconds at which `act` is called in another thread."""

    def __init__(self, service, rate, seconds, tag="L"):
        self.service, self.rate, self.count, self.tag = service, rate, int(rate * seconds), tag
        self.offered, self.late = {}, 0.0

    def run(self):
        directory = self.service.path("partners/acme/orders")
        receipts = self.service.path("partners/acme/receipts/orders")
        began = time.time()
        for number in range(self.count):
            name = "%s-%06d.json" % (self.tag, number)
            part = os.path.join(directory, "." + name + ".part")
            with open(part, "w") as f:
                f.write(order("%s-%06d" % (self.tag, number)))
                os.fchmod(f.fileno(), 0o660)
            due = began + number / self.rate
            while (left := due - time.time()) > 0:
                time.sleep(left)
            self.late = max(self.late, -left)
            os.rename(part, os.path.join(directory, name))
            self.offered[name] = time.time()
        self.ended = time.time()
        until(lambda: len(os.listdir(receipts)) >= self.expected, 300, "not every file has its receipt after five minutes")

    def waits(self):
        """Of each file: when it was offered, and the seconds until its receipt was written."""
        receipts = self.service.path("partners/acme/receipts/orders")
        return sorted((at, os.stat(os.path.join(receipts, name + ".receipt.json")).st_mtime - at) for name, at in self.offered.items())
