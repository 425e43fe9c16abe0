"""All cells of a trial: every client, every action, several at a time, against one daemon."""
import collections, concurrent.futures, os, subprocess, sys, threading, time

from . import clients, sshd, world
from .cells import ACTIONS, Cell

__all__ = ["ACTIONS", "Trial"]


class Trial:
    """After `run`: `cells`, `missing` (client to reason), `versions`, `problems` (of the whole, those of cells included)."""

    count = 0

    def __init__(self, options, log_socket):
        self.options, self.log_socket = options, log_socket
        wanted = options.clients.split(",") if options.clients else [one.name for one in clients.ALL]
        unknown = set(wanted) - {one.name for one in clients.ALL} | set((options.actions or "plain").split(",")) - set(ACTIONS)
        if unknown:
            raise world.CannotRun("not known: " + ", ".join(sorted(unknown)))
        self.kinds = [one for one in clients.ALL if one.name in wanted]
        self.actions = options.actions.split(",") if options.actions else list(ACTIONS)
        self.cells, self.problems, self.seconds = [], [], 0
        self.missing = {one.name: one.missing() for one in self.kinds if one.missing()}
        self.versions = {one.name: one.version() for one in self.kinds if one.name not in self.missing}

    def run(self):
        began = time.monotonic()
        settings = [f"intake.settle={int(self.options.settle * 1000)}ms", f"intake.resumeDeadline={int(self.options.deadline * 1000)}ms",
                    "intake.rescan=1s", "intake.diskReserve=0B", "log.level=info"]
        place = world.World(os.path.abspath(self.options.orderd), settings, self.log_socket)
        server = sshd.Server()
        os.makedirs(world.ROOT + "/home")
        self.file_system = place.file_system
        self.orderd = place.verb("--version").strip()
        self.openssh = clients.OpenSSH.version()
        place.start()
        try:
            self._cells(place)
            world.wait(lambda: not place.left("acme"), self.options.deadline + 10)
            self.left = place.left("acme")
            self.problems += [f"left behind: {name}" for name in self.left]
            if not world.wait(lambda: not place.waiting("acme"), 10):
                self.problems += [f"told to wait, and judged: {name}" for name in place.waiting("acme")]
            if place.daemon.poll() is not None:
                self.problems.append("the daemon ended: " + place.told())
        finally:
            code = place.stop()
            server.stop()
        if code != 0:
            self.problems.append(f"the daemon ended with {code}: {place.told()}")
        found = place.check()
        if found:
            self.problems.append("orderd check: " + found)
        with open(place.log, errors="replace") as file:
            self.log = [line.strip() for line in file if " error " in line.lower() or " critical " in line.lower()]
        self.problems += ["the daemon's log: " + line for line in self.log[:5]]
        place.close()
        self.seconds = time.monotonic() - began
        return self

    def _cells(self, place):
        # A client's cells are spread, so that not all that run at a time wait for a deadline.
        todo = [Cell(kind(), action, place, self.options, self.log_socket)
                for action in self.actions for kind in self.kinds if kind.name not in self.missing]
        done = 0
        with concurrent.futures.ThreadPoolExecutor(self.options.jobs) as pool:
            for future in concurrent.futures.as_completed([pool.submit(cell.run) for cell in todo]):
                cell = future.result()
                done += 1
                if sys.stderr.isatty():
                    print(f"\r{done} of {len(todo)}\033[K", end="", file=sys.stderr, flush=True)
                for problem in cell.problems:
                    self.problems.append(f"{cell.client.name} {cell.action}: {problem}")
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        self.cells = todo
