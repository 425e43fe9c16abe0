#!/usr/bin/env python3
"""Asks the ledger's views, with sqlite3 and with Datasette as etc/datasette sets it up, while a daemon takes orders.

The orders are full of names, mail addresses, telephone numbers and tokens: none of them may show anywhere. The questions are those of
docs/sql.md and etc/datasette/metadata.yaml. In the end the answers must be the ledger's own. Exit code 0: all went well; 1: something did
not; 77: the machine cannot run it.

    queries.py --orderd .build/release/orderd
    queries.py --orderd ... --only sqlite3
    queries.py --orderd ... --control          Datasette without etc/datasette: must fail (exit 1)
"""
import argparse, json, os, re, shutil, socket, subprocess, sys, tempfile, threading, time
import urllib.error, urllib.parse, urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(HERE, "../faults"))
from daemon import Spool, until  # noqa: E402
from machine import Problem  # noqa: E402

SECRETS = ["Zebedee", "zebedee", "quagga", "555-0199", "tok_secret", "Elm Street", "rang twice"]
VIEWS = ["v_orders", "v_lines", "v_events", "v_queue"]
PYTHON = os.path.join(ROOT, ".build/readers/bin/python")


def personal(number, product="PEN", price="1.50"):
    """An order that names a person in every way that an order can."""
    who = ["zebedee%d@quagga.example" % number, "+44 20 555-0199", "C%d" % number][number % 3]
    return json.dumps({
        "customerId": who, "orderReference": "R-%d" % number, "items": [{"productId": product, "quantity": 2, "price": float(price)}],
        "customer": {"name": "Zebedee Quagga", "email": "zebedee@quagga.example", "phone": "+44 20 555-0199"},
        "shipTo": {"name": "Zebedee Quagga", "street": "1 Elm Street", "city": "Bath"}, "country": "GB", "notes": "Zebedee rang twice",
        "payment": {"method": "zebedee@quagga.example", "token": "tok_secret%d" % number}, "totalAmount": float(price) * 2}) + "\n"


class Load(threading.Thread):
    """Drops files until it is stopped."""

    def __init__(self, spool):
        super().__init__(daemon=True)
        self.spool, self.ended, self.dropped = spool, threading.Event(), 0

    def run(self):
        while not self.ended.is_set():
            lines = [personal(self.dropped + i, price="0.00" if i == 0 else "1.50") for i in range(20)]
            self.spool.drop("zebedee-%d.ndjson" % self.dropped, "".join(lines))
            self.dropped += len(lines)
            self.ended.wait(0.1)

    def stop(self):
        self.ended.set()
        self.join()


class Rig:
    def __init__(self, spool):
        self.spool, self.problems, self.asked = spool, [], 0
        self.ledger = spool.path("state/ledger.sqlite")

    def problem(self, text):
        if text not in self.problems:
            self.problems.append(text)

    def conceals(self, what, text):
        for secret in SECRETS:
            if secret in text:
                at = text.index(secret)
                self.problem("%s shows %r" % (what, text[max(0, at - 60):at + 30]))
                return

    # --- sqlite3 ---

    def sql(self, text, *options):
        done = subprocess.run(["sqlite3", "-readonly", *options, self.ledger], input=text, capture_output=True, text=True, timeout=60)
        self.asked += 1
        if done.returncode != 0 or done.stderr:
            self.problem("sqlite3 ended with %d on %s: %s" % (done.returncode, text[:80], done.stderr.strip()))
        return done.stdout

    def sqlite3(self, load):
        with open(os.path.join(ROOT, "docs/sql.md")) as page:
            questions = re.search(r"```sql\n(.*?)```", page.read(), re.S).group(1)
        first = int(self.sql("SELECT count(*) FROM v_orders"))
        for _ in range(15):
            self.conceals("a question of docs/sql.md", self.sql(questions))
            for view in VIEWS:
                self.conceals(view, self.sql("SELECT * FROM %s" % view, "-json"))
        until(lambda: int(self.sql("SELECT count(*) FROM v_orders")) > first, 60, "no order came in beside the questions")
        refused = subprocess.run(
            ["sqlite3", "-readonly", self.ledger, "DELETE FROM orders"], capture_output=True, text=True)
        if "readonly" not in refused.stderr:
            self.problem("the ledger could be written to: " + refused.stderr)

    # --- Datasette ---

    def start_datasette(self, python, control):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        program = os.path.join(os.path.dirname(python), "datasette")
        words = [program, "serve", self.ledger] if control else [os.path.join(ROOT, "etc/datasette/serve.sh"), self.ledger]
        log = open(self.spool.root + ".datasette", "wb")
        self.server = subprocess.Popen(
            [*words, "--port", str(self.port)], stdout=log, stderr=log, env={**os.environ, "DATASETTE": program})
        until(lambda: self.server.poll() is not None or self.get("/-/versions.json")[0] == 200, 60, "Datasette did not start")

    def get(self, path, data=None):
        """The status and text of an answer."""
        request = urllib.request.Request("http://127.0.0.1:%d%s" % (self.port, path), data=data)
        if data:
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")
        except OSError as error:
            return 0, str(error)

    def page(self, path, status=200, data=None):
        code, text = self.get(path, data)
        self.asked += 1
        if code != status:
            self.problem("%s answers %d, not %d: %s" % (path, code, status, text[:200]))
        self.conceals(path, text)
        return text

    def graphql(self, query):
        answer = json.loads(self.page("/graphql", data=json.dumps({"query": query}).encode()))
        if "errors" in answer:
            self.problem("GraphQL: %s: %s" % (query, answer["errors"]))
        return answer.get("data") or {}

    def datasette(self, held):
        self.page("/")
        self.page("/ledger")
        self.page("/ledger.json")
        for view in VIEWS:
            self.page("/ledger/" + view)
            rows = json.loads(self.page("/ledger/%s.json?_shape=array&_size=5" % view))
            if not rows and view != "v_queue":
                self.problem("%s has no rows" % view)
            self.page("/ledger/%s.csv?_stream=on" % view)
        facets = json.loads(self.page("/ledger/v_orders.json?_facet=status&_facet=partner&_size=0"))["facet_results"]
        if not {"COMPLETED", "ON_HOLD"} <= {row["value"] for row in facets["status"]["results"]}:
            self.problem("facets of status: %s" % facets["status"])
        waiting = json.loads(self.page("/ledger/v_queue.json?_shape=array&waits_for=person&_size=max"))
        if not waiting or any(row["reason"] not in ("price-zero", "held-by-hand") for row in waiting):
            self.problem("v_queue tells of %s" % waiting[:3])
        for name in ("revenue", "products", "waiting"):
            if not json.loads(self.page("/ledger/%s.json?_shape=array" % name)):
                self.problem("the question %s has no answer" % name)
        history = json.loads(self.page("/ledger/history.json?_shape=array&order_id=" + held))
        if [row["type"] for row in history][:1] != ["order.accepted"]:
            self.problem("the history of %s: %s" % (held, history))
        nodes = self.graphql(
            '{ v_orders(filter: {status: {eq: "ON_HOLD"}}, first: 5) { totalCount nodes { order_id reason customer_id } } }')
        if not (nodes.get("v_orders") or {}).get("nodes"):
            self.problem("GraphQL finds no held order: %s" % nodes)
        fields = [field["name"] for field in self.graphql("{ __schema { queryType { fields { name } } } }")["__schema"]["queryType"]["fields"]]
        if {name for name in fields if not name.endswith("_row")} != set(VIEWS):
            self.problem("GraphQL has the fields %s" % fields)
        for table in ("events", "orders", "drops", "effects", "grdb_migrations"):
            self.page("/ledger/" + table, 403)
            self.page("/ledger/%s.json" % table, 403)
        for sql in ("SELECT * FROM orders", "WITH v_orders AS (SELECT * FROM events) SELECT * FROM v_orders"):
            self.page("/ledger.json?sql=" + urllib.parse.quote(sql), 403)
        self.page("/ledger/v_orders.json?_where=" + urllib.parse.quote("seq IN (SELECT seq FROM events)"), 403)
        self.page("/ledger.db", 403)

    # --- together ---

    def settled(self):
        """In the end all three say the same."""
        until(lambda: self.sql("SELECT count(*) FROM v_queue WHERE waits_for = 'turn'") == "0\n", 60, "orders do not come to rest")
        orders = self.spool.orders()
        status = {}
        for order in orders:
            status[order["status"]] = status.get(order["status"], 0) + 1
        shown = dict(line.split("|") for line in self.sql("SELECT status, count(*) FROM v_orders GROUP BY 1").split())
        if {name: int(count) for name, count in shown.items()} != status:
            self.problem("sqlite3 counts %s, the ledger %s" % (shown, status))
        total = sum(round(float(order["totalAmount"]) * 100) for order in orders)
        if int(self.sql("SELECT sum(total_minor) FROM v_orders")) != total:
            self.problem("the views' total is not %d" % total)
        return len(orders)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--orderd", help="the program")
    p.add_argument("--only", choices=["sqlite3", "datasette"])
    p.add_argument("--python", default=PYTHON, help="a Python that has datasette and datasette-graphql")
    p.add_argument("--control", action="store_true", help="Datasette without etc/datasette: must fail")
    p.add_argument("--probe", action="store_true", help="only say (77) why this machine cannot, or 0")
    a = p.parse_args()
    has_datasette = os.path.exists(a.python) and subprocess.run(
        [a.python, "-c", "import datasette, datasette_graphql"], capture_output=True).returncode == 0
    if a.only != "datasette" and not shutil.which("sqlite3") or a.only != "sqlite3" and not has_datasette:
        print("needs sqlite3, and Datasette with its GraphQL at %s (make readers)" % a.python, file=sys.stderr)
        return 77
    if a.probe:
        return 0
    if not a.orderd:
        p.error("--orderd is needed")
    place = tempfile.mkdtemp(prefix="orderd-queries-")
    rig = load = None
    try:
        spool = Spool(os.path.abspath(a.orderd), place + "/spool", {"payment.gateway": "simulated"}).create()
        spool.drop("zebedee.json", personal(2))
        spool.start()
        rig = Rig(spool)
        until(lambda: spool.receipts(), 30, "no receipt")
        held = until_held(spool)
        load = Load(spool)
        load.start()
        if a.only != "datasette":
            rig.sqlite3(load)
        if a.only != "sqlite3":
            rig.start_datasette(a.python, a.control)
            for _ in range(1 if a.control else 3):
                rig.datasette(held)
        load.stop()
        until(lambda: len(spool.receipts()) == load.dropped // 20 + 2, 120, "not all files were taken")
        orders = rig.settled()
        if spool.stop() != 0:
            rig.problem("the daemon did not stop cleanly")
        if found := spool.check():
            rig.problem("orderd check: " + found)
    except (Problem, KeyError, TypeError, ValueError) as problem:
        print("problem: %r" % problem)
        return 1
    finally:
        if load:
            load.stop()
        if rig and getattr(rig, "server", None):
            # Not by SIGTERM: what started this rig may have blocked it.
            rig.server.kill()
            rig.server.wait()
        if "spool" in locals():
            spool.kill()
        shutil.rmtree(place, ignore_errors=True)
    for problem in rig.problems[:20]:
        print("problem: " + problem)
    print("%d questions beside %d orders, %d problems" % (rig.asked, orders, len(rig.problems)))
    return 1 if rig.problems else 0


def until_held(spool):
    """An order that a person holds, and says why."""
    spool.drop("free.json", personal(5, price="0.00"))
    found = lambda: [order for order in spool.orders() if order["status"] == "ON_HOLD"]  # noqa: E731
    until(found, 30, "no order is held")
    order = found()[0]["orderId"]
    spool.must("release", order, "--reason", "Zebedee rang twice")
    return order


if __name__ == "__main__":
    sys.exit(main())
