#!/usr/bin/env python3
"""Partners of an installed orderd try what they may not, by real logins to a real sshd.

Accounts, directories and keys are made by `orderd partner add`, by the declarations in etc/. Two partners try to write, rename, remove, chmod, chown,
link and list in their own read directories, in each other's tree and above their chroot, before and after a restart of the daemon; then one drops
10,000 files in a minute, fills the disk, is disabled, enabled, removed. Needs root and Linux namespaces; touches nothing outside of them. Exit 0 where
all holds, 1 where something does not, 2 where the trial could not be run, 77 where the machine cannot.

    partners.py --orderd .build/release/orderd                          everything
    partners.py --orderd ... --short                                    without the loads
    partners.py --orderd ... --write docs/partners.md                   and the page
    partners.py --orderd ... --control status                           a mode loosened on purpose (status, receipts, orders, chroot): must fail (exit 1)
"""
import argparse, os, sys

os.umask(0o022)

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE + "/../faults", HERE]
from partners import world  # noqa: E402
from installed import page, trial  # noqa: E402


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--files", type=int, default=10_000, help="files of the flood, at 12,000 a minute (default: 10,000)")
    p.add_argument("--short", action="store_true", help="without the loads")
    p.add_argument("--control", choices=sorted(trial.LOOSE), help="loosen this first: must fail")
    needed = ("sshd", "ssh-keygen", "useradd", "systemd-sysusers", "systemd-tmpfiles")
    return world.main(p, __file__, needed, lambda a: [trial.Trial(a).run()], lambda runs: page.summary(runs[0]), lambda runs: page.page(runs[0]))


if __name__ == "__main__":
    sys.exit(main())
