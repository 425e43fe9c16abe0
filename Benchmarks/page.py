"""Figures as tables of docs/performance.md, each part between markers of its own."""

import json
import re

TITLES = {"aims": "Aims", "drain": "Draining a backlog", "latency": "Rename to receipt and to COMPLETED", "peers": "What people would use instead", "reader": "The reader",
          "cost": "The cost of an order", "rest": "At rest", "memory": "Memory", "start": "Starts", "history": "A long history"}
HEAD = """# Performance

<!-- What stands between the markers "bench" and "/bench" is written by `make bench`; what stands outside of them is not touched. -->
"""


def table(head, rows):
    return "\n".join(["| " + " | ".join(head) + " |", "|" + "---|" * len(head)] + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def spread(found, digits=2, unit=""):
    low, high = found["range"]
    return f"**{found['median']:.{digits}f}**{unit} ({low:.{digits}f} to {high:.{digits}f}; {found['runs']} runs)"


def rate(found):
    return f"{found['median']:,.0f}"


def megabytes(number):
    return f"{number / 1e6:,.0f} MB"


def drain(runs):
    rows = []
    for name, run in runs.items():
        quartiles = run["ratio"]["quartiles"]
        rows.append([f"{name} ({run['lines']} a order)" if run["real"] else name, f"{run['orders']:,}", spread(run["ratio"], 3), f"{quartiles[0]:.3f} to {quartiles[1]:.3f}",
                     spread(run["drain_ratio"], 3), rate(run["whole"]), f"{rate(run['floor'])} (batch {run['batch']})", megabytes(run["memory"]["median"])])
    return (table(["on, orders", "orders", "orderd / floor, whole process", "quartiles", "from `running` to `stopped cleanly`", "orderd, orders/s", "floor, orders/s", "memory at most"], rows)
            + "\nMedians, and the range in brackets, over interleaved pairs. One-order files. The first ratio counts orderd's whole process, from its exec to its end; the floor's clock "
            "leaves out loading, opening the database and making its tables.\n")


def latency(runs):
    rows = []
    for name, run in runs.items():
        for one in run["rates"]:
            cells = [name, "idle" if one["rate"] == 0 else f"{one['rate']:g}/s", f"{one['orders']:,}"]
            for what in ("receipt", "completed"):
                cells += [f"{one[what][share]:.1f}" if share in one[what] else "-" for share in ("p50", "p99", "p99.9", "max")]
            rows.append(cells + [one["receipt"]["missing"] + one["completed"]["missing"], f"{one['late'].get('p99', 0):.1f}"])
    return (table(["on", "offered", "orders", "receipt p50", "p99", "p99.9", "max", "COMPLETED p50", "p99", "p99.9", "max", "not seen", "dropper late p99"], rows)
            + "\nMilliseconds from the planned time of the rename (open loop, no coordinated omission) to the sight of the file through inotify, exact percentiles. Idle: one order a second.\n")


def peers(runs):
    rows = []
    for name, run in runs.items():
        row = [name, f"{run['orders']:,} of {run['bytes']} bytes", rate(run["rates"]["orderd"])]
        for peer in ("postfix", "script"):
            row += [spread(run[f"to_{peer}"], 1), rate(run["rates"][peer])] if peer in run["rates"] else ["-", "-"]
        rows.append(row)
    any_run = next(iter(runs.values()))
    postfix = f"Postfix {any_run['postfix']} of Debian, smtp-source with {any_run['sessions']} sessions, the package's settings" + (
        " with " + ", ".join(any_run["postfix_settings"]) if any_run["postfix_settings"] else "") + "; everything to the discard transport, no service chrooted; each message synced once, at acceptance. "
    return (table(["on", "orders", "orderd, orders/s", "orderd / Postfix", "Postfix, messages/s", "orderd / script", "script, orders/s"], rows) + "\n"
            + (postfix if any_run["postfix"] else "") + "The script: `Benchmarks/peers/script.py`, the same steps, one order at a time, a commit with synchronous=FULL a step, no journal. orderd: the whole process, everything on.\n")


def reader(runs):
    rows = [[f"{name}, {run['mean_bytes']:.0f} bytes", spread(run["to_decoder"], 1), spread(run["to_sqlite"], 1)] + [
        f"{run['rates'][engine]['median']:.0f}" for engine in ("orderd", "JSONDecoder-Double", "JSONDecoder-Decimal", "SQLite")] for name, run in runs.items()]
    return (table(["orders", "orderd / JSONDecoder", "orderd / SQLite", "orderd, MB/s", "JSONDecoder (Double)", "JSONDecoder (Decimal)", "SQLite"], rows)
            + "\nThe ratio is to the faster of both JSONDecoders in each round. The others check nothing.\n")


def cost(runs):
    rows = [[name, f"{run.get('calls_total', 0):.1f}", f"{run['instructions']:,.0f}" if "instructions" in run else "-", f"{run['microseconds']['user']:.0f}", f"{run['microseconds']['kernel']:.0f}",
             f"{run['switches']:.2f}", ", ".join(f"{call} {number:.2f}" for call, number in run.get("calls", {}).items() if number >= 0.05)] for name, run in runs.items()]
    return (table(["orders", "system calls", "instructions", "us in user mode", "us in the kernel", "context switches", "calls"], rows)
            + "\nFor one order: the difference between two backlogs, so that start and stop do not count (strace -c -f, callgrind; times without either).\n")


def rest(runs):
    rows = [[f"{run.get('wakeups_a_minute', float('nan')):.1f}", ", ".join(f"{who} {count:.1f}" for who, count in run.get("waits_a_minute", {}).items()),
             f"{run['switches_a_minute']:.0f}", f"{run['processor_seconds_an_hour']:.1f}"] for run in runs.values()]
    return (table(["wake-ups a minute", "thread and call", "voluntary context switches a minute", "processor seconds an hour"], rows)
            + "\nA wake-up is a wait of more than a millisecond that ended. The rescans (`intake.rescan`) read the tree, which may wait for the disk.\n")


def memory(runs):
    rows = [[row["what"], megabytes(row["now"]) if row["now"] else "-", megabytes(row["own"]) if row["own"] else "-", megabytes(row["peak"])] for run in runs.values() for row in run["rows"]]
    return table(["", "resident", "of that its own (RssAnon)", "at most (VmHWM)"], rows)


def start(runs):
    rows = [[f"{row['orders']:,}", spread(row["clean"], 3, " s"), f"{row['processor']:.2f} s", f"{row['killed']:.3f} s", megabytes(row["memory"])] for run in runs.values() for row in run["rows"]]
    return (table(["orders queued", "after a clean stop", "processor", "after kill -9", "memory at most"], rows)
            + "\nFrom the exec to the log line `running`; the page cache is warm.\n")


def history(runs):
    rows = [[f"{run['orders']:,}", spread(run["ratio"], 3), spread(run["drain_ratio"], 3), rate(run["large"]), rate(run["empty"]), f"{(run['ledger']) / 1e9:.1f} GB", f"{run['journal'] / 1e9:.1f} GB",
             f"{run['made_seconds']:.0f} s", ", ".join(f"{words} {seconds:.0f} s" for words, seconds in run.get("verified", {}).items())] for run in runs.values()]
    return (table(["orders in the ledger", "throughput with them / none, whole process", "from `running` to `stopped cleanly`", "with them, orders/s", "none, orders/s", "ledger", "journal", "made in", "checked"], rows)
            + "\nThe history was recorded by the ledger's own verbs over the year before; files of its ended orders are not there, as after a retention.\n")


def aims(parts):
    """The table of what is aimed at, from what was found."""
    rows = []

    def add(what, aim, part, found):
        try:
            value, text = found(parts[part]["runs"])
            met = value >= aim if aim >= 0 else value <= -aim
            rows.append([what, f"{'>=' if aim >= 0 else '<='} {abs(aim):g}", text, "yes" if met else "**no**"])
        except (KeyError, StopIteration, IndexError, TypeError, ValueError):
            rows.append([what, f"{'>=' if aim >= 0 else '<='} {abs(aim):g}", "not measured", ""])

    quiet = lambda runs: next(name for name in runs if not name.startswith("disk"))
    first = lambda runs: runs[quiet(runs)]
    median = lambda found, digits=2: (found["median"], f"{found['median']:.{digits}f}")
    at = lambda runs, wanted: next(one for one in first(runs)["rates"] if one["rate"] == wanted)["receipt"]
    shown = lambda value, digits, unit: (value, f"{value:.{digits}f}{unit}")
    # A quick run has a shorter one.
    history = lambda runs, name, orders: runs[name] if runs[name]["orders"] >= orders else {}
    row = lambda runs, start: next(row for run in runs.values() for row in run["rows"] if str(row.get("what", row.get("orders"))).startswith(start))
    add("drain / floor (2 lines, ext4)", 1.0, "drain", lambda runs: median(first(runs)["ratio"], 3))
    add("drain / Postfix", 8, "peers", lambda runs: median(first(runs)["to_postfix"], 1))
    add("drain / Python script", 8, "peers", lambda runs: median(first(runs)["to_script"], 1))
    add("drain / Postfix, on the real disk", 8, "peers", lambda runs: median(runs["disk"]["to_postfix"], 1))
    add("drain / Python script, on the real disk", 8, "peers", lambda runs: median(runs["disk"]["to_script"], 1))
    add("rename to receipt, idle: p50, ms", -3, "latency", lambda runs: shown(at(runs, 0)["p50"], 1, ""))
    add("rename to receipt, idle: p99, ms", -10, "latency", lambda runs: shown(at(runs, 0)["p99"], 1, ""))
    add("rename to receipt at 500 orders/s: p99, ms", -50, "latency", lambda runs: shown(at(runs, 500)["p99"], 1, ""))
    add("1 million orders in the ledger / none", 0.9, "history", lambda runs: median(history(runs, "1 million", 1_000_000)["ratio"], 3))
    add("10 million orders in the ledger / none", 0.9, "history", lambda runs: median(history(runs, "10 million", 10_000_000)["ratio"], 3))
    add("start with 100,000 queued, s", -2, "start", lambda runs: median(row(runs, "100000")["clean"]))
    add("start with 1 million queued, s", -20, "start", lambda runs: median(row(runs, "1000000")["clean"]))
    add("memory idle, MB", -30, "memory", lambda runs: shown(row(runs, "at rest")["peak"] / 1e6, 0, ""))
    add("memory with 1 million files waiting, MB", -150, "memory", lambda runs: shown(max(row["peak"] for run in runs.values() for row in run["rows"] if row["what"].startswith("1000000 files")) / 1e6, 0, ""))
    add("memory, 100 MB NDJSON, MB", -100, "memory", lambda runs: shown(row(runs, "one NDJSON file of 100 MB")["peak"] / 1e6, 0, ""))
    add("reader / JSONDecoder", 16, "reader", lambda runs: median(first(runs)["to_decoder"], 1))
    add("wake-ups a minute at rest", -10, "rest", lambda runs: shown(runs["idle"]["wakeups_a_minute"], 1, ""))
    return table(["figure", "aim", "found", "met"], rows)


PARTS = {"drain": drain, "latency": latency, "peers": peers, "reader": reader, "cost": cost, "rest": rest, "memory": memory, "start": start, "history": history}


def surroundings(runs):
    """The lines of surroundings of all runs of a part, each once, with the range of loads."""
    loads = {}
    for run in runs.values():
        for one in [run, *run.get("rates", []), *run.get("rows", [])] if not isinstance(run.get("rates"), dict) else [run]:
            if line := one.get("surroundings"):
                before, load, after = re.fullmatch(r"(.*load )([\d.]+)(.*)", line).groups()
                loads.setdefault((before, after), []).append(float(load))
    return [f"{before}{min(found):.1f}{f' to {max(found):.1f}' if max(found) > min(found) else ''}{after}" for (before, after), found in loads.items()]


def section(name, parts):
    """What goes between a part's markers."""
    if name == "aims":
        latest = max(parts.values(), key=lambda part: part["date"], default=None)
        return f"## {TITLES[name]}\n\n{aims(parts)}" + (f"\nMeasured on {described(latest['versions'])}. Each table below has its own date, commit and load.\n" if latest else "")
    part = parts[name]
    heading = f"## {TITLES[name]}\n\n" + ("Rough figures of a quick run.\n\n" if part["quick"] else "")
    return heading + PARTS[name](part["runs"]) + f"\n{part['date']}, commit {part['versions']['commit']}; " + "; ".join(surroundings(part["runs"])) + ".\n"


def described(versions):
    return (f"{versions['machine']}, {versions['system']}, SQLite {versions['sqlite']} (the script's: {versions['script sqlite']}), {versions['swift']}, "
            f"Python {versions['python']}, {versions['cc']}")


def read(kept):
    return {name: json.loads((kept / f"{name}.json").read_text()) for name in PARTS if (kept / f"{name}.json").exists()}


def text(kept, names):
    parts = read(kept)
    return "\n".join(section(name, parts) for name in ["aims", *names] if name == "aims" or name in parts)


def write(path, kept):
    """Puts every part that was found in place of its section, or at the end."""
    parts = read(kept)
    content = path.read_text() if path.exists() else HEAD
    for name in ["aims", *parts]:
        begin, end = f"<!-- bench: {name} -->", f"<!-- /bench: {name} -->"
        block = f"{begin}\n{section(name, parts)}{end}"
        if begin in content and end in content:
            content = content[:content.index(begin)] + block + content[content.index(end) + len(end):]
        else:
            content = content.rstrip("\n") + f"\n\n{block}\n"
    path.write_text(content)
