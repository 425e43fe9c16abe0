"""The processes that do the jobs, and what they know in common."""
import errno, glob, multiprocessing, os, shutil, signal, sys

from .gateway import Gateway
from .point import point
from .scenarios import SCENARIOS
from .spool import Spool


class Known:
    """States from which it was recovered and compared, for all workers: one empty file each."""

    def __init__(self, folder):
        self.folder = folder

    def has(self, state):
        return os.path.exists("%s/%s" % (self.folder, state))

    def add(self, state):
        os.makedirs(self.folder, exist_ok=True)
        open("%s/%s" % (self.folder, state), "w").close()


class Workers:
    """Does jobs, `parallel` at a time, each with a spool and a gateway of its own below `folder`."""

    def __init__(self, orderd, folder, parallel, keep):
        self.jobs, self.results = multiprocessing.Queue(), multiprocessing.Queue()
        self.processes = [
            multiprocessing.Process(target=_work, args=(orderd, folder, i, self.jobs, self.results, keep)) for i in range(parallel)]
        for process in self.processes:
            process.start()

    def run(self, index, template, jobs):
        """Has the jobs done on the scenario of this index, and returns (job, outcome) of each, in the order of the jobs."""
        for number, job in enumerate(jobs):
            self.jobs.put((number, index, template, job))
        done = [None] * len(jobs)
        for count in range(len(jobs)):
            number, outcome = self.results.get()
            done[number] = (jobs[number], outcome)
            if sys.stderr.isatty():
                print("\r  %s %d/%d " % (SCENARIOS[index].name, count + 1, len(jobs)), end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr)
        return done

    def close(self):
        for _ in self.processes:
            self.jobs.put(None)
        for process in self.processes:
            process.join()

    def stop(self):
        """At once: what they trace ends with them, and so does their gateway."""
        for process in self.processes:
            process.terminate()


def _work(orderd, folder, number, jobs, results, keep):
    # A process that traces must not be asked to do it from two threads; so each worker is a process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    own = "%s/%d" % (folder, number)
    os.makedirs(own)
    gateway = Gateway(own)
    spool = Spool(orderd, own + "/point", gateway)
    try:
        while (item := jobs.get()) is not None:
            number, index, template, job = item
            scenario = SCENARIOS[index]
            outcome = point(scenario, spool, template, job, Known("%s/known-%s" % (folder, scenario.name)))
            if outcome.problem and keep and not job.control:
                _keep(keep, scenario, job, spool, outcome)
            results.put((number, outcome))
    finally:
        gateway.close()


def _keep(keep, scenario, job, spool, outcome):
    words = ["%s.%s%d" % target for target in (job.target, job.second) if target]
    place = "%s/%s-%s%s" % (keep, scenario.name, "-".join(words), errno.errorcode[job.error] if job.error else "")
    if len(glob.glob(keep + "/*")) < 20 and not os.path.exists(place):
        shutil.copytree(spool.folder, place, symlinks=True, ignore=shutil.ignore_patterns("control"))
        with open(place + "/problem", "w") as f:
            f.write("%s\n%s\n%s\n" % (outcome.hit, outcome.second, outcome.problem))
