"""What a partner can do to others by sheer amount: fill the disk, and drop more than anybody asked for."""
import os, struct, threading, time

from . import machine
from .machine import order, wait
from .raw_sftp import CLOSE, CREATE, EXTENDED, FOR_WRITING, HANDLE, OPEN, STATUS, TRUNCATE, WRITE, Gone, Refused, attributes, text


def drop(session, name, content):
    session.write(f"/orders/.{name}.part", content)
    session.rename(f"/orders/.{name}.part", f"/orders/{name}")


def drop_many(place, partner, count, seconds, stop=None):
    """Drops small orders, spread over a time, over one session: several requests on their way at once. How many, and in how many seconds."""
    done = 0
    began = time.monotonic()
    with place.login(partner) as session:
        while done < count and not (stop and stop.is_set()):
            names = range(done, min(done + 50, count))
            for number in names:
                session.send(OPEN, text(f"/orders/.m{number}.part"), struct.pack(">I", FOR_WRITING | CREATE | TRUNCATE), attributes())
            handles = [session.answer()[2][4:] for _ in names]
            for number, handle in zip(names, handles):
                session.send(WRITE, text(handle), struct.pack(">Q", 0), text(order(f"many-{number}")))
                session.send(CLOSE, text(handle))
                session.send(EXTENDED, text("posix-rename@openssh.com"), text(f"/orders/.m{number}.part"), text(f"/orders/m{number}.json"))
            for _ in names:
                for _ in range(3):
                    _, kind, content = session.answer()
                    if kind != STATUS or struct.unpack(">I", content[:4])[0] != 0:
                        raise Refused(struct.unpack(">I", content[:4])[0])
            done += len(names)
            ahead = began + seconds * done / count - time.monotonic()
            if ahead > 0:
                time.sleep(ahead)
    return done, time.monotonic() - began


def flood(trial):
    """10,000 files within a minute, while another partner drops one order after the other."""
    place, problems, waits, sent = trial.place, trial.problems, [], []
    before = len(os.listdir(f"{machine.SPOOL}/partners/acme/receipts/orders"))

    def many():
        try:
            sent.append(drop_many(place, "acme", trial.options.files, trial.options.files / 10_000 * 50))
        except (Refused, Gone) as error:
            problems.append(f"the flood broke off: {error}")

    thread = threading.Thread(target=many)
    thread.start()
    with place.login("bolt") as session:
        while thread.is_alive():
            name = f"beside-{len(waits)}.json"
            began = time.monotonic()
            drop(session, name, order(name))
            if not wait(lambda: place.receipts("bolt", name), 30):
                problems.append(f"beside 10,000 files of another partner, {name} had no receipt within 30 s")
                break
            waits.append(time.monotonic() - began)
    thread.join()
    if not sent:
        return "broke off"
    folder = f"{machine.SPOOL}/partners/acme/receipts/orders"
    if not wait(lambda: len(os.listdir(folder)) - before >= trial.options.files, 120, 0.2):
        problems.append(f"{len(os.listdir(folder)) - before} of {trial.options.files} files have a receipt")
    rejected = sum(one["verdict"] != "accepted" for one in place.receipts("acme", "m"))
    if rejected:
        problems.append(f"{rejected} files of the flood were not accepted")
    if max(waits, default=0) > 5:
        problems.append(f"beside the flood another partner's order waited {max(waits):.1f} s for its receipt")
    return (f"{sent[0][0]:,} files in {sent[0][1]:.0f} s, each with its receipt; meanwhile {len(waits)} orders of another partner had theirs after "
            f"{sorted(waits)[len(waits) // 2] * 1000:.0f} ms in the middle, {max(waits) * 1000:.0f} ms at most")


def limited(trial):
    """The same partner with a limit: what is more waits, and nobody else does."""
    place, problems, waits = trial.place, trial.problems, []
    folder = f"{machine.SPOOL}/partners/cora/receipts/orders"
    place.add("cora", "--rate", "600", "--burst", "50")
    began = time.monotonic()
    count, _ = drop_many(place, "cora", 1000, 0.1)
    with place.login("bolt") as session:
        while time.monotonic() - began < 12:
            name = f"limited-{len(waits)}.json"
            start = time.monotonic()
            drop(session, name, order(name))
            if not wait(lambda: place.receipts("bolt", name), 30):
                problems.append(f"beside a partner at its limit, {name} had no receipt within 30 s")
                break
            waits.append(time.monotonic() - start)
    taken, seconds = len(os.listdir(folder)), time.monotonic() - began
    # A file that fits one commit is taken whole; one second is for what is between the taking and the look.
    if taken > 50 + 10 * (seconds + 1):
        problems.append(f"a partner with 600 orders a minute had {taken} taken in {seconds:.0f} s")
    if taken < 60:
        problems.append(f"a partner with 600 orders a minute had only {taken} taken in {seconds:.0f} s")
    return (f"of {count} files with a limit of 600 a minute and 50 at once, {taken} were taken in {seconds:.0f} s, the rest waits; another partner's "
            f"{len(waits)} orders had their receipts after {max(waits) * 1000:.0f} ms at most")


def fill(trial):
    """One partner fills the disk; what is accepted goes on, and all goes on once there is room."""
    place, problems, words = trial.place, trial.problems, []
    log = os.path.getsize(place.log)
    block, size = b"x" * 262_144, 0
    with place.login("acme") as session:
        handle = session.open("/orders/.big.part", FOR_WRITING | CREATE | TRUNCATE)
        try:
            while size < 8 << 30:
                for part in range(0, len(block), 32768):
                    session.ask(WRITE, text(handle), struct.pack(">Q", size + part), text(block[part:part + 32768]))
                size += len(block)
        except Refused as error:
            words.append(f"after {size >> 20} MiB the server says {error.word}")
        else:
            problems.append("8 GiB did not fill the disk")
        session.shut(handle)
        if not wait(lambda: _told(place, log, "nearly full"), 10):
            problems.append("the daemon does not say that the disk is nearly full: " + place.told()[-300:])
        if place.daemon.poll() is not None:
            problems.append("the daemon ended on a full disk: " + place.told())
        try:
            with place.login("bolt") as other:
                drop(other, "full.json", order("full"))
            words.append("another partner's upload came through and waits" if not place.receipts("bolt", "full.json") else "another partner's upload was taken")
        except Refused as error:
            words.append(f"another partner's upload gets {error.word}, as on any full disk")
        session.remove("/orders/.big.part")
    with place.login("bolt") as other:
        drop(other, "room.json", order("room"))
    for name in ["room.json"] + (["full.json"] if "waits" in words[1] else []):
        if not wait(lambda: place.receipts("bolt", name), 30):
            problems.append(f"with room again, {name} had no receipt within 30 s")
    words.append("orderd pauses intake, says so, and takes all again once there is room")
    return "; ".join(words)


def _told(place, start, what):
    with open(place.log, errors="replace") as file:
        file.seek(start)
        return what in file.read()
