#!/usr/bin/env python3
"""Loads the real orders into a spool, and compares every figure of the report with the data themselves.

  figures.py --orderd PROGRAM (--data DIR | --few) [--keep DIR] [--control]

DIR holds orders.ndjson.xz, dirty.ndjson.xz and catalogue.csv (UCI Online Retail). The first half of the orders comes from one partner, the second
from another, and what the shop's export has besides from the first. Everything is computed here from the files, in exact decimals, and
read from the pages as a person would read them. With --keep the spool stays there, to be looked at.

--few takes the orders of samples/ instead, spoils some of them for what else the shop's export has, and takes seconds. With --control one order
is dropped that the comparison does not know of, which it must notice. --probe says by its exit code whether --few can be run here.
"""

import argparse
import collections
import csv
import decimal
import html.parser
import json
import lzma
import pathlib
import subprocess
import sys
import tempfile

Decimal = decimal.Decimal
CENT = Decimal("0.01")


class Page(html.parser.HTMLParser):
    """Tables by their caption, region or chart; figures by their name; all text."""

    def __init__(self, path):
        super().__init__()
        self.tables, self.figures, self.text = {}, {}, ""
        self.stack, self.table, self.row, self.cell, self.caption, self.region, self.term, self.definition = [], None, None, None, None, None, None, None
        self.feed(path.read_text())

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "div" and attributes.get("role") == "region":
            self.region = attributes["aria-label"]
        if tag == "table":
            self.table, self.caption = [], self.region
        elif tag == "tr":
            self.row = []
        elif tag in ("td", "th"):
            self.cell = ""
        elif tag == "br" and self.cell is not None:
            self.cell += " "
        elif tag == "dt":
            self.term = ""
        elif tag == "dd":
            self.definition = ""

    def handle_endtag(self, tag):
        if tag in ("td", "th") and self.row is not None:
            self.row.append(" ".join(self.cell.split()))
            self.cell = None
        elif tag == "tr" and self.table is not None:
            self.table.append(self.row)
            self.row = None
        elif tag == "table":
            self.tables[self.caption] = self.table[1:]
            self.table = None
        elif tag == "dd":
            self.figures[" ".join(self.term.split())] = " ".join(self.definition.split())
            self.term = self.definition = None

    def handle_data(self, data):
        self.text += data
        if self.cell is not None:
            self.cell += data
        elif self.definition is not None:
            self.definition += data
        elif self.term is not None:
            self.term += data


def lines(path):
    with lzma.open(path, "rt") as file:
        return file.read().splitlines()


def read(line):
    return json.loads(line, parse_float=Decimal, parse_int=Decimal)


def whole(number):
    return f"{int(number):,}"


def money(amount):
    return f"{amount.quantize(CENT):,}"


def share(part, all_of_it):
    """As the report rounds: to the nearest tenth, but never to all or nothing."""
    tenths = (part / all_of_it * 1000).to_integral_value(decimal.ROUND_HALF_UP)
    if tenths >= 1000 and part < all_of_it:
        tenths = Decimal(999)
    if tenths == 0 and part > 0:
        tenths = Decimal(1)
    return f"{tenths / 10:.1f} %"


class Comparison:
    def __init__(self):
        self.compared, self.wrong = 0, []

    def same(self, what, found, expected):
        self.compared += 1
        if found != expected:
            self.wrong.append(f"{what}: the report has {found!r}, the data {expected!r}")


def sales(orders):
    """Sums over some orders of one currency."""
    product = collections.defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    country = collections.defaultdict(lambda: [0, Decimal(0), Decimal(0)])
    amount = units = Decimal(0)
    for order in orders:
        amount += order["totalAmount"]
        pieces = sum(item["quantity"] for item in order["items"])
        units += pieces
        place = country[order.get("country", "not named")]
        place[0] += 1
        place[1] += pieces
        place[2] += order["totalAmount"]
        for item in order["items"]:
            row = product[item["productId"]]
            row[0] += 1
            row[1] += item["quantity"]
            row[2] += item["quantity"] * item["price"]
    return amount, units, product, country


def rows(table, amount, name=lambda key: key):
    ordered = sorted(table.items(), key=lambda item: (-item[1][2], item[0]))
    return [[name(key), whole(count), whole(units), money(sum_), share(sum_, amount)] for key, (count, units, sum_) in ordered[:10]]


def more(table):
    return f"and {len(table) - 10:,} more" if len(table) > 10 else None


def compare_sales(check, where, page, orders, names, with_products=True):
    amount, units, product, country = sales(orders)
    check.same(f"{where}: revenue", page.figures.get("Revenue"), f"GBP {money(amount)}")
    check.same(f"{where}: orders", page.figures.get("Orders"), whole(len(orders)))
    check.same(f"{where}: units", page.figures.get("Units"), whole(units))
    basket = (amount / len(orders)).quantize(CENT, decimal.ROUND_DOWN)
    check.same(f"{where}: average basket", page.figures.get("Average basket"), f"GBP {money(basket)}")

    def titled(key):
        return f"{key} {names[key]}" if names.get(key) else key

    if with_products:
        check.same(f"{where}: products", page.tables.get("By product in GBP"), rows(product, amount, titled))
        check.same(f"{where}: more products", more(product) in page.text, True)
    check.same(f"{where}: countries", page.tables.get("By country in GBP"), rows(country, amount))
    if more(country):
        check.same(f"{where}: more countries", more(country) in page.text, True)
    return amount


def compare(reports, halves, dirty, names):
    check = Comparison()
    orders = halves["acme"] + halves["bolt"]
    index = Page(reports / "index.html")
    day = sorted((reports / "days").glob("*.html"))
    amount = compare_sales(check, "index", index, orders, names)
    partners = {name: [len(own), sum(i["quantity"] for o in own for i in o["items"]), sum(o["totalAmount"] for o in own)] for name, own in halves.items()}
    check.same("index: partners", index.tables.get("By partner in GBP"), rows(partners, amount))
    customers = {name: {order["customerId"] for order in own} for name, own in halves.items()}
    check.same("index: new customers", index.figures.get("New"), whole(sum(map(len, customers.values()))))
    held = [order for order in dirty if is_held(order)]
    accepted = len(orders) + len(held)
    for title in ("Orders an hour, the last 24 hours", "Orders a day, the last 30 days"):
        table = index.tables.get(title, [])
        check.same(f"index: {title}, accepted", sum(int(row[1].replace(",", "")) for row in table), accepted)
        check.same(f"index: {title}, completed", sum(int(row[2].replace(",", "")) for row in table), len(orders))
    revenue = index.tables.get("Revenue a day in GBP, the last 30 days", [])
    check.same("index: revenue a day", sum(Decimal(row[1].replace(",", "")) for row in revenue), amount)
    pieces = index.tables.get("Units a day in GBP, the last 30 days", [])
    check.same("index: units a day", sum(int(row[1].replace(",", "")) for row in pieces), sum(i["quantity"] for o in orders for i in o["items"]))
    check.same("index: held", f"{len(held)} orders are held for a person" in index.text, True)
    for order in held:
        page = next((reports / "orders" / f"{name}" for name in order_pages(reports) if f"<bdi>{order['orderReference']}</bdi>" in (reports / "orders" / name).read_text()), None)
        check.same(f"order {order['orderReference']}: has a page", page is not None, True)
        if page:
            own = Page(page)
            check.same(f"order {order['orderReference']}: total", f"GBP {money(order['totalAmount'])}, acme: held" in own.text, True)
            check.same(f"order {order['orderReference']}: lines", own.tables.get("Every line", [])[:200], [
                [str(n + 1), item["productId"], whole(item["quantity"]), money(item["price"]), money(item["price"] * item["quantity"])]
                for n, item in enumerate(order["items"])][:200])
    reasons = collections.Counter(code for order in dirty for code in codes(order))
    found = {row[0].split()[0]: (row[1], row[2]) for row in index.tables.get("Reasons of refusals", [])}
    check.same("index: reasons of refusals", found, {code: ("acme", whole(count)) for code, count in reasons.items()})
    quality = {row[0]: row for row in index.tables.get("Reached and aimed at", [])}
    check.same("index: errors", quality["Errors"][1].split(" orders that")[0], f"0.00 % (0 of {whole(accepted)} orders)")
    check.same("index: orders within 30 s", f"of {whole(len(orders))} within the target" in quality["Drop to completed"][1], True)
    check.same("index: receipts", "of 3 within the target" in quality["Drop to receipt"][1], True)
    if len(day) == 1:
        page = Page(day[0])
        compare_sales(check, "day", page, orders, names, with_products=False)
        check.same("day: accepted", page.figures.get("Accepted"), whole(accepted))
        check.same("day: completed", page.figures.get("Completed"), whole(len(orders)))
    for name, own in halves.items():
        page = Page(reports / "partners" / f"{name}.html")
        compare_sales(check, name, page, own, names)
        check.same(f"{name}: new customers", page.figures.get("New"), whole(len(customers[name])))
    return check


def order_pages(reports):
    return [path.name for path in (reports / "orders").glob("*.html")]


def codes(order):
    """Why an order of the shop's export is refused, by the rules of docs/reading.md."""
    found = set()
    if order.get("customerId") == "":
        found.add("empty")
    for item in order["items"]:
        if not 1 <= item["quantity"] <= 1_000_000_000 or item["price"] < 0:
            found.add("out-of-range")
        if item["price"] != item["price"].quantize(CENT):
            found.add("too-many-digits")
    return found


def is_held(order):
    return not codes(order) and any(item["price"] == 0 for item in order["items"])


SAMPLES = pathlib.Path(__file__).resolve().parents[2] / "samples"


def whole_set(folder):
    return lines(folder / "orders.ndjson.xz"), lines(folder / "dirty.ndjson.xz"), folder / "catalogue.csv"


def few():
    """The orders of samples/; and some of them once more, under references of their own, each with a fault of its own or a price of zero."""
    orders = (SAMPLES / "online-retail-500.ndjson").read_text().splitlines()
    dirty = []
    for number, line in enumerate(orders[10:80:5]):
        order = json.loads(line, parse_float=Decimal)
        order["orderReference"] = f"D-{number}"
        order.pop("idempotencyKey", None)
        item = order["items"][0]
        kind = number % 5
        if kind == 0:
            order["customerId"] = ""
        elif kind == 1:
            item["quantity"] = -item["quantity"]
        elif kind == 2:
            item["price"] += Decimal("0.001")
        elif kind == 3:
            order["customerId"], item["quantity"] = "", 0
        else:
            item["price"] = Decimal(0)
        if kind in (0, 4):
            order["totalAmount"] = sum(i["quantity"] * i["price"] for i in order["items"])
        dirty.append(json.dumps(order, default=float, ensure_ascii=False))
    return orders, dirty, SAMPLES / "catalogue.csv"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orderd")
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--control", action="store_true")
    parser.add_argument("--probe", action="store_true")
    arguments = parser.parse_args()
    if arguments.probe:
        sys.exit(0 if sys.version_info >= (3, 9) and (SAMPLES / "online-retail-500.ndjson").exists() else 1)
    if not arguments.orderd or bool(arguments.data) == arguments.few:
        parser.error("--orderd, and either --data or --few")
    with tempfile.TemporaryDirectory() as scratch:
        spool = arguments.keep or pathlib.Path(scratch) / "spool"

        def call(*words):
            done = subprocess.run([arguments.orderd, *words, "--spool", spool], capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"orderd {' '.join(map(str, words))} gave {done.returncode}: {done.stderr}")

        orders, dirty, catalogue = few() if arguments.few else whole_set(arguments.data)
        middle = len(orders) // 2
        halves = {"acme": orders[:middle], "bolt": orders[middle:]}
        subprocess.run([arguments.orderd, "init", spool], check=True, capture_output=True)
        for partner in halves:
            call("partner", "add", partner)
        for partner, own in halves.items():
            (spool / "partners" / partner / "orders" / f"{partner}.ndjson").write_text("\n".join(own) + "\n")
        (spool / "partners/acme/orders/dirty.ndjson").write_text("\n".join(dirty) + "\n")
        if arguments.control:
            (spool / "partners/bolt/orders/one.json").write_text(json.dumps({
                "customerId": "one", "currency": "GBP", "items": [{"productId": "ONE", "quantity": 1, "price": 1}], "totalAmount": 1}))
        call("run", "--drain", "--set", "log.level=error")
        call("catalogue", "load", catalogue)
        call("report")
        with open(catalogue, newline="") as file:
            names = {row["productId"]: " ".join(row["name"].split()) for row in csv.DictReader(file)}
        check = compare(spool / "reports", {name: [read(line) for line in own] for name, own in halves.items()}, [read(line) for line in dirty], names)
    for fault in check.wrong:
        print(fault)
    print(f"{check.compared} figures compared, {len(check.wrong)} differ")
    sys.exit(1 if check.wrong else 0)


if __name__ == "__main__":
    main()
