"""A machine on which orderd is installed, as an administrator would: accounts by the declarations in etc/, sshd with the drop-in, partners by
`orderd partner add`. It lives in namespaces of its own, which end with the rig however that ends.
"""
import glob, hashlib, json, os, shutil, signal, stat, subprocess, sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "faults"))
from partners import world  # noqa: E402

from . import raw_sftp  # noqa: E402

SPOOL, PORT, REPOSITORY = "/var/spool/orderd", 2222, os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
WORK = "/srv"
run, wait, CannotRun = world.run, world.wait, world.CannotRun
QUEUE = ("validate", "reserve", "charge", "fulfil", "notify")


class Machine:
    """After `__init__` the daemon and sshd run, and there are no partners yet."""

    def __init__(self, orderd, settings=(), megabytes=1500):
        self.settings, self.daemon, self.log, self.file_system = list(settings), None, WORK + "/orderd.log", "tmpfs"
        self._mounts(megabytes)
        self.orderd = WORK + "/bin/orderd"
        os.makedirs(WORK + "/bin")
        shutil.copy(orderd, self.orderd)
        os.chmod(self.orderd, 0o755)
        self._install()
        self._server()
        self.start()

    # --- Making it ---------------------------------------------------------------------------------------------------------------------

    def _mounts(self, megabytes):
        for place, size in ((WORK, "2g"), ("/run", "64m"), ("/var/spool", "2g"), ("/var/log", "64m")):
            run("mount", "-t", "tmpfs", "-o", f"mode=755,size={size}", "orderd-rig", place)
        # The programs that make accounts put a new file in the old one's place, which a bound single file would refuse.
        run("cp", "-a", "/etc", WORK + "/etc")
        run("mount", "--bind", WORK + "/etc", "/etc")
        os.makedirs("/run/sshd", mode=0o755)
        os.makedirs(SPOOL)
        run("truncate", "-s", f"{megabytes}M", WORK + "/disk")
        if shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/sbin:/usr/sbin"):
            run("mkfs.ext4", "-q", "-F", "-m", "0", WORK + "/disk")
            if subprocess.run(["mount", "-o", "loop", WORK + "/disk", SPOOL], capture_output=True).returncode == 0:
                self.file_system = "ext4"
                os.rmdir(SPOOL + "/lost+found")
        if self.file_system == "tmpfs":
            run("mount", "-t", "tmpfs", "-o", f"mode=755,size={megabytes}m", "orderd-rig", SPOOL)
        os.chmod(SPOOL, 0o755)

    def _install(self):
        users, files = REPOSITORY + "/etc/sysusers.d/orderd.conf", REPOSITORY + "/etc/tmpfiles.d/orderd.conf"
        run("systemd-sysusers", users)
        run("systemd-tmpfiles", "--create", files)
        os.makedirs("/etc/orderd", exist_ok=True)
        with open("/etc/orderd/orderd.yaml", "w") as file:
            file.write("# of the rig\n" + "".join(setting.replace("=", ": ", 1) + "\n" for setting in self.settings))
        shutil.copy(REPOSITORY + "/etc/ssh/sshd_config.d/orderd.conf", "/etc/ssh/sshd_config.d/orderd.conf")
        for path in ("/etc/orderd", "/etc/orderd/orderd.yaml", "/etc/ssh/sshd_config.d/orderd.conf"):
            shutil.chown(path, 0, 0)
            os.chmod(path, 0o755 if os.path.isdir(path) else 0o644)
        self.verb("init", SPOOL)

    def _server(self):
        os.makedirs(WORK + "/keys")
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", WORK + "/host")
        words = open(WORK + "/host.pub").read().split()
        with open(WORK + "/known_hosts", "w") as file:
            file.write(f"[127.0.0.1]:* {words[0]} {words[1]}\n")
        program = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
        words = [program, "-f", "/etc/ssh/sshd_config", "-h", WORK + "/host", "-p", str(PORT), "-o", "ListenAddress=127.0.0.1", "-o", "PidFile=none",
                 "-o", "UseDNS=no", "-o", "MaxStartups=100"]
        run(*words, "-t")
        with open(WORK + "/sshd.log", "ab") as log:
            self.server = subprocess.Popen([*words, "-D", "-e"], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        if not wait(lambda: b"listening" in open(WORK + "/sshd.log", "rb").read(), 10):
            raise CannotRun("sshd does not listen: " + open(WORK + "/sshd.log").read())

    def reload_server(self):
        said = open(WORK + "/sshd.log", "rb").read().count(b"listening")
        self.server.send_signal(signal.SIGHUP)
        if not wait(lambda: open(WORK + "/sshd.log", "rb").read().count(b"listening") > said, 10):
            raise CannotRun("sshd does not listen again: " + open(WORK + "/sshd.log").read())

    # --- Using it ----------------------------------------------------------------------------------------------------------------------

    def result(self, *words, text=None):
        """A verb as root: exit code, output, complaints."""
        done = subprocess.run([self.orderd, *words], capture_output=True, text=True, input=text, cwd="/", env={"PATH": "/usr/bin:/bin"})
        return done.returncode, done.stdout.strip(), done.stderr.strip()

    def verb(self, *words):
        """A verb as root, which must succeed: what it printed."""
        return run(self.orderd, *words, env={"PATH": "/usr/bin:/bin"}, cwd="/")

    def as_orderd(self, *words):
        """A verb as the unit's user, with the unit's one capability."""
        return ["setpriv", "--reuid=orderd", "--regid=orderd", "--init-groups", "--inh-caps=-all,+lease", "--ambient-caps=-all,+lease",
                "--bounding-set=-all,+lease", "--no-new-privs", self.orderd, *words]

    def start(self):
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(self.as_orderd("run", "--spool", SPOOL), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                                           env={"PATH": "/usr/bin:/bin"}, start_new_session=True)
        if not wait(lambda: self.daemon.poll() is not None or self._answers(), 30) or self.daemon.poll() is not None:
            raise CannotRun("the daemon does not run: " + self.told())

    def _answers(self):
        return self.result("queue", "--spool", SPOOL)[0] == 0 and os.path.exists(SPOOL + "/state/control")

    def stop(self):
        """Ends the daemon cleanly: its exit code, None where it had to be killed."""
        if self.daemon is None:
            return 0
        self.daemon.terminate()
        try:
            return self.daemon.wait(30)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            return None
        finally:
            self.daemon = None

    def told(self):
        with open(self.log, errors="replace") as file:
            return file.read()[-3000:]

    def make_key(self, name):
        path = f"{WORK}/keys/{name}"
        if not os.path.exists(path):
            run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path)
        return path

    def add(self, name, *options):
        return self.verb("partner", "add", name, "--key", self.make_key(name) + ".pub", *options)

    def login(self, name, key=None):
        return raw_sftp.Session(name, self.make_key(key or name), WORK + "/known_hosts", PORT)

    # --- Looking at it -----------------------------------------------------------------------------------------------------------------

    def receipts(self, partner, name=""):
        found = []
        for path in glob.glob(f"{SPOOL}/partners/{partner}/receipts/orders/{glob.escape(name)}*.receipt.json"):
            with open(path, "rb") as file:
                found.append(json.load(file))
        return found

    def check(self):
        result = subprocess.run(self.as_orderd("check", "--spool", SPOOL), capture_output=True, text=True, cwd="/", env={"PATH": "/usr/bin:/bin"})
        return "" if result.returncode == 0 else (result.stdout + result.stderr).strip()


def order(reference):
    return json.dumps({"customerId": "c1", "orderReference": reference, "items": [{"productId": "PEN", "quantity": 1, "price": 1.50}],
                       "totalAmount": 1.50}).encode()


def snapshot(*places, content=True):
    """What is there below some places: kind, owner, group, mode, list, times, links, content. Not what the daemon does by itself."""
    found = {}
    for place in places:
        for folder, directories, files in os.walk(place):
            for path in [folder] + [os.path.join(folder, name) for name in files + [one for one in directories if os.path.islink(os.path.join(folder, one))]]:
                status = os.lstat(path)
                entry = [status.st_mode, status.st_uid, status.st_gid, status.st_nlink if not stat.S_ISDIR(status.st_mode) else 0]
                try:
                    entry.append(os.getxattr(path, "system.posix_acl_access", follow_symlinks=False))
                except OSError:
                    entry.append(None)
                if stat.S_ISREG(status.st_mode):
                    entry += [status.st_size, status.st_mtime_ns]
                    if content:
                        with open(path, "rb") as file:
                            entry.append(hashlib.sha256(file.read()).hexdigest())
                found[path] = tuple(entry)
    return found
