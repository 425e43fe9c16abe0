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
