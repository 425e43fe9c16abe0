#!/usr/bin/env python3
"""From drop to receipt and to COMPLETED, seen from outside.

One-order files are renamed into the drop directory at a steady rate, whether or not orderd keeps up (open loop), by a C program (latency.c) that also watches receipts/ and status/
through inotify. Times run from the *planned* time of the rename, so that a late dropper or a stalled orderd is not left out (no coordinated omission), to
the moment when the file was seen with its content: for a status, the first time it said COMPLETED. The files lie ready on the same file system before.

`--rate 0` is idle: one order, and the next one a second after it, each at a daemon that sleeps. Percentiles are exact: every value is kept. `--hgrm FILE` writes each distribution
as HdrHistogram's plotters read it. Without --spool, a fresh spool is made, orderd is run on it, and both are removed afterwards; the first second of load at a rate is dropped
beforehand and not counted.
"""

import argparse
import math
import pathlib
import shutil
import subprocess
import sys

import load
import place
import trial

SHARES = [50, 99, 99.9]
IDLE = 1.0


def percentile(values, share):
    """Of sorted values: the least that is not below `share` percent of them."""
    return values[max(0, math.ceil(len(values) * share / 100 - 1e-9) - 1)]


def summary(values):
    seen = sorted(value / 1e6 for value in values if value >= 0)
    found = {"count": len(seen), "missing": len(values) - len(seen)}
    if seen:
        found |= {f"p{share:g}": round(percentile(seen, share), 3) for share in SHARES} | {"max": round(seen[-1], 3)}
    return found


def histogram(values):
    """The distribution in HdrHistogram's text form: value, percentile, count, 1/(1-percentile)."""
    seen = sorted(value / 1e6 for value in values if value >= 0)
    lines = ["       Value     Percentile TotalCount 1/(1-Percentile)", ""]
    share, step = 0.0, 0.05
    while seen and share < 1 - 1 / (2 * len(seen)):
        value = percentile(seen, share * 100)
        lines.append(f"{value:12.3f} {share:2.12f} {math.ceil(len(seen) * share):10d} {1 / (1 - share):14.2f}")
        share += step
        if 1 - share <= step * 10.0001:
            step /= 2
    if seen:
        mean = sum(seen) / len(seen)
        deviation = math.sqrt(sum((value - mean) ** 2 for value in seen) / len(seen))
        lines += [f"{seen[-1]:12.3f} 1.000000000000 {len(seen):10d}", f"#[Mean    = {mean:12.3f}, StdDeviation   = {deviation:12.3f}]",
                  f"#[Max     = {seen[-1]:12.3f}, Total count    = {len(seen):12d}]", "#[Buckets =            1, SubBuckets     =            1]"]
    return "\n".join(lines) + "\n"


def measure(arguments, program, spool_path, partner, rate, orders):
    """Offers the orders; returns three lists: how late the drop was, and the times to receipt and to COMPLETED, in nanoseconds."""
    side = spool_path / "partners" / partner
    staging = spool_path / ".bench-staging"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir()
    try:
        for name, _, body in orders:
            (staging / f"{name}.json").write_bytes(body)
        names = staging / "names"
        names.write_text("".join(f"{name}.json {reference}\n" for name, reference, _ in orders))
        subprocess.run(["sync", "--file-system", spool_path], check=True)
        done = subprocess.run([program, side / "orders", side / "receipts/orders", side / "status", staging, names, str(rate), str(arguments.patience)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"latency gave {done.returncode}: {done.stderr}")
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return [list(column) for column in zip(*(map(int, line.split()) for line in done.stdout.splitlines()))]


def trial_at(arguments, program, spool_path, partner, rate, processor=lambda: 0.0):
    """One rate: its summaries."""
    count = arguments.orders or (arguments.idle_orders if rate == 0 else max(100, round(rate * arguments.seconds)))
    warm = 3 if rate == 0 else round(min(rate, 1000))
    taking = argparse.Namespace(**(vars(arguments) | {"orders": count + warm, "seed": arguments.seed * 100_000 + round(rate)}))
    orders = list(load.orders(taking))
    measure(arguments, program, spool_path, partner, rate or 1 / IDLE, orders[:warm])
    before = processor()
    late, receipt, completed = measure(arguments, program, spool_path, partner, rate or 1 / IDLE, orders[warm:])
    used = processor() - before
    found = {"rate": rate, "orders": count, "late": summary(late), "receipt": summary(receipt), "completed": summary(completed),
             "processor_seconds": used, "surroundings": place.surroundings(spool_path)}
    trial.say(f"  {'idle' if rate == 0 else f'{rate:g}/s'}, {count} orders: " + "; ".join(
        f"{what} " + " ".join(f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}" for name, value in found[what].items() if name != "count")
        for what in ("receipt", "completed", "late")) + " ms")
    if arguments.hgrm:
        for what, values in (("receipt", receipt), ("completed", completed)):
            arguments.hgrm.with_name(f"{arguments.hgrm.name}-{rate:g}-{what}.hgrm").write_text(histogram(values))
    return found


def row(found):
    shown = lambda one: " ".join(f"{one.get(f'p{share:g}', float('nan')):9.2f}" for share in SHARES) + f" {one.get('max', float('nan')):9.2f}"
    return f"{'idle' if found['rate'] == 0 else format(found['rate'], 'g'):>8} {found['orders']:>7}   {shown(found['receipt'])}   {shown(found['completed'])}   {found['receipt']['missing'] + found['completed']['missing']:>7}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    load.add_options(parser, default_orders=0)
    trial.add_options(parser)
    parser.add_argument("--rate", type=float, nargs="+", default=[100], help="orders offered a second, one trial each; 0 is idle (default: 100)")
    parser.add_argument("--seconds", type=float, default=30, help="of each rate, where --orders is not given (default: %(default)s)")
    parser.add_argument("--idle-orders", type=int, default=100, help="where --rate is 0 and --orders is not given (default: %(default)s)")
    parser.add_argument("--patience", type=float, default=60, help="seconds to wait for the last ones (default: %(default)s)")
    parser.add_argument("--spool", type=pathlib.Path, help="drop into this spool, on which orderd already runs")
    parser.add_argument("--partner", default="acme", help="who drops (default: %(default)s)")
    parser.add_argument("--hgrm", type=pathlib.Path, metavar="FILE", help="write FILE-RATE-receipt.hgrm and FILE-RATE-completed.hgrm")
    arguments = parser.parse_args()

    with place.place(arguments) as directory:
        program = directory / "latency-program"
        subprocess.run(["cc", "-O2", "-pthread", trial.ROOT / "Benchmarks/latency.c", "-o", program], check=True)
        if arguments.spool:
            rates = [trial_at(arguments, program, arguments.spool, arguments.partner, rate) for rate in arguments.rate]
        else:
            trial.check(arguments)
            rates = []
            trial.say(place.surroundings(directory))
            for rate in arguments.rate:
                spool = trial.Spool(directory / "spool", arguments, partner=arguments.partner)
                daemon = spool.start()
                rates.append(trial_at(arguments, program, spool.path, arguments.partner, rate, daemon.processor))
                daemon.stop()
                spool.call("check", "--quick")
                spool.remove()
    head = f"{'offered':>8} {'orders':>7}   {'receipt':>9} " + " ".join(f"{name:>9}" for name in ("p99", "p99.9", "max")) + f"   {'COMPLETED':>9} " + " ".join(
        f"{name:>9}" for name in ("p99", "p99.9", "max")) + "   missing   (ms; first column p50)"
    trial.print_result(arguments, {"rates": rates}, "\n".join([head, *map(row, rates)]))
    return 1 if any(one[what]["missing"] for one in rates for what in ("receipt", "completed")) else 0


if __name__ == "__main__":
    sys.exit(main())
