"""A machine of its own with a real systemd, in which the commands of a page are run: an overlay of this machine's root, or of a root that
debootstrap made. Nothing outside of it changes, and it ends with the rig however that ends.
"""
import glob, os, shutil, subprocess, sys, tempfile, time

INSIDE = "ORDERD_RIG_INSIDE"


class CannotRun(Exception):
    """The machine lacks what the rig needs."""


def enter(script):
    """Runs the script again with mounts of its own, and ends with its exit code; returns where it has them already."""
    if not os.environ.get(INSIDE):
        words = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, script]
        sys.exit(subprocess.run(words + sys.argv[1:], env={**os.environ, INSIDE: "1"}).returncode)


def obstacle():
    """Why this machine cannot run the rig; None where it can."""
    if os.getuid() != 0:
        return "only root can boot a container"
    for program in ("unshare", "nsenter", "systemd-nspawn"):
        if not shutil.which(program):
            return f"{program} is not installed"
    with tempfile.TemporaryDirectory() as place:
        trial = f"mount -t tmpfs t {place} && mkdir {place}/u {place}/w {place}/r && mount -t overlay -o lowerdir=/,upperdir={place}/u,workdir={place}/w o {place}/r"
        if subprocess.run(["unshare", "--mount", "--pid", "--fork", "--mount-proc", "sh", "-c", trial], capture_output=True).returncode:
            return "an overlay of / cannot be mounted here"
    return None


def wait(condition, seconds, step=0.05):
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


class Root:
    """After `__init__` its systemd runs, with nothing started beside what a bare machine has."""

    def __init__(self, base="/", size="6g"):
        self.place = tempfile.mkdtemp(dir="/dev/shm", prefix="orderd-guide-")
        self.run("mount", "-t", "tmpfs", "-o", f"mode=755,size={size}", "orderd-rig", self.place)
        for name in ("upper", "work", "root"):
            os.mkdir(f"{self.place}/{name}")
        self.path = self.place + "/root"
        self.run("mount", "-t", "overlay", "-o", f"lowerdir={base},upperdir={self.place}/upper,workdir={self.place}/work", "orderd-rig", self.path)
        if base == "/":
            self._bare()
        with open(self.path + "/etc/hostname", "w") as file:
            file.write("orders\n")
        with open(self.path + "/etc/hosts", "w") as file:
            file.write("127.0.0.1 localhost orders orders.example.com\n")

    def _bare(self):
        """Of a machine that has more than a bare one: its services do not start, and orderd was never there."""
        for wants in glob.glob(self.path + "/etc/systemd/system/*.wants"):
            shutil.rmtree(wants)
        # Its SSH server is installed already; apt would have started it.
        if os.path.exists(self.path + "/lib/systemd/system/ssh.service"):
            os.mkdir(self.path + "/etc/systemd/system/multi-user.target.wants")
            os.symlink("/lib/systemd/system/ssh.service", self.path + "/etc/systemd/system/multi-user.target.wants/ssh.service")
        for name in ("etc/orderd", "var/spool/orderd", "usr/bin/orderd", "etc/ssh/sshd_config.d/orderd.conf"):
            if os.path.exists(f"{self.path}/{name}"):
                raise CannotRun(f"/{name} is on this machine: it is not bare")
        # A machine on which nothing is started by packages, as images for builds are made, has this.
        if os.path.exists(self.path + "/usr/sbin/policy-rc.d"):
            os.unlink(self.path + "/usr/sbin/policy-rc.d")
        for name in ("tmp", "run", "var/tmp"):
            shutil.rmtree(f"{self.path}/{name}", ignore_errors=True)
            os.makedirs(f"{self.path}/{name}", exist_ok=True)
            os.chmod(f"{self.path}/{name}", 0o755 if name == "run" else 0o1777)

    @staticmethod
    def run(*words, **options):
        result = subprocess.run(words, capture_output=True, text=True, **options)
        if result.returncode:
            raise CannotRun(f"{' '.join(words)}: {result.stderr.strip() or result.stdout.strip()}")
        return result.stdout

    def boot(self):
        self.log = open(self.place + "/console", "wb")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", self.path, "--boot", "--register=no", "--keep-unit", "--private-network", "--console=pipe",
             "--link-journal=no", "--resolv-conf=off", "--timezone=off"], stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

        # Its first child only makes the one that becomes the container's systemd.
        if not wait(lambda: self.process.poll() is not None or self._find_leader(), 30) or self.process.poll() is not None:
            raise CannotRun("systemd-nspawn: " + self.told())

        def up():
            return self.does("systemctl is-system-running", limit=10).stdout.strip() in ("running", "degraded")

        if not wait(up, 60):
            raise CannotRun("systemd does not come up: " + self.told())

    def _find_leader(self):
        """The process that is number 1 inside."""
        for path in glob.glob("/proc/[0-9]*/status"):
            try:
                with open(path) as file:
                    fields = dict(line.split(":", 1) for line in file)
            except (FileNotFoundError, ProcessLookupError):
                continue
            if fields["NSpid"].split()[-1] == "1" and len(fields["NSpid"].split()) == 2 and fields["Name"].strip() == "systemd":
                self.leader = fields["Pid"].strip()
                return True
        return False

    def told(self):
        with open(self.place + "/console", errors="replace") as file:
            return file.read()[-2000:]

    def does(self, command, limit=120, stdin=""):
        """Runs a line of shell in it as root, in root's home: what a login would do."""
        return subprocess.run(
            ["nsenter", "-t", self.leader, "-a", "bash", "-c", "cd && " + "set -e\n" + command], input=stdin, capture_output=True, text=True, timeout=limit,
            env={"HOME": "/root", "USER": "root", "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
                 "DEBIAN_FRONTEND": "noninteractive"})

    def put(self, path, name):
        """Copies a file into root's home."""
        shutil.copy(path, f"{self.path}/root/{name}")

    def close(self):
        if getattr(self, "process", None):
            self.process.terminate()  # systemd-nspawn lets its systemd end
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.log.close()
        self.run("umount", "-R", "-l", self.path)
        self.run("umount", "-l", self.place)
        os.rmdir(self.place)
