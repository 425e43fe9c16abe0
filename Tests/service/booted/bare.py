"""A bare Debian: a container in which orderd was never installed, as an administrator begins with, and whose SSH server runs where it is there.

It lives in namespaces of its own, of mounts and processes, which end with the rig however that ends.
"""
import os, subprocess, sys

from . import container
from machine import CannotRun, run

INSIDE = "ORDERD_RIG_INSIDE"
# Logins are sessions, as on any machine.
KEEP = ("systemd-logind.service", "dbus.service", "dbus.socket")
OURS = ("etc/orderd", "var/spool/orderd", "usr/bin/orderd", "etc/ssh/sshd_config.d/orderd.conf")


def enter(script):
    """Runs the script again in namespaces of its own, and ends with its exit code; returns where it is in them already."""
    if not os.environ.get(INSIDE):
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, script]
        sys.exit(subprocess.run(words + sys.argv[1:], env={**os.environ, INSIDE: "1"}).returncode)


def obstacle(base="/"):
    """Why this machine cannot run the rig; None where it can."""
    try:
        container.can_run()
    except CannotRun as reason:
        return str(reason)
    there = [name for name in OURS if os.path.exists(os.path.join(base, name))]
    return f"/{there[0]} is on this machine: it is not bare" if there else None


class Bare(container.Container):
    """`base`: the machine's own root, or one that `debootstrap bookworm DIR` made."""

    def __init__(self, folder, base="/"):
        super().__init__(folder, keep=KEEP, base=base)
        # Its SSH server is installed already; apt would have started it.
        if os.path.exists(self.path("lib/systemd/system/ssh.service")):
            os.makedirs(self.path("etc/systemd/system/multi-user.target.wants"), exist_ok=True)
            os.symlink("/lib/systemd/system/ssh.service", self.path("etc/systemd/system/multi-user.target.wants/ssh.service"))
        # Images for builds have this, and then packages start nothing.
        if os.path.exists(self.path("usr/sbin/policy-rc.d")):
            os.unlink(self.path("usr/sbin/policy-rc.d"))
        for name, text in (("hostname", "orders"), ("hosts", "127.0.0.1 localhost orders orders.example.com")):
            with open(self.path("etc", name), "w") as file:
                file.write(text + "\n")

    def does(self, command, timeout=180):
        """A line of shell, as root in root's home: its code and what it printed."""
        return self.call("bash", "-c", "cd && set -e\n" + command, timeout=timeout)

    def give(self, path):
        """Copies a file into root's home."""
        run("cp", path, self.path("root"))
