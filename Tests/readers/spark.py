#!/usr/bin/env python3
"""Reads the exports back with Spark, by the statements of docs/exports.md for Spark and for Athena, and compares every row with the ledger's.

Athena itself runs nowhere else. Its statements are run in Spark with Hive's OpenCSVSerde, which Trino, on which Athena is built, follows bug for bug;
three things that Spark lacks are made up for: the function from_iso8601_timestamp, the function TRY, and leaving out the header. The orders are those of
exports.py, on four days. Exit code 0: all went well; 1: something did not; 77: the machine cannot run it.

    spark.py --orderd .build/release/orderd
    spark.py --orderd ... --few              the 500 orders of samples/
    spark.py --orderd ... --control          one byte of a number is changed before it is read: must fail (exit 1)
"""
import datetime, decimal, json, os, re, shutil, sqlite3, subprocess, sys, tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../faults"))
import exports  # noqa: E402
from machine import Problem  # noqa: E402

QUOTES = ['"', '""', 'a"', '"a', '\\"', '","', 'a,"b"', ' "a" ', "\\N", "\\\\"]
# What a line of its own would be in a table of texts: something that is no number, and orders that nobody has sent.
FORGED = ["x\nfoo,bar", "x\n1,a,b,c,d,COMPLETED,,,GBP,2,9,999,", "x\r\n2,a,b,c,d,COMPLETED,,,GBP,2,9,999,", 'x\n3,,,,,COMPLETED,,,GBP,2,9,9,,,,,,,,,,"']
TIMES = ("recorded_at", "accepted_at", "ended_at", "next_attempt_at")


def odd():
    """The hard texts of exports.py, and those that are hard for these two."""
    for line in exports.odd():
        yield line
    for number, text in enumerate(QUOTES + FORGED):
        order = {"customerId": "c", "orderReference": "more-%d" % number, "items": [{"productId": "P", "quantity": 1, "price": 2.5}], "currency": "GBP",
                 "payment": {"method": text, "token": "t"}, "totalAmount": 2.5}
        if text in QUOTES:
            order |= {"customerId": text, "country": text, "items": [{"productId": text, "quantity": 1, "price": 2.5}]}
        yield json.dumps(order)


class Rig:
    def __init__(self, spool, scratch):
        from pyspark.sql import SparkSession
        self.spool, self.problems = spool, []
        self.ledger = sqlite3.connect("file:%s?mode=ro" % os.path.join(spool, "state/ledger.sqlite"), uri=True)
        with open(os.path.join(exports.ROOT, "docs/exports.md")) as page:
            self.blocks = {engine: text for engine, text in re.findall(r"```sql\n-- (\w+)\n(.*?)```", page.read(), re.S)}
        self.spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
                      .config("spark.sql.session.timeZone", "UTC")
                      .config("spark.sql.warehouse.dir", scratch + "/tables").config("spark.driver.host", "127.0.0.1")
                      .config("spark.hadoop.javax.jdo.option.ConnectionURL", "jdbc:derby:memory:metastore;create=true")
                      .enableHiveSupport().getOrCreate())
        self.spark.sparkContext.setLogLevel("FATAL")

    def same(self, what, found, expected):
        if found != expected:
            self.problems.append("%s: %s, expected %s" % (what, str(found)[:300], str(expected)[:300]))

    def statements(self, engine, path):
        """The page's own, but for where the files are."""
        text = self.blocks[engine]
        if path not in text:
            raise Problem("the statements for %s are not about %s" % (engine, path))
        text = text.replace(path, "file://" + os.path.join(self.spool, "reports/exports/"))
        self.spark.sql("CREATE DATABASE %s" % engine)
        self.spark.sql("USE %s" % engine)
        return [part for part in re.split(r";\n", text) if part.strip()]

    def tables_of_spark(self):
        for statement in self.statements("spark", "file:///var/spool/orderd/reports/exports/"):
            self.spark.sql(statement)

    def tables_of_athena(self):
        statements = self.statements("athena", "s3://BUCKET/exports/")
        self.spark.sql("CREATE FUNCTION from_iso8601_timestamp(x STRING) RETURNS TIMESTAMP RETURN try_cast(x AS TIMESTAMP)")
        self.spark.sql("CREATE FUNCTION `try`(x TIMESTAMP) RETURNS TIMESTAMP RETURN x")
        for statement in statements:
            self.spark.sql(statement)
            if name := re.match(r"MSCK REPAIR TABLE (\w+)", statement):
                self.spark.sql("ALTER TABLE %s RENAME TO raw_%s" % (name[1], name[1]))
                self.spark.sql("CREATE VIEW %s AS SELECT * FROM raw_%s WHERE seq IS NULL OR seq <> 'seq'" % (name[1], name[1]))

    def sums(self, engine):
        """As people ask: over each day and currency, to the cent."""
        found = self.spark.sql("SELECT CAST(dt AS STRING), currency, status, count(*), sum(total_minor), sum(total_amount), sum(units) FROM orders"
                               " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3").collect()
        expected = self.ledger.execute("SELECT ended_on, currency, status, count(*), sum(total_minor), sum(units) FROM v_orders WHERE ended_on IS NOT NULL"
                                       " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3").fetchall()
        self.same(engine + ": sums of orders", [(*row[:5], row[6]) for row in found], expected)
        self.same(engine + ": decimal sums", [round(row[5] * 100) for row in found], [row[4] for row in expected])
        found = self.spark.sql("SELECT currency, count(*), sum(amount_minor), sum(quantity) FROM lines GROUP BY 1 ORDER BY 1").collect()
        expected = self.ledger.execute("SELECT currency, count(*), sum(amount_minor), sum(quantity) FROM v_lines"
                                       " WHERE ended_on IS NOT NULL GROUP BY 1 ORDER BY 1")
        self.same(engine + ": sums of lines", [tuple(row) for row in found], expected.fetchall())

    def rows(self, engine):
        counts = {}
        for name, key in (("orders", "seq"), ("lines", "seq, line"), ("events", "seq")):
            columns = [field.name for field in self.spark.table(name).schema.fields if field.name != "dt"]
            shown = ", ".join("date_format(%s, \"yyyy-MM-dd'T'HH:mm:ss.SSS'Z'\") AS %s" % (c, c) if c in TIMES else c for c in columns)
            found = self.spark.sql("SELECT %s FROM %s ORDER BY %s" % (shown, name, key)).collect()
            where = "" if name == "events" else "WHERE ended_on IS NOT NULL"
            expected = self.ledger.execute("SELECT %s FROM v_%s %s ORDER BY %s" % (", ".join(columns), name, where, key)).fetchall()
            counts[name] = len(found)
            self.same("%s: rows of %s" % (engine, name), len(found), len(expected))
            wrong = 0
            for one, other in zip(found, expected):
                broken = engine == "athena" and name == "orders" and re.search("[\r\n]", other[columns.index("payment_method")] or "")
                # A text that is not there and one that is empty are the same to both. Spark makes LF of CR LF within a cell; to Athena the end of a
                # row that holds a line end is lost.
                one = tuple(self.value(c, exports.plain(v)) for c, v in zip(columns, one))
                other = tuple(None if broken and c in ("payment_method", "accepted_at", "ended_at") else self.value(c, v) for c, v in zip(columns, other))
                if one != other and (wrong := wrong + 1) <= 5:
                    self.same("%s: a row of %s" % (engine, name), [p for p in zip(columns, one, other) if p[1] != p[2]], [])
        return counts

    @staticmethod
    def value(column, value):
        if column == "total_amount":
            return decimal.Decimal(value).normalize()
        return (value.replace("\r\n", "\n") or None) if isinstance(value, str) else value


def spool_of(orderd, place, few):
    """Four days, one of them with the hard orders."""
    texts, kind = exports.orders(few)
    spool, size = place + "/spool", len(texts) // 4 + 1
    today = datetime.date.today()
    for number, back in enumerate((5, 4, 2, 1)):
        def call(*words):
            done = subprocess.run(["faketime", "-f", "@%s 09:00:00" % (today - datetime.timedelta(days=back)), orderd, *words], capture_output=True, text=True)
            if done.returncode:
                raise Problem("orderd %s gave %d: %s" % (" ".join(words), done.returncode, done.stderr))
        if number == 0:
            call("init", spool)
            call("partner", "add", "acme", "--spool", spool)
        drop = spool + "/partners/acme/orders/"
        with open(drop + "day-%d.ndjson" % number, "w") as file:
            file.write("\n".join(texts[number * size:(number + 1) * size]) + "\n")
        if number == 1:
            with open(drop + "odd.ndjson", "w") as file:
                file.write("\n".join(odd()) + "\n")
        call("run", "--drain", "--set", "log.level=error", "--set", "validate.maxAmount=100000000.00", "--spool", spool)
    call("export", "--spool", spool)
    return spool, kind


def main():
    p = exports.options(__doc__)
    a = p.parse_args()
    try:
        import pyspark
    except ImportError:
        print("needs PySpark in %s (make test-spark puts it there)" % exports.PYTHON, file=sys.stderr)
        return 77
    for program in ("java", "faketime"):
        if not shutil.which(program):
            print("needs %s (make test-spark installs it)" % program, file=sys.stderr)
            return 77
    if a.probe:
        return 0
    if not a.orderd:
        p.error("--orderd is needed")
    place, home = tempfile.mkdtemp(prefix="orderd-spark-"), os.getcwd()
    try:
        spool, kind = spool_of(os.path.abspath(a.orderd), place, a.few)
        if a.control:
            exports.spoil("%s/reports/exports/orders/dt=%s/part-0.csv.gz" % (spool, datetime.date.today() - datetime.timedelta(days=2)))
        # Derby, which keeps the tables' names, writes a log where it is started.
        os.chdir(place)
        rig, said = Rig(spool, place), []
        for engine, tables in (("spark", rig.tables_of_spark), ("athena", rig.tables_of_athena)):
            tables()
            rig.sums(engine)
            said.append("%s: %s" % (engine, ", ".join("%d %s" % (n, k) for k, n in rig.rows(engine).items())))
        total = rig.ledger.execute("SELECT sum(total_minor) FROM v_orders WHERE status = 'COMPLETED' AND currency = 'GBP'").fetchone()[0]
        java = rig.spark.sparkContext._jvm.java.lang.System.getProperty("java.version")
        rig.spark.stop()
    except Problem as problem:
        print("problem: %s" % problem)
        return 1
    finally:
        os.chdir(home)
        shutil.rmtree(place, ignore_errors=True)
    for problem in rig.problems[:20]:
        print("problem: " + problem)
    print("PySpark %s on Java %s, %s orders: %s; %d.%02d GBP completed; %d problems" % (
        pyspark.__version__, java, kind, "; ".join(said), total // 100, total % 100, len(rig.problems)))
    return 1 if rig.problems else 0


if __name__ == "__main__":
    sys.exit(main())
