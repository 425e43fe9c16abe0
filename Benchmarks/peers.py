#!/usr/bin/env python3
"""orderd's drain beside what people would use instead, in the same run and on the same file system, in rounds.

  postfix   Debian's package, unpacked into a root of its own (root, overlayfs, namespaces; nothing is installed on the machine): smtp-source sends messages of the orders' mean size
            to smtpd on the loopback in `--sessions` sessions, each is queued with an fsync before it is acknowledged, and given to the discard transport. Counted from the start of
            smtp-source to the empty queue. Its settings are the package's, but: everything goes to discard, no service is chrooted. With `--postfix-set in_flow_delay=0` more
  script    peers/script.py: the same steps, one order after the other, a commit with synchronous=FULL at each step; no journal
  orderd    `orderd run --drain`, the whole process

What each gives for durability: orderd, an fsync a batch in SQLite, one in the journal, one syncfs; what is published is on disk before its cursor. The script, a commit on disk for each
step; its files are not synced. Postfix, each message's file is synced once, at acceptance; deliveries are not recorded but in the log.
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import time

import backlog
import load
import place
import trial

PEERS = trial.ROOT / "Benchmarks/peers"


def package():
    """Debian's postfix, downloaded but not installed; None where that cannot be."""
    if not (place.can_mount() and shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    # Kept beside the build, so that a second run asks no network.
    kept = trial.ROOT / ".build/bench-packages"
    kept.mkdir(parents=True, exist_ok=True)
    for before in ([], ["apt-get", "update", "-qq"]):
        if deb := next(kept.glob("postfix_*.deb"), None):
            return deb
        if before:
            subprocess.run(before, capture_output=True)
        subprocess.run(["apt-get", "download", "postfix"], cwd=kept, capture_output=True)
    return next(kept.glob("postfix_*.deb"), None)


def run_postfix(arguments, directory, deb, count, size):
    root, spool = directory / "postfix-root", directory / "postfix-spool"
    for path in (root, spool):
        subprocess.run(["rm", "-rf", path], check=True)
        path.mkdir()
    done = subprocess.run(["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", PEERS / "postfix.sh", root, deb, spool, str(count), str(size),
                           str(arguments.sessions), *arguments.postfix_settings], capture_output=True, text=True)
    if done.returncode != 0:
        # The machine may lack a library that the package depends on, or overlayfs.
        trial.say(f"  Postfix does not run here; postfix.sh gave {done.returncode}:\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
        return None, None
    times, version = done.stdout.splitlines()
    subprocess.run(["rm", "-rf", root, spool], check=True)
    return count / float(times.split()[0]), version


def run_script(directory, files):
    root = directory / "script"
    (root / "in").mkdir(parents=True)
    for name, body in files:
        (root / "in" / name).write_bytes(body)
    subprocess.run(["sync", "--file-system", directory], check=True)
    begin = time.monotonic()
    done = subprocess.run([sys.executable, PEERS / "script.py", root], capture_output=True, text=True)
    seconds = time.monotonic() - begin
    if done.returncode != 0 or int(done.stdout) != len(files):
        sys.exit(f"script.py gave {done.returncode}: {done.stdout}{done.stderr}")
    subprocess.run(["rm", "-rf", root], check=True)
    return len(files) / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    load.add_options(parser, default_orders=20_000)
    trial.add_options(parser)
    parser.add_argument("--messages", type=int, default=5000, help="for Postfix (default: %(default)s)")
    parser.add_argument("--script-orders", type=int, default=5000, help="for the script (default: %(default)s)")
    parser.add_argument("--sessions", type=int, default=20, help="of smtp-source (default: %(default)s)")
    parser.add_argument("--postfix-set", action="append", default=[], metavar="NAME=VALUE", dest="postfix_settings", help="a setting of main.cf; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    arguments = parser.parse_args()
    trial.check(arguments)
    if arguments.real and arguments.orders is None:
        arguments.orders = arguments.default_orders
    files = list(load.files(load.orders(arguments), 1, arguments.seed))
    size = round(sum(len(body) for _, body in files) / len(files))
    rates, version = {"orderd": [], "script": [], "postfix": []}, None
    with place.place(arguments) as directory:
        trial.say(place.surroundings(directory))
        deb = package()
        if not deb:
            trial.say("  without Postfix, which needs root, overlayfs, apt-get and dpkg-deb")
            del rates["postfix"]
        for number in range(arguments.rounds):
            names = list(rates)
            for name in names[number % len(names):] + names[:number % len(names)]:
                if name == "orderd":
                    rate = backlog.run_orderd(arguments, directory, files, len(files))["whole"]
                elif name == "script":
                    rate = run_script(directory, files[:arguments.script_orders])
                else:
                    rate, version = run_postfix(arguments, directory, deb, arguments.messages, size)
                    if rate is None:
                        del rates[name]
                        continue
                rates[name].append(rate)
            trial.say(f"  round {number + 1}: " + ", ".join(f"{name} {values[-1]:.0f}/s" for name, values in rates.items()))
        found = {"orders": len(files), "bytes": size, "rates": {name: trial.spread(values) for name, values in rates.items()}, "sessions": arguments.sessions,
                 "postfix": version, "postfix_settings": arguments.postfix_settings, "surroundings": place.surroundings(directory)}
    for name in rates:
        if name != "orderd":
            found[f"to_{name}"] = trial.spread([ours / theirs for ours, theirs in zip(rates["orderd"], rates[name])])
    trial.print_result(arguments, found, "\n".join(f"orderd / {name}: {trial.shown(found[f'to_{name}'], 1)}" for name in rates if name != "orderd"))


if __name__ == "__main__":
    main()
