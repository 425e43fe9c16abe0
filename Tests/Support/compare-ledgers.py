#!/usr/bin/env python3
"""Compares two ledgers row by row, and prints each table that differs with the number of rows in which it does.

usage: compare-ledgers.py LOST REBUILT

Exit code 0: printed what there is, nothing if nothing differs. The last line counts tables and rows. SQLite files are opened read-only."""

import collections
import sqlite3
import sys


def tables(path):
    database = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]
    return {name: collections.Counter(database.execute('SELECT * FROM "%s"' % name)) for name in names}


def main():
    if len(sys.argv) != 3 or sys.argv[1] in ("-h", "--help"):
        print(__doc__)
        return 0 if "--help" in sys.argv or "-h" in sys.argv else 2
    lost, rebuilt = tables(sys.argv[1]), tables(sys.argv[2])
    for name in sorted(set(lost) | set(rebuilt)):
        first, second = lost.get(name, collections.Counter()), rebuilt.get(name, collections.Counter())
        rows = sum(((first - second) + (second - first)).values())
        if rows or (name in lost) != (name in rebuilt):
            print("differs", name, rows)
    print("compared", len(lost), sum(sum(rows.values()) for rows in lost.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
