import CSQLite

/// Settings of SQLite for the whole process, made before its first use.
enum SQLiteSettings {
    /// SQLite's counts of the memory it takes, which nobody here reads, would be kept under one lock for all threads: each allocation and
    /// each release of the pipeline takes it, about 2 % of its time. Where SQLite is in use already, as within a test, it goes on as it is.
    private static let countsMemory: Bool = sqlite_count_memory(0) != SQLITE_OK

    /// Makes them, once.
    static func apply() { _ = countsMemory }
}
