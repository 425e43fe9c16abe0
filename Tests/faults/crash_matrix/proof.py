"""Shows that what counts as changing nothing changes nothing.

Every call is a point here. A kill before a call that changes nothing must leave the state, in normal form, that a kill before the next
call of that thread leaves. And the other way round: calls that do change names must be told apart by it, or the comparison would be blind.
"""
import collections

from .point import Job
from .scenarios import SCENARIOS

# Their effect is a name that is there or not, whatever else goes on.
_OF_NAMES = ("renameat2", "mkdirat", "unlinkat")
_ATTEMPTS = 20  # other threads go on until the kill reaches them, so one point leaves one of a few states


def prove(matrix, index, template):
    """Returns ({call: [neighbours, of which equal]} of calls that change nothing, and the same of those that change names)."""
    run = matrix.reference(SCENARIOS[index], template, full=True)
    targets = [(thread, "", n) for thread, count in sorted(run.made.items()) for n in range(1, count + 1)]
    states, hits, changes = collections.defaultdict(set), {}, {}

    def look(wanted):
        for job, outcome in matrix.workers.run(index, template, [Job(target=t, full=True, memo="look") for t in wanted]):
            if outcome.hit:
                states[job.target].add(outcome.state)
                hits[job.target], changes[job.target] = outcome.hit[1], outcome.changes

    look(targets)
    for _ in range(_ATTEMPTS):
        different = [t for t in targets if _is_pair(t, states) and not changes[t] and not states[t] & states[_next(t)]]
        if not different:
            break
        look(sorted({target for t in different for target in (t, _next(t))}))
    still, names = collections.defaultdict(lambda: [0, 0]), collections.defaultdict(lambda: [0, 0])
    for target in targets:
        if not _is_pair(target, states):
            continue
        call = hits[target]
        table = still if not changes[target] else names if call in _OF_NAMES else None
        if table is not None:
            table[call][0] += 1
            table[call][1] += bool(states[target] & states[_next(target)])
    return still, names


def _next(target):
    return target[0], "", target[2] + 1


def _is_pair(target, states):
    return target in states and _next(target) in states
