extension Schema {
    /// The tables of the second version: sums for reports, and when an upload was whole.
    ///
    /// A ledger that has events already is marked: ``Ledger/fillSummaries(_:path:_:)`` fills its sums from them before anything else happens.
    static let secondVersion = """
        ALTER TABLE drops ADD COLUMN finished INTEGER;
        DROP TABLE product_totals;
        CREATE TABLE product_totals(
          product TEXT NOT NULL, partner TEXT NOT NULL, currency TEXT NOT NULL, orders INTEGER NOT NULL, units INTEGER NOT NULL,
          amount INTEGER NOT NULL, PRIMARY KEY(product, partner, currency)) WITHOUT ROWID, STRICT;
        CREATE TABLE hour_totals(
          hour INTEGER NOT NULL, partner TEXT NOT NULL, accepted INTEGER NOT NULL, completed INTEGER NOT NULL,
          cancelled INTEGER NOT NULL, rejected INTEGER NOT NULL, failed INTEGER NOT NULL, held INTEGER NOT NULL,
          PRIMARY KEY(hour, partner)) WITHOUT ROWID, STRICT;
        CREATE TABLE country_totals(
          day TEXT NOT NULL, partner TEXT NOT NULL, country TEXT NOT NULL, currency TEXT NOT NULL, orders INTEGER NOT NULL,
          units INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY(day, partner, country, currency)) WITHOUT ROWID, STRICT;
        CREATE TABLE latency_totals(
          day TEXT NOT NULL, partner TEXT NOT NULL, measure TEXT NOT NULL, at_most INTEGER NOT NULL, count INTEGER NOT NULL,
          milliseconds INTEGER NOT NULL, PRIMARY KEY(day, partner, measure, at_most)) WITHOUT ROWID, STRICT;
        CREATE TABLE refusal_totals(
          day TEXT NOT NULL, partner TEXT NOT NULL, what TEXT NOT NULL, code TEXT NOT NULL, count INTEGER NOT NULL,
          example_at INTEGER NOT NULL, subject TEXT NOT NULL, file BLOB NOT NULL, entry INTEGER, reference TEXT, pointer TEXT NOT NULL,
          message TEXT NOT NULL, PRIMARY KEY(day, partner, what, code)) WITHOUT ROWID, STRICT;
        CREATE TABLE customers(
          partner TEXT NOT NULL, customer TEXT NOT NULL, since TEXT NOT NULL, last TEXT NOT NULL,
          PRIMARY KEY(partner, customer)) WITHOUT ROWID, STRICT;
        CREATE TABLE customer_totals(
          day TEXT NOT NULL, partner TEXT NOT NULL, newcomers INTEGER NOT NULL, regulars INTEGER NOT NULL,
          PRIMARY KEY(day, partner)) WITHOUT ROWID, STRICT;
        CREATE TABLE day_peaks(
          day TEXT PRIMARY KEY, minute INTEGER NOT NULL, completed INTEGER NOT NULL, best INTEGER NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE matters(what TEXT PRIMARY KEY, open INTEGER NOT NULL, since INTEGER NOT NULL) WITHOUT ROWID, STRICT;
        INSERT INTO marks SELECT 'summaries', 'empty' WHERE EXISTS (SELECT 1 FROM events);
        """

    /// The tables of sums that the second version brought, each with the columns that order its rows.
    static let summaries: [(name: String, key: String)] = [
        ("product_totals", "product, partner, currency"), ("hour_totals", "hour, partner"),
        ("country_totals", "day, partner, country, currency"), ("latency_totals", "day, partner, measure, at_most"),
        ("refusal_totals", "day, partner, what, code"), ("customers", "partner, customer"), ("customer_totals", "day, partner"),
        ("day_peaks", "day"), ("matters", "what"),
    ]
}
