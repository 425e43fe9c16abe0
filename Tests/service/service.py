#!/usr/bin/env python3
"""The service as systemd runs it, in a container: it is ready, reloads, stops, is killed and comes back, is stuck and is found, writes nowhere
but in its spool, and loses nothing when it is restarted under load.

    Tests/service/service.py --orderd .build/release/orderd [--write docs/service.md] [--only reload,stop] [--seconds 20]

Needs root, systemd-nspawn and loop devices; never touches the machine's own systemd. With everything it takes about five minutes, most of
it waits of the watchdog and of an idle daemon. The watchdog's and the idle trial's waits are the unit's own.
"""
import argparse, os, re, sys, threading, time

sys.dont_write_bytecode = True
from booted import container
from booted.installed import Installed, StuckThread, SPOOL, TOP, UNIT, wakeups
from booted.load import Offer
from machine import Problem, main, scratch
import pages
from daemon import order, until

BEGIN = """# The service, tried

What was tried with the systemd unit and with the Debian package, in a container with a systemd of its own, and what came of it.

<!-- Each section is written by its rig with --write. Run it again rather than edit it. -->
"""


def of(text, pattern):
    found = re.search(pattern, text, re.M)
    return found.group(1) if found else "?"


class Trials:
    """Each method is a trial: it returns what came of it, and raises a Problem where that is not as it must be."""

    def __init__(self, box, service, options):
        self.box, self.service, self.options = box, service, options

    def expect(self, condition, text):
        if not condition:
            raise Problem(text)

    def verify(self):
        "`systemd-analyze verify`"
        code, text = self.box.call("systemd-analyze", "verify", UNIT)
        self.expect(code == 0 and not text.strip(), text)
        return "no complaint"

    def security(self):
        "`systemd-analyze security --offline=true --threshold=13`"
        code, text = self.box.call("systemd-analyze", "security", "--offline=true", "--threshold=13", "/usr/lib/systemd/system/" + UNIT)
        score = of(text, r"Overall exposure level for \S+: ([0-9.]+)")
        self.expect(code == 0 and float(score) <= 1.3, text[-400:])
        return "exposure %s; asked for: 1.3 or less" % score

    def ready(self):
        "`systemctl start` ends when the daemon is ready"
        began = time.monotonic()
        self.box.inside("systemctl", "enable", "--now", UNIT)
        took = time.monotonic() - began
        shown = self.service.show("ActiveState", "SubState", "StatusText", "Type")
        self.expect((shown["ActiveState"], shown["SubState"], shown["Type"]) == ("active", "running", "notify"), str(shown))
        self.expect(os.path.exists(self.service.path("state/control")), "it said that it was ready, and its socket is not there")
        self.service.add_partner()
        return "up in %.2f s, status `%s`" % (took, shown["StatusText"])

    def rights(self):
        "Rights of the process"
        with open("/proc/%d/status" % self.service.leader()) as f:
            status = f.read()
        found = {name: of(status, r"^%s:\s*(.*)$" % name) for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp")}
        # CAP_LEASE is number 28.
        caps = {int(found[n], 16) for n in ("CapEff", "CapPrm", "CapBnd", "CapAmb")}
        self.expect(caps == {1 << 28} and found["NoNewPrivs"] == "1" and found["Seccomp"] == "2", str(found))
        with open("/proc/%d/net/dev" % self.service.leader()) as f:
            devices = [line.split(":")[0].strip() for line in f if ":" in line]
        self.expect(devices == ["lo"], "network devices: %s" % devices)
        return "CAP_LEASE alone, no new privileges, calls filtered, no network but a loopback of its own"

    def readonly(self):
        "Root itself, put where the daemon is, writes to each directory"
        inside = ["nsenter", "-t", str(self.service.leader()), "-m"]
        import subprocess
        refused, allowed = [], []
        places = ["/", "/etc", "/etc/orderd", "/etc/ssh/sshd_config.d", "/usr/bin", "/usr/lib/systemd/system", "/var", "/var/lib", "/var/log",
                  "/var/spool", "/home", "/root", "/run", "/run/lock", "/run/systemd/journal", "/dev/shm", "/boot", "/opt", "/srv", "/mnt", "/dev", "/sys", "/proc/sys/kernel"]
        for place in places + [SPOOL]:
            done = subprocess.run([*inside, "sh", "-c", ": > '%s/written-by-trial' && rm '%s/written-by-trial'" % (place, place)],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            (allowed if done.returncode == 0 else refused).append(place)
        self.expect(allowed == [SPOOL], "could be written to: %s" % ", ".join(allowed))
        shown = subprocess.run([*inside, "ls", "-A", "/tmp", "/root", "/home"], capture_output=True).stdout.decode()
        self.expect("keys" not in shown, "it sees " + shown)
        return "%d places refused, `%s` alone allowed; /home, /root and the machine's /tmp look empty" % (len(refused), SPOOL)

    def order(self):
        "A partner's account drops an order, by rename and in place"
        self.service.drop("one.json", order("PO-1"))
        renamed = self.service.receipt("one.json")
        self.service.drop("two.json", order("PO-2"), in_place=True)
        closed = self.service.receipt("two.json")
        self.expect([r["orders"][0]["verdict"] for r in (renamed, closed)] == ["accepted"] * 2, str((renamed, closed)))
        # Only with a lease, on a file of another user's, does it know this.
        self.expect((renamed["completeness"], closed["completeness"]) == ("renamed", "closed"), str((renamed, closed)))
        seen = self.box.inside("setpriv", "--reuid=acme", "--regid=acme", "--init-groups", "cat",
                               "%s/partners/acme/receipts/orders/one.json.receipt.json" % SPOOL)
        self.expect("accepted" in seen, "the partner cannot read its receipt: " + seen)
        text = self.service.check()
        self.expect(not text, text)
        return "both accepted, known whole as `renamed` and, by the lease that takes CAP_LEASE, `closed`; the partner reads its receipts"

    def files(self):
        "Owners and modes of what the daemon makes"
        day = sorted(os.listdir(self.service.path("done")))[-1]
        wanted = {"state/ledger.sqlite": "640 orderd orderd-admin", "state/status.json": "640 orderd orderd-admin",
                  "state/control": "660 orderd orderd-admin", "done/" + day: "2750 orderd orderd-admin",
                  "metrics/orderd.prom": "644 orderd orderd-admin", "partners/acme/receipts/orders/one.json.receipt.json": "640 orderd acme"}
        found = {p: self.box.inside("stat", "-c", "%a %U %G", SPOOL + "/" + p).strip() for p in wanted}
        self.expect(found == wanted, str({p: (found[p], wanted[p]) for p in wanted if found[p] != wanted[p]}))
        return "%d places are as the table of owners says" % len(wanted)

    def status(self):
        "`systemctl status` after orders"
        until(lambda: "last batch" in self.service.show("StatusText")["StatusText"], 20, "the status line does not tell of the batch")
        return "`%s`" % self.service.show("StatusText")["StatusText"]

    def reload(self):
        "`systemctl reload` with a changed, then with a wrong configuration"
        path = self.box.path("etc/orderd/orderd.yaml")
        with open(path) as f:
            before = f.read()
        process = self.service.show("MainPID")
        with open(path, "w") as f:
            f.write(before.replace("#rescan: 30s", "rescan: 20s"))
        self.box.inside("systemctl", "reload", UNIT)
        until(lambda: any("configuration reloaded" in e["MESSAGE"] and "intake.rescan" in e.get("ORDERD_CHANGED", "") for e in self.service.journal()), 10,
              "the journal does not say that the configuration was reloaded")
        with open(path, "w") as f:
            f.write(before.replace("#rescan: 30s", "rescann: 20s"))
        code, text = self.box.call("systemctl", "reload", UNIT)
        said = [e["MESSAGE"] for e in self.service.journal() if "rescann" in str(e["MESSAGE"])]
        with open(path, "w") as f:
            f.write(before)
        self.expect(code != 0 and said, "a wrong configuration: code %d, %s" % (code, said))
        self.box.inside("systemctl", "reload", UNIT)
        self.expect(self.service.is_active() and self.service.show("MainPID") == process, "it did not live through the reload")
        return "the same process takes the change over; the wrong one is refused by `systemctl reload` with key and line, and the old one stays"

    def journal(self):
        "`journalctl -o json` for an order that was moved by hand"
        self.service.drop("held.json", order("PO-3", price="0.00"))
        identity = self.service.receipt("held.json")["orders"][0]["orderId"]
        until(lambda: os.path.exists(self.service.path("queue/hold", identity + ".json")), 20, "the order is not held")
        # As an administrator, who is in the group and is not root.
        self.box.call("useradd", "-M", "-G", "orderd-admin", "boss")
        self.box.inside("setpriv", "--reuid=boss", "--regid=boss", "--init-groups", "mv",
                        "%s/queue/hold/%s.json" % (SPOOL, identity), "%s/queue/2-reserve/" % SPOOL)
        found = []
        until(lambda: found.extend(self.service.journal("ORDERD_ORDER_ID=" + identity)) or found, 60, "the journal has no line about the order")
        line = found[0]
        self.expect(line["PRIORITY"].isdigit() and line["SYSLOG_IDENTIFIER"] == "orderd" and line.get("ORDERD_EVENT"), str(line))
        fields = sorted(name for name in line if name.startswith("ORDERD_"))
        until(lambda: not os.path.exists(self.service.path("queue/hold", identity + ".json")), 30, "the order was not released")
        return "`journalctl ORDERD_ORDER_ID=%s...` finds `%s`; fields %s" % (identity[:8], line["ORDERD_EVENT"], ", ".join(fields))

    def idle(self):
        "A daemon with nothing to do, for a minute"
        process, restarts = self.service.leader(), self.service.show("NRestarts")
        # What was published a moment ago, metrics and the status line settle first, and a whole look through the directories has been.
        time.sleep(35)
        count, before, end = 0, wakeups(process), time.monotonic() + self.options.idle
        while time.monotonic() < end:
            time.sleep(0.1)
            # What one wake-up does is done within a tenth of a second.
            now = wakeups(process)
            count, before = count + (now != before), now
        count = count * 60 / self.options.idle
        self.expect(count <= 10, "%.0f wake-ups a minute" % count)
        self.expect(self.service.show("NRestarts") == restarts, "it was restarted")
        return "%.0f wake-ups a minute, all threads and the watchdog included; asked for: 10 at most" % count

    def kill(self):
        "`kill -9`, three times"
        worst = 0.0
        for number in range(3):
            before = self.service.show("MainPID")["MainPID"]
            began = time.monotonic()
            self.box.inside("kill", "-9", before)
            until(lambda: self.service.show("MainPID")["MainPID"] not in ("0", before) and self.service.is_active(), 20, "it did not come back")
            worst = max(worst, time.monotonic() - began)
            self.service.drop("kill-%d.json" % number, order("K-%d" % number))
            self.service.receipt("kill-%d.json" % number)
        self.expect(worst <= (10.0 if self.options.patient else 1.0), "back after %.2f s" % worst)
        return "ready again after %.2f s at the most; asked for: 1 s; the next order is taken" % worst

    def watchdog(self):
        "The pipeline's thread alone is stopped (ptrace); the others run on"
        before, process = self.service.show("NRestarts", "MainPID", "WatchdogUSec"), self.service.leader()
        began = time.monotonic()
        StuckThread(process)
        last = None
        while time.monotonic() - began < 150:
            # The tracer, this thread, must hear of the end for the process to go.
            if os.waitpid(process, os.WNOHANG | 0x40000000) != (0, 0):
                last = time.monotonic() - began
                break
            time.sleep(0.05)
        self.expect(last is not None, "it is stuck, and nobody noticed for 150 s")
        until(lambda: self.service.is_active() and self.service.show("MainPID") != {"MainPID": before["MainPID"]}, 20, "it did not come back")
        said = [e["MESSAGE"] for e in self.box_journal() if "atchdog timeout" in str(e["MESSAGE"])]
        self.expect(said, "systemd says nothing of its watchdog")
        self.service.drop("after.json", order("W-1"))
        self.service.receipt("after.json")
        return "killed after %.0f s (WatchdogSec=%s) and started again: `%s`" % (last, before["WatchdogUSec"], said[-1])

    def box_journal(self):
        import json
        text = self.box.inside("journalctl", "-u", UNIT, "_PID=1", "-o", "json", "--no-pager", check=False)
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def stop(self):
        "`systemctl stop`"
        began = time.monotonic()
        self.box.inside("systemctl", "stop", UNIT)
        took = time.monotonic() - began
        shown = self.service.show("Result", "ExecMainStatus", "ActiveState")
        self.expect(shown == {"Result": "success", "ExecMainStatus": "0", "ActiveState": "inactive"}, str(shown))
        self.expect(any("stopped cleanly" in e["MESSAGE"] for e in self.service.journal()), "it does not say that it stopped cleanly")
        text = self.service.check()
        self.expect(not text, text)
        self.box.inside("systemctl", "start", UNIT)
        last = [e["MESSAGE"] for e in self.service.journal()][-5:]
        self.expect(not any("not clean" in m for m in last), "the next start found an unclean stop: %s" % last)
        return "clean within %.2f s, exit code 0; `orderd check` finds nothing; the next start finds a clean stop" % took

    def refused(self):
        "A start that cannot succeed: a wrong key in the configuration"
        path = self.box.path("etc/orderd/orderd.yaml")
        with open(path) as f:
            before = f.read()
        self.box.inside("systemctl", "stop", UNIT)
        with open(path, "w") as f:
            f.write(before.replace("#settle: 1s", "setle: 1s"))
        code, _ = self.box.call("systemctl", "start", UNIT)
        until(lambda: self.service.show("ActiveState")["ActiveState"] == "failed", 60, "it is not given up")
        starts = self.service.show("NRestarts")["NRestarts"]
        with open(path, "w") as f:
            f.write(before)
        self.box.inside("systemctl", "reset-failed", UNIT)
        self.box.inside("systemctl", "start", UNIT)
        self.expect(code != 0, "systemctl start said that all is well")
        return "`systemctl start` fails; given up after %s quick starts; once mended it starts" % starts


def under_load(service, options, settle):
    """Restarts while orders come in: rows, and the problems. `settle` is `intake.settle` in seconds, which must make no difference: a watch
    that systemd keeps meanwhile tells the next daemon what was renamed into place."""
    path = service.box.path("etc/orderd/orderd.yaml")
    with open(path) as f:
        before = f.read()
    with open(path, "w") as f:
        f.write(before.replace("#settle: 1s", "settle: %ds" % settle))
    service.box.inside("systemctl", "reload", UNIT)
    try:
        return offered(service, options, settle)
    finally:
        with open(path, "w") as f:
            f.write(before)
        service.box.inside("systemctl", "reload", UNIT)


def offered(service, options, settle):
    offer = Offer(service, options.rate, options.seconds, "S%d" % settle)
    offer.expected = offer.count + len(os.listdir(service.path("partners/acme/receipts/orders")))
    moments, problems = [], []

    def restart():
        start = time.time()
        for number in range(options.restarts):
            time.sleep(max(0.0, start + options.seconds * (number + 1) / (options.restarts + 1) - time.time()))
            began = time.time()
            service.box.inside("systemctl", "restart", UNIT)
            moments.append((began, time.time()))

    thread = threading.Thread(target=restart)
    thread.start()
    offer.run()
    thread.join()
    waits, log = offer.waits(), service.journal()

    def moment(text, after):
        return next((int(e["__REALTIME_TIMESTAMP"]) / 1e6 for e in log
                     if text in str(e["MESSAGE"]) and int(e["__REALTIME_TIMESTAMP"]) / 1e6 >= after - 0.001), None)

    def near(at):
        return [m for m in moments if m[0] - 0.5 <= at <= m[1] + 4]

    calm = [wait for at, wait in waits if not near(at)]
    rows = []
    for began, ended in moments:
        asked, drained, up = (moment(text, began) for text in ("msg=stopping signal", "stopped cleanly", "msg=running"))
        drain = drained - asked
        worst = max(wait for at, wait in waits if began - 0.5 <= at <= ended + 4)
        more = worst - drain
        rows.append(("%d s" % settle, "%.2f s" % drain, "%.2f s" % (up - drained), "%.2f s" % worst, "%.2f s" % more))
        if more > 1.0 and not options.patient:
            problems.append("a file waited %.2f s, and the drain took %.2f s" % (worst, drain))
    names = [n for n in os.listdir(service.path("partners/acme/receipts/orders")) if n.startswith(offer.tag + "-")]
    if len(names) != offer.count:
        problems.append("%d files were offered, %d have a receipt" % (offer.count, len(names)))
    if text := service.check():
        problems.append("check: " + text)
    calm.sort()
    text = "`intake.settle: %ds`: %d files of one order each, offered by rename at %d a second, with `systemctl restart` %d times meanwhile. %d have their receipt; `orderd check` %s. " % (
        settle, offer.count, options.rate, options.restarts, len(names), "finds something" if text else "finds nothing")
    text += "Files that met no restart waited %.2f s at the most, half of them less than %.3f s.\n" % (
        calm[-1] if calm else 0, calm[len(calm) // 2] if calm else 0)
    return text, rows, problems


HEAD = ["`intake.settle`", "drain: from the signal to `stopped cleanly`", "from there to `running`", "the longest wait of a file",
        "more than the drain (asked for: 1 s at the most)"]


ORDER = "verify security ready rights readonly order files status reload journal kill stop refused watchdog idle".split()


def trial(options):
    problems, rows = [], []
    wanted = options.only.split(",") if options.only else ORDER + ["load"]
    with scratch("orderd-service-") as folder:
        box = container.Container(folder)
        try:
            took = box.boot()
            print("the container is up after %.1f s" % took, flush=True)
            service = Installed(box)
            service.install(options.orderd)
            trials = Trials(box, service, options)
            for name in ORDER:
                if name not in wanted and name != "ready":
                    continue
                method = getattr(trials, name)
                try:
                    came = method()
                except Problem as problem:
                    problems.append(name)
                    came = "**not as it must be**: " + str(problem).replace("\n", " ").replace("|", "\\|")
                rows.append((method.__doc__, came))
                print("%-9s %s" % (name, came), flush=True)
            text = pages.table(["tried", "what came of it"], rows)
            load = None
            if "load" in wanted:
                load, table = "", []
                for settle in (1, 0):
                    told, some, found = under_load(service, options, settle)
                    load, table = load + told, table + some
                    for problem in found:
                        print("load: " + problem, flush=True)
                    problems += found
                load += "\nWhat was renamed into place while no daemon ran is told to the next one by a watch that systemd keeps for it (`FileDescriptorStoreMax=`).\n\n" \
                    + pages.table(HEAD, table)
                print(load, flush=True)
            if problems:
                print(box.inside("journalctl", "-u", UNIT, "--no-pager", "-n", "60", check=False), file=sys.stderr)
        finally:
            box.close()
    if options.write:
        said = "`%s`, orderd %s, systemd %s." % (
            pages.command(__file__).replace("faults", "service", 1), pages.version(options.orderd), systemd())
        if not options.only:
            pages.write_section(options.write, "The unit", said + "\n\n" + text, BEGIN)
        if load:
            pages.write_section(options.write, "Restarts under load", said + "\n\n" + load, BEGIN)
    print("%d trials, %d problems" % (len(rows) + ("load" in wanted), len(problems)))
    return problems


def systemd():
    import subprocess
    return subprocess.run(["systemctl", "--version"], capture_output=True).stdout.decode().split("\n")[0].split(" ", 1)[1]


parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
parser.add_argument("--only", metavar="NAMES", help="only these trials, with commas: %s, load" % ", ".join(ORDER))
parser.add_argument("--write", metavar="PAGE", help="write the sections of this page")
parser.add_argument("--seconds", type=float, default=24, help="how long orders are offered")
parser.add_argument("--rate", type=int, default=500, help="orders a second")
parser.add_argument("--patient", action="store_true", help="hold it to no times: for a busy machine")
parser.add_argument("--restarts", type=int, default=3)
parser.add_argument("--idle", type=float, default=65, help="how long an idle daemon is looked at, in seconds")

if __name__ == "__main__":
    sys.exit(main(trial, parser, container.can_run))
