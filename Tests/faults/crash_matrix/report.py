"""What came of it: on standard output as it goes, and as a page."""
import collections, datetime, json, os, subprocess, sys

from .page import page

# A line of the tables. `table` is {(role, call): [points, failures]}; `still` is how many calls are no points, for they change nothing;
# `known` how many points left a state that had been recovered and compared, `total` how many points an undisturbed run has.
Row = collections.namedtuple("Row", "name title table reached failed still known total")
# The second kills. `total` pairs there are; `states` were left by the first kills; `distinct` are the pairs of a state and a call.
Pairs = collections.namedtuple("Pairs", "row total states distinct part")


class Report:
    def __init__(self, options):
        self.options, self.failures, self.blunt, self.seconds = options, 0, [], 0
        self.killed, self.failing, self.pair, self.proofs, self.controls = [], [], None, [], []
        self.commands = [" ".join(["Tests/faults/crash-matrix.py"] + without_paths(sys.argv[1:]))] if options.orderd else []
        self.version = ""
        if options.orderd:
            self.version = subprocess.run([options.orderd, "--version"], capture_output=True).stdout.decode().strip()

    def kills(self, scenario, run, done):
        self.killed.append(self._row(scenario.name, scenario.title, run, done))

    def errors(self, scenario, error, lasts, run, done):
        self.failing.append(self._row(scenario.name, error + (" lasting" if lasts else ""), run, done))

    def pairs(self, scenario, run, total, states, distinct, done):
        row = self._row(scenario.name + ", twice", "", run, done, is_second=True)
        self.pair = Pairs(row, total, states, distinct, self.options.part)
        print("%-28s %d pairs; %d states after the first kill, %d pairs of a state and a call" % ("", total, states, distinct), flush=True)

    def _row(self, name, title, run, done, is_second=False):
        hits = [(outcome.second if is_second else outcome.hit, outcome) for _, outcome in done]
        roles, table = run.roles(), collections.defaultdict(lambda: [0, 0])
        for hit, outcome in hits:
            if hit:
                cell = table[roles.get(hit[0], "other"), hit[1]]
                cell[0] += 1
                cell[1] += outcome.problem is not None
        # A failure at a point that was not reached is one too.
        failed = [(job, outcome) for job, outcome in done if outcome.problem]
        self.failures += len(failed)
        row = Row(name, title, dict(table), sum(cell[0] for cell in table.values()), len(failed), sum(run.still.values()) + run.left_out,
                  sum(1 for hit, outcome in hits if hit and outcome.known), sum(run.counts.values()) - run.left_out)
        words = title if title.startswith("E") else ""
        print("%-28s %5d points, %d failures" % ((name + " " + words).strip(), row.reached, row.failed), flush=True)
        for job, outcome in failed[:10]:
            hit = ["%s:%s:%d" % (roles.get(h[0], h[0]), h[1], h[2]) for h in (outcome.hit, outcome.second) if h]
            place = ", then ".join(hit) or "not reached %s" % (job,)
            print("    %s (ended with %s): %s" % (place, outcome.ended, outcome.problem), flush=True)
        return row

    def proof(self, scenario, still, names):
        self.proofs.append((scenario.name, still, names))
        wrong = {call: cell for call, cell in still.items() if cell[0] != cell[1]}
        same, told = sum(cell[1] for cell in still.values()), sum(cell[0] - cell[1] for cell in names.values())
        print("%-28s %d of %d calls that change nothing leave the same state; %d of %d that change names do not" % (
            scenario.name + ", all calls", same, sum(c[0] for c in still.values()), told, sum(c[0] for c in names.values())), flush=True)
        if wrong or not told:
            self.blunt.append("the reduction: %s" % wrong)
            print("    THE REDUCTION IS NOT SOUND: %s" % wrong, flush=True)

    def control(self, name, done):
        bitten = sum(1 for _, outcome in done if outcome.problem)
        self.controls.append((name, len(done), bitten))
        if not bitten:
            self.blunt.append(name)
        print("control %-20s %5d points, %d noticed%s" % (name, len(done), bitten, "" if bitten else ": THE RIG DOES NOT BITE"), flush=True)

    @property
    def points(self):
        rows = self.killed + self.failing + ([self.pair.row] if self.pair else [])
        return sum(row.reached for row in rows)

    def finish(self):
        print("%d points, %d failures, %d s" % (self.points, self.failures, self.seconds), flush=True)

    def save(self, path):
        """Into a file that `merge` reads."""
        kept = {name: getattr(self, name) for name in _SAVED}
        for name in ("killed", "failing"):
            kept[name] = [_saved(row) for row in kept[name]]
        if self.pair:
            kept["pair"] = [_saved(self.pair.row), *self.pair[1:]]
        with open(path, "w") as f:
            json.dump(kept, f, indent=1)

    def merge(self, path):
        """Adds what another run has saved."""
        with open(path) as f:
            kept = json.load(f)
        for name in ("killed", "failing"):
            setattr(self, name, getattr(self, name) + [_loaded(row) for row in kept[name]])
        if kept["pair"]:
            pair = Pairs(_loaded(kept["pair"][0]), *kept["pair"][1:])
            self.pair = _together(self.pair, pair) if self.pair else pair
        for name in ("failures", "seconds", "proofs", "controls", "blunt", "commands"):
            setattr(self, name, getattr(self, name) + kept[name])
        self.version = self.version or kept["version"]

    def write(self, path):
        with open(path, "w") as f:
            f.write(page(self, datetime.date.today().isoformat(), os.cpu_count()))


_SAVED = ("killed", "failing", "pair", "failures", "seconds", "proofs", "controls", "blunt", "commands", "version")


def _together(one, other):
    """Two parts of all pairs. What there is to do differs a little from run to run: the larger number counts."""
    table = {key: list(cell) for key, cell in one.row.table.items()}
    for key, cell in other.row.table.items():
        known = table.setdefault(key, [0, 0])
        known[0] += cell[0]
        known[1] += cell[1]
    row = one.row._replace(table=table, **{name: getattr(one.row, name) + getattr(other.row, name) for name in ("reached", "failed", "known")})
    return Pairs(row, *(max(pair) for pair in zip(one[1:4], other[1:4])), "%s, %s" % (one.part, other.part))


def _saved(row):
    return [row.name, row.title, [[*key, *cell] for key, cell in row.table.items()], *row[3:]]


def _loaded(row):
    return Row(row[0], row[1], {(role, call): [points, failed] for role, call, points, failed in row[2]}, *row[3:])


def without_paths(words):
    """The arguments for the page: no place of this machine."""
    shown, skips = [], False
    for word in words:
        if skips:
            skips = False
        elif word in ("--dir", "--keep", "--note", "--save", "--merge"):
            skips = True
        else:
            shown.append("PROGRAM" if shown[-1:] == ["--orderd"] else "PAGE" if shown[-1:] == ["--write"] else word)
    return shown
