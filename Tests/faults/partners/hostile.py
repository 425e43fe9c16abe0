"""What a hostile partner puts into its drop directory, and what must come of it.

Each trial is run by a process of the partner's own user, with the drop directory as its working directory.
"""
import base64, json, os, socket, stat, time

CAP = 1_000_000  # intake.maxFileSize
SECRET = "/srv/secret"  # readable by orderd, not by any partner: what must not come out


def order(reference, **members):
    """The bytes of an order."""
    return json.dumps({"customerId": "c1", "orderReference": reference, "items": [{"productId": "PEN", "quantity": 2, "price": 1.5}],
                       "totalAmount": 3, **members}).encode()


def put(name, content, mode=0o640, owner=-1):
    """A careful upload: temporary name, then rename."""
    temporary = b".tmp." + base64.b32encode(os.urandom(5)) + b".part"
    with open(temporary, "wb") as file:
        file.write(content)
        os.fchmod(file.fileno(), mode)
        os.fchown(file.fileno(), owner, -1)
    os.rename(temporary, name)


class Trial:
    """`expected` is a set of what its receipt may say: codes of faults, or `accepted`; empty where it must get none (and stay). `known` tells
    why what comes of it is not right yet: it then fails no trial. `content`: what must have been judged."""

    def __init__(self, what, name, expected, make, root=False, note="", known="", content=None, stays=False):
        self.what, self.name, self.expected, self.make, self.root = what, os.fsencode(name), expected, make, root
        self.content = content
        self.stays = stays  # refused where it lies, for it cannot be moved
        self.note, self.known, self.began, self.told, self.seconds, self.problem = note, known, 0, None, None, None


def fifo(name): os.mkfifo(name)
def empty(name): put(name, b"")
def private(name): put(name, order("mode"), 0o600)
def nothing(name): put(name, order("mode 0"), 0)
def large(name): put(name, order("large") + b" " * CAP)
def good(name): put(name, order(name.hex()[:150]))
def device(name): os.mknod(name, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # /dev/zero: read to its end, it never ends
def block(name): os.mknod(name, 0o666 | stat.S_IFBLK, os.makedev(7, 0))


def unix_socket(name):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(name)


def sparse(name):
    put(b".sparse.part", b"")
    os.truncate(b".sparse.part", 1 << 40)
    os.rename(b".sparse.part", name)


def folder(mode, content=()):
    def make(name):
        os.mkdir(name)
        for one in content:
            with open(os.path.join(name, os.fsencode(one)), "wb") as file:
                file.write(b"x")
        os.chmod(name, mode)
    return make


def link(target):
    return lambda name: os.symlink(target, name)


def hard_link(name):
    put(b".kept", order("linked"))
    os.link(b".kept", name)


def foreign(mode):
    return lambda name: put(name, order(f"foreign {mode:o}"), mode, 0)


def held_open(name):
    """Renamed into place while a writer has it open, which writes half a minute's worth of nonsense before it ends properly."""
    descriptor = os.open(b".held.part", os.O_WRONLY | os.O_CREAT, 0o640)
    os.write(descriptor, order("first"))
    os.rename(b".held.part", name)
    time.sleep(2)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, order("last"), 0)
    os.close(descriptor)


def written_later(name):
    """A reader's descriptor is kept over the claim, and opened for writing again, through /proc, once the receipt is there."""
    put(b".later.part", order("honest"))
    descriptor = os.open(b".later.part", os.O_RDONLY)
    os.rename(b".later.part", name)
    end = time.monotonic() + 10
    while not os.path.exists(b"../receipts/orders/" + name + b".receipt.json"):
        if time.monotonic() > end:
            raise TimeoutError("no receipt to wait for")
        time.sleep(0.001)
    for _ in range(20):
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_WRONLY)
        os.pwrite(again, b'{"customerId":"EVIL!"', 0)
        os.close(again)
        time.sleep(0.01)


def opened_inside_the_lease(name):
    """Opens it for writing, over and over, until the name is gone: a lease that breaks sends the daemon SIGIO."""
    put(name, order("lease"))
    end = time.monotonic() + 2
    while time.monotonic() < end:
        try:
            os.close(os.open(name, os.O_WRONLY | os.O_NONBLOCK))
        except BlockingIOError:
            pass  # a lease is held: this is what was wanted
        except FileNotFoundError:
            return


def exchanged(name):
    """A file and a link to a secret change places under the name while it is taken."""
    for i in range(150):
        put(b".file.part", order("exchanged"))
        os.symlink(SECRET, b".link.part")
        os.rename(b".file.part", name)
        os.rename(b".link.part", name)


TRIALS = [
    Trial("FIFO", "fifo.json", {"not-a-file"}, fifo),
    Trial("socket", "socket.json", {"not-a-file"}, unix_socket),
    Trial("character device (/dev/zero)", "device.json", {"not-a-file"}, device, root=True),
    Trial("block device", "block.json", {"not-a-file"}, block, root=True),
    Trial("directory", "directory.json", {"not-a-file"}, folder(0o770)),
    Trial("directory with files", "full.json", {"not-a-file"}, folder(0o770, ["a.json", "b.json"])),
    Trial("directory of mode 700 with files", "closed.json", {"not-a-file"}, folder(0o700, ["a.json"]), stays=True),
    Trial("directory that orderd may not write", "readonly.json", {"not-a-file"}, folder(0o755, ["a.json"]), stays=True),
    Trial("link to /etc/passwd", "passwd.json", {"not-a-file"}, link("/etc/passwd")),
    Trial("link to a secret that orderd may read", "secret.json", {"not-a-file"}, link(SECRET)),
    Trial("link to another partner's file", "other.json", {"not-a-file"}, link("../../bolt/orders/.mine")),
    Trial("link that dangles", "dangling.json", {"not-a-file"}, link("nowhere")),
    Trial("link to itself", "loop.json", {"not-a-file"}, link("loop.json")),
    Trial("file with two names", "hard.json", {"hard-link"}, hard_link),
    Trial("file of mode 600", "private.json", {"unreadable"}, private),
    Trial("file of mode 000", "nothing.json", {"unreadable"}, nothing),
    Trial("file of another owner", "foreign.json", {"accepted"}, foreign(0o640), root=True),
    Trial("file of another owner, mode 600", "foreign-private.json", {"unreadable"}, foreign(0o600), root=True),
    Trial("file over the cap", "large.json", {"file-too-large"}, large),
    Trial("sparse file of 1 TiB", "sparse.json", {"file-too-large"}, sparse),
    Trial("empty file", "empty.json", {"empty"}, empty),
    Trial("name of 255 bytes", "n" * 250 + ".json", {"accepted"}, good),
    Trial("name with a newline", "new\nline.json", {"accepted"}, good),
    Trial("name that is not UTF-8", b"not\xff\xfeutf8.json", {"accepted"}, good),
    Trial("name `-rf.json`", "-rf.json", {"accepted"}, good),
    Trial("name `$(reboot).json`", "$(reboot);`id`|x.json", {"accepted"}, good),
    Trial("name with quotes", "'; DROP TABLE orders;--\".json", {"accepted"}, good),
    Trial("name that turns the writing around", "\u202egnp.json", {"accepted"}, good),
    Trial("name `%2e%2e%2fx.json`", "%2e%2e%2fx.json", {"accepted"}, good),
    Trial("name with an escape sequence", "\x1b]0;x\x07.json", {"accepted"}, good),
    Trial("name `*.json`", "*.json", {"accepted"}, good),
    Trial("name `..json`", "..json", set(), good, note="begins with a dot: a temporary name"),
    Trial("name `.json`", ".json", set(), good, note="begins with a dot: a temporary name"),
    Trial("held open and changed after the rename", "held.json", {"accepted"}, held_open, content=order("last")),
    Trial("written to after it was taken, through /proc", "later.json", {"accepted"}, written_later, content=order("honest")),
    Trial("opened for writing inside the lease", "lease.json", {"accepted"}, opened_inside_the_lease),
    Trial("file and link change places", "exchanged.json", {"not-a-file", "accepted", "duplicate", "already-accepted"}, exchanged),
]

STRINGS = ["../../x", "/etc/passwd", "..", ".", "", " ", "a/b", "a\\b", "..\\..\\x", "\x00", "a\x00b", "\x1b[2J", "\n", "\r\n", "\x7f", "\x85", "\u2028", "\u202e",
           "\ufeff", "\ufffe", "%s%n", "%00", "%2e%2e%2f", "$(touch /tmp/x)", "`id`", "; rm -rf /", "'; DROP TABLE orders;--", "<script>alert(1)</script>", "=1+1",
           "-rf", "--help", "~root", "CON", "NUL.json", "x" * 200, "x" * 201, "\U0010ffff" * 200, "e\u0301", "田中さん", "1e309", "NaN", "{{7*7}}", "${jndi:ldap://x}",
           "\"\\\"", "../" * 60 + "x"]
FIELDS = ("orderReference", "idempotencyKey", "customerId", "productId")


def naughty(strings):
    """Orders that bear each string in each field that becomes a name or a text: (reference for people, file name, bytes)."""
    for i, text in enumerate(strings):
        for field in FIELDS:
            members = {field: text} if field != "productId" else {"items": [{"productId": text, "quantity": 2, "price": 1.5}]}
            yield f"{field} {text!r}", f"naughty-{i}-{field}.json", order(f"naughty-{i}-{field}", **{"notes": text, **members})
