"""One point: a copy of the scenario's spool, a run that is killed or has a call that fails, the recovery, and the comparison."""
import collections, errno, os, signal, subprocess, traceback

from .copies import copy, remove
from .running import traced
from .spool import Problem
from .state import normal_form
from .verify import as_refused, changed, judge_error, verify

# What to do: kill at `target`, (thread, call, n), or let that call fail with the number `error`, from then on where it `lasts`; kill the
# recovery at `second`; do a `control` right after the kill. `full`: calls that change nothing are points too. `memo`: "note" what state is
# left, "use" it: do not recover again from a state from which it was recovered and compared, or only "look" at it.
Job = collections.namedtuple("Job", "target second error lasts control full memo", defaults=(None, None, 0, False, None, False, ""))
# What came of it: what was `hit` first and `second`, (thread, call, n), how the first run `ended`, the `problem` or nothing, the `state`
# that was left, whether that was `known`, whether the call that was hit `changes` anything, the `counts` of the recovery's calls.
Outcome = collections.namedtuple("Outcome", "hit second ended problem state known changes counts")

# What is done to the spool right after the kill, to see that the rig notices.
CONTROLS = {
    "claimed": "whatever lies in claimed/ or a drop directory is deleted after the kill",
    "wal": "the ledger's write-ahead log is deleted after the kill",
    "receipts": "a receipt that was published before the kill gets another byte",
    "charge": "every charge comes to the gateway under a second key as well",
}


def fresh(scenario, spool, template):
    """A copy of the template, as it is before the run that is traced."""
    remove(spool.folder)
    os.makedirs(spool.folder)
    copy(template, spool.root)
    socket = ["payment.socket=" + spool.gateway.socket] if "payment.gateway=socket" in scenario.settings else []
    spool.settings = scenario.settings + socket
    spool.gateway.forget()
    scenario.before(spool)


def point(scenario, spool, template, job, known):
    """Does a job. `known` holds the states of this scenario from which all was well."""
    done = dict.fromkeys(Outcome._fields)
    try:
        _do(scenario, spool, template, job, known, done)
    except (Problem, subprocess.TimeoutExpired) as problem:
        done["problem"] = str(problem)
    except Exception:
        done["problem"] = "the rig failed: " + traceback.format_exc()
    return Outcome(**done)


def _do(scenario, spool, template, job, known, done):
    fresh(scenario, spool, template)
    run = traced(scenario, spool, job.target, job.error, job.lasts, job.full)
    done.update(hit=run.hit, ended=describe(run.status), changes=run.changes)
    if job.error and run.hit:
        judge_error(spool, run, done["ended"])
    elif not run.hit and run.status != 0:
        raise Problem("undisturbed, it ended with %s" % done["ended"])
    if job.target and not run.hit:
        return  # there is no such call
    before = spool.published()
    if job.control:
        _doctor(job.control, spool)
    if job.second:
        other = traced(scenario, spool, job.second, full=job.full, words=["run", "--drain"])
        done.update(second=other.hit, counts=other.counts)
        if problems := changed(before, spool.published()):
            raise Problem("in the recovery: " + "; ".join(problems))
        if not other.hit:
            return
        before = spool.published()
    if job.memo:
        done["state"] = normal_form(spool)
        done["known"] = job.memo == "use" and known.has(done["state"])
        if done["known"] or job.memo == "look":
            return
    scenario.again(spool)
    scenario.recover(spool)
    scenario.after(spool)
    if job.control == "charge":
        _doctor(job.control, spool)
    if job.error:
        spool.drain_patiently()
    verify(as_refused(scenario, spool) if job.error == errno.EACCES else scenario, spool, before)
    if job.memo:
        known.add(done["state"])


def describe(status):
    """The exit code, or the signal's name."""
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else str(os.WEXITSTATUS(status))


def _doctor(control, spool):
    if control == "claimed":
        for path in spool.files("claimed/*/*/*") + spool.files("partners/*/orders/*"):
            os.unlink(path)
    elif control == "wal":
        for path in spool.files("state/ledger.sqlite-wal"):
            os.unlink(path)
    elif control == "receipts":
        for path in spool.files("partners/*/receipts/*/*.json"):
            with open(path, "ab") as f:
                f.write(b" ")
    elif control == "charge":  # once before the recovery, where it may be out already, and once after it
        with open(spool.gateway.log, "r+") as f:
            again = "".join(line for line in f.read().splitlines(True) if '"performed"' in line and '"charge"' in line)
            f.write(again)
