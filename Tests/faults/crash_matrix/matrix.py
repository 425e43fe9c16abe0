"""Which points there are, and their runs."""
import collections, errno, os, random, subprocess

from .gateway import Gateway
from .point import Job, describe, fresh
from .running import traced
from .scenarios import SCENARIOS
from .spool import Problem, Spool
from .state import normal_form
from .verify import verify
from .workers import Workers


class Matrix:
    """All points of scenarios. `options` are the command line's; `folder` is for its files."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.rng = random.Random(options.seed)
        # The workers first: they must not inherit the gateway's pipe.
        self.workers = Workers(options.orderd, folder, options.parallel, options.keep)
        self.gateway = Gateway(folder)
        self.full = options.no_reduction
        self.starts = {}  # state before a start: the scenario that began with it first, and the calls of its start

    def close(self):
        self.workers.close()
        self.gateway.close()

    def template(self, scenario):
        """The spool as it is before the scenario's story: its directory."""
        path = "%s/template-%s" % (self.folder, scenario.name)
        spool = Spool(self.options.orderd, path, self.gateway)
        os.makedirs(path)
        spool.settings = scenario.settings + ["payment.socket=" + self.gateway.socket]
        subprocess.run([self.options.orderd, "init", spool.root, "--config", "/dev/null"], check=True, capture_output=True)
        spool.orderd_run("partner", "add", "acme")
        scenario.prepare(spool)
        return spool.root

    def reference(self, scenario, template, error=0, lasts=False, full=False):
        """An undisturbed run: how many calls each thread makes, and what for. It must pass by itself."""
        spool = Spool(self.options.orderd, self.folder + "/reference", self.gateway)
        fresh(scenario, spool, template)
        run = traced(scenario, spool, None, error, lasts, full or self.full)
        if run.status != 0:
            raise Problem("%s: undisturbed, it ended with %s" % (scenario.name, describe(run.status)))
        scenario.again(spool)
        scenario.recover(spool)
        scenario.after(spool)
        verify(scenario, spool, {})
        return run

    def points(self, index, template, error="", lasts=False):
        """All points of a scenario, or a sample: the reference run, and (job, outcome) of each."""
        scenario, options = SCENARIOS[index], self.options
        error = getattr(errno, error) if error else 0
        run = self.reference(scenario, template, error, lasts)
        memo = "" if self.full or options.doctor else "use" if error else "note"
        job = Job(error=error, lasts=lasts, control=options.doctor, full=self.full, memo=memo)
        targets = every(run.counts)
        if error and not self.full:
            targets = self._without_known_start(scenario, template, error, lasts, run, targets)
            run.left_out = sum(run.counts.values()) - len(targets)
        sample = (options.error_sample or options.sample) if error else options.sample
        if scenario.name in options.all_of.split(",") and not error:
            sample = 0
        if options.at:
            roles = {role: thread for thread, role in run.roles().items()}
            thread, call, n = options.at.split(":")
            targets = [(roles.get(thread, thread), call, int(n))]
        elif sample and sample < len(targets):
            targets = sorted(self.rng.sample(targets, sample))
        done = self.workers.run(index, template, [job._replace(target=target) for target in targets])
        if not sample and not options.at:
            done += self._beyond(index, template, job, run.counts, done)
        return run, done

    def _without_known_start(self, scenario, template, error, lasts, run, targets):
        """Without the calls that a start on an equal spool makes in another scenario: until it listens, nothing has looked at what was
        dropped. Where starts differ in how many calls of a kind they make, all of that kind are kept."""
        spool = Spool(self.options.orderd, os.path.dirname(template), self.gateway)
        self.gateway.forget()
        first, calls = self.starts.setdefault((normal_form(spool), error, lasts), (scenario.name, run.starting or {}))
        if first == scenario.name:
            return targets
        same = {key: n for key, n in (run.starting or {}).items() if calls.get(key) == n}
        return [target for target in targets if target[2] > same.get(target[:2], 0)]

    def _beyond(self, index, template, job, counts, done):
        """Runs differ a little: goes on until no thread makes an Nth such call any more."""
        more, ends = [], dict(counts)
        while True:
            reached = {job.target for job, outcome in done + more if outcome.hit}
            ends = {key: n + 1 for key, n in ends.items() if (*key, n) in reached}
            if not ends:
                return more
            more += self.workers.run(index, template, [job._replace(target=(*key, n)) for key, n in ends.items()])

    def pairs(self, index, template, first):
        """A second kill at every call of the recovery, for a kill at each first point, or for one of those that left the same state.

        Returns how many pairs there are, how many states the first kills left, how many pairs of such a state and a call there are, and
        (job, outcome) of those that were run.
        """
        options = self.options
        states = collections.OrderedDict()
        for job, outcome in first:
            if outcome.hit and not outcome.problem:
                states.setdefault(outcome.state or job.target, []).append(job.target)
        memo = "" if self.full else "use"
        # One more recovery each, which nothing kills: how many calls it makes.
        counting = [Job(target=targets[0], second=("", "", 0), full=self.full) for targets in states.values()]
        counted = self.workers.run(index, template, counting)
        total, wanted, failed = 0, [], [(job, outcome) for job, outcome in counted if outcome.problem]
        for (job, outcome), targets in zip(counted, states.values()):
            total += sum((outcome.counts or {}).values()) * len(targets)
            wanted += [job._replace(second=second, memo=memo) for second in every(outcome.counts or {})]
        distinct = len(wanted)
        if options.pairs != "all":
            wanted = self.rng.sample(wanted, min(len(wanted), int(options.pairs)))
        part, parts = (int(n) for n in options.part.split("/"))
        return total, len(states), distinct, failed + self.workers.run(index, template, wanted[part - 1 :: parts])

    def control(self, index, template, control, targets):
        """The control at each of the targets."""
        return self.workers.run(index, template, [Job(target=target, control=control, full=self.full) for target in targets])


def every(counts):
    """All (thread, call, n)."""
    return [(*key, n) for key, count in sorted(counts.items()) for n in range(1, count + 1)]
