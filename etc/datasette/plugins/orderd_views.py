"""Lets Datasette see the ledger's views and nothing behind them, whatever a page, a plugin or a later version of Datasette asks.

Two locks: no table may be looked at, and SQLite itself answers null for each column of a table that is not read through a view. The second
holds only as long as visitors cannot write SQL of their own, in which a name could pass for a view's: that is denied here too.
"""
import sqlite3

from datasette import hookimpl

VIEWS = "v_"
# SQLite's own: the schema, what Datasette asks of it, and functions that give rows.
OWN = ("sqlite_", "pragma_", "json_each", "json_tree")
DENIED = {"execute-sql", "view-database-download"}

tables = {}


@hookimpl
def prepare_connection(conn, database):
    if database != "_internal":
        conn.set_authorizer(_authorize)


def _authorize(action, first, second, database, source):
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
        return sqlite3.SQLITE_DENY
    if action == sqlite3.SQLITE_READ and not first.startswith((VIEWS, *OWN)) and not (source or "").startswith(VIEWS):
        return sqlite3.SQLITE_IGNORE
    return sqlite3.SQLITE_OK


# The last word counts.
@hookimpl(trylast=True)
def permission_allowed(action, resource):
    if action in DENIED or action == "view-table" and not resource[1].startswith(VIEWS):
        return False
    return None


@hookimpl
def startup(datasette):
    async def look():
        for name, database in datasette.databases.items():
            tables[name] = [table for table in await database.table_names() if not table.startswith(VIEWS)]

    return look


# Hidden tables are in no list, and GraphQL has no fields for them.
@hookimpl
def get_metadata(database):
    return {
        "databases": {
            name: {"tables": {table: {"hidden": True, "allow": False} for table in found}}
            for name, found in tables.items()
            if database in (None, name)
        }
    }
