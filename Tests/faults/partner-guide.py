#!/usr/bin/env python3
"""Runs the examples of docs/integrate.md, taken from the page as they stand there, against a real sshd and a real orderd.

The partner is a user of its own, with its key and its server's host key where OpenSSH looks for them; `orders.example.com` is this machine.
Each example must end with 0, and its order must be accepted. All but WinSCP's, which needs Windows. Needs root, for users, namespaces and
chroots. Exit code 0: all went well; 1: an example did not; 2: it could not be run; 77: the machine cannot run it.

    partner-guide.py --orderd .build/release/orderd
    partner-guide.py --orderd ... --only Python,curl
    partner-guide.py --orderd ... --control           no daemon runs: must fail (exit 1)
"""
import argparse, hashlib, json, os, shutil, subprocess, sys, time

os.umask(0o022)
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guides  # noqa: E402
from partners import sshd, world  # noqa: E402

PAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/integrate.md")
NAME, USER, NUMBER = "PO-2026-0001.json", "buyer", 950
NEEDS = {"First login": "ssh-keygen", "OpenSSH": "sftp", "lftp": "lftp", "curl": "curl", "Python": None, "Shell script": "sftp"}


class Partner:
    """A user on a machine of the partner's: a home, a key, a server that is known."""

    def __init__(self, page):
        self.home = world.ROOT + "/home/" + USER
        os.makedirs(self.home + "/.ssh", mode=0o700)
        with open("/etc/passwd", "a") as file:
            file.write(f"{USER}:x:{NUMBER}:{NUMBER}::{self.home}:/bin/bash\n")
        with open("/etc/group", "a") as file:
            file.write(f"{USER}:x:{NUMBER}:\n")
        hosts = world.ROOT + "/etc/hosts"
        with open(hosts, "w") as file:
            file.write("127.0.0.1 localhost orders.example.com\n")
        world.run("mount", "--bind", hosts, "/etc/hosts")
        self.own()
        self.order = guides.under(page, "Recipe", "json")[0].text

    def own(self):
        world.run("chown", "-R", f"{USER}:{USER}", self.home)

    def knows(self, keys):
        """The server's host keys, as after a first login."""
        with open(self.home + "/.ssh/known_hosts", "w") as file:
            for kind in ("ed25519", "ecdsa", "rsa"):
                file.write("orders.example.com " + " ".join(open(f"{keys}/host_{kind}.pub").read().split()[:2]) + "\n")
        self.own()

    def does(self, words, text="", limit=90):
        """Runs a command as the partner, in its home."""
        return subprocess.run(
            ["setpriv", f"--reuid={NUMBER}", f"--regid={NUMBER}", "--clear-groups", *words], input=text, capture_output=True, text=True,
            timeout=limit, cwd=self.home, env={"HOME": self.home, "USER": USER, "PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"})

    def writes(self, name, text):
        os.makedirs(os.path.dirname(f"{self.home}/{name}"), exist_ok=True)
        with open(f"{self.home}/{name}", "w") as file:
            file.write(text)
        self.own()
        return text


class Guide:
    def __init__(self, options):
        self.problems, self.lines = [], []
        self.wanted = options.only.split(",") if options.only else list(NEEDS)
        self.place = world.World(os.path.abspath(options.orderd), ["intake.diskReserve=0B"], log_socket=True)
        self.server = sshd.Server(port=22)
        self.partner = Partner(PAGE)
        # Its own first key, made as the page says, is the one that the server lets in.
        first = guides.under(PAGE, "First login", "sh")
        self.must("First login", self.partner.does(["bash", "-ec", first[0].text]))
        shutil.copy(self.partner.home + "/.ssh/id_ed25519.pub", f"{world.ROOT}/etc/ssh/acme.keys")
        self.partner.knows(world.ROOT + "/etc/ssh")
        if not options.control:
            self.place.start()
        self.must("First login", self.partner.does(["bash", "-ec", first[1].text], "ls\nbye\n"), "receipts")

    def must(self, what, result, words="", code=0):
        if result.returncode != code or words not in result.stdout:
            self.problems.append(f"{what}: exit code {result.returncode}: {(result.stdout + result.stderr).strip()[-600:]}")
        return result.returncode == code and words in result.stdout

    def receipt(self, name, content, limit=20):
        """The receipt of these bytes, once it is there."""
        digest = hashlib.sha256(content.encode()).hexdigest()

        def found():
            return next((one for one in self.place.receipts("acme", name) if one["sha256"] == digest), None)
        world.wait(found, limit)
        return found()

    def example(self, what, words, name=NAME, place="", completeness="renamed"):
        """One example: its order, of a reference of its own, must be accepted."""
        content = self.partner.writes(place + name, self.partner.order.replace("PO-2026-0001", "PO-" + what.replace(" ", "-")))
        began = time.monotonic()
        try:
            ran = self.must(what, self.partner.does(words))
        except subprocess.TimeoutExpired:
            self.problems.append(f"{what}: it did not end")
            return
        receipt = self.receipt(name, content) if ran else None
        if ran and (not receipt or (receipt["verdict"], receipt["completeness"]) != ("accepted", completeness)):
            self.problems.append(f"{what}: the receipt is {json.dumps(receipt)}")
        elif ran:
            self.lines.append(f"{what}: {receipt['verdict']}, {receipt['completeness']}, {time.monotonic() - began:.1f} s")

    def run(self):
        for heading, program in NEEDS.items():
            if heading not in self.wanted or heading == "First login":
                continue
            if program and not shutil.which(program) or heading == "Python" and not self.python():
                self.lines.append(f"{heading}: not tried, {program or 'paramiko'} is not installed")
                continue
            getattr(self, "try_" + heading.lower().replace(" ", "_"))(guides.under(PAGE, heading))

    def try_openssh(self, blocks):
        self.example("OpenSSH", ["bash", "-ec", blocks[0].text])
        self.must("OpenSSH's receipt", self.partner.does(["bash", "-ec", blocks[1].text]), '"verdict":"accepted"')

    def try_lftp(self, blocks):
        self.example("lftp", ["bash", "-ec", blocks[0].text], name="lftp-1.json", place="out/", completeness="found")

    def try_curl(self, blocks):
        self.example("curl", ["bash", "-ec", blocks[0].text], completeness="found")

    def try_python(self, blocks):
        self.partner.writes("send.py", blocks[0].text)
        self.example("Python", [self.python(), "-W", "ignore", "send.py"])

    def try_shell_script(self, blocks):
        script = ["bash", "send-order.sh", NAME]
        self.partner.writes("send-order.sh", guides.under(PAGE, "Shell script", "bash")[0].text)
        self.example("Shell script", script)
        self.must("the same again", self.partner.does(script), '"verdict":"duplicate"')
        other = self.partner.order.replace("PO-2026-0001", "PO-Shell-script").replace("Ann", "Eve")
        self.partner.writes(NAME, other)
        self.must("another order under its reference", self.partner.does(script), '"verdict":"conflict"', code=1)
        self.partner.writes(NAME, other[: len(other) // 2])
        # The receipt says what is wrong; a renamed file is whole, so that nothing waits for the rest of it.
        self.must("half an order", self.partner.does(script), '"verdict":"rejected"', code=1)

    @staticmethod
    def python():
        for candidate in ("/usr/bin/python3", sys.executable):
            if os.path.exists(candidate) and subprocess.run([candidate, "-W", "ignore", "-c", "import paramiko"], capture_output=True).returncode == 0:
                return candidate
        return None

    def close(self):
        code = self.place.stop()
        if code != 0:
            self.problems.append(f"the daemon ended with {code}: {self.place.told()}")
        found = self.place.check()
        if found:
            self.problems.append("orderd check: " + found)
        self.server.stop()
        world.run("umount", "/etc/hosts")
        self.place.close()


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--orderd", help="the program")
    p.add_argument("--only", help="only these headings of the page, with commas: " + ", ".join(NEEDS))
    p.add_argument("--control", action="store_true", help="without a daemon: must fail")
    p.add_argument("--probe", action="store_true", help="only say (77) why this machine cannot, or 0")
    a = p.parse_args()
    why = world.obstacle("sshd", "ssh-keygen", "sftp")
    if why:
        print(why, file=sys.stderr)
        return 77
    if a.probe:
        return 0
    if not a.orderd:
        p.error("--orderd is needed")
    world.enter(os.path.abspath(__file__))
    try:
        guide = Guide(a)
        guide.run()
        guide.close()
    except world.CannotRun as problem:
        print(problem, file=sys.stderr)
        return 2
    for line in guide.lines + ["problem: " + one for one in guide.problems]:
        print(line)
    print(f"{len(guide.lines)} examples, {len(guide.problems)} problems")
    return 1 if guide.problems else 0


if __name__ == "__main__":
    sys.exit(main())
