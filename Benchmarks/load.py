#!/usr/bin/env python3
"""Makes orders and drops them, as a partner does: each file under a temporary name, then renamed. DIR is any partner's drop directory.

  load.py --orders 1000 DIR                        a backlog: 1,000 files of one order of two lines, as fast as they can be written
  load.py --rate 100 --seconds 60 DIR              100 files a second for a minute, whether or not they are taken
  load.py --lines 1000 --orders 100 DIR            orders of 1,000 lines
  load.py --per-file 5000 --orders 50000 DIR       NDJSON files of 5,000 orders
  load.py --real samples/online-retail-500.ndjson DIR

The same seed gives the same bytes. orderd takes a reference once: to load the same spool again, give another --seed.
"""

import argparse
import itertools
import json
import lzma
import os
import pathlib
import random
import re
import sys
import time


def made_orders(count, lines, seed):
    """Yields (file name without extension, reference, bytes) of made-up orders with a fixed number of lines."""
    source = random.Random(seed)
    products = range(max(10_000, lines))
    for index in range(count):
        reference = f"B{seed}-{index:08d}"
        items = []
        total = 0
        for product in source.sample(products, lines):
            # The amount stays below validate.maxAmount, so that no order is held.
            quantity, price = (source.randint(1, 5), source.randint(50, 99_999)) if lines <= 20 else (1, source.randint(50, 5_000))
            total += quantity * price
            items.append(f'{{"productId":"ITEM{product:04d}","quantity":{quantity},"price":{price // 100}.{price % 100:02d}}}')
        text = (
            f'{{"customerId":"C{source.randint(1, 9999):04d}","orderReference":"{reference}","currency":"GBP",'
            f'"totalAmount":{total // 100}.{total % 100:02d},"items":[{",".join(items)}],'
            '"shipTo":{"name":"Ada Example","line1":"1 Sample Street","city":"London","postcode":"N1 0AA","country":"GB"}}'
        )
        yield reference, reference, text.encode()


REFERENCE = re.compile(rb'"orderReference"\s*:\s*"([^"\\]*)"')


def file_orders(path, count, seed=1):
    """Yields the same of the orders of an NDJSON file, compressed with xz or not. Where `count` asks for more than the file has, it begins
    again, with another reference for each order; so does another seed than 1."""
    opened = lzma.open if path.suffix == ".xz" else open
    index = 0
    for turn in itertools.count():
        with opened(path, "rb") as stream:
            for line in stream:
                if count is not None and index >= count:
                    return
                body = line.rstrip(b"\n")
                if turn or seed != 1:
                    body = REFERENCE.sub(lambda found: b'"orderReference":"%s-%d-%d"' % (found[1], seed, turn), body, count=1)
                yield f"R{seed}-{index:08d}", REFERENCE.search(body)[1].decode(), body
                index += 1
        if count is None or index == 0:
            return


def orders(arguments):
    """The orders that the options of `add_options` ask for, one after the other."""
    if arguments.real:
        return file_orders(arguments.real, arguments.orders, arguments.seed)
    return made_orders(arguments.orders or arguments.default_orders, arguments.lines, arguments.seed)


def mean_lines(load):
    """The mean number of lines of an order, at least one."""
    return max(1, round(sum(len(json.loads(body)["items"]) for _, _, body in load) / len(load)))


def add_options(parser, default_orders):
    parser.add_argument("--orders", type=int, help=f"how many (default: {default_orders}, or all of --real)")
    parser.add_argument("--lines", type=int, default=2, help="lines of each made order (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the made orders (default: %(default)s)")
    parser.add_argument("--real", type=pathlib.Path, metavar="FILE", help="take the orders of this NDJSON file (.xz too), again and again, instead of making them")
    parser.set_defaults(default_orders=default_orders)


def files(load, per_file, seed):
    """Yields (name, bytes): a file an order, or NDJSON files of `per_file` orders."""
    if per_file == 1:
        for name, _, body in load:
            yield f"{name}.json", body
        return
    load = iter(load)
    for number in itertools.count():
        lines = [body + b"\n" for _, _, body in itertools.islice(load, per_file)]
        if not lines:
            return
        yield f"L{seed}-{number:06d}.ndjson", b"".join(lines)


def drop(directory, name, body):
    """Writes under a temporary name, then renames: what the receipt calls `renamed`."""
    temporary = directory / f".{name}.part"
    temporary.write_bytes(body)
    os.rename(temporary, directory / name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser, default_orders=1000)
    parser.add_argument("--per-file", type=int, default=1, metavar="N", help="NDJSON files of N orders instead of one file an order")
    parser.add_argument("--rate", type=float, help="files a second; without it all at once")
    parser.add_argument("--seconds", type=float, help="with --rate: how long, instead of --orders")
    parser.add_argument("directory", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.seconds and not arguments.rate:
        parser.error("--seconds is for --rate")
    if arguments.seconds:
        arguments.orders = round(arguments.rate * arguments.seconds) * arguments.per_file
    arguments.directory.mkdir(parents=True, exist_ok=True)
    begin, late, count = time.monotonic(), 0.0, 0
    for name, body in files(orders(arguments), arguments.per_file, arguments.seed):
        if arguments.rate:
            planned = begin + count / arguments.rate
            while (wait := planned - time.monotonic()) > 0:
                time.sleep(wait)
            late = max(late, time.monotonic() - planned)
        drop(arguments.directory, name, body)
        count += 1
    seconds = time.monotonic() - begin
    print(f"{count} files in {seconds:.1f} s, {count / seconds:.0f}/s" + (f"; at most {late * 1e3:.1f} ms late" if arguments.rate else ""), file=sys.stderr)


if __name__ == "__main__":
    main()
