"""A machine with partners: accounts, a spool with an installed spool's owners and modes, and orderd as its own user.

All of it lives in namespaces of its own (mounts, processes, network), which end with the rig however that ends. Nothing outside changes.
"""
import ctypes, fcntl, glob, json, os, shutil, signal, socket, struct, subprocess, sys, tempfile, time

ROOT = "/srv"
SPOOL = ROOT + "/spool"
PARTNERS = ("acme", "bolt")
IDS = {"orderd": 901, "orderd-admin": 902, "acme": 903, "bolt": 904}
DROPS = ("orders", "requests", "stock", "shipments", "questions")
READS = ("receipts", "status", "answers", "pick")
INSIDE = "ORDERD_RIG_INSIDE"


class CannotRun(Exception):
    """The machine lacks what the rig needs."""


def enter(script):
    """Runs the script again in namespaces of its own, and ends with its exit code; returns where it is in them already."""
    if os.environ.get(INSIDE):
        socket_ = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        fcntl.ioctl(socket_, 0x8914, struct.pack("16sh", b"lo", 0x49))  # SIOCSIFFLAGS: up, loopback, running
        return
    inner = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--mount-proc", sys.executable, script] + sys.argv[1:]
    child = subprocess.Popen(inner, env={**os.environ, INSIDE: "1"})

    def end(number, _):
        child.kill()  # which kills all inside; mounts and loop devices go with the last of them
        child.wait()
        os._exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    sys.exit(child.wait())


def obstacle(*programs):
    """Why this machine cannot run the rig; None where it can."""
    if os.getuid() != 0:
        return "only root can make users and namespaces"
    for program in ("unshare", "setpriv", "setfacl", *programs):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            return f"{program} is not installed"
    if subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "--mount-proc", "true"], capture_output=True).returncode:
        return "namespaces cannot be made here"
    return None


def main(parser, script, programs, try_all, summary, page):
    """A rig's course: whether this machine can, the trial in namespaces of its own, what came of it, the page. Gives the exit code.

    `programs` are what it needs beside what all need; `try_all` gives what came of it from the arguments; `summary` and `page` make text of that.
    """
    parser.add_argument("--orderd", help="the program")
    parser.add_argument("--write", metavar="FILE", help="write the page")
    parser.add_argument("--probe", action="store_true", help="only say (77) why this machine cannot, or 0")
    arguments = parser.parse_args()
    why = obstacle(*programs)
    if why:
        print(why, file=sys.stderr)
        return 77
    if arguments.probe:
        return 0
    if not arguments.orderd:
        parser.error("--orderd is needed")
    enter(os.path.abspath(script))
    try:
        runs = try_all(arguments)
    except CannotRun as problem:
        print(problem, file=sys.stderr)
        return 2
    print(summary(runs))
    if arguments.write:
        with open(arguments.write, "w") as file:
            file.write(page(runs))
    return 1 if any(run.problems for run in runs) else 0


def run(*words, **options):
    """A command that must succeed: what it printed."""
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if result.returncode:
        raise CannotRun(f"{' '.join(map(str, words))}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def wait(condition, seconds, step=0.02):
    """Whether a condition came true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(step)
    return True


class World:
    """The tree, the users and the daemon.

    `log_socket`: each chroot has a `dev` directory of the daemon's, where it may make its log socket.
    """

    def __init__(self, orderd, settings=(), log_socket=False, stop_after=20):
        self.settings, self.log_socket, self.daemon, self.log = list(settings), log_socket, None, ROOT + "/orderd.log"
        self.stop_after = stop_after
        self._mounts()
        self._users()
        self.orderd = ROOT + "/bin/orderd"  # the one given may lie where only root can look
        os.makedirs(ROOT + "/bin")
        shutil.copy(orderd, self.orderd)
        os.chmod(self.orderd, 0o755)
        self._tree()

    def _mounts(self):
        memory = tempfile.mkdtemp(dir="/dev/shm", prefix="orderd-rig-")
        run("mount", "-t", "tmpfs", "-o", "mode=755,size=2g", "orderd-rig", memory)
        self.file_system = "tmpfs"
        if shutil.which("mkfs.ext4", path=os.environ["PATH"] + ":/sbin:/usr/sbin"):
            run("truncate", "-s", "1500M", memory + "/disk")
            run("mkfs.ext4", "-q", "-F", memory + "/disk")
            if subprocess.run(["mount", "-o", "loop", memory + "/disk", ROOT], capture_output=True).returncode == 0:
                self.file_system = "ext4"
        if self.file_system == "tmpfs":
            run("mount", "--bind", memory, ROOT)
        os.chmod(ROOT, 0o755)
        run("mount", "-t", "tmpfs", "-o", "mode=755", "orderd-rig", "/run")
        # The mount point is seen outside, where nothing is mounted on it: it can go at once.
        run("umount", "-l", memory)
        os.rmdir(memory)

    def _users(self):
        os.makedirs(ROOT + "/etc")
        for name in ("passwd", "group", "shadow"):
            shutil.copy("/etc/" + name, ROOT + "/etc/" + name)
            with open(f"{ROOT}/etc/{name}", "a") as file:
                for user, number in IDS.items():
                    if name == "group":
                        file.write(f"{user}:x:{number}:{'orderd' if user == 'orderd-admin' else ''}\n")
                    elif user != "orderd-admin":
                        home = f"{SPOOL}/partners/{user}" if user in PARTNERS else SPOOL
                        line = f"{user}:x:{number}:{number}::{home}:/usr/sbin/nologin" if name == "passwd" else f"{user}:*:19000::::::"
                        file.write(line + "\n")
            run("mount", "--bind", f"{ROOT}/etc/{name}", "/etc/" + name)

    def _tree(self):
        """As the table of owners and modes has it."""
        self.verb("init", SPOOL)
        for partner in PARTNERS:
            self.verb("partner", "add", partner, "--spool", SPOOL)

        def own(path, user, group, mode, deep=False):
            for one in [path] + (glob.glob(path + "/**", recursive=True) if deep else []):
                shutil.chown(one, user, group)
            os.chmod(path, mode)

        for path in ("", "/partners"):
            own(SPOOL + path, "root", "root", 0o755)
        for name in os.listdir(SPOOL):
            if name in ("queue", "done", "cancelled", "rejected"):
                for folder in [f"{SPOOL}/{name}"] + glob.glob(f"{SPOOL}/{name}/*"):
                    own(folder, "orderd", "orderd-admin", 0o2770)
            elif name in ("claimed", "journal"):
                own(f"{SPOOL}/{name}", "orderd", "orderd", 0o700, deep=True)
            elif name in ("state", "reports", "metrics"):
                own(f"{SPOOL}/{name}", "orderd", "orderd-admin", 0o2750, deep=True)
        for partner in os.listdir(SPOOL + "/partners"):
            chroot = f"{SPOOL}/partners/{partner}"
            own(chroot, "root", "root", 0o755)
            group = partner if partner in PARTNERS else "orderd"
            for name in os.listdir(chroot):
                if name in DROPS:
                    own(f"{chroot}/{name}", "root", "orderd", 0o2770)
                    if partner in PARTNERS:
                        run("setfacl", "-m", f"u:{partner}:rwx", f"{chroot}/{name}")
                elif name in READS:
                    for folder in [f"{chroot}/{name}"] + glob.glob(f"{chroot}/{name}/*"):
                        own(folder, "orderd", group, 0o2750)
            if self.log_socket and partner in PARTNERS:
                os.mkdir(chroot + "/dev")
                own(chroot + "/dev", "orderd", "orderd", 0o755)

    def verb(self, *words):
        """Runs a verb of orderd as root."""
        settings = [word for setting in self.settings for word in ("--set", setting)]
        return run(self.orderd, *words, *settings, env={"PATH": "/usr/bin:/bin", "HOME": ROOT, "ORDERD_CONFIG": self._configuration()}, cwd=ROOT)

    def _configuration(self):
        path = ROOT + "/etc/orderd.yaml"
        if not os.path.exists(path):
            with open(path, "w") as file:
                file.write("# what is set is set on the command line\n")
        return path

    def as_orderd(self, *words):
        """A verb as the daemon's own user."""
        return ["setpriv", "--reuid=orderd", "--regid=orderd", "--groups=orderd,orderd-admin", "--inh-caps=-all,+lease",
                "--ambient-caps=-all,+lease", "--bounding-set=-all,+lease", "--no-new-privs", self.orderd, *words]

    def start(self):
        """Starts the daemon, and returns once it watches."""
        words = [word for setting in self.settings for word in ("--set", setting)]
        with open(self.log, "ab") as log:
            self.daemon = subprocess.Popen(
                self.as_orderd("run", "--spool", SPOOL, *words), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", "ORDERD_CONFIG": self._configuration()}, start_new_session=True)
        if not wait(lambda: self.daemon.poll() is not None or os.path.exists(SPOOL + "/state/status.json") and self._answers(), 30):
            raise CannotRun("the daemon does not answer: " + self.told())
        if self.daemon.poll() is not None:
            raise CannotRun("the daemon ended: " + self.told())

    def _answers(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            try:
                client.connect(SPOOL + "/state/control")
                return True
            except OSError:
                return False

    def stop(self):
        """Ends the daemon cleanly; its exit code, None where it had to be killed."""
        if self.daemon is None:
            return 0
        self.daemon.terminate()
        try:
            code = self.daemon.wait(self.stop_after)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
            code = None
        self.daemon = None
        return code

    def check(self):
        """What `orderd check` finds; empty where all is sound."""
        result = subprocess.run(self.as_orderd("check", "--spool", SPOOL), capture_output=True, text=True, cwd=ROOT,
                                env={"PATH": "/usr/bin:/bin", "ORDERD_CONFIG": self._configuration()})
        return "" if result.returncode == 0 else (result.stdout + result.stderr).strip()

    def told(self):
        """The end of the daemon's log."""
        with open(self.log, errors="replace") as file:
            return file.read()[-3000:]

    # --- What a trial looks at ---------------------------------------------------------------------------------------------------------

    def drop(self, partner, name="", directory="orders"):
        """The path of a drop directory, or of a name in it."""
        return f"{SPOOL}/partners/{partner}/{directory}" + ("/" + name if name else "")

    def receipts(self, partner, name, directory="orders"):
        """All receipts of a file name, the first first."""
        folder = os.fsencode(f"{SPOOL}/partners/{partner}/receipts/{directory}/")
        found = []
        for path in glob.glob(glob.escape(folder + os.fsencode(name)) + b".*receipt.json"):
            try:
                with open(path, "rb") as file:
                    found.append(json.load(file))
            except FileNotFoundError:
                pass  # a later receipt takes the name just now
        return sorted(found, key=lambda receipt: receipt["receivedAt"])

    def waiting(self, partner):
        """The names of uploads that a partner is told to resume."""
        try:
            with open(f"{SPOOL}/partners/{partner}/status/uploads.json") as file:
                return [one["file"] for one in json.load(file)["uploads"]]
        except FileNotFoundError:
            return []

    def left(self, partner, directory="orders"):
        """Names that lie in the drop directory and among the claimed."""
        claimed = f"{SPOOL}/claimed/{partner}/{directory}"
        return sorted(os.listdir(self.drop(partner, directory=directory))) + [
            "claimed/" + name for name in sorted(os.listdir(claimed)) if os.path.isdir(claimed)]

    def close(self):
        """Takes everything down, so that another can be made."""
        self.stop()
        for name in ("passwd", "group", "shadow"):
            run("umount", "/etc/" + name)
        run("umount", "/run")
        run("umount", "-l", ROOT)
