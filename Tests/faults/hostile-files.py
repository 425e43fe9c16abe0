#!/usr/bin/env python3
"""Lets a hostile partner put everything into its drop directory that is no honest order, while another partner drops good orders all the time.

The hostile partner is a Unix user of its own, orderd another, with CAP_LEASE as its only capability. Looked at: what each receipt says and how soon it
comes; that nothing hangs; that nothing outside the spool, and nothing of the other partner, is changed, read or told; how long the other partner's orders
take; that `orderd check` finds nothing. Needs root and Linux namespaces; touches nothing outside of them. Exit 0 where all holds, 1 where something
does not, 2 where the trial could not be run, 77 where the machine cannot.

    hostile-files.py --orderd .build/release/orderd
    hostile-files.py --orderd ... --strings blns.json           also with each text of a JSON array, in each field
    hostile-files.py --orderd ... --write docs/hostile-files.md
    hostile-files.py --orderd ... --control escape              does behind orderd's back what must not happen: must fail (exit 1)
    hostile-files.py --orderd ... --control stop                the same with a daemon that stands still for a while
"""
import argparse, os, sys

# Whoever starts this may have a tighter one, and the accounts of the trial read what is made here.
os.umask(0o022)

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from partners import hostile_trial, world  # noqa: E402


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--strings", metavar="FILE", help="a JSON array of texts to put into fields, besides those known here")
    p.add_argument("--bound", type=float, default=2, help="seconds that a good order's receipt may take (default: 2)")
    p.add_argument("--control", choices=("escape", "stop"), help="break a promise by hand: must fail")
    return world.main(p, __file__, (), lambda a: [hostile_trial.HostileTrial(a).run()], lambda runs: runs[0].summary(), lambda runs: runs[0].page())


if __name__ == "__main__":
    sys.exit(main())
