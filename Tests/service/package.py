#!/usr/bin/env python3
"""The Debian package through its life, in a container with a real systemd and a real sshd: install, first partner, first order by SFTP, upgrade
with 10,000 waiting orders, downgrade, remove, install again, purge.

    Tests/service/package.py --orderd .build/release/orderd [--write docs/service.md] [--orders 10000]

The program must need no Swift (make deb). Needs root, systemd-nspawn, loop devices, dpkg-dev, lintian, an OpenSSH server and client, sqlite3.
"""
import argparse, glob, hashlib, os, subprocess, sys, threading, time

sys.dont_write_bytecode = True
from booted import container
from booted.installed import Installed, SPOOL, TOP, UNIT
from booted.load import Offer
from machine import Problem, main, needs, scratch
import pages
from daemon import order, until
from service import BEGIN, systemd


def can_run():
    container.can_run()
    needs("dpkg-deb", "dpkg-shlibdeps", "lintian", "sshd", "sftp", "ssh-keygen", "sqlite3", "strip")


class Life:
    """Each method is a chapter of the package's life, in this order."""

    def __init__(self, box, service, options, folder):
        self.box, self.service, self.options, self.folder = box, service, options, folder

    def expect(self, condition, text):
        if not condition:
            raise Problem(text)

    def build(self, *more):
        done = subprocess.run([TOP + "/packaging/debian/build.sh", self.options.orderd, self.folder, *more], capture_output=True, text=True)
        self.expect(done.returncode == 0, done.stdout + done.stderr)
        return done.stdout.strip().split("\n")[-1]

    def give(self, package):
        """The package, where the container sees it."""
        target = self.box.path("root", os.path.basename(package))
        with open(package, "rb") as source, open(target, "wb") as copy:
            copy.write(source.read())
        return "/root/" + os.path.basename(package)

    def version(self):
        return self.box.inside("dpkg-query", "-W", "-f", "${Version} ${db:Status-Status}", "orderd", check=False).strip()

    def sftp(self, commands, partner="acme"):
        return self.box.call(
            "sftp", "-q", "-b", "-", "-i", "/root/keys/" + partner, "-o", "StrictHostKeyChecking=accept-new", "-o", "IdentitiesOnly=yes",
            "-o", "PasswordAuthentication=no", partner + "@127.0.0.1", input=commands, timeout=60)

    def put(self, name, content):
        path = self.box.path("root", name)
        with open(path, "w") as f:
            f.write(content)
        code, text = self.sftp("put /root/%s orders/.%s.part\nrename orders/.%s.part orders/%s\n" % (name, name, name, name))
        self.expect(code == 0, "sftp: " + text)

    # --- the chapters ---

    def made(self):
        "`make deb`: the package, lintian and the libraries"
        self.package = self.build(*(["--fast"] if self.options.fast else []))
        done = subprocess.run(["lintian", "--allow-root", "--tag-display-limit", "0", self.package], capture_output=True, text=True)
        self.expect(done.returncode == 0 and not done.stdout.strip(), "lintian: " + done.stdout + done.stderr)
        sums = []
        for _ in range(2):
            with open(self.build("--fast", "--version", "0.1.1"), "rb") as f:
                sums.append(hashlib.sha256(f.read()).digest())
        self.expect(sums[0] == sums[1], "built twice, it differs")
        field = lambda name: subprocess.run(["dpkg-deb", "-f", self.package, name], capture_output=True, text=True).stdout.strip()
        return "%s, %.1f MB, %d MB installed; lintian says nothing, with one override, which is explained; built twice, it is the same to the byte; depends on %s" % (
            os.path.basename(self.package), os.path.getsize(self.package) / 1e6, int(field("Installed-Size")) / 1024, field("Depends"))

    def install(self):
        "install on a machine without orderd"
        self.box.inside("systemctl", "enable", "--now", "ssh.service")
        began = time.monotonic()
        self.said = self.box.inside("dpkg", "-i", self.give(self.package))
        took = time.monotonic() - began
        self.expect(self.service.is_active(), "the service does not run: " + self.said)
        enabled = self.box.inside("systemctl", "is-enabled", UNIT).strip()
        libraries = self.box.inside("ldd", "/usr/bin/orderd")
        self.expect("swift" not in libraries.lower() and "not found" not in libraries, libraries)
        self.expect(enabled == "enabled", enabled)
        self.box.inside("sshd", "-t")
        for page in ("man1/orderd.1", "man5/orderd.yaml.5", "man7/orderd-spool.7"):
            self.expect(os.path.exists(self.box.path("usr/share/man", page + ".gz")), "there is no " + page)
        return "%.1f s; it runs, is enabled, and `ldd` shows none of Swift's libraries; sshd was reloaded; the manual pages are there" % took

    def partner(self):
        "`orderd partner add acme --key acme.pub`"
        self.service.add_partner()
        code, text = self.sftp("ls -la\n")
        self.expect(code == 0 and "orders" in text, text)
        return "acme logs in by SFTP and sees %s" % ", ".join(
            "`%s/`" % name for name in sorted(line.split()[-1] for line in text.splitlines() if line.startswith("d")) if not name.startswith("."))

    def first(self):
        "the first order, by `sftp`"
        began = time.monotonic()
        self.put("first.json", order("PO-1"))
        receipt = "receipts/orders/first.json.receipt.json"
        until(lambda: self.sftp("get %s /root/receipt.json\n" % receipt)[0] == 0, 20, "no receipt for acme")
        took = time.monotonic() - began
        with open(self.box.path("root/receipt.json")) as f:
            self.expect('"accepted"' in f.read(), "not accepted")
        return "accepted; the partner fetched its receipt %.1f s after it began to log in" % took

    def upgrade(self):
        "upgrade with a running daemon and waiting orders"
        count, spool = self.options.orders, self.service
        newer = self.give(self.build("--fast", "--version", "0.1.1"))
        self.box.inside("orderd", "pause", "--step", "charge", "--reason", "trial")
        self.put("many.ndjson", "".join(order("MANY-%06d" % n) for n in range(count)))
        until(lambda: len(os.listdir(spool.path("queue/3-charge"))) >= count, 300, "the orders do not come to wait")
        offer = Offer(spool, 100, 20, "U")
        offer.expected = offer.count + len(os.listdir(spool.path("partners/acme/receipts/orders")))
        thread = threading.Thread(target=offer.run)
        thread.start()
        time.sleep(4)
        began = time.time()
        self.box.inside("dpkg", "-i", newer)
        took = time.time() - began
        thread.join()
        self.expect(self.version() == "0.1.1 installed", self.version())
        log = spool.journal()
        at = lambda text: next(int(e["__REALTIME_TIMESTAMP"]) / 1e6 for e in log
                               if text in str(e["MESSAGE"]) and int(e["__REALTIME_TIMESTAMP"]) / 1e6 > began)
        stopped, running = at("msg=stopping signal"), at("msg=running")
        waits = offer.waits()
        back = min(at + wait for at, wait in waits if at + wait > running) - stopped
        worst = max(wait for _, wait in waits)
        waiting = len(os.listdir(spool.path("queue/3-charge")))
        self.expect(waiting == count + offer.count, "%d orders wait, %d are expected" % (waiting, count + offer.count))
        self.box.inside("orderd", "resume", "--step", "charge", "--reason", "trial")
        until(lambda: not os.listdir(spool.path("queue/3-charge")), 300, "the orders do not go on")
        text = spool.check()
        self.expect(not text, text)
        self.expect(back < 10, "back at work after %.1f s" % back)
        return ("%d orders waited, and 100 files a second came meanwhile. `dpkg -i` took %.1f s, for %.2f s of which no daemon ran; back at "
                "work, with the first receipt, %.2f s after it was asked to stop (asked for: 10 s). The longest wait of a file: %.2f s. All %d "
                "orders are there and went on; `orderd check` finds nothing") % (count, took, running - stopped, back, worst, count + offer.count)

    def back(self):
        "downgrade where the older version reads the same ledger"
        self.box.inside("dpkg", "-i", self.give(self.package))
        self.expect(self.service.is_active() and self.version().endswith("installed"), self.version())
        return "done, the service runs"

    def downgrade(self):
        "downgrade where the ledger is newer"
        newer = self.build("--fast", "--version", "0.2.0", "--ledger-since", "0.2.0")
        self.box.inside("dpkg", "-i", self.give(newer))
        process = self.service.show("MainPID")
        code, text = self.box.call("dpkg", "-i", self.give(self.package))
        self.expect(code != 0 and "cannot read it" in text, "dpkg -i ended with %d: %s" % (code, text))
        self.expect(self.version() == "0.2.0 installed" and self.service.is_active(), self.version())
        self.expect(self.service.show("MainPID") == process, "the service was restarted")
        # Whoever gets past that meets the program's own refusal. A ledger of the next version, as it looks to this one:
        self.box.inside("systemctl", "stop", UNIT)
        ledger = SPOOL + "/state/ledger.sqlite"
        mark = lambda sql: self.box.inside("setpriv", "--reuid=orderd", "--regid=orderd", "--clear-groups", "sqlite3", ledger, sql)
        mark("INSERT INTO grdb_migrations VALUES ('next')")
        before = self.box.inside("sqlite3", ledger, "SELECT count(*), max(seq) FROM events").strip()
        code, ran = self.box.call("orderd", "run", "--spool", SPOOL, timeout=30)
        self.expect(code == 2 and "newer orderd" in ran, "orderd run ended with %d: %s" % (code, ran))
        self.expect(self.box.inside("sqlite3", ledger, "SELECT count(*), max(seq) FROM events").strip() == before, "it changed the ledger")
        mark("DELETE FROM grdb_migrations WHERE identifier = 'next'")
        self.box.inside("systemctl", "start", UNIT)
        words = next(line for line in text.splitlines() if "cannot read it" in line)
        refusal = next(line for line in ran.splitlines() if "newer orderd" in line)
        return "refused by the package: `%s`; the newer one runs on, not even restarted. The program itself refuses such a ledger too (exit code 2): `%s`" % (
            words.strip(), refusal.strip())

    def remove(self):
        "remove, with files dropped afterwards, and install again"
        orders = self.box.inside("orderd", "list", "--json").count("\n")
        self.box.inside("dpkg", "-r", "orderd")
        self.expect(self.box.call("systemctl", "is-active", UNIT)[0] != 0, "the service runs on")
        last = [e["MESSAGE"] for e in self.service.journal() if "stopped cleanly" in str(e["MESSAGE"])]
        self.expect(last and not self.box.call("pgrep", "-x", "orderd")[1].strip(), "it did not stop cleanly")
        self.expect(os.path.exists(self.service.path("state/ledger.sqlite")), "the ledger is gone")
        self.put("between.json", order("PO-BETWEEN"))
        self.box.inside("dpkg", "-i", "/root/" + os.path.basename(glob.glob(self.folder + "/orderd_0.2.0_*.deb")[0]))
        self.expect(self.service.is_active(), "it does not run again")
        self.service.receipt("between.json")
        now = self.box.inside("orderd", "list", "--json").count("\n")
        self.expect(now == orders + 1, "%d orders before, %d now" % (orders, now))
        return "stopped cleanly; accounts, keys, configuration and %d orders stay; what acme dropped meanwhile was taken after the new install" % orders

    def purge(self):
        "purge"
        text = self.box.inside("dpkg", "-P", "orderd")
        left = [p for p in ("/etc/orderd", "/etc/ssh/sshd_config.d/orderd.conf", "/usr/bin/orderd", "/usr/share/doc/orderd",
                            "/usr/lib/systemd/system/orderd.service", "/etc/systemd/system/orderd.service",
                            "/etc/systemd/system/multi-user.target.wants/orderd.service") if os.path.lexists(self.box.path(p))]
        self.expect(not left, "left behind: " + ", ".join(left))
        self.expect("kept in /var/spool/orderd" in text and os.path.exists(self.service.path("journal")), text)
        code, said = self.sftp("ls\n")
        self.expect(code != 0, "acme still logs in: " + said)
        failed = self.box.inside("systemctl", "--failed", "--no-legend", check=False).strip()
        self.expect(not failed, failed)
        return "configuration, keys, sshd's settings and program are gone, and acme cannot log in; orders, history and accounts are kept, and purge says so"


ORDER = "made install partner first upgrade back downgrade remove purge".split()


def trial(options):
    problems, rows = [], []
    with scratch("orderd-package-") as folder:
        box = container.Container(folder)
        try:
            box.boot()
            life = Life(box, Installed(box), options, folder)
            for name in ORDER:
                method = getattr(life, name)
                try:
                    came = method()
                except (Problem, StopIteration, ValueError) as problem:
                    problems.append(name)
                    came = "**not as it must be**: " + str(problem).strip().replace("\n", " ").replace("|", "\\|")
                rows.append((method.__doc__, came))
                print("%-9s %s" % (name, came), flush=True)
            if problems:
                print(box.inside("journalctl", "--no-pager", "-n", "80", check=False), file=sys.stderr)
        finally:
            box.close()
    if options.write:
        said = "`%s`, orderd %s, systemd %s. The package of the same program under other versions stands for newer ones." % (
            pages.command(__file__).replace("faults", "service", 1), pages.version(options.orderd), systemd())
        pages.write_section(options.write, "The Debian package", said + "\n\n" + pages.table(["tried", "what came of it"], rows), BEGIN)
    print("%d chapters, %d problems" % (len(rows), len(problems)))
    return problems


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--orders", type=int, default=10000, help="how many wait during the upgrade")
    parser.add_argument("--fast", action="store_true", help="a package that is compressed quickly")
    parser.add_argument("--write", metavar="PAGE", help="write the section of this page")
    sys.exit(main(trial, parser, can_run))
