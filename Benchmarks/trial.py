"""A spool of its own for a measurement, and the program that is measured."""

import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import threading
import time

import place

ROOT = place.ROOT


def add_options(parser):
    parser.add_argument("--orderd", type=pathlib.Path, default=ROOT / ".build/release/orderd", help="the program (default: %(default)s)")
    parser.add_argument("--set", action="append", default=[], metavar="VARIABLE=VALUE", dest="settings",
                        help="an environment variable for orderd, such as ORDERD_INTAKE_SLICE_ORDERS=512; may be repeated")
    parser.add_argument("--json", action="store_true", help="print one JSON object on standard output, and progress on standard error only")
    place.add_options(parser)


def check(arguments):
    if not os.access(arguments.orderd, os.X_OK):
        sys.exit(f"{arguments.orderd} is not there: make release, or give --orderd")
    arguments.orderd = arguments.orderd.resolve()


def say(*words):
    """Progress."""
    print(*words, file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values)


def spread(values):
    """Median, quartiles and range."""
    values = sorted(values)
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else values * 3
    return {"median": quartiles[1], "quartiles": [quartiles[0], quartiles[2]], "range": [values[0], values[-1]], "runs": len(values)}


def shown(found, digits=2):
    """A spread in words."""
    low, high = found["range"]
    return f"{found['median']:.{digits}f} ({low:.{digits}f} to {high:.{digits}f}, {found['runs']} runs)"


class Spool:
    """A fresh spool with one partner."""

    def __init__(self, path, arguments, partner="acme", make=True, **settings):
        self.path, self.partner, self.orderd = path, partner, arguments.orderd
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("ORDERD_")}
        self.environment.update(settings)
        self.environment.update(setting.split("=", 1) for setting in arguments.settings)
        self.side = path / "partners" / partner
        self.drop = self.side / "orders"
        if make:
            self.call("init", str(path), spool=False)
            self.call("partner", "add", partner)

    def call(self, *words, spool=True):
        command = [self.orderd, *words] + (["--spool", str(self.path)] if spool else [])
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} gave {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def start(self, *before, wait=True, patience=600):
        """Starts the daemon; `before` is a command that runs it. With `wait`, until it says that it runs."""
        return Run([*before, self.orderd, "run", "--spool", str(self.path)], self.environment, wait, patience)

    def drain(self, *before, patience=3600):
        """Drains, and returns the run and the orders by stage."""
        run = Run([*before, self.orderd, "run", "--drain", "--json", "--spool", str(self.path)], self.environment, wait=False, patience=patience)
        run.end()
        return run, json.loads(run.output)["orders"]

    def remove(self):
        subprocess.run(["rm", "-rf", self.path], check=True)


class Run:
    """A daemon from its start to its end: when it said what, and how much memory it had at most."""

    def __init__(self, command, environment, wait, patience):
        self.patience, self.peak, self.said, self.log = patience, 0, {}, []
        self.runs = threading.Event()
        self.begin = time.monotonic()
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        place.children.append(self.process)
        # A program that runs orderd, such as strace, is followed to it later; what it needs itself is not asked.
        self.pid = self.process.pid
        self.readers = [threading.Thread(target=self.read, daemon=True), threading.Thread(target=self.watch, daemon=True)]
        for reader in self.readers:
            reader.start()
        if wait:
            if not self.runs.wait(patience) or self.process.poll() is not None:
                sys.exit("orderd did not start:\n" + "".join(self.log))
            self.ready = self.said["running"] - self.begin

    def read(self):
        for line in self.process.stderr:
            now = time.monotonic()
            self.log.append(line)
            for words in ("running", "stopping", "stopped cleanly"):
                if f'msg="{words}"' in line or f"msg={words}" in line:
                    self.said.setdefault(words, now)
            if "running" in self.said:
                self.runs.set()
        self.runs.set()

    def watch(self):
        while self.process.returncode is None:
            self.peak = max(self.peak, self.memory("VmHWM"))
            time.sleep(0.05)

    def memory(self, what="VmRSS"):
        """Bytes of `VmRSS` or `VmHWM`; 0 where it has ended."""
        try:
            with open(f"/proc/{self.pid}/status") as status:
                return next((int(line.split()[1]) * 1024 for line in status if line.startswith(what + ":")), 0)
        except OSError:
            return 0

    def processor(self):
        """Seconds of processor time so far."""
        with open(f"/proc/{self.pid}/stat") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.end()

    def end(self):
        """Waits until it has ended cleanly."""
        self.output = self.process.stdout.read()
        code = self.process.wait(timeout=self.patience)
        place.children.remove(self.process)
        self.seconds = time.monotonic() - self.begin
        for reader in self.readers:
            reader.join()
        if code != 0:
            sys.exit(f"orderd ended with {code}:\n" + "".join(self.log)[-4000:])
        self.working = self.said["stopped cleanly"] - self.said["running"]


def print_result(arguments, found, text):
    print(json.dumps(found) if arguments.json else text)
