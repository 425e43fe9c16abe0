"""Runs of a scenario's program: traced, or undisturbed while a daemon is asked to do something."""
import os, signal, subprocess, threading, time

from .spool import Problem
from .tracer import Traced

PATIENCE = 60  # seconds for a run to come to its end


def traced(scenario, spool, target, error=0, lasts=False, full=False, words=None):
    """Runs the scenario's command, or `words`, to its end or to its kill. Returns the run."""
    run = Traced(spool.arguments(*(words or scenario.command(spool))), spool.log, reading=bool(error), full=full)
    is_over, state = threading.Event(), {}
    is_live = scenario.live and not words
    # A thread of its own: the kernel answers only the thread that traces.
    driver = threading.Thread(target=_drive, args=(scenario, spool, run.pid, is_over, state, is_live))
    driver.start()
    # While an error lasts a drain may wait for its end, and say so again and again: it is asked to stop.
    stopper = threading.Thread(target=_stop, args=(run, is_over)) if lasts else None
    if stopper:
        stopper.start()
    try:
        run.run(target, error, lasts)
    finally:
        is_over.set()
        driver.join()
        if stopper:
            stopper.join()
    if "hung" in state:
        raise Problem("it did not come to its end within %d s" % PATIENCE)
    if is_live and "acted" not in state:
        scenario.act(spool)
    return run


def _stop(run, is_over):
    since = None
    while not is_over.wait(0.05):
        if run.hit and since is None:
            since = time.monotonic()
        if since and time.monotonic() > since + 2:
            os.kill(run.pid, signal.SIGTERM)
            return


def live(scenario, spool):
    """The same without tracing, and without the act: a daemon that runs until the end is reached."""
    with open(spool.log, "ab") as log:
        process = subprocess.Popen(spool.arguments("run"), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    is_over, state = threading.Event(), {"acted": True}
    driver = threading.Thread(target=_drive, args=(scenario, spool, process.pid, is_over, state, True))
    driver.start()
    code = process.wait()
    is_over.set()
    driver.join()
    if "hung" in state or code != 0:
        raise Problem("the run after the kill ended with %s%s" % (code, ", for it did not come to its end" if "hung" in state else ""))


def _drive(scenario, spool, pid, is_over, state, is_live):
    deadline = time.monotonic() + PATIENCE
    marker = b"msg=running pid=%d " % pid
    while not is_over.wait(0.002 if is_live else deadline - time.monotonic()):
        if time.monotonic() >= deadline:
            state["hung"] = True
            os.kill(pid, signal.SIGKILL)
            return
        if not is_live or "stopped" in state:
            continue
        if "running" not in state:
            with open(spool.log, "rb") as log:
                if marker not in log.read():
                    continue
            state["running"] = True
        if "acted" not in state:
            scenario.act(spool)
            state["acted"] = True
        try:
            if scenario.reached(spool):
                os.kill(pid, signal.SIGTERM)
                state["stopped"] = True
        except (OSError, ValueError, Problem):
            pass
