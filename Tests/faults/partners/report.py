"""What came of a trial, in a line and as a page."""
import datetime

from .cells import ACTIONS


def counts(run):
    """The sums that are promised to be 0, and how many cells there were."""
    tried = [cell for cell in run.cells if not cell.skipped]
    return {
        "cells": len(tried),
        "halves": sum(cell.halves for cell in tried),
        "weak": sum(cell.weak_halves for cell in tried),
        "again": sum(cell.again for cell in tried),
        "errors": sum(len(cell.errors) for cell in tried),
        "left": len(run.left),
        "problems": len(run.problems),
    }


def summary(run):
    """Problems, a line each, and a last line with the sums."""
    c = counts(run)
    witness = "sshd's log" if run.log_socket else "no log"
    lines = [f"  {problem}" for problem in run.problems]
    lines += [f"  {name} left out: {why}" for name, why in run.missing.items()]
    lines.append(f"{witness}: {c['cells']} cells, {c['halves']} halves judged, {c['weak']} files of lines taken in part as weak, "
                 f"{c['errors']} client errors, {c['left']} files left, {c['problems']} failures, {run.seconds:.0f} s on {run.file_system}")
    return "\n".join(lines)


def page(runs):
    """The page of all runs, in Markdown."""
    first = runs[0]
    lines = [
        "# SFTP clients", "",
        "<!-- Written by Tests/faults/sftp-clients.py --write. Run it again rather than edit it. -->", "",
        f"Real clients upload to a real sshd ({first.openssh}, internal-sftp in a chroot, logins by key); orderd runs as its own user, with CAP_LEASE as its only capability, "
        "in a spool with the owners and modes of an installed one. A line that stands still or breaks is a relay between client and sshd that lets half of the file through. "
        f"`intake.settle` was {first.options.settle:g} s, `intake.resumeDeadline` {first.options.deadline:g} s, the file system {first.file_system}. "
        f"Run on {datetime.date.today()} with orderd {first.orderd}.", "",
        "Promised: 0 halves judged as whole, 0 errors at a client, 0 files left behind, every order accepted once.", "",
        "| orderd knows | cells | halves judged | lines taken in part, `weak` | sent again | client errors | files left | failures |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        c = counts(run)
        lines.append(f"| {'what sshd logs' if run.log_socket else 'only the file system'} | {c['cells']} | {c['halves']} | {c['weak']} | {c['again']} | "
                     f"{c['errors']} | {c['left']} | {c['problems']} |")
    lines += ["", "Without sshd's log nothing tells a whole file of lines from one that broke off at a line's end. It is taken, its receipt says `weak`, and the file sent again adds what is "
              "missing: each of its orders was accepted once. A client that cannot resume a file that is gone sends it again. With sshd's log such a file waits."]
    versions = {name: version for run in runs for name, version in run.versions.items()}
    lines += ["", "Clients: " + "; ".join(f"{name} {version}" for name, version in versions.items()) + "."]
    missing = {name: why for run in runs for name, why in run.missing.items()}
    if missing:
        lines += ["", "Left out: " + "; ".join(f"{name}, for {why}" for name, why in missing.items()) + "."]
    for run in runs:
        lines += ["", "## " + ("With sshd's log" if run.log_socket else "Without sshd's log"), "",
                  "What each receipt says: verdict and completeness, the earliest first.", "",
                  "| action | " + " | ".join(run.versions) + " |", "|---|" + "---|" * len(run.versions)]
        for action in run.actions:
            cells = {cell.client.name: cell for cell in run.cells if cell.action == action}
            lines.append(f"| {ACTIONS[action]} | " + " | ".join(told(cells[name]) for name in run.versions) + " |")
        reasons = sorted({f"{cell.client.name}: {cell.skipped}" for cell in run.cells if cell.skipped})
        if reasons:
            lines += ["", "– cannot: " + "; ".join(reasons) + "."]
        if run.problems:
            lines += ["", "What did not hold:", ""] + [f"- {problem.splitlines()[0]}" for problem in run.problems]
    return "\n".join(lines) + "\n"


def told(cell):
    """What orderd did with a cell's uploads, in a few words."""
    return cell.told + (" **failed**" if cell.problems else "")
