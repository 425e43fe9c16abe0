"""The hostile partner's trial: runs all of `hostile.TRIALS`, watches the world outside and the other partner."""
import base64, datetime, hashlib, json, os, shutil, signal, stat, threading, time

from . import hostile, world

SETTLE, DEADLINE = 0.5, 3


class Neighbour(threading.Thread):
    """Drops a good order every tenth of a second as the partner bolt, and takes the time to each receipt."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.place, self.ends, self.delays, self.dropped = place, threading.Event(), [], {}

    def run(self):
        folder, receipts, number = self.place.drop("bolt"), f"{world.SPOOL}/partners/bolt/receipts/orders", 0
        while not self.ends.is_set():
            name = f"good-{number}.json"
            with open(f"{folder}/.{name}.part", "wb") as file:
                file.write(hostile.order(f"good-{number}"))
                os.fchmod(file.fileno(), 0o640)
            os.chown(f"{folder}/.{name}.part", world.IDS["bolt"], -1)
            os.rename(f"{folder}/.{name}.part", f"{folder}/{name}")
            self.dropped[name] = time.monotonic()
            number += 1
            next_ = time.monotonic() + 0.1
            while time.monotonic() < next_ and not self.ends.is_set():
                self._look(receipts)
                time.sleep(0.01)
        world.wait(lambda: self._look(receipts) or not self.dropped, 20)

    def _look(self, receipts):
        for name in list(self.dropped):
            if os.path.exists(f"{receipts}/{name}.receipt.json"):
                self.delays.append(time.monotonic() - self.dropped.pop(name))


def listing(*roots):
    """All names below, with what would show a change: kind, owner, mode, size, content."""
    found = {}
    for root in roots:
        for folder, names, files in os.walk(os.fsencode(root)):
            for name in names + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                content = hashlib.sha256(open(path, "rb").read()).hexdigest() if stat.S_ISREG(status.st_mode) else ""
                found[path] = (status.st_mode, status.st_uid, status.st_gid, status.st_size if content else 0, content)
    return found


class HostileTrial:
    def __init__(self, options):
        self.options, self.problems, self.trials, self.refused = options, [], hostile.TRIALS, {}
        self.strings = list(hostile.STRINGS)
        if options.strings:
            with open(options.strings) as file:
                self.strings += json.load(file)

    def run(self):
        began = time.monotonic()
        place = self.place = world.World(os.path.abspath(self.options.orderd), [
            f"intake.settle={int(SETTLE * 1000)}ms", f"intake.resumeDeadline={DEADLINE}s", "intake.rescan=1s", "intake.diskReserve=0B",
            f"intake.maxFileSize={hostile.CAP}B", "intake.maxOrderSize=500kB", "log.level=info"])
        self.file_system = place.file_system
        self.orderd = place.verb("--version").strip()
        with open(hostile.SECRET, "w") as file:
            file.write(json.dumps({"customerId": "SECRET", "items": [], "totalAmount": 0}))
        with open(place.drop("bolt", ".mine"), "wb") as file:
            file.write(hostile.order("SECRET of bolt"))
        shutil.chown(place.drop("bolt", ".mine"), "bolt")
        outside = ["/etc", world.ROOT + "/etc", world.ROOT + "/bin", "/run"]
        look = lambda: {**listing(*outside, f"{world.SPOOL}/partners/warehouse/orders"),  # noqa: E731
                        **dict.fromkeys(os.path.join(place, name) for place in (world.ROOT, world.SPOOL, "/") for name in os.listdir(place))}
        place.start()
        before = look()
        self.neighbour = Neighbour(place)
        self.neighbour.start()
        try:
            self._trials()
            self._naughty()
            if self.options.control == "escape":
                with open("/run/escaped.json", "w") as file:
                    file.write("as if a name had led here")
            if self.options.control == "stop":
                place.daemon.send_signal(signal.SIGSTOP)
                time.sleep(self.options.bound + 1)
                place.daemon.send_signal(signal.SIGCONT)
            self.neighbour.ends.set()
            self.neighbour.join()
            self._left()
            if place.daemon.poll() is not None:
                self.problems.append("the daemon ended: " + place.told())
        finally:
            self.neighbour.ends.set()
            code = place.stop()
        if code != 0:
            self.problems.append(f"the daemon ended with {code}: {place.told()}")
        self._outside(before, look())
        self._kept()
        found = place.check()
        if found:
            self.problems.append("orderd check: " + found)
        self.late = max(self.neighbour.delays, default=0)
        if self.late > self.options.bound or self.neighbour.dropped:
            self.problems.append(f"the other partner waited {self.late:.2f} s; {len(self.neighbour.dropped)} orders without a receipt")
        self.seconds = time.monotonic() - began
        place.close()
        return self

    def _as_partner(self, work, root=False, seconds=30):
        """Runs `work` in a process of the partner's user, in its drop directory; a text where it did not end well."""
        child = os.fork()
        if child == 0:
            code = 1
            try:
                os.chdir(self.place.drop("acme"))
                os.umask(0o007)
                if not root:
                    os.setgroups([])
                    os.setgid(world.IDS["acme"])
                    os.setuid(world.IDS["acme"])
                work()
                code = 0
            except BaseException as problem:  # nothing of the parent may run in the child
                os.write(2, f"{problem!r}\n".encode())
            finally:
                os._exit(code)
        ended = []
        if not world.wait(lambda: ended or ended.append(os.waitpid(child, os.WNOHANG)) or (ended[-1][0] or ended.clear()), seconds):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "the partner's process hangs"
        return None if ended[0][1] == 0 else f"the partner's process ended with {ended[0][1]}"

    def _receipts(self):
        found = {}
        folder = f"{world.SPOOL}/partners/acme/receipts/orders"
        for name in os.listdir(folder):
            if not name.startswith("."):
                try:
                    with open(f"{folder}/{name}") as file:
                        receipt = json.load(file)
                except FileNotFoundError:
                    continue
                key = base64.b64decode(receipt["fileBase64"]) if "fileBase64" in receipt else receipt["file"].encode()
                if key not in found or found[key]["receivedAt"] < receipt["receivedAt"]:
                    found[key] = receipt
        return found

    def _trials(self):
        """All at once: none waits for what becomes of another."""
        looker = threading.Thread(target=self._look, daemon=True)
        self.made = threading.Event()
        looker.start()
        for trial in self.trials:
            trial.began = time.monotonic()
            trial.problem = self._as_partner(lambda: trial.make(trial.name), trial.root)
        self.made.set()
        looker.join()
        receipts = self._receipts()
        for trial in self.trials:
            receipt = receipts.get(trial.name)
            faults = [fault for fault in (receipt or {}).get("errors", [])] + [fault for one in (receipt or {}).get("orders", []) for fault in one["errors"]]
            trial.told = "none" if receipt is None else receipt["verdict"] if not faults else ", ".join(fault["code"] for fault in faults)
            trial.message = faults[0]["message"] if faults else ""
            if not trial.problem and (receipt is not None or trial.expected) and trial.told not in trial.expected:
                trial.problem = f"told {trial.told}, expected {' or '.join(trial.expected) or 'none'}"
            if trial.content and receipt and receipt["sha256"] != hashlib.sha256(trial.content).hexdigest():
                trial.problem = "other bytes were judged"
            if trial.problem and not trial.known:
                self.problems.append(f"{trial.what}: {trial.problem}")

    def _look(self):
        """Takes the time to each trial's receipt."""
        waiting, end = {trial.name: trial for trial in self.trials}, None
        while end is None or time.monotonic() < end and any(trial.expected and not trial.known for trial in waiting.values()):
            for name in self._receipts().keys() & waiting.keys():
                trial = waiting.pop(name)
                trial.seconds = time.monotonic() - trial.began
            if self.made.is_set() and end is None:
                end = time.monotonic() + DEADLINE + 15
            time.sleep(0.05)

    def _naughty(self):
        """All strings at once; each file gets a receipt, accepted or with a code."""
        files = list(hostile.naughty(self.strings))

        def drop():
            for _, name, content in files:
                hostile.put(name.encode(), content)

        problem = self._as_partner(drop, seconds=60)
        if problem:
            self.problems.append("fields: " + problem)
        names = {name.encode() for _, name, _ in files}
        world.wait(lambda: names <= set(self._receipts()), 60, step=0.3)
        receipts = self._receipts()
        self.naughty, self.refused = len(files), {}
        for what, name, _ in files:
            receipt = receipts.get(name.encode())
            if receipt is None:
                self.problems.append(f"{what}: no receipt")
                continue
            codes = [fault["code"] for one in receipt["orders"] for fault in one["errors"]] + [fault["code"] for fault in receipt["errors"]]
            for code in codes[:1] or ["accepted"]:
                self.refused[code] = self.refused.get(code, 0) + 1
            if "\0" in json.dumps(receipt, ensure_ascii=False) or receipt["verdict"] not in ("accepted", "rejected"):
                self.problems.append(f"{what}: {receipt['verdict']}")

    def _left(self):
        """Only temporary names stay."""
        known = {os.fsdecode(trial.name) for trial in self.trials if trial.known or trial.stays}
        stays = lambda: [name for name in self.place.left("acme") if not name.startswith(".") and name not in known]  # noqa: E731
        world.wait(lambda: not stays(), DEADLINE + 5)
        self.problems += [f"left behind: {name!r}" for name in stays()]

    def _outside(self, before, after):
        self.problems += [f"changed outside: {path!r}" for path in sorted({os.fsencode(one) for one in set(before) | set(after) if before.get(one) != after.get(one)
                                                                          or (one in before) != (one in after)})]
        # What was told to the partner holds nothing that it could not read itself.
        for folder, _, files in os.walk(f"{world.SPOOL}/partners/acme"):
            for name in files:
                path = os.path.join(folder, name)
                if stat.S_ISREG(os.lstat(path).st_mode):
                    with open(path, "rb") as file:
                        if b"SECRET" in file.read():
                            self.problems.append(f"told to the partner: {path}")
        names = {name for name in os.listdir(self.place.drop("bolt")) if name != ".mine"}
        if names:
            self.problems.append(f"in the other partner's directory: {sorted(names)}")

    def _kept(self):
        """What is kept of what was taken has the content that was hashed."""
        for folder, _, files in os.walk(f"{world.SPOOL}/done"):
            for name in files:
                with open(os.path.join(folder, name), "rb") as file:
                    if b"EVIL" in file.read():
                        self.problems.append(f"changed after it was taken: {os.path.join(folder, name)}")

    def summary(self):
        """Problems, a line each, and a last line with the sums."""
        delays = sorted(self.neighbour.delays) or [0]
        lines = [f"  {problem}" for problem in self.problems]
        lines.append(f"{len(self.trials)} things and {self.naughty} orders with strange fields, {len(delays)} orders of another partner: "
                     f"median {delays[len(delays) // 2] * 1000:.0f} ms, longest {delays[-1] * 1000:.0f} ms; {len(self.problems)} failures, "
                     f"{sum(bool(trial.problem and trial.known) for trial in self.trials)} known faults, "
                     f"{self.seconds:.0f} s on {self.file_system}")
        return "\n".join(lines)

    def page(self):
        """The page, in Markdown."""
        delays = sorted(self.neighbour.delays) or [0]
        lines = [
            "# Hostile files", "",
            "<!-- Written by Tests/faults/hostile-files.py --write. Run it again rather than edit it. -->", "",
            "A partner, a Unix user of its own, puts into its drop directory whatever is no honest order; orderd runs as its own user, with CAP_LEASE as its only "
            "capability, in a spool with the owners and modes of an installed one. Another partner drops a good order ten times a second. "
            f"`intake.settle` was {SETTLE:g} s, `intake.resumeDeadline` {DEADLINE} s, `intake.maxFileSize` 1 MB, the file system {self.file_system}. "
            f"Run on {datetime.date.today()} with orderd {self.orderd}: **{len(self.problems)} failures**.", "",
            f"The other partner's {len(delays)} orders had their receipts after {delays[len(delays) // 2] * 1000:.0f} ms (median), {delays[-1] * 1000:.0f} ms at the longest; "
            f"allowed are {self.options.bound:g} s. Nothing outside the spool changed, nothing of another was told, nothing was left but temporary names, `orderd check` found nothing"
            f"{'' if not self.problems else ', but for what is listed below'}.", "",
            "| dropped | receipt says | seconds to it |", "|---|---|---|",
        ]
        for trial in self.trials:
            told = f"`{trial.told}`" if trial.told != "none" else f"none: {trial.known or trial.note}"
            lines.append(f"| {trial.what} | {told}{' **(known fault)**' if trial.problem and trial.known else ' **failed**' if trial.problem else ''} | {f'{trial.seconds:.1f}' if trial.seconds else ''} |")
        lines += ["", f"{self.naughty} orders bore strange texts (paths upwards, NUL and other control characters, shell, SQL, HTML, format strings, bidirectional marks, "
                  f"texts too long) in {', '.join(f'`{field}`' for field in hostile.FIELDS)}, and all of them in `notes`. What their receipts say: "
                  + ", ".join(f"`{code}` {count}" for code, count in sorted(self.refused.items())) + "."]
        private = next(trial for trial in self.trials if trial.name == b"private.json")
        lines += ["", f"A file that orderd may not read is told so: \"{private.message}\"."]
        if self.problems:
            lines += ["", "What did not hold:", ""] + [f"- {problem.splitlines()[0]}" for problem in self.problems]
        return "\n".join(lines) + "\n"
