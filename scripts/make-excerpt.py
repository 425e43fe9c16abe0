#!/usr/bin/env python3
"""Writes samples/online-retail-500.ndjson and samples/catalogue.csv from the whole set of real orders and its catalogue.

The orders: the first 400 orders by time, the 50 with the most lines and the 50 with the highest totals among the rest, in the order of time and
byte for byte as they stand in the whole set. The catalogue: the products of our own sample orders and those of the excerpt. The same
input gives the same output.
"""

import argparse
import csv
import json
import lzma
import pathlib
from decimal import Decimal

ROOT = pathlib.Path(__file__).resolve().parent.parent

OUR_PRODUCTS = [
    ("LAPTOP001", "Laptop 14 inch", "1299.99"),
    ("MOUSE001", "Mouse, wireless", "24.50"),
    ("KEYBOARD001", "Keyboard", "89.90"),
    ("MONITOR001", "Monitor 27 inch", "329.00"),
    ("DOCK001", "Docking station", "149.00"),
    ("CABLE001", "Cable USB-C 1 m", "7.25"),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, default=ROOT / "../shared/data/online-retail",
                        help="directory with orders.ndjson.xz and catalogue.csv (default: %(default)s)")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "samples", help="directory to write into (default: %(default)s)")
    arguments = parser.parse_args()

    with lzma.open(arguments.data / "orders.ndjson.xz", "rb") as stream:
        lines = list(stream)
    orders = [json.loads(line, parse_float=Decimal) for line in lines]
    chosen = set(range(400))
    for measure in (lambda order: len(order["items"]), lambda order: order["totalAmount"]):
        rest = [index for index in range(len(orders)) if index not in chosen]
        chosen.update(sorted(rest, key=lambda index: (-measure(orders[index]), index))[:50])
    excerpt = arguments.out / "online-retail-500.ndjson"
    excerpt.write_bytes(b"".join(lines[index] for index in sorted(chosen)))
    print(f"{excerpt}: {len(chosen)} orders, {excerpt.stat().st_size} bytes")

    used = {item["productId"] for index in chosen for item in orders[index]["items"]}
    with open(arguments.data / "catalogue.csv", newline="", encoding="utf-8") as stream:
        header, *rows = csv.reader(stream)
    catalogue = arguments.out / "catalogue.csv"
    with open(catalogue, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(OUR_PRODUCTS)
        writer.writerows(row for row in rows if row[0] in used)
    print(f"{catalogue}: {len(OUR_PRODUCTS)} products of our own and {len(used)} of the excerpt")


if __name__ == "__main__":
    main()
