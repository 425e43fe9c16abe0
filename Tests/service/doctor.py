#!/usr/bin/env python3
"""Break a real installation in a container, and let the doctor find and mend each.

orderd is installed by the declarations in etc/ into a container with a real systemd, with two partners and the daemon running. On that the doctor must be
silent. Then one thing after the other is broken with real programs: the doctor must find exactly that; then it is mended by `orderd doctor --fix`, by
the commands that were printed, run by a shell, or by hand; and the doctor must be silent again, as it must be after each thing of every day. Needs root, loop devices and systemd-nspawn;
touches nothing outside of the container. Exit 0 where all holds, 1 where something does not, 2 where the trial could not be run, 77 where the
machine cannot.

    doctor.py --orderd .build/release/orderd              everything
    doctor.py --orderd ... --only "the ledger"            breakages with these words
    doctor.py --orderd ... --control                      mend nothing: must fail (exit 1)
"""
import argparse, json, os, shutil, sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, HERE + "/../faults"]
from booted.container import Container, can_run  # noqa: E402
from machine import CannotRun, Problem, run, scratch  # noqa: E402

ROOT = "/var/spool/orderd"
ETC = os.path.normpath(HERE + "/../../etc")
FILES = {
    "systemd/orderd.service": "/usr/lib/systemd/system/orderd.service",
    "sysusers.d/orderd.conf": "/usr/lib/sysusers.d/orderd.conf",
    "tmpfiles.d/orderd.conf": "/usr/lib/tmpfiles.d/orderd.conf",
    "sysctl.d/orderd.conf": "/usr/lib/sysctl.d/orderd.conf",
    "ssh/sshd_config.d/orderd.conf": "/etc/ssh/sshd_config.d/orderd.conf",
}
UNIT = FILES["systemd/orderd.service"]
DROPIN = FILES["ssh/sshd_config.d/orderd.conf"]
KEYS = "/etc/orderd/authorized_keys.d"
LOCAL = "/etc/systemd/system/orderd.service.d/local.conf"

FIX, COMMANDS = "--fix", "commands"


def drop_in(line):
    return "mkdir -p %s && printf '[Service]\\n%s\\n' > %s && systemctl daemon-reload" % (os.path.dirname(LOCAL), line, LOCAL)


# What is broken, the checks that must speak, what mends it (or the commands of a hand), and how it is broken.
BREAKAGES = [
    ("a directory of the queue is gone", "tree.present", FIX, "rm -r %s/queue/hold" % ROOT),
    ("a drop directory is gone", "tree.present", FIX, "rm -r %s/partners/acme/questions" % ROOT),
    ("a link in the place of a directory", "tree.present", COMMANDS, "rm -r {0}/queue/failed && ln -s /etc {0}/queue/failed".format(ROOT)),
    ("the ledger is root's", "tree.owner", FIX, "chown root %s/state/ledger.sqlite" % ROOT),
    ("claimed/ is somebody's", "tree.owner", FIX, "chown nobody %s/claimed" % ROOT),
    ("a partner's status/ has another's group", "tree.owner", FIX, "chgrp bolt %s/partners/acme/status" % ROOT),
    ("a chroot is its group's to write", "tree.mode", FIX, "chmod 775 %s/partners/acme" % ROOT),
    ("the journal is everybody's to read", "tree.mode", FIX, "chmod 755 %s/journal" % ROOT),
    ("receipts/ hands no group on", "tree.mode", FIX, "chmod g-s %s/partners/acme/receipts" % ROOT),
    ("the ledger is everybody's to read", "tree.mode", FIX, "chmod 644 %s/state/ledger.sqlite" % ROOT),
    ("an access list is gone", "tree.acl", FIX, "setfacl -b {0}/partners/acme/orders && chmod 2770 {0}/partners/acme/orders".format(ROOT)),
    ("another partner is in an access list", "tree.acl", FIX, "setfacl -m u:bolt:rwx %s/partners/acme/orders" % ROOT),
    ("a directory has a default list", "tree.acl", FIX, "setfacl -d -m u:acme:rwx %s/queue/hold" % ROOT),
    ("/var/spool is a group's to write", "tree.parents", COMMANDS, "chmod 775 /var/spool"),
    ("the configuration is everybody's to write", "tree.mode", FIX, "chmod 666 /etc/orderd/orderd.yaml"),
    ("a partner owns its keys", "tree.owner", FIX, "chown acme %s/acme" % KEYS),
    ("the daemon's account has a shell", "accounts.daemon", FIX, "sed -i '/^orderd:/s|/usr/sbin/nologin|/bin/bash|' /etc/passwd"),
    ("the administrators' group is gone", "accounts.groups", FIX, "groupdel orderd-admin"),
    ("a partner's account is gone", "accounts.partners", FIX, "userdel acme; ! getent group acme || groupdel acme"),
    ("a partner has a shell", "accounts.partners", FIX, "usermod -s /bin/sh acme"),
    ("a partner is not in the partners' group", "accounts.partners", FIX, "gpasswd -d acme orderd-partners"),
    ("a partner is an administrator", "accounts.privileged", COMMANDS, "usermod -a -G orderd-admin acme"),
    ("a stranger is in the partners' group", "accounts.strangers", COMMANDS, "useradd -M mallory; usermod -a -G orderd-partners mallory"),
    ("a private key among the keys", "keys.content", "mv {0}/bolt.keep {0}/bolt".format(KEYS),
     "mv {0}/bolt {0}/bolt.keep && ssh-keygen -q -t ed25519 -N '' -f /root/key && install -m 644 /root/key {0}/bolt && rm /root/key*".format(KEYS)),
    ("keys of a stranger", "keys.strangers", COMMANDS, "cp -p {0}/acme {0}/mallory".format(KEYS)),
    ("the unit is gone", "files.present", FIX, "rm %s" % UNIT),
    ("the unit was edited", "files.content", FIX, "sed -i s/^ProtectHome=yes/ProtectHome=no/ %s && systemctl daemon-reload" % UNIT),
    ("a unit in /etc takes its place", "files.shadow", COMMANDS,
     "sed s/^ProtectHome=yes/ProtectHome=no/ %s > /etc/systemd/system/orderd.service && systemctl daemon-reload" % UNIT),
    ("a drop-in opens the file system", "unit.dropins", COMMANDS, drop_in("ProtectSystem=no")),
    ("a drop-in adds a capability", "unit.dropins", COMMANDS, drop_in("AmbientCapabilities=CAP_SYS_ADMIN")),
    ("a drop-in runs it as root", "unit.dropins", COMMANDS, drop_in("User=root")),
    ("a drop-in turns restarts off", "unit.dropins", COMMANDS, drop_in("Restart=no")),
    ("the unit is not enabled", "unit.enabled", FIX, "systemctl disable orderd"),
    ("the unit is masked", "unit.enabled", COMMANDS, "systemctl mask orderd"),
    ("systemd has not read the unit", "unit.reloaded", FIX, "touch -d '+1 hour' %s" % UNIT),
    ("the service does not run", "unit.running", COMMANDS, "systemctl stop orderd"),
    ("the program was replaced", "versions.daemon", COMMANDS, "cp /usr/bin/orderd /usr/bin/orderd.new && mv /usr/bin/orderd.new /usr/bin/orderd"),
    ("sysusers.d's file is gone", "files.present", FIX, "rm /usr/lib/sysusers.d/orderd.conf"),
    ("tmpfiles.d's file is gone", "files.present", FIX, "rm /usr/lib/tmpfiles.d/orderd.conf"),
    ("a file in /etc/tmpfiles.d takes its place", "files.shadow", COMMANDS, "echo '# mine' > /etc/tmpfiles.d/orderd.conf"),
    ("sshd's drop-in is gone", "files.present", FIX, "rm %s" % DROPIN),
    ("the drop-in has no chroot", "ssh.dropin", FIX, "sed -i 's/ChrootDirectory/#ChrootDirectory/' %s" % DROPIN),
    ("sshd does not read the drop-in", "ssh.included", FIX, "sed -i '/^Include/d' /etc/ssh/sshd_config"),
    ("another file has the first word", "ssh.effective", "rm /etc/ssh/sshd_config.d/00-site.conf",
     "printf 'Match Group orderd-partners\\n  ForceCommand /bin/sh\\nMatch all\\n' > /etc/ssh/sshd_config.d/00-site.conf"),
    ("the disk is nearly full", "space.bytes", "rm /var/spool/full",
     "fallocate -l $(( $(stat -f -c '%a*%S' /var/spool) - 200*1048576 )) /var/spool/full"),
    ("claimed/ is a mount of its own", "disk.mounts", COMMANDS, "mount --bind {0}/claimed {0}/claimed".format(ROOT)),
    ("the write-ahead log was taken away", "ledger.journal-mode unit.running", "systemctl start orderd",
     "systemctl stop orderd && setpriv --reuid orderd --regid orderd --clear-groups python3 -c \""
     "import sqlite3; c = sqlite3.connect('%s/state/ledger.sqlite'); print(c.execute('pragma journal_mode=delete').fetchall())\"" % ROOT),
    ("no daemon after a crash", "daemon.stop unit.running", "systemctl start orderd",
     drop_in("Restart=no") + " && kill -9 $(systemctl show -p MainPID --value orderd) && "
     "until [ \"$(systemctl show -p ActiveState --value orderd)\" = failed ]; do :; done && rm %s && systemctl daemon-reload" % LOCAL),
    ("intake is paused", "daemon.pauses", COMMANDS, "orderd pause --intake --reason trial --spool %s" % ROOT),
    ("an upload broke off days ago", "daemon.uploads", "rm %s/partners/acme/orders/.x.part" % ROOT,
     "touch -d '3 days ago' %s/partners/acme/orders/.x.part" % ROOT),
]

# What an administrator does every day: nothing of it is drift.
ORDINARY = [
    ("a partner is disabled", "orderd partner disable acme --spool %s" % ROOT),
    ("and enabled again", "orderd partner enable acme --spool %s" % ROOT),
    ("a partner has a tree, and no account", "orderd partner add third --tree-only --spool %s" % ROOT),
    ("a partner only reads", "orderd partner add fourth --role reader --key /root/fourth.pub --spool %s" % ROOT),
    ("a partner is removed", "orderd partner remove bolt --spool %s" % ROOT),
    ("the daemon is restarted", "systemctl restart orderd"),
    ("it is reloaded", "systemctl reload orderd"),
    ("an order went through", "cd %s/partners/acme/orders && setpriv --reuid acme --regid acme --init-groups sh -c \"umask 007; echo '{}' > "
     ".a.part; mv .a.part a.json\"; until [ -e ../receipts/orders/a.json.receipt.json ]; do :; done" % ROOT),
    ("root has looked", "orderd list --spool {0}; orderd check --spool {0}; orderd audit verify --spool {0}".format(ROOT)),
    ("a drop-in sets other things", drop_in("Nice=5\\nMemoryMax=2G\\nEnvironment=A=b\\nReadOnlyPaths=/srv")),
    ("a line for all users of sshd", "echo 'X11Forwarding no' > /etc/ssh/sshd_config.d/00-site.conf"),
]


class Trial:
    def __init__(self, container, arguments):
        self.container, self.arguments, self.problems, self.count = container, arguments, [], 0

    def shell(self, text, check=True):
        return self.container.inside("bash", "-c", text, check=check)

    def install(self, program):
        shutil.copy(program, self.container.path("/usr/bin/orderd"))
        os.chmod(self.container.path("/usr/bin/orderd"), 0o755)
        for source, target in FILES.items():
            for place in (target, "/usr/share/orderd/etc/" + source):
                run("install", "-D", "-m", "644", "%s/%s" % (ETC, source), self.container.path(place))
        self.shell("systemctl daemon-reload; mkdir -p /run/sshd; ssh-keygen -A; systemd-sysusers; systemd-tmpfiles --create orderd.conf")
        run("install", "-m", "644", ETC + "/orderd.yaml", self.container.path("/etc/orderd/orderd.yaml"))
        self.shell("orderd init %s" % ROOT)
        for partner in ("acme", "bolt"):
            self.shell("ssh-keygen -q -t ed25519 -N '' -f /root/{0} && orderd partner add {0} --key /root/{0}.pub --spool {1}".format(partner, ROOT))
        self.shell("ssh-keygen -q -t ed25519 -N '' -f /root/fourth; systemctl enable -q --now orderd")

    def diagnose(self, *options):
        code, text = self.container.call("orderd", "doctor", "--json", "--spool", ROOT, *options)
        try:
            lines = [json.loads(line) for line in text.splitlines()]
        except ValueError:
            raise Problem("the doctor said: " + text[-1000:])
        if code not in (0, 1):
            raise Problem("the doctor ended with %d: %s" % (code, text[-1000:]))
        found = [line for line in lines if line["kind"] in ("finding", "note") and not self.is_of_the_host(line)]
        if (code == 1) != any(line["kind"] == "finding" for line in lines):
            self.problems.append("exit code %d with %s" % (code, text))
        return found, [line for line in lines if line["kind"] in ("mended", "notMended")]

    @staticmethod
    def is_of_the_host(line):
        """What a container cannot set is told as a note on every machine of which it is so."""
        return line["kind"] == "note" and line["check"] in ("limits.watches", "limits.events", "limits.instances", "clock.synchronised")

    def told(self, found):
        return "; ".join("%s: %s: %s" % (line["check"], line["subject"], line["found"]) for line in found) or "nothing"

    def try_out(self, what, checks, remedy, breaking):
        self.shell(breaking)
        found, _ = self.diagnose()
        problems = []
        if {line["check"] for line in found} != set(checks.split()):
            problems.append("expected %s, found %s" % (checks, self.told(found)))
        if remedy == FIX and not self.arguments.control:
            _, mended = self.diagnose("--fix")
            problems += ["not mended: %s: %s" % (line["subject"], line["error"]) for line in mended if line["kind"] == "notMended"]
        elif remedy == COMMANDS and not self.arguments.control:
            for command in [command for line in found for command in line["commands"]]:
                code, text = self.container.call("bash", "-c", command)
                if code != 0:
                    problems.append("%s ended with %d: %s" % (command, code, text.strip()[-300:]))
        elif not self.arguments.control:
            self.shell(remedy)
        left, _ = self.diagnose()
        if left:
            problems.append("left afterwards: %s" % self.told(left))
        mends = {FIX: "--fix", COMMANDS: "its commands"}.get(remedy, "by hand")
        print("%-4s %-45s %-24s %s" % ("FAIL" if problems else "ok", what, checks, mends), flush=True)
        for problem in problems:
            print("       " + problem, flush=True)
        self.problems += problems

    def run(self):
        found, _ = self.diagnose()
        print("on a good installation: %s" % self.told(found), flush=True)
        if found:
            raise Problem("the installation is not good to begin with")
        for breakage in BREAKAGES:
            if self.arguments.only and self.arguments.only not in breakage[0]:
                continue
            self.count += 1
            self.try_out(*breakage)
            if self.arguments.control and self.problems:
                return
        for what, doing in ORDINARY if not self.arguments.only else []:
            self.shell(doing)
            found, _ = self.diagnose()
            print("%-4s %-45s %s" % ("FAIL" if found else "ok", what, "silent" if not found else self.told(found)), flush=True)
            self.problems += [self.told(found)] if found else []


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--orderd", help="the program")
    p.add_argument("--only", metavar="WORDS", help="only breakages whose name has these words")
    p.add_argument("--control", action="store_true", help="mend nothing: must fail")
    p.add_argument("--probe", action="store_true", help="only say (77) why this machine cannot, or 0")
    a = p.parse_args()
    try:
        can_run()
        if a.probe:
            return 0
        if not a.orderd:
            p.error("--orderd is needed")
        with scratch("orderd-doctor-") as folder:
            container = Container(folder)
            trial = Trial(container, a)
            try:
                container.boot()
                trial.install(os.path.abspath(a.orderd))
                trial.run()
            finally:
                container.close()
    except CannotRun as reason:
        print(reason, file=sys.stderr)
        return 77
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2
    print("%d breakages, %s" % (trial.count, "%d problems" % len(trial.problems) if trial.problems else "each found and mended"))
    return 1 if trial.problems else 0


if __name__ == "__main__":
    sys.exit(main())
