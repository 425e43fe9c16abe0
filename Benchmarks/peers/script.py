#!/usr/bin/env python3
"""What many shops have instead: a script over a directory of order files, with SQLite, a commit with synchronous=FULL at each step. Drains DIR/in, then ends.

The same steps as orderd: read and check, record, write the queue file, remove the upload, answer with a receipt, move through five directories with an update and an event each, write a
status file. It does without a journal, hashes, idempotency across names, recovery after a crash, and syncs of what it publishes.
"""

import decimal
import json
import os
import pathlib
import sqlite3
import sys
import time

STEPS = ["1-validate", "2-reserve", "3-charge", "4-fulfil", "5-notify", "done"]


def publish(directory, name, content):
    temporary = directory / f".{name}"
    temporary.write_text(json.dumps(content))
    os.rename(temporary, directory / name)


def check(order):
    assert isinstance(order["customerId"], str) and order["items"]
    total = decimal.Decimal(0)
    for line in order["items"]:
        assert isinstance(line["productId"], str) and 0 < line["quantity"] < 1_000_000
        total += line["quantity"] * line["price"]
    assert total == order["totalAmount"]


def main():
    root = pathlib.Path(sys.argv[1])
    for name in ["receipts", "status", *STEPS]:
        (root / name).mkdir(exist_ok=True)
    ledger = sqlite3.connect(root / "ledger.sqlite", isolation_level=None)
    ledger.executescript("""
        pragma journal_mode=wal; pragma synchronous=full;
        create table if not exists orders(id text primary key, reference text unique, state text, total int, body text, at real);
        create table if not exists lines(id text, line int, product text, quantity int, price text, primary key(id, line));
        create table if not exists events(seq integer primary key, id text, kind text, at real);
    """)
    count = 0
    for name in sorted(os.listdir(root / "in")):
        if name.startswith("."):
            continue
        body = (root / "in" / name).read_text()
        order = json.loads(body, parse_float=decimal.Decimal)
        check(order)
        identity = f"ord_{count:026d}"
        ledger.execute("begin immediate")
        ledger.execute("insert into orders values(?,?,'PENDING',?,?,?)", (identity, order["orderReference"], int(order["totalAmount"] * 100), body, time.time()))
        ledger.executemany("insert into lines values(?,?,?,?,?)", [
            (identity, index, line["productId"], line["quantity"], str(line["price"])) for index, line in enumerate(order["items"])])
        ledger.execute("insert into events(id, kind, at) values(?,'received',?)", (identity, time.time()))
        ledger.execute("commit")
        (root / STEPS[0] / f"{identity}.json").write_text(body)
        os.unlink(root / "in" / name)
        publish(root / "receipts", f"{name}.receipt.json", {"file": name, "orderId": identity, "verdict": "accepted"})
        for step, following in zip(STEPS, STEPS[1:]):
            state = "COMPLETED" if following == "done" else "PROCESSING"
            ledger.execute("begin immediate")
            ledger.execute("update orders set state=? where id=?", (state, identity))
            ledger.execute("insert into events(id, kind, at) values(?,?,?)", (identity, step, time.time()))
            ledger.execute("commit")
            os.rename(root / step / f"{identity}.json", root / following / f"{identity}.json")
        publish(root / "status", f"{identity}.json", {"orderId": identity, "orderReference": order["orderReference"], "status": "COMPLETED"})
        count += 1
    print(count)


if __name__ == "__main__":
    main()
