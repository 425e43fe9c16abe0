"""The command line."""
import argparse, os, shutil, signal, subprocess, sys, tempfile, time

from .matrix import Matrix
from .point import CONTROLS
from .proof import prove
from .report import Report
from .scenarios import SCENARIOS
from .spool import Problem
from .tracer import why_not

ERROR_SCENARIOS = "single,charge,slices,refund"


def arguments(description):
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orderd", help="the program")
    parser.add_argument("--probe", action="store_true", help="only say whether this machine can do it: 0, or 77")
    parser.add_argument("--list", action="store_true", help="only list the scenarios")
    parser.add_argument("--only", help="scenarios, with commas (default: all)")
    parser.add_argument("--sample", type=int, default=0, help="this many points of each scenario (default: all)")
    parser.add_argument("--all-of", default="", help="scenarios of which --sample spares none, with commas")
    parser.add_argument("--no-reduction", action="store_true", help="calls that change nothing are points too, and every pair")
    parser.add_argument("--prove", default="", help="scenarios, with commas, where it is shown that these change nothing")
    parser.add_argument("--pairs", default="all", help="how many pairs of kill and kill in recovery of single: all, a number, 0")
    parser.add_argument("--part", default="1/1", help="K/N: every Nth of the pairs, from the Kth")
    parser.add_argument("--errors", default="", help="error names, with commas: calls fail with them too, once each")
    parser.add_argument("--lasting", default="", help="error names, with commas: from the Nth call on, what such an error meets fails")
    parser.add_argument("--errors-of", default=ERROR_SCENARIOS, help="the scenarios for that (default: %s)" % ERROR_SCENARIOS)
    parser.add_argument("--error-sample", type=int, default=0, help="this many points of each error (default: all, or --sample)")
    parser.add_argument("--no-kills", action="store_true", help="only what --errors and --lasting ask for")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--parallel", type=int, default=os.cpu_count(), help="how many points at a time (default: one a core)")
    parser.add_argument("--at", help="one point, THREAD:CALL:N, such as pipeline:write:3")
    parser.add_argument("--dir", help="where the spools are made (default: /dev/shm where there is one)")
    parser.add_argument("--keep", help="a directory for the spools of up to 20 failures")
    parser.add_argument("--doctor", choices=sorted(CONTROLS), help="one of the controls at every point: this must fail")
    parser.add_argument("--no-controls", action="store_true", help="leave out the runs that must fail")
    parser.add_argument("--note", default="", help="a sentence for the page: how the program was built")
    parser.add_argument("--write", metavar="PAGE", help="write the tables into this page")
    parser.add_argument("--save", metavar="FILE", help="save the results, for a later --merge: a run in several parts")
    parser.add_argument("--merge", metavar="FILE", nargs="+", default=[], help="add saved results; without --orderd, only that and --write")
    return parser


def main(description):
    """Runs it; returns the exit code."""
    parser = arguments(description)
    options = parser.parse_args()
    if options.list:
        for scenario in SCENARIOS:
            print("%-16s %s" % (scenario.name, scenario.title))
        return 0
    if reason := why_not():
        print("this machine cannot do it: " + reason, file=sys.stderr)
        return 77
    if options.probe:
        return 0
    if not options.orderd:
        if not options.merge:
            parser.error("--orderd is needed: the program")
        return conclude(options, Report(options))
    options.orderd = os.path.abspath(options.orderd)
    known = {s.name for s in SCENARIOS}
    names = options.only.split(",") if options.only else [s.name for s in SCENARIOS]
    if unknown := set(names) - known:
        parser.error("no scenario %s; there are %s" % (", ".join(sorted(unknown)), ", ".join(s.name for s in SCENARIOS)))
    folder = tempfile.mkdtemp(prefix="orderd-crash-", dir=options.dir or ("/dev/shm" if os.path.isdir("/dev/shm") else None))
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    matrix = Matrix(options, folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    try:
        return examine(options, matrix, names)
    except (Problem, subprocess.CalledProcessError, OSError) as error:
        print("the trial could not be run: %s" % error, file=sys.stderr)
        return 2
    except (KeyboardInterrupt, SystemExit):
        matrix.workers.stop()
        raise
    finally:
        matrix.close()
        shutil.rmtree(folder, ignore_errors=True)


def examine(options, matrix, names):
    report = Report(options)
    started = time.monotonic()
    for index, scenario in enumerate(SCENARIOS):
        if scenario.name not in names:
            continue
        template = matrix.template(scenario)
        if not options.no_kills:
            kills(options, matrix, report, index, template)
        if scenario.name in options.errors_of.split(","):
            for lasts, errors in ((False, options.errors), (True, options.lasting)):
                for name in errors.split(",") if errors else []:
                    report.errors(scenario, name, lasts, *matrix.points(index, template, name, lasts))
        report.seconds = time.monotonic() - started
        if options.save:
            report.save(options.save)
    report.seconds = time.monotonic() - started
    return conclude(options, report)


def conclude(options, report):
    for path in options.merge:
        report.merge(path)
    report.finish()
    if options.save:
        report.save(options.save)
    if options.write:
        report.write(options.write)
    return 1 if report.failures or report.blunt else 0


def kills(options, matrix, report, index, template):
    scenario = SCENARIOS[index]
    run, done = matrix.points(index, template)
    report.kills(scenario, run, done)
    if options.at or options.doctor:
        return
    if scenario.name in options.prove.split(","):
        report.proof(scenario, *prove(matrix, index, template))
    if scenario.name == "single" and options.pairs != "0":
        report.pairs(scenario, run, *matrix.pairs(index, template, done))
    if options.no_controls or scenario.name not in ("single", "charge"):
        return
    reached = [job.target for job, outcome in done if outcome.hit]
    some = sorted(matrix.rng.sample(reached, min(len(reached), options.sample or 120)))
    for control in [c for c in CONTROLS if c != "charge"] if scenario.name == "single" else ["charge"]:
        report.control(control, matrix.control(index, template, control, some[:40] if control == "charge" else some))
