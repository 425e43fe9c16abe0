#!/usr/bin/env python3
"""Sets the wall clock a day forward and back under a running orderd, and between its runs, and looks whether time still holds.

A preloaded library shifts the wall clock (CLOCK_REALTIME) of the daemon alone, its waits until a time of that clock too, by what a mapped
file says, so that it jumps while it runs. (libfaketime does not serve: it sets an environment variable before main, and a Swift program
then finds no arguments.) The other clocks are left alone. Held against it, by the rig's own clock: no deferred order is tried before its time or long after it; no
file is judged before its settle time is over, and none before its resume deadline; times in the journal and in each order's status never
run back; what could not be published is tried again, and metrics are written on. Control: the boot clock jumps too, which must be noticed.
Exit 0 where all of that holds, 1 where it does not, 2 where the trial could not be run, 77 where there is no C compiler.

    clock-jumps.py --orderd .build/release/orderd
    clock-jumps.py --orderd ... --only settle,restart --no-controls
"""
import argparse, glob, json, os, random, shutil, struct, sys, threading, time

sys.dont_write_bytecode = True
import machine, pages
from daemon import Spool, order, until
from machine import Problem

DAY = 86400
SLACK = 0.03  # seconds: by how much the rig's own look may be late
LATE = 3.0  # seconds: what an answer may be late on a busy machine


# A wait on a condition is cut into short ones, so that it ends early or late where the clock jumps meanwhile, as the kernel's own does.
SHIFT = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static volatile long *seconds; /* of the wall clock, of the boot clock */
static int (*real_gettime)(clockid_t, struct timespec *);
static int (*real_wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static void __attribute__((constructor)) begin(void) {
  int file = open(getenv("CLOCK_SHIFT"), O_RDONLY | O_CLOEXEC);
  if (file < 0) abort();
  seconds = mmap(0, 16, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  real_gettime = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  real_wait = (int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *))dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
}
int clock_gettime(clockid_t clock, struct timespec *t) {
  if (!seconds) begin();
  int result = real_gettime(clock, t);
  t->tv_sec += clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE ? seconds[0] : seconds[1];
  return result;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec;
  t->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec;
  return now.tv_sec;
}
static int before(struct timespec a, struct timespec b) { return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec); }
int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m, const struct timespec *restrict end) {
  if (end->tv_sec < 1000000000) return real_wait(c, m, end); /* of a clock that counts from the boot */
  while (1) {
    struct timespec soon, last = *end;
    last.tv_sec -= seconds[0];
    real_gettime(CLOCK_REALTIME, &soon);
    if (!before(soon, last)) return real_wait(c, m, &last);
    soon.tv_nsec += 20000000;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    int result = real_wait(c, m, before(soon, last) ? &soon : &last);
    if (result != ETIMEDOUT) return result;
  }
}
"""


class Trial:
    """A spool whose daemon's wall clock the rig sets."""

    def __init__(self, options, folder, name, boot_too=False):
        self.options, self.rng, self.clock = options, random.Random(options.seed), folder + "/%s.clock" % name
        self.problems, self.counts, self.jumps = [], {}, 0
        self.spool = Spool(options.orderd, "%s/%s" % (folder, name), settings={
            "payment.gateway": "simulated", "retry.base": "2s", "retry.cap": "4s", "retry.breakerThreshold": "1000",
            "intake.settle": "1s", "intake.resumeDeadline": "3s", "intake.rescan": "2s", "publish.metricsInterval": "200ms"}).create()
        with open(self.clock, "wb") as f:
            f.write(bytes(16))
        self.shift, self.boot_too = open(self.clock, "r+b", buffering=0), boot_too
        self.spool.environment.update(LD_PRELOAD=options.library, CLOCK_SHIFT=self.clock)
        self.set(0)

    def set(self, days):
        os.pwrite(self.shift.fileno(), struct.pack("qq", days * DAY, days * DAY if self.boot_too else 0), 0)
        self.days = days
        self.jumps += 1

    def start(self):
        self.offset = self.days * DAY
        self.spool.start()

    def jumping(self, seconds, pause=0.3):
        """Forward, back and home, for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.set(self.rng.choice([d for d in (-1, 0, 1) if d != self.days]))
            time.sleep(pause * self.rng.uniform(0.5, 1.5))

    def problem(self, text):
        self.problems.append(text)

    def receipt(self, name):
        path = os.path.join(self.spool.receipt_directory, name + ".receipt.json")
        if not os.path.exists(path):
            return None
        with open(path) as f:
            return json.load(f)

    def times(self):
        """No history runs back, neither the journal's nor what a status file tells."""
        last = ""
        for event in self.spool.journal():
            if event["time"] < last:
                self.problem("event %s is of %s, the one before of %s" % (event["id"], event["time"], last))
            last = event["time"]
        for path in glob.glob(self.spool.path("partners/acme/status/ord_*.json")):
            with open(path) as f:
                status = json.load(f)
            times = [status["createdAt"]] + [step["at"] for step in status["history"]] + [status["updatedAt"]]
            if times != sorted(times):
                self.problem("times of %s run back: %s" % (status["orderId"], times))
        if found := self.spool.check():
            self.problem("check: " + found)

    def finish(self):
        if self.spool.stop() != 0:
            self.problem("it did not stop cleanly: " + self.spool.said()[-300:])


class Tail(threading.Thread):
    """Reads the journal as it grows: each event with the rig's wall clock at which it was seen."""

    def __init__(self, spool):
        super().__init__(daemon=True)
        self.spool, self.events, self.places, self.ended = spool, [], {}, threading.Event()
        self.start()

    def run(self):
        while not self.ended.wait(0.005):
            for path in glob.glob(self.spool.path("journal/*/*.ndjson")):
                with open(path, "rb") as f:
                    f.seek(self.places.get(path, 0))
                    content = f.read()
                whole = content[: content.rfind(b"\n") + 1]
                self.places[path] = self.places.get(path, 0) + len(whole)
                self.events += [(time.time(), json.loads(line)) for line in whole.splitlines()]

    def stop(self):
        self.ended.set()
        self.join()


def retries(trial):
    """Orders whose payment is deferred twice, while the clock jumps."""
    tail = Tail(trial.spool)
    trial.start()
    for i in range(30):
        trial.spool.drop("r%02d.json" % i, order("R-%02d" % i, token="tok_flaky"))
    trial.jumping(5)
    until(lambda: sum(e["type"] == "orderd.effect.settled" and e["data"]["state"] == "captured" for _, e in tail.events) == 30,
          20, "orders that were deferred never came again")
    tail.stop()
    due, count = {}, 0
    for seen, event in tail.events:
        if event["type"] == "orderd.order.deferred":
            due[event["subject"]] = event["data"]["nextAttempt"] / 1000 - trial.offset
        elif event["type"] == "orderd.order.released" and event["subject"] in due:
            count += 1
            late = seen - due.pop(event["subject"])
            if late < -SLACK:
                trial.problem("%s was tried %.2f s before its time" % (event["subject"], -late))
            elif late > LATE:
                trial.problem("%s was tried %.2f s after its time" % (event["subject"], late))
    trial.counts = {"retries": count}
    trial.finish()


def settle(trial):
    """Files that are written in place and left alone, and files that are written in parts, while the clock jumps."""
    trial.start()
    jumper = threading.Thread(target=trial.jumping, args=(6, 0.1))
    jumper.start()
    closed = {}
    for i in range(12):
        name = "s%02d.json" % i
        path = os.path.join(trial.spool.drop_directory, name)
        text = order("S-%02d" % i)
        with open(path, "w") as f:
            f.write(text if i % 2 else text[:40])
        if i % 2 == 0:
            # Half a file: its writer comes again within the deadline.
            time.sleep(0.15)
            if trial.receipt(name):
                trial.problem("%s was judged by its half" % name)
            with open(path, "a") as f:
                f.write(text[40:])
        closed[name] = time.monotonic()
    judged = {}
    while len(judged) < len(closed) and time.monotonic() < max(closed.values()) + 15:
        for name in closed:
            if name not in judged and trial.receipt(name):
                judged[name] = time.monotonic()
        time.sleep(0.005)
    jumper.join()
    for name, at in closed.items():
        if name not in judged:
            trial.problem("%s has no receipt" % name)
        elif judged[name] - at < 1.0 - SLACK:
            trial.problem("%s was judged %.2f s after its last change" % (name, judged[name] - at))
        elif judged[name] - at > 1.0 + LATE:
            trial.problem("%s was judged only %.2f s after its last change" % (name, judged[name] - at))
        elif trial.receipt(name)["verdict"] != "accepted":
            trial.problem("%s: %s" % (name, trial.receipt(name)["verdict"]))
    trial.counts = {"files": len(closed)}
    trial.finish()


def resume(trial):
    """Half a file waits for its resume until the deadline, and no longer, while the clock jumps."""
    trial.start()
    path = os.path.join(trial.spool.drop_directory, "half.json")
    with open(path, "w") as f:
        f.write(order("H-1")[:40])
    at = time.monotonic()
    jumper = threading.Thread(target=trial.jumping, args=(5, 0.2))
    jumper.start()
    waited = until(lambda: trial.receipt("half.json"), 15, "half a file has no receipt")
    jumper.join()
    waited = time.monotonic() - at if waited is None else waited
    if not 3.0 - SLACK <= waited <= 4.0 + LATE:
        trial.problem("half a file was judged after %.2f s; its deadline is 3 s" % waited)
    trial.counts = {"files": 1}
    trial.finish()


def publish(trial):
    """What cannot be published when the clock goes back a day is published soon after it can be, and metrics are written on."""
    trial.start()
    directory = trial.spool.receipt_directory
    os.rename(directory, directory + ".away")
    trial.spool.drop("p1.json", order("P-1"))
    until(lambda: trial.spool.said().count("cannot publish"), 10, "a receipt was published without its directory")
    trial.set(-1)
    trial.spool.drop("p2.json", order("P-2"))
    until(lambda: trial.spool.said().count("cannot publish") >= 2, 10, "a receipt was published without its directory")
    os.rename(directory + ".away", directory)
    try:
        waited = until(lambda: trial.receipt("p1.json") and trial.receipt("p2.json"), 12, "")
    except Problem:
        trial.problem("receipts that could not be published are not there 12 s after they could be: %s" % (
            [name for name in ("p1.json", "p2.json") if not trial.receipt(name)]))
        waited = 12
    metrics = trial.spool.path("metrics/orderd.prom")
    for days in (0, 1, 0, -1):
        trial.set(days)
        before = os.stat(metrics).st_mtime_ns
        trial.spool.drop("m%d.json" % trial.jumps, order("M-%d" % trial.jumps))
        try:
            until(lambda: os.stat(metrics).st_mtime_ns != before, 5, "")
        except Problem:
            trial.problem("metrics are not written after a jump to %+d days" % days)
    trial.counts = {"receipts": 2, "seconds until published": round(waited, 1)}
    trial.finish()


def restart(trial):
    """Orders are deferred; then it starts with the clock a day forward, or back: the wall clock rules, nothing is lost, no time runs back."""
    trial.spool.settings.update({"retry.base": "30s", "retry.cap": "30s"})
    trial.start()
    trial.spool.drop("a.ndjson", "".join(order("A-%d" % i, token="tok_flaky") for i in range(10)))
    stages = lambda: [o["stage"] for o in trial.spool.orders()]
    until(lambda: stages().count("deferred") == 10, 10, "orders were not deferred")
    trial.finish()
    # A day back: nothing is due for a day, and says so.
    trial.set(-1)
    trial.start()
    trial.spool.drop("b.json", order("B-1"))
    until(lambda: trial.receipt("b.json"), 10, "no receipt")
    time.sleep(1)
    if stages().count("deferred") != 10:
        trial.problem("after a start with the clock a day back, orders are at %s" % stages())
    trial.spool.kill()
    # A day forward: all is due, and tried at once; what is deferred again waits by this clock.
    trial.set(1)
    trial.start()
    until(lambda: all(o["attempts"] > 1 or o["stage"] != "deferred" for o in trial.spool.orders()), 10,
          "orders whose time has come were not tried after a start with the clock a day forward")
    trial.finish()
    trial.set(0)
    # The simulated gateway has forgotten whom it has refused: it does it twice again.
    trial.spool.settings.update({"retry.base": "100ms"})
    trial.start()
    time.sleep(0.5)
    if not set(stages()) <= {"deferred", "done"}:
        trial.problem("back at the right time, orders are at %s" % stages())
    deferred = [o["orderId"] for o in trial.spool.orders() if o["stage"] == "deferred"]
    if deferred:
        trial.spool.must("retry", *deferred, "--reason", "the clock is right again")
    until(lambda: set(stages()) == {"done"}, 10, "orders are not done: %s" % stages())
    trial.counts = {"orders": 11, "starts": 4}
    trial.finish()


SCENARIOS = {"retries": retries, "settle": settle, "resume": resume, "publish": publish, "restart": restart}
CONTROLS = ("retries", "settle", "resume")


def play(options, folder, name, boot_too=False):
    trial = Trial(options, folder, name + ("-control" if boot_too else ""), boot_too)
    try:
        SCENARIOS[name](trial)
        if not boot_too:
            trial.times()
    except Problem as problem:
        trial.problem(str(problem))
    finally:
        trial.spool.kill()
        trial.shift.close()
    return trial


def trial(options):
    rows, controls, problems = [], [], []
    with machine.scratch("orderd-clock-") as folder:
        options.library = machine.library(folder, "shift", SHIFT)
        for name in options.only.split(",") if options.only else SCENARIOS:
            done = play(options, folder, name)
            problems += done.problems
            counts = ", ".join("%s %s" % (v, k) for k, v in done.counts.items())
            rows.append((name, SCENARIOS[name].__doc__.replace("\n    ", " "), done.jumps - 1, counts, len(done.problems)))
            print("%-8s %3d jumps, %s: %d problems" % (name, done.jumps - 1, counts, len(done.problems)), flush=True)
            for problem in done.problems[:10]:
                print("  " + problem)
            if done.problems and options.keep:
                shutil.copytree(done.spool.root, "%s/%s" % (options.keep, name), ignore=shutil.ignore_patterns("control"))
                shutil.copy(done.spool.log, options.keep)
        for name in CONTROLS if not options.no_controls else ():
            # Where the jumps fall is chance, and on a busy machine some fall where nothing waits: other jumps are tried then.
            for attempt in range(4):
                place = "%s/control-%s-%d" % (folder, name, attempt)
                os.mkdir(place)
                done = play(argparse.Namespace(**{**vars(options), "seed": options.seed + attempt}), place, name, boot_too=True)
                if done.problems:
                    break
            noticed = done.problems[0] if done.problems else "nothing"
            controls.append((name, len(done.problems)))
            print("control %s, the boot clock jumps too: %s" % (name, noticed), flush=True)
            if not done.problems:
                problems.append("the rig does not notice a boot clock that jumps in " + name)
    if options.write:
        pages.write_section(options.write, "Clock jumps", PAGE.format(
            date=time.strftime("%Y-%m-%d"), version=pages.version(options.orderd), command=pages.command(__file__),
            table=pages.table(["scenario", "", "jumps", "seen", "problems"], rows),
            controls=pages.table(["control", "problems noticed"], controls) if controls else "Not part of this run.\n"))
    return problems


PAGE = """The wall clock is set a day forward and back under the running daemon, and between its runs (a preloaded library shifts that clock alone). One run: **{date}, orderd {version}**.

    {command}

{table}
By the rig's own clock: no deferred order is tried before its time, or more than 3 s after it; no file is judged before `intake.settle` and `intake.resumeDeadline` are over; what could
not be published comes soon after it can be. In the journal no time is before the one above it, in no status file either; `orderd check` finds nothing. After
a restart the wall clock rules.

Control: where the boot clock jumps too, the rig must notice.

{controls}"""


def parser():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--only", help="scenarios, with commas: %s (default: all)" % ", ".join(SCENARIOS))
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--no-controls", action="store_true", help="leave out the runs that must fail")
    p.add_argument("--keep", help="a directory for what a failure leaves")
    p.add_argument("--write", metavar="PAGE", help="write the result into its section of this page")
    return p


if __name__ == "__main__":
    sys.exit(machine.main(trial, parser(), machine.needs_compiler))
