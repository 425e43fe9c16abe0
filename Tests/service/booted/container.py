"""A container with a real systemd: the machine's own root under an overlay in memory, the services of the machine left out, and a disk of
its own at /var/spool, for an overlay is no place for a spool. Everything goes when the rig ends.
"""
import glob, os, re, shutil, signal, subprocess, sys, time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "faults"))

from machine import CannotRun, Disk, Problem, leave_mount_namespace, needs, needs_disks, run

# What a container has no use for, or must not touch.
WITHOUT = """getty.target console-getty.service systemd-logind.service systemd-networkd.service systemd-resolved.service
systemd-timesyncd.service systemd-udevd.service systemd-udev-trigger.service systemd-update-utmp.service systemd-hwdb-update.service
systemd-journal-flush.service systemd-firstboot.service ldconfig.service dbus.service dbus.socket cron.service remote-fs.target
systemd-homed.service systemd-binfmt.service proc-sys-fs-binfmt_misc.automount systemd-pcrphase.service systemd-machine-id-commit.service
systemd-boot-system-token.service systemd-random-seed.service nftables.service e2scrub_reap.service""".split()


def can_run():
    """Root, disks and systemd-nspawn, and a machine that lets it boot."""
    needs_disks()
    needs("systemd-nspawn", "systemctl", "journalctl", "systemd-analyze", "systemd-sysusers", "systemd-tmpfiles", "nsenter", "setfacl")


class Container:
    """A booted container. `inside` runs a program in it."""

    def __init__(self, folder, megabytes=2048, keep=(), base="/"):
        """`keep`: services of the machine that shall run in the container too. `base`: the root that it is a copy of."""
        leave_mount_namespace()
        self.folder, self.root, self.process = folder, folder + "/root", None
        os.mkdir(self.root)
        memory = folder + "/memory"
        os.mkdir(memory)
        run("mount", "-t", "tmpfs", "-o", "size=2g,mode=755", "orderd", memory)
        for name in ("upper", "work"):
            os.mkdir("%s/%s" % (memory, name))
            os.chmod("%s/%s" % (memory, name), 0o755)
        run("mount", "-t", "overlay", "-o", "lowerdir=%s,upperdir=%s/upper,workdir=%s/work" % (base, memory, memory), "overlay", self.root)
        self.disk = Disk(folder, megabytes, name="disk")
        os.chmod(self.disk.directory, 0o755)
        self.empty(keep)

    def path(self, *parts):
        return os.path.join(self.root, *(p.lstrip("/") for p in parts))

    def empty(self, keep):
        """Only what is wanted starts: what the machine has enabled does not."""
        for wants in glob.glob(self.path("etc/systemd/system/*.wants")):
            shutil.rmtree(wants)
        for unit in WITHOUT:
            if unit not in keep:
                target = self.path("etc/systemd/system", unit)
                if os.path.lexists(target):
                    os.unlink(target)
                os.symlink("/dev/null", target)
        for timer in glob.glob(self.path("usr/lib/systemd/system/*.timer")):
            target = self.path("etc/systemd/system", os.path.basename(timer))
            if not os.path.lexists(target):
                os.symlink("/dev/null", target)
        with open(self.path("etc/fstab"), "w"):
            pass
        # Images of containers forbid packages to start services; this one has a systemd.
        if os.path.lexists(self.path("usr/sbin/policy-rc.d")):
            os.unlink(self.path("usr/sbin/policy-rc.d"))
        # A machine of its own: its journal is found under its own id.
        with open(self.path("etc/machine-id"), "w") as f:
            f.write(os.urandom(16).hex() + "\n")
        shutil.rmtree(self.path("var/log/journal"), ignore_errors=True)
        for name in ("tmp", "run"):
            shutil.rmtree(self.path(name), ignore_errors=True)
            os.makedirs(self.path(name), exist_ok=True)
        os.chmod(self.path("tmp"), 0o1777)

    def boot(self):
        began = time.monotonic()
        log = open(self.folder + "/console", "ab")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", self.root, "--boot", "--register=no", "--keep-unit", "--private-network", "--console=pipe",
             "--kill-signal=SIGRTMIN+3", "--bind=%s:/var/spool" % self.disk.directory, "--machine=orderd-trial",
             "systemd.unit=multi-user.target", "systemd.log_target=journal"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        while True:
            if self.process.poll() is not None:
                raise CannotRun("the container did not boot: " + open(self.folder + "/console", errors="replace").read()[-500:])
            self.leader = self._leader()
            if self.leader and self.inside("systemctl", "is-system-running", check=False).strip() in ("running", "degraded"):
                break
            if time.monotonic() - began > 60:
                raise Problem("the container did not come up within a minute")
            time.sleep(0.05)
        return time.monotonic() - began

    def _leader(self):
        """The container's process 1, a grandchild of systemd-nspawn."""
        def children(process):
            try:
                with open("/proc/%d/task/%d/children" % (process, process)) as f:
                    return [int(word) for word in f.read().split()]
            except OSError:
                return []
        for child in children(self.process.pid):
            try:
                with open("/proc/%d/status" % child) as f:
                    if re.search(r"^NSpid:.*\s1$", f.read(), re.M) and os.readlink("/proc/%d/exe" % child).endswith("/systemd"):
                        return child
            except OSError:
                pass
        return None

    def words(self, *words):
        return ["nsenter", "-t", str(self.leader), "-a", *words]

    def call(self, *words, timeout=300, input=None, environment=None):
        """A program in the container, to its end: code, output and errors in one text."""
        clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8", "HOME=/root", "SYSTEMD_PAGER=",
                 "DEBIAN_FRONTEND=noninteractive"] + ["%s=%s" % item for item in (environment or {}).items()]
        done = subprocess.run(self.words(*clean, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
                              **({"input": input.encode()} if input is not None else {"stdin": subprocess.DEVNULL}))
        return done.returncode, done.stdout.decode(errors="replace")

    def inside(self, *words, check=True, **options):
        code, text = self.call(*words, **options)
        if check and code != 0:
            raise Problem("in the container, %s ended with %d: %s" % (" ".join(words), code, text[-1500:]))
        return text

    def show(self, unit, name):
        """A property of a unit."""
        return self.inside("systemctl", "show", "-p", name, "--value", unit).strip()

    def close(self):
        if self.process and self.process.poll() is None:
            # As a power button: all services end, then systemd.
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        for _ in range(50):
            if subprocess.run(["umount", self.disk.directory], stderr=subprocess.DEVNULL).returncode == 0:
                break
            time.sleep(0.1)
        self.disk.close()
        subprocess.run(["umount", "-l", self.root], stderr=subprocess.DEVNULL)
        subprocess.run(["umount", "-l", self.folder + "/memory"], stderr=subprocess.DEVNULL)
