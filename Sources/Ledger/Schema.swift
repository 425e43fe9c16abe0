import GRDB

/// The ledger's tables. Every one but `cursors`, `deliveries` and `marks` is derived from `events`.
enum Schema {
    /// The tables that a rebuild must give back equal, each with the columns that order its rows.
    static let derived: [(name: String, key: String)] =
        [
            ("events", "seq"), ("drops", "seq"), ("slices", "drop_seq, number"), ("orders", "seq"), ("lines", "order_seq, line"),
            ("reservations", "order_seq, product"), ("effects", "order_seq, effect"), ("outbox", "seq"), ("stock", "product"),
            ("catalogue", "product"), ("partners", "name"), ("pauses", "what"), ("stage_counts", "stage, partner"),
            ("drop_totals", "day, partner, verdict"), ("day_totals", "day, partner, currency"),
        ] + summaries

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            try db.execute(sql: firstVersion)
        }
        migrator.registerMigration("2") { db in
            try db.execute(sql: secondVersion)
        }
        return migrator
    }

    private static let firstVersion = """
        CREATE TABLE events(
          seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT NOT NULL, data TEXT NOT NULL,
          hash BLOB NOT NULL, salt BLOB, personal BLOB) STRICT;
        CREATE TABLE drops(
          seq INTEGER PRIMARY KEY, id TEXT NOT NULL, partner TEXT NOT NULL, directory TEXT NOT NULL, name BLOB NOT NULL,
          device INTEGER NOT NULL, inode INTEGER NOT NULL, birth INTEGER NOT NULL, size INTEGER NOT NULL, sha BLOB NOT NULL,
          received INTEGER NOT NULL, completeness TEXT NOT NULL, verdict TEXT, entries INTEGER NOT NULL, accepted INTEGER NOT NULL,
          duplicate INTEGER NOT NULL, conflict INTEGER NOT NULL, rejected INTEGER NOT NULL, slices INTEGER NOT NULL,
          position TEXT NOT NULL, results TEXT NOT NULL, faults TEXT NOT NULL) STRICT;
        CREATE INDEX drops_open ON drops(seq) WHERE verdict IS NULL;
        CREATE TABLE slices(
          drop_seq INTEGER NOT NULL, number INTEGER NOT NULL, results TEXT NOT NULL,
          PRIMARY KEY(drop_seq, number)) STRICT;
        CREATE TABLE orders(
          seq INTEGER PRIMARY KEY, id TEXT NOT NULL, drop_seq INTEGER NOT NULL, entry INTEGER NOT NULL, partner TEXT NOT NULL,
          key TEXT, content BLOB, customer TEXT NOT NULL, reference TEXT, currency TEXT NOT NULL, total INTEGER NOT NULL,
          tax INTEGER NOT NULL, shipping INTEGER NOT NULL, discount INTEGER NOT NULL, difference INTEGER NOT NULL,
          units INTEGER NOT NULL, line_count INTEGER NOT NULL, country TEXT, priority INTEGER NOT NULL, placed TEXT,
          method TEXT, token TEXT, size INTEGER NOT NULL, sha BLOB NOT NULL,
          stage TEXT NOT NULL, step TEXT NOT NULL, day TEXT, attempts INTEGER NOT NULL, next_at INTEGER, reason TEXT, detail TEXT,
          reserved INTEGER NOT NULL, charge TEXT NOT NULL, ending TEXT, begun INTEGER NOT NULL, waived TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
          history TEXT NOT NULL) STRICT;
        CREATE UNIQUE INDEX orders_id ON orders(id);
        CREATE UNIQUE INDEX orders_key ON orders(partner, key) WHERE key IS NOT NULL;
        CREATE INDEX orders_content ON orders(partner, content) WHERE content IS NOT NULL;
        CREATE INDEX orders_waiting ON orders(stage, partner, priority DESC, seq) WHERE day IS NULL;
        CREATE INDEX orders_due ON orders(next_at) WHERE next_at IS NOT NULL;
        CREATE TABLE lines(
          order_seq INTEGER NOT NULL, line INTEGER NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL, price INTEGER NOT NULL,
          PRIMARY KEY(order_seq, line)) WITHOUT ROWID, STRICT;
        CREATE TABLE reservations(
          order_seq INTEGER NOT NULL, product TEXT NOT NULL, quantity INTEGER NOT NULL, state TEXT NOT NULL,
          PRIMARY KEY(order_seq, product)) WITHOUT ROWID, STRICT;
        CREATE TABLE effects(
          order_seq INTEGER NOT NULL, effect TEXT NOT NULL, key TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
          state TEXT NOT NULL, reference TEXT, requested INTEGER NOT NULL, settled INTEGER,
          PRIMARY KEY(order_seq, effect)) WITHOUT ROWID, STRICT;
        CREATE TABLE outbox(
          seq INTEGER PRIMARY KEY, order_seq INTEGER NOT NULL, kind TEXT NOT NULL, created INTEGER NOT NULL) STRICT;
        CREATE TABLE stock(product TEXT PRIMARY KEY, on_hand INTEGER NOT NULL, reserved INTEGER NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE catalogue(product TEXT PRIMARY KEY, name TEXT NOT NULL, price TEXT NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE partners(
          name TEXT PRIMARY KEY, role TEXT NOT NULL, state TEXT NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE pauses(
          what TEXT PRIMARY KEY, since INTEGER NOT NULL, by TEXT NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE stage_counts(
          stage TEXT NOT NULL, partner TEXT NOT NULL, orders INTEGER NOT NULL,
          PRIMARY KEY(stage, partner)) WITHOUT ROWID, STRICT;
        CREATE TABLE drop_totals(
          day TEXT NOT NULL, partner TEXT NOT NULL, verdict TEXT NOT NULL, drops INTEGER NOT NULL, entries INTEGER NOT NULL,
          accepted INTEGER NOT NULL, duplicate INTEGER NOT NULL, conflict INTEGER NOT NULL, rejected INTEGER NOT NULL,
          PRIMARY KEY(day, partner, verdict)) WITHOUT ROWID, STRICT;
        CREATE TABLE day_totals(
          day TEXT NOT NULL, partner TEXT NOT NULL, currency TEXT NOT NULL, accepted INTEGER NOT NULL, completed INTEGER NOT NULL,
          cancelled INTEGER NOT NULL, rejected INTEGER NOT NULL, units INTEGER NOT NULL, amount INTEGER NOT NULL,
          PRIMARY KEY(day, partner, currency)) WITHOUT ROWID, STRICT;
        CREATE TABLE product_totals(
          product TEXT NOT NULL, currency TEXT NOT NULL, orders INTEGER NOT NULL, units INTEGER NOT NULL, amount INTEGER NOT NULL,
          PRIMARY KEY(product, currency)) WITHOUT ROWID, STRICT;
        CREATE TABLE cursors(name TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE deliveries(
          follower TEXT NOT NULL, subject TEXT NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, error TEXT NOT NULL,
          PRIMARY KEY(follower, subject)) WITHOUT ROWID, STRICT;
        CREATE TABLE marks(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
        """
}
