"""A spool of its own for a measurement, and the program that is measured."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent


def add_options(parser):
    parser.add_argument("--orderd", type=pathlib.Path, default=ROOT / ".build/release/orderd", help="the program (default: %(default)s)")
    parser.add_argument("--dir", type=pathlib.Path, help="where spools are made and removed again (default: a temporary directory); its file "
                        "system is what is measured")
    parser.add_argument("--set", action="append", default=[], metavar="VARIABLE=VALUE", dest="settings",
                        help="an environment variable for orderd, such as ORDERD_INTAKE_SLICE_ORDERS=512; may be repeated")


def check(arguments):
    if not os.access(arguments.orderd, os.X_OK):
        sys.exit(f"{arguments.orderd} is not there: make release, or give --orderd")


class Place:
    """A directory for the time of a `with` block."""

    def __init__(self, arguments):
        self.parent = arguments.dir

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="orderd-bench-", dir=self.parent))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Spool:
    """A fresh spool with one partner."""

    def __init__(self, path, arguments, partner="acme", **settings):
        self.path, self.partner, self.orderd = path, partner, arguments.orderd
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ORDERD_")}
        self.environment.update(settings)
        self.environment.update(setting.split("=", 1) for setting in arguments.settings)
        self.call("init", str(path), spool=False)
        self.call("partner", "add", partner)
        self.side = path / "partners" / partner
        self.drop = self.side / "orders"

    def call(self, *words, spool=True):
        command = [self.orderd, *words] + (["--spool", str(self.path)] if spool else [])
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} gave {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def completed(self):
        return sum(1 for line in self.call("list", "--status", "COMPLETED", "--json").splitlines() if line.startswith("{"))

    def start(self):
        self.log = open(self.path / "orderd.log", "wb")
        self.daemon = subprocess.Popen([self.orderd, "run", "--spool", str(self.path)], env=self.environment, stdout=self.log, stderr=self.log)
        deadline = time.monotonic() + 30
        while not (self.path / "state/control").exists():
            if self.daemon.poll() is not None or time.monotonic() > deadline:
                sys.exit("orderd did not start:\n" + (self.path / "orderd.log").read_text(errors="replace"))
            time.sleep(0.02)

    def stop(self):
        self.daemon.send_signal(signal.SIGTERM)
        code = self.daemon.wait(timeout=60)
        self.log.close()
        if code != 0:
            sys.exit(f"orderd ended with {code}:\n" + (self.path / "orderd.log").read_text(errors="replace"))


def surroundings(path):
    """What a figure should be read with."""
    kind = subprocess.run(["stat", "--file-system", "--format=%T", str(path)], capture_output=True, text=True).stdout.strip()
    return f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {kind}, kernel {os.uname().release}"
