"""SFTP clients, and how each is told to do an action: a list of commands, or the reason why it cannot."""
import os, shutil, subprocess, sys

from . import world

ACTIONS = ("plain", "rename-posix", "rename-old", "times", "chmod", "overwrite", "resume")
HOST = "127.0.0.1"


class Client:
    """One client. `lines` is a length of line that divides what it writes at a time: an upload that breaks off ends at a line's end."""

    name, program, lines = "", "", 4096

    def __init__(self):
        self.home = world.ROOT + "/home"
        self.keys, self.known = world.ROOT + "/keys", world.ROOT + "/known_hosts"

    @classmethod
    def missing(cls):
        """Why it is not here; None where it is."""
        return None if shutil.which(cls.program) else f"{cls.program} is not installed"

    @classmethod
    def version(cls):
        """What it says of its version."""
        return ""

    def commands(self, action, port, local, remote, second=None):
        """Commands, each a list of words and the text of its standard input; or the reason why it cannot do this."""
        raise NotImplementedError

    def temporary(self, remote):
        return os.path.join(os.path.dirname(remote), "." + os.path.basename(remote) + ".part")


def first_line(*words):
    result = subprocess.run(words, capture_output=True, text=True)
    return (result.stdout + result.stderr).strip().splitlines()[0]


class OpenSSH(Client):
    name, program, lines = "sftp", "sftp", 5120

    @classmethod
    def version(cls):
        return first_line("ssh", "-V").split(",")[0].replace("_", " ")

    def options(self):
        return ["-F", "none", "-i", self.keys + "/ed25519", "-o", "IdentitiesOnly=yes", "-o", "UserKnownHostsFile=" + self.known]

    def commands(self, action, port, local, remote, second=None):
        temporary = self.temporary(remote)
        batch = {
            "plain": f"put {local} {remote}",
            "rename-posix": f"put {local} {temporary}\nrename {temporary} {remote}",
            "rename-old": f"put {local} {temporary}\nrename -l {temporary} {remote}",
            "times": f"put -p {local} {remote}",
            "chmod": f"put {local} {remote}\nchmod 644 {remote}",
            "overwrite": f"put {local} {remote}\nput {second} {remote}",
            "resume": f"reput {local} {remote}",
        }[action]
        return [(["sftp", "-q", "-b", "-", "-P", str(port), *self.options(), "acme@" + HOST], batch + "\n")]


class SCP(OpenSSH):
    name, program, lines = "scp", "scp", 5120

    def commands(self, action, port, local, remote, second=None):
        def copy(file, *options):
            return ["scp", "-q", *options, "-P", str(port), *self.options(), file, f"acme@{HOST}:{remote}"], ""

        if action in ("plain", "times"):
            return [copy(local, *(["-p"] if action == "times" else []))]
        if action == "overwrite":
            return [copy(local), copy(second)]
        return {"chmod": "sets modes with -p only", "resume": "copies whole files only"}.get(action, "does not rename")


class Lftp(Client):
    name, program = "lftp", "lftp"

    @classmethod
    def version(cls):
        return " ".join(first_line("lftp", "--version").split()[2:4]).replace("Version ", "")

    def commands(self, action, port, local, remote, second=None):
        put = f"put {local} -o {remote}"
        if action == "rename-posix":
            return "renames in the old style only"
        script = {
            "plain": put,
            "rename-old": f"set xfer:use-temp-file yes; set xfer:temp-file-name .*.part; {put}",
            "times": f"mirror -R --include-glob={os.path.basename(local)} {os.path.dirname(local)} {os.path.dirname(remote)}",
            "chmod": f"{put}; chmod 644 {remote}",
            "overwrite": f"{put}; put {second} -o {remote}",
            "resume": f"put -c {local} -o {remote}",
        }[action]
        ssh = f"ssh -a -x -F none -i {self.keys}/ed25519 -o IdentitiesOnly=yes -o UserKnownHostsFile={self.known}"
        options = "set cmd:fail-exit true; set net:max-retries 1; set mirror:set-permissions no"
        return [(["lftp", "--norc", "-c", f'{options}; set sftp:connect-program "{ssh}"; open -u acme, -p {port} sftp://{HOST}; {script}'], "")]


class Curl(Client):
    name, program, lines = "curl", "curl", 9424

    @classmethod
    def missing(cls):
        if not shutil.which("curl"):
            return "curl is not installed"
        return None if " sftp" in subprocess.run(["curl", "-V"], capture_output=True, text=True).stdout else "curl is built without SFTP"

    @classmethod
    def version(cls):
        words = first_line("curl", "-V").split()
        return words[1] + ", " + next((word for word in words if word.startswith("libssh")), "")

    def commands(self, action, port, local, remote, second=None):
        base = ["curl", "-sS", "-k", "--key", self.keys + "/ecdsa", "--pubkey", self.keys + "/ecdsa.pub", "-u", "acme:"]
        def to(name, *options, file=local):
            return [*base, "-T", file, *options, f"sftp://{HOST}:{port}{name}"], ""

        temporary = self.temporary(remote)
        return {
            "plain": [to(remote)],
            "rename-posix": "renames in the old style only",
            "rename-old": [to(temporary, "-Q", f"-rename {temporary} {remote}")],
            "times": "sets no times over SFTP",
            "chmod": [to(remote, "-Q", f"-chmod 644 {remote}")],
            "overwrite": [([*to(remote)[0], "-T", second or "", to(remote)[0][-1]], "")],
            "resume": [to(remote, "-C", "-")],
        }[action]


class Rclone(Client):
    name, program = "rclone", "rclone"

    @classmethod
    def version(cls):
        return first_line("rclone", "version").split()[1].removeprefix("v")

    def commands(self, action, port, local, remote, second=None):
        options = ["--config", "/dev/null", "--retries", "1", "--low-level-retries", "1", "--ignore-times",
                   "--sftp-host", HOST, "--sftp-port", str(port), "--sftp-user", "acme", "--sftp-key-file", self.keys + "/ed25519",
                   "--sftp-shell-type", "none", "--sftp-disable-hashcheck"]
        def copy(file, name):
            return ["rclone", "copyto", file, ":sftp:" + name, *options], ""

        temporary = self.temporary(remote)
        return {
            "plain": [copy(local, remote)],
            "rename-posix": "renames in the old style only",
            "rename-old": [copy(local, temporary), (["rclone", "moveto", ":sftp:" + temporary, ":sftp:" + remote, *options], "")],
            "times": [copy(local, remote)],
            "chmod": "does not set modes",
            "overwrite": [copy(local, remote), copy(second, remote)],
            "resume": [copy(local, remote)],  # which sends all of it again, over what is there
        }[action]


class Psftp(Client):
    name, program, lines = "psftp", "psftp", 4096

    @classmethod
    def version(cls):
        return first_line("psftp", "-V").split()[-1]

    def commands(self, action, port, local, remote, second=None):
        key = self.keys + "/partner.ppk"
        if not os.path.exists(key):
            world.run("puttygen", self.keys + "/ecdsa", "-O", "private", "-o", key)
        print_ = world.run("ssh-keygen", "-l", "-E", "sha256", "-f", world.ROOT + "/etc/ssh/host_ed25519.pub").split()[1]
        common = ["-batch", "-P", str(port), "-i", key, "-hostkey", print_]
        if action == "times":
            return [(["pscp", "-q", "-sftp", "-p", *common, local, f"acme@{HOST}:{remote}"], "")]
        temporary = self.temporary(remote)
        batch = {
            "plain": f"put {local} {remote}",
            "rename-old": f"put {local} {temporary}\nmv {temporary} {remote}",
            "chmod": f"put {local} {remote}\nchmod 644 {remote}",
            "overwrite": f"put {local} {remote}\nput {second} {remote}",
            "resume": f"reput {local} {remote}",
        }.get(action)
        if batch is None:
            return "renames in the old style only"
        script = f"{local}.{action}.psftp"
        with open(script, "w") as file:
            file.write(batch + "\nquit\n")
        return [(["psftp", *common, "-b", script, "acme@" + HOST], "")]


class Library(Client):
    interpreter = None

    @classmethod
    def python(cls):
        for candidate in (sys.executable, "/usr/bin/python3"):
            if os.path.exists(candidate) and subprocess.run([candidate, "-W", "ignore", "-c", f"import {cls.name}"], capture_output=True).returncode == 0:
                return candidate
        return None

    @classmethod
    def missing(cls):
        return None if cls.python() else f"the Python package {cls.name} is not installed"

    @classmethod
    def version(cls):
        return first_line(cls.python(), "-W", "ignore", "-c", f"import {cls.name}; print({cls.name}.__version__)")

    def commands(self, action, port, local, remote, second=None):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "python_client.py")
        words = [self.python(), "-W", "ignore", script, self.name, action, str(port), "acme", self.keys + "/ed25519", self.known, local, remote]
        return [(words + ([second] if second else []), "")]


class Paramiko(Library):
    name = "paramiko"


class AsyncSSH(Library):
    name = "asyncssh"


ALL = (OpenSSH, SCP, Lftp, Curl, Rclone, Psftp, Paramiko, AsyncSSH)
