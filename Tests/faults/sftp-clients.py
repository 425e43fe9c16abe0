#!/usr/bin/env python3
"""Uploads with real SFTP clients to a real sshd, and looks what orderd makes of each.

A partner logs in with its key, in a chroot, by OpenSSH's internal-sftp; orderd runs as its own user. Every client does what it can: upload, upload and
rename, keep times, chmod, overwrite; it is killed in the middle, resumes, is stopped in the middle. Then nothing that was half may have been judged, no
client may have met an error, and nothing may lie in the drop directory. Needs root and Linux namespaces; touches nothing outside of them. A client
that is not installed is left out, and named. Exit 0 where all holds, 1 where something does not, 2 where the trial could not be run, 77 where the
machine cannot.

    sftp-clients.py --orderd .build/release/orderd                          all clients, all actions
    sftp-clients.py --orderd ... --log-socket                               orderd reads sshd's log lines from a socket in the chroot
    sftp-clients.py --orderd ... --clients sftp,paramiko --actions killed   some
    sftp-clients.py --orderd ... --write docs/sftp-clients.md               both ways, and the table
    sftp-clients.py --orderd ... --control                                  files are taken at once: must fail (exit 1), for clients then meet errors
"""
import argparse, os, sys

# Whoever starts this may have a tighter one, and the accounts of the trial read what is made here.
os.umask(0o022)

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from partners import clients, report, trial, world  # noqa: E402

WITNESSES = ("parse", "log")


def try_all(arguments):
    """Without the log socket and with it, where the page is to be written; else as asked."""
    if arguments.control:
        arguments.settle = 0
    return [trial.Trial(arguments, log_socket).run() for log_socket in ([False, True] if arguments.write else [arguments.log_socket])]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--clients", help="only these, with commas between: " + ", ".join(one.name for one in clients.ALL))
    p.add_argument("--actions", help="only these: " + ", ".join(trial.ACTIONS))
    p.add_argument("--log-socket", action="store_true", help="let orderd read sshd's log from a socket in the chroot")
    p.add_argument("--settle", type=float, default=1, help="intake.settle in seconds (default: 1, as orderd's)")
    p.add_argument("--deadline", type=float, default=10, help="intake.resumeDeadline in seconds (default: 10)")
    p.add_argument("--jobs", type=int, default=6, help="so many clients at a time (default: 6)")
    p.add_argument("--control", action="store_true", help="settle time 0, which clients notice: must fail")
    return world.main(p, __file__, ("sshd", "ssh-keygen"), try_all, lambda runs: "\n".join(map(report.summary, runs)), report.page)


if __name__ == "__main__":
    sys.exit(main())
