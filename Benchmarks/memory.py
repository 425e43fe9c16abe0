#!/usr/bin/env python3
"""How much memory orderd holds: resident, from /proc/PID/status.

  rest      a fresh spool, `--seconds` after the start
  waiting   `--files` one-order files in the drop directory: with intake paused, and going on, `--seconds` after the start
  ndjson    one file of each of `--sizes` megabytes, drained to the end

`now` is VmRSS at the end, `peak` VmHWM; both count the mapped pages of the program and its libraries, which `own` (RssAnon) leaves out.
"""

import argparse
import os
import time

import load
import place
import trial


def held(run, seconds):
    time.sleep(seconds)
    return {"now": run.memory("VmRSS"), "peak": run.memory("VmHWM"), "own": run.memory("RssAnon")}


def rest(arguments, directory):
    spool = trial.Spool(directory / "spool", arguments)
    run = spool.start()
    found = held(run, arguments.seconds)
    run.stop()
    spool.remove()
    return found | {"what": "at rest"}


def waiting(arguments, directory, paused):
    spool = trial.Spool(directory / "spool", arguments, ORDERD_INTAKE_SETTLE="0s")
    if paused:
        spool.call("pause", "--intake")
    trial.say(f"  making {arguments.files} files")
    for name, reference, body in load.made_orders(arguments.files, 2, arguments.seed):
        (spool.drop / f"{name}.json").write_bytes(body)
    run = spool.start()
    found = held(run, arguments.seconds)
    left = sum(1 for _ in os.scandir(spool.drop))
    # With a million files behind it, nobody waits for the stop to be clean.
    run.process.kill()
    run.process.wait()
    for reader in run.readers:
        reader.join()
    spool.remove()
    return found | {"what": f"{arguments.files} files waiting, intake {'paused' if paused else 'going on'}", "start": run.ready, "left": left}


def ndjson(arguments, directory, megabytes):
    spool = trial.Spool(directory / "spool", arguments)
    trial.say(f"  making {megabytes} MB of orders")
    size, target, count = 0, megabytes * 1_000_000, 0
    with open(spool.drop / ".load.part", "wb") as stream:
        for _, _, body in load.made_orders(1 << 40, arguments.lines, arguments.seed):
            size += stream.write(body + b"\n")
            count += 1
            if size >= target:
                break
    os.rename(spool.drop / ".load.part", spool.drop / "load.ndjson")
    run, orders = spool.drain()
    spool.remove()
    assert orders == {"done": count}, orders
    return {"what": f"one NDJSON file of {megabytes} MB, {count} orders of {arguments.lines} lines", "now": 0, "own": 0, "peak": run.peak, "orders_per_second": count / run.seconds}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    trial.add_options(parser)
    parser.add_argument("--files", type=int, default=1_000_000, help="default: %(default)s")
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1000], help="megabytes (default: 100 and 1000)")
    parser.add_argument("--lines", type=int, default=100, help="of each order of an NDJSON file; few make a million orders of a gigabyte (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=20, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=1)
    parser.set_defaults(megabytes=10_000)
    arguments = parser.parse_args()
    trial.check(arguments)
    rows = []

    def add(row):
        rows.append(row)
        trial.say(f"  {row['what']}: " + (f"{row['now'] / 1e6:.0f} MB ({row['own'] / 1e6:.0f} its own), " if row["now"] else "") + f"at most {row['peak'] / 1e6:.0f} MB")

    with place.place(arguments) as directory:
        trial.say(place.surroundings(directory))
        add(rest(arguments, directory))
        for megabytes in arguments.sizes:
            add(ndjson(arguments, directory, megabytes))
        if arguments.files:
            add(waiting(arguments, directory, paused=True))
            add(waiting(arguments, directory, paused=False))
        found = {"rows": rows, "surroundings": place.surroundings(directory)}
    trial.print_result(arguments, found, "\n".join(f"{row['what']}: at most {row['peak'] / 1e6:.0f} MB" for row in rows))


if __name__ == "__main__":
    main()
