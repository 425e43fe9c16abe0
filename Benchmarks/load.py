#!/usr/bin/env python3
"""Makes orders to measure with. The same seed gives the same bytes.

  Benchmarks/load.py --orders 1000 DIR                one file an order in DIR
  Benchmarks/load.py --orders 50000 --one-file DIR    one DIR/load.ndjson
"""

import argparse
import json
import lzma
import pathlib
import random


def made_orders(count, lines, seed):
    """Yields (file name without extension, reference, bytes) of made-up orders with a fixed number of lines."""
    source = random.Random(seed)
    for index in range(count):
        reference = f"B{seed}-{index:08d}"
        items = []
        total = 0
        for product in source.sample(range(10_000), lines):
            quantity, price = source.randint(1, 5), source.randint(50, 99_999)
            total += quantity * price
            items.append(f'{{"productId":"ITEM{product:04d}","quantity":{quantity},"price":{price // 100}.{price % 100:02d}}}')
        text = (
            f'{{"customerId":"C{source.randint(1, 9999):04d}","orderReference":"{reference}","currency":"GBP",'
            f'"totalAmount":{total // 100}.{total % 100:02d},"items":[{",".join(items)}],'
            '"shipTo":{"name":"Ada Example","line1":"1 Sample Street","city":"London","postcode":"N1 0AA","country":"GB"}}'
        )
        yield reference, reference, text.encode()


def file_orders(path, count):
    """Yields the same of the first orders of an NDJSON file, compressed with xz or not."""
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rb") as stream:
        for index, line in enumerate(stream):
            if count is not None and index >= count:
                return
            yield f"R{index:08d}", json.loads(line)["orderReference"], line.rstrip(b"\n")


def orders(arguments):
    """The orders that the options of `add_options` ask for, as a list."""
    if arguments.real:
        return list(file_orders(arguments.real, arguments.orders))
    return list(made_orders(arguments.orders or arguments.default_orders, arguments.lines, arguments.seed))


def mean_lines(load):
    """The mean number of lines of an order, at least one."""
    return max(1, round(sum(len(json.loads(body)["items"]) for _, _, body in load) / len(load)))


def add_options(parser, default_orders):
    parser.add_argument("--orders", type=int, help=f"how many (default: {default_orders}, or all of --real)")
    parser.add_argument("--lines", type=int, default=2, help="lines of each made order (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the made orders (default: %(default)s)")
    parser.add_argument("--real", type=pathlib.Path, metavar="FILE", help="take the orders of this NDJSON file (.xz too) instead of making them")
    parser.set_defaults(default_orders=default_orders)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, default_orders=1000)
    parser.add_argument("--one-file", action="store_true", help="one NDJSON file instead of one file an order")
    parser.add_argument("directory", type=pathlib.Path)
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    load = orders(arguments)
    if arguments.one_file:
        (arguments.directory / "load.ndjson").write_bytes(b"".join(body + b"\n" for _, _, body in load))
    else:
        for name, _, body in load:
            (arguments.directory / f"{name}.json").write_bytes(body)


if __name__ == "__main__":
    main()
