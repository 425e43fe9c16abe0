"""Two partners, everything that one could try, before and after a restart of the daemon; then their coming and going."""
import os, pwd, shutil, subprocess, time

from . import attempts, loads, machine
from .machine import SPOOL, Machine, order, snapshot, wait
from .raw_sftp import Gone, Refused

LOOSE = {
    "status": lambda: os.chmod(f"{SPOOL}/partners/acme/status", 0o2770),
    "receipts": lambda: os.chmod(f"{SPOOL}/partners/acme/receipts/orders", 0o2777),
    "orders": lambda: shutil.chown(f"{SPOOL}/partners/acme/orders", "acme"),
    "chroot": lambda: subprocess.run(["sed", "-i", "/ChrootDirectory/d", "/etc/ssh/sshd_config.d/orderd.conf"], check=True),
}


class Trial:
    """After `run`: `rows` ((where, what) to the words of each time), `facts` (title to what was seen), `problems`."""

    def __init__(self, options):
        self.options, self.problems, self.rows, self.facts = options, [], {}, {}

    def run(self):
        settings = ["intake.rescan=1s", "intake.diskReserve=64MiB", "fulfil.warehouse=bolt", "spool.directory=" + SPOOL]
        self.place = place = Machine(os.path.abspath(self.options.orderd), settings)
        self.orderd, self.file_system = place.verb("--version").strip(), place.file_system
        try:
            place.add("acme")
            place.add("bolt", "--role", "warehouse")
            self._drop_and_read("first")
            if self.options.control:
                self._loosen(self.options.control)
            self._attempts("before")
            if not self.options.control:
                self._restart()
                self._drop_and_read("second")
                self._attempts("after")
                self._without_chroot()
                self._made_again()
                self._reader()
                self._by_hand()
                self._kept_from_orderd()
                if not self.options.short:
                    self.facts["10,000 files a minute"] = loads.flood(self)
                    self.facts["a limit"] = loads.limited(self)
                    self.facts["a full disk"] = loads.fill(self)
                self._comings_and_goings()
                if not wait(lambda: self._quiet(), 60, 0.5):
                    self.problems.append("orders are left in work: " + place.verb("queue"))
        finally:
            code = place.stop()
        if code != 0:
            self.problems.append(f"the daemon ended with {code}: {place.told()}")
        if not self.options.control:
            found = place.check()
            if found:
                self.problems.append("orderd check: " + found)
            with open(place.log, errors="replace") as file:
                self.problems += ["the daemon's log: " + line.strip() for line in file if " error " in line or " critical " in line][:5]
        place.server.terminate()
        return self

    # --- Parts -------------------------------------------------------------------------------------------------------------------------

    def _drop_and_read(self, word):
        """Each drops an order and reads what came of it, with its own rights."""
        for partner in ("acme", "bolt"):
            name = f"{word}.json"
            with self.place.login(partner) as session:
                loads.drop(session, name, order(f"{partner}-{word}"))
                if not wait(lambda: any(name in one for one in session.list("/receipts/orders")), 30):
                    raise machine.CannotRun(f"{partner} sees no receipt: " + self.place.told())
                receipt = next(one for one in session.list("/receipts/orders") if one.startswith(name))
                if b'"accepted"' not in session.read("/receipts/orders/" + receipt):
                    self.problems.append(f"{partner}'s order is not accepted")
                if not wait(lambda: len(session.list("/status")) > 0, 30) or not session.read("/status/" + session.list("/status")[0]):
                    self.problems.append(f"{partner} cannot read a status file")
        if not wait(lambda: self._quiet(), 30):
            self.problems.append("orders are not done: " + self.place.verb("queue"))
        with self.place.login("bolt") as session:
            if not any(b"PEN" in session.read("/pick/" + one) for one in session.list("/pick")):
                self.problems.append("the warehouse reads no pick request")
        # Nothing writes answers yet: one as the daemon would.
        for partner in ("acme", "bolt"):
            path = f"{SPOOL}/partners/{partner}/answers/{word}.json"
            subprocess.run(["setpriv", "--reuid=orderd", "--regid=orderd", "--init-groups", "sh", "-c", f"umask 027; echo '{{}}' > {path}"], check=True)

    def _quiet(self):
        queue = SPOOL + "/queue"
        return not any(name for step in os.listdir(queue) if step[0].isdigit() for name in os.listdir(f"{queue}/{step}"))

    def _restart(self):
        code = self.place.stop()
        if code != 0:
            self.problems.append(f"the daemon ended with {code}")
        self.place.start()

    def _loosen(self, what):
        LOOSE[what]()
        if what == "chroot":
            self.place.reload_server()

    def _attempts(self, time_):
        for partner, other in (("acme", "bolt"), ("bolt", "acme")):
            account = pwd.getpwnam(partner)
            names = {path: sorted(os.listdir(f"{SPOOL}/partners/{partner}/{path}"))[:1] for path in attempts.READS}
            theirs = sorted(os.listdir(f"{SPOOL}/partners/{other}/receipts/orders"))[0]
            session = None
            for one in attempts.all_of({path: name[0] if name else None for path, name in names.items()}, theirs, other):
                if session is None:
                    session = self.place.login(partner)
                    session.ids = (account.pw_uid, account.pw_gid)
                before = self._snapshot()
                told = attempts.word(session, one.act)
                if told.startswith("disconnected"):
                    session.close()
                    session = None
                after = self._snapshot()
                changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
                self._judge(partner, time_, one, told, changed)
            if session:
                session.close()

    def _snapshot(self):
        found = snapshot(SPOOL + "/partners", "/etc/orderd")
        # The daemon's own work goes on: what it publishes is not the partner's doing. Nothing is dropped meanwhile, so there is none.
        return found

    def _judge(self, partner, time_, one, told, changed):
        words = self.rows.setdefault((one.where, one.what), {})
        words[(partner, time_)] = told
        title = f"{partner}, {time_} the restart, {one.where}: {one.what}"
        if changed:
            self.problems.append(f"{title}: changed {', '.join(path.removeprefix(SPOOL) for path in changed[:3])}")
        works = told.startswith(attempts.MUST)
        if one.must == attempts.MUST and not works:
            self.problems.append(f"{title}: {told}, but it must work")
        if one.must == attempts.MAY_NOT and works:
            self.problems.append(f"{title}: it worked")

    def _without_chroot(self):
        """The chroot taken away: owners and modes alone must keep what is another partner's."""
        self._loosen("chroot")
        words = {}
        theirs = sorted(os.listdir(f"{SPOOL}/partners/bolt/receipts/orders"))[0]
        path = f"{SPOOL}/partners"
        with self.place.login("acme") as session:
            account = pwd.getpwnam("acme")
            session.ids = (account.pw_uid, account.pw_gid)
            for one in attempts.on_others("bolt", theirs, {"its path": path + "/bolt"}, path + "/acme/orders"):
                before = self._snapshot()
                told = attempts.word(session, one.act)
                words[told] = words.get(told, 0) + 1
                if told.startswith(attempts.MUST) or self._snapshot() != before:
                    self.problems.append(f"without its chroot acme, towards bolt: {one.what}: {told}")
        shutil.copy(machine.REPOSITORY + "/etc/ssh/sshd_config.d/orderd.conf", "/etc/ssh/sshd_config.d/orderd.conf")
        self.place.reload_server()
        self.facts["all that the table has towards another partner, with the chroot taken away"] = "; ".join(f"{count} times {told}" for told, count in words.items())

    def _made_again(self):
        """A directory of receipts that went missing: the daemon makes it again, and not as root."""
        path = f"{SPOOL}/partners/acme/receipts/stock"
        os.rmdir(path)
        subprocess.run(self.place.as_orderd("partner", "enable", "acme", "--spool", SPOOL), check=True, capture_output=True, cwd="/",
                       env={"PATH": "/usr/bin:/bin"})
        status = os.stat(path)
        if (status.st_mode & 0o7777, status.st_gid) != (0o2750, pwd.getpwnam("acme").pw_gid):
            self.problems.append(f"receipts/stock/ made again is {status.st_mode & 0o7777:o} of group {status.st_gid}")
        self.facts["a directory of receipts that went missing"] = "the daemon made it again, as readable for its partner as before"

    def _reader(self):
        self.place.add("rita", "--role", "reader")
        with self.place.login("rita") as session:
            try:
                session.write("/orders/a.json", b"{}")
                self.problems.append("a reader can drop files")
            except Refused as error:
                word = error.word
            session.list("/status")
        self.facts["a partner of the role reader drops an order"] = f"{word}; it can list and read"

    def _kept_from_orderd(self):
        """A partner takes its own file's rights, or gives it a second name, before it is taken."""
        account = pwd.getpwnam("acme")
        ways = {
            "mode 600": lambda s, file: s.set(file, mode=0o600),
            "its own group": lambda s, file: s.set(file, owner=(account.pw_uid, account.pw_gid)),
            "a second name": lambda s, file: s.hard_link(file, "/orders/.second"),
        }
        words = []
        with self.place.login("acme") as session:
            for number, (way, act) in enumerate(ways.items()):
                name = f"kept-{number}.json"
                session.write("/orders/.kept", order(name))
                act(session, "/orders/.kept")
                session.rename("/orders/.kept", "/orders/" + name)
                if not wait(lambda: self.place.receipts("acme", name), 30):
                    self.problems.append(f"a file with {way} gets no receipt")
                    continue
                receipt = self.place.receipts("acme", name)[0]
                words.append(f"{way}: {receipt['verdict']}, {', '.join(one['code'] for one in receipt['errors']) or receipt['completeness']}")
        self.facts["a file that its partner keeps from orderd"] = "; ".join(words)

    def _by_hand(self):
        """What --tree-only leaves to do, done as it says."""
        told = self.place.add("hand", "--tree-only")
        lines = [line.strip() for line in told.splitlines() if line.startswith("  ")]
        for line in lines:
            machine.run("sh", "-ec", line)
        with self.place.login("hand") as session:
            loads.drop(session, "hand.json", order("hand"))
            if not wait(lambda: any("hand.json" in one for one in session.list("/receipts/orders")), 30):
                self.problems.append("a partner made by the commands of --tree-only sees no receipt")
        code, _, told = self.place.result("partner", "add", "hand")
        if code:
            self.problems.append(f"a partner made by hand is not known again: {told}")
        self.facts["a partner made with --tree-only and the commands that it prints"] = f"{len(lines)} commands; it logs in, drops and reads its receipt"

    def _comings_and_goings(self):
        place = self.place
        with place.login("acme") as session:
            session.list("/")
            place.verb("partner", "disable", "acme")
            try:
                session.list("/")
                self.problems.append("an open session of a disabled partner goes on")
            except Gone:
                pass
        self.facts["a disabled partner"] = "its open session ended; a login gives: " + self._refused("acme", "disabled")
        place.verb("partner", "enable", "acme")
        self._works("acme", "enabled again")
        self.facts["a partner enabled again"] = "logs in and lists"
        with place.login("acme") as session:
            loads.drop(session, "held.json", order("held").replace(b"1.5}", b"0}").replace(b"1.5,", b"0,").replace(b": 1.5", b": 0"))
        if not wait(lambda: os.listdir(SPOOL + "/queue/hold"), 30):
            self.problems.append("an order of price zero is not held")
        held = [name.removesuffix(".json") for name in os.listdir(SPOOL + "/queue/hold") if name.count(".") == 1]
        place.verb("partner", "remove", "acme")
        words = [f"a login gives: {self._refused('acme', 'removed')}"]
        code, _, told = place.result("partner", "remove", "acme", "--purge-data")
        if code != 1:
            self.problems.append(f"data of a partner with an order in work was purged: {code} {told}")
        place.verb("release", *held, "--reason", "trial")
        if not wait(lambda: '"COMPLETED"' in place.verb("status", held[0], "--json"), 30):
            self.problems.append("an order of a removed partner does not run on")
        words.append("its order in hold/, once released, was completed")
        code, _, told = place.result("partner", "add", "acme", "--key", place.make_key("other") + ".pub")
        if code != 1 or "reserved" not in told:
            self.problems.append(f"a removed partner's name was given again: {code} {told}")
        code, _, told = place.result("partner", "add", "dora", "--key", place.make_key("acme") + ".pub")
        if code != 1 or "acme's" not in told:
            self.problems.append(f"a removed partner's key was given to another: {code} {told}")
        words.append("neither its name nor its key can be given again")
        place.verb("partner", "remove", "acme", "--purge-data")
        if os.path.exists(SPOOL + "/partners/acme"):
            self.problems.append("purged data is there")
        words.append("with --purge-data its directories are gone")
        self.facts["a removed partner"] = "; ".join(words)
        code, _, told = place.result("partner", "add", "mail", "--key", place.make_key("other") + ".pub")
        if code != 1 or os.path.exists(SPOOL + "/partners/mail"):
            self.problems.append(f"a partner got an account of the system: {code} {told}")
        self.facts["a partner named as an account of the system"] = "refused: " + told.removeprefix("orderd: ")

    def _refused(self, partner, state):
        try:
            self.place.login(partner).close()
            self.problems.append(f"a {state} partner can log in")
            return "a session"
        except Gone as error:
            return str(error).split(": ")[-1].rstrip(".")

    def _works(self, partner, state):
        try:
            with self.place.login(partner) as session:
                session.list("/")
        except (Gone, Refused) as error:
            self.problems.append(f"a partner {state} cannot log in: {error}")
