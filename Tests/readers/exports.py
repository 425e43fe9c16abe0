#!/usr/bin/env python3
"""Reads the exports back with DuckDB, by the statements of docs/exports.md, and compares every row and every sum with the ledger's.

The orders are the real ones where the data lies beside the checkout, else those of samples/; with them come orders whose texts are formulas
to a spreadsheet, or hard for CSV. While they come in, the daemon writes exports every second, and each that is read then must be whole.
Exit code 0: all went well; 1: something did not; 77: the machine cannot run it.

    exports.py --orderd .build/release/orderd
    exports.py --orderd ... --few              the 500 orders of samples/
    exports.py --orderd ... --control          one byte of a number is changed before it is read: must fail (exit 1)
"""
import argparse, gzip, hashlib, json, lzma, os, re, shutil, sqlite3, subprocess, sys, tempfile, time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
PYTHON = os.path.join(ROOT, ".build/readers/bin/python")
if not os.environ.get("READERS_PYTHON") and os.path.exists(PYTHON) and os.path.abspath(sys.executable) != os.path.abspath(PYTHON):
    os.environ["READERS_PYTHON"] = "1"
    os.execv(PYTHON, [PYTHON, *sys.argv])
sys.path.insert(0, os.path.join(HERE, "../faults"))
from daemon import Spool, until  # noqa: E402
from machine import Problem  # noqa: E402

DATA = os.path.join(ROOT, "../shared/data/online-retail/orders.ndjson.xz")
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", " =cmd|'/c calc'!A1", "\u00a0=1", "\uff1d1", "'=1", "''-1"]
PLAIN = ["it's", "'tis", "a=1", 'say "hi"', "a,b", "=", "\u2603 snow", "caf\u00e9", "x;y", "\\", "NULL", "null", "N/A", " lead", "trail "]
APOSTROPHE = re.compile("^'+[\\s\u200b\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20\t\r\n]")


def orders(few):
    if os.path.exists(DATA) and not few:
        with lzma.open(DATA, "rt") as file:
            return file.read().splitlines(), "real"
    with open(os.path.join(ROOT, "samples/online-retail-500.ndjson")) as file:
        return file.read().splitlines(), "sample"


def odd():
    """Orders whose texts are hard."""
    for number, text in enumerate(FORMULAS + PLAIN):
        yield json.dumps({
            "customerId": text, "orderReference": "odd-%d %s" % (number, text), "items": [{"productId": text, "quantity": 1, "price": 1.25}],
            "payment": {"method": text[:40] + "\nsecond line", "token": "t"}, "currency": ["GBP", "EUR", "JPY"][number % 3] if number % 3 < 2 else "GBP",
            "totalAmount": 1.25})


def spoil(path):
    """Changes a digit of an amount in a file of orders."""
    with gzip.open(path, "rb") as file:
        content = file.read()
    at = content.rindex(b",GBP,2,") + 8
    content = content[:at] + bytes([48 + (content[at] - 47) % 10]) + content[at + 1:]
    with gzip.open(path, "wb") as file:
        file.write(content)


def plain(text):
    """A cell's text without the apostrophe that makes a formula harmless."""
    return text[1:] if isinstance(text, str) and APOSTROPHE.match(text) else text


class Rig:
    def __init__(self, spool):
        import duckdb
        self.spool, self.problems, self.looks = spool, [], 0
        self.ledger = sqlite3.connect("file:%s?mode=ro" % spool.path("state/ledger.sqlite"), uri=True)
        self.duckdb = duckdb
        with open(os.path.join(ROOT, "docs/exports.md")) as page:
            blocks = re.findall(r"```sql\n(.*?)```", page.read(), re.S)
        self.tables, self.questions = blocks[0], blocks[1]

    def connect(self):
        os.chdir(self.spool.root)
        connection = self.duckdb.connect()
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(self.tables)
        return connection

    def same(self, what, found, expected):
        if found != expected:
            self.problems.append("%s: %s, expected %s" % (what, str(found)[:300], str(expected)[:300]))

    def look(self):
        """While the daemon writes: what is there is whole, and each order's lines add up with it or come with the next pass."""
        connection = self.connect()
        count, = connection.execute("SELECT count(*) FROM orders").fetchone()
        rows = connection.execute("SELECT count(*), count(DISTINCT seq), min(seq), max(seq) FROM events").fetchone()
        self.same("events without gaps", (rows[0], rows[1]), (rows[3] - rows[2] + 1,) * 2)
        self.looks += 1
        return count

    def compare(self):
        connection = self.connect()
        connection.execute(self.questions)
        ledger = self.ledger
        for currency, in ledger.execute("SELECT DISTINCT currency FROM v_orders").fetchall():
            where = "WHERE ended_on IS NOT NULL AND currency = '%s' GROUP BY 1 ORDER BY 1" % currency
            sums = "sum(total_minor), sum(tax_minor), sum(shipping_minor), sum(discount_minor), sum(units), sum(line_count), count(*)"
            self.same("orders in " + currency,
                      connection.execute("SELECT status, %s FROM orders WHERE currency = '%s' GROUP BY 1 ORDER BY 1" % (sums, currency)).fetchall(),
                      ledger.execute("SELECT status, %s FROM v_orders %s" % (sums, where)).fetchall())
            sums = "sum(amount_minor), sum(quantity), count(*)"
            self.same("lines in " + currency,
                      connection.execute("SELECT status, %s FROM lines WHERE currency = '%s' GROUP BY 1 ORDER BY 1" % (sums, currency)).fetchall(),
                      ledger.execute("SELECT status, %s FROM v_lines %s" % (sums, where)).fetchall())
        self.same("the day's totals",
                  connection.execute("SELECT CAST(dt AS VARCHAR), partner, currency, sum(units), sum(total_minor) FROM orders"
                                     " WHERE status = 'COMPLETED' GROUP BY ALL ORDER BY ALL").fetchall(),
                  ledger.execute("SELECT day, partner, currency, units, amount FROM day_totals WHERE completed > 0 ORDER BY 1, 2, 3").fetchall())
        # Decimal text and minor units say the same.
        self.same("decimal text", connection.execute("SELECT count(*) FROM orders WHERE total_amount * CAST(10 ** minor_digits AS INTEGER) != total_minor").fetchone(), (0,))
        counts = {}
        for name, key in (("orders", "seq"), ("lines", "seq, line"), ("events", "seq")):
            columns = [c[0] for c in connection.execute("DESCRIBE %s" % name).fetchall() if c[0] != "dt"]
            times = {c for c in columns if c in ("recorded_at", "accepted_at", "ended_at", "next_attempt_at")}
            shown = ", ".join("strftime(%s, '%%Y-%%m-%%dT%%H:%%M:%%S.%%gZ')" % c if c in times else
                              "CAST(%s AS VARCHAR)" % c if c == "total_amount" else c for c in columns)
            found = connection.execute("SELECT %s FROM %s ORDER BY %s" % (shown, name, key)).fetchall()
            place = columns.index("total_amount") if "total_amount" in columns else None
            found = [tuple(plain(v) if i != place else v.rstrip("0").rstrip(".") for i, v in enumerate(row)) for row in found]
            where = "" if name == "events" else "WHERE ended_on IS NOT NULL"
            expected = ledger.execute("SELECT %s FROM v_%s %s ORDER BY %s" % (", ".join(columns), name, where, key)).fetchall()
            expected = [tuple(v if i != place else v.rstrip("0").rstrip(".") if "." in v else v for i, v in enumerate(row)) for row in expected]
            counts[name] = len(found)
            self.same("rows of " + name, len(found), len(expected))
            for one, other in zip(found, expected):
                if one != other:
                    self.same("a row of " + name, one, other)
                    break
        return counts

    def cells_are_harmless(self):
        """No cell of a text column begins as a formula does, by Python's own CSV reader."""
        import csv, io
        seen = 0
        for path in self.files():
            with gzip.open(path, "rt", newline="", encoding="utf-8") as file:
                text = file.read()
            for row in csv.reader(io.StringIO(text, newline=""), strict=True):
                for cell in row:
                    seen += cell.startswith("'")
                    if re.match("[\\s\u200b\ufeff]*[=+@\t\r\uff1d]", cell) or re.match("\\s*-(?![0-9]+$)", cell):
                        self.problems.append("%s: %r" % (path, cell))
        if seen < len(FORMULAS):
            self.problems.append("only %d formulas were met" % seen)

    def files(self):
        found = []
        for folder, _, names in sorted(os.walk(self.spool.path("reports/exports"))):
            found += [os.path.join(folder, name) for name in names if name.endswith(".csv.gz")]
        return found

    def digests(self):
        return {path: hashlib.sha256(open(path, "rb").read()).hexdigest() for path in self.files()}


def options(description):
    """What the rigs that read exports take."""
    p = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--orderd", help="the program")
    p.add_argument("--few", action="store_true", help="the 500 orders of samples/")
    p.add_argument("--control", action="store_true", help="a changed number must be noticed")
    p.add_argument("--probe", action="store_true", help="only say (77) why this machine cannot, or 0")
    return p


def main():
    p = options(__doc__)
    a = p.parse_args()
    try:
        import duckdb  # noqa: F401
    except ImportError:
        print("needs DuckDB in %s (make test-readers puts it there)" % PYTHON, file=sys.stderr)
        return 77
    if a.probe:
        return 0
    if not a.orderd:
        p.error("--orderd is needed")
    place, spool = tempfile.mkdtemp(prefix="orderd-exports-"), None
    home = os.getcwd()
    try:
        texts, kind = orders(a.few)
        spool = Spool(os.path.abspath(a.orderd), place + "/spool", {"export.interval": "1s", "validate.maxAmount": "100000000.00"}).create()
        spool.start()
        rig = Rig(spool)
        spool.drop("odd.ndjson", "\n".join(odd()) + "\n")
        until(lambda: len(rig.files()) == 3, 60, "the daemon wrote no exports")
        size = max(1, len(texts) // 12)
        files = [texts[i:i + size] for i in range(0, len(texts), size)]
        for number, lines in enumerate(files):
            spool.drop("orders-%d.ndjson" % number, "\n".join(lines) + "\n")
            rig.look()
        until(lambda: len(spool.receipts()) == len(files) + 1, 300, "not all files were taken")
        until(lambda: rig.ledger.execute("SELECT count(*) FROM v_queue WHERE waits_for = 'turn'").fetchone() == (0,), 120, "orders move on")
        ended = rig.ledger.execute("SELECT count(*) FROM v_orders WHERE ended_on IS NOT NULL").fetchone()[0]
        # It leaves twenty times as long between two passes as one takes: with many orders the verb does the rest.
        if kind == "sample":
            until(lambda: rig.look() == ended, 300, "the daemon does not bring the exports up to date")
        if spool.stop() != 0:
            rig.problems.append("the daemon did not stop cleanly")
        said = spool.must("export")
        before = rig.digests()
        shutil.rmtree(spool.path("reports/exports/orders"))
        began = time.monotonic()
        spool.must("export")
        took = time.monotonic() - began
        rig.same("exports made again", rig.digests(), before)
        if a.control:
            spoil(next(p for p in rig.files() if "/orders/" in p))
        counts = rig.compare()
        rig.cells_are_harmless()
        if found := spool.check():
            rig.problems.append("orderd check: " + found)
        total = rig.ledger.execute("SELECT sum(total_minor) FROM v_orders WHERE status = 'COMPLETED' AND currency = 'GBP'").fetchone()[0]
    except Problem as problem:
        print("problem: %s" % problem)
        return 1
    finally:
        os.chdir(home)
        if spool:
            spool.kill()
        shutil.rmtree(place, ignore_errors=True)
    for problem in rig.problems[:20]:
        print("problem: " + problem)
    print("%s orders: %s; %d.%02d GBP completed; %d looks while it was written; %s; %.1f s to make all again; %d problems" % (
        kind, ", ".join("%d %s" % (n, k) for k, n in counts.items()), total // 100, total % 100, rig.looks, said.strip(), took, len(rig.problems)))
    return 1 if rig.problems else 0


if __name__ == "__main__":
    sys.exit(main())
