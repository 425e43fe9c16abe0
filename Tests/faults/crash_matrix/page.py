"""docs/crash-matrix.md."""
from .point import CONTROLS

PAGE = """# Crash matrix

<!-- Written by Tests/faults/crash-matrix.py --write. Run it again rather than edit it. -->

orderd is killed (SIGKILL) before a system call that changes something, or a call fails; then it is started again, and everything is compared with what an undisturbed
run gives. What was run: **{date}, orderd {version}, {points} points, {failures} failures**, {minutes} minutes on {cores} cores, spools on tmpfs. {note}

    make release
    make faults                                                                       # everything
    Tests/faults/crash-matrix.py --orderd .build/release/orderd --sample 10 --seed 7  # some points
    Tests/faults/crash-matrix.py --orderd .build/release/orderd --only charge --at pipeline:write:2

This page was written by:

{commands}
## What a point is

A point is a thread, a call and N: a fresh copy of the scenario's spool, a run that is stopped before the Nth such call of that thread and killed there, and normal runs after it. Counted are calls
that change files or talk to others: write, rename, unlink, link, truncate, make, change of owner or mode, connect, send, and open where it creates. Threads are told apart, so that
the followers' third rename is a point as well as the pipeline's. Points are taken until a thread makes no Nth such call any more: {extent}

A kill leaves the page cache. So a kill before a call that changes nothing leaves what a kill before the next one leaves, and is no point of its own. Whether a call changes nothing is decided at the
call, in each run anew, by looking at what it is asked for: fsync, fdatasync and syncfs; mkdir of a directory that is there; open with O_CREAT of a file that is there; truncate to the size
it has; the mode or owner that it has, away from uploads; unlink and rename of what is not there; connect to a socket that is not there; a write to the log. The
column "change nothing" says how many there are in an undisturbed run. `--no-reduction` makes them points.

After each point must hold: the start succeeds; `orderd check` finds nothing; each order is there once, in its expected state, in the ledger (read with SQLite, not with orderd) and in its status file; each
file has its expected receipt; receipts and pick requests that were there right after the kill have the same bytes; nothing lies in `claimed/`, in a drop directory or under a temporary name; no step
stands twice in the journal; stock is as expected; a gateway in another process has counted the expected charges and refunds, none for a held order.

## Killed

{kills}
{proof}{pairs}
## Calls that fail

{errors}
## Runs that must fail

A trial that cannot fail shows nothing. After the kill, the spool is doctored, and the same comparison must notice it. Not every point can be noticed: where the kill came before there was
something to doctor, or after it had served, nothing is lost.

{controls}
## What it does not show

Lost caches (power cuts) are another trial. `mmap` writes (SQLite's shared index, made again at each start) are no calls. Other threads go on until the kill reaches them, so the
order of calls of different threads is as it happens. Scenarios with a daemon that is stopped by a signal include the stop.
"""

PROOF = """### The calls that change nothing

In these scenarios every call was a point, and what each kill left was compared in normal form (ids, times, hashes and inode numbers replaced by what they stand for, the ledger's rows read through SQLite) with what a
kill before the next call of that thread leaves. Equal it must be where the call changes nothing; and where a call makes, renames or removes a name it must not, or the comparison would be blind.

| scenario | calls that change nothing | leave the same state | calls that change names | leave the same state |
|---|---|---|---|---|
"""

PAIRS = """### Killed again in the recovery

One order (`single`): {first} first kills leave {states} states that differ in normal form. From each of them the recovery is killed before every call that changes something: {distinct} pairs of a state
and a call, which stand for {total} pairs of calls. Run were **{run}** of the {distinct} ({which}), with {failed} failures. Where the second kill left a state from which it had been recovered and compared before
({known} of them), that was not done again.

"""

ERRORS = """The Nth call returns an error instead, those that only read too, from the daemon's first act on; once, or from that call on until the run ends, wherever such an error can be met ("lasting"). It must go on, or
end with code 2 and say why; never by a trap; a failed fsync, fdatasync or syncfs must end it (but for two that SQLite keeps to itself: of the directory that it lies in, and of its checkpoint as it is closed,
after the last record). Then it is started again and compared as above; what could not be published is tried again when it is due. Where the run left a state, in normal form, from which it had been recovered
and compared before (column "known"), that was not done again. Calls of a start on a spool that is equal in normal form are taken in one scenario only (column "as in another").

"""


def page(report, date, cores):
    """The page's text."""
    options = report.options
    fill = {
        "date": date, "version": report.version, "points": report.points, "failures": report.failures,
        "commands": "".join("    %s\n" % command for command in report.commands),
        "minutes": round(report.seconds / 60), "cores": cores, "note": options.note,
        "extent": "none is sampled." if all(_is_whole(row) for row in report.killed + report.failing) else
        "where a table says of how many, the points were drawn at random.",
        "kills": _kills(report.killed) if report.killed else "Not part of this run.\n",
        "proof": _proof(report.proofs) if report.proofs else "", "pairs": _pairs(report) if report.pair else "",
        "errors": ERRORS + _errors(report.failing) if report.failing else "Not part of this run.\n",
        "controls": _table(
            ["after the kill", "points", "noticed"], [(CONTROLS[name], points, bitten) for name, points, bitten in report.controls])
        if report.controls else "Not part of this run.\n",
    }
    return PAGE.format(**fill)


def _table(head, rows):
    lines = ["| %s |" % " | ".join(head), "|" + "---|" * len(head)]
    return "\n".join(lines + ["| %s |" % " | ".join(str(cell) for cell in row) for row in rows]) + "\n"


def _kills(rows):
    head = ["scenario", "", "points", "failures", "change nothing"]
    total = ("**all**", "", sum(r.reached for r in rows), sum(r.failed for r in rows), sum(r.still for r in rows))
    return _table(head, [(r.name, r.title, _reached(r), r.failed, r.still) for r in rows] + [total]) + "\n" + _grid(rows)


def _is_whole(row):
    # Runs differ by a few calls.
    return row.reached >= row.total - 5


def _reached(row):
    return row.reached if _is_whole(row) else "%d of %d" % (row.reached, row.total)


def _errors(rows):
    head = ["scenario", "error", "points", "failures", "known", "as in another"]
    total = ("**all**", "", *(sum(column) for column in zip(*((r.reached, r.failed, r.known, r.still) for r in rows))))
    # By call, all errors of a scenario together: one by one the table would be four times as long, and say no more.
    merged = {}
    for row in rows:
        table = merged.setdefault(row.name, {})
        for key, cell in row.table.items():
            known = table.setdefault(key, [0, 0])
            known[0] += cell[0]
            known[1] += cell[1]
    lines = [rows[0]._replace(name=name, table=table) for name, table in merged.items()]
    return _table(head, [(r.name, r.title, _reached(r), r.failed, r.known, r.still) for r in rows] + [total]) + "\n" + _grid(lines)


def _grid(rows):
    calls = sorted({call for row in rows for _, call in row.table})
    lines = []
    for row in rows:
        for role in sorted({role for role, _ in row.table}, key=lambda r: (r != "pipeline", r)):
            cells = [row.table.get((role, call), (0, 0)) for call in calls]
            lines.append([row.name, role] + [c[0] or "" for c in cells] + [sum(c[0] for c in cells), sum(c[1] for c in cells)])
    return _table(["scenario", "thread"] + calls + ["points", "failures"], lines)


def _proof(proofs):
    rows = []
    for name, still, names in proofs:
        rows.append((name, *(sum(cell[i] for cell in table.values()) for table in (still, names) for i in (0, 1))))
    lines = ["| %s |" % " | ".join(str(cell) for cell in row) for row in rows]
    return PROOF + "\n".join(lines) + "\n\n"


def _pairs(report):
    pair, row = report.pair, report.pair.row
    which = "all" if row.reached >= pair.distinct and pair.part == "1/1" else "part %s" % pair.part if pair.part != "1/1" else "those that were reached, or drawn"
    first = next(r.reached for r in report.killed if r.name == "single")
    return PAIRS.format(
        first=first, states=pair.states, distinct=pair.distinct, total=pair.total, run=row.reached, which=which, failed=row.failed,
        known=row.known) + _grid([row])
