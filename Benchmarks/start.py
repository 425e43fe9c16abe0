#!/usr/bin/env python3
"""How long a start takes: from the exec to the log line "running", with so many orders in the queue.

The orders are dropped as NDJSON files and taken while the first step is paused, so that each has its file in queue/1-validate/ and its row in the ledger. Then orderd is stopped
cleanly and started `--starts` times ("clean"), the last time after a kill -9 ("killed"), where it compares each file with the ledger. The page cache is warm unless --cold is given
(root), which empties it before each start.
"""

import argparse
import os
import signal
import subprocess
import time

import load
import place
import trial


def queued(arguments, directory, count):
    """A spool with that many orders before the first step, stopped cleanly."""
    spool = trial.Spool(directory / "spool", arguments, ORDERD_INTAKE_SETTLE="0s")
    spool.call("pause", "--step", "validate")
    for name, body in load.files(load.made_orders(count, 2, arguments.seed), 10_000, arguments.seed):
        load.drop(spool.drop, name, body)
    run, orders = spool.drain()
    trial.say(f"  {count} orders queued in {run.seconds:.1f} s, {count / run.seconds:.0f}/s: {orders}")
    assert sum(orders.values()) == count, orders
    return spool


def times(arguments, spool, count):
    clean, processor = [], []
    for _ in range(arguments.starts):
        empty_cache(arguments)
        run = spool.start(wait=True)
        clean.append(run.ready)
        # What it did after that line is in it too, a few milliseconds; on a busy machine it says more than the clock.
        processor.append(run.processor())
        peak = run.memory("VmHWM")
        run.stop()
        trial.say(f"    clean: {clean[-1]:.3f} s, {processor[-1]:.2f} s of processor, {peak / 1e6:.0f} MB; stopped in {run.seconds - run.ready:.1f} s")
    run = spool.start()
    run.process.send_signal(signal.SIGKILL)
    run.process.wait()
    empty_cache(arguments)
    run = spool.start()
    killed = run.ready
    trial.say(f"    killed: {killed:.3f} s, {run.memory('VmHWM') / 1e6:.0f} MB")
    run.stop()
    return {"orders": count, "clean": trial.spread(clean), "processor": trial.median(processor), "killed": killed, "memory": peak}


def empty_cache(arguments):
    if arguments.cold:
        os.sync()
        with open("/proc/sys/vm/drop_caches", "w") as control:
            control.write("3")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trial.add_options(parser)
    parser.add_argument("--queued", type=int, nargs="+", default=[0, 100_000, 1_000_000], help="default: 0, 100000 and 1000000")
    parser.add_argument("--starts", type=int, default=5, help="clean ones (default: %(default)s)")
    parser.add_argument("--cold", action="store_true", help="empty the page cache before each start")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(megabytes=14_500)
    arguments = parser.parse_args()
    trial.check(arguments)
    rows = []
    with place.place(arguments) as directory:
        trial.say(place.surroundings(directory))
        for count in arguments.queued:
            spool = queued(arguments, directory, count)
            rows.append(times(arguments, spool, count) | {"surroundings": place.surroundings(directory)})
            spool.remove()
    trial.print_result(arguments, {"rows": rows}, "\n".join(
        f"{row['orders']:>9} queued: clean {trial.shown(row['clean'], 3)} s, killed {row['killed']:.3f} s, {row['memory'] / 1e6:.0f} MB" for row in rows))


if __name__ == "__main__":
    main()
