"""orderd as it is installed in a container: its files, a partner, orders dropped as the partner does, and what is seen of the service."""
import ctypes, json, os, shutil, subprocess, sys, time

from . import container
from machine import Problem
from daemon import order, until

UNIT, SPOOL = "orderd.service", "/var/spool/orderd"
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


class Installed:
    """The service in a container that is up."""

    def __init__(self, box):
        self.box = box

    def install(self, program):
        """What the package puts in place, without the package."""
        for source, target in (("etc/systemd/orderd.service", "usr/lib/systemd/system"), ("etc/sysusers.d/orderd.conf", "usr/lib/sysusers.d"),
                               ("etc/tmpfiles.d/orderd.conf", "usr/lib/tmpfiles.d"), ("etc/orderd.yaml", "etc/orderd"),
                               ("etc/ssh/sshd_config.d/orderd.conf", "etc/ssh/sshd_config.d")):
            os.makedirs(self.box.path(target), exist_ok=True)
            shutil.copy(os.path.join(TOP, source), self.box.path(target))
        shutil.copy(program, self.box.path("usr/bin/orderd"))
        os.chmod(self.box.path("usr/bin/orderd"), 0o755)
        for words in (("orderd", "generate", "/usr/share"), ("systemd-sysusers", "orderd.conf"), ("systemd-tmpfiles", "--create", "orderd.conf"),
                      ("orderd", "init", SPOOL), ("systemctl", "daemon-reload")):
            self.box.inside(*words)

    def add_partner(self, name="acme"):
        os.makedirs(self.box.path("root/keys"), exist_ok=True)
        if not os.path.exists(self.box.path("root/keys", name)):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", self.box.path("root/keys", name)], check=True)
        self.box.inside("orderd", "partner", "add", name, "--key", "/root/keys/%s.pub" % name, "--spool", SPOOL)

    # --- files, seen from outside: the disk is mounted here as well ---

    def path(self, *parts):
        return os.path.join(self.box.disk.directory, "orderd", *parts)

    def drop(self, name, content, partner="acme", in_place=False):
        """As the partner's own account, by rename or in place."""
        directory = "%s/partners/%s/orders" % (SPOOL, partner)
        script = "umask 007; cat > '%s/%s'" % (directory, name) if in_place else (
            "umask 007; cat > '%s/.%s.part' && mv '%s/.%s.part' '%s/%s'" % (directory, name, directory, name, directory, name))
        self.box.inside("setpriv", "--reuid=" + partner, "--regid=" + partner, "--init-groups", "sh", "-c", script, input=content)

    def receipt(self, name, partner="acme", limit=20):
        path = self.path("partners", partner, "receipts/orders", name + ".receipt.json")
        until(lambda: os.path.exists(path), limit, "no receipt for %s within %d s" % (name, limit))
        with open(path) as f:
            return json.load(f)

    # --- the service ---

    def show(self, *names):
        text = self.box.inside("systemctl", "show", *(w for n in names for w in ("-p", n)), UNIT)
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def is_active(self):
        return self.show("ActiveState")["ActiveState"] == "active"

    def leader(self):
        """The daemon's process, by its number out here: the container's own numbers are others."""
        inner = self.show("MainPID")["MainPID"]
        for name in os.listdir("/proc"):
            if not name.isdigit():
                continue
            try:
                with open("/proc/%s/status" % name) as f:
                    status = f.read()
                if "\nName:\torderd\n" not in "\n" + status:
                    continue
                numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
                same = os.readlink("/proc/%s/ns/pid" % name) == os.readlink("/proc/%d/ns/pid" % self.box.leader)
            except (OSError, StopIteration):
                continue
            if same and numbers[-1] == inner:
                return int(name)
        raise Problem("the daemon's process is not there")

    def journal(self, *matches):
        text = self.box.inside("journalctl", "-u", UNIT, "-o", "json", "--no-pager", *matches, check=False)
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def check(self):
        code, text = self.box.call("orderd", "check", "--spool", SPOOL, timeout=600)
        return "" if code == 0 else text[-1500:]


def wakeups(process):
    """How often each thread of a process has slept and gone on, so far. One wake-up can be several: a call may wait for a lock or the disk."""
    counts = {}
    for thread in os.listdir("/proc/%d/task" % process):
        with open("/proc/%d/task/%s/status" % (process, thread)) as f:
            counts[thread] = next(int(line.split()[1]) for line in f if line.startswith("voluntary_ctxt_switches"))
    return counts


class StuckThread:
    """Stops one thread of a process and none of the others, as a call that never returns would."""

    SEIZE, INTERRUPT, DETACH = 0x4206, 0x4207, 17

    def __init__(self, thread):
        self.thread, self.libc = thread, ctypes.CDLL(None, use_errno=True)
        for request in (self.SEIZE, self.INTERRUPT):
            if self.libc.ptrace(request, thread, None, None) != 0:
                raise container.CannotRun("a thread cannot be stopped: %s" % os.strerror(ctypes.get_errno()))
        os.waitpid(thread, 0x40000000)
