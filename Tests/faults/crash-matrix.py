#!/usr/bin/env python3
"""Kills orderd before every system call that changes something, starts it again, and looks whether a promise was broken.

For each scenario, each thread, each call and each N, a fresh copy of the scenario's spool gets a run that is killed (SIGKILL) before the
Nth such call of that thread, and a normal run after it. Of one scenario the recovery is killed too, at each of its calls. With --errors,
calls fail instead. Expected is then exactly what an undisturbed run gives: states, receipts, charges, stock; and a receipt that was there
right after the kill has not changed. Calls are stopped with ptrace and a seccomp filter (x86-64 Linux; no package is needed). Exit 0 where
all holds, 1 where something does not, 2 where the trial could not be run, 77 where the machine does not let a program trace another.

    crash-matrix.py --orderd .build/release/orderd                     all points of all scenarios, all pairs of one
    crash-matrix.py --orderd ... --sample 10 --pairs 40 --seed 7       some points of each scenario, some pairs
    crash-matrix.py --orderd ... --only charge --at pipeline:write:2   one point; --keep DIR leaves its spool
    crash-matrix.py --orderd ... --errors EIO,ENOSPC,EMFILE,EACCES     calls that fail as well
    crash-matrix.py --orderd ... --prove single                        show that the calls that are no points change nothing
"""
import os, sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

from crash_matrix.command import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(__doc__))
