#!/usr/bin/env python3
"""Has a real Prometheus scrape a real node exporter that reads a working daemon's metrics, and asks it every query of etc/grafana/orderd.json.

Each must have an answer, a number in it, and no error; the rules of etc/prometheus must load and be evaluated; the file must be clean under
promtool; and what was counted must be what the ledger has. All on the loopback. Exit code 0: all went well; 1: something did not; 77: the
machine cannot run it.

    dashboard.py --orderd .build/release/orderd
    dashboard.py --orderd ... --control        a query of a metric that is not: must fail (exit 1)
"""
import argparse, json, math, os, shutil, socket, sqlite3, subprocess, sys, tempfile, threading, urllib.error, urllib.parse, urllib.request

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "../..")
sys.path.insert(0, os.path.join(HERE, "../faults"))
from daemon import Spool, order, until  # noqa: E402
from machine import Problem  # noqa: E402

EXPORTER, PROMETHEUS, TOOL = "prometheus-node-exporter", "prometheus", "promtool"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(port, path, **query):
    try:
        with urllib.request.urlopen("http://127.0.0.1:%d%s?%s" % (port, path, urllib.parse.urlencode(query)), timeout=20) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


class Monitoring:
    """A node exporter and a Prometheus."""

    def __init__(self, place, metrics):
        self.exporter_port, self.port, self.children = free_port(), free_port(), []
        for name in ("orderd.rules.yml",):
            shutil.copy(os.path.join(ROOT, "etc/prometheus", name), place)
        with open(place + "/prometheus.yml", "w") as file:
            file.write("global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [orderd.rules.yml]\nscrape_configs:\n"
                       "  - job_name: node\n    static_configs: [{targets: ['127.0.0.1:%d']}]\n" % self.exporter_port)
        self.log = open(place + "/monitoring.log", "wb")
        self.start(EXPORTER, "--web.listen-address=127.0.0.1:%d" % self.exporter_port, "--collector.disable-defaults", "--collector.textfile",
                   "--collector.textfile.directory=" + metrics)
        self.start(PROMETHEUS, "--config.file=%s/prometheus.yml" % place, "--storage.tsdb.path=%s/data" % place,
                   "--web.listen-address=127.0.0.1:%d" % self.port)
        until(lambda: "Ready" in get(self.port, "/-/ready"), 60, "Prometheus did not start")

    def start(self, *words):
        self.children.append(subprocess.Popen(words, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL))

    def stop(self):
        for child in self.children:
            child.kill()
            child.wait()

    def ask(self, query):
        """The numbers of an answer, or its error."""
        answer = json.loads(get(self.port, "/api/v1/query", query=query) or "{}")
        if answer.get("status") != "success":
            return None, answer.get("error", "no answer")
        return [float(one["value"][1]) for one in answer["data"]["result"]], None


class Load(threading.Thread):
    def __init__(self, spool):
        super().__init__(daemon=True)
        self.spool, self.ended, self.files = spool, threading.Event(), 0

    def run(self):
        while not self.ended.is_set():
            lines = [order("R-%d-%d" % (self.files, i), price="0.00" if i == 0 else "1.50", token="tok_fine") for i in range(10)]
            self.spool.drop("f-%d.ndjson" % self.files, "".join(lines) + '{"customerId":7}\n')
            self.files += 1
            self.ended.wait(0.3)

    def stop(self):
        self.ended.set()
        self.join()


def queries(control):
    with open(os.path.join(ROOT, "etc/grafana/orderd.json")) as file:
        board = json.load(file)
    found = [(panel["title"], target["expr"].replace("$instance", ".*")) for panel in board["panels"] for target in panel["targets"]]
    return found + [("control", "sum(orderd_nothing_total)")] if control else found


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--orderd", help="the program")
    p.add_argument("--control", action="store_true", help="a query of a metric that is not: must fail")
    p.add_argument("--probe", action="store_true", help="only say (77) why this machine cannot, or 0")
    a = p.parse_args()
    missing = [name for name in (EXPORTER, PROMETHEUS, TOOL) if not shutil.which(name)]
    if missing:
        print("needs " + ", ".join(missing), file=sys.stderr)
        return 77
    if a.probe:
        return 0
    if not a.orderd:
        p.error("--orderd is needed")
    place, problems, spool, monitoring, load = tempfile.mkdtemp(prefix="orderd-dashboard-"), [], None, None, None
    try:
        spool = Spool(os.path.abspath(a.orderd), place + "/spool",
                      {"payment.gateway": "simulated", "publish.metricsInterval": "500ms", "intake.rescan": "1s"}).create()
        spool.start()
        load = Load(spool)
        load.start()
        monitoring = Monitoring(place, spool.path("metrics"))
        open_queries = queries(a.control)

        def unanswered():
            wrong = []
            for title, query in open_queries:
                numbers, error = monitoring.ask(query)
                if error or not any(math.isfinite(n) for n in numbers):
                    wrong.append("%s: %s: %s" % (title, query, error or numbers))
            return wrong
        try:
            until(lambda: not unanswered(), 10 if a.control else 60, "")
        except Problem:
            problems += unanswered()
        rules = [rule for group in json.loads(get(monitoring.port, "/api/v1/rules"))["data"]["groups"] for rule in group["rules"]]
        problems += ["rule %s: %s" % (rule["name"], rule.get("lastError")) for rule in rules if rule["health"] == "err"]
        scraped = get(monitoring.exporter_port, "/metrics")
        if "node_textfile_scrape_error 0" not in scraped:
            problems.append("the node exporter cannot read the metrics")
        load.stop()
        until(lambda: len(spool.receipts()) == load.files, 60, "not all files were taken")
        if spool.stop() != 0:
            problems.append("the daemon did not stop cleanly")
        with open(spool.path("metrics/orderd.prom")) as file:
            text = file.read()
        checked = subprocess.run([TOOL, "check", "metrics"], input=text, capture_output=True, text=True)
        if checked.returncode != 0 or checked.stdout or checked.stderr:
            problems.append("promtool check metrics: " + checked.stdout + checked.stderr)
        problems += differences(spool, text)
    except Problem as problem:
        problems.append(repr(problem))
        open_queries, rules = [], []
    finally:
        if load:
            load.stop()
        if monitoring:
            monitoring.stop()
        if spool:
            spool.kill()
        shutil.rmtree(place, ignore_errors=True)
    for problem in problems[:20]:
        print("problem: " + problem)
    print("%d queries and %d rules asked, %d problems" % (len(open_queries), len(rules), len(problems)))
    return 1 if problems else 0


def differences(spool, text):
    """What was counted since the only start is what the ledger has."""
    def number(line):
        return sum(float(one.rsplit(" ", 1)[1]) for one in text.splitlines() if one.startswith(line))
    ledger = sqlite3.connect("file:%s?mode=ro" % spool.path("state/ledger.sqlite"), uri=True)
    wrong = []
    for line, sql in (
            ('orderd_moves_total', "SELECT count(*) FROM v_events WHERE type LIKE 'order.%' AND type != 'order.accepted'"),
            ('orderd_moves_total{step="validate",kind="held"}', "SELECT count(*) FROM v_events WHERE type = 'order.held'"),
            ("orderd_completion_seconds_count", "SELECT count(*) FROM v_orders WHERE status = 'COMPLETED'"),
            ("orderd_receipt_seconds_count", "SELECT count(*) FROM v_events WHERE verdict IS NOT NULL"),
            ('orderd_payment_answers_total{effect="charge",answer="done"}', "SELECT count(*) FROM v_events WHERE effect_state = 'captured'"),
            ("orderd_payment_answer_seconds_count", "SELECT count(*) FROM v_events WHERE effect_state = 'captured'"),
            ("orderd_received_bytes_total", "SELECT sum(size) FROM drops"), ("orderd_event_seq", "SELECT max(seq) FROM v_events")):
        counted, expected = number(line), ledger.execute(sql).fetchone()[0]
        # The last events, of the clean stop, are committed after the last pass.
        if counted != expected:
            wrong.append("%s is %d, the ledger says %d" % (line, counted, expected))
    return wrong


if __name__ == "__main__":
    sys.exit(main())
