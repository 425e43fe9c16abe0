#!/usr/bin/env python3
"""Shows that the simulation finds bugs: applies each patch of Tests/SimulationTests/Bugs to a copy of the tree, builds it, and runs seeds
until one fails.

  Tests/faults/simulation-bugs.py
  Tests/faults/simulation-bugs.py --only claim-replaces --seeds 2000
  Tests/faults/simulation-bugs.py --write docs/simulation.md

The copy has its own build, which the first patch pays for; each further one builds a module or two. --tree takes a copy that is there
already, with its build, and leaves it as it was. With --write the table between the marks of a page is written anew.

Exit code: 0 every bug is found and the unchanged tree holds, 1 not so, 2 it could not run, 77 this machine has no Swift or no patch(1).
"""
import argparse
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARKS = ("<!-- bugs: written by Tests/faults/simulation-bugs.py -->", "<!-- end of bugs -->")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these patches only, without .patch")
    parser.add_argument("--seeds", type=int, default=3000, help="seeds to try for each bug (default 3000)")
    parser.add_argument("--control", type=int, default=100, help="seeds that the unchanged tree must hold (default 100)")
    parser.add_argument("--jobs", type=int, default=2, help="seeds at one time (default 2)")
    parser.add_argument("--configuration", choices=["debug", "release"], default="debug", help="of the builds (default debug)")
    parser.add_argument("--tree", type=pathlib.Path, help="a copy of the tree to work in, instead of a new one")
    parser.add_argument("--write", type=pathlib.Path, metavar="PAGE", help="write the table into this page")
    return parser.parse_args()


def copy_tree(target):
    """The tree without what builds leave, but for the checked out packages, so that nothing is fetched again."""
    shutil.copytree(ROOT, target, symlinks=True, ignore=lambda folder, names: {n for n in names if n in (".build", ".build-release", ".git")})
    for part in ("checkouts", "repositories", "workspace-state.json"):
        source = ROOT / ".build" / part
        if source.is_dir():
            shutil.copytree(source, target / ".build" / part, symlinks=True)
        elif source.exists():
            shutil.copy2(source, target / ".build" / part)


def patch(tree, file, *options):
    return subprocess.run(["patch", "-p1", "-F0", "-s", "-f", "--no-backup-if-mismatch", "-r", "-", *options, "-i", str(file)], cwd=tree,
                          capture_output=True, text=True)


def build(tree, options):
    done = subprocess.run(["swift", "build", "-c", options.configuration, "--product", "simulate"], cwd=tree, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stdout[-3000:] + done.stderr[-3000:], file=sys.stderr)
    return done.returncode == 0


def simulate(tree, options, seeds):
    """The seed that fails and how, or None; and the seconds that it took."""
    began = time.monotonic()
    program = tree / ".build" / options.configuration / "simulate"
    done = subprocess.run([program, "--seeds", f"0..<{seeds}", "--jobs", str(options.jobs)], capture_output=True, text=True)
    seconds = time.monotonic() - began
    found = re.search(r"^seed (\d+) fails: (.*)$", done.stdout, re.M)
    if found:
        return (int(found[1]), found[2]), seconds
    # A bug that ends the process is found as well, though not with its seed.
    return ((None, f"the simulation ended with {done.returncode}") if done.returncode != 0 else None), seconds


def try_bug(tree, file, options):
    title = file.read_text().splitlines()[0]
    applied = patch(tree, file)
    try:
        if applied.returncode != 0:
            return title, None, 0, "the patch does not apply: " + applied.stdout.strip()
        if not build(tree, options):
            return title, None, 0, "it does not build"
        found, seconds = simulate(tree, options, options.seeds)
        return title, found, seconds, "" if found else f"not found by {options.seeds} seeds"
    finally:
        # The file as it was, whatever the patch has made of it.
        if applied.returncode == 0:
            patch(tree, file, "-R")


def row(file, title, found, seconds, trouble):
    if not found:
        return f"| `{file.stem}` | {title} | **{trouble}** | | |"
    seed, how = found
    how = re.sub(r"(ord|drp)_[0-9a-z]{26}", r"\1_...", how).replace("|", "\\|")
    return f"| `{file.stem}` | {title} | {'' if seed is None else seed} | {seconds:.0f} s | {how[:150]} |"


def write(page, rows):
    text = page.read_text()
    start, end = (text.index(mark) for mark in MARKS)
    table = ["| bug | what is wrong | seed | after | how it was found |", "|---|---|---|---|---|", *rows]
    page.write_text(text[:start] + MARKS[0] + "\n\n" + "\n".join(table) + "\n\n" + text[end:])


def main():
    options = parse()
    for tool in ("swift", "patch"):
        if not shutil.which(tool):
            print(f"there is no {tool} here", file=sys.stderr)
            return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))
    files = sorted((ROOT / "Tests/SimulationTests/Bugs").glob("*.patch"))
    if options.only:
        files = [file for file in files if file.stem in options.only]
    if not files:
        print("there is no such patch", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="orderd-bugs-") as folder:
        tree = options.tree
        if tree is None:
            tree = pathlib.Path(folder) / "tree"
            print("copying the tree", file=sys.stderr)
            copy_tree(tree)
        print("building it as it is", file=sys.stderr)
        if not build(tree, options):
            return 2
        found, seconds = simulate(tree, options, options.control)
        print(f"unchanged: {f'seed {found[0]} fails: {found[1]}' if found else f'{options.control} seeds hold'} ({seconds:.0f} s)", flush=True)
        isGood = not found
        rows = []
        for file in files:
            result = try_bug(tree, file, options)
            rows.append(row(file, *result))
            print(rows[-1], flush=True)
            isGood = isGood and result[1] is not None
    if options.write:
        write(options.write, rows)
    return 0 if isGood else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(2)
