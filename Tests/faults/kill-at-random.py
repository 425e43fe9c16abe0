#!/usr/bin/env python3
"""Kills orderd at random moments while real orders run, starts it again each time, and looks whether a promise was broken.

Drops one-order files by rename (and, with --lines, one file of many orders) into a fresh spool, kills the daemon with SIGKILL after random times, and
compares: every receipt that was ever seen still says what it first said; every order was accepted once and completed once; the sum of their amounts is the
data's; `orderd check` finds nothing. Exit 0 where all of that holds, 1 where it does not, 2 where the trial could not be run.
"""
import argparse, json, lzma, os, random, shutil, signal, subprocess, sys, tempfile, time
from decimal import Decimal


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--orderd", required=True, help="the program")
    p.add_argument("--orders", required=True, help="NDJSON file of orders with references (.xz too)")
    p.add_argument("--limit", type=int, default=0, help="take this many orders (default: all)")
    p.add_argument("--kills", type=int, default=30)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--dir", help="where the spool is made (default: a temporary directory)")
    p.add_argument("--lines", action="store_true", help="drop all orders as one file of lines")
    p.add_argument("--longest", type=float, default=0.5, help="seconds to the next kill, at most")
    a = p.parse_args()
    rng = random.Random(a.seed)
    opener = lzma.open if a.orders.endswith(".xz") else open
    with opener(a.orders, "rb") as f:
        orders = [line for line in f if line.strip()]
    if a.limit:
        orders = orders[: a.limit]
    spool = tempfile.mkdtemp(prefix="orderd-kill-", dir=a.dir)
    try:
        return trial(a, rng, orders, os.path.join(spool, "spool"))
    finally:
        shutil.rmtree(spool, ignore_errors=True)


def trial(a, rng, orders, spool):
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for command in (["init", spool], ["partner", "add", "acme", "--spool", spool]):
        if subprocess.run([a.orderd] + command, **quiet).returncode != 0:
            print("cannot make a spool with", a.orderd, file=sys.stderr)
            return 2
    drop = os.path.join(spool, "partners/acme/orders")
    receipts = os.path.join(spool, "partners/acme/receipts/orders")
    staging = spool + ".staging"
    os.mkdir(staging)
    if a.lines:
        with open(os.path.join(staging, "all.ndjson"), "wb") as f:
            f.writelines(orders)
    else:
        for i, order in enumerate(orders):
            with open(os.path.join(staging, "%06d.json" % i), "wb") as f:
                f.write(order)
    waiting = sorted(os.listdir(staging))
    first, problems, kills = {}, [], 0
    log = open(spool + ".log", "wb")

    def look():
        for name in os.listdir(receipts):
            if name.startswith("."):
                continue
            with open(os.path.join(receipts, name), "rb") as f:
                content = f.read()
            if first.setdefault(name, content) != content:
                problems.append("receipt %s changed" % name)

    per_kill = max(1, len(waiting) // max(1, a.kills))
    while kills < a.kills:
        daemon = subprocess.Popen([a.orderd, "run", "--spool", spool], stdout=log, stderr=log)
        for _ in range(min(per_kill, len(waiting))):
            name = waiting.pop(0)
            os.rename(os.path.join(staging, name), os.path.join(drop, name))
        time.sleep(rng.uniform(0.0, a.longest))
        if daemon.poll() is not None:
            problems.append("orderd ended by itself with %s" % daemon.returncode)
            break
        daemon.send_signal(signal.SIGKILL)
        daemon.wait()
        kills += 1
        look()
    for name in waiting:
        os.rename(os.path.join(staging, name), os.path.join(drop, name))
    if subprocess.run([a.orderd, "run", "--drain", "--spool", spool], stdout=log, stderr=log).returncode != 0:
        problems.append("the last run failed")
    look()
    listed = subprocess.run([a.orderd, "list", "--spool", spool, "--json"], capture_output=True)
    found = {}
    total = Decimal(0)
    for line in listed.stdout.splitlines():
        order = json.loads(line)
        found.setdefault(order["orderReference"], []).append(order["status"])
        total += Decimal(order["totalAmount"])
    expected, amount = set(), Decimal(0)
    for order in orders:
        content = json.loads(order, parse_float=Decimal)
        expected.add(content["orderReference"])
        amount += Decimal(content["totalAmount"])
    for reference in expected:
        if found.get(reference) != ["COMPLETED"]:
            problems.append("order %s: %s" % (reference, found.get(reference)))
    if set(found) - expected:
        problems.append("orders that nobody dropped: %s" % sorted(set(found) - expected)[:5])
    if total != amount:
        problems.append("amounts: expected %s, found %s" % (amount, total))
    check = subprocess.run([a.orderd, "check", "--spool", spool], capture_output=True)
    if check.returncode != 0:
        problems.append("check: " + (check.stdout + check.stderr).decode(errors="replace")[:2000])
    print(
        "%d orders, %d kills (seed %d): %d receipts compared, %d problems" % (len(orders), kills, a.seed, len(first), len(problems))
    )
    for problem in problems[:20]:
        print("  " + problem)
    if problems:
        keep = tempfile.mkdtemp(prefix="orderd-kill-failed-")
        shutil.copytree(spool, os.path.join(keep, "spool"), symlinks=True, ignore=shutil.ignore_patterns("control"))
        shutil.copy(spool + ".log", keep)
        print("  kept in", keep)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
