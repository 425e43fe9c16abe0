#!/usr/bin/env python3
"""Runs the commands of docs/operate.md, taken from the page as they stand there, one by one, on a machine of its own with a real systemd: from a
Debian 12 without orderd and the package to a partner's first receipt by SFTP, then the rest of the page. Each must end with 0. The time from the
first command to the receipt is told. Needs root. Exit code 0: all went well; 1: a command did not; 2: it could not be run; 77: the machine cannot.

    operate-guide.py --deb orderd_0.1.0_amd64.deb                    on a copy of this machine's root, without its services
    operate-guide.py --deb ... --base DIR                            on a root that `debootstrap bookworm DIR` made: a bare machine
    operate-guide.py --deb ... --control                             the daemon is stopped before the first order: must fail (exit 1)

There is no network inside: with --base, the packages that apt is to fetch must lie in DIR/var/cache/apt/archives.
"""
import argparse, json, os, subprocess, sys, time

os.umask(0o022)
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + "/../faults", HERE]
import guides  # noqa: E402
from booted import bare  # noqa: E402
from machine import CannotRun, Problem, scratch  # noqa: E402

PAGE = HERE + "/../../docs/operate.md"
RECEIPT = "/root/PO-1.json.receipt.json"


class Guide:
    def __init__(self, options, root):
        self.options, self.root, self.problems, self.began, self.first = options, root, [], time.monotonic(), None

    def run(self):
        for block in guides.blocks(PAGE):
            if block.language != "sh":
                continue
            for command in guides.commands(block.text):
                if self.options.control and command.startswith("sftp") and self.first is None:
                    self.root.does("systemctl stop orderd")
                if not self.step(block, command) and not self.first:
                    return  # nothing that follows can be right

    def step(self, block, command):
        began = time.monotonic()
        try:
            code, told = self.root.does(command)
        except subprocess.TimeoutExpired:
            code, told = None, "it did not end"
        seconds = time.monotonic() - began
        print(f"{seconds:6.1f} s  {command.splitlines()[0]}" + (" ..." if "\n" in command else ""), flush=True)
        if self.options.verbose:
            print("".join(f"            {line}\n" for line in told.splitlines()[-30:]), end="")
        if code != 0:
            self.problems.append(f"{block.heading}, `{command.splitlines()[0]}`: exit code {code}: {told.strip()[-1000:]}")
        elif self.first is None and os.path.exists(self.root.path(RECEIPT)):
            self.first = time.monotonic() - self.began
            with open(self.root.path(RECEIPT)) as file:
                receipt = json.load(file)
            if (receipt["verdict"], receipt["completeness"]) != ("accepted", "renamed"):
                self.problems.append(f"the first receipt is {json.dumps(receipt)}")
        return code == 0

    def ending(self):
        """What must hold behind the page, whatever its commands print."""
        for command, words in (
                ("orderd list", "COMPLETED"), ("orderd partner list", "acme"), ("systemctl is-active orderd", "active"),
                ("command -v man > /dev/null && ! man -w orderd orderd.yaml orderd-spool > /dev/null && echo no manual", ""),
                ("systemctl list-units --failed --no-legend --plain 'orderd*' 'ssh*'", ""), ("orderd check", "it all adds up"),
                # A daemon that ended and came back has let the guide go on.
                ("systemctl show -p NRestarts orderd", "NRestarts=0\n"), ("journalctl -u orderd -o cat -p err -q", "")):
            told = self.root.does(command)[1]
            if words not in told or not words and told.strip():
                self.problems.append(f"behind the page, `{command}`: {told.strip()[-500:]}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--deb", help="the package")
    p.add_argument("--base", default="/", metavar="DIR", help="the root of a bare machine (default: this machine's)")
    p.add_argument("--verbose", action="store_true", help="show what the commands print")
    p.add_argument("--control", action="store_true", help="without a daemon: must fail")
    p.add_argument("--probe", action="store_true", help="only say (77) why this machine cannot, or 0")
    a = p.parse_args()
    why = bare.obstacle(a.base)
    if why:
        print(why, file=sys.stderr)
        return 77
    if a.probe:
        return 0
    if not a.deb:
        p.error("--deb is needed")
    bare.enter(os.path.abspath(__file__))
    try:
        with scratch("orderd-guide-") as folder:
            root = bare.Bare(folder, a.base)
            try:
                root.boot()
                root.give(a.deb)
                guide = Guide(a, root)
                guide.run()
                if guide.first is not None:
                    guide.ending()
                else:
                    guide.problems.append("no receipt came")
            finally:
                root.close()
    except (CannotRun, Problem) as problem:
        print(problem, file=sys.stderr)
        return 2
    for problem in guide.problems:
        print("problem: " + problem)
    if guide.first is not None:
        print(f"from the bare machine to the first receipt: {guide.first:.1f} s")
    print(f"{len(guide.problems)} problems")
    return 1 if guide.problems else 0


if __name__ == "__main__":
    sys.exit(main())
